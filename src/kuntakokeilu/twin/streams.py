"""Random numbers that belong to a purpose, a month and a person, whatever else is drawn.

The worlds with and without the trial draw from the same streams (common random numbers), and a
switch that needs further draws has a purpose of its own, so that it moves no other stream.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Streams:
    """The streams of one seed."""

    seed: int
    persons: int

    def generator(self, purpose: str, t: int = 0) -> np.random.Generator:
        """Return the generator of a purpose and a month (from -1000 on)."""
        key = (self.seed, zlib.crc32(purpose.encode()), t + 1000)
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))

    def uniform(self, purpose: str, t: int = 0) -> np.ndarray:
        """Draw one uniform per person, float32 in [0, 1); the same however often it is called."""
        return self.generator(purpose, t).random(self.persons, dtype=np.float32)

    def day(self, purpose: str, t: int, length: int) -> np.ndarray:
        """Draw a day of the month (1 to `length`) per person."""
        return (1 + np.floor(self.uniform(purpose, t) * length)).astype(np.int8)
