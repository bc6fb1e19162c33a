"""The file of covariates: what a good one becomes, and what a bad one is told."""

from __future__ import annotations

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_study

COVARIATES = """\
covariate,file,unit_column,period_column,column,kind,transform,merge,first_year,last_year,label_fi,label_sv,label_en
size,known.csv,no,year,population,level,log,sum,2018,2018,Koko,Storlek,Size
illness,known.csv,no,year,index,trend,,,2013,2018,Sairaus,Sjukdom,Illness
"""
NAMED = "covariates: covariates.csv\ndisclosure: public"
BALANCED = """\
  alike:
    exclude_regions: ["21"]
    balance: {method: entropy, covariates: [size, illness]}
windows:"""


@pytest.fixture
def known(own_config, replace):
    """The study `mine` with covariates, a balanced comparison and an estimand of it."""
    path = own_config / "studies" / "mine" / "covariates.csv"
    path.write_text(COVARIATES, encoding="utf-8")
    replace("mine/study.yaml", "disclosure: public", NAMED)
    replace("mine/study.yaml", "windows:", BALANCED)
    replace("mine/estimands.csv", "rate.frozen,rate,mainland", "rate.frozen,rate,alike")
    return own_config


def test_covariates_and_balanced_comparisons_are_read(known):
    study = read_study(known, "mine")
    size, illness = study.covariates.values()
    assert list(study.covariates) == ["size", "illness"]
    assert (size.kind, size.transform, size.merge, size.last_year) == ("level", "log", "sum", 2018)
    assert (illness.kind, illness.transform, illness.merge) == ("trend", "none", "mean")
    balance = study.estimands[1].comparison_rule.balance
    assert (balance.method, balance.covariates) == ("entropy", ["size", "illness"])
    assert study.estimands[0].comparison_rule.balance is None
    told = study.describe()["covariates"]
    assert told["size"] == {"fi": "Koko", "sv": "Storlek", "en": "Size"}
    assert list(told) == ["size", "illness"]


def test_a_study_without_the_file_has_no_covariates(own_config):
    study = read_study(own_config, "mine")
    assert study.covariates == {} and study.describe()["covariates"] == {}


def test_an_estimand_may_adjust_for_them(known, replace):
    replace("mine/estimands.csv", "window_effects,,", "window_effects,size+illness,")
    assert read_study(known, "mine").estimands[2].covariates == ["size", "illness"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("covariates.csv", "Koko", "Väkiluku"),
        ("covariates.csv", "2013,2018", "2014,2018"),
        ("study.yaml", "entropy", "matching"),
    ],
)
def test_the_fingerprint_follows_them(known, replace, file, old, new):
    before = read_study(known, "mine").fingerprint()
    replace(f"mine/{file}", old, new)
    assert read_study(known, "mine").fingerprint() != before


BAD = {
    "measured after the start": (
        "covariates.csv",
        "2018,2018",
        "2018,2021",
        "covariates.csv, row 2, column last_year: expected a year before the start 2021-03, "
        "found 2021",
    ),
    "years the wrong way round": (
        "covariates.csv",
        "2013,2018",
        "2018,2013",
        "covariates.csv, row 3, column first_year: 2018 is after last_year (2013)",
    ),
    "trend of one year": ("covariates.csv", "2013,2018", "2018,2018", "a trend needs two years"),
    "unknown kind": ("covariates.csv", "trend", "slope", "row 3, column kind: expected 'level'"),
    "no column": ("covariates.csv", "population,level", ",level", "row 2, column column: missing"),
    "name twice": ("covariates.csv", "illness,", "size,", "row 3, column covariate: size stands"),
    "no such file": (
        "study.yaml",
        "covariates: covariates.csv",
        "covariates: none.csv",
        "none.csv: no such file",
    ),
    "balanced on what is not known": (
        "study.yaml",
        "[size, illness]",
        "[size, wealth]",
        "study.yaml, comparisons.alike.balance.covariates: wealth is no covariate; there are size, "
        "illness",
    ),
    "balanced on the same twice": (
        "study.yaml",
        "[size, illness]",
        "[size, size]",
        "comparisons.alike.balance.covariates: a name stands there twice",
    ),
    "balanced on nothing": ("study.yaml", "[size, illness]", "[]", "comparisons.alike.balance"),
    "unknown method": ("study.yaml", "entropy", "magic", "comparisons.alike.balance.method"),
    "adjusted for what is not known": (
        "estimands.csv",
        "window_effects,,",
        "window_effects,wealth,",
        "estimands.csv, row 4, column covariates: wealth is not a covariate",
    ),
    "balanced on what a placebo start does not know": (
        "covariates.csv",
        "2018,2018",
        "2020,2020",
        "estimands.csv, row 5, column start: covariate size is not known before 2020-06",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_fault_is_told_in_one_line(known, replace, case):
    file, old, new, expected = BAD[case]
    if "placebo" in case:
        replace("mine/estimands.csv", "rate.placebo,rate,mainland", "rate.placebo,rate,alike")
    replace(f"mine/{file}", old, new)
    with pytest.raises(InputError) as caught:
        read_study(known, "mine")
    assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_the_same_placebo_passes_with_what_was_known(known, replace):
    replace("mine/estimands.csv", "rate.placebo,rate,mainland", "rate.placebo,rate,alike")
    assert read_study(known, "mine").estimands[-1].comparison_rule.balance is not None


def test_units_of_a_file_are_balanced_on_its_covariates_alone(own_config, replace):
    replace("panel/study.yaml", "all: {}", "all: {balance: {method: entropy, covariates: [size]}}")
    with pytest.raises(InputError, match=r"balance\.covariates: size is no covariate; the study"):
        read_study(own_config, "panel")


def test_weights_that_move_do_not_go_with_balance(known, replace):
    old = (known / "studies/mine/study.yaml").read_text(encoding="utf-8")
    source = old[old.index("source:") : old.index("comparisons:")]
    new = "source: {reader: simulated, outcomes: {rate: {level: 1, effect: 0}}}\n"
    replace("mine/study.yaml", source, new)
    replace("mine/estimands.csv", "persons_frozen", "persons_current")
    with pytest.raises(InputError, match=r"row 3, column weights: comparison alike is balanced"):
        read_study(known, "mine")
