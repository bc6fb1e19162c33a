"""Three languages: complete, alike in content, in their own forms, and never saying too much."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    AREA_IDENTIFIED,
    FALSE_START_INFERENCES,
    INFERENCES,
    NO_FALSE_STARTS,
    ROLES,
    STATUSES,
    VERDICTS,
)
from kuntakokeilu.contracts.false_starts import CALIBRATION
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import Geography, PlainWeights, weights_of
from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.tables import leading as tables
from kuntakokeilu.report.words import labels
from kuntakokeilu.report.words.language import LANGUAGES, NO_BREAK, read_language
from kuntakokeilu.report.words.who_is_compared import of_panel
from kuntakokeilu.study import DECISIVE
from kuntakokeilu.study.estimands import EstimandRow
from kuntakokeilu.study.models import DataSettings
from kuntakokeilu.study.outcomes import Outcome

from ...studies import shipped
from .. import texts

STUDIES = sorted(path.parent.name for path in Path("config/studies").glob("*/study.yaml"))
MINE = ("terms", "words", "checks", "units", "columns", "numbers")
_BINS = ("bins", "bins.every")
_ALIKE = {"unit", "cluster"}  # weights with a name for each kind of unit
UNITS = get_args(DataSettings.model_fields["units"].annotation)
# Names that two languages share.
SHARED = {"number.interval", "column.p", "span", "p_values.said", "p_values.wild_bootstrap_area"}
SHARED |= {"estimator.sun_abraham_average"}  # two names


def option(model, name):
    return get_args(model.model_fields[name].annotation)


def by_units(*keys):
    return {f"{key}.{units}" for key, units in product(keys, UNITS)}


def families():
    """The keys that the code composes from names of contracts and settings."""
    checks = texts.checks() | {"inference_agrees"}
    units = {o.unit for name in STUDIES for o in shipped(name).outcomes.values()}
    independent = {"two_sample", "iid", "hc1"}
    singles = {"cr2_area", "cr2_exact_area", "cr3_area", "wild_bootstrap_area"} | independent
    by_cluster = {f"p_values.{kind}" for kind in set(labels.P_COLUMNS) - singles}
    lengths = {"M": (1, 3, 6, 12), "Q": (1, 2, 4), "Y": (1,), "counted": (1,)}
    return {
        *(f"estimator.{name}" for name in ESTIMATORS),
        *(f"role.{name}" for name in ROLES),
        *(f"status.{name}" for name in (*STATUSES, "needs_care")),
        *(f"verdict.{name}" for name in VERDICTS),
        *(f"reason.{name}" for name in {*AREA_IDENTIFIED} - {"ok"}),
        *(f"reason.{name}" for name in ("no_balance", "area_beyond_reach", "other")),
        *(f"reason.{name}" for name in NO_FALSE_STARTS),
        "reason.area_beyond_reach",
        *by_units(*(f"inference.{kind}" for kind in FALSE_START_INFERENCES)),
        *(f"false_starts.one_{found}" for found in ("found", "not_found")),
        *("false_starts.said", "false_starts.few_apart"),
        *(f"calibration.{verdict}" for verdict in CALIBRATION),
        *by_units("calibration.none"),
        *(f"rules.{name}" for name in DECISIVE),
        *("check.false_starts.caution", "check.false_starts_aside.caution"),
        *(f"design.{name}" for name in option(EstimandRow, "design")),
        *("unit.euros", "unit.person-months"),
        *(f"weights.{weights_of(name, 'municipality')}.municipality" for name in _ALIKE),
        *(f"weights.{name}.other" for name in _ALIKE),
        *(f"weights.{name}" for name in set(get_args(PlainWeights)) - _ALIKE),
        *by_units(*(f"inference.{kind}" for kind in INFERENCES if kind not in independent)),
        *by_units("clustering"),
        *(f"inference.{kind}" for kind in independent),
        *by_units(*by_cluster, "p_values.first_counts", "p_values.same"),
        *(f"p_values.{kind}" for kind in singles),
        *(f"{bins}.{frequency}" for bins in _BINS for frequency in lengths),
        *(
            f"{bins}.{frequency}.{n}"
            for bins in _BINS
            for frequency, several in lengths.items()
            for n in several
        ),
        *(f"{bins}.unknown" for bins in _BINS),
        *(f"specification.effects_by.{name}" for name in get_args(Geography)),
        *(f"specification.adjustment.{name}" for name in ("weighting", "regression")),
        *(f"specification.{name}" for name in option(EstimandRow, "transform") if name != "none"),
        *(f"specification.{name}" for name in ("data", "skip")),
        *(f"check.{name}{end}" for name in checks for end in ("", ".text")),
        *(f"check.{name}.caution" for name in ("weights_agree_in_sign", "inference_agrees")),
        *(f"check.{name}.caution" for name in ("comparable", "balance", "overlap")),
        *(f"check.{name}.caution" for name in ("few_clusters", "largest_cluster_share")),
        "check.effective_controls.caution",
        *(f"check.{name}.caution" for name in ("ring_moves", "ring_left_out", "negative_control")),
        *(f"check.{name}.caution" for name in ("composition", "movers")),
        *("check.placebo.text", "check.pre_trend_clustered.other"),
        *(f"unit.{unit.replace(' ', '_')}" for unit in units),
        *("unit.log_points.note", "unit.level.percentage_points", "unit.level.log_points"),
        *(f"column.{name}" for name in ("outcome", "specification", "effect", "interval")),
        *(f"column.{name}" for name in ("baseline_mean", "minimum_detectable_effect", "units")),
        *(f"column.{name}" for name in ("clusters", "check", "verdict", "statistic", "text")),
        *(f"column.{name}" for name in ("value", "threshold", "item", "content", "estimand")),
        *("column.p_value", "column.inference"),
        *(f"provenance.{name}" for name in tables.PROVENANCE),
        *(f"effect.better.{name}" for name in option(Outcome, "better") if name != "neither"),
        *(f"effect.not_identified.{name}" for name in ("number", "event_time", "window")),
        *by_units("effect.one_cluster", "effect.few_clusters", "effect.cr2", "study.compared"),
        *by_units("effect.cr2_exact"),
        *(f"by_weights.{name}_differ" for name in ("some", "all")),
        "by_weights.none_differs",
        *(f"by_weights.sign_{name}" for name in ("depends", "same")),
        *(f"summary.{name}" for name in ("studied", "found", "others", "sure", "failed")),
        "summary.limits",
        *by_units("whom.where"),
        *(f"whom.{name}" for name in ("stock", "inflow", "survey", "periods")),
        *(f"others.column.{name}" for name in ("domain", "outcome", "population", "effect")),
        *(f"others.column.{name}" for name in ("weights", "by_weights", "estimand")),
        *("others.line", "others.line_weights", "others.sign_same", "others.sign_depends"),
        *(f"domain.{name}" for name in labels.DOMAINS),
        *by_units("limits.average"),
        *(f"limits.{name}" for name in ("parallel", "cause", "chance")),
        *(f"coverage.{name}_areas" for name in ("all", "some")),
        *(f"merger.across.{choice}" for choice in ("receiving", "left_out")),
        *(f"p_values.{name}" for name in ("meaning", "few_clusters")),
    }  # fmt: skip


def test_every_text_that_the_code_names_exists_in_three_languages():
    assert texts.said() - set(texts.table().index) == set()
    assert texts.table()[list(LANGUAGES)].map(str.strip).ne("").all(axis=None)


def test_composed_texts_are_exactly_those_of_contracts_and_settings():
    """Both ways: a text removed from a table is missed, and one that nothing says is found."""
    here = {key for name in MINE for key in texts.table(name).index}
    # `Language.about` takes these instead of the same key without the ending
    own = {key for key in here if key.endswith(".other") and key.removesuffix(".other") in here}
    assert here - own == (families() | (texts.said() & here)) - own


def test_no_text_is_unused():
    assert [key for key in texts.table().index if not texts.mentioned(key)] == []


def test_an_unused_text_would_be_found():
    assert texts.mentioned("check.few_clusters.text")
    assert not texts.mentioned("sentence.that_nobody_says")


@pytest.mark.parametrize("code", LANGUAGES)
def test_places_are_the_same_in_all_languages(code):
    table = texts.table()
    different = [
        key for key, row in table.iterrows() if texts.places(row[code]) != texts.places(row["en"])
    ]
    assert different == []


@pytest.mark.parametrize("code", ["fi", "sv"])
def test_finnish_and_swedish_are_not_english(code):
    table = pd.concat(texts.table(name) for name in MINE)
    words = table[table["en"].str.replace(r"\{\w+\}", "", regex=True).str.contains("[A-Za-z]{3}")]
    same = words.index[words[code] == words["en"]]
    assert set(same) - SHARED == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_texts_keep_the_forms_of_print(code):
    for key, text in texts.table()[code].items():
        assert not re.search(r"(^|[\s(])-\d", text), f"{key}: a hyphen for a minus"
        assert not re.search(r"\d-\d", text.replace("{", "")), f"{key}: a hyphen between numbers"
        assert " - " not in text, f"{key}: a hyphen for a dash"
        assert "  " not in text and text == text.strip(), f"{key}: a space too many"
        assert "\u00a0" not in text, f"{key}: a no-break space nobody sees; numbers bring theirs"
        assert not re.search(r"\d%", text), f"{key}: no space before the per cent sign"


FORBIDDEN = {
    "fi": r"ei (ole )?vaikutusta|ei vaikuttanut|vaikutukseton|ei ollut vaikutusta",
    "sv": r"ingen (signifikant )?effekt|utan effekt|inte någon effekt",
    "en": r"no (significant )?effect|without effect|had no impact",
}
PLAIN = {  # forms that an administrative text in Finland does not use
    "fi": r"työvoimakapasiteetti|treatment|kontrolliryhmä|estimaatti",
    "sv": r"arbetsmarknadsförsök|behandling|kontrollgrupp|estimat\b|landstingen",
    "en": r"\bn/a\b|utili[sz]e",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_says_that_there_is_no_effect(code):
    for key, text in texts.table()[code].items():
        assert not re.search(PLAIN[code], text, re.IGNORECASE), key
    for name in (*MINE, "figures"):  # elsewhere it is explained why not to say so
        for key, text in texts.table(name)[code].items():
            assert not re.search(FORBIDDEN[code], text, re.IGNORECASE), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_whole_release_in_words_never_says_that_there_is_no_effect(rich, code):
    language = read_language(code, texts.LABELS)
    said = " ".join(text for _, part in tables.summary(rich, language) for text in part)
    said += " ".join(tables.results_table(rich, language)["sentence"])
    said += " ".join(tables.diagnostics_table(rich, language)["sentence"])
    said += tables.answer(rich, language) + tables.inference(rich, language)
    said += tables.concerns(rich, language)
    said = re.sub(r"\[[a-z_.]+\]|`[a-z_.]+`", "", said)  # names of estimands
    assert not re.search(FORBIDDEN[code], said, re.IGNORECASE)
    assert not re.search(r"nan|None|<NA>|[{}]", said)
    assert not re.search(r"(?<![\w–])-\d", said)
    if code != "en":
        assert not re.search(r"\d\.\d", said)
        assert not re.search(r"\b(the|percentage|area|weights|early|jobs)\b", said)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_number_stays_on_the_line_of_its_per_cent_sign_and_thousands(code):
    language = read_language(code, texts.LABELS)
    assert not [key for key, text in language.texts.items() if re.search(r"[\d}] %", text)]
    assert "95\u00a0%" in language.say("column.interval")
    assert f"9{',' if code == 'en' else NO_BREAK}999" in language.say("methods.uncertainty.text")


def test_a_text_that_is_missing_is_named(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("key,fi,sv,en\na.b,yksi,,one\n", "utf-8")
    with pytest.raises(InputError, match=r"row 2, column sv: a\.b has no text"):
        read_language("sv", tmp_path)
    with pytest.raises(InputError, match=r"no text a\.c"):
        read_language("en", tmp_path).say("a.c")
    path.write_text("key,fi,sv,en\na.b,yksi,ett,one\na.b,kaksi,två,two\n", "utf-8")
    with pytest.raises(InputError, match=r"row 3: the key a\.b occurs twice"):
        read_language("fi", tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="no table of labels"):
        read_language("fi", tmp_path)


@pytest.mark.parametrize(
    ("code", "number", "large", "interval", "p"),
    [
        ("fi", "−0,14", "12\u00a0345,6", "−0,47 … +0,19", "p\u00a0=\u00a00,386"),
        ("sv", "−0,14", "12\u00a0345,6", "−0,47 till +0,19", "p\u00a0=\u00a00,386"),
        ("en", "−0.14", "12,345.6", "−0.47 to +0.19", "p\u00a0=\u00a00.386"),
    ],
)
def test_numbers_have_the_forms_of_their_language(code, number, large, interval, p):
    language = read_language(code, texts.LABELS)
    assert language.number(-0.14, 2) == number
    assert language.number(12345.6, 1) == large
    assert language.interval(-0.47, 0.19, 2) == interval
    assert language.p_text(0.386) == p
    assert language.number(-0.001, 2, sign=True) == language.number(0, 2)
    assert language.number(None, 2) == "–"


def test_significant_digits_are_never_a_power_of_ten():
    english, finnish = (read_language(code, texts.LABELS) for code in ("en", "fi"))
    values = [12345.6, 1234.5, 0.0498, 10.0, -0.00000395, None]
    said = ["12,300", "1,230", "0.0498", "10", "\u22120.00000395", "–"]
    assert [english.significant(value) for value in values] == said
    assert finnish.significant(12345.6) == "12\u00a0300"


@pytest.mark.parametrize(
    ("code", "small", "month", "quarter", "listed"),
    [
        ("fi", "p\u00a0<\u00a00,001", "3/2021", "1. neljännes 2021", "a, b ja c"),
        ("sv", "p\u00a0<\u00a00,001", "3/2021", "kvartal 1 2021", "a, b och c"),
        ("en", "p\u00a0<\u00a00.001", "2021-03", "2021 Q1", "a, b and c"),
    ],
)
def test_small_p_values_periods_and_lists(code, small, month, quarter, listed):
    language = read_language(code, texts.LABELS)
    assert language.p_text(0.0004) == small
    assert (language.period("2021-03"), language.period("2021Q1")) == (month, quarter)
    assert language.period("2021") == "2021"
    assert language.listed(["a", "b", "c"]) == listed
    assert language.listed(["a"]) == "a"


@pytest.mark.parametrize("name", STUDIES)
def test_shipped_studies_have_every_label(name):
    study = shipped(name).describe()
    for kind in ("comparisons", "covariates"):
        assert [key for key, label in (study.get(kind) or {}).items() if not label] == []
    assert [key for key, window in study["windows"].items() if not window["label"]] == []
    weighted = {about["weights"] for about in study["estimands"].values()}
    units = {about["unit"] for about in study["outcomes"].values()}
    for code in LANGUAGES:
        language = read_language(code, texts.LABELS)
        assert all(language.has(f"unit.{unit.replace(' ', '_')}") for unit in units)
        for weights in weighted:
            assert labels.weights_label(weights, study, language) != labels.humanise(weights)


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("code", LANGUAGES)
def test_specifications_of_one_outcome_differ(name, code):
    study, language = shipped(name).describe(), read_language(code, texts.LABELS)
    said = pd.DataFrame(
        {
            "outcome": about["outcome"],
            "said": labels.specification(estimand, study, language),
        }
        for estimand, about in study["estimands"].items()
    )
    assert said[said.duplicated()].empty
    assert said.groupby("outcome")["said"].first().map(str.strip).ne("").all()


def test_a_study_of_other_units_has_words_of_its_own(make, english, finnish):
    study = make.build(make.number(), units="other", coverage=None).study
    words = {
        "fi": {"one": "osavaltio", "many": "osavaltiot"},
        "sv": {"one": "delstat", "many": "delstater"},
        "en": {"one": "state", "many": "states"},
    }
    plain, named = english.about(study), english.about({**study, "unit_words": words})
    assert english.say("glossary.control.term") == "Control municipality"
    assert plain.say("glossary.control.term") == "Control unit"
    assert named.say("glossary.control.term") == "Control state"
    assert named.say("workbook.column.n_units") == "States"
    assert labels.weights_label("unit", {**study, "unit_words": words}, named) == (
        "each state has the same weight"
    )
    called = finnish.about({**study, "unit_words": words})
    assert called.say("glossary.control.term") == "Verrokkiyksikkö"
    assert of_panel({**study, "unit_words": words}, named) == ["One unit: state."]


def test_places_of_a_text_keep_their_names(make, english):
    words = {"fi": None, "sv": None, "en": {"one": "state", "many": "states"}}
    own = replace(english, texts={"x": "a unit", "x.other": "{n} {unit} more in a unit of {units}"})
    said = own.about({"units": "other", "unit_words": words})
    assert said.say("x", n=1, unit="job", units="two") == "1 job more in a state of two"


def test_what_was_done_with_a_panel_is_said(make, english):
    study = make.build(make.number(), units="other", coverage=None).study
    study |= {"counted": True, "treatment_ends": "ignored"}
    said = of_panel(study, english)
    assert len(said) == 2
    assert said[1].startswith("Once treated, a unit counts as treated ever after")


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2001", "weights from before the start (population, 2001)"),
        (None, "weights from before the start (population, mean before the first start)"),
    ],
)
def test_weights_without_a_label_name_their_column_and_period(make, english, period, expected):
    study = make.build(make.number()).study
    study |= {"frozen_weight": None, "frozen_of": {"column": "population", "period": period}}
    assert labels.weights_label("persons_frozen", study, english) == expected


def test_a_count_of_its_own_has_no_years(make, english):
    study = make.build(make.series("by_period")).study | {"frequency": "Y", "counted": True}
    assert labels.bin_label(study, "jobs.by_period", english) == "periods"
    assert english.period("0004") == "4"
