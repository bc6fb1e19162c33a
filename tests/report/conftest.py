"""A small release, built in memory or as files, with every kind of row."""

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    ASSIGNMENT_RELEASED,
    BALANCE_RELEASED,
    COVERAGE_RELEASED,
    DIAGNOSTICS,
    INFERENCES,
    MULTIPLICITY_RELEASED,
    OVERLAP_RELEASED,
    RELEASED,
    RELEASED_TABLES,
    UNITS_RELEASED,
    conform,
)
from kuntakokeilu.report.words.grades import read_grades
from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.report.words.release import Release


def merger(**changes):
    """Describe a municipality that has merged, as study.json does: by default of one arm."""
    name = {code: "Gone" for code in ("fi", "sv", "en")}
    unit_name = {"fi": "A", "sv": "Å", "en": "A"}
    row = {
        "code": "588",
        "name": name,
        "unit": "091",
        "unit_name": unit_name,
        "date": "2025-01-01",
        "arm": "trial",
        "unit_arm": "trial",
        "area": "North",
    }
    return row | changes


def question(domain, **changes):
    """Describe a question of the brief, as study.json does: by default as nothing is declared."""
    row = {"domain": domain, "ask": None, "said_as": "level", "measure": None}
    row |= {"note": None, "beside": None}
    return {**row, "times": 1, "decimals": None, "unit": None, "total": None, **changes}


LABELS = Path(__file__).parents[2] / "config" / "labels"
RULES = read_grades(LABELS.parent / "brief_grades.csv")  # how sure answers are
STUDY = {
    "study": "tiny",
    "title": {"fi": "Pieni kokeilu", "sv": "Ett litet försök", "en": "A tiny trial"},
    "units": "municipality",
    "unit_words": None,
    "frequency": "M",
    "counted": False,
    "treatment_ends": "stop",
    "first_period": "2019-01",
    "last_period": "2022-12",
    "start": "2021-01",
    "windows": {
        "early": {
            "first": "2021-01",
            "last": "2021-12",
            "label": {"fi": "alkuvaihe", "sv": "inledningsskedet", "en": "early phase"},
        }
    },
    "comparisons": {
        "others": {"fi": "kaikki muut kunnat", "sv": "alla andra kommuner", "en": "all others"}
    },
    "covariates": {
        "young": {"fi": "nuorten osuus", "sv": "andelen unga", "en": "share of the young"}
    },
    "frozen_weight": {"fi": "työvoimalla 2/2021", "sv": "arbetskraften 2/2021", "en": "labour force 2021-02"},  # noqa: E501
    "frozen_of": None,
    "coverage": {
        "areas": 25, "areas_total": 25, "listed": 95, "total": 118, "units": 94, "neither": 0,
    },
    "areas": {
        "North": {"fi": "North", "sv": "Norr", "en": "North"},
        "South": {"fi": "South", "sv": "Syd", "en": "South"},
    },
    "mergers": [merger()],
    "merged_across_arms": "receiving",
    "estimands": {},  # build() describes those of its rows
    "simulated": False,
    "own_effects": False,
    "blinded": False,
    "expected": [],
    "brief": {"questions": [question("employment")], "limits": []},
    "twin_scale": None,
    "employed_above": None,
    "definitions": {},
    "attribution": [
        {
            "source": "rates",
            "label_fi": "Tilastokeskus, Työnvälitystilasto",
            "label_sv": "Statistikcentralen, Arbetsförmedlingsstatistik",
            "label_en": "Statistics Finland, Employment Service Statistics",
            "licence": "CC BY 4.0",
            "url": None,
        }
    ],
    "authors": ["Institute of Examples"],
    "contact": "examples@example.org",
    "outcomes": {
        "jobs": {
            "label_fi": "Työlliset, %",
            "label_sv": "Sysselsatta, %",
            "label_en": "Employed",
            "unit": "percentage points",
            "decimals": 2,
            "better": "higher",
            "domain": "employment",
            "data": "yes",
            "column": None,
            "price_year": None,
        }
    },
    "fails_on": ["few_clusters"],
    "permutations": 999,
    "populations": {},
    "ratios": {},
    "totals": {},
    "combinations": {},
}  # fmt: skip
# What an estimand's entry in study.json has besides the identity in its rows.
ESTIMAND = {
    "stocks": [],
    "effects_by_period": None, "covariates": [], "periods_per_bin": 1, "start": None,
    "controls": [], "trends": "none", "group": None, "control_group": "never_treated",
    "first_period": "2019-01", "last_period": "2022-12", "skip_first": None, "skip_last": None,
    "transform": "none", "base_year": None, "leave_out_area": None,
    "elapsed_first": None, "elapsed_last": None, "strata": None, "contrast": None,
    "spillover_share": None, "base_last": None, "sample": None, "reference_bin": -1,
    "adjustment": "doubly_robust", "anticipation": 0, "compares": "changes",
}  # fmt: skip
_IDENTITY = ("outcome", "population", "comparison", "design", "weights", "estimator", "role")
MANIFEST = {
    "project_version": "1",
    "commit": None,
    "date": "2026-11-28",
    "study_sha256": "ab" * 32,
    "inputs": {"rates.csv": "cd" * 32},
    "packages": {"pandas": "3"},
    "python": "3",
    "seed": 1,
    "plan": None,
    "files": {"estimates.csv": "ef" * 32},
}
UNITS = pd.DataFrame(
    [
        ["091", "A", "A", "A", "trial", "North", "North", "compared"],
        ["049", "B", "B", "B", "control", "", "1", "compared"],
    ],
    columns=list(UNITS_RELEASED.columns),
)
MISSING = (
    "estimate", "std_error", "ci_low", "ci_high", "p_value", "minimum_detectable_effect",
    "baseline_mean",
)  # fmt: skip


