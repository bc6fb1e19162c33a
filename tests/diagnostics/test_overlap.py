"""OVERLAP and BEYOND_REACH against scipy, and one rule for all that names areas."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from kuntakokeilu.contracts import BEYOND_REACH, COMPARED, OVERLAP
from kuntakokeilu.diagnostics import balance_table, beyond_reach_table, diagnose, overlap_table
from kuntakokeilu.diagnostics.overlap import share_beyond_reach
from kuntakokeilu.disclosure import released_before_estimates
from kuntakokeilu.estimation import draw_sample, estimate
from kuntakokeilu.report.pages.design import overlap_note
from kuntakokeilu.report.pages.design_plan import as_release
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes
from kuntakokeilu.report.words.labels import area_name
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.limits import beyond_limit
from kuntakokeilu.study import Balance, Comparison, DisclosureProfile, Overlap, overlap_rule

from ..estimation.build import build_study, panel, spec, tables

NAMES = ["size", "trend"]
RULE = Overlap(size=False, covariates=["size"])
BY_SIZE = Overlap()


@pytest.fixture
def made():
    """Twelve trial units in six areas, eighteen controls in nine, two covariates."""
    rows, first, clusters = panel([2004] * 12 + [None] * 18, seed=5, per_cluster=2)
    rng = np.random.default_rng(1)
    names = sorted(rows["unit"].unique())
    arm = np.arange(30) < 12
    known = {
        f"x_{n}": dict(zip(names, rng.normal(size=30) + 0.7 * arm, strict=True)) for n in NAMES
    }
    size = dict(zip(names, np.linspace(5, 20, 30)[::-1], strict=True))
    return tables(rows, first, clusters, weight_frozen=size, **known)


def plain(**changes):
    return spec(comparison="plain", **changes)


def trimmed(rule=RULE, **changes):
    changes = {"estimand": "y.trimmed", "role": "robustness"} | changes
    return spec(comparison="trimmed", comparison_rule=Comparison(overlap=rule), **changes)


def with_a_far_unit(units):
    return units.assign(x_size=units["x_size"].mask(units["unit"] == "u03", 9.0))


def by_scipy(units, names):
    """Distances by scipy's cdist with the inverse of the pooled covariance."""
    parts = [units.loc[units["arm"] == arm] for arm in ("trial", "control")]
    xs = [part[names].to_numpy(float) for part in parts]
    freedom = sum(len(x) - 1 for x in xs)
    pooled = sum((len(x) - 1) * np.atleast_2d(np.cov(x, rowvar=False)) for x in xs) / freedom
    inverse = np.linalg.inv(pooled)
    own = cdist(xs[1], xs[1], "mahalanobis", VI=inverse) + np.diag([np.inf] * len(xs[1]))
    caliper = np.quantile(own.min(axis=1), 0.95)
    nearest = cdist(xs[0], xs[1], "mahalanobis", VI=inverse).min(axis=1)
    return parts[0].assign(d=nearest, far=nearest > caliper), caliper


def test_overlap_against_scipy(made):
    _, units, _ = made
    units = with_a_far_unit(units)
    table = overlap_table(units, [plain(), trimmed()], NAMES, RULE)
    expected, caliper = by_scipy(units, ["x_size"])
    areas = expected.groupby("area").agg(d=("d", "max"), far=("far", "sum"))
    for comparison in ("plain", "trimmed"):  # what is left out is described too
        mine = table[table["comparison"] == comparison].set_index("area")
        assert mine["caliper"].to_numpy() == pytest.approx(caliper, abs=1e-10)
        assert mine["distance"].to_dict() == pytest.approx(areas["d"].to_dict(), abs=1e-10)
        assert mine["n_without_control"].tolist() == areas["far"].tolist()
        assert mine["n_units"].eq(2).all() and mine["score"].between(0, 1).all()
        assert not mine.loc["c01", "comparable"]
    assert (table["comparable"] == (table["n_without_control"] == 0)).all()


def test_a_rule_of_size_alone_has_no_distances(made):
    _, units, _ = made
    mine = overlap_table(units, [plain()], NAMES, BY_SIZE).set_index("area")
    largest = units.loc[units["arm"] == "control", "weight_frozen"].max()
    beyond = units[units["arm"].eq("trial") & units["weight_frozen"].gt(largest)]
    assert mine["n_without_control"].sum() == len(beyond) > 0
    assert set(mine.index[~mine["comparable"].astype(bool)]) == set(beyond["area"])
    assert mine[["distance", "caliper"]].isna().all(axis=None)
    assert mine["score"].between(0, 1).all()


def test_without_a_rule_nobody_is_called_comparable_or_not(made):
    _, units, _ = made
    alike = Comparison(balance=Balance(method="entropy", covariates=["size"]))
    balanced = spec(comparison="alike", comparison_rule=alike, role="robustness")
    table = overlap_table(units, [plain(), balanced], NAMES, None)
    assert table[["comparable", "n_without_control", "caliper"]].isna().all(axis=None)
    for comparison, names in (("plain", ["x_size", "x_trend"]), ("alike", ["x_size"])):
        mine = table[table["comparison"] == comparison].set_index("area")
        expected = by_scipy(units, names)[0].groupby("area")["d"].max()
        assert mine["distance"].to_dict() == pytest.approx(expected.to_dict(), abs=1e-10)
    assert beyond_reach_table(units, [plain()]).empty


