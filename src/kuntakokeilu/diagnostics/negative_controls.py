"""Whether outcomes that the trial cannot move stood still.

An effect on such an outcome is none of the trial: whatever moved it in the trial areas may have
moved other outcomes too (Lipsitch, Tchetgen Tchetgen & Cohen 2010, Epidemiology 21(3)). That
nothing was found proves nothing where little could have been: such an outcome is shown to have
stood still only if its effect is found to be within its margin (Hartman & Hidalgo 2018, American
Journal of Political Science 62(4)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.diagnostics.rows import COLUMNS, FEWEST_PERSONS, LEVEL, alike, check_row, worst
from kuntakokeilu.estimation.bounds import equivalence
from kuntakokeilu.study import Estimand

# A negative control may be known for another time, and be on another scale, than what it stands by.
_MAY_DIFFER = {"outcome", "transform", "base_year", "first_period", "last_period"}


def negative_controls(
    estimates: pd.DataFrame, estimands: Iterable[Estimand], margins: Mapping[str, float]
) -> pd.DataFrame:
    """Test by equivalence that outcomes which the trial cannot move stood still.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES of all outcomes.
    estimands : iterable of Estimand
        Theirs.
    margins : mapping of str to float
        The negative controls, each with the change, in its unit, that is as good as none.

    Returns
    -------
    DataFrame
        Contract DIAGNOSTICS: `negative_control` for each effect of a negative control and each
        main effect that is asked as it is, of any outcome. The value is the larger of the
        one-sided p-values that the change is beyond the margin: it passes below `LEVEL`; where the
        change differs from zero too it fails, and where the estimate is too imprecise to say it
        warns. `negative_control_untested`, with the clusters of the smaller arm, where there is no
        standard error or `FEWEST_PERSONS` are not behind it.
    """
    asked = list(estimands)
    effects = estimates[estimates["leading"] & estimates["term"].eq("att")]
    estimated = set(effects.loc[effects["identified"].eq("ok"), "estimand"])
    rows: list[dict[str, Any]] = []
    for one in asked:
        effect = effects[effects["estimand"].eq(one.estimand)]
        if one.outcome not in margins or effect.empty:
            continue
        check = _check(effect.iloc[0], margins[one.outcome])
        others = [e for e in asked if e.outcome not in margins and e.estimand in estimated]
        mine = [e for e in others if e.role == "main" and alike(e, one, but=_MAY_DIFFER)]
        rows += [{"estimand": each.estimand, **check} for each in (one, *mine)]
    return worst(pd.DataFrame(rows, columns=COLUMNS))


def _check(row: pd.Series, margin: float) -> dict[str, Any]:
    reason = _lacking(row)
    if reason is not None:
        fewest = min(row["n_trial_clusters"], row["n_control_clusters"])
        statistic = (
            f"clusters in the smaller arm; whether {row['outcome']}, which the trial cannot move, "
            f"stood still cannot be tested ({reason})"
        )
        return check_row("negative_control_untested", statistic, fewest, None, "warn")
    estimate, error = float(row["estimate"]), float(row["std_error"])
    found = equivalence(estimate, error, float(row["degrees_of_freedom"]), margin)
    detectable = row["minimum_detectable_effect"]
    statistic = (
        f"p-value that {row['outcome']}, which the trial cannot move, moved by {margin:.3g} "
        f"{row['unit']} or more ({row['estimand']}: {estimate:+.3g}, 90 % interval {found.low:.3g} "
        f"to {found.high:.3g}; a true change of {detectable:.3g} would be found with 80 % "
        "probability)"
    )
    moved = "fail" if row["p_value"] < LEVEL else "warn"
    verdict = "pass" if found.p_value < LEVEL else moved
    return check_row("negative_control", statistic, found.p_value, LEVEL, verdict)


def _lacking(row: pd.Series) -> str | None:
    """Say why an effect has no test; None if it has."""
    if row["identified"] != "ok":
        return str(row["identified"])
    if not (row[["std_error", "degrees_of_freedom"]].astype(float) > 0).all():
        return "no_inference"
    few = pd.notna(row["n_persons_min"]) and row["n_persons_min"] < FEWEST_PERSONS
    return "few_persons" if few else None
