"""Every file of results/<study>/release has passed a function of `disclosure`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "workflow" / "scripts" / "release.py"
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))


def written(source):
    """For each file that the release script writes, the function that its content comes from."""
    tree = ast.parse(source)
    made = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            made |= {name.id: _source(node.iter, made) for name in node.target.elts}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            made[node.targets[0].id] = _call(node.value)
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("write_csv", "write_json"):
            content, target = node.args
            known = made.get(content.id) if isinstance(content, ast.Name) else _call(content)
            found[ast.unparse(target)] = known
    return found


def _source(node, made):
    """Name the function behind what is looped over: of `done.tables.items()` that of `done`."""
    inner = node.func.value if _name(node.func) == "items" else node
    if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
        return made.get(inner.value.id)
    return _call(node)


def _name(node):
    return getattr(node, "id", getattr(node, "attr", None))


def _call(node):
    """Name the function behind an expression: of `f(x)` and of `f(x).items()` it is f."""
    if not isinstance(node, ast.Call):
        return None
    inner = node.func.value if _name(node.func) == "items" else None
    return _call(inner) if inner is not None else _name(node.func)


def test_every_table_that_is_written_has_passed_the_guards():
    assert written(SCRIPT.read_text("utf-8")) == {
        "output[name]": "disclose",
        "output.study": "described",
        "output.manifest": "provenance",
    }


def test_a_table_that_passed_nothing_is_noticed():
    source = SCRIPT.read_text("utf-8")
    bare = source.replace("write_csv(table, output[name])", "write_csv(tables[name], output[name])")
    assert bare != source
    assert written(bare)["output[name]"] is None
    assert "output.more" in written(source + "\n    write_csv(tables['balance'], output.more)")


def test_the_rule_writes_what_the_record_names():
    rule = (ROOT / "workflow" / "rules" / "disclosure.smk").read_text("utf-8")
    assert "RELEASED_TABLES = PLAN.released_tables" in rule
    output = rule.partition("output:")[2].partition("log:")[0].split("\n")
    assert [line.strip() for line in output if line.strip()] == [
        '**{name: f"{RELEASE}/{name}.csv" for name in RELEASED_TABLES},',
        'study=f"{RELEASE}/study.json",',
        'manifest=f"{RELEASE}/manifest.json",',
    ]


def test_no_other_rule_or_script_writes_into_the_release():
    for path in RULES:
        text = path.read_text("utf-8")
        for output in re.findall(r"output:(.*?)\n    \w+:", text, flags=re.DOTALL):
            assert ("{RELEASE}" in output) == (path.name == "disclosure.smk"), path.name
    for path in SCRIPT.parent.glob("*.py"):
        if path != SCRIPT:
            assert "/release" not in path.read_text("utf-8"), path.name
