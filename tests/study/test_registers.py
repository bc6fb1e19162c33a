"""Studies of registers: populations, months since entry, strata, and the settings of the panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import PanelSettings, RegisterSource, read_study

STUDY = """\
title: {fi: Koe, sv: Prov, en: Test}
units: municipality
classification: 2025
frequency: M
first_period: 2018-01
last_period: 2022-12
start: 2021-03
areas: areas.csv
source:
  reader: registers
  adapter: config/registers/synthetic.yaml
  panel:
    first_month: 2018-01
    last_month: 2023-06
    frozen_on: [2017-12-31, 2018-12-31, 2020-12-31]
    stocks: [2019-02, 2021-02]
  populations:
    target:
      sample: stock
      members: {eligible: true}
      strata: [by_sex]
      label: {fi: kohde, sv: mål, en: target}
    rest: {sample: stock, members: {eligible: false}}
    entrants: {sample: inflow}
    seekers: {sample: job_seekers, strata: [by_sex]}
  stratifications: {by_sex: [sex], by_age: [age_group, sex]}
  weights_from: target
comparisons:
  all: {}
  alike: {balance: {method: entropy, covariates: [size]}}
covariates: covariates.csv
disclosure: register
seed: 1
"""
COVARIATES = """\
covariate,file,unit_column,period_column,column,kind,first_year,last_year,label_fi,label_sv,label_en
size,a.csv,kunta,vuosi,vaesto,level,2015,2017,Koko,Storlek,Size
"""
OUTCOMES = """\
outcome,column,unit,domain,label_fi,label_sv,label_en
rate,unemployed,%,employment,Osuus,Andel,Rate
"""
HEAD = (
    "estimand,outcome,population,elapsed_first,elapsed_last,strata,comparison,design,weights,"
    "estimator,periods_per_bin,start,first_period,last_period,role\n"
)
GOOD = [
    "rate.main,rate,target,1,24,,all,targeted,persons_frozen,two_way_fixed_effects,,,,,main",
    "rate.others,rate,rest,1,24,,all,spillover,municipality,two_way_fixed_effects,,,,,robustness",
    "rate.strata,rate,target,1,24,by_sex,all,,persons_current,two_way_fixed_effects,,,,,robustness",
    "rate.new,rate,entrants,3,6,,all,,municipality,two_way_fixed_effects,,,,,robustness",
    "rate.new_12,rate,entrants,12,,,all,,municipality,event_study,3,,,,robustness",
    "rate.elapsed,rate,target,1,24,,all,,municipality,elapsed_effects,3,,,,robustness",
    "rate.monthly,rate,seekers,,,by_sex,all,,persons_current,event_study,3,,,,robustness",
    "rate.last,rate,target,1,24,,all,,municipality,two_by_two,,,,2021-02,robustness",
    "rate.placebo,rate,target,1,24,,all,,municipality,two_by_two,,2019-03,,2019-02,placebo",
]


@pytest.fixture
def written(own_config: Path):
    """Write the study `reg` with other rows or settings, and read it."""
    folder = own_config / "studies" / "reg"
    folder.mkdir()
    (folder / "areas.csv").write_text(
        "arm,area,code\ntrial,South,507\ntrial,South,588\n", encoding="utf-8"
    )
    (folder / "covariates.csv").write_text(COVARIATES, encoding="utf-8")

    def run(rows=GOOD, settings=STUDY, outcomes=OUTCOMES):
        (folder / "study.yaml").write_text(settings, encoding="utf-8")
        (folder / "outcomes.csv").write_text(outcomes, encoding="utf-8")
        (folder / "estimands.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
        return read_study(own_config, "reg")

    return run


def test_rows_of_registers_are_filled_in(written):
    study = written()
    found = {e.estimand.partition(".")[2]: e for e in study.estimands}
    assert {name: e.sample for name, e in found.items()} == {
        "main": "stock",
        "others": "stock",
        "strata": "stock",
        "new": "inflow",
        "new_12": "inflow",
        "elapsed": "stock",
        "monthly": "job_seekers",
        "last": "stock",
        "placebo": "stock",
    }
    assert (found["new_12"].elapsed_first, found["new_12"].elapsed_last) == (12, 12)
    assert found["monthly"].elapsed_last is None
    # the last cohort that can be followed so long, unless the row says another
    assert found["main"].last_period == "2021-06"
    assert found["new"].last_period == "2022-12"
    assert found["new_12"].last_period == "2022-06"
    assert found["last"].last_period == "2021-02"
    assert found["strata"].strata == "by_sex"


def test_readers_are_told_who_is_meant(written):
    told = written().describe()
    label = {"fi": "kohde", "sv": "mål", "en": "target"}
    assert told["populations"] == {"target": label, "rest": None, "entrants": None, "seekers": None}
    assert told["frozen_weight"] is None
    by = "\n  weights_label: {fi: kohteella, sv: mål, en: target}"
    named = written(settings=STUDY.replace("weights_from: target", f"weights_from: target{by}"))
    assert named.describe()["frozen_weight"] == {"fi": "kohteella", "sv": "mål", "en": "target"}
    assert told["simulated"] is False
    shown = told["estimands"]["rate.strata"]
    assert (shown["elapsed_first"], shown["elapsed_last"], shown["strata"]) == (1, 24, "by_sex")
    twin = STUDY.replace("  panel:\n", "  twin: {scale: 0.01}\n  panel:\n", 1)
    assert written(settings=twin).describe()["simulated"] is True


def test_other_studies_have_no_populations(own_config):
    told = read_study(own_config, "mine").describe()
    assert (told["populations"], told["simulated"], told["frozen_weight"]) == ({}, False, None)


def test_the_span_holds_the_follow_up(written):
    assert written().span_of("rate") == ("2018-01", "2023-06")
    assert written(GOOD[:1]).span_of("rate") == ("2018-02", "2023-06")
    alone = [row.replace("robustness", "main") for row in (GOOD[4], GOOD[7])]
    assert written(alone[:1]).span_of("rate") == ("2019-01", "2023-06")
    assert written(alone[1:]).span_of("rate") == ("2018-02", "2023-02")


BAD_ROWS = {
    "population of another source": (
        "rate.a,rate,all,,,,all,,,two_by_two,,,,,main",
        "column population: all is not in source.populations of study.yaml; there are target",
    ),
    "stock without months": (
        "rate.a,rate,target,,,,all,,,two_by_two,,,,,main",
        "column elapsed_first: missing; target is a sample of stock, followed by months",
    ),
    "inflow without months": (
        "rate.a,rate,entrants,,,,all,,,two_by_two,,,,,main",
        "column elapsed_first: missing; entrants is a sample of inflow",
    ),
    "months nobody has": (
        "rate.a,rate,seekers,1,,,all,,,two_by_two,,,,,main",
        "column elapsed_first: seekers is a sample of job_seekers, which nobody enters",
    ),
    "months beyond follow-up": (
        "rate.a,rate,target,1,25,,all,,,two_by_two,,,,,main",
        "column elapsed_last: expected at most source.panel.follow_up, 24; found 25",
    ),
    "month that an inflow lacks": (
        "rate.a,rate,entrants,3,7,,all,,,two_by_two,,,,,main",
        "column elapsed_last: expected one of source.panel.horizons, 0, 3, 6, 12, 24; found 7",
    ),
    "first month that an inflow lacks": (
        "rate.a,rate,entrants,1,6,,all,,,two_by_two,,,,,main",
        "column elapsed_first: expected one of source.panel.horizons",
    ),
    "months turned": (
        "rate.a,rate,target,6,3,,all,,,two_by_two,,,,,main",
        "column elapsed_last: expected 6 or more, found 3",
    ),
    "last month alone": (
        "rate.a,rate,target,,3,,all,,,two_by_two,,,,,main",
        "column elapsed_first: missing; elapsed_last needs it",
    ),
    "negative month": (
        "rate.a,rate,target,-1,3,,all,,,two_by_two,,,,,main",
        "column elapsed_first: expected greater than or equal to 0",
    ),
    "unknown strata": (
        "rate.a,rate,target,1,3,by_town,all,,,two_way_fixed_effects,,,,,main",
        "column strata: by_town is not in source.stratifications of study.yaml; there are by_sex",
    ),
    "strata of others": (
        "rate.a,rate,target,1,3,by_age,all,,,two_way_fixed_effects,,,,,main",
        "column strata: by_age is not in source.populations.target.strata",
    ),
    "strata of four means": (
        "rate.a,rate,target,1,3,by_sex,all,,,two_by_two,,,,,main",
        "two_by_two compares four means and takes no effects_by_period, covariates or strata",
    ),
    "balanced strata by current persons": (
        "rate.a,rate,target,1,3,by_sex,alike,,persons_current,two_way_fixed_effects,,,,,main",
        "column strata: a balanced comparison cannot weigh them by persons_current",
    ),
    "effects by months without cohorts": (
        "rate.a,rate,seekers,,,,all,,,elapsed_effects,,,,,main",
        "column estimator: elapsed_effects needs a population with cohorts",
    ),
    "bins that do not divide": (
        "rate.a,rate,target,1,24,,all,,,elapsed_effects,5,,,,main",
        "column periods_per_bin: 24 months since entry cannot be divided into bins of 5",
    ),
    "bins of stocks": (
        "rate.a,rate,target,1,24,,all,,,event_study,3,,,,main",
        "column periods_per_bin: stocks are months apart; expected 1",
    ),
    "cohorts that nobody can follow": (
        "rate.a,rate,target,1,24,,all,,,two_by_two,,,,2021-07,main",
        "column last_period: expected no month after source.panel.last_month, 2023-06; "
        "found 2021-07 followed until 2023-07",
    ),
    "months before the panel": (
        "rate.a,rate,seekers,,,,all,,,two_by_two,,,2017-12,,main",
        "column first_period: expected no month before source.panel.first_month, 2018-01",
    ),
    "placebo followed into the trial": (
        "rate.placebo,rate,target,1,24,,all,,,two_by_two,,2019-03,,2019-03,placebo",
        "column last_period: a placebo must end before the start 2021-03, found 2019-03 followed "
        "until 2021-03",
    ),
    "stock too early to be treated": (
        "rate.a,rate,target,1,24,,all,,,two_by_two,,,,2021-01,main",
        "column start (2021-03) is after last_period (2021-02)",
    ),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_rows_are_told_in_one_line(written, case):
    row, message = BAD_ROWS[case]
    with pytest.raises(InputError) as error:
        written([GOOD[0], row])
    said = str(error.value)
    assert said.startswith("config/studies/reg/estimands.csv, row 3, column ")
    assert message in said
    assert "\n" not in said


RELATIVE_HEAD = HEAD.replace("design,", "design,contrast,spillover_share,")
RELATIVE = "rate.{},rate,target,1,24,,all,eligible_relative,rest,{},,two_way_fixed_effects,,,,,{}"


@pytest.fixture
def relative(written, own_config):
    """Write rows with a contrast."""

    def run(*rows):
        path = own_config / "studies" / "reg" / "estimands.csv"
        written()
        path.write_text(RELATIVE_HEAD + "\n".join(rows) + "\n", encoding="utf-8")
        return read_study(own_config, "reg")

    return run


def test_eligible_relative_to_the_others(relative):
    study = relative(
        RELATIVE.format("main", "", "main"), RELATIVE.format("half", "0.5", "robustness")
    )
    plain, half = study.estimands
    assert (plain.contrast, plain.spillover_share) == ("rest", 0.0)
    assert half.spillover_share == 0.5
    shown = study.describe()["estimands"]["rate.half"]
    assert (shown["contrast"], shown["spillover_share"]) == ("rest", 0.5)
    assert shown["design"] == "eligible_relative"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("eligible_relative", "targeted", "contrast: goes with design eligible_relative"),
        (",rest,", ",,", "contrast: goes with design eligible_relative, and only with it"),
        (",rest,", ",target,", "contrast: expected another population than target"),
        (",rest,", ",nobody,", "contrast: nobody is not in source.populations of study.yaml"),
        (",rest,", ",seekers,", "contrast: expected a sample of stock as target is; seekers is a"),
        (",0.5,", ",1.5,", "column spillover_share"),
        (",0.5,", ",-0.1,", "column spillover_share"),
        ("eligible_relative,rest", "targeted,", "spillover_share: goes with a contrast"),
        (",24,,", ",24,by_sex,", "strata: by_sex is not in source.populations.rest.strata"),
    ],
)
def test_bad_contrasts_are_told_in_one_line(relative, old, new, message):
    with pytest.raises(InputError) as error:
        relative(RELATIVE.format("main", "0.5", "main").replace(old, new))
    said = str(error.value)
    assert said.startswith("config/studies/reg/estimands.csv, row 2") and "\n" not in said
    assert message in said


BASE_HEAD = HEAD.replace("last_period,role", "last_period,base_last,role")
BASE = "rate.a,rate,entrants,6,,,all,,municipality,event_study,3,,,,2019-08,main"


@pytest.fixture
def based(written, own_config):
    def run(row):
        path = own_config / "studies" / "reg" / "estimands.csv"
        written()
        path.write_text(f"{BASE_HEAD}{row}\n", encoding="utf-8")
        return read_study(own_config, "reg")

    return run


def test_a_base_is_a_bin_that_readers_are_told(based):
    shown = based(BASE).describe()["estimands"]["rate.a"]
    # the last cohort followed for six months before 2021-03 entered in 2020-08, bin -1
    assert (shown["base_last"], shown["reference_bin"]) == ("2019-08", -5)
    seekers = BASE.replace("entrants,6", "seekers,").replace("2019-08", "2020-02")
    assert based(seekers).describe()["estimands"]["rate.a"]["reference_bin"] == -5
    none = BASE.replace("2019-08", "")
    assert based(none).describe()["estimands"]["rate.a"]["reference_bin"] == -1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("event_study,3", "two_way_fixed_effects,", "base_last: goes with the estimator event_"),
        ("2019-08", "2021-03", "base_last: expected a period before 2021-03, found 2021-03"),
        ("2019-08", "2017-12", "first_period (2018-01) is after base_last (2017-12)"),
        ("2019-08", "2019Q3", "base_last: expected YYYY-MM, found 2019Q3"),
        (
            BASE,
            BASE.replace("entrants", "target").replace(",3,", ",,"),
            "base_last: stocks are months apart",
        ),
    ],
)
def test_bad_bases_are_told(based, old, new, message):
    with pytest.raises(InputError) as error:
        based(BASE.replace(old, new))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("skip", "fault"),
    [
        ("2020-03,2021-02", True),
        ("2020-03,2021-01", False),
        ("2020-12,2021-02", True),
        ("2021-01,2021-02", False),
    ],
)
def test_leaving_out_the_last_bin_needs_a_base(based, own_config, skip, fault):
    """Bins of three months: the last before 2021-03 begins in 2020-12."""
    based(BASE)
    path = own_config / "studies" / "reg" / "estimands.csv"
    head = BASE_HEAD.replace("base_last", "skip_first,skip_last,base_last")

    def read(row):
        path.write_text(f"{head}{row}\n", encoding="utf-8")
        return read_study(own_config, "reg")

    row = BASE.replace("entrants,6", "seekers,").replace("2019-08", f"{skip},")
    if fault:
        with pytest.raises(InputError, match="base_last: missing; skip_first and skip_last leave"):
            read(row)
    else:
        read(row)
    read(row.replace(f"{skip},", f"{skip},2019-12"))
    read(row.replace("seekers,", "entrants,6"))  # cohorts are numbered back from the last


def test_a_follow_up_that_no_cohort_completes_is_no_fault_of_the_row(written):
    """The panel ends in 2023-06: nobody who entered from 2021-03 on is followed for 36 months."""
    longer = STUDY.replace("frozen_on", "follow_up: 36\n    horizons: [0, 36]\n    frozen_on")
    row = "rate.a,rate,entrants,36,,,all,,municipality,two_way_fixed_effects,,,,{},main"
    (estimand,) = written([row.format("")], longer).estimands
    assert estimand.last_period == "2020-06"
    with pytest.raises(InputError, match=r"column start \(2021-03\) is after last_period"):
        written([row.format("2020-06")], longer)


@pytest.mark.parametrize(("column", "value"), [("elapsed_first", "1"), ("strata", "by_sex")])
def test_other_readers_know_no_cohorts_or_strata(own_config, column, value):
    path = own_config / "studies" / "mine" / "estimands.csv"
    head = f"estimand,outcome,comparison,estimator,role,{column}\n"
    path.write_text(f"{head}rate.main,rate,mainland,two_by_two,main,{value}\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"column {column}: goes with the reader registers"):
        read_study(own_config, "mine")


def test_effects_by_months_need_registers(own_config):
    path = own_config / "studies" / "mine" / "estimands.csv"
    head = "estimand,outcome,comparison,estimator,role\n"
    path.write_text(f"{head}rate.main,rate,mainland,elapsed_effects,main\n", encoding="utf-8")
    with pytest.raises(InputError, match="elapsed_effects needs a population with cohorts"):
        read_study(own_config, "mine")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("income", "row 2, column column: expected an outcome of the person-months, found income"),
        ("eligible", "row 2, column column: expected an outcome of the person-months"),
        ("", "row 2, column column: missing"),
    ],
)
def test_an_outcome_must_be_one_of_the_person_months(written, column, message):
    with pytest.raises(InputError) as error:
        written(outcomes=OUTCOMES.replace("unemployed", column))
    assert message in str(error.value)
    absent = OUTCOMES.replace(",label_en", ",label_en,data").replace(",Rate", ",Rate,none")
    assert written(outcomes=absent.replace("unemployed", column)).outcomes["rate"].data == "none"


PANEL = {
    "frozen_on": ["2017-12-31", "2018-12-31"],
    "stocks": ["2019-02"],
    "first_month": "2018-01",
    "last_month": "2020-12",
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frozen_on": []}, "at least 1 item"),
        ({"frozen_on": ["2017-12-30"]}, "frozen_on: expected 31 December of a year"),
        (
            {"frozen_on": ["2018-12-31", "2017-12-31"]},
            "frozen_on: 2017-12-31 does not come after 2018-12-31",
        ),
        ({"frozen_on": ["2017-12-31"] * 2}, "frozen_on: 2017-12-31 does not come after"),
        ({"stocks": ["2021-01"]}, "stocks: 2021-01 lies outside first_month and last_month"),
        ({"stocks": ["2019"]}, "stocks: expected YYYY-MM, found 2019"),
        ({"first_month": "2018"}, "first_month: expected YYYY-MM, found 2018"),
        ({"last_month": "2020Q4"}, "last_month: expected YYYY-MM, found 2020Q4"),
        ({"first_month": "2017-12"}, "first_month: expected a month after 2017-12-31"),
        ({"horizons": [0, 6, 3]}, "horizons: expected ascending numbers of months from 0 on"),
        ({"horizons": [0, 3, 3]}, "horizons: expected ascending"),
        ({"horizons": [-1, 3]}, "horizons: expected ascending"),
        ({"horizons": []}, "at least 1 item"),
        ({"horizons": [0, 25]}, "horizons: 25 is beyond follow_up"),
        ({"ages": [65, 64]}, "ages: 65 is above 64"),
        ({"follow_up": 0}, "greater than or equal to 1"),
        ({"entry_gap_days": -1}, "greater than or equal to 0"),
        ({"employed_above": -1}, "greater than or equal to 0"),
        ({"eligibility": "luck"}, "'payments', 'fund' or 'placements'"),
        ({"follow": 3}, "Extra inputs are not permitted"),
        ({"last_month": "2017-12"}, "first_month (2018-01) is after last_month (2017-12)"),
        ({"stocks": ["2019-02", "2019-02"]}, "stocks: 2019-02 stands there twice"),
    ],
)
def test_faults_of_the_panel_are_told(changes, message):
    PanelSettings.model_validate(PANEL)
    with pytest.raises(ValidationError) as error:
        PanelSettings.model_validate(PANEL | changes)
    assert message in str(error.value)


SOURCE = {
    "reader": "registers",
    "adapter": "a.yaml",
    "panel": PANEL,
    "populations": {"people": {"sample": "stock"}},
    "weights_from": "people",
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights_from": "others"}, "weights_from: no population others"),
        ({"root": "D:/", "twin": {}}, "root: a twin is made by the workflow"),
        ({"populations": {}}, "at least 1 item"),
        (
            {"populations": {"people": {"sample": "stock", "members": {"eligible": "yes"}}}},
            "populations.people.members.eligible: expected true or false",
        ),
        (
            {"populations": {"people": {"sample": "stock", "members": {"sex": True}}}},
            "populations.people.members.sex: expected a text",
        ),
        (
            {"populations": {"people": {"sample": "stock", "members": {"rich": True}}}},
            "populations.people.members: rich is no trait",
        ),
        (
            {"populations": {"people": {"sample": "stock", "strata": ["by_sex"]}}},
            "populations.people.strata: no stratification by_sex",
        ),
        ({"stratifications": {"none": ["sex"]}}, "stratifications.none: this name stands for all"),
        ({"stratifications": {"x": ["wage_cents"]}}, "stratifications.x: wage_cents is no trait"),
        ({"panel": PANEL | {"stocks": []}}, "populations.people.sample: panel.stocks names no"),
        (
            {"populations": {"people": {"sample": "inflow", "members": {"long_term": True}}}},
            "populations.people: long_term is known of stocks only",
        ),
        (
            {
                "populations": {"people": {"sample": "inflow", "strata": ["by_sex", "by_past"]}},
                "stratifications": {"by_sex": ["sex"], "by_past": ["sex", "long_term"]},
            },
            "populations.people: long_term is known of stocks only",
        ),
        (
            {
                "populations": {"people": {"sample": "job_seekers", "strata": ["by_past"]}},
                "stratifications": {"by_past": ["long_term"]},
            },
            "populations.people: long_term is known of stocks only",
        ),
        (
            {"populations": {"people": {"sample": "survey"}}},
            "weights_from: people is a sample of a survey",
        ),
    ],
)
def test_faults_of_the_source_are_told(changes, message):
    RegisterSource.model_validate(SOURCE)
    with pytest.raises(ValidationError) as error:
        RegisterSource.model_validate(SOURCE | changes)
    assert message in str(error.value)


SURVEYED = STUDY.replace("    rest: {sample", "    asked: {sample: survey}\n    rest: {sample")
SCALE = OUTCOMES + "scale,wellbeing_scale,points,wellbeing,Asteikko,Skala,Scale\n"


def test_a_survey_is_a_population_that_nobody_enters(written):
    rows = [
        "scale.main,scale,asked,,,,all,total,persons_frozen,two_by_two,,,2020-11,2022-10,main",
        "rate.main,rate,asked,,,,all,,municipality,two_by_two,,,,,main",
    ]
    study = written(rows, settings=SURVEYED, outcomes=SCALE)
    assert [e.sample for e in study.estimands] == ["survey", "survey"]
    faults = {
        "asked,1,": "column elapsed_first: asked is a sample of survey, which nobody enters",
        "target,1,": "column population: wellbeing_scale is known of a sample of survey only; "
        "target is a sample of stock",
        "seekers,,": "column population: wellbeing_scale is known of a sample of survey only",
    }
    for changed, message in faults.items():
        row = rows[0].replace("asked,,", changed)
        with pytest.raises(InputError, match=message):
            written([row, rows[1]], settings=SURVEYED, outcomes=SCALE)