def test_a_rule_that_no_estimand_asks_for_names_the_same_units(made):
    _, units, _ = made
    units = with_a_far_unit(units)
    asked = beyond_reach_table(units, [plain(), trimmed()], ("trimmed", RULE))
    unasked = beyond_reach_table(units, [plain()], ("trimmed", RULE))
    pd.testing.assert_frame_equal(asked, unasked)
    assert "u03" in set(unasked["unit"])
    table = overlap_table(units, [plain()], NAMES, RULE).set_index("area")
    assert table["n_without_control"].sum() == len(unasked)


def test_too_few_units_are_not_described(made):
    _, units, _ = made
    few = units.assign(arm=units["arm"].mask(units["area"].isin(["c00", "c01"]), "neither"))
    assert overlap_table(few, [plain()], NAMES, None).empty
    assert overlap_table(few, [plain()], NAMES, RULE)["score"].isna().all()


def test_tables_without_rows(made):
    _, units, _ = made
    out = plain(role="robustness", leave_out_area="c00")
    for asked, covariates in (([], NAMES), ([out], NAMES), ([plain()], [])):
        table = overlap_table(units, asked, covariates, None)
        assert table.empty and list(table.columns) == list(OVERLAP.columns)
    assert list(beyond_reach_table(units, []).columns) == list(BEYOND_REACH.columns)


def test_the_check_weighs_those_without_a_comparable_control(made):
    cells, units, counts = made
    units = with_a_far_unit(units)
    for asked in ([plain(), trimmed()], [plain(weights="persons_frozen")]):
        checks = diagnose(
            cells, units, counts, *estimate(cells, units, counts, asked), asked, RULE
        ).set_index(["estimand", "check"])
        frame = draw_sample(cells, units, asked[0]).frame
        weight = frame[frame["trial"]].groupby("unit")["w"].first()
        share = weight["u03"] / weight.sum()
        found = checks.loc[("y.main", "overlap")]
        assert found["value"] == pytest.approx(share, rel=1e-12)
        assert found["verdict"] == ("warn" if share > 0.1 else "pass")


def test_the_page_speaks_of_the_rule_and_of_no_other(root):
    """It once spoke of the score's log odds, by which nothing was decided."""
    page = json.loads((root / "workflow" / "notebooks" / "design.ipynb").read_text("utf-8"))
    (text,) = ("".join(c["source"]) for c in page["cells"] if c["id"] == "overlap-text")
    assert "one rule" in text and "log odds" not in text


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", [pytest.param("open_2012", marks=pytest.mark.simulate), "open_2017", "open_2021"]
)
def test_design_page_results_checks_and_brief_name_the_same(config, data_folder, name):
    """Each by its own way: the page by areas, the brief by units, the check by weight."""
    built = build_study(config, data_folder, name)
    units, study = built.units, built.study
    (_, rule), asked = overlap_rule(study.settings), list(study.estimands)
    names = list(study.covariates)
    overlap = overlap_table(units, asked, names, rule)
    beyond = beyond_reach_table(units, asked)

    everywhere = units[units["region"] != "21"]
    expected, _ = by_scipy(everywhere, [f"x_{one}" for one in rule.covariates])
    control = everywhere.loc[everywhere["arm"] == "control", "weight_frozen"]
    out = expected["far"] | ~expected["weight_frozen"].between(control.min(), control.max())
    assert set(beyond["unit"]) == set(expected.loc[out, "unit"])

    by_area = beyond.groupby("area").size()
    for comparison in ("mainland", "overlap"):
        mine = overlap[overlap["comparison"] == comparison].set_index("area")
        assert mine["n_without_control"].pipe(lambda n: n[n > 0]).to_dict() == by_area.to_dict()
        assert set(mine.index[~mine["comparable"].astype(bool)]) == set(by_area.index)

    lead = built.estimand("unemployment_rate.main")
    frame = draw_sample(built.cells["unemployment_rate"], units, lead).frame
    trial = frame.loc[frame["trial"], "unit"].nunique()
    assert share_beyond_reach(frame, beyond["unit"]) == pytest.approx(len(beyond) / trial)

    known = {"balance": balance_table(units, asked, names), "overlap": overlap}
    known |= {"beyond_reach": beyond, "compared": pd.DataFrame(columns=list(COMPARED.columns))}
    public = DisclosureProfile(profile="public", min_persons=0, note="-")
    shown = released_before_estimates(units, lead.comparison_rule, known, public)
    for code in LANGUAGES:
        told = read_language(code, config / "labels").about(study.describe())
        release = as_release(study.describe(), {}, shown)
        page, notes = overlap_note(release, told), beyond_reach_notes(release, told)
        brief = beyond_limit(release, told)
        assert bool(notes) == bool(len(beyond)) == bool(brief)
        assert all(note in page for note in notes)
        of_units = units.set_index("unit")[f"name_{told.code}"]
        for unit in beyond["unit"]:
            assert of_units[unit] in brief and any(of_units[unit] in note for note in notes)
        assert all(area_name(area, release.study, told) in page for area in by_area.index)
