"""Which texts the code asks for, read from the code itself."""

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pandas as pd

ROOT = Path(__file__).parents[2]
LABELS = ROOT / "config" / "labels"
REPORT = ROOT / "src" / "kuntakokeilu" / "report"
HANDOVER = ROOT / "src" / "kuntakokeilu" / "handover"
DIAGNOSTICS = ROOT / "src" / "kuntakokeilu" / "diagnostics"


def table(name="*"):
    """All texts of the tables of this name, in the three languages, by key."""
    paths = sorted(LABELS.glob(f"{name}.csv"))
    assert paths
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
    return pd.concat(tables).set_index("key")


def places(text):
    """The names of the places in a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def modules():
    """The syntax trees of the report room, and of what carries its results out."""
    paths = [*sorted(REPORT.rglob("*.py")), *sorted(HANDOVER.glob("*.py"))]
    trees = {path: ast.parse(path.read_text("utf-8")) for path in paths}
    return {path.relative_to(REPORT.parent).as_posix(): tree for path, tree in trees.items()}


def said():
    """The keys that stand whole in a call say("key")."""
    keys = set()
    for tree in modules().values():
        for node in ast.walk(tree):
            named = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say"
            if named and node.args and isinstance(node.args[0], ast.Constant):
                keys.add(node.args[0].value)
    return keys


def mentioned(key):
    """Tell whether any code mentions a key, whole or composed from its beginning."""
    plain = key.removesuffix(".other")
    if {key, plain} & _words():
        return True
    return any(re.fullmatch(p, key) or re.fullmatch(p, plain) for p in _patterns())


def checks():
    """The names of the checks that the diagnostics make."""
    text = "".join(path.read_text("utf-8") for path in DIAGNOSTICS.glob("*.py"))
    return set(re.findall(r'_row\(\s*"([a-z0-9_]+)"', text))


@cache
def _words():
    """Every string of the report room, and every dotted word of the workflow."""
    nodes = [node for tree in modules().values() for node in ast.walk(tree)]
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    whole = (n for n in nodes if isinstance(n, ast.Constant) and id(n) not in parts)
    found = {node.value for node in whole if isinstance(node.value, str)}
    return found | set(re.findall(r"[a-z0-9_]+(?:\.[a-z0-9_-]+)+", _workflow()))


@cache
def _workflow():
    """The text of all rules, scripts, notebooks and captions."""
    paths = sorted((ROOT / "workflow").rglob("*"))
    kinds = (".py", ".smk", ".ipynb", ".rst")
    return "".join(path.read_text("utf-8") for path in paths if path.suffix in kinds)


@cache
def _patterns():
    """Patterns of the keys that the code composes: f"check.{name}" and "check." are check.*."""
    patterns = {
        re.sub(r"\\{[^}]*\}", ".+", re.escape(text))
        for text in re.findall(r"[a-z0-9_]+\.[a-z0-9_.]*\{[a-z0-9_.{}]*", _workflow())
    }
    patterns |= {re.escape(word) + ".+" for word in _words() if re.fullmatch(r"[a-z_]+\.", word)}
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                first = node.values[0].value
                if re.match(r"[a-z0-9_]+\.", first):
                    parts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
                    pattern = "".join(".+" if p is None else re.escape(p) for p in parts)
                    patterns |= {pattern, rf"{pattern}\.(municipality|other)"}
    return patterns
