"""The dictionary of columns of a release: datapackage.json, made from the contracts.

Data Package and Table Schema of Frictionless Data (specs.frictionlessdata.io, version 1;
datapackage.org, version 2): what is written here is valid in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pandera.pandas as pa

from kuntakokeilu.contracts import RELEASED_TABLES, ReleasedTable
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

FOLDER = "release"  # of the tables, seen from datapackage.json
_TYPES = {"float64": "number", "Int64": "integer", "bool": "boolean", "boolean": "boolean"}


def data_package(
    release: Release, contents: Mapping[str, bytes], language: Language
) -> dict[str, Any]:
    """Describe the tables of a release.

    Parameters
    ----------
    release : Release
        A released study.
    contents : mapping of str to bytes
        The files of its folder by name; those that are no table are passed over.
    language : Language
        Of titles, tables and sources; what columns mean is in English, as in the contracts.

    Returns
    -------
    dict
        Content of datapackage.json: every table with its columns, their types, what they mean and
        which values they may have; size and hash of its file.
    """
    study, manifest = release.study, release.manifest
    tables = [
        _table(table, contents[f"{name}.csv"], language)
        for name, table in RELEASED_TABLES.items()
        if f"{name}.csv" in contents
    ]
    package: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": study["study"],
        "title": language.pick(study["title"]),
        "description": language.say("package.description"),
        "version": manifest["date"],
        "created": f"{manifest['date']}T00:00:00Z",
        "resources": tables,
    }
    sources = [_source(source, language) for source in study["attribution"]]
    authors = [{"title": name, "role": "author"} for name in study["authors"]]
    return package | {k: v for k, v in (("sources", sources), ("contributors", authors)) if v}


def table_schema(contract: pa.DataFrameSchema) -> dict[str, Any]:
    """Write a contract as a Table Schema: fields, keys, and how missing values are written.

    A key with a column that may be missing is no primary key of the standard; it is written as
    `uniqueKeys` (version 2), which readers of version 1 pass over.
    """
    fields = [_field(name, column) for name, column in contract.columns.items()]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    key = list(contract.unique or [])
    if key and not any(contract.columns[name].nullable for name in key):
        schema["primaryKey"] = key
    elif key:
        schema["uniqueKeys"] = [key]
    return schema


def _field(name: str, column: Any) -> dict[str, Any]:
    kind = _TYPES.get(str(column.dtype), "string")
    field: dict[str, Any] = {"name": name, "type": kind, "description": column.description or ""}
    if kind == "boolean":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    for check in column.checks:
        told = check.statistics or {}
        if check.name == "isin":
            constraints["enum"] = list(told["allowed_values"])
        elif check.name == "greater_than_or_equal_to":
            constraints["minimum"] = told["min_value"]
    return field | ({"constraints": constraints} if constraints else {})


def _table(table: ReleasedTable, content: bytes, language: Language) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{FOLDER}/{table.name}.csv",
        "description": language.say(f"package.table.{table.name}"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "header": True},
        "schema": table_schema(table.contract),
    }


def _source(source: Mapping[str, Any], language: Language) -> dict[str, str]:
    named = [language.pick(dict(source)), source["licence"]]
    told = {"title": ", ".join(filter(None, named))}
    return told | ({"path": source["url"]} if source["url"] else {})
