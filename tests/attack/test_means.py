"""Means of almost the same municipalities, subtracted: within a release, and between two."""

from __future__ import annotations

import pytest

from kuntakokeilu.attack import attack
from kuntakokeilu.attack.means import of_few_between_releases, of_few_between_samples

from .test_attack import clean, kinds, listed, written  # noqa: F401


def row(name, mean, units, persons, **more):
    told = {"estimand": name, "outcome": "jobs", "population": "all", "weights": "municipality"}
    told |= {"term": "att", "baseline_mean": mean, "n_trial": units, "n_persons": persons}
    return {key: str(value) for key, value in (told | more).items()}


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (row("two", 32.53, 113, 27260), True),  # 115 * 32.58 less 113 * 32.53 is 70.81
        (row("two", 33, 113, 27260), False),  # to within 58
        (row("two", 32.53, 104, 27260), False),  # eleven municipalities
        (row("two", 32.53, 113, 26900), False),  # hundreds of persons
        (row("two", 32.53, 113, 27260, outcome="other"), False),
        (row("two", 32.53, 113, 27260, weights="persons_frozen"), False),  # in other sums
        (row("two", 32.53, 110, 27270), True),  # five hamlets, of so few that none is missed
        (row("two", "", 113, 27260), False),
    ],
)
def test_means_of_two_samples_give_the_sum_over_what_one_lacks(other, found):
    assert of_few_between_samples([row("one", 32.58, 115, 27270), other], 10) == found


@pytest.mark.parametrize(
    ("weights", "persons", "found"),
    [
        ("area", 27260, True),
        ("persons_frozen", 27260, False),  # 27,000 persons times half a digit is 270 per cent
        ("persons_frozen", 5020, True),
        ("entropy", 5020, False),  # weights that nobody knows
    ],
)
def test_what_is_a_sum_depends_on_the_weights(weights, persons, found):
    one = row("one", 32.58, 115, persons + 10, weights=weights)
    two = row("two", 32.53, 113, persons, weights=weights)
    assert of_few_between_samples([one, two], 10) == found


def coverage(mean, known):
    return [{"outcome": "jobs", "arm": "trial", "period": "2019-03", "n_known": str(known),
             "mean": str(mean)}]  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "known", "found"),
    [
        (32.69, 116, ["mean"]),  # 116 * 32.69 less 115 * 32.58 is 45.34: eleven of 24 months
        (32.58, 115, []),
        (32.58, 116, []),  # the earlier mean still stands
        (33.69, 125, []),
        (33, 116, []),  # to within 58
    ],
)
def test_means_of_two_releases_give_what_came(mean, known, found):
    assert of_few_between_releases(coverage(32.58, 115), coverage(mean, known)) == found


def test_a_mean_that_moves_while_its_persons_stand_is_found():
    before, now = row("one", 32.58, 115, 27270), row("one", 32.6, 115, 27270)
    assert of_few_between_releases([before], [now]) == ["baseline_mean"]
    assert of_few_between_releases([before], [now | {"n_persons": "27400"}]) == []


def test_both_are_planted_in_a_release(clean, tmp_path):  # noqa: F811
    written(clean, "estimates.csv", [row("one", 32.58, 115, 27270), row("two", 32.53, 113, 27260)])
    listed(clean)
    assert kinds(clean) == {("means", "release/estimates.csv")}
    written(clean, "estimates.csv", [row("one", 32.58, 115, 27270)])
    written(clean, "coverage.csv", coverage(32.69, 116))
    listed(clean)
    before = tmp_path / "before" / "release"
    before.mkdir(parents=True)
    written(before, "coverage.csv", coverage(32.58, 115))
    assert attack(clean) == []
    assert kinds(clean, earlier=[before]) == {("means", "release/coverage.csv")}
