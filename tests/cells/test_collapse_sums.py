"""Sums of facts against person-months: two ways to the same cells, to the last bit."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from kuntakokeilu.cells import cells_of_sums, collapse, counts_of_sums, opened_sums
from kuntakokeilu.contracts import (
    COUNTED,
    OUTCOMES,
    PAID,
    PAYER_NAMES,
    REGISTER_SAMPLES,
    SUM_FILES,
    SUMS,
)
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.panel import outcomes, prepare, sums
from kuntakokeilu.registers import read_contract
from kuntakokeilu.study import PanelSettings, Split

from ..panel.random_tables import random_tables
from ..panel.tiny import D, write_tables

CONFIG = Path(__file__).resolve().parents[2] / "config"
SETTINGS = PanelSettings(
    frozen_on=[D("2017-12-31"), D("2018-12-31"), D("2020-12-31")],
    stocks=["2019-02", "2019-11"],
    follow_up=18,
    horizons=[0, 1, 3, 6, 12],
    first_month="2018-06",
    last_month="2022-12",
)
SCHEMES = {"age_sex": ["age_group", "sex"]}
POPULATIONS = {"all": {}, "men": {"eligible": True, "sex": "male"}}
# Of a survey alone.
TOLD_BY_OTHERS = ("survey_responded", "wellbeing_scale")
ASKED = {name: name for name in OUTCOMES if name not in TOLD_BY_OTHERS}
# Those few are split by more than by the populations.
SPLIT = ("employed", "wage_cents", "plan_outdated")


def splits() -> list[Split]:
    """Each population whole, and by age and sex."""
    return [
        Split(
            name, scheme, members, tuple(SCHEMES.get(scheme, ())), tuple(columns), ("wage_cents",)
        )
        for name, members in POPULATIONS.items()
        for scheme, columns in {"none": ASKED, "age_sex": SPLIT}.items()
    ]


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.simulate)])
def both(request, tmp_path_factory):
    """The same registers in both ways: folders, and what is known beside the files."""
    folder = tmp_path_factory.mktemp("sums")
    tables = write_tables(random_tables(request.param), folder / "tables", read_contract(CONFIG))
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcomes, "PERSONS_AT_A_TIME", 9)
        patch.setattr(sums, "PERSONS_AT_A_TIME", 7)
        for name, asked in {
            "months": None,
            "sums": dict.fromkeys(REGISTER_SAMPLES, splits()),
        }.items():
            made[name] = prepare(
                tables,
                SETTINGS,
                read_classification(CONFIG, 2025),
                read_ledger_rules(CONFIG),
                None,
                None,
                folder / name,
                splits=asked,
            )
    return folder, made


@pytest.mark.parametrize("sample", REGISTER_SAMPLES)
def test_cells_are_those_of_person_months(both, sample):
    folder, _ = both
    wanted = {"none": list(ASKED), "age_sex": SPLIT}
    with opened_sums([folder / "sums" / sample]) as con:
        for name, members in POPULATIONS.items():
            cells = cells_of_sums(con, name, ASKED, wanted)
            counts = counts_of_sums(con, name, ASKED, list(wanted))
            one = cells_of_sums(con, name, {"contacts": "contacts"}, wanted)
            assert set(one["outcome"]) == {"contacts"} and set(one["stratification"]) == {"none"}
            expected = collapse(
                folder / "months" / f"{sample}.parquet",
                name,
                members,
                SCHEMES,
                ASKED,
                {"age_sex": SPLIT},
            )
            pd.testing.assert_frame_equal(cells, expected[0], check_exact=True)
            pd.testing.assert_frame_equal(counts, expected[1], check_exact=True)
            assert len(cells) > 100


def test_what_is_known_beside_them_is_the_same(both):
    _, made = both
    for name in ("flow", "conservation", "eligibility"):
        found, expected = (getattr(made[way], name) for way in ("sums", "months"))
        pd.testing.assert_frame_equal(found, expected)


def test_files_follow_the_contracts(both):
    folder, _ = both
    for sample in REGISTER_SAMPLES:
        files = sorted(path.name for path in (folder / "sums" / sample).iterdir())
        assert files == [f"{name}.parquet" for name in sorted(SUM_FILES)]
        contracts = {"sums": SUMS, "paid": PAID, "payers": PAYER_NAMES, "counted": COUNTED}
        for name, columns in contracts.items():
            found = duckdb.read_parquet(str(folder / "sums" / sample / f"{name}.parquet"))
            types = [str(kind).replace(", ", ",") for kind in found.types]
            assert dict(zip(found.columns, types, strict=True)) == {
                column: kind for column, kind in columns.items()
            }


def test_who_is_not_there_is_named(both):
    folder, _ = both
    with opened_sums([folder / "sums" / "stock"]) as con:
        with pytest.raises(InputError, match="nobody belongs to population some"):
            cells_of_sums(con, "some", ASKED, {"none": list(ASKED)})
        with pytest.raises(InputError, match="found other"):
            counts_of_sums(con, "all", {"other": "other"}, ["none"])
    with pytest.raises(InputError, match=r"sums\.parquet: no such file"), opened_sums([folder]):
        pass
