"""Names of things: from the study where it gives one, from the tables otherwise."""

from typing import get_args

import pytest

from kuntakokeilu.facts.basics import Weights
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.study import read_study

STUDY = {
    "units": "municipality",
    "frequency": "M",
    "start": "2021-03",
    "frozen_weight": None,
    "outcomes": {"jobs": {"label_fi": "Työlliset", "label_sv": "Sysselsatta", "label_en": "Jobs"}},
    "comparisons": {
        "others": {"fi": "muut", "sv": "andra", "en": "others"},
        "near": {"fi": "lähikunnat", "sv": "närkommuner", "en": "nearby"},
        "my_own": None,
    },
    "windows": {
        "early": {
            "first": "2021-03",
            "last": "2022-04",
            "label": {"fi": "alku", "sv": "början", "en": "early phase"},
        },
        "no_label": {"first": "2023", "last": "2024", "label": None},
    },
    "estimands": {},
}


@pytest.fixture
def study(make):
    """A study whose estimands differ from its main one by one setting each."""
    changes = {
        "main": {},
        "heavy": {"weights": "persons_frozen", "role": "main"},
        "near": {"comparison": "near"},
        "simple": {"estimator": "two_by_two"},
        "by_quarter": {"estimator": "event_study", "periods_per_bin": 3},
        "regions": {"effects_by_period": "region"},
        "young": {"covariates": ["young", "my_own"]},
        "log": {"transform": "log"},
        "change": {"transform": "minus_base_year", "base_year": 2019},
        "short": {"last_period": "2021-12"},
        "gap": {"skip_first": "2020-01", "skip_last": "2020-12"},
        "placebo": {"role": "placebo", "start": "2020-01", "weights": "area"},
        "without": {"role": "leave_one_out", "leave_out_area": "Helsinki"},
        "later": {"start": "2021-06"},
        "women": {"population": "women"},
        "eligible": {"population": "eligible", "elapsed_first": 1, "elapsed_last": 24},
        "year": {"elapsed_first": 12, "elapsed_last": 12},
        "split": {"strata": "age_sex"},
        "by_elapsed": {"estimator": "elapsed_effects", "periods_per_bin": 3},
        "relative": {"contrast": "eligible", "spillover_share": 0.25},
        "based": {"base_last": "2020-02"},
        "weighted": {"adjustment": "weighting"},
        "ahead": {"anticipation": 2},
        "sections": {"compares": "cross_sections"},
    }
    rows = [row for name in changes for row in make.number(name, role="robustness")[:1]]
    rows[0]["role"] = "main"
    return {
        **STUDY,
        "estimands": make.describe(rows, **changes),
        "populations": {
            "eligible": {"fi": "kohderyhmä", "sv": "målgruppen", "en": "target group"},
            "women": None,
        },
        "covariates": {"young": {"fi": "nuoret", "sv": "unga", "en": "the young"}},
    }


