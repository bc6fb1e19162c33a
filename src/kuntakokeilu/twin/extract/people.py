"""Yearly population register and the background of job seekers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.twin.counters import EARNINGS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.extract.days import OPEN, days, ends_of, years
from kuntakokeilu.twin.extract.dirt import draw
from kuntakokeilu.twin.extract.files import Writer, coded
from kuntakokeilu.twin.extract.municipalities import Codes
from kuntakokeilu.twin.states import OFFICIAL_UNEMPLOYED, State
from kuntakokeilu.twin.world import World

# ASSUME: shares of persons or of persons and years with each kind of dirt.
NO_CITIZENSHIP, BIRTH_REVISED, BIRTH_DIFFERS = 0.002, 0.0005, 0.001
ONLY_NEXT_YEAR, NO_MUNICIPALITY = 0.001, 0.0002
BIRTH_REVISED_AFTER = 3  # years of files that have the earlier year of birth
ACTIVITIES = ("11", "12", "21", "22", "24", "25", "99")
EMPLOYED, UNEMPLOYED, CHILD, STUDENT, PENSIONER, CONSCRIPT, OTHER = range(7)
ORIGINS = ("11", "12", "21", "22")
_WORKING = np.isin(np.arange(13), (State.WORK, State.PART_TIME, State.SUBSIDISED))
# Days to months, as FOLK bands them (TAIKA): 1-14 days are none, 15-44 one month, 349 on twelve.
BANDS = (15, 45, 75, 105, 136, 167, 197, 227, 257, 288, 318, 349)


@dataclass(frozen=True)
class People:
    """What the registers know of the persons, by number, and where they live.

    Attributes
    ----------
    traits : DataFrame
        Clean table `persons`; days as numbers (`days.OPEN`: never).
    homes : DataFrame
        Clean table `residences`: person, home (number in `codes`), start, end.
    codes : Codes
        Municipality codes.
    """

    traits: pd.DataFrame
    homes: pd.DataFrame
    codes: Codes


def make_people(persons: pd.DataFrame, residences: pd.DataFrame, codes: Codes) -> People:
    """Bring the clean tables into numbers."""
    dated = [str(name) for name in persons if persons[name].dtype.kind == "M"]
    traits = persons.assign(**{name: days(persons[name]) for name in dated})
    homes = pd.DataFrame(
        {
            "person": residences["person"],
            "home": codes.number(residences["municipality"]),
            "start": days(residences["start_date"]),
            "end": days(residences["end_date"]),
        }
    )
    return People(traits, homes, codes)


def write_persons_sex(writer: Writer, people: People) -> None:
    """Write the separate file of sex."""
    frame = people.traits[["person", "sex"]]
    writer.write("persons_sex", None, frame, lambda p: {"sex": coded(p["sex"] - 1, ("1", "2"))})


def write_persons_yearly(
    writer: Writer, people: People, paths: Paths, statuses: pd.DataFrame
) -> None:
    """Write everyone alive and in the country on 31 December, year by year.

    Parameters
    ----------
    statuses : DataFrame
        All statuses in numbers: person, state, start, end, miscoded.
    """
    for year, frame in _yearly(writer, people, paths, statuses):
        writer.write("persons_yearly", year, frame, lambda p: _render_yearly(people.codes, p))


def _yearly(
    writer: Writer, people: People, paths: Paths, statuses: pd.DataFrame
) -> Iterator[tuple[int, pd.DataFrame]]:
    world, homes, traits = writer.world, people.homes, people.traits
    # What is recorded as a service is no unemployment to the register.
    idle = OFFICIAL_UNEMPLOYED[statuses["state"]] & ~statuses["miscoded"].to_numpy()
    idle, busy = statuses[idle], statuses[_WORKING[statuses["state"]]]
    hidden = statuses[statuses["miscoded"]]
    revised = draw(world, "birth revised", traits["person"]) < BIRTH_REVISED
    for year in writer.years("persons_yearly"):
        last = ends_of(year)[1]
        here = homes[(homes["start"] <= last) & (homes["end"] >= last)]
        person, home = here["person"].to_numpy(), here["home"].to_numpy()
        own = traits.iloc[person]
        born = years(own["birth_date"])
        died = years(own["death_date"])
        early = year < world.clock.first_year + BIRTH_REVISED_AFTER
        lost = draw(world, "municipality", person, year)
        now, after = (people.codes.as_of(y, person, home) for y in (year, year + 1))
        yield (
            year,
            pd.DataFrame(
                {
                    "person": person,
                    "year": year,
                    "birth_year": born - (early & revised[person]),
                    "death_year": np.where(died == year + 1, died, np.nan),
                    "sex": own["sex"].to_numpy(),
                    "language": own["language"].to_numpy(),
                    "citizenship": _citizenship(world, own),
                    "origin": _origin(world, own),
                    "municipality": np.where(lost < ONLY_NEXT_YEAR, -1, now),
                    "municipality_next_year": np.where(lost < NO_MUNICIPALITY, -1, after),
                    "education": own["education"].to_numpy(),
                    "activity": _activity(world, paths, own, year, hidden),
                    "unemployment_months": _months(world, idle, year)[person],
                    "employment_months": _months(world, busy, year)[person],
                }
            ),
        )


def _render_yearly(codes: Codes, part: pd.DataFrame) -> dict[str, object]:
    return {
        "year": part["year"],
        "birth_year": part["birth_year"],
        "death_year": part["death_year"],
        "sex": coded(part["sex"] - 1, ("1", "2")),
        "language": coded(part["language"] - 1, ("1", "2", "3")),
        "citizenship": coded(part["citizenship"], ("1", "2")),
        "origin": coded(part["origin"], ORIGINS),
        "municipality": coded(part["municipality"], codes.codes),
        "municipality_next_year": coded(part["municipality_next_year"], codes.codes),
        # Basic education is a blank.
        "education": coded(part["education"] - 3, tuple("345678")),
        "activity": coded(part["activity"], ACTIVITIES),
        "unemployment_months": part["unemployment_months"],
        "employment_months": part["employment_months"],
    }


def _citizenship(world: World, own: pd.DataFrame) -> np.ndarray:
    """0 Finnish, 1 other, -1 not known."""
    foreign = (own["citizenship"] != "246").to_numpy().astype(np.int8)
    return np.where(draw(world, "citizenship", own["person"]) < NO_CITIZENSHIP, -1, foreign)


def _origin(world: World, own: pd.DataFrame) -> np.ndarray:
    """Position in ORIGINS. ASSUME: some of each background are born in the other place."""
    foreign = (own["language"] == 3).to_numpy()
    other = draw(world, "origin", own["person"]) < 0.04
    return np.where(foreign, 3 - other, other.astype(int))


def _activity(
    world: World, paths: Paths, own: pd.DataFrame, year: int, hidden: pd.DataFrame
) -> np.ndarray:
    """Main activity in the last week (position in ACTIVITIES), from the state at the end."""
    person, t = own["person"].to_numpy(), world.clock.month(f"{year}-12")
    state = (paths.state[t] if t >= 0 else paths.state_before)[person]
    right = (paths.right[t] if t >= 0 else paths.counters_before.right())[person]
    last = ends_of(year)[1]
    covered = hidden[(hidden["start"] <= last) & (hidden["end"] >= last)]
    age = year - years(own["birth_date"])
    u = draw(world, "activity", person, year)
    studies = (age < 25) & (u < 0.7) | np.isin(state, (State.TRAINING, State.STUDY))
    return np.select(
        [
            age < 15,
            # Part-time workers on earnings-related allowance count as unemployed.
            (state == State.PART_TIME) & (right == EARNINGS),
            OFFICIAL_UNEMPLOYED[state] & ~np.isin(person, covered["person"]),
            _WORKING[state],
            age >= 64,
            (age == 19) & (own["sex"] == 1).to_numpy() & (u > 0.7),
            studies,
        ],
        [CHILD, UNEMPLOYED, UNEMPLOYED, EMPLOYED, PENSIONER, CONSCRIPT, STUDENT],
        OTHER,
    )


def _months(world: World, spells: pd.DataFrame, year: int) -> np.ndarray:
    """Months of a year in some spells, by person, in the bands of FOLK; no day is a blank."""
    first, last = ends_of(year)
    spent = np.minimum(spells["end"], last) - np.maximum(spells["start"], first) + 1
    spent = np.bincount(spells["person"], np.maximum(spent, 0), minlength=world.streams.persons)
    return np.where(spent > 0, np.searchsorted(BANDS, spent, side="right"), np.nan)


def first_search(writer: Writer, registrations: pd.DataFrame) -> np.ndarray:
    """Give the day on which each person first registered; OPEN for those who never did."""
    known = np.full(writer.world.streams.persons, OPEN, np.int32)
    np.minimum.at(known, registrations["person"].to_numpy(), registrations["start"].to_numpy())
    return known


def write_jobseekers(writer: Writer, people: People, known: np.ndarray) -> None:
    """Write the background of all who have ever registered, as known at each delivery."""
    world, traits = writer.world, people.traits
    member, left = traits["fund_from"].to_numpy(), traits["fund_to"].to_numpy()
    differs = draw(world, "birth differs", traits["person"]) < BIRTH_DIFFERS
    table = pd.DataFrame(
        {
            "person": traits["person"],
            "birth_year": years(traits["birth_date"]) + differs,
            "sex": traits["sex"],
            "citizenship": traits["citizenship"],
            "language": traits["language"],
            "fund": traits["fund"],
            # Half of the blanks that mean Finnish are written out.
            "blank": draw(world, "jobseekers", traits["person"]) < 0.5,
        }
    )
    for year in writer.years("jobseekers"):
        last = ends_of(year)[1]
        insured = (member <= last) & (left > last)
        here = known <= last
        frame = table[here].assign(insured=insured[here])
        writer.write("jobseekers", year, frame, _render_jobseekers)


def _render_jobseekers(part: pd.DataFrame) -> dict[str, object]:
    finnish = part["blank"] & (part["citizenship"] == "246")
    language = np.where(part["blank"] & (part["language"] == 1), -1, part["language"] - 1)
    return {
        "birth_year": part["birth_year"],
        "sex": coded(part["sex"] - 1, ("1", "2")),
        "citizenship": part["citizenship"].mask(finnish, ""),
        "unemployment_fund": part["fund"].where(part["insured"], ""),
        "language": coded(language, ("0", "1", "2")),
    }
