"""What a run of a study reads and makes, without Snakemake and without data."""

from __future__ import annotations

from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.plan import make_plan, specs

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent.name for path in (ROOT / "config/studies").glob("*/study.yaml"))
JUDGED = ["designs_judged", "synthetic_areas", "beyond_reach"]
ALWAYS = ["estimates", "diagnostics", "units", "balance", "overlap", "coverage"]
ALWAYS += ["assignment", "multiplicity"]
BOUNDED = ["bounds", "pre_trend_power"]


made = cache(make_plan)


@pytest.fixture
def plan_of(root, data_folder, monkeypatch):
    """A study's plan, made once for all tests."""
    monkeypatch.chdir(root)
    return made


@pytest.mark.real_data
@pytest.mark.parametrize("study", STUDIES)
def test_every_study_has_a_plan_of_its_own_files(study, plan_of):
    plan = plan_of(study)
    assert sorted(chain(*plan.domains.values())) == sorted(plan.study.outcomes)
    assert set(plan.files.outcomes) == set(plan.study.outcomes)
    assert len(set(plan.released)) == len(plan.released)
    assert all(path.startswith(f"results/{study}/release/") for path in plan.released)
    assert set(plan.files.names) <= set(plan.sources)
    for domain, outcomes in plan.domains.items():
        assert list(specs.estimates(plan.study, outcomes)) == outcomes
        assert plan.of_domains("estimates", outcomes) == [
            f"results/{study}/restricted/estimates/{domain}.parquet"
        ]


@pytest.mark.real_data
@pytest.mark.parametrize("study", STUDIES)
def test_only_a_study_of_registers_names_files_of_registers(study, plan_of):
    plan = plan_of(study)
    reads = plan.study.settings.source.reader == "registers"
    assert (plan.registers is not None) == reads == ("flow" in plan.released_tables)
    assert not plan.is_twin or reads
    own = sorted([*plan.files.names, *plan.classification, *plan.matrix])
    assert reads or sorted(plan.sources) == own


def test_a_study_of_registers_keeps_its_two_worlds_apart(plan_of):
    plan = plan_of("demo_2021")
    registers = plan.registers
    assert plan.is_twin and registers.extract == {}
    assert registers.observed("a") == "a/twin/observed"
    for files in (registers.all_register_tables, registers.all_sums, registers.cells):
        here, there = files("a"), files("a/untreated")
        assert here and [path.replace("a/", "a/untreated/", 1) for path in here] == there
    assert {Path(path).stem for path in registers.cells("a")} == set(plan.study.outcomes)
    spec = specs.collapse(plan.study, registers)
    assert set(spec["wanted"]) <= set(spec["populations"])
    assert {population["sample"] for population in spec["populations"].values()} >= {
        *registers.samples
    }


def test_tables_are_released_of_what_a_study_asks_for(plan_of):
    plan = plan_of("demo_2021")
    names = [Path(path).stem for path in plan.released]
    assert names == [*plan.released_tables, "study", "manifest"] and set(ALWAYS) <= set(names)
    assert {"flow", "eligibility", "parameters", "ratios", "totals"} <= set(names)
    assert ("heterogeneity" in names) == bool(plan.service_models.strata)
    assert plan.parameters == [*plan.ledger, "config/price_index.csv"]
    assert {total.estimand for total in plan.study.money.totals.values()} >= {
        e.estimand for e in plan.counted
    }
    assert {e.outcome for e in plan.asked} == set(plan.asked_outcomes)


@pytest.mark.real_data
def test_a_study_of_open_data_makes_its_tables_of_answers_first(plan_of):
    plan = plan_of("open_2017")
    history = ["false_starts", "false_starts_summary", "specification_curve_test"]
    history.append("equivalence")  # of the labour force, which the trial cannot move
    assert sorted(plan.released_tables) == sorted([*ALWAYS, *BOUNDED, *JUDGED, *history])
    assert plan.calendar and plan.labels and not plan.matrix and not plan.ledger
    for key, answers in plan.files.answers.items():
        assert plan.files.tables[key]["key"] == key and all(map(Path.is_file, answers))
        assert f"results/open_2017/restricted/statfin/{key}.csv" in {
            path for paths in plan.files.outcomes.values() for path in paths
        } | {*plan.files.units}


@pytest.mark.real_data
def test_a_panel_reads_the_same_file_for_all(plan_of):
    plan = plan_of("benchmark_castle")
    assert {*map(tuple, plan.files.outcomes.values())} == {tuple(plan.files.units)}
    assert not plan.classification and not plan.calendar and not plan.outlines


def test_a_plan_needs_a_study(root, monkeypatch):
    monkeypatch.chdir(root)
    with pytest.raises(InputError, match="no study named no_such_study in config/studies"):
        make_plan("no_such_study")
