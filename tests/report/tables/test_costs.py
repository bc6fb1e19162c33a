"""Costs by payer: in a fixed order, added up, and intervals said in words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import COSTS, LEDGER, NET_LAYERS, RECEIPTS
from kuntakokeilu.report.figures.costs_by_payer import (
    costs_by_payer_alt,
    costs_by_payer_data,
    costs_by_payer_figure,
)
from kuntakokeilu.report.tables import payers
from kuntakokeilu.report.tables.cost_lines import _whole_group
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.words import made_of
from kuntakokeilu.report.words.findings import answer

from .. import texts
from ..figures.test_figures import assert_nothing_overlaps, drawn_points, words_of
from ..whole import whole, whole_rows


@pytest.fixture(scope="module")
def release():
    return whole()


@pytest.fixture(params=["fi", "sv", "en"])
def language(request, finnish, swedish, english):
    return {"fi": finnish, "sv": swedish, "en": english}[request.param]


def changed(name, **changes):
    """A release in which one estimand differs."""
    rows = whole_rows()
    for row in rows:
        if row["estimand"] == name:
            row.update(changes)
    return whole(rows)


def test_payers_have_one_order_whatever_the_study_says(release):
    """The study lists its outcomes the other way round."""
    rows = payers.leading_set(release)
    order = [*COSTS, *RECEIPTS, *NET_LAYERS, "municipal_posted_cents", "municipal_2025_cents"]
    assert rows["column"].tolist() == [*order, "shifted_cents"]
    counts = rows["kind"].value_counts().to_dict()
    assert counts == {"cost": 13, "receipt": 5, "net": 3, "beside": 3}
    assert rows["price_year"].isna().all()
    assert len(payers.costs(release)) == len(LEDGER) + 1  # the net total at prices of a year


def test_every_column_of_the_ledger_has_a_name_in_three_languages(language):
    names = [payers.payer_label(column, language) for column in LEDGER]
    assert len(set(names)) == len(LEDGER)
    known = {key for key in texts.table("costs").index if re.fullmatch(r"payer\.\w+", key)}
    columns = {f"payer.{column.removesuffix('_cents')}" for column in LEDGER}
    assert known == {*columns, "payer.sum"}


def test_payers_add_up_by_hand(release, language):
    total = payers.added_up(payers.leading_set(release))
    assert (total.costs, total.receipts, total.net) == (91.0, 15.0, 76.0)  # 1 + … + 13, 1 + … + 5
    assert total.difference == 0 and total.missing == []
    said = payers.adding_up_sentence(payers.leading_set(release), release, language)
    for number in (91, 15, 76):
        assert language.number(number, 2, sign=True) in said
    view = payers.payers_view(payers.leading_set(release), release, language)
    assert view.iloc[21, 2] == language.number(76, 2, sign=True)  # after the net totals
    assert not re.search(r"\b(nan|None)\b", view.to_string())


def test_payers_that_do_not_add_up_say_so(english):
    release = changed("county.main", estimate=4.5)
    said = payers.adding_up_sentence(payers.leading_set(release), release, english)
    assert "do not add up" in said and "difference +0.50" in said
    assert said in sheet("costs", release, english).notes


def test_a_missing_payer_is_named_and_nothing_is_added_up(english):
    lost = dict.fromkeys(("estimate", "ci_low", "ci_high", "std_error", "p_value"))
    release = changed("county.main", status="suppressed", **lost)
    rows = payers.leading_set(release)
    said = payers.adding_up_sentence(rows, release, english)
    assert said.startswith("The payers are not added up, since there is no number for: Wellbeing")
    view = payers.payers_view(rows, release, english)
    assert "Added up" not in set(view["Kind"])
    assert view.iloc[3, 2] == "suppressed"
    assert "county" not in set(costs_by_payer_data(release)["outcome"])


def test_figure_draws_every_payer_with_a_shape_of_its_kind(release, language):
    figure = costs_by_payer_figure(release, language)
    assert_nothing_overlaps(figure)
    data = costs_by_payer_data(release)
    assert len(data) == 21 and "beside" not in set(data["kind"])
    drawn = [x for x, _ in drawn_points(figure)]
    np.testing.assert_allclose(drawn[: len(data)], data["estimate"])
    payers_axes, net_axes = figure.axes  # a sum on the axis of its parts would hide their intervals
    lines = [
        line
        for axes in (payers_axes, net_axes)
        for line in axes.lines
        if line.get_marker() not in ("None", None, "")
    ]
    assert sum(line.get_marker() == "D" for line in net_axes.lines) == len(NET_LAYERS)
    assert not any(line.get_marker() == "D" for line in payers_axes.lines)
    shapes = {}
    for line, kind in zip(lines, data["kind"], strict=False):
        shapes.setdefault(kind, set()).add(line.get_marker())
    assert shapes == {"cost": {"o"}, "receipt": {"s"}, "net": {"D"}}
    said = words_of(figure)
    for kind in ("cost", "receipt", "net"):
        assert language.say(f"payer.head.{kind}") in said
    alt = costs_by_payer_alt(release, language)
    assert all(payers.payer_label(column, language) in alt for column in [*COSTS, *NET_LAYERS])


def test_groups_with_some_payers_share_a_table(english):
    rows = whole_rows()
    young = [
        {**row, "estimand": row["estimand"].replace("main", "young"), "population": "young"}
        for row in rows
        if row["estimand"] in ("county.main", "municipal_subsidy.main", "net_public_core.main")
    ]
    release = whole([*young, *rows])
    assert len(payers.leading_set(release)) == 24  # the whole set leads, wherever it stands
    view = payers.incomplete_view(release, english)
    assert view["Population"].tolist() == ["Under 30"] * 3
    assert [name.partition(":")[0] for name in view.iloc[:, 0]] == [
        *("Municipalities", "Wellbeing services counties", "Net public cost"),
    ]
    assert payers.incomplete_view(whole(), english).empty


def test_numbers_of_a_set_have_the_same_decimals(release, english):
    release.study["outcomes"]["county"]["decimals"] = 1
    view = payers.payers_view(payers.leading_set(release), release, english)
    assert view.iloc[3, 2] == "+4.00 (0.00 to +8.00)"


def test_nominal_and_real_euros_stand_beside_each_other(release, english):
    view = payers.prices_view(release, english)
    assert view["At prices of 2021"].tolist() == ["+27.00 (+23.00 to +31.00)"]
    assert view["Nominal euros"].tolist() == ["+88.00 (+84.00 to +92.00)"]
    alone = whole([row for row in whole_rows() if row["outcome"] != "net_real"])
    assert payers.prices_view(alone, english).empty


def test_rules_of_2025_are_never_shown_without_their_warning(release, rich, language):
    said = language.say("costs.rules_2025")
    assert said in payers.cost_notes(release, language)
    assert payers.cost_notes(release, language)[0] == language.say("costs.standing")
    without = whole([row for row in whole_rows() if row["outcome"] != "municipal_2025"])
    assert said not in payers.cost_notes(without, language)
    assert payers.costs(rich).empty


def ratio(release, name):
    return release.ratios.set_index("ratio", drop=False).loc[name]


def test_each_kind_of_fieller_interval_has_its_words(release, language):
    study = release.study
    said = {name: made_of.ratio_sentence(ratio(release, name), study, language)
            for name in ("bounded", "rays", "line", "hidden")}  # fmt: skip
    numbers = {name: [language.number(x, 0, sign=True) for x in ends]
               for name, ends in (("bounded", (50, 150)), ("rays", (-400, 700)))}  # fmt: skip
    assert all(number in said["bounded"] for number in numbers["bounded"])
    assert all(number in said["rays"] for number in numbers["rays"])
    assert len(set(said.values())) == 4
    assert language.number(12000, 0, sign=True) in said["line"]
    assert said["line"].endswith(language.say("ratio.whole_line"))
    assert not re.search(r"\d", said["hidden"])
    view = made_of.ratios_view(release, language)
    assert said["rays"] in set(view.iloc[:, 1]) and not re.search(
        r"\b(nan|None)\b", view.to_string()
    )


def test_a_ratio_of_a_failed_estimate_says_so(release, english):
    row = {**ratio(release, "bounded").to_dict(), "status": "failed_diagnostic"}
    assert made_of.ratio_sentence(row, release.study, english).endswith("read as an effect.")
    row |= {"status": "not_identified", "identified": "no_data", "estimate": None}
    said = made_of.ratio_sentence(row, release.study, english)
    assert said == "Cannot be estimated, because there are no data for it."


def test_totals_and_programme_costs(release, english):
    totals = made_of.totals_view(release, english).set_index("Total")
    each, trial = totals.loc["The each"], totals.loc["The trial"]
    assert each.iloc[1] == "+720 (+624 to +816)" and each.iloc[4] == "–"
    assert trial.iloc[1] == "+35,000,000 (+31,000,000 to +39,000,000)"
    assert trial.iloc[4] == "5,000,000"
    lines = made_of.programme_view(release, english)
    assert lines.iloc[0].tolist()[1:] == [
        *("State", "1,120,000", "2022-08 to 2024-12", "checked", "A bill, section 4"),
    ]
    assert lines.iloc[1, 1] == "some body"
    note = made_of.programme_note(release, english)
    assert note.startswith("Lines: 2, together 1,125,000 euros. Not checked in their source: 1.")
    checked = release.programme_costs.assign(mark="verified")
    said = made_of.programme_note(replace(release, programme_costs=checked), english)
    assert "All lines are checked in their source." in said and ": 0" not in said
    assert made_of.programme_note(replace(release, programme_costs=pd.DataFrame()), english) == ""


def test_shifted_costs_tell_what_was_taken_off_what(release, english):
    (row,) = made_of.combinations_view(release, english).to_numpy().tolist()
    assert row[1] == "−0.65 (−1.25 to −0.05)" and row[5] == "0.412"
    assert row[4].startswith("Municipal subsidy (") and row[6].startswith("State benefits (")
    assert len(made_of.shifting_view(release, english)) == 1


def test_opposite_signs_are_explained_where_both_numbers_are_there(release, english):
    said = made_of.opposite_signs(release, english)
    assert "positive if any did" in said and "is then negative" in said
    assert said in sheet("combinations", release, english).notes
    alone = replace(release, combinations=release.combinations.iloc[:0])
    assert made_of.opposite_signs(alone, english) == ""
    less = {name: about for name, about in release.study["outcomes"].items() if name != "shifted"}
    without = replace(release, study={**release.study, "outcomes": less})
    assert made_of.opposite_signs(without, english) == ""


def test_words_leave_payers_to_their_table(release, english):
    said = answer(release, english)
    assert "Net public" in said and "Municipal tax" not in said
    assert (
        "Costs and receipts of each payer are in a table of their own, Costs (outcomes: 23)" in said
    )


def test_sheets_hold_numbers_as_numbers(release, english):
    totals = sheet("totals", release, english)
    assert totals.table["Estimate"].tolist() == [720.0, 3.5e7]
    assert totals.formats[0][totals.names.index("estimate")].startswith("+#,##0;")
    ratios = sheet("ratios", release, english)
    assert ratios.table["95\u00a0% interval, low"].tolist()[1] == -400.0
    assert ratios.table["95\u00a0% interval, low"].tolist()[2] is None
    assert ratios.marked == [False, False, False, True]


def test_parameters_say_how_many_were_not_checked(release, language):
    assert made_of.parameters_note(release, language) == ""
    rows = [
        ("income_tax", "municipal_rate", "verified"),
        ("services", "coaching", "unverified"),
        ("services", "training", "unverified"),
        ("assumptions", "share_follows_from", "unverified"),
    ]
    table = pd.DataFrame(rows, columns=["table", "parameter", "mark"])
    said = made_of.parameters_note(replace(release, parameters=table), language)
    assert "assumptions 1; services 2" in said and "income_tax" not in said
    assert "4" in said and "3" in said


@pytest.mark.parametrize(
    ("euros", "told"), [(-5_962_320.4, "−6.0"), (206_035.2, "+0.2"), (412.0, "0.0")]
)
def test_euros_of_a_whole_group_are_told_in_millions_as_in_the_brief(euros, told, english):
    assert _whole_group(euros, english) == english.say("part.whole_group", euros=told)
    assert _whole_group(None, english) == ""
