"""Every text that a reader can meet, from the configuration itself."""

import csv
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
LANGUAGES = ("fi", "sv", "en")


def shown():
    """Every text for readers: where it stands, its language, the text.

    Yields
    ------
    tuple of str
        File and row or key; fi, sv or en; the text.
    """
    for path in sorted(CONFIG.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = next(iter(row.values()))
                for column, text in row.items():
                    language = _language(column)
                    if language and text:
                        yield f"{path.relative_to(ROOT)}: {key}", language, text
    for path in sorted(CONFIG.glob("studies/*/study.yaml")):
        for name, labels in _labels(yaml.safe_load(path.read_text(encoding="utf-8"))):
            for language, text in labels.items():
                several = text.values() if isinstance(text, dict) else [text]  # one unit, and many
                for each in several:
                    yield f"{path.relative_to(ROOT)}: {name}", language, each


def _language(column):
    """The language of a column: fi, or what ends in _fi."""
    found = [code for code in LANGUAGES if column == code or column.endswith(f"_{code}")]
    return found[0] if found else ""


def _labels(node, name=""):
    """Every mapping fi, sv, en below a node of YAML."""
    if isinstance(node, dict):
        if set(node) == set(LANGUAGES):
            yield name, node
        for key, below in node.items():
            yield from _labels(below, f"{name}.{key}".strip("."))
    if isinstance(node, list):
        for below in node:
            yield from _labels(below, name)
