"""Exits from unemployment, activation and long-term unemployment."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from kuntakokeilu.cells import collapse
from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.panel import exits

from ..cells.test_collapse import write
from .facts_tables import person_months, rows

SPELL = "person start_date end_date delivery_year"
EXITS = ("exit_to_work", "exit_to_service", "exit_from_labour_force")
PAID, LITTLE = 50_001, 50_000  # cents, just above and at the threshold
MONTHS = ("2019-12", "2020-03")


def seeker(person: str, *statuses: tuple[str, str, str | None]) -> dict[str, list[dict]]:
    """A registration and its statuses: code, first and last day."""
    start, end = statuses[0][1], statuses[-1][2]
    spells = [(person, first, last, 2020, code) for code, first, last in statuses]
    return {
        "search_spells": rows(SPELL, (person, start, end, 2020)),
        "status_spells": rows(f"{SPELL} status", *spells),
    }


def wages(*values: tuple[str, str, int]) -> list[dict]:
    """Wages of 2019 to 2020: person, month, cents."""
    told = [(p, int(at[:4]), int(at[5:]), "f", cents) for p, at, cents in values]
    edges = [("z", 2019, 1, "f", 1), ("z", 2020, 12, "f", 1)]
    return rows("person year month payer wage_cents", *edges, *told)


def joined(*parts: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """Put register tables together."""
    return {name: [row for part in parts for row in part[name]] for name in parts[0]}


def then(person: str, code: str | None) -> dict[str, list[dict]]:
    """One who is unemployed until the end of 2019 and then has a status; none without a code."""
    before = ("2", "2019-06-01", "2019-12-31")
    return seeker(person, before, *([(code, "2020-01-01", None)] if code else []))


WHERE_TO = [
    # status in January, wages of December to February, where to
    *[(code, ("2020-01", PAID), None) for code in "23"],
    *[(code, ("2020-01", PAID), "exit_to_service") for code in "078"],
    *[(code, (), "exit_to_work") for code in "149"],
    *[(code, (), "exit_from_labour_force") for code in ("5", "6", "z", None)],
    *[(code, ("2020-01", PAID), "exit_to_work") for code in ("5", "z", None)],
    (None, ("2020-02", PAID), "exit_to_work"),
    (None, ("2020-01", LITTLE), "exit_from_labour_force"),
    (None, ("2019-12", PAID), "exit_from_labour_force"),
    (None, ("2020-03", PAID), "exit_from_labour_force"),
]


def test_everyone_at_risk_stays_or_leaves_to_one_place(tmp_path):
    people = [chr(97 + n) for n in range(len(WHERE_TO))]
    cases = list(zip(people, WHERE_TO, strict=True))
    tables = joined(*(then(person, code) for person, (code, *_) in cases))
    tables["wages"] = wages(*((person, *paid) for person, (_, paid, _) in cases if paid))
    made, _ = person_months(tmp_path, tables, range(len(people)), months=MONTHS)
    for number, (_, (code, paid, where)) in enumerate(cases):
        row = made[number, "2020-01"]
        told = {name: row[name] for name in EXITS}
        assert told == {name: name == where for name in EXITS}, (code, paid)
        # Exhaustive and exclusive: the three and who is still unemployed.
        assert sum(row[name] for name in (*EXITS, "unemployed")) == 1


def test_only_the_unemployed_of_the_month_before_are_at_risk(tmp_path):
    statuses = [("8", "2020-01-01", "2020-01-31"), ("3", "2020-02-01", "2020-02-29")]
    tables = seeker("a", *statuses, ("1", "2020-03-01", None)) | {"wages": wages()}
    made, _ = person_months(tmp_path, tables, months=("2019-12", "2020-04"))
    known = {at: [made[0, at][name] for name in EXITS] for (_, at) in made}
    nobody = [None] * 3
    assert known == {
        "2019-12": nobody,
        "2020-01": nobody,
        "2020-02": nobody,  # was in a service
        "2020-03": [True, False, False],  # laid off counts as unemployed
        "2020-04": nobody,
    }


def test_exits_are_known_where_status_and_wages_reach(tmp_path):
    tables = seeker("a", ("2", "2019-01-01", None)) | {"wages": wages()}
    made, _ = person_months(tmp_path, tables)
    known = {name: [at for (_, at), row in made.items() if row[name] is not None] for name in EXITS}
    # Statuses reach from 2019-01, so the month before from 2019-02; a wage of the next month.
    assert known["exit_to_service"][:: len(known["exit_to_service"]) - 1] == ["2019-02", "2020-12"]
    for name in ("exit_to_work", "exit_from_labour_force"):
        assert known[name][:: len(known[name]) - 1] == ["2019-02", "2020-11"]


def test_without_wages_only_services_are_known(tmp_path):
    made, _ = person_months(tmp_path, then("a", "8"), months=MONTHS)
    assert [made[0, "2020-01"][name] for name in EXITS] == [None, True, None]


def test_activated_is_told_of_active_and_unemployed(tmp_path):
    active = {"0": True, "7": True, "8": True, "2": False, "3": False, "1": None, "z": None}
    people = [chr(97 + n) for n in range(len(active))]
    tables = joined(*map(then, people, active))
    made, _ = person_months(tmp_path, tables, range(len(people) + 1), months=MONTHS)
    told = [made[number, "2020-01"]["activated"] for number in range(len(people) + 1)]
    assert told == [*active.values(), None]


def test_long_term_is_twelve_month_ends_in_a_row(tmp_path):
    """Unemployed from 2019-02 on but for one month in a service; laid off counts."""
    statuses = [("2", "2019-02-15", "2019-07-09"), ("3", "2019-07-10", "2020-02-29")]
    statuses += [("7", "2020-03-01", "2020-03-31"), ("2", "2020-04-01", None)]
    made, _ = person_months(tmp_path, seeker("a", *statuses), people=(0, 1))
    told = {at: row["long_term_unemployed"] for (p, at), row in made.items() if p == 0}
    assert [at for at, value in told.items() if value] == ["2020-01", "2020-02"]
    # Eleven months before must be known as well.
    assert min(at for at, value in told.items() if value is not None) == "2019-12"
    assert made[1, "2020-06"]["long_term_unemployed"] is False


@pytest.mark.parametrize(
    ("at", "active", "unemployed", "published"),
    [("2015-06", 117_789, 351_872, 25.08), ("2006-01", 81_888, 278_486, 22.7)],
)
def test_activation_rate_is_the_official_one(tmp_path, at, active, unemployed, published):
    """Statistics Finland: rate of 2015, mean of the year, and of January 2006."""
    n, others = active + unemployed, 1_000
    frame = pd.DataFrame(
        {
            "person": range(n + others),
            "cohort": None,
            "elapsed": None,
            "period": pd.Timestamp(f"{at}-01"),
            "unit": "091",
            "activated": pd.array(
                [True] * active + [False] * unemployed + [None] * others, "boolean"
            ).astype(object),
        }
    )
    path = write(frame, tmp_path / "job_seekers.parquet")
    cells, _ = collapse(path, "all", {}, {}, {"activation": "activated"})
    assert cells[["n", "sum"]].to_numpy().tolist() == [[n, 100 * active]]
    digits = len(str(published).split(".")[1])
    assert round(float(cells["mean"].iloc[0]), digits) == published


def test_every_status_code_has_its_place():
    named = exits.UNEMPLOYED + exits.ACTIVE + exits.AT_WORK
    assert sorted(named) == sorted(set("0123456789z") - {"5", "6", "z"})
    assert all(
        not set(a) & set(b)
        for a, b in itertools.combinations((exits.UNEMPLOYED, exits.ACTIVE, exits.AT_WORK), 2)
    )
    assert {PERSON_MONTHS[name].kind for name in EXITS} == {"share"}