def number(
    name="main", estimate=-0.14, half=0.33, p=0.39, *, blank=(), leading="cluster_area", **changes
):
    """All rows of one number: half the width of its interval, columns left blank."""
    base = {
        "study": "tiny", "estimand": f"jobs.{name}", "outcome": "jobs", "domain": "employment",
        "population": "all", "comparison": "others", "design": "total",
        "weights": "municipality", "estimator": "two_way_fixed_effects", "role": "main",
        "term": "att", "event_time": None, "window": None, "estimate": estimate,
        "std_error": half / 2, "ci_low": estimate - half, "ci_high": estimate + half,
        "p_value": p, "degrees_of_freedom": 50.0, "baseline_mean": 60.0,
        "unit": "percentage points", "n_persons": None, "n_person_months": None, "n_trial": 94,
        "n_control": 111, "n_trial_clusters": 25, "n_control_clusters": 32,
        "minimum_detectable_effect": 1.42 * half, "sources": "public", "identified": "ok",
        "share_without_control": None, "status": "ok", "plan": "not_locked", **changes,
    }  # fmt: skip
    base |= dict.fromkeys(blank)
    other = {"p_value": None if base["p_value"] is None else 0.0001}
    return [
        {
            **base,
            "inference": kind,
            "leading": kind == leading,
            **({} if kind in ("cluster_area", leading) else other),
        }
        for kind in kinds(base["term"])
    ]


def kinds(term):
    """The kinds of inference that a number of this term has."""
    few = ("cr3_area", "wild_bootstrap_area")
    lacks = {"att": ("simultaneous_area",), "event_time": few, "window": ()}[term]
    lacks = (*lacks, "two_sample", "iid", "hc1")  # unless clusters tell of nothing, or asked for
    return [kind for kind in INFERENCES if kind not in lacks]


def frame(rows):
    """Rows as contract RELEASED."""
    table = pd.DataFrame(rows)
    table["event_time"] = table["event_time"].astype("Int64")
    table = table.astype({"n_persons": "Int64", "n_person_months": "Int64"})
    return conform(table, RELEASED)


def check(estimand, verdict="pass", name="pre_trend", value=0.4, placebo=None):
    """One row of contract DIAGNOSTICS."""
    said = "p-value that differences are zero"
    return dict(
        estimand=estimand,
        check=name,
        placebo=placebo,
        statistic=said,
        value=value,
        threshold=0.05,
        verdict=verdict,
    )


def series(name="by_quarter", hidden=()):
    """An event study with bins -3, -2, 0, 1, 2; `hidden` bins are suppressed."""
    rows = []
    for k in (-3, -2, 0, 1, 2):
        how = {"role": "robustness", "term": "event_time", "event_time": k}
        off = {"blank": MISSING, "status": "suppressed"} if k in hidden else {}
        rows += number(name, 0.1 * k, estimator="event_study", **how, **off)
    return rows


def unestimated(term, name, reason="no_pre_period"):
    """An event study or effects by window that cannot be estimated: no bin, no window."""
    estimator = {"event_time": "event_study", "window": "window_effects"}[term]
    how = {"role": "robustness", "term": term, "estimator": estimator, "identified": reason}
    return number(name, blank=MISSING, status="not_identified", **how)


