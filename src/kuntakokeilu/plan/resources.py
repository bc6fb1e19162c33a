"""What a step asks an executor for: memory and time that follow the size of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kuntakokeilu.needs import Needs, size_of

Asked = Callable[[Any, Iterable[str]], int]


def asked_for(needs: Needs) -> dict[str, Asked]:
    """Say what a rule asks for, as `mem_mb` (megabytes) and `runtime` (minutes).

    Parameters
    ----------
    needs : Needs
        What the step needs for each byte of its input.

    Returns
    -------
    dict of str to function
        Functions of the wildcards and the input of a job, as Snakemake calls them.
    """

    def mem_mb(_: Any, input: Iterable[str]) -> int:
        return round(needs.of_memory(size_of(map(Path, input))) / 1e6)

    def runtime(_: Any, input: Iterable[str]) -> int:
        return round(needs.of_time(size_of(map(Path, input))))

    return {"mem_mb": mem_mb, "runtime": runtime}
