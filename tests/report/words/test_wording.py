"""One term for one thing, in each language: no variant that professionals of it would not write."""

import csv
import re
from pathlib import Path

import pytest

from ..wording import shown

# What a text must not say, in regular expressions; what it says instead; and where it may.
TABLE = Path(__file__).with_name("preferred_terms.csv")
with TABLE.open(encoding="utf-8", newline="") as file:
    RULES = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def every_text():
    return list(shown())


def broken(rule, texts):
    """The texts of a rule's language that use the variant it warns of."""
    unless = re.compile(rule["unless"]) if rule["unless"] else None
    return [
        (where, text)
        for where, language, text in texts
        if rule["language"] in (language, "all")
        and re.search(rule["avoid"], text)
        and not (unless and unless.search(text))
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['language']}:{rule['prefer']}")
def test_texts_use_the_preferred_term(rule, every_text):
    assert broken(rule, every_text) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "kunnat yhtä painavina"),
        ("fi", "painona kohderyhmään kuuluvat ennen alkua"),
        ("fi", "kun alueet arvotaan"),
        ("fi", "Joukot"),
        ("fi", "ero eroissa"),
        ("sv", "I service, % av personerna"),
        ("sv", "slopas i utkomstskyddet"),
        ("sv", "euro per klient"),
        ("sv", "dolt"),
        ("sv", "kommunerna väger lika"),
        ("sv", "Flyttade kostnader"),
        ("en", "municipalities equal"),
        ("en", "needs care"),
        ("en", "means of the trial arm"),
        ("en", "were not drawn by lot"),
        ("en", "months: ASSUME from the extension act on"),
        ("fi", "Työlliset (synteettinen)"),
    ],
)
def test_each_variant_that_readers_met_would_be_found(language, text):
    assert any(broken(rule, [("here", language, text)]) for rule in RULES)


def test_texts_of_all_kinds_are_read(every_text):
    assert {language for _, language, _ in every_text} == {"fi", "sv", "en"}
    files = {where.split(":")[0] for where, _, _ in every_text}
    assert {"config/labels/terms.csv", "config/policy_calendar.csv"} <= files
    assert {f"config/studies/open_2021/{name}" for name in ("outcomes.csv", "study.yaml")} <= files
