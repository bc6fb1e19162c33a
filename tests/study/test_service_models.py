"""The matrix of service models: every cell coded, sourced and dated, or refused by name."""

from __future__ import annotations

import csv
from types import SimpleNamespace

import pandas as pd
import pytest
from pydantic import ValidationError

from kuntakokeilu.contracts import SERVICE_MODELS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_service_models
from kuntakokeilu.facts.service_models import agreement
from kuntakokeilu.study import ServiceModels, read_study
from kuntakokeilu.study.service_model_checks import check_service_models

AREAS = ["North", "South"]
FEATURES = [
    ("voucher", "binary", "seteli", "sedel", "voucher", "yes if there is one"),
    ("load", "number", "kuorma", "last", "load", "clients by workers"),
]
CELLS = {
    ("North", "voucher"): ("yes", "2021-03", "north.example"),
    ("North", "load"): ("183.5", "2021-02-26", "north.example"),
    ("South", "voucher"): ("unknown", "", ""),
    ("South", "load"): ("unknown", "", ""),
}


def written(folder, cells=None, extra=(), coder="first coder"):
    def write(name, header, rows):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])

    header = ["feature", "kind", "label_fi", "label_sv", "label_en", "description"]
    write("service_features.csv", header, FEATURES)
    rows = [(*key, *cell, coder) for key, cell in (CELLS | (cells or {})).items() if cell]
    header = ["area", "feature", "value", "date", "source", "coder"]
    write("service_models.csv", header, [*rows, *extra])
    return folder


def value(matrix, area, feature):
    return matrix.set_index(["area", "feature"]).loc[(area, feature), "value"]


def test_the_matrix_is_complete_and_in_the_order_of_the_lists(tmp_path):
    matrix = conform(read_service_models(written(tmp_path), ["South", "North"]), SERVICE_MODELS)
    assert list(matrix["area"]) == ["South", "South", "North", "North"]
    assert list(matrix["feature"]) == ["voucher", "load"] * 2
    assert value(matrix, "North", "load") == "183.5"
    assert value(matrix, "South", "voucher") == "unknown"
    assert matrix["kappa"].isna().all()
    assert list(matrix["label_sv"]) == ["sedel", "last"] * 2


