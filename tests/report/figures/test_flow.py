"""The exclusion flow and the eligibility table draw what was released and never what was not."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    ELIGIBILITY_DEFINITIONS,
    ELIGIBILITY_RELEASED,
    FLOW_RELEASED,
    FLOW_STEPS,
    SAMPLES,
    conform,
)
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.figures.flow import flow_alt, flow_data, flow_figure, flow_table, step_name
from kuntakokeilu.report.figures.registry import planned_figures
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.eligibility import eligibility_note, eligibility_table
from kuntakokeilu.report.words.release import read_release

from .. import texts
from ..conftest import save
from .test_figures import assert_nothing_overlaps, words_of

COUNTS = {
    ("stock", "2019-02"): [1312450, 1203411, 251322, 249870, None, 241300, 241012],
    ("stock", "2021-02"): [1312450, 1203411, 331322, 329870, 329800, 319300, 319300],
    ("inflow", None): [1312450, 1203411, 801322, 789870, 789866, 741300, None],
    ("job_seekers", None): [1312450, 1203411, 1101322, 1089870, 1089000, 1041300, 1041012],
    ("stock", "2018-02"): [1312450, 1203411, 251322, None, None, 241300, 241012],
}


def flow_of(counts):
    rows = [
        (
            *(*key, place, step, n, None if n is None or place < 6 else 25 * n),
            "ok" if n else "suppressed",
        )
        for key, column in counts.items()
        for place, (step, n) in enumerate(zip(FLOW_STEPS, column, strict=True), start=1)
    ]
    return conform(pd.DataFrame(rows, columns=list(FLOW_RELEASED.columns)), FLOW_RELEASED)


def eligibility():
    rows = [
        ("payments", True, 1000, 600, 500, 450, "ok"),
        ("payments", False, 2000, 900, 0, 0, "ok"),
        ("under_30", True, None, None, None, None, "suppressed"),
    ]
    table = pd.DataFrame(rows, columns=list(ELIGIBILITY_RELEASED.columns))
    return conform(table, ELIGIBILITY_RELEASED)


@pytest.fixture(scope="module")
def release(rich):
    study = {**rich.study, "populations": {"all": None}}
    return replace(rich, study=study, flow=flow_of(COUNTS), eligibility=eligibility())


def test_left_out_is_counted_since_the_last_shown_step(release):
    data = flow_data(release).set_index(["sample", "cohort", "step"])
    merged = data.loc[("stock", "2019-02", "age_within")]
    assert (merged["n_excluded"], merged["n_steps"]) == (249870 - 241300, 2)
    assert data.loc[("stock", "2018-02", "age_within"), "n_steps"] == 3
    hidden = data[data["status"] == "suppressed"]
    assert hidden[["n_persons", "n_excluded", "n_steps"]].isna().all(axis=None)
    assert data.loc[("stock", "2021-02", "in_sample"), "n_excluded"] == 0
    assert data.xs("in_extract", level="step")["n_excluded"].isna().all()
    order = list(dict.fromkeys((s, None if pd.isna(c) else c) for s, c, _ in data.index))
    assert order == list(COUNTS)  # as released


@pytest.mark.parametrize("code", ["finnish", "swedish", "english"])
def test_every_count_is_on_the_page_and_nothing_overlaps(release, code, request):
    language = request.getfixturevalue(code)
    figure = flow_figure(release, language)
    assert_nothing_overlaps(figure)
    page, alt = words_of(figure), flow_alt(release, language)
    for n in {n for column in COUNTS.values() for n in column if n}:
        said = language.number(n, 0)
        assert said in alt and " ".join(said.split()) in page
    assert not re.search(r"nan|None|<NA>|[{}]", page + alt)
    assert page.count(language.say("figure.exclusion_flow.suppressed")) >= 4
    boxes = [patch for axes in figure.axes for patch in axes.patches if hasattr(patch, "get_xy")]
    rectangles = [box for box in boxes if type(box).__name__ == "Rectangle"]
    assert sum(box.get_linestyle() == "--" for box in rectangles) == 4
    assert len(rectangles) == 7 * len(COUNTS)


def test_the_note_on_dashed_boxes_stands_only_where_there_are_any(release, english):
    text = "Dashed box"
    assert text in words_of(flow_figure(release, english))
    whole = {key: column for key, column in COUNTS.items() if None not in column}
    bare = replace(release, flow=flow_of(whole))
    assert text not in words_of(flow_figure(bare, english))


def test_the_table_says_what_a_merged_exclusion_covers(release, english):
    table = flow_table(release, english)
    assert table.iloc[:7, 3].tolist() == [
        "–", "109,039", "952,089", "1,452", "–", "8,570 (with the suppressed steps above)", "288",
    ]  # fmt: skip
    assert table.iloc[4, 2] == "suppressed" and table.iloc[6, 4] == "6,025,300"
    assert table["Sample"].unique()[:3].tolist() == ["Stock 2019-02", "Stock 2021-02", "Inflow"]


def test_eligibility_is_shown_in_shares_of_clients_and_of_the_eligible(release, english):
    table = eligibility_table(release, english)
    assert table.iloc[0].tolist()[1:] == [
        "In the trial", "1,000", "600 (60.0\u00a0%)", "500 (50.0\u00a0%)", "450 (90.0\u00a0%)",
        "450 (75.0\u00a0%)",
    ]  # fmt: skip
    assert table.iloc[1, -2:].tolist() == ["0", "0 (0.0\u00a0%)"]
    assert set(table.iloc[2, 2:]) == {"–"}
    assert "Suppressed rows: 1." in eligibility_note(release, english)
    assert eligibility_note(replace(release, eligibility=eligibility()[:2]), english) == ""


def test_every_step_sample_and_definition_has_a_label_and_no_label_is_left_over():
    keys = set(texts.table("registers").index)
    expected = {
        *(f"flow.step.{step}" for step in FLOW_STEPS),
        *(f"flow.sample.{sample}" for sample in SAMPLES),
        *(f"eligibility.definition.{name}" for name in ELIGIBILITY_DEFINITIONS),
    }
    assert {k for k in keys if re.match(r"flow\.(step|sample)|eligibility\.def", k)} == expected


def test_an_unknown_step_is_named(english):
    with pytest.raises(InputError, match=r"no text flow\.step\.over_the_moon"):
        step_name("over_the_moon", english)


def test_nothing_of_it_in_a_study_without_registers(rich, english):
    assert "exclusion_flow" not in planned_figures(Declaration(rich.study))
    assert "exclusion_flow" not in planned_figures(Declaration({**rich.study, "populations": {}}))
    followed = {**rich.study, "populations": {"all": None}}
    assert planned_figures(Declaration(followed))["exclusion_flow"] == [""]
    assert flow_data(rich).empty and eligibility_table(rich, english).empty
    assert "No number can be shown" in flow_alt(rich, english)


def test_a_release_is_read_with_and_without_the_two_tables(release, rich, tmp_path):
    bare = read_release(save(rich, tmp_path / "bare"))
    assert bare.flow.empty and bare.eligibility.empty
    folder = save(release, tmp_path / "release")
    release.flow.to_csv(folder / "flow.csv", index=False)
    release.eligibility.to_csv(folder / "eligibility.csv", index=False)
    read = read_release(folder)
    pd.testing.assert_frame_equal(read.flow, release.flow, check_dtype=False)
    pd.testing.assert_frame_equal(read.eligibility, release.eligibility, check_dtype=False)
    text = (folder / "flow.csv").read_text("utf-8").replace("age_within", "over_the_moon")
    (folder / "flow.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="FLOW_RELEASED: column step"):
        read_release(folder)