@pytest.mark.parametrize(
    ("name", "fi", "sv", "en"),
    [
        ("main", "päätulos", "huvudresultat", "main effect"),
        ("heavy", "painotettu henkilömäärällä ennen alkua",
         "viktat med antalet personer före starten", "weighted by persons before the start"),
        ("near", "lähikunnat", "närkommuner", "nearby"),
        ("simple", "neljän keskiarvon vertailu", "jämförelse av fyra medelvärden",
         "two by two means"),
        ("by_quarter", "tapahtumatutkimus neljännesvuosittain", "händelsestudie per kvartal",
         "quarterly event study"),
        ("regions", "kuukausivaikutukset maakunnittain", "månadseffekter per landskap",
         "region × month effects"),
        ("young", "taustamuuttujat: nuoret ja my own", "bakgrundsvariabler: unga och my own",
         "covariates: the young and my own"),
        ("log", "logaritmi", "logaritm", "logarithm"),
        ("change", "muutos vuoden 2019 samasta ajankohdasta", "förändring från samma tid 2019",
         "change from the same time of 2019"),
        ("short", "aineisto 1/2019–12/2021", "material 1/2019–12/2021",
         "data 2019-01 to 2021-12"),
        ("gap", "ilman jaksoa 1/2020–12/2020", "utan perioden 1/2020–12/2020",
         "without 2020-01 to 2020-12"),
        ("placebo", "lumealku 1/2020, jokaisella alueella sama paino",
         "placebostart 1/2020, varje område har samma vikt",
         "placebo start 2020-01, each area has the same weight"),
        ("without", "yksi alue jätetty pois: Helsinki", "ett område utelämnat: Helsinki",
         "one area left out: Helsinki"),
        ("later", "alku 6/2021", "startar 6/2021", "start 2021-06"),
        ("eligible", "väestöryhmä: kohderyhmä, seurantakuukaudet 1–24",
         "befolkningsgrupp: målgruppen, uppföljningsmånaderna 1–24",
         "population: target group, months 1 to 24 of follow-up"),
        ("year", "12. seurantakuukausi", "uppföljningsmånad 12", "month 12 of follow-up"),
        ("split", "ajanjaksovaikutukset ryhmittäin (age sex)", "periodeffekter per grupp (age sex)",
         "period effects by age sex"),
        ("by_elapsed", "vaikutukset seuranta-ajan mukaan neljännesvuosittain",
         "effekter efter uppföljningstid per kvartal", "quarterly effects by time followed"),
        ("women", "väestöryhmä: women", "befolkningsgrupp: women", "population: women"),
        ("relative", "suhteessa muihin (kohderyhmä), oletettu heijastusvaikutus 25\u00a0%",
         "i förhållande till de övriga (målgruppen), antagen spridningseffekt 25\u00a0%",
         "relative to the others (target group), assumed spillover share 25\u00a0%"),
        ("based", "vertailukauden loppu 2/2020", "basperiodens slut 2/2020", "base until 2020-02"),
        ("weighted", "taustamuuttujat otetaan huomioon painottamalla",
         "bakgrundsvariablerna beaktas genom viktning",
         "covariates taken into account by weighting"),
        ("ahead", "verrattuna aikaan ennen ennakointia (ennakointijaksoja 2)",
         "jämfört med tiden före anticipering (perioder av anticipering: 2)",
         "relative to the time before anticipation (periods of anticipation: 2)"),
        ("sections", "verrataan jaksojen keskiarvoja (toistetut poikkileikkaukset)",
         "periodernas medelvärden jämförs (upprepade tvärsnitt)",
         "means of periods compared (repeated cross-sections)"),
    ],
)  # fmt: skip
def test_a_specification_says_what_differs_from_the_main_one(
    study, name, fi, sv, en, finnish, swedish, english
):
    said = [
        lb.specification(f"jobs.{name}", study, language)
        for language in (finnish, swedish, english)
    ]
    assert said == [fi, sv, en]


def test_what_readers_are_told_of_a_study_has_how_groups_are_compared(config):
    told = read_study(config, "open_nurse_copayment").describe()["estimands"]
    row = told["nurse_visits.callaway_santanna"]
    assert (row["adjustment"], row["anticipation"], row["compares"]) == (
        "doubly_robust", 1, "changes",
    )  # fmt: skip
    assert told["nurse_visits.main"]["anticipation"] == 0


def test_detail_always_says_the_weights_and_never_twice(study, english):
    assert lb.detail("jobs.main", study, english) == "each municipality has the same weight"
    said = lb.detail("jobs.placebo", study, english)
    assert said == "each area has the same weight, placebo start 2020-01"


def test_the_main_estimand_is_the_usual_one_wherever_it_stands(study, english):
    turned = {**study, "estimands": dict(reversed(study["estimands"].items()))}
    assert lb.specification("jobs.heavy", turned, english) == "main effect"  # the first of two
    only = {name: turned["estimands"][name] for name in ("jobs.near", "jobs.main")}
    assert lb.specification("jobs.near", {**study, "estimands": only}, english) == "nearby"


def test_an_outcome_without_main_estimand_has_its_first_as_the_usual(study, english):
    only = {"jobs.near": study["estimands"]["jobs.near"]}
    said = lb.specification("jobs.near", {**study, "estimands": only}, english)
    assert said == "each municipality has the same weight"  # its kind stands elsewhere


def test_an_estimand_that_the_study_does_not_describe_is_its_own_name(study, english):
    assert lb.specification("jobs.my_own", study, english) == "my own"
    assert lb.detail("jobs.my_own", study, english) == "my own"
    assert lb.bin_label(study, "jobs.my_own", english) == "bins"


def test_names_without_a_label_are_written_out(finnish, swedish):
    assert lb.comparison_label("my_own", STUDY, finnish) == "my own"
    assert lb.comparison_label("unknown_one", STUDY, finnish) == "unknown one"
    assert lb.outcome_label("my_outcome", STUDY, swedish) == "my outcome"
    assert lb.window_label("no_label", STUDY, swedish) == "no label, 2023–2024"
    assert lb.window_label("unknown", STUDY, swedish) == "unknown"
    assert lb.unit_label("apples per tree", finnish) == "apples per tree"
    assert lb.check_label("my_check", finnish) == "My check"
    assert lb.check_text({"check": "my_check", "placebo": None}, finnish) == ""


