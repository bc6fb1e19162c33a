"""What each data owner demands of released numbers: config/disclosure_limits.csv, by profile."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field

from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import Closed, Name
from kuntakokeilu.facts.rows import read_rows
from kuntakokeilu.study.outcomes import Outcome

FILE = "config/disclosure_limits.csv"
ANY = "any"  # source of a limit that holds whatever the source
Rule = Literal["persons", "payers", "largest", "two_largest", "p_percent", "traits_of_all"]
_ALWAYS = ("folk", "keha")  # residence and job search: every study of registers rests on them
_SHARES = ("largest", "two_largest", "p_percent")


class DisclosureProfile(Closed):
    """One row of config/disclosure_profiles.csv."""

    profile: Name = Field(description="name of the profile")
    min_persons: int = Field(ge=0, description="fewest persons in an arm and period")
    note: str = Field(description="where the rule comes from", min_length=1)
    payers: int = Field(0, ge=0, description="fewest payers of euros in an arm and period")
    largest: float = Field(1, ge=0, le=1, description="largest share of euros that one may have")
    two_largest: float = Field(1, ge=0, le=1, description="the same of two persons together")
    p_percent: float = Field(
        0, ge=0, le=1, description="least that others have, as a share of the largest"
    )

    @property
    def asks_amounts(self) -> bool:
        """Whether euros must not be mostly one person's, or of few payers."""
        return self.payers > 0 or self.largest < 1 or self.two_largest < 1 or self.p_percent > 0


class DisclosureLimit(Closed):
    """One row of config/disclosure_limits.csv."""

    profile: Name = Field(description="profile in config/disclosure_profiles.csv")
    source: Name = Field(
        description="source of registers, as in config/registers/tables.csv; any for all others"
    )
    rule: Rule = Field(
        description="persons, payers: fewest; largest, two_largest: largest share of a sum that "
        "one or two may have; p_percent: how well the second may know the first; traits_of_all: "
        "1 if it may be told that all or none have a trait"
    )
    value: float = Field(ge=0, description="what must be reached, or not exceeded")
    confirm: Literal["yes", "no"] = Field(
        description="must the data owner confirm it before numbers of persons are released"
    )
    reference_fi: str = Field(min_length=1, description="where the value comes from")
    reference_sv: str = Field(min_length=1, description="the same in Swedish")
    reference_en: str = Field(min_length=1, description="the same in English")

    @property
    def reference(self) -> dict[str, str]:
        """Where the value comes from, by language."""
        return {"fi": self.reference_fi, "sv": self.reference_sv, "en": self.reference_en}


def read_limits(config: Path, profile: str) -> list[DisclosureLimit]:
    """Read the limits of a profile.

    Parameters
    ----------
    config : Path
        The project's config folder.
    profile : str
        Name of the profile.

    Returns
    -------
    list of DisclosureLimit
        In the order of the file; none of published statistics.

    Raises
    ------
    InputError
        A row has a fault, stands twice, or has a share above 1.
    """
    rows = read_rows(Path(config) / "disclosure_limits.csv", DisclosureLimit, "config")
    seen: dict[tuple[str, str, str], int] = {}
    for number, row in rows.items():
        key = (row.profile, row.source, row.rule)
        if key in seen:
            raise InputError(f"{FILE}, row {number}: the same as row {seen[key]}; expected one")
        seen[key] = number
        if row.rule in _SHARES and row.value > 1:
            raise InputError(f"{FILE}, row {number}, column value: expected a share from 0 to 1")
    return [row for row in rows.values() if row.profile == profile]


def fewest_persons(limits: Iterable[DisclosureLimit], sources: Iterable[str], profile: str) -> int:
    """Give the fewest persons that numbers of some sources need: the most that one demands.

    Raises
    ------
    InputError
        A source for which the profile says nothing.
    """
    by_source = {each.source: int(each.value) for each in limits if each.rule == "persons"}
    missing = [name for name in sorted(set(sources)) if name not in by_source]
    if missing and ANY not in by_source:
        raise InputError(
            f"{FILE}: profile {profile} has no limit of persons for source {some(missing)}; "
            f"expected a row of it, or of {ANY}"
        )
    found = [by_source.get(name, by_source.get(ANY, 0)) for name in sources]
    return max([*found, by_source.get(ANY, 0)])


def profile_of_persons(
    profile: DisclosureProfile,
    limits: list[DisclosureLimit],
    outcomes: Iterable[Outcome],
    where: str,
) -> DisclosureProfile:
    """Give the profile of a study of registers the strictest limit of its sources.

    Parameters
    ----------
    profile : DisclosureProfile
        As config/disclosure_profiles.csv has it.
    limits : list of DisclosureLimit
        Limits of the profile.
    outcomes : iterable of Outcome
        Outcomes of the study, whose registers count; residence and job search always do.
    where : str
        The file that names the profile.

    Raises
    ------
    InputError
        The profile asks for no persons at all, or says nothing of a source.
    """
    if profile.min_persons == 0:
        raise InputError(
            f"{where}, disclosure: {profile.profile} is for published statistics; expected a "
            "profile that asks for persons, since this study reads registers"
        )
    told = [PERSON_MONTHS.get(outcome.column or "") for outcome in outcomes]
    sources = {source for each in told if each is not None for source in each.sources}
    sources |= set(_ALWAYS)
    least = fewest_persons(limits, sources, profile.profile)
    amounts = _of_amounts(limits, sources)
    return profile.model_copy(update=amounts | {"min_persons": max(profile.min_persons, least)})


def _of_amounts(limits: list[DisclosureLimit], sources: set[str]) -> dict[str, float | int]:
    """Give the strictest rules of some sources on payers and on the largest amounts."""
    mine: dict[str, list[float]] = {}
    for each in limits:
        if each.source == ANY or each.source in sources:
            mine.setdefault(each.rule, []).append(each.value)
    found: dict[str, float | int] = {
        name: min(mine[name]) for name in ("largest", "two_largest") if name in mine
    }
    if "p_percent" in mine:
        found["p_percent"] = max(mine["p_percent"])
    if "payers" in mine:
        found["payers"] = int(max(mine["payers"]))
    return found


def refuse_unconfirmed(study: str, limits: list[DisclosureLimit], confirmed: str | None) -> None:
    """Stop before a run whose numbers could not be released.

    Raises
    ------
    InputError
        A limit must be confirmed by the data owner, and nobody has.
    """
    asked = [f"{each.rule} of {each.source}" for each in limits if each.confirm == "yes"]
    if asked and confirmed is None:
        raise InputError(
            f"config/studies/{study}/study.yaml, disclosure_confirmed: missing; limits of the "
            f"profile must be confirmed with the data owner ({some(asked)}); expected who "
            "confirmed them and when"
        )
