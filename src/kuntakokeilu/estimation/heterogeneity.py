"""For whom the effect differs: an exploratory annex over strata of persons.

A stratum is all that is known of a person here, so an effect that depends on persons is an effect
that depends on the stratum. Each is estimated by itself; a test says whether any differs; and trees
group strata of like effects, grown on one half of the areas and estimated on the other, so that
what they find was not found by looking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.contracts import HETEROGENEITY
from kuntakokeilu.estimation.amounts import amounts_by_arm, worst_of
from kuntakokeilu.estimation.clustered import t_inference
from kuntakokeilu.estimation.designs import common_start
from kuntakokeilu.estimation.identification import not_identified, reason_of_cohorts
from kuntakokeilu.estimation.sample import draw_sample, fewest_persons
from kuntakokeilu.study import Estimand

SPLITS = 50  # of the areas into halves; each gives two trees
LEAVES = 4  # at most, of a tree
_FEWEST = 5  # clusters of an arm; with fewer no number is used, as in `diagnostics`
_LEVEL = 0.975  # of an interval within a split, so that the medians of its ends hold 95 %


@dataclass(frozen=True)
class Sums:
    """Weights and weighted differences, summed within clusters.

    Attributes
    ----------
    weight, moved : ndarray, shape (clusters, strata)
        Sum of the weights of a cluster's units in a stratum, and of weight x (mean after the
        start less mean before it).
    trial : ndarray of bool, shape (clusters,)
        Clusters of the trial arm.
    strata : list of str
        Names of the strata.
    """

    weight: np.ndarray
    moved: np.ndarray
    trial: np.ndarray
    strata: list[str]

    def of(self, clusters: np.ndarray) -> Sums:
        """Take some of the clusters."""
        weight, moved = self.weight[clusters], self.moved[clusters]
        return Sums(weight, moved, self.trial[clusters], self.strata)

    def whole(self) -> Sums:
        """Take the strata that enough clusters of both arms have."""
        seen = self.weight > 0
        arms = [seen[arm].sum(axis=0) for arm in (self.trial, ~self.trial)]
        kept = np.minimum(*arms) >= _FEWEST
        names = [name for name, keep in zip(self.strata, kept, strict=True) if keep]
        return Sums(self.weight[:, kept], self.moved[:, kept], self.trial, names)


def heterogeneity(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand, strata: str
) -> pd.DataFrame:
    """Estimate an estimand in each stratum, alone and by honest trees, and test for differences.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS, with the stratification.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        Sample and weights, which divide over strata as persons did before the start.
    strata : str
        Name of the stratification.

    Returns
    -------
    DataFrame
        Contract HETEROGENEITY. A stratum with fewer than five trial areas or control clusters is
        `too_few_strata` and in no test or tree; without two strata that have them, so is the test.

    Raises
    ------
    InputError
        The areas have no common start.

    Notes
    -----
    Honest estimation: Athey & Imbens (2016, PNAS 113(27)). Medians over splits, of estimates and
    of the ends of wider intervals: Chernozhukov, Demirer, Duflo & Fernández-Val (2025,
    Econometrica 93(4)).
    """
    estimand = estimand.model_copy(update={"strata": strata})
    sample = draw_sample(cells, units, estimand)
    frame, reason = sample.frame, not_identified(sample)
    if reason is not None:
        reason = reason_of_cohorts(cells, units, estimand, reason)
    names = sorted(frame["stratum"].unique())
    facts = {name: _facts(frame[frame["stratum"].eq(name)], cells, estimand) for name in names}
    none = {"identified": reason or "too_few_strata"}
    direct, honest = {}, {}
    test: dict[str, Any] = none
    kept: list[str] = []
    if reason is None:
        start = common_start(frame, estimand, "effects by stratum need")
        sums = cluster_sums(frame, start).whole()
        kept = sums.strata
        direct = _direct(sums)
    if len(kept) > 1:
        honest = honest_trees(sums, estimand.seed)
        p_value = omnibus_p_value(sums, estimand.permutations, estimand.seed)
        test = {"identified": "ok", "p_value": p_value}
    rows: list[dict[str, Any]] = [
        {"method": method, "stratum": name} | facts[name] | numbers.get(name, none)
        for method, numbers in (("stratum", direct), ("honest_tree", honest))
        for name in names
    ]
    whole = _facts(frame[frame["stratum"].isin(kept)] if kept else frame, cells, estimand)
    rows.append({"method": "omnibus", "stratum": None} | whole | test)
    what = ("study", "estimand", "outcome", "population", "unit")
    table = pd.DataFrame(rows).assign(strata=strata, **{n: getattr(estimand, n) for n in what})
    return table.reindex(columns=list(HETEROGENEITY.columns))


def cluster_sums(frame: pd.DataFrame, start: pd.Period) -> Sums:
    """Take the mean after less the mean before of each unit and stratum, and sum by cluster.

    Parameters
    ----------
    frame : DataFrame
        A sample by stratum. A unit's stratum without a value on both sides is left out.
    start : Period
        The first one after the start.

    Returns
    -------
    Sums
    """
    keys = ["cluster", "trial", "unit", "stratum"]
    rows = frame.assign(after=frame["period"] >= start, wy=frame["w"] * frame["y"])
    sides = rows.groupby([*keys, "after"])[["w", "wy"]].sum().unstack("after")
    means = (sides["wy"] / sides["w"]).dropna()
    weight = rows.groupby(keys)["w"].mean().loc[means.index]
    table = pd.DataFrame({"weight": weight, "moved": weight * (means[True] - means[False])})
    wide = table.groupby(["cluster", "trial", "stratum"]).sum().unstack("stratum", fill_value=0.0)
    return Sums(
        weight=wide["weight"].to_numpy(),
        moved=wide["moved"].to_numpy(),
        trial=wide.index.get_level_values("trial").to_numpy(bool),
        strata=list(wide["weight"].columns),
    )


def stratum_effects(sums: Sums, trial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Difference of the arms in each stratum, with cluster sums of its influence function.

    Parameters
    ----------
    sums : Sums
        Of G clusters and S strata.
    trial : ndarray of bool, shape (..., G)
        Clusters taken for the trial arm, perhaps in many deals.

    Returns
    -------
    effects : ndarray, shape (..., S)
        Missing where an arm lacks the stratum.
    influence : ndarray, shape (..., G, S)
        Times the root of G/(G-1), with the G clusters that have the stratum, so that its squares
        add to the clustered variance.
    """
    effects: Any = 0.0
    influence: Any = 0.0
    for sign, arm in ((1.0, trial), (-1.0, ~trial)):
        inside = arm.astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            total = inside @ sums.weight
            mean = (inside @ sums.moved) / total
            apart = sums.moved - sums.weight * mean[..., None, :]
            part = apart * inside[..., None] / total[..., None, :]
        effects, influence = effects + sign * mean, influence + sign * part
    n_clusters = (sums.weight > 0).sum(axis=0)
    return effects, influence * np.sqrt(n_clusters / np.maximum(n_clusters - 1, 1))


