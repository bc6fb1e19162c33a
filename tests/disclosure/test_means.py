"""Means over a known number of units tell of few neither with each other nor with earlier ones."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import null_space

from kuntakokeilu.attack.means import of_few_between_releases, of_few_between_samples
from kuntakokeilu.contracts import COVERAGE, COVERED, conform
from kuntakokeilu.disclosure import disclose
from kuntakokeilu.disclosure.balance import FEWEST_UNITS
from kuntakokeilu.disclosure.engine import EarlierRelease, append, read_earlier
from kuntakokeilu.disclosure.known_sums import KnownSums, UnitPart
from kuntakokeilu.disclosure.means import remembering, tell_means
from kuntakokeilu.study import DisclosureProfile

LEAST = 10
PERSONS = {f"u{at:02}": 1 if at < 2 else 60 + at for at in range(40)}  # two hamlets
VALUES = {unit: 25.0 + 1.3 * at for at, unit in enumerate(PERSONS)}
NOTHING = EarlierRelease("release", {}, {})


def samples(sets, before="2019-03/2019-03/1", population="eligible"):
    rows = [
        (name, population, unit, True, PERSONS[unit], before, PERSONS[unit], VALUES[unit])
        for name, units in sets.items() for unit in units
    ]  # fmt: skip
    names = ["estimand", "population", "unit", "used", "n_persons"]
    return pd.DataFrame(rows, columns=[*names, "before", "n_before", "mean_before"])


def estimates(sets, **columns):
    rows = [
        {"estimand": name, "outcome": "jobs", "population": "eligible", "weights": "municipality",
         "role": "robustness" if at else "main", "term": "att", "n_trial": len(units),
         "n_persons": round(sum(PERSONS[u] for u in units), -1),
         "baseline_mean": float(f"{np.mean([VALUES[u] for u in units]):.4g}")}
        for at, (name, units) in enumerate(sets.items()) for _ in range(2)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


def covered(units, values=VALUES, periods=("2019-03",), persons=PERSONS):
    rows = [
        ("jobs", "eligible", "trial", period, unit, persons[unit], values[unit])
        for period in periods for unit in units
    ]  # fmt: skip
    names = ["outcome", "population", "arm", "period", "unit", "n_persons", "mean"]
    return pd.DataFrame(rows, columns=names)


def coverage(table):
    means = table.groupby(["outcome", "arm", "period"])["mean"].agg(["size", "mean"]).reset_index()
    shown = [float(f"{mean:.4g}") for mean in means["mean"]]
    return means.assign(n_units=40, n_known=means["size"], mean=shown).drop(columns="size")


def told(sets, **columns):
    """Which baselines are shown."""
    frame = estimates(sets, **columns)
    made = tell_means({"estimates": frame}, {"samples": samples(sets)}, LEAST)
    shown = made.tables["estimates"].dropna(subset="baseline_mean")
    return list(dict.fromkeys(shown["estimand"]))


ALL = list(PERSONS)


@pytest.mark.parametrize(
    ("sets", "shown"),
    [
        ({"main": ALL, "same": ALL}, ["main", "same"]),
        ({"main": ALL, "without hamlets": ALL[2:]}, ["main"]),
        ({"main": ALL[2:], "with hamlets": ALL}, ["main"]),  # the order decides, not the size
        ({"main": ALL, "without two towns": ALL[:-2]}, ["main"]),
        ({"main": ALL, "without three towns": ALL[:-3]}, ["main", "without three towns"]),
        # subtracted from each other, both halves and all leave one town
        ({"main": ALL, "half": ALL[:20], "other half": ALL[21:]}, ["main", "half"]),
        ({"main": ALL[:1], "alone": ALL[5:7]}, ["main", "alone"]),  # not for being small itself
    ],
)
def test_of_means_that_tell_of_few_the_first_is_shown(sets, shown):
    assert told(sets) == shown


def test_the_attack_of_the_hamlets_finds_the_former_release_and_not_this():
    sets = {"main": ALL, "by_size": ALL[2:]}
    before = estimates(sets)
    made = tell_means({"estimates": before}, {"samples": samples(sets)}, LEAST)
    assert of_few_between_samples(as_printed(before), LEAST)
    assert not of_few_between_samples(as_printed(made.tables["estimates"]), LEAST)
    assert made.hidden == {("estimates", "by_size")} and not made.earlier


def as_printed(frame):
    return [{k: "" if pd.isna(v) else str(v) for k, v in row.items()}
            for row in frame.to_dict("records")]  # fmt: skip


def test_means_of_other_persons_weights_or_times_are_not_subtracted():
    sets = {"main": ALL, "less": ALL[2:]}
    assert told(sets, weights=["municipality"] * 2 + ["area"] * 2) == ["main", "less"]
    assert told(sets, outcome=["jobs"] * 2 + ["euros"] * 2) == ["main", "less"]
    rows = samples(sets)
    placebo = rows["estimand"].eq("less")
    earlier = rows.assign(before=rows["before"].mask(placebo, "2018-03/2018-03/1"))
    others = rows.assign(population=rows["population"].mask(placebo, "others"))
    frame = estimates(sets)
    made = tell_means({"estimates": frame}, {"samples": earlier}, LEAST)
    assert not made.hidden
    frame["population"] = ["eligible"] * 2 + ["others"] * 2
    assert not tell_means({"estimates": frame}, {"samples": others}, LEAST).hidden


def test_without_a_limit_nothing_is_done():
    sets = {"main": ALL, "less": ALL[2:]}
    made = tell_means({"estimates": estimates(sets)}, {"samples": samples(sets)}, 0)
    assert made.tables == {} and not made.hidden


def test_coverage_stands_behind_the_main_estimand_and_before_others():
    sets = {"main": ALL, "other": ALL[2:]}
    known = covered(ALL[2:])
    released = {"estimates": estimates(sets), "coverage": coverage(known)}
    made = tell_means(released, {"samples": samples(sets), "covered": known}, LEAST)
    assert made.hidden == {("estimates", "other"), ("coverage", "jobs", "trial", "2019-03")}
    assert made.tables["coverage"]["n_known"].tolist() == [38]  # how many is no secret of a mean


def test_months_of_coverage_add_up_to_a_baseline():
    """The last month that would complete the sum over the hamlets is hidden."""
    months = ("2019-01", "2019-02", "2019-03")
    sets = {"main": ALL}
    known = covered(ALL[2:], periods=months)
    rows = samples(sets, before="2019-01/2019-03/3")
    released = {"estimates": estimates(sets), "coverage": coverage(known)}
    made = tell_means(released, {"samples": rows, "covered": known}, LEAST)
    assert made.hidden == {("coverage", "jobs", "trial", "2019-03")}
    same = covered(ALL, periods=months)
    released["coverage"] = coverage(same)
    assert not tell_means(released, {"samples": rows, "covered": same}, LEAST).hidden


def first_release(known):
    made = tell_means({"coverage": coverage(known)}, {"covered": known}, LEAST)
    assert not made.hidden
    return made, remembering(NOTHING, made)


def test_a_newcomer_is_not_told_by_two_releases(tmp_path):
    before = covered(ALL[1:])
    first, release = first_release(before)
    append(tmp_path / "releases.jsonl", release)
    (again,) = read_earlier(tmp_path / "releases.jsonl")
    assert again == release
    now = covered(ALL)  # one person in a hamlet that had nobody
    careless = coverage(now)
    old, new = as_printed(first.tables["coverage"]), as_printed(careless)
    assert of_few_between_releases(old, new) == ["mean"]
    made = tell_means({"coverage": careless}, {"covered": now}, LEAST, [again])
    assert made.earlier == {("coverage", "jobs", "trial", "2019-03")} and not made.hidden
    pd.testing.assert_frame_equal(
        made.tables["coverage"], first.tables["coverage"], check_dtype=False
    )
    # and is not told by the third either, which knows what the second was over
    third = tell_means(
        {"coverage": careless}, {"covered": now}, LEAST, [again, remembering(NOTHING, made)]
    )
    assert third.earlier == made.earlier


@pytest.mark.parametrize(
    ("changed", "joined", "stands"),
    [
        ([], 0, False),
        (ALL[5:6], 0, True),  # a late month of somebody
        (ALL[5:14], 0, True),  # of nine at least
        (ALL[5:15], 0, False),
        (ALL[5:8], 3, True),  # three in each of three towns
        (ALL[5:8], 4, False),
        (ALL[5:7], 30, True),  # of two towns alone
    ],
)
def test_a_mean_is_told_anew_if_enough_has_changed(changed, joined, stands):
    values = {unit: value + 0.7 * (unit in changed) for unit, value in VALUES.items()}
    persons = {unit: n + joined * (unit in changed) for unit, n in PERSONS.items()}
    now = covered(ALL, values, persons=persons)
    _, release = first_release(covered(ALL))
    made = tell_means({"coverage": coverage(now)}, {"covered": now}, LEAST, [release])
    assert bool(made.earlier) == stands and not made.hidden


def test_a_ratio_of_means_does_not_tell_a_hidden_one():
    sets = {"main": ALL, "less": ALL[2:]}
    frame = estimates(sets)
    means = frame.drop_duplicates("estimand").set_index("estimand")["baseline_mean"]
    rows = pd.DataFrame(
        {
            "combination": ["of means", "declared"],
            "first": ["less"] * 2, "second": ["main"] * 2,
            "factor": [float(f"{means['less'] / means['main']:.4g}"), 0.5],
            "estimate": [1.0, 2.0], "status": ["ok"] * 2,
        }
    )  # fmt: skip
    made = tell_means(
        {"estimates": frame, "combinations": rows},
        {"samples": samples(sets), "estimates": frame},
        LEAST,
    ).tables["combinations"]
    assert made["status"].tolist() == ["suppressed", "ok"]
    assert made["factor"].isna().tolist() == [True, False] == made["estimate"].isna().tolist()


def test_a_release_as_a_whole_keeps_and_follows_earlier_means():
    """Through all that a release passes: two releases of the same rule, a newcomer between them."""
    profile = DisclosureProfile(profile="register", min_persons=LEAST, note="-")

    def release(units, earlier=()):
        known = conform(covered(units), COVERED)
        table = coverage(known).assign(n_persons=sum(PERSONS[u] for u in units))
        table["period"] = pd.PeriodIndex(table["period"], freq="M")
        tables = {"coverage": conform(table, COVERAGE), "covered": known}
        return disclose(["coverage"], tables, {"profile": profile}, earlier)

    first = release(ALL[1:])
    second = release(ALL, [first.release])
    assert (first.earlier_means, second.earlier_means, second.hidden_means) == (0, 1, 0)
    pd.testing.assert_frame_equal(first.tables["coverage"], second.tables["coverage"])
    assert second.release == first.release  # so that it is not kept twice


def known_of_few(rows, persons, least):
    """Solve for combinations of sums that vanish outside of each small set, one set at a time."""
    units = sorted(persons)
    matrix = np.unique([[u in row for u in units] for row in rows], axis=0).astype(float)
    sets = [set(few) for k in range(1, len(units) + 1) for few in combinations(units, k)]
    small = [s for s in sets if len(s) < FEWEST_UNITS or sum(persons[u] for u in s) < least]
    for few in small:
        inside = np.array([u in few for u in units])
        found = null_space(matrix[:, ~inside].T).T @ matrix[:, inside]
        alone = matrix[~matrix[:, ~inside].any(axis=1)][:, inside]
        if np.linalg.matrix_rank(np.vstack([found, alone]), tol=1e-6) > len(
            np.unique(alone, axis=0)
        ):
            return True
    return False


@pytest.mark.parametrize("seed", range(25))
def test_nothing_of_few_follows_from_what_is_shown_of_random_samples(seed):
    rng = np.random.default_rng(seed)
    persons = {f"u{at}": int(n) for at, n in enumerate(rng.choice([1, 2, 30, 400], 9))}
    sums, shown, hidden = KnownSums(LEAST), [], 0
    for _ in range(7):
        row = {u for u in persons if rng.random() < 0.8}
        parts = {u: UnitPart(persons[u], 1.0) for u in sorted(row)}
        if not sums.tells(parts):
            sums.show(parts)
            shown.append(row)
        else:
            hidden += 1
            assert known_of_few([*shown, row], persons, LEAST)  # it was not hidden in vain
    assert hidden and not known_of_few(shown, persons, LEAST)


@pytest.mark.parametrize("seed", range(12))
def test_nobody_who_came_or_went_follows_from_four_releases(seed):
    """The attacker subtracts each mean, times its units, from the same of every earlier release."""
    rng = np.random.default_rng(seed)
    persons = {f"u{at:02}": int(rng.choice([1, 5, 80])) for at in range(25)}
    values = {unit: float(rng.uniform(20, 60)) for unit in persons}
    earlier, seen = [], []
    for _ in range(4):
        known = covered(list(persons), values, persons=persons)
        made = tell_means({"coverage": coverage(known)}, {"covered": known}, LEAST, earlier)
        earlier.append(remembering(NOTHING, made))
        if not made.earlier:
            seen.append((dict(persons), dict(values)))
        row = made.tables["coverage"].iloc[0]
        n, total = seen[-1]
        assert row["n_known"] == len(n)  # what is shown is of one release as a whole
        assert row["mean"] == pytest.approx(np.mean(list(total.values())), rel=1e-3)
        for unit in rng.permutation(sorted(persons))[: rng.choice([0, 1, 2, 4, 15])]:
            persons[unit] += int(rng.choice([1, 2, 40]))
            values[unit] += float(rng.normal())
    for (n, one), (m, two) in combinations(seen, 2):
        moved = [u for u in one if one[u] != two[u]]
        people = sum(max(1, abs(n[u] - m[u])) for u in moved)
        assert not moved or (people >= LEAST and len(moved) >= FEWEST_UNITS)
