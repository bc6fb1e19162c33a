"""What readers are told: never more than the interval says, never a hidden number."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.who_is_compared import notes


def first(make, *args, checks=(), study=None, **changes):
    """A release of one number, and its row clustered by area."""
    release = make.build(make.number(*args, **changes), list(checks), **(study or {}))
    return release, release.estimates.iloc[0]


def said(make, language, *args, **changes):
    return words.effect_sentence(*first(make, *args, **changes), language)


def test_the_same_sentence_in_three_languages(make, finnish, swedish, english):
    release, row = first(make)
    assert words.effect_sentence(release, row, finnish) == (
        "Työlliset, % (jokaisella kunnalla sama paino): arvio on −0,14 prosenttiyksikköä "
        "(95\u00a0%:n luottamusväli −0,47 … +0,19; p\u00a0=\u00a00,390). Aineisto ei riitä "
        "erottamaan sitä nollasta: luottamusväliin mahtuu sekä laskua (enintään 0,47) että nousua "
        "(enintään 0,19 prosenttiyksikköä). Jos ryhmät olisivat muuten kehittyneet samalla "
        "tavalla ja vaikutus olisi ollut jompaankumpaan suuntaan vähintään 0,47 "
        "prosenttiyksikköä, se olisi havaittu vähintään "
        "80\u00a0%:n todennäköisyydellä."
    )
    assert words.effect_sentence(release, row, swedish) == (
        "Sysselsatta, % (varje kommun har samma vikt): uppskattningen är −0,14 procentenheter "
        "(95\u00a0% konfidensintervall −0,47 till +0,19; p\u00a0=\u00a00,390). Materialet räcker "
        "inte till för att skilja den från noll: intervallet rymmer både en minskning (högst 0,47) "
        "och en ökning (högst 0,19 procentenheter). Om grupperna annars hade utvecklats lika "
        "skulle en effekt på minst 0,47 procentenheter i någondera riktningen ha upptäckts med "
        "minst 80 procents sannolikhet."
    )
    assert words.effect_sentence(release, row, english) == (
        "Employed (each municipality has the same weight): the estimate is −0.14 percentage points "
        "(95\u00a0% interval −0.47 to +0.19, p\u00a0=\u00a00.390). The data cannot tell it from "
        "zero: the interval still allows a fall of up to 0.47 or a rise of up to 0.19 percentage "
        "points. If the groups would otherwise have moved alike, an effect of 0.47 percentage "
        "points or more in either direction would have been found with at least 80\u00a0% "
        "probability."
    )


def test_sentence_follows_the_interval_for_any_number(make, english):
    release = make.build(make.number())

    @settings(deadline=None)
    @given(estimate=st.floats(-5, 5), half=st.floats(0.01, 5))
    def follows(estimate, half):
        row = make.number(estimate=estimate, half=half)[0]
        row |= {"failed_checks": "", "warned_checks": ""}
        text = words.effect_sentence(release, row, english)
        covers = estimate - half <= 0 <= estimate + half
        assert ("cannot tell it from zero" in text) == covers
        assert ("differs from zero" in text) == (not covers)
        assert not re.search(r"-\d", text)  # hyphens are not minus signs

    follows()


def test_an_effect_that_differs_from_zero_says_so(make, finnish, english):
    text = said(make, english, "main", 0.6, 0.3, 0.0004)
    assert "+0.60 percentage points (95\u00a0% interval +0.30 to +0.90, " in text
    assert "+0.90, p\u00a0<\u00a00.001)." in text
    assert text.endswith(
        "It differs from zero at the 5\u00a0% level. For this outcome, higher is better."
    )
    assert said(make, finnish, "main", 0.6, 0.3, 0.0004).endswith(
        "Vaikutus poikkeaa nollasta 5\u00a0%:n merkitsevyystasolla. "
        "Tässä tulosmuuttujassa suurempi arvo on parempi."
    )


def test_failed_diagnostic_stands_in_the_sentence_of_the_number(make, finnish, swedish, english):
    checks = [make.check("jobs.main", "fail")]
    how = {"checks": checks, "status": "failed_diagnostic"}
    for language, warning, estimate in (
        (finnish, "ei läpäise tarkistusta (kehitys ennen alkua, permutaatiotesti alueittain)",
         "−0,14"),
        (swedish,
         "inte klarar en kontroll (utveckling före starten, permutationstest efter område)",
         "−0,14"),
        (english, "fails a diagnostic check (movement before the start, permutation test by area)",
         "−0.14"),
    ):  # fmt: skip
        sentence = said(make, language, **how).split(". ")[0]
        assert warning in sentence and estimate in sentence
        assert sentence.index(warning) < sentence.index(estimate)


def test_a_failed_number_says_so_even_if_no_check_names_itself(make, english):
    text = said(make, english, status="failed_diagnostic")
    assert "which fails a diagnostic check and must not be read as the effect" in text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "suppressed"}, "liian harvoista"),
        (
            {"status": "not_identified", "identified": "no_pre_period"},
            "lukua ei voida arvioida, koska alkua edeltävältä ajalta ei ole havaintoja.",
        ),
        (
            {"status": "not_identified", "identified": "no_control"},
            "lukua ei voida arvioida, koska vertailuun ei jää yhtään yksikköä.",
        ),
    ],
)
def test_a_number_that_may_not_be_shown_has_no_digit(make, changes, reason, finnish):
    text = said(make, finnish, blank=make.missing, **changes).replace("Työlliset, %", "")
    assert reason in text
    assert not re.search(r"\d", text)


def test_suppressed_row_that_still_holds_its_number_stays_hidden(make, english):
    assert not re.search(r"\d", said(make, english, status="suppressed"))


def test_an_outcome_without_data_is_said_plainly(make, finnish, swedish, english):
    outcomes = {"jobs": {**make.study["outcomes"]["jobs"], "data": "none"}}
    how = {"study": {"outcomes": outcomes}, "status": "not_identified", "identified": "no_data"}
    texts = [
        said(make, language, blank=make.missing, **how) for language in (finnish, swedish, english)
    ]
    assert texts == [
        "Työlliset, %: tästä tulosmuuttujasta ei ole vielä tietoja, joten vaikutuksesta ei voida "
        "sanoa mitään.",
        "Sysselsatta, %: det finns ännu inga uppgifter om detta utfall, och därför kan ingenting "
        "sägas om effekten.",
        "Employed: there are no data on this outcome yet, so nothing can be said about the effect.",
    ]


def test_few_clusters_are_said_below_ten(make, finnish, english):
    assert "only 3 trial and 32 control areas" in said(make, english, n_trial_clusters=3)
    assert "kokeiluryhmässä 3, verrokkiryhmässä 32" in said(make, finnish, n_trial_clusters=3)
    assert "rough" not in said(make, english, n_trial_clusters=10)
    other = said(make, english, study={"units": "other"}, n_trial_clusters=3)
    assert "3 trial and 32 control clusters" in other


def test_one_cluster_in_an_arm_has_no_standard_error_in_words(make, english):
    gone = [name for name in make.missing if name != "estimate"]
    text = said(make, english, blank=gone, n_trial_clusters=1)
    assert "is −0.14 percentage points. No standard error" in text
    assert "because a group has only one area" in text
    assert "nan" not in text
    assert "No standard error" in said(make, english, blank=gone)


def by_weights(make, language, *numbers, **changes):
    kinds = ("municipality", "area", "persons_frozen")
    rows = []
    for kind, (estimate, half) in zip(kinds, numbers, strict=False):
        rows += make.number(kind, estimate, half, weights=kind, **changes)
    release = make.build(rows)
    return words.weights_sentence(release, release.estimates, language)


def test_sign_that_depends_on_the_weights_is_said_with_all_intervals(make, finnish, english):
    numbers = ((-0.14, 0.33), (-0.11, 0.38), (0.23, 0.62))
    text = by_weights(make, english, *numbers)
    assert text.startswith(
        "Employed: the sign of the estimate depends on the weights. No estimate "
    )
    assert "do not settle the direction" in text
    assert (
        "each municipality has the same weight: −0.14 "
        "(95\u00a0% interval −0.47 to +0.19; detectable from" in text
    )
    assert "by labour force 2021-02: +0.23 (95\u00a0% interval −0.39 to +0.85" in text
    assert by_weights(make, finnish, *numbers).startswith(
        "Työlliset, %: arvion etumerkki riippuu painotuksesta. Yksikään arvio ei poikkea nollasta "
        "5\u00a0%:n merkitsevyystasolla, joten aineisto ei ratkaise vaikutuksen suuntaa. Arviot "
        "(prosenttiyksikköä): jokaisella kunnalla sama paino: −0,14 (95\u00a0%:n "
        "luottamusväli −0,47 … +0,19; pienin havaittava vaikutus 0,47); jokaisella alueella "
        "sama paino: −0,11 ("
    )


def test_a_shared_sign_of_numbers_that_all_may_be_zero_tells_nothing(make, english):
    text = by_weights(make, english, (0.1, 0.9), (0.4, 0.9))
    assert text.startswith("No estimate differs from zero") and "the sign of" not in text


def test_sign_that_does_not_depend_on_the_weights(make, english):
    text = by_weights(make, english, (0.5, 0.2), (0.4, 0.9))
    assert "the sign of the estimate does not depend on the weights" in text
    assert "differ from zero at the 5\u00a0% level: 1 of 2." in text
    assert "All estimates differ" in by_weights(make, english, (0.5, 0.2), (0.4, 0.1))


def test_a_failed_number_is_marked_among_the_weights(make, english):
    text = by_weights(make, english, (0.5, 0.2), (0.4, 0.9), status="failed_diagnostic")
    assert text.count("failed diagnostic)") == 2
    gone = ("ci_low", "ci_high", "std_error", "p_value")
    text = by_weights(make, english, (0.5, 0.2), (0.4, 0.9), status="failed_diagnostic", blank=gone)
    assert text.count("(no interval; failed diagnostic)") == 2


def test_weights_are_not_compared_with_suppressed_numbers(make, english):
    rows = make.number("a") + make.number("b", weights="area", status="suppressed")
    release = make.build(rows)
    assert words.weights_sentence(release, release.estimates, english) == ""
    assert words.weights_verdict(release, release.estimates, english) == ""
    release = make.build([*rows, *make.number("c", weights="persons_frozen")])
    assert "number cannot be shown: 1." in words.weights_verdict(
        release, release.estimates, english
    )


def p_values(make, language, rows, **study):
    release = make.build(rows, **study)
    return words.inference_sentence(release, release.estimates, language)


def test_inference_names_each_kind_and_explains_the_first(make, finnish, swedish, english):
    text = p_values(make, english, make.number(p=0.386))
    assert text.startswith(
        "Employed (each municipality has the same weight): p\u00a0=\u00a00.386 (standard "
        "error clustered by area); "
    )
    assert text.count("p\u00a0<\u00a00.001") == 7
    assert "The first p-value counts, because whole areas were treated" in text
    assert "CR2, CR3 and the wild cluster bootstrap are made for few clusters" in text
    text = p_values(make, finnish, make.number(p=0.386))
    assert "0,386 (alueittain klusteroitu keskivirhe); p\u00a0<\u00a00,001 (kunnittain" in text
    assert "p\u00a0=\u00a00,386 (medelfel klustrat efter område)" in p_values(
        make, swedish, make.number(p=0.386)
    )


def test_inference_without_the_kinds_for_few_clusters_does_not_mention_them(make, english):
    text = p_values(make, english, make.number(p=0.386)[:4])
    assert text.count("p\u00a0<\u00a00.001") == 3
    assert "CR2" not in text and "bootstrap" not in text


def test_no_p_value_is_said_and_not_explained(make, english):
    text = p_values(make, english, make.number(blank=["p_value"]))
    assert text == "Employed (each municipality has the same weight): no p-value can be given."
    assert text == p_values(make, english, make.number(status="suppressed"))


def test_clusters_that_are_the_units_are_said_to_be(make, english):
    rows = make.number(p=0.0001, n_trial_clusters=94, n_control_clusters=111)
    text = p_values(make, english, rows, units="other")
    assert "No clusters larger than a unit are declared" in text
    assert "are the same" in text
    assert "counts, because" not in text
    assert "counts, because whole clusters" in p_values(
        make, english, make.number(p=0.2), units="other"
    )


def test_coverage_says_what_is_missing(make, finnish, swedish, english):
    coverage = {**make.study["coverage"], "neither": 87}
    study = {**make.study, "coverage": coverage}
    assert words.coverage_sentence(study, finnish) == (
        "Kokeiluryhmässä on 95 kokeilun 118 kunnasta. Mukana ovat kaikki kokeilualueet (25/25). "
        "Luettelosta puuttuvia kokeilukuntia: 23. Osa kunnista on yhdistynyt, joten nykyisessä "
        "kuntajaossa niitä on 94. Kuntia, joiden kuulumisesta kokeiluun ei ole tietoa ja jotka "
        "eivät siksi ole kummassakaan ryhmässä: 87."
    )
    for part in ("95 of 118 municipalities", "(25 of 25)", "they are 94 units", "group: 87."):
        assert part in words.coverage_sentence(study, english)
    assert "saknas i förteckningen: 23." in words.coverage_sentence(study, swedish)
    assert notes(make.study, english) == "95 of 118 municipalities"
    whole = {**make.study["coverage"], "listed": 118, "units": 118}
    assert notes({**make.study, "coverage": whole}, english) == ""
    assert words.coverage_sentence({**make.study, "coverage": whole}, english) == (
        "The trial group holds all 118 municipalities of the trial, in 25 areas."
    )
    some = {**make.study["coverage"], "areas": 2}
    said = words.coverage_sentence({**make.study, "coverage": some}, english)
    assert "Only some areas of the trial are there (2 of 25)." in said
    assert words.coverage_sentence({**make.study, "coverage": None}, english) == ""


@pytest.mark.parametrize("neither", [0, None])
def test_nothing_is_said_of_municipalities_in_neither_arm_if_there_are_none(make, english, neither):
    coverage = {**make.study["coverage"], "neither": neither}
    assert "neither" not in words.coverage_sentence({**make.study, "coverage": coverage}, english)


def test_simulated_data_are_named_in_notes(make, finnish, english):
    study = {**make.study, "simulated": True}
    assert notes(study, english) == "simulated data; 95 of 118 municipalities"
    assert notes(study, finnish).startswith("simuloitu aineisto; ")
    assert "simulated" not in notes(make.study, english)


def test_only_english_readers_get_the_technical_text(make, finnish, english):
    release = make.build(make.number())
    row = release.diagnostics.iloc[0]
    text = words.diagnostic_sentence(release, row, english)
    assert "p-value that differences are zero: 0.4, threshold 0.05. Not significant is not" in text
    assert words.diagnostic_sentence(release, row, finnish) == (
        "Kehitys ennen alkua, permutaatiotesti alueittain: läpäisee; arvo: 0,4, raja-arvo 0,05. "
        "Se, ettei ero ole merkitsevä, ei tarkoita samanlaista kehitystä: ryhmien kehityksessä voi "
        "olla pieni ero, jota aineisto ei paljasta."
    )


def test_a_failed_pre_trend_and_a_check_without_value(make, swedish, english):
    rows = [make.check("jobs.main", "fail"), make.check("jobs.main", "warn", "comparable", None)]
    release = make.build(make.number(), rows)
    failed, hidden = (row for _, row in release.diagnostics.iterrows())
    assert "Not significant" not in words.diagnostic_sentence(release, failed, english)
    said = words.diagnostic_sentence(release, hidden, swedish)
    assert (
        said == "Gruppernas jämförbarhet före starten: tolkas med försiktighet; värdet visas inte."
    )


@pytest.mark.parametrize(
    ("term", "what"),
    [("event_time", "the event study"), ("window", "the effects by calendar window")],
)
def test_all_numbers_of_a_kind_that_cannot_be_estimated_are_said_once(make, english, term, what):
    release = make.build(make.unestimated(term, "none", "no_variation"))
    text = words.effect_sentence(release, release.estimates.iloc[0], english)
    assert f"{what} cannot be estimated because within the effects and covariates" in text
    assert not re.search(r"nan|<NA>|None|\d", text)


def test_windows_and_bins_are_named_with_dates_and_units(make, finnish, english):
    window = make.build(make.number("w", term="window", window="early"))
    text = words.effect_sentence(window, window.estimates.iloc[0], finnish)
    assert "(jokaisella kunnalla sama paino; alkuvaihe, 1/2021–12/2021)" in text
    series = make.build(make.number() + make.series())
    rows = series.estimates.query("event_time == -3")
    text = words.effect_sentence(series, rows.iloc[0], english)
    assert (
        "(each municipality has the same weight, quarterly event study; "
        "quarters since the start: −3)" in text
    )


def test_no_reason_is_given_for_numbers_that_are_there_or_withheld(make, english):
    assert words.unestimated(make.frame(make.number()), english) == ""
    hidden = make.frame(make.series(hidden=(-3, -2, 0, 1, 2)))
    assert words.unestimated(hidden, english) == ""
    assert words.unestimated(make.frame(make.number()).iloc[:0], english) == ""


def test_checks_that_need_care_stand_in_the_sentence_of_the_number(make, english):
    names = ("few_clusters", "staggered_starts")
    checks = [make.check("jobs.main", "warn", name) for name in names]
    text = said(make, english, checks=checks).split(". ")[0]
    assert (
        "the estimate (interpret with caution: few clusters; starts that differ) is −0.14" in text
    )
    checks.append(make.check("jobs.main", "fail"))
    text = said(make, english, checks=checks, status="failed_diagnostic")
    assert "starts that differ), which fails a diagnostic check (movement" in text


def test_every_warning_of_the_estimand_itself_and_no_other_asks_for_care(make, english):
    checks = [
        make.check("jobs.main", "warn", "pre_trend_slope"),
        make.check("jobs.main", "warn", "breakdown_slope"),
        make.check("jobs.main", "pass", "few_clusters"),
        make.check("jobs.main", "fail", "pre_trend"),
        make.check("jobs.other", "warn", "cells_left_out"),
    ]
    text = said(make, english, checks=checks)
    named = "drift that would explain the result; linear drift before the start"
    assert f"(interpret with caution: {named})" in text


@pytest.mark.parametrize("half", [0.33, 0.01])
def test_a_placebo_says_that_this_trial_had_not_started(make, half, finnish, english):
    text = said(make, english, "placebo", -0.14, half, role="placebo")
    assert "this trial had not started (an earlier trial may lie in the period)" in text
    assert "better" not in text
    assert "ei ollut vielä alkanut" in said(make, finnish, "placebo", -0.14, half, role="placebo")


def test_only_numbers_with_a_verdict_that_allows_it_are_shown(make):
    for status, shown in (("ok", True), ("failed_diagnostic", True), ("suppressed", False)):
        assert is_shown(make.number(status=status)[0]) == shown
    assert not is_shown(make.number(blank=["estimate"])[0])
