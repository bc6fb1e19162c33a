"""What is said of the truth: covered or not, and only where there are a number and a truth."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import INFERENCES, TRUTH, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import write_table
from kuntakokeilu.report.figures import truth_figures
from kuntakokeilu.report.tables import validation

from ..figures.test_figures import assert_nothing_overlaps, drawn_points, words_of

ROOT = Path(__file__).resolve().parents[3]
KEY = ["estimand", "term", "event_time", "window"]


def truth_of(release, value=0.0):
    """The same truth for every number of a release."""
    rows = release.estimates.drop_duplicates(KEY)[KEY]
    return conform(rows.assign(truth=value), TRUTH)


@pytest.fixture
def release(make):
    window = {"role": "main", "term": "window", "window": "early", "estimator": "window_effects"}
    off = {"blank": make.missing, "status": "suppressed"}
    return make.build(
        [
            *make.number("main", -0.14, 0.33),
            *make.number("persons", 0.6, 0.3, weights="persons_frozen"),
            *make.number("hidden", weights="area", **off),
            *make.number("windows", 0.2, 0.5, **window),
            *make.number("placebo", 0.05, 0.3, 0.7, role="placebo"),
            *make.series(hidden=(1,)),
        ]
    )


def main_of(compared, name, inference=INFERENCES[0]):
    mine = compared["estimand"].eq(f"jobs.{name}") & compared["inference"].eq(inference)
    return compared[mine].iloc[0]


@pytest.mark.parametrize(
    ("truth", "covered"),
    [(-0.14 - 0.33, True), (-0.471, False), (-0.14 + 0.33, True), (0.191, False), (np.nan, None)],
)
def test_an_interval_covers_its_ends_and_nothing_beyond(release, truth, covered):
    row = main_of(validation.against_truth(release, truth_of(release, truth)), "main")
    assert pd.isna(row["covered"]) if covered is None else row["covered"] == covered


def test_suppressed_numbers_have_no_verdict_even_if_they_were_still_there(release):
    hidden = release.estimates["estimand"].eq("jobs.hidden")
    release.estimates.loc[hidden, ["ci_low", "ci_high", "estimate"]] = -1.0, 1.0, 0.0
    compared = validation.against_truth(release, truth_of(release))
    assert compared.loc[hidden, "covered"].isna().all()


def test_an_end_that_does_not_exist_is_infinite_and_no_interval_is_no_verdict(release):
    wild = release.estimates["inference"].eq("wild_bootstrap_area")
    release.estimates.loc[wild, "ci_high"] = np.nan
    permuted = release.estimates["inference"].eq("permutation_area")
    release.estimates.loc[permuted, ["ci_low", "ci_high"]] = np.nan
    compared = validation.against_truth(release, truth_of(release, 99.0))
    assert main_of(compared, "main", "wild_bootstrap_area")["covered"]
    assert pd.isna(main_of(compared, "main", "permutation_area")["covered"])
    assert not main_of(compared, "main")["covered"]


def test_the_table_tells_estimate_truth_and_error_apart(release, english):
    compared = validation.against_truth(release, truth_of(release, 0.2))
    table = validation.truth_table(release, compared, english)
    assert table.iloc[0].tolist() == [
        "Employed", "Each municipality has the same weight", "−0.14", "0.165", "−0.47 to +0.19",
        "+0.20", "−2.1", "no",
    ]  # fmt: skip
    assert table.iloc[1, -3:].tolist() == ["+0.20", "+2.7", "no"]
    assert table.iloc[2].tolist()[2:] == ["suppressed", *["–"] * 5]  # nor its truth
    assert table.iloc[3, 1].endswith("early phase") and table.iloc[3, -1] == "yes"
    assert len(table) == 4  # the placebo and the series are not main


def test_covered_are_counted_of_those_with_an_interval(release, english):
    compared = validation.against_truth(release, truth_of(release, 0.0))
    said = validation.covered_sentence(compared, english)
    assert "covers the truth in 2 of 3 main effects" in said and said.endswith(": 1.")
    counts = validation.counts_table(compared, english)
    assert counts.to_numpy().tolist() == [
        ["Main effect", "Effect over the whole time", "2", "1"],
        ["Main effect", "Effect in a calendar window", "1", "1"],
        ["Robustness", "Bin of a series", "4", "4"],
        ["Placebo", "Effect over the whole time", "1", "1"],
    ]


def test_kinds_without_an_interval_have_their_p_value(release, english):
    permuted = release.estimates["inference"].eq("permutation_area")
    release.estimates.loc[permuted, ["ci_low", "ci_high"]] = np.nan
    compared = validation.against_truth(release, truth_of(release, 0.1))
    table = validation.kinds_table(release, compared, english)
    row = table.iloc[0].tolist()
    assert "p\u00a0<\u00a00.001" in row and row.count("yes") == len(row) - 3
    assert list(table.iloc[2, 2:].unique()) == ["–"]


def test_a_series_says_how_many_bins_and_whether_its_band_holds(release, english):
    name = "jobs.by_quarter"
    whole = validation.against_truth(release, truth_of(release, 0.0))
    assert validation.series_sentence(whole, name, english) == (
        "Bins whose own interval covers the truth: 4 of 4. "
        "The simultaneous band covers the whole series."
    )
    some = validation.against_truth(release, truth_of(release, 0.2))
    said = validation.series_sentence(some, name, english)
    assert "2 of 4. The simultaneous band does not" in said
    far = validation.against_truth(release, truth_of(release, 9.0))
    assert "0 of 4. The simultaneous band does not" in validation.series_sentence(
        far, name, english
    )


@pytest.mark.parametrize("code", ["finnish", "swedish", "english"])
def test_the_forest_draws_estimates_and_truth_and_nothing_overlaps(release, code, request):
    language = request.getfixturevalue(code)
    compared = validation.against_truth(release, truth_of(release, 0.7))
    figure = truth_figures.truth_forest_figure(release, compared, language)
    x = [x for x, _ in drawn_points(figure) if x]
    assert x == [-0.14, 0.7, 0.6, 0.7, 0.2, 0.7]
    assert_nothing_overlaps(figure)
    alt = truth_figures.truth_forest_alt(release, compared, language)
    assert not re.search(r"nan|None|<NA>|[{}]", alt + words_of(figure))


def test_the_series_is_the_published_one_with_the_truth_on_it(release, english):
    compared = validation.against_truth(release, truth_of(release, 5.0))
    figure = truth_figures.truth_series_figure(release, compared, "jobs.by_quarter", english)
    truth = figure.axes[0].lines[-1].get_xydata()
    assert truth.tolist() == [[k, 5.0] for k in (-3, -2, 0, 2)]  # 1 is suppressed
    assert figure.axes[0].get_ylim()[1] > 5.0


def test_a_study_in_which_nothing_can_be_estimated_is_still_compared(make, english):
    release = make.build(make.unestimated("event_time", "series"))
    compared = validation.against_truth(release, truth_of(release))
    assert validation.truth_table(release, compared, english).empty
    assert "0 of 0" in validation.covered_sentence(compared, english)
    assert truth_figures.truth_forest_figure(release, compared, english).texts
    assert truth_figures.truth_series_figure(release, compared, "jobs.series", english).texts


def test_the_truth_is_read_from_a_file_of_its_contract(release, tmp_path):
    path = tmp_path / "truth.parquet"
    write_table(truth_of(release, 0.3), path, TRUTH)
    compared = validation.against_truth(release, validation.read_truth(path))
    assert compared["truth"].eq(0.3).equals(compared["status"].ne("suppressed"))
    for missing in ("", tmp_path / "none.parquet"):
        with pytest.raises(InputError, match="only a study on a synthetic twin"):
            validation.read_truth(missing)


def test_nothing_else_reads_the_truth():
    """Contracts and the averaging make it; of what shows results, only the notebook reads it."""
    package, rules = ROOT / "src" / "kuntakokeilu", ROOT / "workflow"
    reads = re.compile(r"\bTRUTH\b|truth\.parquet|restricted/truth|\bread_truth\b")
    paths = [*package.rglob("*.py"), *rules.rglob("*.smk"), *rules.rglob("*.py")]
    paths += rules.rglob("*.ipynb")
    found = {p.relative_to(ROOT).as_posix() for p in paths if reads.search(p.read_text("utf-8"))}
    assert found <= {
        "src/kuntakokeilu/contracts/__init__.py",
        "src/kuntakokeilu/contracts/truth.py",
        "src/kuntakokeilu/diagnostics/truth.py",
        "src/kuntakokeilu/report/tables/validation.py",
        "workflow/rules/registers.smk",
        "workflow/rules/report.smk",
        "workflow/scripts/truth.py",
        "workflow/notebooks/validation.ipynb",
    }