def describe(rows, **more):
    """The entries of study.json for the estimands of these rows; keywords by estimand add.

    The first main effect of each domain, or the first benchmark, is its headline.
    """
    role = "main" if any(row["role"] == "main" for row in rows) else "benchmark"
    leads = {row["domain"]: row["estimand"] for row in reversed(rows) if row["role"] == role}
    return {
        row["estimand"]: {
            **ESTIMAND,
            **{name: row[name] for name in _IDENTITY},
            "headline": "yes" if row["estimand"] in leads.values() else "no",
            **({"periods_per_bin": 3} if row["estimand"].endswith("by_quarter") else {}),
            **more.get(row["estimand"].partition(".")[2], {}),
        }
        for row in rows
    }


def build(rows, checks=None, **study):
    """A release with these rows; keywords change study.json; [] is a release without checks."""
    study = {"estimands": describe(rows), **study}
    estimates = frame(rows)
    if checks is None:
        checks = [check(name) for name in estimates["estimand"].unique()]
    diagnostics = conform(pd.DataFrame(checks, columns=list(DIAGNOSTICS.columns)), DIAGNOSTICS)
    return Release(
        estimates=estimates,
        diagnostics=diagnostics,
        units=UNITS,
        study={**STUDY, **study},
        manifest=MANIFEST,
        **_without_rows(study.get("frequency", "M")),
    )


@cache
def _without_rows(frequency):
    typed = {
        "balance": empty(BALANCE_RELEASED),
        "overlap": empty(OVERLAP_RELEASED),
        "assignment": empty(ASSIGNMENT_RELEASED),
        "multiplicity": empty(MULTIPLICITY_RELEASED),
        "coverage": empty(COVERAGE_RELEASED, frequency),
    }
    others = {name: t.empty() for name, t in RELEASED_TABLES.items() if not t.everywhere}
    return typed | others


def empty(schema, frequency="M"):
    """A contract's table without rows."""
    table = pd.DataFrame({name: pd.Series(dtype=object) for name in schema.columns})
    if "period" in table:
        table["period"] = pd.PeriodIndex([], freq=frequency)
    return conform(table, schema)


def rich_rows():
    """Main effects under two weights, a failed, a suppressed, a window and an event study."""
    window = {"role": "robustness", "term": "window", "window": "early"}
    return [
        *number("main"),
        *number("persons", 0.23, 0.62, 0.47, weights="persons_frozen"),
        *number("failed", 0.5, 0.2, 0.001, role="robustness", status="failed_diagnostic"),
        *number("hidden", role="robustness", blank=MISSING, status="suppressed"),
        *number("windows", estimator="window_effects", **window),
        *number("placebo", 0.05, 0.3, 0.7, role="placebo"),
        *series(hidden=(1,)),
    ]


def save(release, folder):
    """Write a release as its five files."""
    folder.mkdir(parents=True)
    release.estimates.to_csv(folder / "estimates.csv", index=False)
    release.diagnostics.to_csv(folder / "diagnostics.csv", index=False)
    release.units.to_csv(folder / "units.csv", index=False)
    for name in ("balance", "overlap", "coverage", "assignment", "multiplicity"):
        getattr(release, name).to_csv(folder / f"{name}.csv", index=False)
    for name, content in (("study", release.study), ("manifest", release.manifest)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def rich():
    """A release with every kind of row; `jobs.failed` fails its check. No test changes it."""
    release = build_rich()
    yield release
    before = build_rich()
    assert release.study == before.study
    for name in ("estimates", "diagnostics", "units"):
        pd.testing.assert_frame_equal(getattr(release, name), getattr(before, name))


def build_rich():
    rows = rich_rows()
    names = dict.fromkeys(row["estimand"] for row in rows)
    checks = [check(n, "fail" if n == "jobs.failed" else "pass") for n in names]
    return build(rows, checks)


@pytest.fixture(scope="session")
def make():
    """The builders, for tests that need rows of their own."""
    from types import SimpleNamespace

    return SimpleNamespace(
        number=number, series=series, frame=frame, build=build, check=check, save=save,
        rich_rows=rich_rows, unestimated=unestimated, missing=MISSING, study=STUDY,
        describe=describe, kinds=kinds,
    )  # fmt: skip


@pytest.fixture(scope="session")
def finnish():
    """Finnish, as shipped."""
    return read_language("fi", LABELS)


@pytest.fixture(scope="session")
def swedish():
    """Swedish, as shipped."""
    return read_language("sv", LABELS)


@pytest.fixture(scope="session")
def english():
    """English, as shipped."""
    return read_language("en", LABELS)
