"""Whom a number is about and over which months: from its row, for every kind of sample."""

import pytest

from kuntakokeilu.report.words.rows import lead_rows
from kuntakokeilu.report.words.who_is_compared import study_sentences
from kuntakokeilu.report.words.whom_and_when import whom_and_when

from ..conftest import build, number

SPAN = {"first_period": "2019-02", "last_period": "2022-12"}
STOCK = {**SPAN, "sample": "stock", "stocks": ["2019-02", "2021-02"], "elapsed_first": 1}
STOCK |= {"elapsed_last": 24}
SURVEY = {"sample": "survey", "first_period": "2020-11", "last_period": "2022-10"}
INFLOW = {"sample": "inflow", "first_period": "2018-01", "last_period": "2024-10"}
INFLOW |= {"elapsed_first": 2, "elapsed_last": 2}
WHERE = "Compared are 75 trial municipalities (25 areas) and 84 control municipalities (32 areas)."


def said(language, about, **row):
    rows = number("main", n_trial=75, n_control=84, **row)
    made = build(rows, start="2021-03", last_period="2024-12", populations=NAMES)
    made.study["estimands"]["jobs.main"] |= about
    return whom_and_when(lead_rows(made).iloc[0], made.study, language)


NAMES = {"all": {"fi": "kaikki", "sv": "alla", "en": "job seekers of the target group"}}


def test_stocks_say_their_month_and_the_months_followed_on_both_sides(english):
    assert said(english, STOCK) == (
        "Job seekers of the target group: those of the end of 2021-02, followed 2021-03 to "
        "2023-02, against those of the end of 2019-02, followed 2019-03 to 2021-02. "
        f"{WHERE} The result does not cover 2023-03 to 2024-12."
    )


def test_two_stocks_before_the_start_are_both_named(english):
    text = said(english, STOCK | {"stocks": ["2018-02", "2019-02", "2021-02"]})
    assert "those of the end of 2018-02, followed 2018-03 to 2020-02" in text
    assert "those of the end of 2019-02, followed 2019-03 to 2021-02" in text


def test_a_placebo_is_told_around_its_own_start(english):
    about = STOCK | {"stocks": ["2018-02", "2019-02"], "start": "2019-03", "role": "placebo"}
    text = said(english, about)
    assert "2019-02, followed 2019-03 to 2021-02, against those of the end of 2018-02" in text
    assert "not in this number" not in text


def test_other_samples_and_calendar_months(english):
    assert "those asked in 2022-10, against those asked in 2020-11." in said(english, SURVEY)
    inflow = said(english, INFLOW)
    assert "those who entered 2021-03 to 2024-10 (" in inflow
    assert "against those who entered 2018-01 to 2020-12 (" in inflow  # seen before the start
    assert "not in this number" not in inflow  # 2024-10 and two months
    plain = said(english, {"first_period": "2018-03", "last_period": "2024-12", "sample": None})
    assert plain == f"2021-03 to 2024-12 is compared with 2018-03 to 2021-02. {WHERE}"


@pytest.mark.parametrize("code", ["finnish", "swedish", "english"])
def test_no_place_stays_open_in_any_language(code, request):
    language = request.getfixturevalue(code)
    for about in (STOCK, SURVEY, INFLOW, {"sample": None}):
        text = said(language, about)
        assert "{" not in text and "75" in text and "84" in text


def test_cohorts_are_no_calendar_time_on_the_first_page(english):
    release = build(number("main"))
    release.study["estimands"]["jobs.main"] |= STOCK
    text = " ".join(study_sentences(release.study, "others", english))
    assert "2022-12" not in text.replace("2019-01 to 2022-12", "")


@pytest.mark.parametrize("about", [STOCK, SURVEY, INFLOW])
def test_months_of_data_are_not_called_the_period_compared(about, english):
    """Where persons are followed, no main effect is of all the months that there are data of."""
    followed, plain = build(number("main")), build(number("main"))
    followed.study["estimands"]["jobs.main"] |= about
    said = study_sentences(followed.study, "others", english)
    assert "Data: 2019-01 to 2022-12. Start: 2021-01. Each number says of whom" in " ".join(said)
    assert not any(text.startswith("Period:") for text in said)
    said = study_sentences(plain.study, "others", english)
    assert any(text.startswith("Period: 2019-01 to 2022-12") for text in said)
