"""What a data owner demands of a number, source by source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from kuntakokeilu.errors import InputError, some


@dataclass(frozen=True)
class SourceLimits:
    """What numbers of one source must reach.

    Attributes
    ----------
    persons : int
        Fewest persons in a count, with a trait, and without it; 0 of published statistics.
    payers : int
        Fewest payers behind a sum.
    largest : float
        Largest share of a sum that one person or payer may have; 1 for none.
    two_largest : float
        The same of the two largest persons together.
    p_percent : float
        The second largest must not know the largest to within so much of it (p % rule); 0 for none.
    traits_of_all : bool
        Is it told of a group that all of it, or none, have a trait?
    """

    persons: int = 0
    payers: int = 0
    largest: float = 1.0
    two_largest: float = 1.0
    p_percent: float = 0.0
    traits_of_all: bool = True

    def with_(self, other: SourceLimits) -> SourceLimits:
        """Give the stricter of each: a number of two sources must do justice to both."""
        return SourceLimits(
            max(self.persons, other.persons),
            max(self.payers, other.payers),
            min(self.largest, other.largest),
            min(self.two_largest, other.two_largest),
            max(self.p_percent, other.p_percent),
            self.traits_of_all and other.traits_of_all,
        )


@dataclass(frozen=True)
class SourceProfile:
    """Limits by source, and how counts are rounded.

    Attributes
    ----------
    name : str
        Of the profile.
    sources : mapping of str to SourceLimits
        By source. A source that is not there has no limits that anybody knows, and is refused.
    base : int
        Counts are rounded to multiples of it; 1 for none.
    key : bytes or None
        Secret by which counts are rounded up or down at random, the same count of the same cell
        always alike; without it to the nearest.
    """

    name: str
    sources: Mapping[str, SourceLimits]
    base: int = 1
    key: bytes | None = None

    def limits(self, sources: Iterable[str], where: str) -> SourceLimits:
        """Give the strictest limits of some sources.

        Raises
        ------
        InputError
            A source without limits, or no source at all.
        """
        named = list(sources)
        if missing := sorted(set(named) - set(self.sources)):
            raise InputError(
                f"{where}: no limits for source {some(missing)} in disclosure profile "
                f"{self.name}; there are {some(sorted(self.sources))}"
            )
        if not named:
            raise InputError(f"{where}, sources: empty; expected a source of profile {self.name}")
        found = self.sources[named[0]]
        for name in named[1:]:
            found = found.with_(self.sources[name])
        return found


RULES = tuple(field.name for field in fields(SourceLimits))
