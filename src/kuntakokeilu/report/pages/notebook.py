"""Running the notebooks for reviewers and turning each into one HTML file that loads nothing."""

from __future__ import annotations

import copy
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import kuntakokeilu
from kuntakokeilu import warm
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.io import write_text
from kuntakokeilu.report.pages.html_page import external_loads, to_html
from kuntakokeilu.report.pages.show import LANGUAGE, VARIABLE
from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.report.words.release import read_release

# jsonschema then checks no IRI, and no notebook has one: building their grammars takes seconds.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


class NotebookError(Exception):
    """A cell of the notebook failed; the message holds the cell and its error."""


def execute(
    template: Path,
    inputs: Mapping[str, str],
    notebooks: Sequence[str],
    out_ipynb: Path,
    out_html: Path,
    out_annex: Path,
) -> None:
    """Run a notebook on one release and write it as notebook and as two HTML files.

    Warnings go to standard error instead of into the report.

    Parameters
    ----------
    template : Path
        A notebook; its file name is its name.
    inputs : mapping of str to str
        What `show.given` hands out: at least the folders `release` and `labels`.
    notebooks : sequence of str
        The names of all notebooks of the study, in reading order, for links between them.
    out_ipynb, out_html, out_annex : Path
        Where to: the notebook, the page, and the page of its cells with the tag `annex`.

    Raises
    ------
    InputError
        A cell found a fault in its inputs.
    NotebookError
        A cell failed, or the result would load something or name a folder of this machine.
    """
    import nbformat

    release = read_release(inputs["release"])
    language = read_language(LANGUAGE, inputs["labels"]).about(release.study)
    ran = _cleaned(_run(nbformat.read(template, as_version=4), inputs))
    name, text = Path(template).stem, nbformat.writes(ran) + "\n"
    html = to_html(ran, name, notebooks, release, language)
    more = to_html(ran, name, notebooks, release, language, annex=True)
    _refuse(text + html + more, external_loads(html) + external_loads(more), inputs)
    write_text(text, Path(out_ipynb))
    write_text(html, Path(out_html))
    write_text(more, Path(out_annex))


def _run(notebook: Any, inputs: Mapping[str, str]) -> Any:
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    class Kernel(AsyncKernelManager):
        """A kernel that starts as jobs do, from what a server has imported, if there is one."""

        def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
            python, *rest = super().format_kernel_cmd(extra_arguments)
            if warm.SOCKET not in os.environ:
                return [python, *rest]
            return [*warm.command(python), *rest[rest.index("-m") :]]

    source = str(Path(kuntakokeilu.__file__).resolve().parents[1])
    paths = [source, os.environ.get("PYTHONPATH", "")]
    env = {
        **os.environ,
        VARIABLE: json.dumps({name: _absolute(value) for name, value in inputs.items()}),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a debugger's notice that is none of our business
    }
    where = {"metadata": {"path": inputs["release"]}}
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        kernel_manager_class=Kernel,
        resources=where,
        record_timing=False,
    )
    client.extra_arguments = ["--log-level=ERROR"]  # not: talks over a local port
    try:
        return client.execute(env=env)
    except CellExecutionError as error:
        if error.ename == InputError.__name__:  # a fault of the input, not of the notebook
            raise InputError(error.evalue) from None
        message = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
        raise NotebookError(f"the notebook failed:\n{message}") from None


def _absolute(value: str) -> str:
    return str(Path(value).resolve()) if value and Path(value).exists() else value


def _cleaned(notebook: Any) -> Any:
    """Keep what was shown; drop timings, tool metadata and warnings."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if cell.cell_type == "code":
            for output in cell.outputs:
                if output.get("name") == "stderr":
                    print(output.text, file=sys.stderr, end="")
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    return notebook


def _refuse(text: str, loads: list[str], inputs: Mapping[str, str]) -> None:
    """Stop before anything is written that loads from elsewhere or names this machine."""
    if loads:
        raise NotebookError(
            f"the page would load {counted(len(loads), 'thing')}, first {loads[0][:80]}"
        )
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)  # where any few letters occur by chance
    given_paths = {Path(_absolute(value)) for value in inputs.values()}
    folders = {Path.home(), Path.cwd(), Path(sys.prefix), *filter(Path.is_absolute, given_paths)}
    named = [f for f in folders if len(f.parts) > 1 and (str(f) in text or f.as_posix() in text)]
    if named:
        raise NotebookError("the notebook shows a folder of this machine")
