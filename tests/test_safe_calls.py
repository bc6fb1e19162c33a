"""No code of the project hands a text to a shell, runs a text, or trusts what a file says it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "workflow", "tools", "benchmarks")
FILES = [*(path for name in FOLDERS for path in (ROOT / name).rglob("*.py")), ROOT / "run.py"]
# What runs texts as programs or commands, or makes objects of what a file says.
REFUSED = {
    *("eval", "exec", "os.system", "os.popen", "subprocess.getoutput", "pickle.load"),
    *("pickle.loads", "marshal.loads", "yaml.unsafe_load", "yaml.full_load", "pd.read_pickle"),
    *("tempfile.mktemp", "shutil.unpack_archive"),
}
METHODS = {"extractall", "extract_all"}  # writes wherever an archive says
# A job of the workflow that was told to another process as `python -c TEXT` runs in a fork.
ALLOWED = {("src/kuntakokeilu/warm.py", "exec")}


def calls(tree: ast.AST):
    """Give every call with what it calls, as written, and its keywords."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {word.arg: word.value for word in node.keywords}


def faults(name: str, text: str) -> list[str]:
    found = []
    for called, keywords in calls(ast.parse(text)):
        if (name, called) not in ALLOWED and (
            called in REFUSED or called.rpartition(".")[2] in METHODS
        ):
            found.append(called)
        shell = keywords.get("shell")
        if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
            found.append(f"{called}, shell")
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import os\nos.system(name)", ["os.system"]),
        ("subprocess.run(name, shell=True)", ["subprocess.run, shell"]),
        ("subprocess.run(name, shell=flag)", ["subprocess.run, shell"]),
        ("subprocess.run([name], shell=False)", []),
        ("eval(text)", ["eval"]),
        ("archive.extractall(folder)", ["archive.extractall"]),
        ("con.execute(text)", []),
    ],
)
def test_such_calls_are_found(text, found):
    assert faults("x.py", text) == found


def test_no_module_has_one():
    assert len(FILES) > 300
    named = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in FILES}
    assert {name: told for name, text in named.items() if (told := faults(name, text))} == {}


def test_no_rule_of_the_workflow_is_a_command_of_a_shell():
    rules = [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    assert len(rules) > 10
    assert [path.name for path in rules if "shell:" in path.read_text(encoding="utf-8")] == []
