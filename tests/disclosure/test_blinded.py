"""No estimate of the treatment that was given is in any file that a blinded study releases."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.cells import deal_treatment
from kuntakokeilu.contracts import CELLS, COMPARED, COVERAGE
from kuntakokeilu.diagnostics import balance_table, coverage, diagnose, overlap_table
from kuntakokeilu.disclosure import disclose
from kuntakokeilu.estimation import estimate, specification_curve_test
from kuntakokeilu.io import write_csv
from kuntakokeilu.study import Comparison, DisclosureProfile, Overlap

RULE = Overlap(size=False, covariates=["age"])
TABLES = ("estimates", "diagnostics", "units", "coverage", "balance", "overlap")
TABLES += ("specification_curve_test",)
DIGITS = 6


def _build():
    path = Path(__file__).parents[1] / "estimation" / "build.py"
    found = importlib.util.spec_from_file_location("toy_build_of_blinded", path)
    module = importlib.util.module_from_spec(found)
    sys.modules["toy_build_of_blinded"] = module
    found.loader.exec_module(module)
    return module


build = _build()


@pytest.fixture(scope="module")
def toy():
    """A staggered-free trial of 6 areas among 20 with a large effect, and its estimands."""
    starts = [*[2004] * 12, *[None] * 28]
    rows, first, clusters = build.panel(starts, per_cluster=2, seed=8, effect=3.0)
    tables = build.tables(rows, first, clusters, x_age=lambda unit: float(unit[1:]) % 7)
    tables[1]["weight_frozen"] = 1.0 + np.arange(len(tables[1]))
    weights = ("municipality", "area", "persons_frozen")
    estimands = [
        *(build.spec(estimand=f"y.{w}", weights=w, permutations=199) for w in weights),
        build.spec(estimand="y.late", first_period="2002", permutations=199),
        build.spec("event_study", estimand="y.series", role="robustness"),
    ]
    return (*tables, estimands)


def released(cells, units, counts, estimands, folder):
    """All that a study releases, as files; gives the numbers of estimates too."""
    estimates, influence = estimate(cells, units, counts, estimands)
    made = {
        "estimates": estimates,
        "diagnostics": diagnose(cells, units, counts, estimates, influence, estimands),
        "units": units,
        "coverage": coverage(cells, units, estimands[0]),
        "balance": balance_table(units, estimands, ["age"]),
        "overlap": overlap_table(units, estimands, ["age"], RULE),
        "compared": pd.DataFrame(columns=list(COMPARED.columns)),
        "specification_curve_test": specification_curve_test(cells, units, estimands[:4]),
    }
    given = {
        "profile": DisclosureProfile(profile="public", min_persons=0, note="-"),
        "comparison": Comparison(),
        "span": None,
        "planned": {},
        "fails_on": [],
    }
    for name, table in disclose(TABLES, made, given).tables.items():
        write_csv(table, folder / f"{name}.csv")
    return estimates


def numbers(folder):
    """Every number in any file, rounded as far as two estimates are told apart."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.csv"))]
    found = re.findall(r"-?\d+\.\d+(?:e-?\d+)?", " ".join(texts))
    return {round(abs(float(text)), DIGITS) for text in found}


def test_no_real_estimate_is_in_any_file_of_a_blinded_release(toy, tmp_path):
    cells, units, counts, estimands = toy
    open_, blind = tmp_path / "open", tmp_path / "blind"
    real = released(cells, units, counts, estimands, open_)
    dealt = deal_treatment(units, Comparison(), 20210301)
    released(cells, dealt, counts, estimands, blind)
    shown = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]
    values = real.loc[real["inference"].isin(["cluster_area", "cr2_area"]), shown]
    secret = {round(abs(value), DIGITS) for value in values.to_numpy().ravel() if value == value}
    secret -= {0.0, 1.0}
    assert len(secret) > 20
    assert len(secret & numbers(open_)) == len(secret)  # the test would see them
    assert not secret & numbers(blind)
    assert {path.name for path in blind.glob("*")} == {f"{name}.csv" for name in TABLES}


def test_cells_do_not_know_the_treatment(toy):
    assert not {"arm", "area", "first_treated", "cluster"} & set(CELLS.columns)
    assert "first_treated" not in COVERAGE.columns
