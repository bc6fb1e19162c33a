"""The dictionary of columns follows the standard, and the files follow the dictionary.

The rules are those of Data Package, Tabular Data Resource and Table Schema
(specs.frictionlessdata.io, version 1), written down here since their JSON schemas lie on the web.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re

import pytest

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.report.tables.data_package import data_package
from kuntakokeilu.report.words.language import LANGUAGES

from ..whole import whole

NAME = re.compile(r"^[-a-z0-9._/]+$")
TYPES = {"string", "number", "integer", "boolean"}
CONSTRAINTS = {"required", "unique", "enum", "minimum", "maximum", "pattern"}
CASTS = {"number": float, "integer": int, "string": str, "boolean": str}


def faults(package):
    """List what of a descriptor the standard does not allow."""
    found = []
    resources = package.get("resources")
    if not isinstance(resources, list) or not resources:
        return ["resources"]
    if not NAME.match(package.get("name", "")):
        found.append("name")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", package.get("created", "")):
        found.append("created")
    found += ["source" for each in package.get("sources", []) if not each.get("title")]
    found += ["contributor" for each in package.get("contributors", []) if not each.get("title")]
    names = [resource.get("name", "") for resource in resources]
    if len(set(names)) < len(names) or not all(NAME.match(name) for name in names):
        found.append("names of resources")
    for resource in resources:
        found += [f"{resource.get('name')}: {fault}" for fault in _of_resource(resource)]
    return found


def _of_resource(resource):
    path = resource.get("path", "")
    if not path or path.startswith("/") or ".." in path or "data" in resource:
        yield "path"
    if resource.get("profile") != "tabular-data-resource" or "schema" not in resource:
        yield "no table"
        return
    if not isinstance(resource.get("bytes"), int):
        yield "bytes"
    schema = resource["schema"]
    fields = schema.get("fields", [])
    names = [field.get("name") for field in fields]
    if not fields or len(set(names)) < len(names) or not all(names):
        yield "fields"
    for field in fields:
        if field.get("type") not in TYPES or not set(field.get("constraints", {})) <= CONSTRAINTS:
            yield f"field {field.get('name')}"
        if not field.get("description"):
            yield f"no description of {field.get('name')}"
    keys = [schema.get("primaryKey", []), *schema.get("uniqueKeys", [])]
    if not all(set(key) <= set(names) for key in keys):
        yield "key"
    if schema.get("missingValues") != [""]:
        yield "missing values"


def broken(content, schema):
    """List which cells of a CSV file its schema does not allow."""
    rows = list(csv.DictReader(io.StringIO(content)))
    found = [] if not rows or list(rows[0]) == [f["name"] for f in schema["fields"]] else ["header"]
    for field in schema["fields"]:
        rules = field.get("constraints", {})
        for row in rows:
            value = row.get(field["name"], "")
            if value == "":
                found += [(field["name"], "required")] if rules.get("required") else []
                continue
            if field["type"] == "boolean":
                if value not in (*field["trueValues"], *field["falseValues"]):
                    found.append((field["name"], value))
                continue
            try:
                typed = CASTS[field["type"]](value)
            except ValueError:
                found.append((field["name"], value))
                continue
            if "enum" in rules and value not in rules["enum"]:
                found.append((field["name"], value))
            if "minimum" in rules and typed < rules["minimum"]:
                found.append((field["name"], value))
    keys = [k for k in [schema.get("primaryKey"), *schema.get("uniqueKeys", [])] if k]
    for key in keys:
        values = [tuple(row[name] for name in key) for row in rows]
        found += ["key"] if len(set(values)) < len(values) else []
    return found


@pytest.fixture(scope="module")
def packed():
    """A release with every table, as the files that it is written to."""
    release = whole()
    contents = {
        f"{name}.csv": getattr(release, name)[list(table.contract.columns)]
        .to_csv(index=False, lineterminator="\n")
        .encode("utf-8")
        for name, table in RELEASED_TABLES.items()
    }
    return release, contents


@pytest.fixture
def package(packed, english):
    """Its dictionary."""
    return data_package(*packed, english)


def test_the_dictionary_follows_the_standard(package):
    assert faults(package) == []
    assert [each["name"] for each in package["resources"]] == list(RELEASED_TABLES)


def test_every_column_of_every_contract_is_in_it_in_order(package):
    for resource in package["resources"]:
        columns = RELEASED_TABLES[resource["name"]].contract.columns
        assert [field["name"] for field in resource["schema"]["fields"]] == list(columns)


def test_every_file_follows_the_dictionary(package, packed):
    _, contents = packed
    for resource in package["resources"]:
        content = contents[resource["path"].removeprefix("release/")]
        assert broken(content.decode("utf-8"), resource["schema"]) == [], resource["name"]
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)


@pytest.mark.parametrize(
    ("column", "value"),
    [("role", "mine"), ("estimate", "much"), ("leading", "yes"), ("n_trial", "-1"), ("study", "")],
)
def test_a_cell_against_the_dictionary_is_seen(column, value, package, packed):
    """The rules above can fail: each kind of constraint stands in the dictionary."""
    release, _ = packed
    table = release.estimates[list(RELEASED_TABLES["estimates"].contract.columns)].astype(object)
    table.loc[0, column] = value
    schema = package["resources"][0]["schema"]
    assert broken(table.to_csv(index=False), schema) != []


@pytest.mark.parametrize("key", ["resources", "name", "created"])
def test_a_descriptor_without_what_the_standard_asks_is_seen(key, package):
    assert faults({name: value for name, value in package.items() if name != key}) != []


def test_a_key_with_a_column_that_may_be_missing_is_no_primary_key(package):
    schemas = {each["name"]: each["schema"] for each in package["resources"]}
    assert "primaryKey" not in schemas["estimates"]
    assert schemas["estimates"]["uniqueKeys"][0][0] == "estimand"
    assert schemas["units"]["primaryKey"] == ["unit"]


def test_tables_that_a_study_lacks_are_not_in_it(packed, english):
    release, contents = packed
    some = {name: contents[name] for name in ("estimates.csv", "units.csv")}
    package = data_package(release, {**some, "study.json": b"{}"}, english)
    assert [each["name"] for each in package["resources"]] == ["estimates", "units"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_released_table_is_described_in_every_language(code, request):
    names = {"fi": "finnish", "sv": "swedish", "en": "english"}
    language = request.getfixturevalue(names[code])
    assert all(language.say(f"package.table.{name}") for name in RELEASED_TABLES)
