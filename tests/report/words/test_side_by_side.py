"""Designs, assumed spillovers, populations and windows beside each other, and never apart."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.report.figures import forest_pages as pages_of_forest
from kuntakokeilu.report.figures.forest import (
    forest_data,
    forest_page_alt,
    forest_page_data,
    forest_page_figure,
)
from kuntakokeilu.report.figures.forest_pages import MOST_IN_FOREST, forest_pages
from kuntakokeilu.report.figures.registry import planned_figures
from kuntakokeilu.report.figures.specification_curve import specification_curves
from kuntakokeilu.report.figures.spillover_shares import (
    spillover_shares_alt,
    spillover_shares_figure,
)
from kuntakokeilu.report.pages.planned import planned_pages
from kuntakokeilu.report.tables import spillover_shares
from kuntakokeilu.report.tables.registry import TABLES, planned_tables
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.words import outcomes, side_by_side
from kuntakokeilu.report.words import populations as by_group
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.findings import service_use
from kuntakokeilu.report.words.grouping import same_question
from kuntakokeilu.report.words.headlines import others_view
from kuntakokeilu.report.words.rows import lead_rows

from ..figures.test_figures import assert_nothing_overlaps, drawn_points, words_of
from ..whole import design_rows, outcome, whole, whole_rows

OF_SUM = ["jobless", "in_service", "jobless_or_in_service"]


@pytest.fixture(scope="module")
def release():
    return whole()


@pytest.fixture(params=["fi", "sv", "en"])
def language(request, finnish, swedish, english):
    return {"fi": finnish, "sv": swedish, "en": english}[request.param]


def test_designs_of_an_outcome_stand_on_one_row(release):
    table = side_by_side.designs(release).set_index("outcome")
    assert list(table.index) == [*OF_SUM, "working"]
    row = table.loc["working"]
    numbers = [row[f"estimate_{design}"] for design in side_by_side.DESIGNS]
    assert numbers == [2.0, 3.0, 1.0, 2.0]  # the relative effect takes all of the others' off
    names = [row[f"estimand_{design}"].split(".")[1] for design in side_by_side.DESIGNS]
    assert names == ["total", "main", "others", "relative_0"]
    assert row["estimand"] == "working.main"


def test_others_stand_with_those_they_are_taken_off_from():
    """A second group of the eligible gets its own others, and not the total of all."""
    rows = design_rows("working")
    young = [
        {**row, "estimand": f"{row['estimand']}".replace(".", ".y_", 1), "role": "robustness",
         "population": {"eligible": "young", "others": "other_young"}[row["population"]],
         "estimate": row["estimate"] + 10}
        for row in rows if row["population"] != "stock" and "relative" not in row["estimand"]
    ]  # fmt: skip
    table = side_by_side.designs(whole(rows + young))
    assert list(table["population_targeted"]) == ["eligible"]  # nothing says whose others they are
    contrast = [
        {**row, "estimand": row["estimand"].replace("relative", "young"), "population": "young"}
        for row in rows
        if row["estimand"].endswith("relative_0")
    ]
    release = whole(rows + young + contrast)
    release.study["estimands"]["working.young_0"]["contrast"] = "other_young"
    table = side_by_side.designs(release).set_index("population_targeted")
    assert table.loc["young", "population_spillover"] == "other_young"
    assert table.loc["young", "estimate_spillover"] == 11
    assert np.isnan(table.loc["young", "estimate_total"])
    assert table.loc["eligible", "population_spillover"] == "others"


def test_a_number_that_may_not_be_used_says_so(english):
    rows = whole_rows()
    for row in rows:
        if row["estimand"] == "working.total":
            gone = dict.fromkeys(("estimate", "ci_low", "ci_high", "std_error", "p_value"))
            row.update(gone, status="suppressed")
        if row["estimand"] == "working.others":
            row["status"] = "failed_diagnostic"
    release = whole(rows)
    row = side_by_side.designs_view(release, english).iloc[-1]
    assert row["Total effect"] == "suppressed"
    assert row["Difference of the others (spillover)"].endswith("; failed diagnostic")
    content = sheet("designs", release, english)
    assert content.marked == [False, False, False, True]
    said = "Total effect: Suppressed: too few persons behind the number. "
    said += "Difference of the others (spillover): FAILS A CHECK."
    assert content.table["Status"].iloc[-1] == said


def test_only_the_whole_difference_of_the_others_is_taken_off():
    rows = [row for row in whole_rows() if row["estimand"] != "working.relative_0"]
    table = side_by_side.designs(whole(rows)).set_index("outcome")
    assert np.isnan(table.loc["working", "estimate_eligible_relative"])
    assert table.loc["jobless", "estimate_eligible_relative"] == 2.0


def test_a_design_that_nobody_has_is_left_out(english):
    rows = [row for row in whole_rows() if row["design"] != "eligible_relative"]
    release = whole(rows)
    content = sheet("designs", release, english)
    assert not [name for name in content.names if "relative" in name]
    assert "untouched" not in " ".join(content.notes)
    assert len(side_by_side.designs_view(release, english).columns) == 6


def test_designs_are_explained_without_claiming_a_proof(release, english):
    said = " ".join(sheet("designs", release, english).notes)
    assert "One near zero is not proof that the trends of the target group were parallel" in said
    assert "only if the trial left the others untouched" in said
    assert "read together" in said and "Not in the table" not in said
    fewer = [row for row in whole_rows() if row["outcome"] != "in_service"]
    said = side_by_side.designs_notes(whole(fewer), english)[-1]
    assert said == "Not in the table: in services."
    alone = [row for row in whole_rows() if row["outcome"] == "working"]
    assert "read together" not in " ".join(side_by_side.designs_notes(whole(alone), english))


def test_unemployment_services_and_their_sum_are_never_apart(release, english):
    study = release.study
    assert outcomes.reading_order(study["outcomes"], study)[:3] == OF_SUM
    assert list(lead_rows(release)["outcome"].unique()[:3]) == OF_SUM
    assert list(by_group.populations(release)["outcome"].unique()) == [*OF_SUM, "working"]
    apart = {**study, "outcomes": {"a": outcome("employed"), "b": outcome("contacts")}}
    assert outcomes.reading_order(apart["outcomes"], apart) == ["a", "b"]
    listed = list(dict.fromkeys(others_view(release, english)["Outcome"]))
    assert listed[:3] == ["Unemployed", "In service", "Unemployed or in service"]


def test_shares_are_a_series_from_all_to_nothing_taken_off(release, language):
    table = spillover_shares.spillover_shares(release)
    mine = table[table["outcome"] == "working"]
    assert mine["spillover_share"].tolist() == [0.0, 50.0, 100.0]
    assert mine["estimate"].tolist() == [2.0, 2.5, 3.0]
    figure = spillover_shares_figure(release, language)
    assert_nothing_overlaps(figure)
    data = spillover_shares.spillover_shares_data(release)
    points = [p for p in drawn_points(figure) if np.isfinite(p).all()]
    pairs = set(zip(data["spillover_share"], data["estimate"], strict=True))
    assert set(points) == pairs and len(figure.axes) == 4
    alt = spillover_shares_alt(release, language)
    assert alt.count("95") >= 8 and not re.search("nan|None", alt)
    view = spillover_shares.spillover_shares_table(release, language)
    assert view.shape == (4, 6) and not view.isna().any(axis=None)
    last = whole([row for row in whole_rows() if "relative_0" not in row["estimand"]])
    assert set(spillover_shares.spillover_shares(last)["spillover_share"]) == {50.0, 100.0}


def test_a_failed_share_is_hollow_and_a_suppressed_one_is_left_out(english):
    rows = whole_rows()
    for row in rows:
        if row["estimand"] == "working.relative_0":
            row["status"] = "failed_diagnostic"
        if row["estimand"] == "working.relative_50":
            row.update(dict.fromkeys(("estimate", "ci_low", "ci_high")), status="suppressed")
    release = whole(rows)
    data = spillover_shares.spillover_shares_data(release)
    assert data[data["outcome"] == "working"]["spillover_share"].tolist() == [0.0, 100.0]
    figure = spillover_shares_figure(release, english)
    assert "Not shown: 1 suppressed" in words_of(figure) and "Hollow" in words_of(figure)
    assert any(line.get_markerfacecolor() == "white" for line in figure.axes[3].lines)


def test_populations_stand_together_only_if_estimated_alike(release, language):
    table = by_group.populations(release)
    mine = table[table["outcome"] == "working"]
    assert mine["population"].tolist() == ["stock", "eligible", "others", "young"]
    assert "eligible_relative" not in set(table["design"])
    assert not table["outcome"].isin(["net_public_core", "primary_care"]).any()
    view = by_group.populations_view(release, language)
    assert len(view) == len(table)
    assert not re.search("nan|None|<NA>", view.to_string())


def test_windows_of_an_estimand_come_in_the_order_of_time(release, english):
    table = by_group.windows(release)
    assert table["window"].tolist() == ["early", "late"]
    view = by_group.windows_view(release, english)
    assert view["Window"].tolist()[1] == "Late, 2022-01 to 2022-12"
    assert set(view["Specification"]) == {
        "Each municipality has the same weight"
    }  # the window says the rest
    names = ["working.windows", "working.main", "jobless.main"]
    assert by_group.first_of_outcomes(names, release.study) == [names[0], names[2]]


def test_every_sheet_is_whole_in_every_language(release, language):
    for name in TABLES:
        content = sheet(name, release, language)
        said = " ".join([content.title, *content.notes, *map(str, content.table.columns)])
        cells = [cell for line in content.table.to_numpy().tolist() for cell in line]
        said += " ".join(cell for cell in cells if isinstance(cell, str))
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|[{}]", said), name
        assert len(set(content.table.columns)) == len(content.columns)
        if language.code != "en":  # what a study names has no other words here
            words = r"\b(the|effect|interval|Estimate|population|months)\b"
            assert not re.search(words, said), (name, re.search(words, said))


def test_what_is_planned_is_what_there_is(release):
    given = ["ratios", "totals", "combinations", "programme_costs", "area_effects"]
    given += ["meta_regression", "service_models", "heterogeneity", "survey_response"]
    planned = planned_tables(Declaration(release.study, given))
    filled = [name for name, table in TABLES.items() if len(table.make(release))]
    always = set(planned_tables(Declaration({**release.study, "estimands": {}, "outcomes": {}})))
    assert set(filled) - always == set(planned) - always
    pages = ["data_quality", "design", "results", "costs", "service_models", "robustness"]
    assert planned_pages(Declaration(release.study, given)) == pages
    plan = planned_figures(Declaration(release.study, by_area=["working.main"]))
    assert plan["spillover_shares"] == plan["costs_by_payer"] == [""]
    assert plan["area_effects"] == ["working.main"]


def test_an_open_study_stays_as_it_is(rich):
    bare = Declaration({**rich.study, "estimands": {}})
    assert planned_tables(Declaration(rich.study)) == planned_tables(bare)
    assert planned_pages(Declaration(rich.study)) == [
        "data_quality",
        "design",
        "results",
        "robustness",
    ]
    for name in set(TABLES) - set(planned_tables(Declaration(rich.study))):
        assert TABLES[name].make(rich).empty, name
    plan = planned_figures(Declaration(rich.study))
    absent = {"spillover_shares", "costs_by_payer", "area_effects", "forest_page"}
    assert not absent & set(plan) and plan["forest"] == [""]


def test_a_curve_asks_one_question(release):
    assert same_question("working.main", release.study)
    other = ["working.total", "working.young", "working.relative_0"]
    assert not any(same_question(name, release.study) for name in other)
    assert specification_curves(release) == []


def test_too_many_effects_for_one_forest_have_pages(release, make, english, monkeypatch):
    rows = [
        row for k in range(MOST_IN_FOREST) for row in make.number(f"n{k}", role="robustness")[:1]
    ]
    study = {**make.study, "estimands": make.describe(rows)}
    assert forest_pages(study) == []
    study["estimands"] |= make.describe(make.number())
    assert forest_pages(study) == [["jobs"]]  # an outcome is never divided
    plan = planned_figures(Declaration(study))
    assert "forest" not in plan and plan["forest_page"] == ["1"]
    monkeypatch.setattr(pages_of_forest, "MOST_IN_FOREST", 40)
    monkeypatch.setattr(pages_of_forest, "MOST_ON_PAGE", 20)
    pages = forest_pages(release.study)
    assert pages[0] == OF_SUM  # 18 effects
    assert [name for names in pages for name in names].count("working") == 1
    data = pd.concat([forest_page_data(release, str(k + 1)) for k in range(len(pages))])
    whole_forest = forest_data(release)
    assert sorted(data["estimand"]) == sorted(whole_forest["estimand"])
    figure = forest_page_figure(release, "1", english)
    assert len(figure.axes) == 3
    assert "Number of estimates: 18." in forest_page_alt(release, "1", english)


def test_use_of_services_is_not_called_health(release, rich, english):
    said = service_use(release, english)
    assert "Primary care visits" in said and "use of services and benefits" in said
    assert said in sheet("main_effects", release, english).notes
    assert service_use(rich, english) == ""