def omnibus_p_value(sums: Sums, draws: int, seed: int) -> float:
    """P-value of one effect in all strata, from areas dealt anew to the arms.

    Parameters
    ----------
    sums : Sums
        Of at least two strata.
    draws, seed : int
        Number of deals, and what makes them.

    Returns
    -------
    float
        (1 + deals with as large a statistic) / (1 + deals).

    Notes
    -----
    The statistic is the weighted sum of squared t values of each stratum's effect less the mean
    of all. The mean effect is taken out of the trial areas first: what is left is, under one effect
    in all strata, as likely under any deal of exchangeable clusters. The t values make the deals
    comparable where trial areas and controls differ in size (Chung & Romano 2013, Annals of
    Statistics 41(2)).
    """
    rng = np.random.default_rng(seed)
    effects, _ = stratum_effects(sums, sums.trial)
    common = effects @ sums.weight.sum(axis=0) / sums.weight.sum()
    left = sums.moved - common * sums.weight * sums.trial[:, None]
    sums = replace(sums, moved=left)
    observed = _spread(sums, sums.trial)
    dealt = rng.permuted(np.tile(sums.trial, (draws, 1)), axis=1)
    parts = np.array_split(dealt, max(1, draws // 500))
    as_large = sum(int((_spread(sums, part) >= observed - 1e-12).sum()) for part in parts)
    return (1 + as_large) / (1 + draws)


def _spread(sums: Sums, trial: np.ndarray) -> np.ndarray:
    """Weighted sum of squared t values of the strata's distances to their mean."""
    shares = sums.weight.sum(axis=0) / sums.weight.sum()
    effects, influence = (np.nan_to_num(part) for part in stratum_effects(sums, trial))
    apart = effects - (effects @ shares)[..., None]
    deviations = influence - (influence @ shares)[..., None]
    variance = (deviations**2).sum(axis=-2)
    t_squared = np.divide(apart**2, variance, out=np.zeros_like(apart), where=variance > 0)
    return t_squared @ shares


def _direct(sums: Sums) -> dict[str, dict[str, Any]]:
    effects, influence = stratum_effects(sums, sums.trial)
    shares = sums.weight.sum(axis=0) / sums.weight.sum()
    degrees = (sums.weight > 0).sum(axis=0) - 1
    found = {}
    for s, name in enumerate(sums.strata):
        numbers = t_inference(float(effects[s]), _norm(influence[:, s]), int(degrees[s]))
        found[name] = numbers | {"estimate": effects[s], "share": shares[s], "identified": "ok"}
    return found


def honest_trees(sums: Sums, seed: int, splits: int = SPLITS) -> dict[str, dict[str, Any]]:
    """Effect of the leaf in which each stratum lies, median over trees.

    Parameters
    ----------
    sums : Sums
        With at least five clusters in each arm.
    seed, splits : int
        Of the halves.

    Returns
    -------
    dict of dicts
        estimate, std_error, ci_low, ci_high, share and identified of each stratum. A leaf's effect
        is that of its strata, weighted as the trial arm is.
    """
    rng = np.random.default_rng(seed)
    traits = _traits(sums.strata)
    drawn = []
    for _ in range(splits):
        first = _half(sums.trial, rng)
        for grown, estimated in ((first, ~first), (~first, first)):
            leaves = _grow(sums.of(grown), traits)
            drawn.append(_estimate_leaves(sums.of(estimated), leaves))
    estimate, std_error, low, high = np.nanmedian(np.array(drawn), axis=0).T
    shares = sums.weight.sum(axis=0) / sums.weight.sum()
    return {
        name: {
            "estimate": estimate[s],
            "std_error": std_error[s],
            "ci_low": low[s],
            "ci_high": high[s],
            "share": shares[s],
            "identified": "ok",
        }
        for s, name in enumerate(sums.strata)
    }


def _traits(strata: list[str]) -> np.ndarray:
    """Give the traits that make up each stratum, as zeros and ones."""
    parts = pd.DataFrame([name.split("|") for name in strata])
    return pd.get_dummies(parts, dtype=float).to_numpy()


def _half(trial: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw half of the clusters of each arm."""
    half = np.zeros(len(trial), bool)
    for arm in (trial, ~trial):
        places = rng.permutation(np.flatnonzero(arm))
        half[places[: len(places) // 2]] = True
    return half


def _grow(sums: Sums, traits: np.ndarray) -> np.ndarray:
    """Grow a tree on the effects of strata, weighted by the precision of their differences."""
    from sklearn.tree import DecisionTreeRegressor  # slow to import

    effects, _ = stratum_effects(sums, sums.trial)
    trial, control = (sums.weight[arm].sum(axis=0) for arm in (sums.trial, ~sums.trial))
    known = (trial > 0) & (control > 0)
    if not known.any():
        return np.zeros(len(effects), int)
    weights = trial[known] * control[known] / (trial[known] + control[known])
    tree = DecisionTreeRegressor(max_leaf_nodes=LEAVES, random_state=0)
    tree.fit(traits[known], effects[known], sample_weight=weights)
    return tree.apply(traits)


def _estimate_leaves(sums: Sums, leaves: np.ndarray) -> np.ndarray:
    """Estimate, standard error and interval of each stratum's leaf, shape (S, 4)."""
    effects, influence = stratum_effects(sums, sums.trial)
    weights = np.where(np.isnan(effects), 0.0, sums.weight[sums.trial].sum(axis=0))
    effects, influence = np.nan_to_num(effects), np.nan_to_num(influence)
    rows = np.full((len(leaves), 4), np.nan)
    for leaf in np.unique(leaves):
        inside = np.where(leaves == leaf, weights, 0.0)
        if inside.sum() > 0:
            shares = inside / inside.sum()
            estimate, std_error = effects @ shares, _norm(influence @ shares)
            n_clusters = int((sums.weight[:, inside > 0] > 0).any(axis=1).sum())
            t = stats.t.ppf(1 - (1 - _LEVEL) / 2, n_clusters - 1)
            ends = (estimate - t * std_error, estimate + t * std_error)
            rows[leaves == leaf] = (estimate, std_error, *ends)
    return rows


def _norm(influence: np.ndarray) -> float:
    return float(np.sqrt((influence**2).sum()))


def _facts(rows: pd.DataFrame, cells: pd.DataFrame, estimand: Estimand) -> dict[str, Any]:
    arms = [rows[rows["trial"]], rows[~rows["trial"]]]
    return {
        "n_persons_min": fewest_persons(*arms),
        **worst_of(amounts_by_arm(cells, rows, estimand)),
        "n_trial_clusters": arms[0]["cluster"].nunique(),
        "n_control_clusters": arms[1]["cluster"].nunique(),
    }
