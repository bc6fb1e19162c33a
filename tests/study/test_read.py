"""Reading a study: what a good one becomes, and what a bad one is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_study

from ..studies import shipped
from .conftest import AREAS

CONFIG = Path(__file__).parents[2] / "config"
STUDIES = sorted(path.parent.name for path in CONFIG.glob("studies/*/study.yaml"))
MAIN = "rate.main,rate,mainland,municipality,two_way_fixed_effects"
SOURCE = "period: 2021-02}"
# The end of the header of outcomes.csv and of its two rows.
TWO_ROWS = (
    "label_en{}\nspare,rates.csv,spare_pct,%,other,Vara,Reserv,Spare{}\n"
    "rate,rates.csv,rate_pct,%,employment,Osuus,Andel,Rate{}"
)

# file, what stands there, what it becomes, what the message must hold
BAD_SETTINGS = {
    "truth value for a number": ("mine/study.yaml", "seed: 1", "seed: true", ["seed", "true"]),
    "yes for a number": ("mine/study.yaml", "seed: 1", "seed: yes", ["seed", "'yes'"]),
    "minutes for a number": ("mine/study.yaml", "seed: 1", "seed: 12:30:45", ["12:30:45"]),
    "a code read as octal": (
        "mine/study.yaml",
        'exclude_regions: ["21"]',
        "exclude_units: [020]",
        ["line 14", "020 would become another number", 'write "020"'],
    ),
    "a code that has lost its zeros": (
        "mine/study.yaml",
        'exclude_regions: ["21"]',
        'exclude_units: ["20"]',
        ["exclude_units: 20 is no code of 2025", "expected 020"],
    ),
    "a day in words": ("mine/study.yaml", "first_period: 2020-01", "first_period: yes", ["'yes'"]),
    "year nought": (
        "mine/study.yaml",
        "2020-01\nlast",
        "0000-01\nlast",
        ["first_period", "period"],
    ),
    "seed without end": ("mine/study.yaml", "seed: 1", f"seed: {10**30}", ["seed", "less than"]),
    "draws without end": (
        "mine/study.yaml",
        "seed: 1",
        "seed: 1\npermutations: 1000000000000",
        ["permutations: expected less than or equal to 999999"],
    ),
    "a year that no key knows": (
        "mine/study.yaml",
        "classification: 2025",
        "classification: 2999",
        ["classification: expected less than or equal to 2026"],
    ),
    "window before the start": (
        "mine/study.yaml",
        "early: {first: 2021-03",
        "early: {first: 2021-02",
        ["start (2021-03) is after windows.early.first (2021-02)"],
    ),
    "window after the end": (
        "mine/study.yaml",
        "last: 2021-12}",
        "last: 2023-01}",
        ["windows.early.last (2023-01) is after last_period (2022-12)"],
    ),
    "window outside what a row compares": (
        "mine/estimands.csv",
        "window_effects,,,,,robustness",
        "window_effects,,2020-06,,2020-12,robustness",
        ["row 4, column estimator: window early (2021-03 to 2021-12) lies outside"],
    ),
    "too deep": (
        "mine/study.yaml",
        "seed: 1",
        f"x: {'[' * 999}{']' * 999}",
        ["more than 20 levels"],
    ),
    "a title of two lines": (
        "mine/study.yaml",
        "fi: Koe",
        'fi: "Koe\\nkaksi"',
        ["title: fi: expected one line"],
    ),
    "a minimum above the maximum": (
        "mine/outcomes.csv",
        TWO_ROWS.format("", "", ""),
        TWO_ROWS.format(",minimum,maximum", ",100,0", ",,"),
        ["row 2, column minimum: expected less than maximum (0), found 100"],
    ),
    "a bound without end": (
        "mine/outcomes.csv",
        TWO_ROWS.format("", "", ""),
        TWO_ROWS.format(",minimum", ",-inf", ","),
        ["row 2, column minimum: expected a finite number"],
    ),
    "a bound that is no number": (
        "mine/outcomes.csv",
        TWO_ROWS.format("", "", ""),
        TWO_ROWS.format(",maximum", ",NaN", ","),
        ["row 2, column maximum: expected a finite number"],
    ),
    "a fill outside the bounds": (
        "mine/outcomes.csv",
        TWO_ROWS.format("", "", ""),
        TWO_ROWS.format(",minimum,suppressed_as", ",0,-1", ",,"),
        ["row 2, column suppressed_as: expected a value from 0 to inf, found -1"],
    ),
    "bins longer than the study": (
        "mine/estimands.csv",
        "estimator,covariates,start,first_period,last_period,role,headline\n" + MAIN + ",,,,,main",
        "estimator,periods_per_bin,start,first_period,last_period,role,headline\n"
        + MAIN
        + ",100000,,,,main",
        ["row 2, column periods_per_bin: expected at most 36", "100000"],
    ),
    "a main row with its own start": (
        "mine/estimands.csv",
        MAIN + ",,,,,main",
        MAIN + ",,2021-06,,,main",
        ["row 2, column start: a main row has the study's own start"],
    ),
    "the same number twice": (
        "mine/estimands.csv",
        "rate.frozen,rate,mainland,persons_frozen",
        "rate.frozen,rate,mainland,municipality",
        ["row 3: rate.frozen asks for the same number as rate.main"],
    ),
    "an area named as a sub-region": (
        "mine/areas.csv",
        "trial,North,005",
        "trial,146,005",
        ["row 4, column area: 146 is the code of a sub-region"],
    ),
    "unknown key": ("mine/study.yaml", "seed: 1", "seed: 1\nsede: 2", ["sede: unknown key"]),
    "unknown nested key": (
        "mine/study.yaml",
        "{first: 2021-03, last: 2021-12}",
        "{first: 2021-03, lats: 2021-12}",
        ["windows.early.last: missing", "1 more"],
    ),
    "missing key": ("mine/study.yaml", "frequency: M\n", "", ["frequency: missing"]),
    "key twice": ("mine/study.yaml", "seed: 1", "seed: 1\nseed: 2", ["line 19", "seed", "twice"]),
    "not YAML": ("mine/study.yaml", "title: {fi:", "title: [fi:", ["line 1", "not valid YAML"]),
    "no such day": (
        "mine/study.yaml",
        "last_period: 2022-12",
        "last_period: 2022-12-32",
        ["not valid YAML"],
    ),
    "no mapping": ("panel/study.yaml", "title: {", "- {", ["not valid YAML"]),
    "text for a number": (
        "mine/study.yaml",
        "seed: 1",
        "seed: one",
        ["seed: expected a whole number", "'one'"],
    ),
    "number for a text": (
        "mine/study.yaml",
        'exclude_regions: ["21"]',
        "exclude_regions: [21]",
        ["comparisons.mainland.exclude_regions.0: expected a text", "in quotes", "21"],
    ),
    "nothing for a mapping": (
        "panel/study.yaml",
        "all: {}",
        "all:",
        ["comparisons.all: expected keys with values"],
    ),
    "not a period": (
        "mine/study.yaml",
        "start: 2021-03",
        "start: March 2021",
        ["start: expected a period such as 2021-03", "'March 2021'"],
    ),
    "month 13": ("mine/study.yaml", "start: 2021-03", "start: 2021-13", ["start", "such as"]),
    "a day, not a month": ("mine/study.yaml", "start: 2021-03", "start: 2021-03-01", ["start"]),
    "year in a study of months": (
        "mine/study.yaml",
        "first_period: 2020-01",
        "first_period: 2020",
        ["first_period: expected YYYY-MM, found 2020"],
    ),
    "month in a study of years": (
        "panel/study.yaml",
        "start: 2005",
        "start: 2005-01",
        ["start: expected YYYY, found 2005-01"],
    ),
    "quarter in a study of months": (
        "mine/study.yaml",
        "last: 2021-12}",
        "last: 2021Q4}",
        ["windows.early: expected YYYY-MM, found 2021Q4"],
    ),
    "frequency that the reader does not have": (
        "mine/study.yaml",
        "frequency: M",
        "frequency: Q",
        ["expected YYYYQn"],
    ),
    "start after the end": (
        "mine/study.yaml",
        "start: 2021-03",
        "start: 2023-01",
        ["start (2023-01) is after last_period (2022-12)"],
    ),
    "first after last": (
        "mine/study.yaml",
        "first_period: 2020-01",
        "first_period: 2023-01",
        ["first_period (2023-01) is after last_period (2022-12)"],
    ),
    "window that ends before it begins": (
        "mine/study.yaml",
        "last: 2021-12}",
        "last: 2021-01}",
        ["windows.early.first (2021-03) is after last (2021-01)"],
    ),
    "windows that overlap": (
        "mine/study.yaml",
        "  early: {first: 2021-03, last: 2021-12}",
        "  early: {first: 2021-03, last: 2021-12}\n  wide: {first: 2021-12, last: 2022-12}",
        ["windows.wide: shares periods with early"],
    ),
    "bad name": ("mine/study.yaml", "  early:", "  Early:", ["windows.Early", "small letters"]),
    "no reader": ("mine/study.yaml", "  reader: statfin_long\n", "", ["source.reader: missing"]),
    "unknown reader": (
        "mine/study.yaml",
        "statfin_long",
        "statfin",
        ["source.reader: expected one of", "found 'statfin'"],
    ),
    "two ways of treatment": (
        "panel/study.yaml",
        "treated_when:",
        "first_treated: year\n  treated_when:",
        ["source: give one of first_treated, treated_when, treated and starts"],
    ),
    "wave of another frequency": (
        "panel/study.yaml",
        "period: year",
        "period: year\n  waves: {1: 2000Q1}",
        ["source.waves.1: expected YYYY, found 2000Q1"],
    ),
    "municipalities without areas": (
        "mine/study.yaml",
        "areas: areas.csv\n",
        "",
        ["areas: missing"],
    ),
    "municipalities without a reader of them": (
        "panel/study.yaml",
        "units: other",
        "units: municipality",
        ["units: municipality goes with"],
    ),
    "other units with a reader of municipalities": (
        "mine/study.yaml",
        "units: municipality",
        "units: other",
        ["units: other goes with the reader unit_panel"],
    ),
    "regions of other units": (
        "panel/study.yaml",
        "all: {}",
        'all: {exclude_regions: ["01"]}',
        ["comparisons.all.exclude_regions", "municipality"],
    ),
    "a trial list of other units": (
        "panel/study.yaml",
        "seed: 1",
        "seed: 1\nareas: areas.csv",
        ["areas: goes with units: municipality"],
    ),
    "unknown disclosure profile": (
        "mine/study.yaml",
        "disclosure: public",
        "disclosure: private",
        ["disclosure: no profile private", "disclosure_profiles.csv", "public, register"],
    ),
    "unknown region": (
        "mine/study.yaml",
        '["21"]',
        '["99"]',
        ["comparisons.mainland.exclude_regions: 99 is no region"],
    ),
    "excluded unit of another year": (
        "mine/study.yaml",
        'exclude_regions: ["21"]',
        'exclude_units: ["588"]',
        ["comparisons.mainland.exclude_units: 588 is no code of 2025"],
    ),
    "weights read after the start": (
        "mine/study.yaml",
        SOURCE,
        "period: 2021-03}",
        ["source.frozen_weight.period: expected a period before the start, found 2021-03"],
    ),
    "unknown column": (
        "mine/outcomes.csv",
        "outcome,file,column,unit",
        "outcome,file,kolumn,unit",
        ["unknown column kolumn", "expected outcome, file, column"],
    ),
    "missing column": (
        "mine/estimands.csv",
        "estimator,covariates",
        "role2,covariates",
        ["column estimator is missing"],
    ),
    "column twice": (
        "mine/estimands.csv",
        "weights,estimator,covariates",
        "estimator,estimator,covariates",
        ["column estimator", "twice"],
    ),
    "empty field": (
        "mine/estimands.csv",
        MAIN,
        MAIN.replace("two_way_fixed_effects", ""),
        ["row 2, column estimator: missing"],
    ),
    "row too short": ("mine/outcomes.csv", ",Osuus,Andel,Rate", ",Osuus", ["row 3", "8", "6"]),
    "row too long": ("mine/outcomes.csv", "Rate", "Rate, new", ["row 3", "found 9"]),
    "misspelt estimator": (
        "mine/estimands.csv",
        MAIN,
        MAIN.replace("two_way", "twoway"),
        ["row 2, column estimator: expected 'two_by_two'", "found 'twoway_fixed_effects'"],
    ),
    "two headlines of a domain": (
        "mine/estimands.csv",
        "persons_frozen,two_way_fixed_effects,,,,,main,",
        "persons_frozen,two_way_fixed_effects,,,,,main,yes",
        ["column headline", "domain employment", "found rate.main, rate.frozen"],
    ),
    "no headline of a domain": (
        "mine/estimands.csv",
        f"{MAIN},,,,,main,yes",
        f"{MAIN},,,,,main,",
        ["column headline: expected yes on one row with role main", "employment, found none"],
    ),
    "a headline that is not main": (
        "mine/estimands.csv",
        ",,,,,robustness,",
        ",,,,,robustness,yes",
        ["column headline: expected yes on a row with role main", "found rate.windows"],
    ),
    "misspelt headline": (
        "mine/estimands.csv",
        ",main,yes",
        ",main,first",
        ["row 2, column headline: expected 'yes' or 'no'", "'first'"],
    ),
    "misspelt role": (
        "mine/estimands.csv",
        ",,,,,robustness",
        ",,,,,robust",
        ["row 4, column role", "'robust'"],
    ),
    "misspelt domain": (
        "mine/outcomes.csv",
        "%,employment",
        "%,work",
        ["row 3, column domain", "found 'work'"],
    ),
    "name of an estimand without its outcome": (
        "mine/estimands.csv",
        "rate.main",
        "main",
        ["row 2, column estimand: expected outcome.specification"],
    ),
    "estimand twice": (
        "mine/estimands.csv",
        "rate.frozen",
        "rate.main",
        ["row 3, column estimand: rate.main", "twice"],
    ),
    "outcome twice": ("mine/outcomes.csv", "spare,", "rate,", ["row 3, column outcome", "twice"]),
    "outcome without a row": (
        "mine/estimands.csv",
        "rate.main,rate",
        "rate.main,price",
        ["row 2, column outcome: price is not in outcomes.csv", "spare, rate"],
    ),
    "outcome without a source column": (
        "mine/outcomes.csv",
        "rate_pct",
        "",
        ["row 3, column column: missing"],
    ),
    "outcome without a file": (
        "mine/outcomes.csv",
        "rate,rates.csv",
        "rate,",
        ["row 3, column file: missing"],
    ),
    "comparison not declared": (
        "mine/estimands.csv",
        MAIN,
        MAIN.replace("mainland", "islands"),
        ["row 2, column comparison: islands is not in study.yaml", "mainland"],
    ),
    "covariates not declared": (
        "mine/estimands.csv",
        MAIN + ",",
        MAIN + ",age+share",
        ["row 2, column covariates: age, share is not a covariate"],
    ),
    "window effects without windows": (
        "mine/study.yaml",
        "windows:\n  early: {first: 2021-03, last: 2021-12}\n",
        "",
        ["row 4, column estimator: window_effects needs windows"],
    ),
    "frozen weights without a source of them": (
        "mine/study.yaml",
        "  frozen_weight: {path: counts.csv, column: labour_force, period: 2021-02}\n",
        "",
        ["row 3, column weights: persons_frozen needs source.frozen_weight"],
    ),
    "frozen weights of a panel without weights": (
        "panel/estimands.csv",
        "municipality",
        "persons_frozen",
        ["row 2, column weights: persons_frozen needs source.weight"],
    ),
    "a frozen denominator without persons before the start": (
        "panel/outcomes.csv",
        "domain,label_fi,label_sv,label_en\nrate,rate_pct,%,employment,",
        "domain,denominator,label_fi,label_sv,label_en\nrate,rate_pct,%,employment,frozen,",
        ["row 2, column denominator: goes with source.frozen_weight"],
    ),
    "current weights of published rates": (
        "mine/estimands.csv",
        "persons_frozen",
        "persons_current",
        ["row 3, column weights: statfin_long has no persons_current"],
    ),
    "regional effects of other units": (
        "panel/estimands.csv",
        "weights,estimator,role\nrate.main,rate,all,municipality",
        "effects_by_period,estimator,role\nrate.main,rate,all,region",
        ["row 2, column effects_by_period"],
    ),
    "placebo start in another form": (
        "mine/estimands.csv",
        "2020-06",
        "2020",
        ["row 5, column start: expected YYYY-MM, found 2020"],
    ),
    "placebo start before its first period": (
        "mine/estimands.csv",
        "2020-06,2020-01",
        "2020-06,2020-07",
        ["row 5, column first_period (2020-07) is after start (2020-06)"],
    ),
    "placebo without a start": (
        "mine/estimands.csv",
        "2020-06,2020-01",
        ",2020-01",
        ["row 5, column start: missing"],
    ),
    "placebo with another name": (
        "mine/estimands.csv",
        "rate.placebo",
        "rate.early",
        ["row 5, column estimand: the name of a placebo is rate.placebo"],
    ),
    "name of another outcome": (
        "mine/estimands.csv",
        "rate.main,rate",
        "spare.main,rate",
        ["row 2, column estimand: expected rate.main"],
    ),
    "placebo that sees the treatment": (
        "mine/estimands.csv",
        "2021-02",
        "2021-03",
        ["row 5, column last_period: a placebo must end before the start 2021-03"],
    ),
    "unknown arm": (
        "mine/areas.csv",
        "neither,,009",
        "control,,009",
        ["row 5, column arm: expected trial or neither, found 'control'"],
    ),
    "trial municipality without an area": (
        "mine/areas.csv",
        "trial,North,005",
        "trial,,005",
        ["row 4, column area"],
    ),
    "area without municipalities": (
        "mine/areas.csv",
        "trial,North,005",
        "trial,North,",
        ["row 4, column code: area North has no municipality"],
    ),
    "number of areas": (
        "mine/study.yaml",
        "trial: {areas: 2",
        "trial: {areas: 3",
        ["areas.csv, column area: 2 areas; study.yaml says 3"],
    ),
    "more municipalities than in law": (
        "mine/study.yaml",
        "municipalities: 4",
        "municipalities: 2",
        ["areas.csv, column code: 3 trial municipalities; study.yaml says 2"],
    ),
    "code that no year knows": (
        "mine/areas.csv",
        "North,005",
        "North,999",
        ["column code, row 4: 999 is no municipality code of any year"],
    ),
    "code without its zeros": (
        "mine/areas.csv",
        "North,005",
        "North,5",
        ["column code, row 4: 5 is no municipality code", "expected 005", "Excel"],
    ),
    "same code twice": (
        "mine/areas.csv",
        "neither,,009",
        "neither,,005",
        ["row 5, column code: 005 stands there twice"],
    ),
    "merged unit in two areas": (
        "mine/areas.csv",
        "South,588",
        "North,588",
        ["row 3, column code: 507, 588", "one municipality in 2025", "two areas or arms"],
    ),
    "merged unit in two arms": (
        "mine/areas.csv",
        "trial,South,588",
        "neither,,588",
        ["row 3, column code: 507, 588", "two areas or arms"],
    ),
    "office code that is none": (
        "mine/areas.csv",
        AREAS,
        AREAS.replace("\n", ",\n").replace("code,", "code,office_code").replace("005,", "005,230"),
        ["row 4, column office_code: expected four digits, found '230'"],
    ),
    "area with two names": (
        "mine/areas.csv",
        AREAS,
        AREAS.replace("\n", ",Söder\n")
        .replace("code,Söder", "code,area_sv")
        .replace("588,Söder", "588,Sydd"),
        ["row 3, column area_sv: South has 'Söder' before; expected one for each area"],
    ),
    "areas with another separator": (
        "mine/areas.csv",
        "arm,area,code",
        "arm;area;code",
        ["expected a comma between columns"],
    ),
    "no such file of areas": (
        "mine/study.yaml",
        "areas: areas.csv",
        "areas: missing.csv",
        ["missing.csv: no such file"],
    ),
}
# A fault between two files is told of the row that meets it.
TOLD_OF = {
    "window effects without windows": "estimands.csv",
    "frozen weights without a source of them": "estimands.csv",
    "number of areas": "areas.csv",
    "more municipalities than in law": "areas.csv",
    "no such file of areas": "missing.csv",
}


SHARED = {
    "a municipality twice": (
        "municipalities.csv",
        "009,2013,",
        "005,2013,",
        ["row 3, column code: 005 has another row for 2013"],
    ),
    "a municipality without a region": (
        "municipalities.csv",
        "Alajärvi,14,",
        "Alajärvi,,",
        ["row 2, column region: missing"],
    ),
    "a year in words": ("municipalities.csv", "005,2013", "005,abcd", ["row 2, column valid_from"]),
    "a date in another form": (
        "municipality_mergers.csv",
        "246,740,2013-01-01",
        "246,740,1.1.2013",
        ["row 2, column date: expected a day such as 2021-03-01"],
    ),
    "a date in seconds": (
        "municipality_mergers.csv",
        "246,740,2013-01-01",
        "246,740,1356998400",
        ["row 2, column date"],
    ),
    "a merger of a code that is none": (
        "municipality_mergers.csv",
        "246,740",
        "997,740",
        ["row 2, column code_from: 997 is not in config/municipalities.csv"],
    ),
    "a merger into a code that is none": (
        "municipality_mergers.csv",
        "246,740",
        "246,998",
        ["row 2, column code_to: 998 is not in config/municipalities.csv"],
    ),
    "a merger of one that is there still": (
        "municipality_mergers.csv",
        "246,740",
        "091,740",
        ["row 2, column code_from: 091 is a municipality in 2013 still"],
    ),
    "two mergers of one code": (
        "municipality_mergers.csv",
        "534,297",
        "246,297",
        ["row 3, column code_from: 246 stands there twice"],
    ),
}


@pytest.mark.parametrize("case", SHARED)
def test_bad_shared_tables_are_told_in_one_line(own_config, case):
    file, old, new, expected = SHARED[case]
    path = own_config / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(own_config, "mine")
    assert str(caught.value).startswith(f"config/{file}")
    assert all(part in str(caught.value) for part in expected), str(caught.value)


@pytest.mark.parametrize("case", BAD_SETTINGS)
def test_bad_settings_are_told_in_one_line(own_config, replace, case):
    file, old, new, expected = BAD_SETTINGS[case]
    replace(file, old, new)
    study, name = file.split("/")
    with pytest.raises(InputError) as caught:
        read_study(own_config, study)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert TOLD_OF.get(case, name) in message
    assert [text for text in expected if text not in message] == [], message


def test_a_population_that_the_data_do_not_have_is_refused(own_config, replace):
    replace("panel/estimands.csv", "weights,", "population,")
    replace("panel/estimands.csv", "municipality,", "eligible,")
    with pytest.raises(InputError, match=r"row 2, column population: .*one population, all"):
        read_study(own_config, "panel")


def test_areas_without_a_trial_row_are_refused(own_config):
    path = own_config / "studies" / "mine" / "areas.csv"
    path.write_text("arm,area,code\nneither,,005\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"areas.csv, column arm: no row is trial"):
        read_study(own_config, "mine")


def test_a_study_that_does_not_exist_names_those_that_do(own_config):
    with pytest.raises(InputError, match=r"no study named yours.*mine, panel"):
        read_study(own_config, "yours")


@pytest.mark.parametrize("name", ["outcomes.csv", "estimands.csv", "areas.csv"])
def test_a_missing_table_is_named(own_config, name):
    (own_config / "studies" / "mine" / name).unlink()
    with pytest.raises(InputError, match=f"{name}: no such file"):
        read_study(own_config, "mine")


def test_blank_lines_do_not_shift_row_numbers(own_config, replace):
    replace("mine/estimands.csv", "headline\nrate.main,rate", "headline\n\nrate.main,price")
    with pytest.raises(InputError, match=r"row 3, column outcome: price"):
        read_study(own_config, "mine")


def test_the_only_main_row_of_a_domain_leads_it_unasked(own_config, replace):
    replace("mine/estimands.csv", "persons_frozen,two_way_fixed_effects,,,,,main", "")
    replace("mine/estimands.csv", "rate.frozen,rate,mainland,,\n", "")
    replace("mine/estimands.csv", ",main,yes", ",main,")
    study = read_study(own_config, "mine")
    assert {e.estimand for e in study.estimands if e.headline == "yes"} == {"rate.main"}
    assert study.describe()["estimands"]["rate.main"]["headline"] == "yes"


@pytest.mark.parametrize("name", STUDIES)
def test_every_domain_of_a_study_has_one_headline(name):
    study = shipped(name)
    leads = [e for e in study.estimands if e.headline == "yes"]
    assert [e.domain for e in leads] == list(dict.fromkeys(e.domain for e in study.estimands))


def test_defaults_are_filled_in(own_config):
    study = read_study(own_config, "mine")
    main, placebo = study.estimands[0], study.estimands[-1]
    assert (main.first_period, main.last_period, main.start) == ("2020-01", "2022-12", None)
    assert (placebo.first_period, placebo.last_period) == ("2020-01", "2021-02")
    assert main.comparison_rule.exclude_regions == ["21"]
    assert (main.study, main.frequency, main.unit, main.population) == ("mine", "M", "%", "all")
    assert study.span_of("rate") == ("2020-01", "2022-12")
    assert list(study.outcomes) == ["rate"]  # spare is in no estimand


def test_areas_are_expressed_in_the_classification(own_config):
    study = read_study(own_config, "mine")
    assert study.areas["code"].tolist() == ["507", "588", "005", "009"]
    assert study.areas["unit"].tolist() == ["507", "507", "005", "009"]
    assert study.coverage() == {
        "areas": 2,
        "areas_total": 2,
        "listed": 3,
        "total": 4,
        "units": 2,
        "neither": 1,
    }


def test_a_study_without_a_trial_list_has_no_coverage(own_config):
    study = read_study(own_config, "panel")
    assert study.areas is None
    assert study.coverage() is None


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("mine/study.yaml", "seed: 1", "seed: 2"),
        ("mine/outcomes.csv", "Osuus", "Aste"),
        ("mine/estimands.csv", "rate.main", "rate.first"),
        ("mine/areas.csv", "005", "010"),
    ],
)
def test_the_fingerprint_follows_every_file(own_config, replace, file, old, new):
    before = read_study(own_config, "mine").fingerprint()
    assert read_study(own_config, "mine").fingerprint() == before
    replace(file, old, new)
    assert read_study(own_config, "mine").fingerprint() != before


def test_what_readers_are_told_holds_no_file_names(own_config):
    study = read_study(own_config, "mine")
    told = study.describe()
    assert told["coverage"] == study.coverage()
    assert not told["simulated"]
    assert set(told["outcomes"]["rate"]) == {
        *("unit", "domain", "better", "decimals", "data", "label_fi", "label_sv", "label_en"),
        *("column", "price_year"),
    }
    assert ".csv" not in json.dumps(told)


@pytest.mark.parametrize("name", STUDIES)
def test_the_studies_of_the_project_pass(name):
    study = shipped(name)
    assert study.name == name
    assert study.estimands


def test_every_study_that_the_project_speaks_of_is_read():
    spoken_of = {"evaluation_2021", "demo_2021", "open_2012", "open_2017", "open_2021"}
    spoken_of |= {"open_2021_live", "registers_2012", "registers_2017", "simulated_2021"}
    assert spoken_of <= set(STUDIES)
