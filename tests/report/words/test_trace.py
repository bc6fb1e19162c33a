"""Where a number comes from: every step agrees with the release, and nothing is made up."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import COVERAGE_RELEASED, PERSON_MONTHS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import few_clusters
from kuntakokeilu.report.words import trace_steps
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.trace import origin, trace, traced

from ..conftest import LABELS, MANIFEST, MISSING, build, number, series
from ..whole import whole

STEPS = ["said", "rows", "checks", "cells", "rules"]


def told(release, name, language, step):
    """The sentences, facts and table of one step, as one text."""
    (found,) = (each for each in trace(release, name, language).steps if each.name == step)
    facts = [f"{key}: {text}" for key, text in found.facts]
    return "\n".join([*found.said, *facts, found.table.to_csv()])


def facts_of(release, name, language, step):
    """The facts of one step, by name."""
    (found,) = (each for each in trace(release, name, language).steps if each.name == step)
    return dict(found.facts)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_of_a_release_has_a_way_back(code):
    release = whole()
    language = read_language(code, LABELS).about(release.study)
    names = traced(release)
    assert set(release.study["estimands"]) < set(names)
    for table in ("ratios", "totals", "combinations"):
        assert set(getattr(release, table)[table.removesuffix("s")]) <= set(names)
    for name in names:
        way = trace(release, name, language)
        assert way.title
        assert [step.name for step in way.steps] == (["said", "rows"] if way.behind else STEPS)
        assert all(step.said or step.facts or len(step.table) for step in way.steps)
        assert set(way.behind) <= set(release.study["estimands"])
    assert [step.name for step in origin(release, language)] == ["data", "code"]


def test_the_lines_that_are_named_hold_the_number(rich, english, tmp_path):
    path = tmp_path / "estimates.csv"
    rich.estimates.to_csv(path, index=False)
    lines = path.read_text(encoding="utf-8").splitlines()
    for name in rich.study["estimands"]:
        (file, _) = told(rich, name, english, "rows").split("release/estimates.csv, ")
        place = facts_of(rich, name, english, "rows")["File"].partition("line")[2].strip("s ")
        named = {
            k
            for run in place.split(", ")
            for first, _, last in [run.partition("–")]
            for k in range(int(first), int(last or first) + 1)
        }
        holding = {k for k, line in enumerate(lines, start=1) if f",{name}," in f",{line},"}
        assert file and named == holding


@pytest.mark.parametrize(
    ("places", "text"),
    [([0], "2"), ([0, 1, 2], "2–4"), ([5, 0, 2, 1, 9], "2–4, 7, 11"), ([3, 3], "5")],
)
def test_places_of_rows_are_lines_of_a_file_with_a_header(places, text):
    assert trace_steps.file_lines(places) == text


def test_one_number_shows_its_kinds_of_inference_and_a_series_what_leads(rich, english):
    single = next(s for s in trace(rich, "jobs.main", english).steps if s.name == "rows").table
    assert len(single) == (rich.estimates["estimand"] == "jobs.main").sum()
    assert single["Row"].str.contains("leads").sum() == 1
    ways = [trace(rich, "jobs.by_quarter", english, most) for most in (None, 2)]
    whole_series, cut = (next(s for s in way.steps if s.name == "rows") for way in ways)
    mine = rich.estimates["estimand"].eq("jobs.by_quarter") & rich.estimates["leading"]
    assert len(whole_series.table) == mine.sum() > 2 == len(cut.table)
    assert any(str(mine.sum() - 2) in text for text in cut.said)


def leading(kind, degrees, **changes):
    """A release of one number of which a kind of inference leads, with so many degrees in CR2."""
    rows = number(leading=kind, **changes)
    if kind == "two_sample":
        first = {**rows[0], "inference": "two_sample", "leading": True}
        rows = [first, *(row for row in rows if not row["inference"].startswith("c"))]
    for row in rows:
        if row["inference"] == "cr2_area":
            row["degrees_of_freedom"] = degrees
    return build(rows)


@pytest.mark.parametrize(
    ("kind", "degrees", "said"),
    [
        ("cluster_area", 31.6, ("at least 31.6", "from 20 on")),
        ("cr2_area", 4.1, ("as few as 4.1", "below 20")),
        ("cr2_exact_area", 4.1, ("as few as 4.1", "exact distribution")),
        ("two_sample", None, ("single cluster",)),
        ("cluster_area", None, ("was not computed",)),
    ],
)
def test_the_kind_of_inference_that_leads_says_why(kind, degrees, said, english):
    text = told(leading(kind, degrees), "jobs.main", english, "rows")
    assert all(part in text for part in said)


def test_the_limit_that_is_told_is_the_one_of_the_estimation():
    assert trace_steps.FEW_DEGREES == few_clusters.FEW_DEGREES


def test_without_a_standard_error_nothing_leads(english):
    release = build(number(blank=("std_error", "ci_low", "ci_high", "p_value")))
    assert "no kind of inference leads" in told(release, "jobs.main", english, "rows")


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_suppressed_number_is_nowhere_on_its_way_back(code):
    language = read_language(code, LABELS)
    release = build(number(estimate=-7.654321, blank=MISSING, status="suppressed"))
    way = trace(release, "jobs.main", language)
    text = "\n".join(told(release, "jobs.main", language, step.name) for step in way.steps)
    assert "7,65" not in text and "7.65" not in text
    assert language.say("status.suppressed") in text.casefold()


def test_a_number_that_does_not_exist_says_why(english):
    rows = number(blank=MISSING, status="not_identified", identified="no_control", n_control=0)
    text = told(build(rows), "jobs.main", english, "said")
    assert english.say("reason.no_control") in text
    cells = facts_of(build(rows), "jobs.main", english, "cells")
    assert cells["Units"] == "94 in the trial, 0 controls"
    assert "Persons" not in cells


def test_an_outcome_without_data_is_not_defined_by_a_column(english):
    release = build(number(blank=MISSING, status="not_identified", identified="no_data"))
    outcomes = {"jobs": {**release.study["outcomes"]["jobs"], "data": "none"}}
    release = replace(release, study={**release.study, "outcomes": outcomes})
    cells = facts_of(release, "jobs.main", english, "cells")
    assert english.say("definition.no_data") in cells["Outcome"]


def test_checks_that_do_not_pass_come_first_and_are_counted(rich, english):
    text = told(rich, "jobs.failed", english, "checks")
    assert "failed: 1, to be interpreted with caution: 0" in text
    none = build(number(), checks=[])
    assert told(none, "jobs.main", english, "checks").startswith("No check was made")


def test_an_unknown_name_is_one_line_with_names_like_it(rich, english):
    with pytest.raises(InputError, match=r"^tiny: no estimand jobs\.mian; near: jobs\.main"):
        trace(rich, "jobs.mian", english)
    with pytest.raises(InputError, match=r"^tiny: no estimand 0000$"):
        trace(rich, "0000", english)


def covered(frequency, first, last, known):
    """A table of coverage: two trial and three control units in each period, `known` of each."""
    periods = pd.period_range(first, last, freq=frequency)
    rows = [
        {"outcome": "jobs", "arm": arm, "period": p, "n_units": n, "n_known": n - lost, "mean": 1.0}
        for p in periods
        for arm, n, lost in (("trial", 2, 0), ("control", 3, 0 if p in known else 1))
    ]
    return conform(pd.DataFrame(rows), COVERAGE_RELEASED)


def test_cells_are_counted_in_the_periods_that_are_compared(english):
    release = build(number())
    about = release.study["estimands"]["jobs.main"]
    about |= {"first_period": "2019-07", "last_period": "2021-06"}
    about |= {"skip_first": "2020-03", "skip_last": "2020-05"}
    known = set(pd.period_range("2019-07", "2020-12", freq="M"))
    release = replace(release, coverage=covered("M", "2019-01", "2022-12", known))
    cells = facts_of(release, "jobs.main", english, "cells")
    # 24 months less 3: 42 trial cells, 63 of controls, of which one is missing in 6 months
    assert cells["Periods"].startswith("2019-07 to 2021-06, 21 periods")
    assert cells["Cells with a value"].startswith("99 of 105 (trial 42 of 42, controls 57 of 63)")


@pytest.mark.parametrize(
    ("frequency", "first", "last", "n"), [("Q", "2019Q1", "2022Q4", 16), ("Y", "2010", "2019", 10)]
)
def test_quarters_and_years_are_counted_as_such(frequency, first, last, n, english):
    span = {"first_period": first, "last_period": last}
    release = build(number(), frequency=frequency, start=None, windows={}, **span)
    release.study["estimands"]["jobs.main"] |= span
    assert f"{n} periods" in facts_of(release, "jobs.main", english, "cells")["Periods"]


def test_persons_are_those_of_the_row_and_unknown_ones_are_said(english):
    release = build(number(n_persons=1200, n_person_months=45000))
    persons = facts_of(release, "jobs.main", english, "cells")["Persons"]
    assert persons.startswith("1,200 persons, 45,000 person-months (rounded")
    unknown = facts_of(build(number()), "jobs.main", english, "cells")["Persons"]
    assert unknown == "the source does not say how many"


def test_settings_are_those_of_the_study_without_what_is_not_set(english):
    release = build(number())
    release.study["estimands"]["jobs.main"] |= {"covariates": ["young"], "base_year": None}
    settings = facts_of(release, "jobs.main", english, "rules")
    assert settings["covariates"] == "young" and settings["weights"] == "municipality"
    assert "base_year" not in settings and "group" not in settings


@pytest.mark.parametrize(
    ("commit", "said"),
    [
        (None, "was not under version control"),
        ("0123456789ab", "git checkout 0123456789ab, then python run.py results --study tiny"),
        ("0123456789ab-dirty", "had been changed since 0123456789ab,"),
    ],
)
def test_the_code_is_named_as_far_as_it_is_known(commit, said, english):
    release = replace(build(number()), manifest={**MANIFEST, "commit": commit})
    (code,) = (step for step in origin(release, english) if step.name == "code")
    assert said in code.said[0]


def test_every_input_stands_with_its_hash_and_the_day_that_its_folder_tells(english):
    inputs = {
        "statfin/12r5_2026-11-02/rates.csv": "ab" * 32,
        "config/municipalities.csv": "cd" * 32,
    }
    release = replace(build(number()), manifest={**MANIFEST, "inputs": inputs})
    (data,) = (step for step in origin(release, english) if step.name == "data")
    rows = data.table.set_index("File")
    assert list(rows["Hash (SHA-256)"]) == list(inputs.values())
    assert list(rows["Kind"]) == ["data", "table of rules"]
    downloaded, written = rows["Retrieved"]
    assert "2026" in downloaded and written == "–"


def test_a_synthetic_study_says_that_no_data_were_read(english):
    manifest = {**MANIFEST, "inputs": {"config/municipalities.csv": "cd" * 32}, "seed": 77}
    release = replace(build(number(), simulated=True), manifest=manifest)
    (data,) = (step for step in origin(release, english) if step.name == "data")
    assert "synthetic" in data.said[0] and "seed 77" in data.said[0]


def test_a_wide_interval_is_never_called_no_effect(english):
    release = build([*number(half=5.0), *series()])
    for name in ("jobs.main", "jobs.by_quarter"):
        text = told(release, name, english, "said")
        assert "no effect" not in text
    assert "cannot tell it from zero" in told(release, "jobs.main", english, "said")


def test_every_source_of_the_panel_has_a_name_and_the_tables_of_its_registers(english, config):
    tables = pd.read_csv(config / "registers" / "tables.csv").groupby("disclosure")["table"]
    sources = {source for column in PERSON_MONTHS.values() for source in column.sources}
    assert len(sources) > 4
    for source in sources:
        assert english.has(f"trace.source.{source}")
        assert english.say(f"trace.tables.{source}") == ", ".join(tables.get_group(source))
    release = build(number(sources="incomes_register_wages;keha"))
    told = facts_of(release, "jobs.main", english, "cells")["Sources of the cells"]
    assert "Incomes Register, table wages; register of job seekers" in told


def test_a_source_without_a_name_stands_as_it_is(english):
    told = facts_of(build(number(sources="mine")), "jobs.main", english, "cells")
    assert told["Sources of the cells"] == "mine"
