"""The tables of municipalities, mergers, study areas and policy dates in config/."""

import importlib.util
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.study import read_study

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
TOOL = ROOT / "tools" / "build_municipality_tables.py"
LAST_YEAR = "2026"


def load_tool():
    spec = importlib.util.spec_from_file_location(TOOL.stem, TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()


def read_config(name):
    return tool.read_table(CONFIG / name)


def valid_in(table, year):
    """Rows valid in a year; a first year of 2013, where the key starts, means 2013 or earlier."""
    started = table["valid_from"].replace("2013", "0000") <= year
    return table[started & ((table["valid_to"] == "") | (table["valid_to"] >= year))]


def current_code(code, successor):
    """Follow mergers to the end; a cycle fails."""
    seen = [code]
    while seen[-1] in successor:
        following = successor[seen[-1]]
        assert following not in seen, f"mergers go in a circle: {[*seen, following]}"
        seen.append(following)
    return seen[-1]


@pytest.fixture(scope="module")
def municipalities():
    return read_config("municipalities.csv")


@pytest.fixture(scope="module")
def mergers():
    return read_config("municipality_mergers.csv")


@pytest.fixture(scope="module")
def successor(mergers):
    return dict(zip(mergers["code_from"], mergers["code_to"], strict=True))


@pytest.fixture(scope="module")
def areas_2021():
    return read_config("studies/open_2021/areas.csv")


@pytest.fixture(scope="module")
def areas_2012():
    return read_config("studies/open_2012/areas.csv")


# The builder on small made-up keys ---------------------------------------------------------------


def raw_key(*rows):
    """Write a key as read: (year, code, name_fi, region, sub-region, ELY) per row."""
    columns = ["year", "kunta", "municipality_name_fi"]
    key = pd.DataFrame(
        rows, columns=[*columns, "maakunta_code", "seutukunta_code", "ely_code"], dtype=str
    )
    return key.assign(
        municipality_name_sv=key["municipality_name_fi"].str.replace("la", "by"),
        municipality_name_en=key["municipality_name_fi"],
        maakunta_name_fi="Maakunta " + key["maakunta_code"],
        maakunta_name_sv="Landskap " + key["maakunta_code"],
        maakunta_name_en="Region " + key["maakunta_code"],
        seutukunta_name_fi="Seutu " + key["seutukunta_code"],
        ely_name_fi=("ELY " + key["ely_code"]).where(key["ely_code"] != "", ""),
    )


MERGER_KEY = pd.DataFrame(
    {"joiner": ["KU001", "KU003", "KU009"], "joinee": ["KU001", "KU001", "KU001"]}, dtype=str
)
RAW = raw_key(
    ("2013", "001", "Ala", "01", "011", "A"),
    ("2014", "001", "Ala ", "01", "011", "A"),
    ("2015", "001", "Alala ", "02", "021", "A"),
    ("2016", "001", "", "02", "021", ""),
    ("2013", "003", "Kola", "01", "011", "A"),
    ("2014", "003", "Kola", "01", "011", "A"),
)


def test_an_interval_ends_where_the_region_changes():
    intervals = tool.validity_intervals(tool.tidy_key(RAW))
    found = intervals[["code", "valid_from", "valid_to", "region"]].to_numpy().tolist()
    assert found == [
        ["001", "2013", "2014", "01"],
        ["001", "2015", "", "02"],
        ["003", "2013", "2014", "01"],
    ]


@pytest.mark.parametrize("column", ["seutukunta_code", "ely_code"])
def test_an_interval_ends_where_sub_region_or_ely_changes(column):
    changed = RAW.copy()
    changed.loc[(changed["kunta"] == "003") & (changed["year"] == "2014"), column] = "other"
    intervals = tool.validity_intervals(tool.tidy_key(changed))
    assert intervals.loc[intervals["code"] == "003", "valid_to"].tolist() == ["2013", "2014"]


def test_an_interval_ends_where_years_are_missing():
    years = ["2013", "2014", "2016"]
    key = raw_key(*((year, "001", "Ala", "01", "011", "A") for year in years))
    intervals = tool.validity_intervals(tool.tidy_key(key))
    found = intervals[["valid_from", "valid_to"]].to_numpy().tolist()
    assert found == [["2013", "2014"], ["2016", ""]]


def test_a_blank_ely_code_repeats_the_last_known_one():
    key = tool.tidy_key(RAW)
    assert key.loc[key["code"] == "001", "ely"].tolist() == ["A", "A", "A", "A"]


def test_ely_codes_do_not_spill_over_to_the_next_municipality():
    blank = RAW.assign(ely_code=RAW["ely_code"].where(RAW["kunta"] == "001", ""))
    key = tool.tidy_key(blank)
    assert key.loc[key["code"] == "003", "ely"].tolist() == ["", ""]


def test_names_are_the_last_non_blank_ones_without_stray_spaces():
    table = tool.municipalities(tool.tidy_key(RAW), MERGER_KEY, abolished={})
    names = table.loc[table["code"] == "001", ["name_fi", "name_sv", "region_name_en"]]
    assert names.to_numpy().tolist() == [
        ["Alala", "Abyby", "Region 01"],
        ["Alala", "Abyby", "Region 02"],
    ]


def test_a_successor_is_looked_up_past_the_self_maps():
    assert tool.successors(MERGER_KEY, ["003", "009"]) == {"003": "001", "009": "001"}


@pytest.mark.parametrize(
    ("code", "extra"), [("001", []), ("003", [("KU003", "KU002")]), ("777", [])]
)
def test_a_municipality_without_exactly_one_successor_stops_the_build(code, extra):
    key = pd.concat([MERGER_KEY, pd.DataFrame(extra, columns=MERGER_KEY.columns, dtype=str)])
    with pytest.raises(ValueError, match=code):
        tool.successors(key, [code])


def test_a_merger_is_dated_to_the_new_year_after_the_last_year():
    table = tool.municipality_mergers(tool.tidy_key(RAW), MERGER_KEY, {"009": "Vanha"}, {})
    assert table[tool.MERGER_COLUMNS[:5]].to_numpy().tolist() == [
        ["009", "001", "2013-01-01", "Vanha", "Alala"],
        ["003", "001", "2015-01-01", "Kola", "Alala"],
    ]


def test_a_merger_missing_in_the_merger_key_is_supplied_with_its_own_source():
    self_map = MERGER_KEY.assign(joinee=["KU001", "KU003", "KU001"])
    table = tool.municipality_mergers(tool.tidy_key(RAW), self_map, {}, {"003": "001"})
    assert table[["code_from", "code_to", "source"]].to_numpy().tolist() == [
        ["003", "001", tool.SOURCE_MISSING]
    ]


def test_a_municipality_older_than_the_key_gets_the_areas_of_its_successor():
    table = tool.municipalities(tool.tidy_key(RAW), MERGER_KEY, {"009": "Vanha"})
    columns = ["valid_from", "valid_to", "name_fi", "name_sv", "name_en", "region", "ely"]
    assert table.loc[table["code"] == "009", columns].to_numpy().tolist() == [
        ["2012", "2012", "Vanha", "Vanha", "Vanha", "01", "A"]
    ]


def test_tables_are_written_with_line_feeds_and_utf8(tmp_path):
    tool.write_table(pd.DataFrame({"name": ["Äänekoski"]}), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == "name\nÄänekoski\n".encode()


def test_a_missing_data_folder_is_named_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv(tool.DATA_VARIABLE, str(tmp_path))
    with pytest.raises(SystemExit, match=tool.DATA_VARIABLE):
        tool.find_data_folder()


# The committed tables ----------------------------------------------------------------------------


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["municipalities.csv", "municipality_mergers.csv"])
def test_committed_table_is_what_the_builder_makes_of_the_key(data_folder, tmp_path, name):
    tool.write_table(tool.build_tables(*tool.read_keys(data_folder))[name], tmp_path / name)
    committed = (CONFIG / name).read_text(encoding="utf-8")
    assert committed == (tmp_path / name).read_text(encoding="utf-8")


def test_municipalities_are_complete_and_clean(municipalities):
    assert list(municipalities.columns) == tool.MUNICIPALITY_COLUMNS
    assert municipalities["code"].str.fullmatch(r"\d{3}").all()
    text = municipalities.drop(columns="valid_to")
    assert (text != "").all(axis=None)
    assert text.apply(lambda column: column == column.str.strip()).all(axis=None)


@pytest.mark.parametrize(
    ("year", "number"), [("2013", 320), ("2015", 317), ("2021", 309), ("2024", 309), ("2026", 308)]
)
def test_number_of_municipalities_by_year(municipalities, year, number):
    codes = valid_in(municipalities, year)["code"]
    assert codes.is_unique
    assert len(codes) == number


def test_six_municipalities_changed_region(municipalities):
    regions = municipalities.groupby("code")["region"].nunique()
    changed = set(regions[regions > 1].index)
    assert changed == {"090", "142", "152", "171", "291", "785"}


def test_every_municipality_that_ends_merges_on_the_next_new_year(municipalities, mergers):
    last = municipalities.groupby("code")["valid_to"].agg(lambda years: years.iloc[-1])
    ended = {code: f"{int(year) + 1}-01-01" for code, year in last.items() if year}
    assert dict(zip(mergers["code_from"], mergers["date"], strict=True)) == ended
    assert len(ended) == 16


def test_every_merger_chain_ends_in_a_municipality_of_the_last_year(municipalities, successor):
    valid = set(valid_in(municipalities, LAST_YEAR)["code"])
    assert {current_code(code, successor) for code in successor} <= valid


def test_a_circle_of_mergers_is_noticed():
    with pytest.raises(AssertionError, match="circle"):
        current_code("001", {"001": "002", "002": "001"})


def test_merger_names_are_those_of_the_municipality_table(municipalities, mergers):
    name = dict(zip(municipalities["code"], municipalities["name_fi"], strict=True))
    assert mergers["code_from"].map(name).tolist() == mergers["name_from_fi"].tolist()
    assert mergers["code_to"].map(name).tolist() == mergers["name_to_fi"].tolist()
    assert (mergers["source"] != "").all()


@pytest.mark.real_data
def test_the_statistics_of_2025_count_pertunmaa_in_mantyharju(data_folder, successor):
    keys = {"dtype": {"kunta": str}}
    statfin = data_folder / "statfin"
    counts = pd.read_csv(statfin / "12r5_counts_2006_2023.csv", **keys)
    rates = pd.read_csv(statfin / "12r5_unemployment_rate_2007_2025.csv", **keys)
    both = counts[counts["kunta"].replace(successor) == "507"]
    assert set(both["kunta"]) == {"507", "588"}
    sums = both.groupby("month")[["unemployed", "labour_force"]].sum()
    merged = 100 * sums["unemployed"] / sums["labour_force"]
    published = rates[rates["kunta"] == "507"].set_index("month")["unemployment_rate_pct"]
    difference = (merged - published).dropna().abs()
    assert len(difference) > 200
    assert difference.max() <= 0.05 + 1e-9


# The study areas ---------------------------------------------------------------------------------


TRIALS = {
    "open_2012": (61, 23, set()),
    "open_2017": (23, 5, set()),
    "open_2021": (118, 25, {"886"}),
}


@pytest.mark.parametrize("study", TRIALS)
def test_every_municipality_of_the_trial_is_listed(study):
    municipalities, areas, derived = TRIALS[study]
    listed = read_config(f"studies/{study}/areas.csv")
    assert set(listed["arm"]) == {"trial"}
    assert (len(listed), listed["area"].nunique()) == (municipalities, areas)
    assert set(listed["status"]) <= {"verified", "derived"}
    assert set(listed.loc[listed["status"] == "derived", "code"]) == derived


@pytest.mark.parametrize(
    ("study", "year"), [("open_2012", "2012"), ("open_2017", "2017"), ("open_2021", "2021")]
)
def test_area_codes_are_municipalities_at_the_start_of_the_trial(municipalities, study, year):
    areas = read_config(f"studies/{study}/areas.csv")
    assert {"arm", "area", "code", "name", "status", "source"} <= set(areas.columns)
    assert areas["code"].is_unique
    assert (areas["source"] != "").all()
    then = valid_in(municipalities, year).set_index("code")["name_fi"]
    assert set(areas["code"]) <= set(then.index)
    assert areas["code"].map(then).tolist() == areas["name"].tolist()


def test_a_2012_area_is_named_after_one_of_its_municipalities(areas_2012):
    first = areas_2012.groupby("area", sort=False)["name"].first()
    assert first.index.tolist() == first.tolist()


@pytest.mark.parametrize("study", TRIALS)
def test_offices_of_the_trial_are_codes_of_the_register_at_its_start(config, study):
    found = read_study(config, study)
    offices = found.areas["office_code"]
    codes = read_config("registers/codes.csv")
    codes = codes[
        codes["column"].eq("toinoh") & codes["valid_from"].eq(f"{found.settings.start}-01")
    ]
    assert set(offices) <= {*codes["code"], ""}
    expected = {"open_2012": 0, "open_2017": 5, "open_2021": 25}[study]
    assert found.areas.loc[offices.ne(""), "area"].nunique() == expected
    assert offices[offices.ne("")].nunique() == expected


@pytest.mark.parametrize(
    ("study", "units"), [("open_2012", 55), ("open_2017", 23), ("open_2021", 117)]
)
def test_units_of_the_trial_in_the_classification_of_2025(municipalities, successor, study, units):
    areas = read_config(f"studies/{study}/areas.csv")
    trial = areas.loc[areas["arm"] == "trial", "code"]
    current = {current_code(code, successor) for code in trial}
    assert len(current) == units
    assert current <= set(valid_in(municipalities, "2025")["code"])


def test_no_merger_joins_different_areas_or_arms(areas_2012, areas_2021, successor):
    for areas in (areas_2012, areas_2021):
        current = areas["code"].map(lambda code: current_code(code, successor))
        assert areas.groupby(current)[["arm", "area"]].nunique().eq(1).all(axis=None)


@pytest.mark.real_data
def test_areas_of_the_2021_trial_are_those_of_the_lists(data_folder, areas_2021):
    listed = tool.read_table(data_folder / "trials" / "trial_2021_2024.csv")
    found = areas_2021[["office_code", "area", "code", "name", "status"]].to_numpy().tolist()
    columns = ["office_code", "area", "kunta", "municipality", "status"]
    assert found == listed[columns].to_numpy().tolist()


@pytest.mark.real_data
def test_areas_of_the_2017_trial_are_those_of_the_list(data_folder):
    listed = tool.read_table(data_folder / "trials" / "trial_2017_2018.csv")
    found = read_config("studies/open_2017/areas.csv")
    called = listed["area"].replace("Varsinais-Suomi", "Turun seutu")  # as Turku itself called it
    assert found["area"].tolist() == called.tolist()
    assert found["code"].tolist() == listed["kunta"].tolist()
    assert found["name"].tolist() == listed["municipality"].tolist()


@pytest.mark.real_data
def test_groups_of_2021_are_those_of_the_lists(data_folder, areas_2021):
    groups = read_config("studies/open_2021/groups.csv")
    assert not groups.duplicated(["group", "code"]).any()
    members = groups.groupby("group")["code"].agg(set).to_dict()
    trials = data_folder / "trials"
    pool = tool.read_table(trials / "applicants_not_in_trial_2021_2024.csv")
    assert members["applicants"] == set(pool["kunta"])
    of_2017 = tool.read_table(trials / "trial_2017_2018.csv")["kunta"]
    of_2012 = read_config("studies/open_2012/areas.csv")["code"]
    assert members["earlier_trials"] == {*of_2012, *of_2017}
    assert members["derived"] == set(areas_2021.loc[areas_2021["status"] == "derived", "code"])
    assert not members["applicants"] & set(areas_2021["code"])
    borders = read_config("registers/twin_municipalities.csv").set_index("code")["neighbours"]
    trial = set(areas_2021["code"])
    beside = {code for code, around in borders.items() if trial & set(around.split("+"))}
    assert members["neighbours"] == beside - trial


@pytest.mark.real_data
def test_areas_of_the_2012_trial_are_those_of_the_list(data_folder, areas_2012, successor):
    listed = tool.read_table(data_folder / "trials" / "trial_2012_2015.csv")
    assert areas_2012["name"].tolist() == listed["municipality"].tolist()
    numbers = listed["area"].tolist()
    assert len(set(zip(numbers, areas_2012["area"], strict=True))) == len(set(numbers))
    current = [current_code(code, successor) for code in areas_2012["code"]]
    assert current == listed["kunta_2021"].tolist()


# The policy calendar -----------------------------------------------------------------------------


def test_policy_calendar_has_sorted_dates_and_short_texts():
    calendar = read_config("policy_calendar.csv")
    texts = ["event_fi", "event_sv", "event_en"]
    assert list(calendar.columns) == ["date", "precision", *texts, "mark", "source"]
    assert (calendar != "").all(axis=None)
    dates = [date.fromisoformat(text) for text in calendar["date"]]
    assert dates == sorted(dates)
    monthly = calendar["precision"] == "month"
    assert set(calendar["precision"]) == {"day", "month"}
    assert calendar.loc[monthly, "date"].str.endswith("-01").all()
    assert set(calendar["mark"]) == {"verified", "unverified"}
    assert (calendar[texts].apply(lambda column: column.str.len()) <= 90).all(axis=None)


@pytest.mark.parametrize(
    "day", ["2021-03-01", "2022-05-02", "2023-01-01", "2024-12-31", "2025-01-01"]
)
def test_policy_calendar_has_the_dates_that_cut_the_windows(day):
    calendar = read_config("policy_calendar.csv")
    rows = calendar[calendar["date"] == day]
    assert len(rows) >= 1
    assert set(rows["precision"]) == {"day"}
    assert set(rows["mark"]) == {"verified"}
