"""Adjusted p-values: against plain loops, and against how often any null is rejected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from kuntakokeilu.contracts import HETEROGENEITY, MULTIPLICITY, conform
from kuntakokeilu.estimation.multiplicity import (
    holm,
    joint_draws,
    multiplicity,
    romano_wolf,
    sharpened_q,
    westfall_young,
)


def plain_romano_wolf(t, drawn):
    """Step by step, one hypothesis at a time."""
    t, drawn = np.abs(t), np.abs(drawn)
    left, adjusted, last = list(range(len(t))), {}, 0.0
    while left:
        best = max(left, key=lambda k: t[k])
        as_large = sum(max(row[k] for k in left) >= t[best] - 1e-12 for row in drawn)
        last = max(last, (1 + as_large) / (1 + len(drawn)))
        adjusted[best] = last
        left.remove(best)
    return np.array([adjusted[k] for k in range(len(t))])


def plain_westfall_young(p, drawn):
    size = np.abs(drawn)
    ranks = [[np.mean(size[:, k] >= row[k] - 1e-12) for k in range(len(p))] for row in size]
    left, adjusted, last = list(range(len(p))), {}, 0.0
    while left:
        best = min(left, key=lambda k: p[k])
        as_small = sum(min(row[k] for k in left) <= p[best] + 1e-12 for row in ranks)
        last = max(last, (1 + as_small) / (1 + len(drawn)))
        adjusted[best] = last
        left.remove(best)
    return np.array([adjusted[k] for k in range(len(p))])


def anderson(p):
    """The two steps at every rate from 1 down, one p-value at a time."""
    m, ranked = len(p), sorted(range(len(p)), key=lambda k: p[k])
    found = [1.0] * m
    for step in range(1000, 0, -1):
        q = step / 1000

        def rejected(rate):
            last = 0
            for place, k in enumerate(ranked, start=1):
                if p[k] <= rate * place / m:
                    last = place
            return last

        one = rejected(q / (1 + q))
        two = m if one == m else rejected(q / (1 + q) * m / (m - one))
        for k in ranked[:two]:
            found[k] = q
    return np.array(found)


@pytest.mark.parametrize("seed", range(5))
def test_stepwise_as_one_hypothesis_at_a_time(seed):
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, 6))
    drawn = rng.normal(size=(199, m)) @ np.linalg.cholesky(0.5 * np.eye(m) + 0.5)
    t, p = rng.normal(0, 2, m), rng.uniform(0, 0.3, m)
    np.testing.assert_allclose(romano_wolf(t, drawn), plain_romano_wolf(t, drawn), atol=1e-12)
    np.testing.assert_allclose(westfall_young(p, drawn), plain_westfall_young(p, drawn), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_q_values_as_one_rate_at_a_time(seed):
    rng = np.random.default_rng(seed)
    p = np.concatenate([rng.uniform(0, 0.02, 3), rng.uniform(size=int(rng.integers(1, 9)))])
    np.testing.assert_allclose(sharpened_q(p), anderson(p), atol=1e-12)


def test_a_single_number_keeps_its_p_value():
    drawn = np.random.default_rng(1).normal(size=(9999, 1))
    assert westfall_young(np.array([0.031]), drawn)[0] == pytest.approx(0.031, abs=2e-4)
    assert sharpened_q(np.array([0.02]))[0] == 0.021  # q/(1 + q) is 0.02 at least


def test_numbers_that_are_one_are_not_paid_for_twice():
    sums = np.random.default_rng(2).normal(size=(40, 1)) @ np.ones((1, 4))
    drawn = joint_draws(sums, 9999, 1)
    t = np.full(4, 2.2)
    assert np.ptp(romano_wolf(t, drawn)) == 0
    assert romano_wolf(t, drawn)[0] == pytest.approx(romano_wolf(t[:1], drawn[:, :1])[0])


def test_any_of_ten_true_nulls_is_rejected_as_rarely_as_one():
    rng = np.random.default_rng(3)
    alone, together = 0, 0
    for seed in range(300):
        shared = rng.normal(size=(50, 1))
        sums = (shared + rng.normal(size=(50, 10))) / np.sqrt(2)
        t = sums.sum(axis=0) / np.sqrt((sums**2).sum(axis=0))
        drawn = joint_draws(sums - sums.mean(axis=0), 499, seed)
        alone += (np.abs(t) > 1.96).any()
        together += (romano_wolf(t, drawn) <= 0.05).any()
    assert together / 300 == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 300))
    assert alone / 300 > 0.2


def estimates(p_values, domain="employment"):
    rows = pd.DataFrame({"estimand": [f"y{k}.main" for k in range(len(p_values))]})
    return rows.assign(
        role="main", term="att", leading=True, domain=domain, p_value=p_values, estimate=1.0,
        std_error=0.5, degrees_of_freedom=29.0,
    )  # fmt: skip


def influences(names, n=30, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        [
            {"estimand": name, "term": "att", "cluster": f"c{g}", "value": rng.normal() * 0.1}
            for name in names
            for g in range(n)
        ]
    )


def test_families_are_domains_and_stratifications():
    rows = pd.concat([estimates([0.01, 0.2, np.nan]), estimates([0.04], "cost")])
    rows["estimand"] = [f"y{k}.main" for k in range(4)]
    none = pd.DataFrame(columns=list(HETEROGENEITY.columns))
    table = multiplicity(rows, influences(rows["estimand"]), none, 1)
    conform(table, MULTIPLICITY)
    assert table["family"].tolist() == ["employment", "employment", "cost"]
    assert table["n_family"].tolist() == [2, 2, 1]
    assert (table["westfall_young"] >= table["p_value"]).all()
    assert table.loc[2, "westfall_young"] == 0.04  # nothing to adjust for
    assert table.loc[0, "westfall_young"] < 0.03  # not more than both together
    assert table["q_value"].isna().all()  # of subgroups alone
    strata = pd.DataFrame(
        {
            "method": ["stratum", "stratum", "omnibus"],
            "strata": "by_age",
            "estimand": "y0.main",
            "stratum": ["a", "b", None],
            "p_value": [0.01, 0.5, 0.2],
        }
    )
    table = multiplicity(rows.iloc[:0], influences(["y"]), strata, 1)
    assert table["stratum"].tolist() == ["a", "b"]
    np.testing.assert_allclose(table["q_value"], anderson([0.01, 0.5]))


def test_a_number_that_rests_on_persons_has_the_bound_of_bonferroni():
    rows = estimates([0.01, 0.2])
    none = pd.DataFrame(columns=list(HETEROGENEITY.columns))
    table = multiplicity(rows, influences(["y0.main"]), none, 1)
    assert table["westfall_young"].tolist() == [0.02, 0.4]
    assert table["romano_wolf"].isna().all()


def few_degrees(p_values, degrees, together):
    """Main effects of few degrees of freedom, whose errors are one, or of clusters of their own."""
    rows = estimates(p_values).assign(degrees_of_freedom=degrees)
    rng = np.random.default_rng(4)
    parts = [
        pd.DataFrame(
            {
                "estimand": name,
                "term": "att",
                "cluster": [f"c{g}" if together else f"{name}{g}" for g in range(40)],
                "value": np.random.default_rng(4).normal(size=40)
                if together
                else rng.normal(size=40),
            }
        )
        for name in rows["estimand"]
    ]
    return multiplicity(
        rows, pd.concat(parts), pd.DataFrame(columns=list(HETEROGENEITY.columns)), 1
    )


def test_few_degrees_of_freedom_make_no_adjusted_p_value_smaller_than_the_raw_one():
    """Against normal draws a t of 2.0 with 3 degrees of freedom (p 0.14) would seem rare."""
    raw = [0.1456, 0.1456, 0.1456]
    error = 4 * np.sqrt(0.25 / 9999)  # of a share over so many draws
    one = few_degrees(raw, 3.0, together=True)  # one number told three times
    assert one["romano_wolf"].tolist() == pytest.approx(raw, abs=error)
    assert (one["romano_wolf"] >= raw).all()
    apart = few_degrees(raw, 3.0, together=False)  # independent: 1 - (1 - p) ** 3
    assert apart["romano_wolf"].tolist() == pytest.approx([1 - (1 - 0.1456) ** 3] * 3, abs=error)
    assert apart["westfall_young"].tolist() == pytest.approx(apart["romano_wolf"], abs=error)


def test_the_largest_t_is_asked_of_each_number_with_its_own_degrees_of_freedom():
    """P(any |t| as large) of independent numbers, from the distributions of both t."""
    p, degrees = np.array([0.04, 0.30]), np.array([60.0, 3.0])
    table = few_degrees(p, degrees, together=False)
    size = stats.t.isf(0.02, 60)  # larger than that of the other number, which is 1.25
    either = 1 - (1 - 0.04) * (1 - 2 * stats.t.sf(size, 3))
    found = table["romano_wolf"].to_numpy()
    np.testing.assert_allclose(found, [either, 0.30], atol=0.02)
    assert (found >= p).all()


def test_holm_as_statsmodels_has_it():
    p = np.array([0.2, 0.001, 0.04, 0.03, 0.9])
    expected = multipletests(p, method="holm")[1]
    np.testing.assert_allclose(holm(p), expected, atol=1e-12)
    np.testing.assert_allclose(holm(np.append(p, np.nan))[:5], expected, atol=1e-12)
    assert np.isnan(holm(np.array([np.nan]))).all()
