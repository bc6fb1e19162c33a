"""What each payer pays in the end: signed sums that add up to each layer of the net cost."""

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import DIAGNOSTICS, FINANCIERS, NET_LAYERS, conform
from kuntakokeilu.report.tables import payers, subtotals
from kuntakokeilu.report.tables.registry import planned_tables
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.made_of import programme_note

from ..conftest import build, check, number
from ..whole import totals, whole, whole_rows


@pytest.fixture(params=["finnish", "swedish", "english"])
def language(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def release():
    """Costs of 1 to 13 in the order of the ledger, receipts of 1 to 5; see `whole`."""
    return whole()


def test_payers_by_hand(release):
    """Municipalities: 1 + 2 + 3 less a tax of 1; counties: 4 + 5; and so on."""
    rows = subtotals.payer_subtotals(release).set_index(["column", "payer"])["estimate"]
    last = rows["net_public_cents"].to_dict()
    assert last == {
        "municipalities": 1 + 2 + 3 - 1,
        "counties": 4 + 5,
        "state": 6 + 7 + 8 + 9 + 10 - 2,
        "unemployment_insurance": 11 + 12 - 4,
        "health_insurance": 13 - 3,
        "pensions": -5,
        "sum": 76,
    }


def test_payers_add_up_in_every_layer(release):
    rows = subtotals.payer_subtotals(release)
    assert list(rows["column"].unique()) == list(NET_LAYERS)
    for _, layer in rows.groupby("column"):
        *parts, whole_sum = layer["estimate"]
        assert sum(parts) == pytest.approx(whole_sum, abs=1e-9)
        assert layer["payer"].iloc[-1] == "sum"


def test_the_whole_group_is_told_where_a_total_of_it_is_released(release):
    assert subtotals.payer_subtotals(release)["total"].isna().all()
    table = totals()
    table.loc[1, ["quantity", "programme_euros"]] = ["whole_group", None]
    rows = subtotals.payer_subtotals(replace(release, totals=table))
    assert (rows["total"] == rows["estimate"] * 1e6).all()


@pytest.mark.parametrize("name", ["payers", "totals", "area_effects"])
def test_sums_of_synthetic_persons_say_so_in_their_own_sheet(release, name, language):
    """A sum of euros copied out of its sheet must not be taken for the whole country's."""
    twin = replace(release, study={**release.study, "twin_scale": 0.01})
    table = totals()
    table.loc[1, ["quantity", "programme_euros"]] = ["whole_group", None]
    areas = release.area_effects.assign(total=1e6)
    twin = replace(twin, totals=table, area_effects=areas)
    said = language.say("study.twin", n=100)
    assert said in sheet(name, twin, language).notes
    assert said not in sheet(name, replace(twin, study=release.study), language).notes


def test_a_sum_over_all_areas_is_not_headed_as_of_one_area(release, language):
    table = totals()
    table.loc[1, ["quantity", "programme_euros"]] = ["whole_group", None]
    shown = sheet("payers", replace(release, totals=table), language)
    assert language.say("workbook.column.total_of_group") in shown.table
    assert language.say("workbook.column.total") not in shown.table


def suppressed(*outcomes):
    """The release with the numbers of some outcomes suppressed."""
    lost = dict.fromkeys(("estimate", "ci_low", "ci_high", "std_error", "p_value"))
    rows = whole_rows()
    for row in rows:
        if row["estimand"].removesuffix(".main") in outcomes:
            row.update(lost, status="suppressed")
    return whole(rows)


def test_nothing_is_summed_over_a_number_that_may_not_be_seen():
    found = subtotals.payer_subtotals(suppressed("health_contributions"))
    assert list(found["column"].unique()) == ["net_public_core_cents"]  # it is in the other layers


@pytest.mark.parametrize("hidden", [("state_benefits", "state_employer")])
def test_a_payer_with_two_hidden_parts_is_told_by_what_is_left(release, hidden, language):
    made = suppressed(*hidden)
    same = ["column", "payer", "estimate"]
    left, right = (subtotals.payer_subtotals(each)[same] for each in (made, release))
    pd.testing.assert_frame_equal(left, right)
    said = language.say("costs.by_difference", payer=language.say("payers.state"))
    assert said in sheet("payers", made, language).notes
    assert said not in sheet("payers", release, language).notes


def test_payers_with_hidden_parts_are_told_as_one(release, english, finnish, swedish):
    made = suppressed("state_benefits", "county")
    key = ["column", "payer"]
    left, right = (
        subtotals.payer_subtotals(each).set_index(key)["estimate"] for each in (made, release)
    )
    joined = left.xs("counties+state", level="payer")
    apart = right.xs("counties", level="payer") + right.xs("state", level="payer")
    pd.testing.assert_series_equal(joined, apart, check_names=False)
    others = left.drop(index="counties+state", level="payer")
    pd.testing.assert_series_equal(others, right.reindex(others.index))
    assert {*left.index.get_level_values(1)}.isdisjoint({"counties", "state"})
    names = [subtotals.payer_name("counties+state", each) for each in (finnish, swedish, english)]
    assert names == ["Hyvinvointialueet ja valtio", "Välfärdsområdena och staten",
                     "Wellbeing services counties and state"]  # fmt: skip
    said = english.say("costs.by_difference", payer=names[-1])
    shown = sheet("payers", made, english)
    assert said in shown.notes
    assert names[-1] in shown.table.iloc[:, 1].tolist()
    assert said not in sheet("payers", release, english).notes


def test_a_part_that_is_hidden_alone_is_told_by_no_difference(english):
    made = suppressed("state_benefits")
    assert subtotals.payer_subtotals(made).empty
    assert subtotals.by_difference(made, english) == []


def test_a_subtotal_inherits_from_each_of_its_parts(release, english):
    checks = [check("county.main", "warn", "few_clusters"), check("state_tax.main", "fail", "one")]
    judged = replace(release, diagnostics=conform(_frame(checks), DIAGNOSTICS))
    rows = subtotals.payer_subtotals(judged).drop_duplicates("payer").set_index("payer")
    assert rows.loc["counties", "warned_checks"] == "few_clusters"
    assert rows.loc["state", "failed_checks"] == "one"
    assert rows.loc["municipalities", ["failed_checks", "warned_checks"]].tolist() == ["", ""]
    cells = sheet("payers", judged, english).table["Status"].tolist()
    assert cells[1] == "With care: Few clusters."
    view = subtotals.subtotals_view(judged, english).set_index("Payer or recipient")["Status"]
    assert view["Wellbeing services counties"] == "interpret with caution"
    assert view["Municipalities"] == "may be used"


def test_euros_of_the_whole_group_say_of_which_layer_they_are(release, english):
    """They stand behind the last layer, and are those of the first."""
    table = totals()
    table.loc[1, ["quantity", "programme_euros"]] = ["whole_group", None]
    view = subtotals.subtotals_view(replace(release, totals=table), english)
    first = next(iter(NET_LAYERS))
    head = f"The whole group followed, euros; {payers.payer_label(first, english)}"
    assert view[head].iloc[-1] == english.number(88e6, 0, sign=True)


def _frame(rows):
    return pd.DataFrame(rows, columns=list(DIAGNOSTICS.columns))


@pytest.mark.parametrize("code", ["finnish", "swedish", "english"])
def test_views_and_sheets_name_every_payer(release, code, request):
    language = request.getfixturevalue(code)
    names = [language.say(f"payers.{name}") for name in (*FINANCIERS, "sum")]
    view = subtotals.subtotals_view(release, language)
    assert view.iloc[:, 0].tolist() == names
    assert view.iloc[-1, 1:4].tolist() == [language.number(n, 2, sign=True) for n in (88, 81, 76)]
    content = sheet("payers", release, language)
    assert set(content.table[language.say("workbook.column.payer_name")]) == set(names)
    assert content.title == language.say("workbook.payers.title")


def test_the_table_of_costs_opens_with_the_set_that_adds_up(release):
    rows = payers.costs(release)
    lead = payers.leading_set(release)
    assert rows["estimand"].tolist()[: len(lead)] == lead["estimand"].tolist()


def test_only_studies_with_every_part_plan_subtotals(release):
    assert "payers" in planned_tables(Declaration(release.study))
    assert "payers" not in planned_tables(Declaration(build(number("main")).study))
    some = {k: v for k, v in release.study["outcomes"].items() if k != "county"}
    assert "payers" not in planned_tables(Declaration({**release.study, "outcomes": some}))


def test_programme_costs_say_what_they_cover_and_that_they_are_real(release, english):
    said = programme_note(release, english)
    assert said.startswith("Lines: 2, together 1,125,000 euros. Not checked in their source: 1.")
    assert "the months 2022-08 to 2024-12 only" in said
    assert "What 2021-01 to 2022-07 cost is not in the sum" in said
    assert "real" not in said
    twin = replace(release, study={**release.study, "simulated": True})
    assert "although the persons of this study are synthetic. They must not be" in programme_note(
        twin, english
    )
    assert said in sheet("programme_costs", release, english).notes
