"""Running the results notebook and turning it into one HTML file that loads nothing."""

from __future__ import annotations

import copy
import os
import re
import sys
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import kuntakokeilu
from kuntakokeilu.io import write_text
from kuntakokeilu.report import captions
from kuntakokeilu.report.release import read_release

PARAMETERS = "parameters"
_LOADING = {
    **dict.fromkeys(("script", "img", "iframe", "embed", "audio", "track", "input"), ("src",)),
    "video": ("src", "poster"),
    "source": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_TEMPLATE = """
{%- extends 'basic/index.html.j2' -%}
{% block codecell %}
<div class="cell">
{%- if cell.outputs %}{{ self.output_group() }}{% endif %}
{%- if 'parameters' not in cell.metadata.get('tags', []) %}{{ self.input_group() }}{% endif %}
</div>
{% endblock codecell %}
{% block input_group %}
<details class="code"><summary>Code</summary>
{{ cell.source | highlight_code(metadata=cell.metadata) }}
</details>
{% endblock input_group %}
"""
_STYLE = """
body { font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: #1a1a1a; background: #fff; max-width: 54rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.3rem; margin-top: 2.5rem; }
h3 { font-size: 1.1rem; } a { color: #00508a; } li { margin-bottom: .5rem; }
figure { margin: 1.5rem 0; } figure img { width: 100%; height: auto; }
figcaption, caption { color: #444; font-size: .9rem; text-align: left; }
caption { padding-bottom: .4rem; font-weight: 600; }
.table { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; font-size: .82rem; line-height: 1.35; }
th, td { padding: .35rem .45rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }
thead th { border-bottom: 2px solid #888; vertical-align: bottom; }
tbody th { font-weight: 400; }
details.code { margin: .25rem 0; font-size: .8rem; color: #595959; }
details.code pre { background: #f6f6f6; padding: .6rem .8rem; overflow-x: auto; color: #1a1a1a; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; }
  details.code { display: none; } .table { overflow: visible; }
  figure, tr, li { break-inside: avoid; } h2 { break-after: avoid; }
  table { font-size: 7.5pt; } @page { size: A4; margin: 18mm; } }
"""


class NotebookError(Exception):
    """A cell of the notebook failed; the message holds the cell and its error."""


def execute(template: Path, release: Path, out_ipynb: Path, out_html: Path) -> None:
    """Run a notebook on one release and write it as notebook and as one HTML file.

    The notebook runs inside the release folder and is told that the folder is `.`, so that no
    path of this machine can end in what it shows. Warnings go to standard error instead of
    into the report.

    Parameters
    ----------
    template : Path
        A notebook with a cell tagged `parameters`.
    release : Path
        `results/<study>/release`.
    out_ipynb, out_html : Path
        Where to.

    Raises
    ------
    NotebookError
        A cell failed, or the result would load something or name a folder of this machine.
    """
    import nbformat

    study = read_release(release).study
    notebook = _with_folder(nbformat.read(template, as_version=4), ".")
    ran = _cleaned(_run(notebook, Path(release)))
    html = to_html(ran, captions.page_title(study))
    text = nbformat.writes(ran) + "\n"
    _refuse(text + html, external_loads(html), Path(release))
    write_text(text, Path(out_ipynb))
    write_text(html, Path(out_html))


def to_html(notebook: Any, title: str) -> str:
    """Turn an executed notebook into a page without scripts: text first, code folded below."""
    from jinja2 import DictLoader
    from nbconvert import HTMLExporter
    from pygments.formatters import HtmlFormatter

    exporter = HTMLExporter(
        template_file="page.html.j2",
        extra_loaders=[DictLoader({"page.html.j2": _TEMPLATE})],
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    body, _ = exporter.from_notebook_node(notebook)
    colours = HtmlFormatter(style="default").get_style_defs(".highlight")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{colours}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def external_loads(html: str) -> list[str]:
    """List what a page would load from elsewhere; links that a reader may follow do not count.

    Parameters
    ----------
    html : str
        A whole page.

    Returns
    -------
    list of str
        Addresses in the order of the page, of scripts, styles, images and frames that are not
        inside the page, of `url()` and `@import` in styles, and of any address in a script.
    """
    parser = _Loads()
    parser.feed(html)
    parser.close()
    return parser.found


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("script", "style") else self._inside
        for name, value in attrs:
            if name in _LOADING.get(tag, ()) and not _inside_page(value or ""):
                self.found.append(value or "")
            if name == "style":
                self.found += _style_loads(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found += _style_loads(data)
        if self._inside == "script":
            self.found += re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`]*", data)


def _inside_page(address: str) -> bool:
    return address.strip().startswith(("data:", "#")) or not address.strip()


def _style_loads(style: str) -> list[str]:
    urls = re.findall(r"url\(\s*[\"']?([^\"')]+)", style)
    imports = re.findall(r"@import\s+[\"']([^\"']+)", style)
    return [address for address in urls + imports if not _inside_page(address)]


def _with_folder(notebook: Any, folder: str) -> Any:
    """Set the parameter in the cell tagged `parameters`."""
    notebook = copy.deepcopy(notebook)
    tagged = [c for c in notebook.cells if PARAMETERS in c.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise NotebookError(f"expected one cell tagged {PARAMETERS}, found {len(tagged)}")
    tagged[0].source = f'release_folder = "{folder}"'
    return notebook


def _run(notebook: Any, folder: Path) -> Any:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    source = str(Path(kuntakokeilu.__file__).resolve().parents[1])
    paths = [source, os.environ.get("PYTHONPATH", "")]
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a debugger's notice that is none of our business
    }
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources=where, record_timing=False
    )
    client.extra_arguments = ["--log-level=ERROR"]  # not: talks over a local port
    try:
        return client.execute(env=env)
    except CellExecutionError as error:
        message = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
        raise NotebookError(f"the notebook failed:\n{message}") from None


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


def _refuse(text: str, loads: list[str], release: Path) -> None:
    """Stop before anything is written that loads from elsewhere or names this machine."""
    if loads:
        raise NotebookError(f"the page would load {len(loads)} things, first {loads[0][:80]}")
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)  # where any few letters occur by chance
    folders = {Path.home(), Path.cwd(), release.resolve(), Path(sys.prefix)}
    named = [f for f in folders if len(f.parts) > 1 and (str(f) in text or f.as_posix() in text)]
    if named:
        raise NotebookError("the notebook shows a folder of this machine")
