"""An edit of any module that a step runs reruns the step."""

from __future__ import annotations

import ast
import importlib
import json
from importlib.util import find_spec

import grimp
import pytest

from kuntakokeilu.plan import ROOMS, code

# Of the ground floor: how a step is started, logs and fails decides no number.
NO_BEHAVIOUR = {
    "kuntakokeilu",
    *(f"kuntakokeilu.{name}" for name in ("doctor", "job", "machine", "needs", "private", "warm")),
}


@pytest.fixture(scope="module")
def graph():
    """Who imports whom in the package."""
    return grimp.build_graph("kuntakokeilu", cache_dir=None)


def imported(source, modules):
    """The modules of the package that a text of Python imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from {node.module, *(f"{node.module}.{one.name}" for one in node.names)} & modules
        elif isinstance(node, ast.Import):
            yield from {one.name for one in node.names} & modules


def cells_of(notebook):
    """The Python of a notebook, which its step runs."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_every_script_of_the_workflow_names_its_rooms(root):
    assert set(ROOMS) == {path.stem for path in (root / "workflow" / "scripts").glob("*.py")}


@pytest.mark.parametrize("script", ROOMS)
def test_a_step_depends_on_every_module_that_it_runs(script, graph, root, monkeypatch):
    monkeypatch.chdir(root)
    texts = [(root / "workflow" / "scripts" / f"{script}.py").read_text(encoding="utf-8")]
    if script == "notebook":
        texts += map(cells_of, (root / "workflow" / "notebooks").glob("*.ipynb"))
    own = {module for text in texts for module in imported(text, graph.modules)}
    run = own.union(*(graph.find_upstream_modules(module) for module in own)) - NO_BEHAVIOUR
    named = {
        path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in code(script)
    }
    assert own and run <= named


@pytest.mark.parametrize("folder", ["notebooks", "scripts"])
def test_what_the_workflow_imports_is_there(folder, root):
    """A notebook is run long after its imports were written, and no linter follows them."""
    paths = sorted((root / "workflow" / folder).iterdir())
    for path in paths:
        text = path.read_text(encoding="utf-8") if path.suffix == ".py" else cells_of(path)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("kuntakokeilu"):
                module = importlib.import_module(str(node.module))
                for one in node.names:
                    there = hasattr(module, one.name) or find_spec(f"{node.module}.{one.name}")
                    assert there, (path.name, node.module, one.name)
