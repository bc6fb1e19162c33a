"""Every study of the project has a brief: each headline answered, one page in each language."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader

from kuntakokeilu.contracts import TOTALS_RELEASED, conform
from kuntakokeilu.report.brief.make import make_brief
from kuntakokeilu.report.brief.pdf import brief_pdf
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.study import read_study

from ..conftest import LABELS, RULES, build, check, number

CONFIG = LABELS.parent
STUDIES = sorted(path.parent.name for path in CONFIG.glob("studies/*/study.yaml"))
# As much as a brief may have to say: doubts of every kind, and an interval that holds zero.
WARNED = ("pre_trend_untested", "few_clusters", "recording", "weights_agree_in_sign")
_IDENTITY = ("outcome", "population", "comparison", "design", "weights", "estimator", "role")


def made_up(name):
    """A release of a study with made-up numbers for its headlines alone."""
    study = read_study(CONFIG, name)
    described = study.describe()
    leads = {n: e for n, e in described["estimands"].items() if e["headline"] == "yes"}
    rows = []
    for estimand, about in leads.items():
        outcome = described["outcomes"][about["outcome"]]
        of = {key: about[key] for key in _IDENTITY}
        of |= {"estimand": estimand, "unit": outcome["unit"], "domain": outcome["domain"]}
        rows += number("main", estimate=-1.25, half=2.5, study=name, **of)
    checks = [check(estimand, "warn", finding) for estimand in leads for finding in WARNED]
    release = build(rows, checks, **described)
    return replace(release, totals=totals(described, set(leads)))


def totals(described, leads):
    """The totals of the headlines."""
    rows = [
        {
            "total": name, "estimand": total["estimand"], "quantity": total["quantity"],
            "role": total["role"], "unit": "euros", "multiplier": 1e6, "programme_euros": None,
            "estimate": -1.25e6, "ci_low": -3.75e6, "ci_high": 1.25e6, "degrees_of_freedom": 9.0,
            "n_trial_clusters": 25, "n_control_clusters": 52, "identified": "ok", "status": "ok",
            "failed_checks": "", "warned_checks": "",
        }
        for name, total in described["totals"].items()
        if total["estimand"] in leads
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=[*TOTALS_RELEASED.columns, "failed_checks", "warned_checks"])
    checked = conform(table[list(TOTALS_RELEASED.columns)], TOTALS_RELEASED)
    return checked.assign(failed_checks="", warned_checks="")


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_answers_its_questions_on_one_page(name):
    release = made_up(name)
    asked = release.study["brief"]["questions"]
    leads = {n for n, e in release.study["estimands"].items() if e["headline"] == "yes"}
    for code in LANGUAGES:
        language = read_language(code, LABELS).about(release.study)
        brief = make_brief(release, RULES, language)
        assert len(brief.answers) == len(asked)
        assert {answer.estimand for answer in brief.answers} - {""} == leads
        assert all(answer.level == 1 for answer in brief.answers if answer.estimand)
        page = PdfReader(BytesIO(brief_pdf(brief)))
        assert len(page.pages) == 1
        text = "".join(page.pages[0].extract_text().split())
        assert all("".join(answer.question.split()) in text for answer in brief.answers)


def test_the_studies_are_those_of_the_project():
    assert len(STUDIES) > 10 and Path(CONFIG / "studies" / "demo_2021").is_dir()
