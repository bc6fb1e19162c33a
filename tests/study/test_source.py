"""What a kind of source differs in, the source itself says."""

from __future__ import annotations

import ast
from functools import cache
from typing import get_args

import pytest

from kuntakokeilu.cells.make import READERS
from kuntakokeilu.study import DataSource, RegisterSource


def kinds(of=DataSource):
    """Every class of sources."""
    return {of, *(kind for below in of.__subclasses__() for kind in kinds(below))}


@cache
def class_names():
    """Their names, asked for by each call in the project."""
    return {kind.__name__ for kind in kinds()}


def named(node):
    """Names in a piece of code, without what leads to them."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def asks(node):
    """Whether code asks of which class something is, or if a source has an attribute."""
    if isinstance(node, ast.MatchClass):
        return bool(class_names() & set(named(node.cls)))
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    of = {name for part in node.args for name in named(part)}
    if node.func.id in {"isinstance", "issubclass"}:
        return bool(of & class_names())
    return node.func.id in {"getattr", "hasattr", "type"} and "source" in of


def questions(source):
    """Lines that ask so."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if asks(node)]


@pytest.mark.parametrize(
    "asking",
    [
        "isinstance(settings.source, study.UnitPanelSource)",
        "issubclass(kind, (StatfinSource, RegisterSource))",
        "getattr(settings.source, 'twin', None)",
        "type(source) is SimulatedSource",
        "match source:\n    case RegisterSource():\n        pass",
    ],
)
def test_a_question_for_the_class_is_found(asking):
    assert questions(asking)


def test_nobody_outside_study_asks_for_the_class_of_a_source(root):
    folders = [root / "src" / "kuntakokeilu", root / "workflow", root / "benchmarks"]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    own = root / "src" / "kuntakokeilu" / "study"
    found = {
        path.relative_to(root): questions(path.read_text(encoding="utf-8"))
        for path in files
        if own not in path.parents
    }
    asking = {path: lines for path, lines in found.items() if lines}
    assert len(files) > 200 and not asking


def test_every_kind_of_source_without_registers_has_a_reader():
    every = kinds() - {DataSource}
    of_persons = {kind for kind in every if kind.registers is not None}
    named = [kind.model_fields["reader"].annotation for kind in every - of_persons]
    assert of_persons == {RegisterSource}
    assert set(READERS) == {name for one in named for name in get_args(one)}
