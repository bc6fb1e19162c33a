"""Every file of results/<study>/release has passed a function of `disclosure`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from kuntakokeilu import disclosure
from kuntakokeilu.disclosure import GUARDS
from kuntakokeilu.report.words.release import OPTIONAL

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "workflow" / "scripts" / "release.py"
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))


def written(source):
    """For each file that the release script writes, the functions its content came through."""
    tree = ast.parse(source)
    passed = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            # A name that is given anew keeps what it passed last.
            passed.setdefault(node.targets[0].id, []).append((node.lineno, node.value))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("write_csv", "write_json"):
            content, target = node.args
            found[target.attr] = _calls(content, node.lineno, passed)
    return found


def _name(node):
    return getattr(node, "id", getattr(node, "attr", None))


def _calls(node, line, passed):
    """Names of the functions on the outside of an expression; a variable is what it was last."""
    if isinstance(node, ast.Name):
        before = [value for at, value in passed.get(node.id, []) if at < line]
        return _calls(before[-1], line - 1, passed) if before else []
    if not isinstance(node, ast.Call):
        return []
    name = _name(node.func)
    # `conform` changes nothing: what it was given is what leaves.
    return [name, *(_calls(node.args[0], line, passed) if name == "conform" else [])]


def test_every_table_that_is_written_passed_its_guard():
    found = written(SCRIPT.read_text("utf-8"))
    assert set(found) == {*GUARDS, "study", "manifest"}
    for table, guard in GUARDS.items():
        assert guard.__name__ in found[table], table
    assert found["manifest"] == ["provenance"]


def test_a_table_that_passed_nothing_is_noticed():
    source = SCRIPT.read_text("utf-8")
    bare = source.replace(
        "write_csv(release_balance(balance, compared, profile), output.balance)",
        "write_csv(balance, output.balance)",
    )
    assert bare != source
    assert "release_balance" not in written(bare)["balance"]
    assert "surprise" in written(source + "\n    write_csv(balance, output.surprise)")


def test_the_rule_writes_what_the_record_names():
    """Names of files in the rule, and those that common.smk gives it, against the record."""
    rule = (ROOT / "workflow" / "rules" / "disclosure.smk").read_text("utf-8")
    output = rule.partition("output:")[2].partition("log:")[0]
    named = set(re.findall(r"\{RELEASE\}/(\w+)\.(?:csv|json)", output))
    assert named | set(OPTIONAL) == {*GUARDS, "study", "manifest"}
    lists = re.findall(r"\*(\w+)", output.replace("**", ""))
    assert set(lists) == {"RELEASED_OF_REGISTERS", "RELEASED_OF_MONEY"}


def test_no_other_rule_or_script_writes_into_the_release():
    for path in RULES:
        text = path.read_text("utf-8")
        for output in re.findall(r"output:(.*?)\n    \w+:", text, flags=re.DOTALL):
            assert ("{RELEASE}" in output) == (path.name == "disclosure.smk"), path.name
    for path in SCRIPT.parent.glob("*.py"):
        if path != SCRIPT:
            assert "/release" not in path.read_text("utf-8"), path.name


def test_every_guard_is_one_of_disclosure_and_every_one_of_them_guards():
    public = {name for name in disclosure.__all__ if name.startswith("release_")}
    assert {guard.__name__ for guard in GUARDS.values()} == public