def test_windows_have_label_and_dates(finnish, english):
    assert lb.window_label("early", STUDY, finnish) == "alku, 3/2021–4/2022"
    assert lb.window_label("early", STUDY, english) == "early phase, 2021-03 to 2022-04"
    assert lb.window_name("early", STUDY, english) == "early phase"
    assert lb.window_dates("early", STUDY, english) == "2021-03 to 2022-04"


def test_weights_before_the_start_are_named_by_the_study(finnish, swedish, english):
    named = {"fi": "työvoimalla 2/2021", "sv": "arbetskraften 2/2021", "en": "labour force 2021-02"}
    study = {**STUDY, "frozen_weight": named}
    said = [lb.weights_label("persons_frozen", study, x) for x in (finnish, swedish, english)]
    assert said == [
        "painotettu työvoimalla 2/2021",
        "viktat med arbetskraften 2/2021",
        "weighted by labour force 2021-02",
    ]
    assert lb.weights_label("area", study, english) == "each area has the same weight"
    assert lb.weights_label("persons_current", study, english).endswith("in each period")


def test_studies_of_other_units_have_no_municipalities_or_areas(finnish, swedish, english):
    other = {**STUDY, "units": "other"}
    assert lb.weights_label("unit", other, english) == "each unit has the same weight"
    assert lb.heading("p_area", other, english) == "p, standard error with the declared clusters"
    assert lb.heading("p_area", STUDY, english) == "p, standard error clustered by area"
    for language in (finnish, swedish, english):
        said = [lb.inference_label(kind, other, language) for kind in lb.P_COLUMNS]
        said += [lb.weights_label(name, other, language) for name in get_args(Weights)]
        said += [lb.clustering(other, language)]
        found = " ".join(said).lower()
        for word in ("kunna", "kunta", "alue", "kommun", "områd", "municip", "area"):
            assert word not in found


@pytest.mark.parametrize(
    ("frequency", "bins", "fi", "en"),
    [
        ("M", 3, "vuosineljänneksiä", "quarters"),
        ("M", 1, "kuukausia", "months"),
        ("Y", 1, "vuosia", "years"),
        ("M", 5, "5 kuukauden jaksoja", "bins of 5 months"),
        ("Q", 3, "3 vuosineljänneksen jaksoja", "bins of 3 quarters"),
    ],
)
def test_bins_are_named_by_their_length(frequency, bins, fi, en, finnish, english):
    study = {"frequency": frequency, "estimands": {"a.b": {"periods_per_bin": bins}}}
    assert lb.bin_label(study, "a.b", finnish) == fi
    assert lb.bin_label(study, "a.b", english) == en


@pytest.mark.parametrize("frequency", ["M", "Q", "Y", "counted"])
@pytest.mark.parametrize("bins", [1, 2, 3, 4, 5, 6, 12])
def test_bins_are_said_as_often_as_they_come(frequency, bins, finnish, swedish, english):
    """No list of periods in brackets: a Finn says neljännesvuosittain, not (vuosineljänneksiä)."""
    study = {"frequency": "M" if frequency == "counted" else frequency}
    study |= {"counted": frequency == "counted", "estimands": {"a.b": {"periods_per_bin": bins}}}
    said = [lb.bin_label(study, "a.b", lang, often=True) for lang in (finnish, swedish, english)]
    assert said[0].endswith(("ittain", "ttäin", "jaksoin", "välein"))
    assert said[1].startswith("per ")
    assert said[2].endswith(("ly", "-month", "-quarter", "-year", "-period"))


def test_a_placebo_check_is_named_by_its_estimand(study, finnish, english):
    row = {"estimand": "jobs.main", "check": "placebo", "placebo": "jobs.placebo"}
    assert lb.check_name(row, study, finnish) == "Lumealku 1/2020, jokaisella alueella sama paino"
    assert "had not started" in lb.check_text(row, english)
    row = {"estimand": "jobs.main", "check": "pre_trend", "placebo": None}
    assert lb.check_name(row, study, english).startswith("Movement before the start")


def test_an_unknown_reason_is_said_in_general(english):
    assert lb.reason_label("no_control", english) == "no unit is left to compare with"
    assert lb.reason_label("something_new", english) == "the data do not determine it"


@pytest.mark.parametrize(
    ("p", "expected"), [(0.0009, "***"), (0.009, "**"), (0.049, "*"), (0.05, ""), (None, "")]
)
def test_stars(p, expected):
    assert lb.stars(p) == expected
