"""How far apart the arms are in who lives under the trial."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import DIAGNOSTICS, EXPOSURE, conform
from kuntakokeilu.diagnostics import movers
from kuntakokeilu.estimation import estimate

from ..estimation.build import panel, spec, tables

STARTS = [2004] * 20 + [None] * 30
MAIN = spec()
EXPOSED = spec(estimand="exposed.main", outcome="exposed", role="robustness")
COLUMNS = {"y": "employed", "exposed": EXPOSURE}


def estimated(stay: float, come: float, **changes) -> pd.DataFrame:
    """ESTIMATES of an outcome, and of who lives under the trial: shares of each arm that do."""
    found = []
    for seed, one in enumerate((MAIN, EXPOSED)):
        rows, first, clusters = panel(STARTS, seed=seed)
        if one is EXPOSED:
            under = np.where(rows["unit"].isin(first), stay, come)
            rows["y"] = 100 * np.where(rows["period"] >= 2004, under, 0.0)
        cells, units, counts = tables(rows, first, clusters)
        cells = cells.assign(outcome=one.outcome)
        found.append(estimate(cells, units, counts, [one.model_copy(update=changes)])[0])
    return pd.concat(found, ignore_index=True)


def of(estimates, *others, columns=COLUMNS):
    rows = movers(estimates, [MAIN, EXPOSED, *others], columns)
    return conform(rows, DIAGNOSTICS).set_index(["estimand", "check"])


@pytest.mark.parametrize(
    ("stay", "come", "verdict"), [(1.0, 0.0, "pass"), (0.97, 0.05, "pass"), (0.93, 0.1, "warn")]
)
def test_what_movers_take_off_is_told_of_main_effects(stay, come, verdict):
    found = of(estimated(stay, come))
    assert list(found.index) == [("y.main", "movers")]
    assert found["value"].iloc[0] == pytest.approx(stay - come, abs=1e-12)
    assert found["verdict"].iloc[0] == verdict


def test_only_what_is_asked_as_the_exposure_is_told():
    weighted = spec(estimand="y.persons", weights="persons_frozen")
    beside = spec(estimand="y.beside", role="robustness")
    assert {name for name, _ in of(estimated(0.9, 0.1), weighted, beside).index} == {"y.main"}


def test_nothing_is_told_without_the_outcome():
    estimates = estimated(0.9, 0.1)
    assert of(estimates, columns={"y": "employed", "exposed": "registered"}).empty
    assert of(estimates[estimates["estimand"] == "y.main"]).empty
