"""Counts in messages agree with their nouns: 1 row, 2 rows."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

import pytest

from kuntakokeilu.errors import counted

# Words in s after a value that are no plural nouns.
_OTHERS = "adds|as|asks|compares|differs|does|exists|follows|has|holds|is|lacks|leads|lies|names"
_OTHERS += "|needs|occurs|reads|stands|takes|was"
_PLURAL = re.compile(rf" (?:(?:such|other|more|different) )?(?!(?:{_OTHERS})\b)[a-z-]*[a-rt-z]s\b")


def plurals(code: str) -> list[str]:
    """Find f-strings that write a plural after a value which may be 1."""
    return [
        f"line {value.lineno}: {{{ast.unparse(value.value)}}}{noun[0]}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.JoinedStr)
        for value, text in pairwise(node.values)
        if isinstance(value, ast.FormattedValue)
        and isinstance(text, ast.Constant)
        and not may_not_be_one(value.value)
        and (noun := _PLURAL.match(text.value))
    ]


def may_not_be_one(value: ast.expr) -> bool:
    """Tell counts with their noun, and constants, from other values."""
    called = isinstance(value, ast.Call) and ast.unparse(value.func) == "counted"
    return called or (isinstance(value, ast.Name) and value.id.isupper())


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        ("f'found {len(rows)} rows'", ["line 1: {len(rows)} rows"]),
        ("f'({int(bad.sum())} such unit-periods)'", ["line 1: {int(bad.sum())} such unit-periods"]),
        ("f'{n} units ' f'are missing'", ["line 1: {n} units"]),
        ("f'at most {MOST} features'", []),
        ("f'column {name} has no values'", []),
        ("f'{counted(n, \"unit\")} less'", []),
    ],
)
def test_the_search_finds_plurals_after_counts_alone(code, faults):
    assert plurals(code) == faults


def test_no_message_writes_one_rows(root):
    found = {str(path): plurals(path.read_text("utf-8")) for path in (root / "src").rglob("*.py")}
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (1, ("row",), "1 row"),
        (0, ("row",), "0 rows"),
        (1, ("unit is", "units are"), "1 unit is"),
        (2, ("unit is", "units are"), "2 units are"),
    ],
)
def test_a_count_goes_with_its_noun(number, words, said):
    assert counted(number, *words) == said
