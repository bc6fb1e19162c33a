"""The site that `python run.py docs` builds from these pages and from the docstrings.

Nothing in it is fetched from elsewhere when a reader opens it: `require_no_requests` looks.
"""

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
SOURCE = DOCS.parent / "src"
PACKAGE = "kuntakokeilu"

project = "kuntakokeilu"
author = "The kuntakokeilu developers"
copyright = "The kuntakokeilu developers, MIT"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
html_theme = "furo"
html_title = "kuntakokeilu"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None  # the same pages from the same sources
html_baseurl = ""
pygments_style = "friendly"
myst_heading_anchors = 3
default_role = "code"  # docstrings write names in single backticks, as Markdown does

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
autodoc_default_options = {"exclude-members": "model_config, model_post_init"}
napoleon_google_docstring = False
napoleon_use_ivar = True  # attributes are parts of their class, not pages of their own


def page_of(folder: Path) -> str:
    """Write the page of a room: what it says of itself, its wings, then each of its modules."""
    name = ".".join(folder.relative_to(SOURCE).parts)
    title = name.removeprefix(f"{PACKAGE}.").replace(".", "/")
    title = "Rooms and modules" if name == PACKAGE else title
    wings = sorted(path.parent.name for path in folder.glob("*/__init__.py"))
    modules = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("__"))
    parts = [f"{title}\n{'=' * len(title)}", f".. automodule:: {name}\n   :no-members:"]
    if wings:
        parts.append(".. toctree::\n   :maxdepth: 1\n")
        parts += [f"   {name}.{wing}" for wing in wings]
    for module in modules:
        heading = f"{title}/{module}" if folder.name != PACKAGE else module
        parts += [f"\n{heading}\n{'-' * len(heading)}", f".. automodule:: {name}.{module}"]
        parts.append("   :members:")
    return "\n\n".join(parts[:2]) + "\n\n" + "\n".join(parts[2:]) + "\n"


def write_pages(_: Any) -> None:
    """Write docs/api, one page for each room; git ignores it."""
    api = DOCS / "api"
    api.mkdir(exist_ok=True)
    pages = {
        f"{'.'.join(path.parent.relative_to(SOURCE).parts)}.rst": page_of(path.parent)
        for path in (SOURCE / PACKAGE).rglob("__init__.py")
    }
    for old in api.glob("*.rst"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (api / name).write_text(text, encoding="utf-8")


# What a browser would load by itself; a link that a reader may follow is none of these.
_REQUESTS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\ssrc=["'](?:https?:)?//[^"']*"""
    r"""|<link\b[^>]*\shref=["'](?:https?:)?//[^"']*"""
    r"""|url\(\s*["']?(?:https?:)?//[^)]*"""
    r"""|@import\s[^;]*//[^;]*"""
)


def requests_of(text: str) -> list[str]:
    """Find what a page or a style sheet would load from another host."""
    return [match.group() for match in _REQUESTS.finditer(text)]


def require_no_requests(app: Any, fault: Exception | None) -> None:
    """End the build if a page of the site would ask another host for anything."""
    if fault or app.builder.format != "html":
        return
    pages = [path for path in Path(app.outdir).rglob("*") if path.suffix in {".html", ".css"}]
    asked = {
        path.relative_to(app.outdir).as_posix(): found
        for path in sorted(pages)
        if (found := requests_of(path.read_text(encoding="utf-8")))
    }
    if asked:
        raise RuntimeError(f"pages load from other hosts: {asked}")


def setup(app: Any) -> None:
    """Let Sphinx write the pages of the rooms first, and call the check when all is built."""
    app.connect("builder-inited", write_pages)
    app.connect("build-finished", require_no_requests)
