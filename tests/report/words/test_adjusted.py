"""Words and stars follow the p-value adjusted for all main results of a domain."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import ASSIGNMENT, MULTIPLICITY, conform
from kuntakokeilu.disclosure.assignment import release_assignment, release_multiplicity
from kuntakokeilu.report.tables import leading, sheets
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.rows import area_rows, differs


def family(adjusted, n=2):
    row = {
        "family": "employment", "numbers": "main", "estimand": "jobs.main", "stratum": None,
        "p_value": 0.03, "romano_wolf": adjusted, "westfall_young": adjusted, "q_value": 0.2,
        "n_family": n, "n_clusters": 57, "draws": 9999,
    }  # fmt: skip
    return conform(pd.DataFrame([row]), MULTIPLICITY)


def assignment(reason="ok"):
    row = {
        "study": "tiny", "estimand": "jobs.main", "inference": "assignment_size_bands",
        "estimate": 0.4, "draws": 9999, "n_dealt": 41, "n_treated": 23, "n_bands": 4,
        "assignments": 1e9, "n_fixed": 36, "fixed": "Helsinki; Pirkanmaa", "reason": reason,
    }  # fmt: skip
    return conform(pd.DataFrame([row]), ASSIGNMENT)


def release(make, adjusted, n=2):
    built = make.build(make.number("main", 0.4, 0.3, 0.03))
    return replace(built, multiplicity=family(adjusted, n), assignment=assignment())


@pytest.mark.parametrize(
    ("adjusted", "n", "clear"), [(0.2, 2, False), (0.04, 2, True), (0.2, 1, True)]
)
def test_a_number_differs_only_if_it_does_among_all_that_is_read_with_it(
    make, english, adjusted, n, clear
):
    made = release(make, adjusted, n)
    row = area_rows(made).iloc[0]
    assert differs(row) == clear
    said = words.effect_sentence(made, row, english)
    assert ("It differs from zero" in said) == clear
    assert ("cannot be told from chance" in said) != clear
    assert "no effect" not in said
    table = leading.results_table(made, english)
    assert table["stars"].tolist() == (["*"] if clear else [""])


@pytest.mark.parametrize("language", ["finnish", "swedish", "english"])
def test_sheets_name_what_is_read_together_and_what_stays(make, language, request):
    language = request.getfixturevalue(language)
    made = release(make, 0.2)
    content = sheets.sheet("assignment", made, language)
    first = dict(zip(content.names, content.table.iloc[0], strict=True))
    assert first["n_fixed"] == 36
    assert first["fixed"] == "Helsinki, Pirkanmaa"
    assert first["p_value"] == 0.0001  # of that kind in the release
    content = sheets.sheet("multiplicity", made, language)
    first = dict(zip(content.names, content.table.iloc[0], strict=True))
    assert (first["westfall_young"], first["n_family"]) == (0.2, 2)


def test_a_kind_without_a_number_says_why(make, english):
    made = replace(release(make, 0.2), assignment=assignment("no_band"))
    content = sheets.sheet("assignment", made, english)
    first = dict(zip(content.names, content.table.iloc[0], strict=True))
    assert first["reason"] == "No size band holds areas of both groups"


def test_suppressed_numbers_are_blank_in_both_tables(make):
    hidden = make.frame(make.number("main", status="suppressed"))
    none = pd.DataFrame({"estimand": [], "stratum": [], "status": []}, dtype=str)
    left = release_multiplicity(family(0.2), hidden, none)
    assert left[["p_value", "romano_wolf", "westfall_young", "q_value"]].isna().all(axis=None)
    assert release_assignment(assignment(), hidden)["estimate"].isna().all()
    shown = make.frame(make.number("main"))
    assert release_multiplicity(family(0.2), shown, none)["westfall_young"].tolist() == [0.2]