FAULTS = {
    "unknown area": ({("West", "load"): ("unknown", "", "")}, "row 6, column area: West"),
    "unknown feature": ({("North", "x"): ("unknown", "", "")}, "row 6, column feature: x"),
    "no such word": ({("North", "voucher"): ("maybe", "2021-03", "s")}, "expected yes, no or"),
    "text for a number": ({("North", "load"): ("high", "2021-03", "s")}, "expected a number or"),
    "minus": ({("North", "load"): ("-3", "2021-03", "s")}, "expected a number or unknown"),
    "no month 13": (
        {("North", "load"): ("3", "2021-13", "s")},
        "row 3, column date: expected",
    ),
    "a year": ({("North", "load"): ("3", "2021", "s")}, "column date: expected YYYY-MM"),
    "no date": ({("North", "load"): ("3", "", "s")}, "column date: missing"),
    "no source": ({("North", "load"): ("3", "2021-03", "")}, "column source: missing"),
    "a hole": ({("South", "load"): None}, "1 cell is missing, first load of South"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named_by_row_and_column(tmp_path, case):
    cells, expected = FAULTS[case]
    with pytest.raises(InputError) as caught:
        read_service_models(written(tmp_path, cells), AREAS)
    assert expected in str(caught.value)
    assert str(caught.value).startswith("config/service_models.csv")


def test_a_cell_coded_twice_by_one_coder_or_by_three_is_refused(tmp_path):
    again = ("North", "voucher", "no", "2021-03", "s")
    with pytest.raises(InputError, match="row 6: first coder has coded voucher of North already"):
        read_service_models(written(tmp_path, extra=[(*again, "first coder")]), AREAS)
    three = [(*again, coder) for coder in ("second coder", "third coder")]
    with pytest.raises(InputError, match="row 7: a third coder"):
        read_service_models(written(tmp_path, extra=three), AREAS)


def test_two_coders_who_disagree_know_nothing(tmp_path):
    second = [
        ("North", "voucher", "no", "2021-05", "other.example", "second coder"),
        ("North", "load", "183.5", "2021-03-01", "other.example", "second coder"),
    ]
    matrix = read_service_models(written(tmp_path, extra=second), AREAS)
    assert value(matrix, "North", "voucher") == "unknown"
    assert value(matrix, "North", "load") == "183.5"
    row = matrix.iloc[1]
    assert (row["date"], row["source"]) == ("2021-03-01", "north.example; other.example")
    assert row["n_coders"] == 2


def test_kappa_is_agreement_beyond_chance_by_hand():
    # 20 areas: both yes 8, both no 6, first yes only 4, second yes only 2
    pairs = [("yes", "yes")] * 8 + [("no", "no")] * 6 + [("yes", "no")] * 4 + [("no", "yes")] * 2
    rows = [
        (f"a{i}", "voucher", word, coder)
        for i, pair in enumerate(pairs)
        for word, coder in zip(pair, ("first", "second"), strict=True)
    ]
    rows.append(("alone", "voucher", "yes", "first"))
    codings = pd.DataFrame(rows, columns=["area", "feature", "value", "coder"])
    by_chance = 0.6 * 0.5 + 0.4 * 0.5
    assert agreement(codings)["voucher"] == pytest.approx((0.7 - by_chance) / (1 - by_chance))
    alike = codings[codings["area"].isin(["a0", "a1"])]
    assert agreement(alike).empty


def test_a_study_asks_for_at_most_three_features_and_each_name_once():
    with pytest.raises(ValidationError, match="at most 3"):
        ServiceModels(estimands=["y.main"], features=list("abcd"))
    with pytest.raises(ValidationError, match="a name stands there twice"):
        ServiceModels(estimands=["y.main", "y.main"])


def asked(units="municipality", estimator="two_way_fixed_effects", strata=None, **estimand):
    population = SimpleNamespace(strata=["by_age"])
    settings = SimpleNamespace(
        service_models=ServiceModels(estimands=["y.main"], strata=strata),
        units=units,
        source=SimpleNamespace(known_populations={"people": population}),
    )
    rest = {"effects_by_period": None, "contrast": None, "population": "people", "covariates": []}
    row = SimpleNamespace(estimand="y.main", estimator=estimator, **(rest | estimand))
    return settings, [row]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"units": "other"}, "goes with units: municipality only"),
        ({"estimator": "event_study"}, "expected two_way_fixed_effects"),
        ({"effects_by_period": "region"}, "y.main has effects_by_period; expected none"),
        ({"contrast": "others"}, "y.main has contrast; expected none"),
        (
            {"strata": "by_age", "covariates": ["income"]},
            "strata: y.main has covariates, which effects by stratum",
        ),
        ({"strata": "by_sex"}, "by_sex is not in source.populations.people.strata"),
    ],
)
def test_an_estimand_without_effects_by_area_is_refused(changes, expected):
    with pytest.raises(InputError, match=expected):
        check_service_models(*asked(**changes), "study.yaml")


def test_a_fitting_estimand_passes_and_an_absent_one_does_not():
    settings, rows = asked(strata="by_age")
    check_service_models(settings, rows, "study.yaml")
    with pytest.raises(InputError, match=r"no row y\.main in estimands\.csv"):
        check_service_models(settings, [], "study.yaml")


def test_the_projects_own_matrix_covers_the_25_areas(config):
    with (config / "studies" / "open_2021" / "areas.csv").open(encoding="utf-8") as file:
        listed = [row["area"] for row in csv.DictReader(file) if row["arm"] == "trial"]
    areas = list(dict.fromkeys(listed))
    matrix = conform(read_service_models(config, areas), SERVICE_MODELS)
    assert len(matrix) == 25 * 12
    known = matrix[matrix["value"] != "unknown"]
    assert known[["date", "source"]].notna().all(axis=None)
    assert matrix.loc[matrix["value"] == "unknown", "source"].isna().all()
    assert len(known) == 34
    assert known["source"].str.contains("verified|derived|assignment").all()
    small = known[known["feature"] == "dynamic_small_procurement"]
    assert set(small["area"]) == {"Kuopion seutu", "Hämeenlinnan seutu", "Jyväskylän seutu"}
    assert small["source"].str.contains("unverified").all()


def test_clients_moved_are_of_areas_of_the_trial(config):
    table = pd.read_csv(config / "clients_moved.csv", dtype=str, keep_default_na=False)
    study = read_study(config, "open_2021")
    assert table["area"].is_unique and set(table["area"]) <= set(study.trial_areas())
    assert set(table["counted"]) <= {"stated", "about", "over", "nearly"}
    assert table["clients"].astype(int).between(1000, 50_000).all()
    listed = dict(zip(study.areas["code"], study.areas["area"], strict=True))
    parts = table[table["part"] != ""]
    assert [listed[code] for code in parts["part"]] == parts["area"].tolist()
    assert (table[["date", "source"]] != "").all(axis=None)
