"""The template that a new study begins with, and the schema that editors check it by."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import data_file
from kuntakokeilu.study import Settings, read_study
from kuntakokeilu.study.covariate_rows import Covariate
from kuntakokeilu.study.estimands import Estimand, EstimandRow
from kuntakokeilu.study.limits import DisclosureProfile
from kuntakokeilu.study.outcomes import Outcome
from kuntakokeilu.study.register_source import PanelSettings, RegisterSource
from kuntakokeilu.study.source import Population
from kuntakokeilu.study.sources import (
    Download,
    FrozenWeight,
    SimulatedOutcome,
    SimulatedSource,
    StatfinSource,
    UnitPanelSource,
)
from kuntakokeilu.study.twin import Switches, TwinSettings

MODELS = (Settings, Outcome, EstimandRow, Covariate, Estimand, DisclosureProfile)


@pytest.fixture
def template(config):
    return (config / "template" / "study.yaml").read_text(encoding="utf-8")


def properties(model):
    """Every key of a model and of the models inside it."""
    schema = model.model_json_schema()
    for name, part in {model.__name__: schema, **schema.get("$defs", {})}.items():
        for key, value in part.get("properties", {}).items():
            yield f"{name}.{key}", value


def test_the_template_passes_every_check_but_its_data(config, tmp_path):
    shutil.copytree(config / "template", tmp_path / "studies" / "fresh")
    shutil.copy(config / "disclosure_profiles.csv", tmp_path)
    study = read_study(tmp_path, "fresh")
    assert {e.estimator for e in study.estimands} >= {"two_by_two", "event_study"}
    with pytest.raises(InputError, match=r"data/my_panel\.csv: no such file"):
        data_file(study.settings.source.path)


@pytest.mark.parametrize(
    "model",
    [
        Settings,
        UnitPanelSource,
        StatfinSource,
        Download,
        FrozenWeight,
        SimulatedSource,
        SimulatedOutcome,
        RegisterSource,
        PanelSettings,
        Population,
        TwinSettings,
        Switches,
    ],
)
def test_the_template_shows_every_key_of_study_yaml(template, model):
    lacking = [key for key in model.model_fields if f"{key}:" not in template]
    assert lacking == []


@pytest.mark.parametrize("model", [Outcome, EstimandRow, Covariate])
def test_the_template_explains_every_column(template, model):
    explained = template[template.index("# The two tables.") :]
    assert [name for name in model.model_fields if name not in explained] == []


def uncommented(template, reader):
    """The commented variant of the source, as YAML, with the keys that go with it."""
    blocks = template.split("\n\n")
    (block,) = [part for part in blocks if f"#   reader: {reader}" in part]
    lines = block[block.index("# source:") :].splitlines()
    return yaml.safe_load("\n".join(line.removeprefix("# ") for line in lines))


@pytest.mark.parametrize("reader", ["statfin_long", "simulated", "registers"])
def test_the_variants_in_the_comments_are_valid(template, reader):
    keys = yaml.safe_load(template) | {"units": "municipality", "start": "2021-03"}
    keys |= {"classification": 2025, "areas": "areas.csv"}
    settings = Settings.model_validate(keys | uncommented(template, reader))
    assert settings.source.reader == reader


def test_the_schema_is_in_step_with_the_types(config):
    path = config / "schemas" / "study.schema.json"
    committed = json.loads(path.read_text(encoding="utf-8"))
    assert committed == Settings.model_json_schema(), "run: python -m kuntakokeilu schema"


@pytest.mark.parametrize("model", MODELS)
def test_every_key_has_a_description(model):
    assert [name for name, value in properties(model) if not value.get("description")] == []


def test_the_schema_takes_a_year_written_as_a_number(config):
    path = config / "schemas" / "study.schema.json"
    first = json.loads(path.read_text(encoding="utf-8"))["properties"]["first_period"]
    assert {part["type"] for part in first["anyOf"]} == {"string", "integer"}
