"""Persons of estimates' samples: what rounded counts tell together of a municipality."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.attack import ranges
from kuntakokeilu.contracts import SAMPLES_COMPARED, conform
from kuntakokeilu.disclosure.engine import (
    Alone,
    Samples,
    SourceLimits,
    SourceProfile,
    joined,
    protect,
)
from kuntakokeilu.disclosure.release import rounding_bases
from kuntakokeilu.disclosure.samples import (
    names_of,
    parts_of,
    protect_samples,
    with_kinds,
    with_months_of,
)
from kuntakokeilu.errors import InputError
from kuntakokeilu.study import DisclosureProfile

LEAST = 10
REGISTER = DisclosureProfile(profile="register", min_persons=LEAST, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")
EXACT = SourceProfile("exact", {"registers": SourceLimits(persons=LEAST)})


def samples(sets, persons, population="all"):
    """SAMPLES_COMPARED of estimands with these units; the others are compared and not used."""
    rows = [
        (name, population, unit, unit in units, n)
        for name, units in sets.items() for unit, n in persons.items()
    ]  # fmt: skip
    return conform(pd.DataFrame(rows, columns=list(SAMPLES_COMPARED.columns)[:5]), SAMPLES_COMPARED)


def estimates(table):
    """What of ESTIMATES and RELEASED counts here, persons rounded to the nearest ten."""
    true = table[table["used"]].groupby("estimand")["n_persons"].sum()
    frame = pd.DataFrame({"estimand": true.index, "n_persons": true.to_numpy()})
    frame = frame.astype({"n_persons": "Int64"}).assign(n_person_months=24 * frame["n_persons"])
    shown = frame.assign(n_persons=[round(n / LEAST) * LEAST for n in true])
    return frame, shown.astype({"n_persons": "Int64"})


PERSONS = {"all": {"a": 210, "m": 3}, "women": {"a": 95, "m": 3}, "men": {"a": 115}}
USED = {"all": "am", "women": "a", "men": "a"}


def with_a_municipality_of_three():
    """Samples of women and men lack the municipality that the sample of all has."""
    parts = [samples({name: USED[name]}, mine, name) for name, mine in PERSONS.items()]
    return conform(pd.concat(parts), SAMPLES_COMPARED)


def width_of_three(shown):
    """How well the attacker knows the three: all less women less men, each rounded."""
    told = shown.set_index("estimand")["n_persons"].dropna()
    known = {name: (n - LEAST / 2, n + LEAST / 2) for name, n in told.items()}
    low, high = ranges([{"women": 1, "men": 1, "m": 1, "all": -1}], known, ["m"])["m"]
    return high - low


def test_rounded_counts_that_tell_a_municipality_together_are_blank():
    table = with_a_municipality_of_three()
    _, shown = estimates(table)
    assert shown["n_persons"].tolist() == [210, 120, 100]  # so that the three are at most five
    assert width_of_three(shown) == 5
    made, done = protect_samples(shown, table, REGISTER)
    assert width_of_three(made) >= LEAST
    blank = made["n_persons"].isna()
    assert blank.sum() == 1 == done.lost["hidden"]
    assert made["n_person_months"].isna().equals(blank)


def test_without_the_relation_of_samples_nothing_is_blank():
    _, shown = estimates(with_a_municipality_of_three())
    table = shown[["estimand", "n_persons"]].rename(columns={"n_persons": "n"})
    limits = SourceProfile("rounded", EXACT.sources, base=LEAST)
    safe = protect({"samples": table.assign(sources="registers")}, [Alone("samples")], limits)
    assert safe.tables["samples"]["n"].notna().all()


def by_sex(parts):
    """Of 212 persons, four women live in b; the sample of women lacks b, the others have it."""
    persons = {"all": {"a": 200, "b": 12}, "women": {"a": 90, "b": 4}, "men": {"a": 110, "b": 8}}
    used = {"all": "ab", "women": "a", "men": "ab"}
    rows = [
        (name, name, unit, unit in used[name], n)
        for name, mine in persons.items() for unit, n in mine.items()
    ]  # fmt: skip
    rows = pd.DataFrame(rows, columns=["estimand", "population", "unit", "used", "n"])
    table = rows[rows["used"]].groupby("estimand", as_index=False)["n"].sum()
    relation = Samples("samples", rows, parts=parts_of(rows) if parts else ())
    return protect({"samples": table.assign(sources="registers")}, [relation], EXACT), rows


def test_populations_that_add_up_do_not_tell_few():
    told = by_sex(parts=True)[0].tables["samples"]["n"]
    assert told.isna().any()  # else 212 less 118 less 90 are the four
    assert by_sex(parts=False)[0].tables["samples"]["n"].notna().all()


def test_populations_that_add_up_are_found():
    assert parts_of(by_sex(parts=True)[1]) == (("all", ("men", "women")),)
    other = by_sex(parts=True)[1]
    other.loc[0, "n"] += 1
    assert parts_of(other) == ()


def test_a_population_counted_over_other_months_is_one_of_its_own():
    one, other = samples({"x": "ab"}, {"a": 20, "b": 30}), samples({"y": "ab"}, {"a": 18, "b": 30})
    third = samples({"z": "a"}, {"a": 20})
    kinds = with_kinds(pd.concat([one, other, third])).set_index("estimand")["population"]
    assert kinds.groupby(level=0).first().to_dict() == {"x": "all", "y": "all 1", "z": "all"}


def test_estimands_of_the_same_persons_have_one_name():
    table = samples({"x": "ab", "w": "ab", "y": "a"}, {"a": 20, "b": 30})
    assert names_of(table) == {"w": "w", "x": "w", "y": "y"}


def test_a_count_that_moved_by_few_is_shown_as_before():
    sets = {"x": "ab"}
    before = samples(sets, {"a": 100, "b": 124})
    later = samples(sets, {"a": 101, "b": 125})
    first, done = protect_samples(estimates(before)[1], before, REGISTER)
    second, _ = protect_samples(estimates(later)[1], later, REGISTER, [done.release])
    assert first["n_persons"].tolist() == second["n_persons"].tolist() == [220]
    assert protect_samples(estimates(later)[1], later, REGISTER)[0]["n_persons"].tolist() == [230]


def test_person_months_tell_no_more_than_the_rounded_persons():
    true, shown = estimates(samples({"x": "ab"}, {"a": 2003, "b": 2221}))
    made = with_months_of(shown, true, rounding_bases(REGISTER))
    assert made["n_person_months"].tolist() == [round(24 * 4220 / 1000) * 1000]
    assert with_months_of(shown, true, {}) is shown
    twice = [pd.concat([frame, frame]) for frame in (shown, true)]  # as domains follow each other
    assert with_months_of(*twice, rounding_bases(REGISTER))["n_person_months"].nunique() == 1


def test_published_and_unknown_counts_pass_as_they_are():
    table = samples({"x": "ab"}, {"a": 100, "b": 3})
    _, shown = estimates(table)
    assert protect_samples(shown, table, PUBLIC) == (shown, None)
    none = conform(table.assign(n_persons=pd.NA), SAMPLES_COMPARED)
    assert protect_samples(shown, none, REGISTER) == (shown, None)


def test_what_was_done_with_two_sets_of_tables_is_remembered_together():
    one, other = (by_sex(parts)[0] for parts in (True, False))
    assert joined(None, one) is one and joined(one, None) is one
    both = joined(one, other)
    assert both.lost["numbers"] == 6 and set(both.release.true) == set(one.release.true)


def test_a_unit_with_other_persons_in_another_row_is_refused():
    rows = by_sex(parts=False)[1]
    rows = pd.concat([rows, rows.iloc[[0]].assign(estimand="women", n=5)])
    table = rows[rows["used"]].groupby("estimand", as_index=False)["n"].sum()
    relations = [Samples("samples", rows)]
    with pytest.raises(InputError, match="a unit has other persons in other rows"):
        protect({"samples": table.assign(sources="registers")}, relations, EXACT)
