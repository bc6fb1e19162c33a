"""Ratios, totals, combinations and real euros: what a study may ask for, and what it is told."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.contracts import PROGRAMME_COSTS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.rows import read_rows
from kuntakokeilu.study import read_study
from kuntakokeilu.study.money import ProgrammeCost

STUDY = """\
title: {fi: Koe, sv: Prov, en: Test}
units: municipality
classification: 2025
frequency: M
first_period: 2018-01
last_period: 2024-12
start: 2021-03
areas: areas.csv
source:
  reader: registers
  adapter: config/registers/synthetic.yaml
  panel:
    first_month: 2018-01
    last_month: 2024-12
    frozen_on: [2017-12-31, 2018-12-31, 2020-12-31]
    stocks: [2019-02, 2021-02]
  populations:
    target: {sample: stock, members: {eligible: true}}
    entrants: {sample: inflow}
    seekers: {sample: job_seekers}
  weights_from: target
comparisons:
  all: {}
  few: {exclude_units: ["091"]}
disclosure: register
seed: 1
"""
OUTCOMES = """\
outcome,column,unit,domain,price_year,label_fi,label_sv,label_en
work,employed,percentage points,employment,,Työ,Arbete,Work
cost,benefit_cents,euros per person-month,cost,,Kulu,Kostnad,Cost
share,municipal_subsidy_cents,euros per person-month,cost,,Osa,Del,Part
real,benefit_cents,euros per person-month,cost,2022,Kulu,Kostnad,Cost
days,sickness_days,days,wellbeing,,Päivät,Dagar,Days
"""
HEAD = "estimand,outcome,population,elapsed_first,elapsed_last,comparison,weights,estimator,"
HEAD += "transform,last_period,role,headline\n"
SPECS = {
    "main": "target,1,24,all,persons_frozen,two_way_fixed_effects,,,main",
    "few": "target,1,24,few,persons_frozen,two_way_fixed_effects,,,robustness",
    "year": "target,1,12,all,persons_frozen,two_way_fixed_effects,,,robustness",
    "plain": "target,1,24,all,municipality,two_way_fixed_effects,,,robustness",
    "log": "target,1,24,all,persons_frozen,two_way_fixed_effects,log,,robustness",
    "monthly": "seekers,,,all,persons_current,two_way_fixed_effects,,,robustness",
    "short": "seekers,,,all,persons_current,two_way_fixed_effects,,2023-12,robustness",
    "early": "seekers,,,all,persons_current,two_way_fixed_effects,,2022-06,robustness",
    "new": "entrants,0,12,all,persons_frozen,two_way_fixed_effects,,,robustness",
    "series": "seekers,,,all,persons_current,event_study,,,robustness",
}
HEADLINES = [("work", "main"), ("cost", "main"), ("days", "main")]
NAMES = ("work", "cost", "share", "real", "days")
ESTIMANDS = HEAD + "".join(
    f"{name}.{spec},{name},{rest},{'yes' if (name, spec) in HEADLINES else ''}\n"
    for name in NAMES
    for spec, rest in SPECS.items()
)
LABELS = "label_fi,label_sv,label_en\n"
HEADS = {
    "ratios": "ratio,numerator,denominator,role," + LABELS,
    "totals": "total,estimand,quantity,role," + LABELS,
    "combinations": "combination,first,second,factor,role," + LABELS,
}


@pytest.fixture
def written(own_config: Path):
    """Write the study `money` with rows of one optional file, and read it."""
    folder = own_config / "studies" / "money"
    folder.mkdir()
    files = {"study.yaml": STUDY, "estimands.csv": ESTIMANDS}
    files["areas.csv"] = "arm,area,code\ntrial,South,507\ntrial,South,588\n"

    def run(kind=None, *rows, outcomes=OUTCOMES):
        texts = files | {"outcomes.csv": outcomes}
        if kind is not None:
            lines = "".join(f"{row},main,a,b,c\n" for row in rows)
            texts[f"{kind}.csv"] = HEADS[kind] + lines
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        return read_study(own_config, "money")

    return run


def test_without_the_files_there_is_nothing(written):
    study = written()
    assert (study.money.rows(), study.money.programme_costs) == ([], [])
    assert study.describe()["ratios"] == {}


def test_a_ratio_of_euros_and_a_share_is_euros_per_month(written):
    ratio = written("ratios", "each,cost.main,work.main").money.ratios["each"]
    assert (ratio.factor, ratio.unit) == (100.0, "euros")


def test_a_ratio_of_two_euros_has_no_factor(written):
    ratio = written("ratios", "part,share.main,cost.main").money.ratios["part"]
    assert (ratio.factor, ratio.unit) == (1.0, "euros")


def test_totals_know_months_and_units(written):
    rows = ["a,cost.year,per_person", "b,work.monthly,whole_group"]
    rows += ["c,cost.monthly,whole_group_with_programme"]
    totals = written("totals", *rows).money.totals
    found = [(t.factor, t.unit, t.months, t.programme_euros) for t in totals.values()]
    assert found == [
        (1.0, "euros", 12, None),
        (0.01, "person-months", None, None),
        (1.0, "euros", None, 5_005_000.0),
    ]


def test_a_factor_is_a_number_or_the_share_before_the_start(written):
    rows = ["a,share.main,cost.main,baseline_share", "b,share.main,cost.main,0.5"]
    found = written("combinations", *rows).money.combinations
    assert [row.factor for row in found.values()] == ["baseline_share", 0.5]
    assert found["a"].unit == "euros per person-month"
    with pytest.raises(InputError, match=r"combinations\.csv, row 2, column factor"):
        written("combinations", "a,share.main,cost.main,half")


@pytest.mark.parametrize(
    ("kind", "row", "message"),
    [
        ("ratios", "a,cost.gone,work.main", "column numerator: cost.gone is not in estimands.csv"),
        ("ratios", "a,cost.main,work.gone", "column denominator: work.gone is not in esti"),
        ("ratios", "a,cost.gone,work.main", "of cost there are cost.main, cost.few, cost.year"),
        ("ratios", "a,cost.main,gone.main", "gone.main is not in estimands.csv; of gone there are"),
        ("ratios", "a,cost.main,cost.main", "column denominator: cost.main is the numerator as we"),
        ("combinations", "a,cost.main,cost.main,1", "column second: cost.main is the first as"),
        ("combinations", "a,cost.gone,share.main,1", "column first: cost.gone is not in estimands"),
        ("combinations", "a,cost.main,share.gone,1", "column second: share.gone is not in estima"),
        ("totals", "a,cost.gone,per_person", "column estimand: cost.gone is not in estimands.csv"),
        ("ratios", "a,cost.main,work.few", "work.few differs from cost.main in comparison (few, "),
        ("ratios", "a,cost.main,work.year", "differs from cost.main in elapsed_last (12, not 24)"),
        ("ratios", "a,cost.main,work.plain", "differs from cost.main in weights"),
        ("ratios", "a,cost.main,work.monthly", "differs from cost.main in population"),
        ("ratios", "a,cost.monthly,work.short", "differs from cost.monthly in last_period"),
        ("ratios", "a,cost.log,work.log", "cost.log is of logarithms"),
        ("ratios", "a,cost.series,work.series", "cost.series is a series (event_study)"),
        ("ratios", "a,cost.main,days.main", "column denominator: days.main is in days; expected"),
        ("ratios", "a,real.main,cost.main", "expected one price_year of real and cost, found 2022"),
        ("combinations", "a,real.main,cost.main,1", "column second: expected one price_year"),
        ("combinations", "a,cost.main,work.main,1", "work.main is in percentage points, cost.main"),
        ("combinations", "a,cost.main,share.few,1", "column second: share.few differs from"),
        ("totals", "a,cost.plain,whole_group", "has the weights municipality; a total needs"),
        ("totals", "a,cost.monthly,per_person", "column estimand: cost.monthly does not follow"),
        ("totals", "a,cost.new,per_person", "needs a population of the sample stock"),
        ("totals", "a,days.main,whole_group", "column estimand: days.main is in days"),
        ("totals", "a,work.monthly,whole_group_with_programme", "expected an outcome in euros"),
        ("totals", "a,real.monthly,whole_group_with_programme", "euros without price_year"),
        ("totals", "a,cost.short,whole_group_with_programme", "covers 2021-03 to 2023-12, but"),
        ("totals", "a,cost.main,whole_group_with_programme", "cost.main follows cohorts"),
        ("totals", "a,cost.early,whole_group_with_programme", "has no line within 2021-03 to"),
        ("totals", "a,cost.main,whole", "column quantity"),
    ],
)
def test_rows_that_cannot_be_are_named(written, kind, row, message):
    with pytest.raises(InputError) as caught:
        written(kind, row)
    assert f"config/studies/money/{kind}.csv, row 2" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", HEADS)
def test_a_name_stands_once(written, kind):
    row = {
        "ratios": "a,cost.main,work.main",
        "totals": "a,cost.main,whole_group",
        "combinations": "a,cost.main,share.main,1",
    }[kind]
    with pytest.raises(InputError, match=rf"{kind}\.csv, row 3, column .*: a stands there twice"):
        written(kind, row, row)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("real,benefit_cents,", "real,employed,", "employed is not in euros"),
        ("real,benefit_cents,", "real,earnings_since_entry_cents,", "adds up months"),
        (",cost,2022,", ",cost,2016,", "has no year 2016; expected"),
    ],
)
def test_prices_that_cannot_be_are_refused(written, old, new, message):
    with pytest.raises(InputError) as caught:
        written(outcomes=OUTCOMES.replace(old, new))
    assert "outcomes.csv, row 5, column price_year" in str(caught.value)
    assert message in str(caught.value)


def test_every_year_of_the_panel_has_an_index(written, own_config):
    path = own_config / "price_index.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("2019")]
    path.write_text("".join(kept), encoding="utf-8")
    with pytest.raises(InputError, match=r"price_index\.csv has no year 2019"):
        written()


def test_prices_go_with_registers_only(own_config, replace):
    replace("mine/outcomes.csv", "unit,domain", "price_year,unit,domain")
    replace("mine/outcomes.csv", "spare_pct,%", "spare_pct,2022,%")
    replace("mine/outcomes.csv", "rate_pct,%", "rate_pct,,%")
    with pytest.raises(InputError, match=r"row 2, column price_year: goes with the reader reg"):
        read_study(own_config, "mine")


def test_readers_are_told_and_the_fingerprint_follows(written):
    plain = written().fingerprint()
    study = written("totals", "a,cost.monthly,whole_group")
    told = study.describe()
    assert told["totals"]["a"]["label_sv"] == "b" and told["totals"]["a"]["unit"] == "euros"
    assert told["outcomes"]["real"]["price_year"] == 2022
    assert study.fingerprint() != plain
    assert [cost.line for cost in study.money.programme_costs][:2] == ["basic_it", "system_use"]


def test_the_programme_costs_are_those_of_the_bill(config):
    rows = read_rows(config / "programme_costs.csv", ProgrammeCost, "config").values()
    table = conform(pd.DataFrame([row.model_dump() for row in rows]), PROGRAMME_COSTS)
    euros = table.set_index("line")["euros"]
    assert euros.sum() == 5_005_000
    assert euros[["basic_it", "system_use", "staff"]].sum() == 4_495_000
    assert set(table["mark"]) == {"verified"}
