"""Persons in shards: whatever their number, the same cells and counts, to the last bit."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.cells import cells_of_sums, collapse, counts_of_sums, opened_sums
from kuntakokeilu.contracts import OUTCOMES, PERSON_MONTHS, REGISTER_SAMPLES, SAMPLES, shard_names
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.panel import prepare, put_together, reach_of_registers
from kuntakokeilu.registers import read_contract
from kuntakokeilu.study import PanelSettings, Split

from .random_tables import random_tables
from .tiny import D, write_tables

CONFIG = Path(__file__).resolve().parents[2] / "config"
SETTINGS = PanelSettings(
    frozen_on=[D("2017-12-31"), D("2018-12-31"), D("2020-12-31")],
    stocks=["2019-02", "2021-02"],
    follow_up=12,
    horizons=[0, 3, 12],
    first_month="2018-06",
    last_month="2022-12",
)
AREAS = pd.DataFrame({"arm": ["trial"], "area": ["x"], "code": ["837"], "unit": ["837"]})
TOLD = [name for name in OUTCOMES if name not in ("survey_responded", "wellbeing_scale")]
# One of each kind and of each set of registers; all of them in `make simulate`.
KINDS = {(c.kind, tuple(c.sources), c.since_entry): n for n in TOLD for c in [PERSON_MONTHS[n]]}
PROOFS = "KUNTAKOKEILU_SEEDS" in os.environ
ASKED = {name: name for name in (TOLD if PROOFS else [*KINDS.values(), "employed", "wage_cents"])}
WANTED = {"none": list(ASKED), "by_sex": ["employed", "wage_cents"]}
SPLITS = [
    Split("everyone", scheme, {}, traits, tuple(WANTED[scheme]), ("wage_cents",))
    for scheme, traits in {"none": (), "by_sex": ("sex",)}.items()
]
PROOF = pytest.mark.simulate
REPORTS = ("flow", "eligibility", "conservation", "survey_response")


def tables() -> dict:
    """Thirty persons, some of whom were asked in a survey; one office of the trial."""
    made = random_tables(5, persons=30)
    names = sorted({row["person"] for row in made["search_spells"]})
    asked = [
        {"person": each, "wave": D(wave), "weight": 1.5 + n % 4, "responded": n % 3 > 0, "q1": 2}
        | {f"q{item}": 1 + (n + item) % 5 for item in range(2, 6)}
        for wave in ("2019-11-01", "2021-03-01")
        for n, each in enumerate(names[::2])
    ]
    offices = [row | {"office": "0230"} for row in made["search_spells"] if row["person"] < "p20"]
    return made | {"survey": asked, "jobseeker_office": offices}


@pytest.fixture(scope="module", params=[2, *(pytest.param(n, marks=PROOF) for n in (1, 7))])
def cut(request, tmp_path_factory):
    """The persons in so many shards: cells and counts of each sample, and reports."""
    return in_shards(tmp_path_factory.mktemp("shards"), request.param)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Everyone at once, those asked in the survey among them."""
    folder = tmp_path_factory.mktemp("whole")
    written = write_tables(tables(), folder / "tables", read_contract(CONFIG))
    report = prepared(written, folder / "out", SAMPLES, None)
    return collapsed(
        {sample: [folder / "out" / sample] for sample in REGISTER_SAMPLES}, folder / "out"
    ), report


def in_shards(folder: Path, count: int):
    made = tables()
    draw = random.Random(count)
    shard_of = {row["person"]: draw.randrange(count) for row in made["persons_yearly"]}
    shards = {}
    for number, name in enumerate(shard_names(count)):
        mine = {
            table: [row for row in rows if shard_of[row["person"]] == number]
            for table, rows in made.items()
        }
        shards[name] = write_tables(mine, folder / name, read_contract(CONFIG))
    reach = reach_of_registers(shards.values(), SETTINGS, folder)
    out = folder / "out"
    reports = [
        prepared(written, out / name, REGISTER_SAMPLES, reach) for name, written in shards.items()
    ]
    survey = prepared(list(shards.values()), out, ["survey"], reach)
    sums = {s: [out / name / s for name in shards] for s in REGISTER_SAMPLES}
    return collapsed(sums, out), put_together(reports, survey)


def prepared(written, out, samples, reach):
    return prepare(
        written,
        SETTINGS,
        read_classification(CONFIG, 2025),
        read_ledger_rules(CONFIG),
        AREAS,
        "2021-03",
        out,
        samples=samples,
        trial_offices=frozenset(["0230"]),
        columns=["wellbeing_scale", "employed"],
        splits=dict.fromkeys(set(samples) & set(REGISTER_SAMPLES), SPLITS),
        reach=reach,
    )


def collapsed(sums: dict[str, list[Path]], months: Path) -> dict[str, tuple]:
    found = {}
    for sample, folders in sums.items():
        with opened_sums(folders) as con:
            found[sample] = (
                cells_of_sums(con, "everyone", ASKED, WANTED),
                counts_of_sums(con, "everyone", ASKED, list(WANTED)),
            )
    outcomes = {"wellbeing": "wellbeing_scale", "employed": "employed"}
    found["survey"] = collapse(months / "survey.parquet", "asked", {}, {}, outcomes)
    return found


@pytest.mark.parametrize("sample", SAMPLES)
def test_cells_and_counts_do_not_depend_on_shards(cut, whole, sample):
    for found, expected in zip(cut[0][sample], whole[0][sample], strict=True):
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
        assert len(found)


@pytest.mark.parametrize("report", REPORTS)
def test_what_is_known_beside_them_adds_up(cut, whole, report):
    found, expected = (getattr(made[1], report) for made in (cut, whole))
    if report == "conservation":  # the survey's come last in shards
        found, expected = (
            each.sort_values("check", ignore_index=True) for each in (found, expected)
        )
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert len(found)


@pytest.mark.parametrize(
    "names",
    [
        ("1_of_2",),
        ("1_of_2", "2_of_3"),
        ("1_of_2", "2_of_3", "3_of_3"),
        ("1_of_2", "1_of_2"),
        ("1_of_2", "3_of_2"),
        ("1_of_2", "elsewhere"),
        (),
    ],
)
def test_shards_of_another_cut_are_refused(tmp_path, names):
    folders = [tmp_path / name / "stock" for name in names]
    with pytest.raises(InputError, match="expected those of the shards"), opened_sums(folders):
        pass
