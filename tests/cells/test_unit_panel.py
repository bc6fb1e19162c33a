"""Any panel: keys, treatment, covariates, and the collapse of repeated cross-sections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pydantic import ValidationError

from kuntakokeilu.cells import build_cells, build_units, source_files, source_notes
from kuntakokeilu.contracts import CELLS, COUNTS, UNITS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import DataSettings, OutcomeData, read_study

YEARS = ("2001", "2002", "2003")
OUTCOME = OutcomeData(outcome="rate", column="y")
SPREAD = {"std_dev": "area"}
PLAIN = {
    "reader": "unit_panel",
    "path": "panel.csv",
    "unit": ["state"],
    "period": "year",
    "first_treated": "since",
}
# state, year, since, y, persons, area, age
ROWS = [
    ("A", "2001", "2002", "1.5", "10", "north", "40"),
    ("A", "2002", "2002", "2.5", "11", "north", "41"),
    ("A", "2003", "2002", "3.5", "12", "north", "90"),
    ("B", "2001", "2003", "4.5", "20", "north", "50"),
    ("B", "2002", "2003", "5.5", "21", "north", "51"),
    ("B", "2003", "2003", "6.5", "22", "north", "90"),
    ("C", "2001", "", "7.5", "30", "south", "60"),
    ("C", "2002", "", "8.5", "31", "south", "61"),
    ("C", "2003", "", "9.5", "32", "south", "90"),
]
COLUMNS = ["state", "year", "since", "y", "persons", "area", "age"]


def panel(rows=ROWS):
    return pd.DataFrame(rows, columns=COLUMNS, dtype=str)


def put(row, column, value):
    frame = panel()
    frame.loc[row, column] = value
    return frame


def settings(start=None, frequency="Y", without=(), **source):
    content = {key: value for key, value in PLAIN.items() if key not in without} | source
    return DataSettings.model_validate(
        {"units": "other", "frequency": frequency, "start": start, "seed": 1, "source": content}
    )


def units_of(frame, chosen):
    units, counts = build_units(chosen, {"panel.csv": frame}, None, None)
    conform(counts, COUNTS)
    return conform(units, UNITS).set_index("unit")


def cells_of(frame, chosen, span=("2001", "2003"), outcome=OUTCOME):
    cells = build_cells(chosen, outcome, span, {"panel.csv": frame}, pd.DataFrame(), None)
    return conform(cells, CELLS)


def notes_of(frame, chosen):
    return source_notes(chosen, {"panel.csv": frame}, [])


def year(text):
    return pd.Period(text, "Y")


# Cells -------------------------------------------------------------------------------------------


def test_a_panel_becomes_one_cell_a_row():
    cells = cells_of(panel(), settings())
    assert cells["mean"].tolist() == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5]
    assert cells["unit"].tolist() == list("AAABBBCCC")
    assert cells["weight"].eq(1).all()
    assert cells["n"].isna().all()  # a row is a unit, not a person
    assert set(cells["value_kind"]) == {"published_mean"}


def test_a_weight_of_zero_keeps_the_mean_of_a_panel():
    cells = cells_of(panel().assign(persons="0"), settings(weight="persons"))
    assert cells["mean"].tolist() == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5]


def test_weights_of_a_panel_leave_its_means_alone():
    cells = cells_of(panel(), settings(weight="persons"))
    assert cells["weight"].tolist() == [10, 11, 12, 20, 21, 22, 30, 31, 32]
    assert cells["mean"].tolist() == pytest.approx([1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5])
    assert cells["sum"].tolist() == pytest.approx((cells["mean"] * cells["weight"]).tolist())


@pytest.mark.parametrize("layout", ["panel", "repeated_cross_section"])
def test_the_order_of_rows_does_not_matter(layout):
    chosen = settings(layout=layout, weight="persons", covariates=["age"])
    shuffled = panel().sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(cells_of(shuffled, chosen), cells_of(panel(), chosen))
    pd.testing.assert_frame_equal(units_of(shuffled, chosen), units_of(panel(), chosen))


def test_a_missing_value_of_a_panel_stays_a_missing_cell():
    cells = cells_of(put(1, "y", "NA"), settings())
    assert len(cells) == 9
    assert cells["mean"].isna().tolist() == [False, True, *[False] * 7]


def test_only_the_span_becomes_cells():
    cells = cells_of(panel(), settings(), span=("2001", "2002"))
    assert set(cells["period"]) == {year("2001"), year("2002")}


def test_a_panel_that_need_not_be_balanced_may_have_gaps():
    frame = panel(ROWS[:-1])
    assert len(cells_of(frame, settings(balanced=False))) == 8


person = st.tuples(
    st.sampled_from(["A", "B"]),
    st.sampled_from(YEARS),
    st.integers(-50, 50) | st.none(),
    st.integers(1, 9),
)


@limits(deadline=None, max_examples=15)
@given(st.lists(person, min_size=1, max_size=60))
def test_the_collapse_of_persons_is_their_group_by(persons):
    micro = pd.DataFrame(persons, columns=["state", "year", "y", "w"])
    micro["y"] = micro["y"].astype(float)
    frame = micro.assign(
        since="2002",
        y=["" if np.isnan(y) else repr(y) for y in micro["y"]],
        w=micro["w"].astype(str),
    )
    chosen = settings(layout="repeated_cross_section", weight="w", balanced=False)
    span = (micro["year"].min(), micro["year"].max())
    cells = cells_of(frame.astype(str), chosen, span).set_index(["unit", "period"])
    known = micro.dropna(subset="y")
    known = known.assign(wy=known["w"] * known["y"], wyy=known["w"] * known["y"] ** 2)
    groups = known.groupby(["state", "year"])
    assert [(unit, str(period)) for unit, period in cells.index] == list(groups.groups)
    assert cells["n"].tolist() == groups.size().tolist()
    assert cells["weight"].tolist() == groups["w"].sum().tolist()
    assert cells["sum"].tolist() == groups["wy"].sum().tolist()
    assert cells["sum_sq"].tolist() == groups["wyy"].sum().tolist()
    means = groups["wy"].sum() / groups["w"].sum()
    assert cells["mean"].tolist() == pytest.approx(means.tolist())


MEANS = {"layout": "cell_means", "count": "persons"}


def test_means_with_their_number_and_spread_are_the_cells_of_the_rows_behind_them():
    rng = np.random.default_rng(2)
    rows = panel([row for row in ROWS for _ in range(int(row[4]) - 8)])
    rows["y"] = [str(value) for value in rng.normal(5, 2, len(rows)).round(6)]
    micro = cells_of(rows, settings(layout="repeated_cross_section"))
    groups = rows.assign(y=rows["y"].astype(float)).groupby(COLUMNS[:3], sort=False)["y"]
    table = pd.DataFrame({"y": groups.mean(), "persons": groups.size(), "area": groups.std()})
    table = table.reset_index().astype(str).assign(area=lambda f: f["area"].replace("nan", ""))
    found = cells_of(table, settings(**MEANS), outcome=OUTCOME.model_copy(update=SPREAD))
    assert found["n"].tolist() == micro["n"].tolist()
    for column in ("weight", "sum", "sum_sq", "mean"):
        np.testing.assert_allclose(found[column], micro[column], rtol=1e-12)
    unknown = cells_of(table, settings(**MEANS))
    assert unknown["sum_sq"].isna().sum() == (table["persons"] != "1").sum()


@pytest.mark.parametrize("value", ["0", "2.5", "-1"])
def test_a_count_that_is_none_is_told_with_its_row(value):
    with pytest.raises(
        InputError,
        match=r"^panel\.csv, column persons, row 4: expected a whole number of 1 or",
    ):
        cells_of(put(2, "persons", value), settings(**MEANS))


def test_means_that_stand_twice_and_spreads_below_zero_are_refused():
    with pytest.raises(InputError, match=r"row 3: unit A has period 2001 twice"):
        cells_of(put(1, "year", "2001"), settings(**MEANS))
    spread = OUTCOME.model_copy(update=SPREAD)
    frame = put(2, "area", "-1").replace({"area": {"north": "1", "south": "1"}})
    with pytest.raises(InputError, match=r"column area, row 4: expected 0 or more"):
        cells_of(frame, settings(**MEANS), outcome=spread)


@pytest.mark.parametrize("wrong", [{"count": "persons"}, {"layout": "cell_means"}])
def test_means_and_their_count_go_together(wrong):
    with pytest.raises(ValidationError, match="count: goes with layout: cell_means"):
        settings(**wrong)


def test_controls_are_means_of_their_cells():
    chosen = settings(controls=["age"])
    assert cells_of(panel(), chosen)["c_age"].tolist() == panel()["age"].astype(float).tolist()
    two = pd.concat([panel(), panel().assign(age="10", persons="1")], ignore_index=True)
    rows = settings(controls=["age"], layout="repeated_cross_section", weight="persons")
    found = cells_of(two.replace({"age": {"41": "NA"}}), rows)["c_age"]
    assert found[0] == pytest.approx((10 * 40 + 1 * 10) / 11)
    assert found[1] == 10.0
    assert cells_of(put(1, "age", "NA"), chosen)["c_age"].isna().tolist() == [
        False,
        True,
        *[False] * 7,
    ]


def test_regions_are_the_same_in_all_rows_of_a_unit():
    units = units_of(panel(), settings(region="area"))
    assert units["region"].tolist() == ["north", "north", "south"]
    with pytest.raises(InputError, match=r"column area, row 3: changes within unit A, south here"):
        units_of(put(1, "area", "south"), settings(region="area"))


def test_waves_get_their_periods():
    frame = panel(
        [("A", "0", "1992Q2", "1", "1", "n", "1"), ("A", "1", "1992Q2", "2", "1", "n", "1")]
    )
    chosen = settings(frequency="Q", waves={0: "1992Q1", 1: "1992Q4"})
    cells = cells_of(frame, chosen, span=("1992Q1", "1992Q4"))
    assert [str(p) for p in cells["period"]] == ["1992Q1", "1992Q4"]
    with pytest.raises(
        InputError, match=r"column year, row 3: expected one of source.waves, 0, 1; found '2'"
    ):
        cells_of(frame.replace({"year": {"1": "2"}}), chosen, span=("1992Q1", "1992Q4"))


def test_a_unit_of_several_columns():
    chosen = settings(unit=["area", "state"])
    assert cells_of(panel(), chosen)["unit"].unique().tolist() == ["north-A", "north-B", "south-C"]
    assert units_of(panel(), chosen).index.tolist() == ["north-A", "north-B", "south-C"]


def test_whole_numbers_with_decimals_are_read_alike():
    frame = panel().assign(
        year=lambda f: f["year"] + ".0",
        since=lambda f: f["since"].where(f["since"] == "", f["since"] + ".0"),
        state=lambda f: f["state"].map({"A": "1.0", "B": "2.0", "C": "3"}),
    )
    assert cells_of(frame, settings())["unit"].unique().tolist() == ["1", "2", "3"]
    assert units_of(frame, settings())["first_treated"].tolist() == [
        year("2002"),
        year("2003"),
        pd.NaT,
    ]


# Units -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "never"), [("", [""]), ("0", ["0"]), ("0.0", ["0"]), ("never", ["NA", "never"])]
)
def test_tokens_that_mean_never_treated(token, never):
    frame = panel().assign(since=lambda f: f["since"].replace("", token))
    units = units_of(frame, settings(never=never))
    assert units["arm"].tolist() == ["trial", "trial", "control"]
    assert units["first_treated"].tolist() == [year("2002"), year("2003"), pd.NaT]


def test_a_missing_start_is_not_taken_for_never():
    with pytest.raises(InputError, match=r"column since, row 8: .* or a value of source\.never"):
        units_of(panel(), settings(never=["0"]))


def test_treatment_marked_by_a_value():
    chosen = settings(
        start="2002", without=["first_treated"], treated_when={"area": ["north"], "state": ["A"]}
    )
    units = units_of(panel(), chosen)
    assert units["arm"].tolist() == ["trial", "control", "control"]
    assert units.loc["A", "first_treated"] == year("2002")


def marks(*on):
    """The panel with a column of marks, 1 in the rows given."""
    return panel().assign(age=["1" if row in on else "0" for row in range(len(ROWS))])


BY_MARK = {"without": ["first_treated"], "treated_when": {"age": ["1"]}}


def test_marks_that_change_within_a_unit_say_when_it_starts():
    units = units_of(marks(1, 2, 5), settings(**BY_MARK))
    assert units["first_treated"].tolist() == [year("2002"), year("2003"), pd.NaT]
    plain = units_of(panel(), settings())
    pd.testing.assert_frame_equal(units, plain)


@pytest.mark.parametrize(
    ("frame", "start", "said"),
    [
        (marks(1, 5), None, "row 4: unit A, treated from 2002 on, is not marked in 2003 (1 such"),
        (marks(3, 4), None, "row 7: unit B, treated from 2001 on, is not marked in 2003"),
        (marks(0, 1, 2), None, "the marks of a unit never change"),
        (marks(1, 2, 5), "2002", "1 unit starts at another time than the start 2002"),
        (marks(), "2002", "no unit is ever treated"),
    ],
)
def test_marks_that_say_no_start_are_refused(frame, start, said):
    with pytest.raises(InputError) as caught:
        units_of(frame, settings(start=start, **BY_MARK))
    assert str(caught.value).startswith("panel.csv, column age") and said in str(caught.value)


def test_a_person_marked_and_one_not_in_a_unit_and_period_are_refused():
    frame = pd.concat([marks(1, 2), marks(2).iloc[[1]]], ignore_index=True)
    with pytest.raises(InputError, match=r"row 3: unit A is both marked and not in 2002"):
        units_of(frame, settings(layout="repeated_cross_section", **BY_MARK))


def test_a_start_beside_starts_that_differ_is_refused():
    with pytest.raises(
        InputError, match=r"column since: 1 unit starts at another time .* B; leave"
    ):
        units_of(panel(), settings(start="2002"))
    assert units_of(panel().replace({"since": {"2003": "2002"}}), settings(start="2002")).size


def test_waves_name_the_first_treatment_too():
    waves = {"1": "2001", "2": "2002", "3": "2003"}
    frame = panel().assign(
        year=lambda f: f["year"].str[-1], since=lambda f: f["since"].str[-1].fillna("")
    )
    units = units_of(frame, settings(waves=waves))
    assert units["first_treated"].tolist() == [year("2002"), year("2003"), pd.NaT]


@pytest.mark.parametrize("span", [("2000", "2003"), ("2001", "2004")])
def test_periods_beyond_those_of_the_file_are_refused(span):
    with pytest.raises(InputError, match=r"column year: the file has 2001 to 2003; the study com"):
        cells_of(panel(), settings(balanced=False), span)


def test_clusters_and_areas():
    units = units_of(panel(), settings(cluster="area"))
    assert units["cluster"].tolist() == ["north", "north", "south"]
    assert units["area"].tolist()[:2] == ["north", "north"]
    assert pd.isna(units.loc["C", "area"])
    alone = units_of(panel(), settings())
    assert alone["cluster"].tolist() == ["A", "B", "C"]


def test_covariates_and_weights_are_measured_before_the_first_start():
    units = units_of(panel(), settings(weight="persons", covariates=["age"]))
    assert units["x_age"].tolist() == [40, 50, 60]
    assert units["weight_frozen"].tolist() == [10, 20, 30]
    late = units_of(
        panel().assign(since=lambda f: f["since"].replace("2002", "2003")),
        settings(weight="persons", covariates=["age"]),
    )
    assert late["x_age"].tolist() == [40.5, 50.5, 60.5]
    assert late["weight_frozen"].tolist() == [10.5, 20.5, 30.5]


def test_frozen_weights_are_of_the_period_that_the_study_names():
    late = panel().assign(since=lambda f: f["since"].replace("2002", "2003"))
    for named, weights in (("2001", [10, 20, 30]), ("2002", [11, 21, 31])):
        chosen = settings(weight="persons", weight_period=named)
        assert units_of(late, chosen)["weight_frozen"].tolist() == weights
    with pytest.raises(InputError, match=r"panel\.csv: source\.weight_period 2003: no rows"):
        units_of(late, settings(weight="persons", weight_period="2003"))


def test_frozen_weights_of_persons_are_added_up_within_a_period():
    rows = [("A", y, "2003", "1", w, "n", "1") for y in YEARS for w in ("2", "3")]
    chosen = settings(layout="repeated_cross_section", weight="persons")
    assert units_of(panel(rows), chosen)["weight_frozen"].tolist() == [5]


def test_only_the_columns_that_are_read_are_asked_for():
    chosen = settings(weight="persons", cluster="area", covariates=["age"])
    assert source_files(chosen, OUTCOME) == {
        "panel.csv": ["state", "year", "age", "persons", "since", "area", "y"]
    }
    assert (
        source_files(chosen, None)["panel.csv"] == source_files(chosen, OUTCOME)["panel.csv"][:-1]
    )


# Bad data ----------------------------------------------------------------------------------------

BAD_CELLS = {
    "missing period": (panel(ROWS[:-1]), {}, ": 1 unit-period is missing: 2003 for unit C"),
    "period twice": (
        panel([*ROWS, ROWS[0]]),
        {},
        ", row 11: unit A has period 2001 twice (1 such row)",
    ),
    "text": (put(2, "y", "many"), {}, ", column y, row 4: expected a number"),
    "decimal comma": (put(2, "y", "3,5"), {}, ", column y, row 4: expected a number"),
    "infinite": (put(2, "y", "inf"), {}, ", column y, row 4: expected a finite number"),
    "wrong period": (put(2, "year", "2003-01"), {}, ", column year, row 4: expected a period"),
    "no period": (put(2, "year", ""), {}, ", column year, row 4: expected a period"),
    "no unit": (put(2, "state", ""), {}, ", column state, row 4: the field is empty"),
    "half a unit": (
        put(2, "area", ""),
        {"unit": ["state", "area"]},
        ", column area, row 4: the field is empty",
    ),
    "negative weight": (
        put(2, "persons", "-1"),
        {"weight": "persons"},
        ", column persons, row 4: expected a weight of 0 or more",
    ),
    "missing weight": (
        put(2, "persons", "NA"),
        {"weight": "persons"},
        ", column persons, row 4: expected a weight, found none (rows without: 1)",
    ),
}
BAD_UNITS = {
    "start that changes": (
        put(2, "since", "2003"),
        {},
        ", column since, row 4: changes within unit A, 2003 here and 2002 in row 2 (1 such unit)",
    ),
    "start that comes and goes": (
        put(8, "since", "2001"),
        {},
        ", column since, row 10: changes within unit C, 2001 here and none in row 8",
    ),
    "start that is no period": (
        put(2, "since", "soon"),
        {},
        ", column since, row 4: expected a period such as 2021, or a day such as 2021-03-31 or "
        "31.3.2021, or a value of source.never",
    ),
    "cluster that changes": (
        put(2, "area", "south"),
        {"cluster": "area"},
        ", column area, row 4: changes within unit A, south here and north in row 2",
    ),
    "no cluster": (put(2, "area", ""), {"cluster": "area"}, ", column area, row 4: the field is"),
    "text in a covariate": (
        put(2, "age", "old"),
        {"covariates": ["age"]},
        ", column age, row 4: expected a number",
    ),
    "nobody treated": (panel().assign(since=""), {}, ", column since: no unit is ever treated"),
}


def test_a_fault_of_a_row_names_the_row():
    """What is not there has none."""
    told = {case: said for case, (_, _, said) in (BAD_CELLS | BAD_UNITS).items()}
    without = {case for case, said in told.items() if ", row " not in said}
    assert without == {"missing period", "nobody treated"}


@pytest.mark.parametrize("case", BAD_CELLS)
def test_bad_outcomes_are_told_with_file_column_and_row(case):
    frame, source, expected = BAD_CELLS[case]
    with pytest.raises(InputError) as caught:
        cells_of(frame, settings(**source))
    assert str(caught.value).startswith(f"panel.csv{expected}")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("case", BAD_UNITS)
def test_bad_units_are_told_with_file_column_and_row(case):
    frame, source, expected = BAD_UNITS[case]
    with pytest.raises(InputError) as caught:
        units_of(frame, settings(**source))
    assert str(caught.value).startswith(f"panel.csv{expected}")
    assert len(str(caught.value).splitlines()) == 1


def test_a_unit_without_any_row_in_the_span_is_missed():
    rows = [*ROWS, ("D", "1990", "", "1", "1", "south", "1")]
    with pytest.raises(InputError, match=r"3 unit-periods are missing: .* for unit D") as caught:
        cells_of(panel(rows), settings())
    assert str(caught.value).endswith("for every unit, or balanced: false in source")


# Treatment as a column of 0 and 1 -----------------------------------------------------------------


MARKS = {"A": "011", "B": "001", "C": "000"}


def marked(on="1", off="0", **other):
    marks = {**MARKS, **other}
    frame = panel()
    place = frame.groupby("state").cumcount()
    return frame.assign(
        post=[
            on if marks[unit][at] == "1" else off
            for unit, at in zip(frame["state"], place, strict=True)
        ]
    )


def by_marks(**source):
    return settings(without=["first_treated"], treated="post", **source)


@pytest.mark.parametrize(
    ("on", "off"), [("1", "0"), ("1.0", "0.0"), ("TRUE", "False"), ("yes", "no")]
)
def test_a_column_of_0_and_1_says_when_treatment_starts(on, off):
    by_start = units_of(panel(), settings())
    assert units_of(marked(on, off), by_marks()).equals(by_start)


def test_treatment_that_ends_stops_or_is_ignored_as_declared():
    frame = marked(A="010")
    with pytest.raises(InputError) as caught:
        units_of(frame, by_marks())
    assert str(caught.value).startswith(
        "panel.csv, column post, row 4: unit A, treated from 2002 on, is not marked in 2003"
    )
    units = units_of(frame, by_marks(treatment_ends="ignored"))
    assert units["first_treated"].dropna().astype(str).tolist() == ["2002", "2003"]
    (note,) = notes_of(frame, by_marks(treatment_ends="ignored"))
    assert note.startswith("1 unit is marked as treated and later not")


def test_marks_that_never_change_need_the_start_of_the_study():
    frame = marked(A="111", B="111")
    with pytest.raises(InputError, match=r"column post: the marks of a unit never change"):
        units_of(frame, by_marks())
    units = units_of(frame, by_marks(start="2002"))
    assert units["first_treated"].dropna().astype(str).tolist() == ["2002", "2002"]


@pytest.mark.parametrize("text", ["", "NA", "0.5", "2002", "maybe"])
def test_other_marks_are_told_with_their_row(text):
    frame = marked()
    frame.loc[4, "post"] = text
    with pytest.raises(
        InputError, match=r"^panel\.csv, column post, row 6: expected 0 or 1, false"
    ):
        units_of(frame, by_marks())


# Periods of other forms ---------------------------------------------------------------------------


def counted(**source):
    return settings(period_form="number", **source)


def in_numbers():
    numbered = {"2001": "1", "2002": "2", "2003": "3", "": ""}
    return panel().replace({"year": numbered, "since": numbered})


def test_a_panel_may_have_a_count_of_its_own():
    cells = cells_of(in_numbers(), counted(), ("0001", "0003"))
    assert cells["mean"].tolist() == cells_of(panel(), settings())["mean"].tolist()
    starts = units_of(in_numbers(), counted())["first_treated"].dropna()
    assert starts.astype(str).tolist() == ["0002", "0003"]


def test_a_count_is_no_calendar():
    with pytest.raises(
        InputError, match=r"row 2: expected a whole number from 1 to 999; found '2001'"
    ):
        units_of(panel(), counted())
    with pytest.raises(InputError, match=r"row 2: expected a period such as 2021, .*; found '1'"):
        units_of(in_numbers(), settings())


def test_waves_map_to_a_count_and_to_starts_as_well():
    waves = {"2001": "1", "2002": "2", "2003": "3"}
    found = units_of(panel(), settings(waves=waves))
    assert found["first_treated"].dropna().astype(str).tolist() == ["0002", "0003"]


def test_months_of_stata_may_come_as_plain_numbers():
    frame = panel().replace({"2001": "600", "2002": "601", "2003": "602"})
    found = units_of(frame, settings(frequency="M", period_form="stata"))
    assert found["first_treated"].dropna().astype(str).tolist() == ["2010-02", "2010-03"]


def test_a_missing_start_is_told_to_count_as_never_treated():
    frame = panel().replace({"since": {"": "NA"}})
    assert units_of(frame, settings()).equals(units_of(panel(), settings()))
    (note,) = notes_of(frame, settings())
    assert note == "1 unit has no start in column since, read as never treated: C"
    assert notes_of(frame.replace("NA", "0"), settings(never=["0"])) == []


def test_columns_may_have_any_name():
    frame = panel().rename(columns={"age": "Mean age.2", "y": "Y rate"})
    units = units_of(frame, settings(covariates=["Mean age.2"]))
    assert units["x_Mean age.2"].tolist() == [40.0, 50.0, 60.0]


# The real benchmark files ------------------------------------------------------------------------


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "units", "trial", "cells"),
    [
        ("benchmark_mpdta", 500, 191, 2500),
        ("benchmark_castle", 50, 21, 550),
        ("benchmark_card_krueger", 5, 3, 10),
    ],
)
def test_the_benchmarks_have_their_published_size(config, data_folder, name, units, trial, cells):
    study = read_study(config, name)
    (outcome,) = study.outcomes.values()
    path = study.settings.source.path
    columns = source_files(study.settings, outcome)[path]
    raw = {path: read_csv(data_folder / path, columns)}
    made, _ = build_units(study.settings, raw, None, None)
    made = conform(made, UNITS)
    assert (len(made), (made["arm"] == "trial").sum()) == (units, trial)
    span = study.span_of(outcome.outcome)
    assert len(conform(build_cells(study.settings, outcome, span, raw, made, None), CELLS)) == cells


@pytest.mark.real_data
def test_the_means_of_card_and_krueger(config, data_folder):
    """Card & Krueger 1994, table 3, rows 1 and 2: 23.33, 20.44, 21.17, 21.03."""
    study = read_study(config, "benchmark_card_krueger")
    (outcome,) = study.outcomes.values()
    raw = {study.settings.source.path: read_csv(data_folder / study.settings.source.path)}
    cells = build_cells(study.settings, outcome, ("1992Q1", "1992Q4"), raw, pd.DataFrame(), None)
    cells["nj"] = cells["unit"].str.startswith("1")
    sums = cells.groupby(["nj", "period"])[["sum", "weight"]].sum()
    means = (sums["sum"] / sums["weight"]).round(2)
    assert means.tolist() == [23.33, 21.17, 20.44, 21.03]
