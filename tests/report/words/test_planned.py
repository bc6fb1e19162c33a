"""Readers see when a plan was locked, what differs from it, and that effects are hidden."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from kuntakokeilu.contracts import PLAN_RELEASED, conform
from kuntakokeilu.report.tables.answer import warned
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.planned import plan_sentences
from kuntakokeilu.report.words.specification_curve import joint_sentence
from kuntakokeilu.report.words.who_is_compared import notes

LABELS = Path(__file__).parents[3] / "config" / "labels"
LOCK = {
    "locked": "2026-01-31",
    "first_locked": "2026-01-31",
    "times": 1,
    "plan_sha256": "ab" * 32,
    "unblinded": None,
}


def planned(make, *rows, **lock):
    release = make.build(make.number())
    columns = ["item", "kind", "plan", "changes", "reason_fi", "reason_sv", "reason_en", "done"]
    plan = conform(pd.DataFrame(rows, columns=columns), PLAN_RELEASED)
    return replace(release, plan=plan, manifest={**release.manifest, "plan": LOCK | lock})


AS_LOCKED = ("jobs.main", "estimand", "locked", "", None, None, None, "done")
CHANGED = ("jobs", "outcome", "changed", "column: a → b", "Syy", "Orsak", "A reason", "done")
DROPPED = ("jobs.gone", "estimand", "dropped", "", None, None, None, "not_done")


def test_a_plan_kept_and_one_departed_from(make, english):
    said = " ".join(plan_sentences(planned(make, AS_LOCKED), english))
    assert "locked on" in said and "Everything is as the plan was locked." in said
    said = " ".join(plan_sentences(planned(make, AS_LOCKED, CHANGED, DROPPED), english))
    assert "1 items were changed, 0 added and 1 dropped" in said
    assert "1 departures have no stated reason" in said


def test_what_was_locked_after_effects_were_seen_says_so(make, english):
    seen = {"date": "2026-02-01", "checked": "checks.txt", "sha256": ""}
    early = plan_sentences(planned(make, AS_LOCKED, unblinded=seen), english)
    assert any("checks.txt" in text for text in early)
    assert not any("after the effects had been seen" in text for text in early)
    late = planned(make, AS_LOCKED, unblinded=seen, locked="2026-03-01", times=2)
    assert any("after the effects had been seen" in text for text in plan_sentences(late, english))


def test_the_sheet_puts_departures_first_with_their_reasons_in_each_language(make):
    release = planned(make, AS_LOCKED, CHANGED, DROPPED)
    for code in LANGUAGES:
        language = read_language(code, LABELS).about(release.study)
        found = sheet("plan", release, language)
        state, reason = (found.table.iloc[:, place].tolist() for place in (0, 4))
        assert state[0] == language.say("plan.state.changed")
        assert reason[0] == {"fi": "Syy", "sv": "Orsak", "en": "A reason"}[code]
        assert reason[1] == language.say("plan.no_reason")
        assert any(text.strip() for text in found.notes)


def test_a_study_without_a_lock_says_so_and_has_no_sheet(make, english):
    release = make.build(make.number())
    assert "was not locked" in plan_sentences(release, english)[0]
    assert sheet("plan", release, english).table.empty


def test_hidden_effects_are_said_first_and_by_every_table(make, english):
    release = make.build(make.number())
    blind = replace(release, study={**release.study, "blinded": True})
    for code in LANGUAGES:
        language = read_language(code, LABELS).about(blind.study)
        assert warned(blind, language)[0] == language.say("study.blinded")
        assert notes(blind.study, language).startswith(language.say("note.blinded"))
    assert english.say("note.blinded") not in notes(release.study, english)


def test_the_joint_test_is_a_sentence_and_its_absence_has_a_reason(make, english):
    base = {"study": "tiny", "outcome": "jobs", "expected": 0.1, "unit": "percentage points"}
    base |= {"n_specifications": 9, "n_left_out": 5, "n_areas": 57, "n_draws": 999}
    values = {"median_effect": (-0.14, 0.386), "share_significant": (0.0, 1.0),
              "share_of_sign": (0.667, 0.9)}  # fmt: skip
    rows = [
        base | {"statistic": k, "value": v, "p_value": p, "identified": "ok", "status": "ok"}
        for k, (v, p) in values.items()
    ]
    release = replace(make.build(make.number()), specification_curve_test=pd.DataFrame(rows))
    said = joint_sentence(release, "jobs", english)
    assert "\u22120.14 (p\u00a0=\u00a00.386)" in said and "67\u00a0%" in said
    assert "5 specifications are not in the test" in said
    none = pd.DataFrame(rows).assign(identified="mixed_areas", status="not_identified")
    told = joint_sentence(replace(release, specification_curve_test=none), "jobs", english)
    assert "units of one area started at different times" in told
    assert joint_sentence(make.build(make.number()), "jobs", english) == ""
