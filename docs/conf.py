"""The site that `python run.py docs` builds from these pages and from the docstrings.

Nothing in it is fetched from elsewhere when a reader opens it: `require_no_requests` looks.
"""

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent

project = "kuntakokeilu"
author = "The kuntakokeilu developers"
copyright = "The kuntakokeilu developers, MIT"
extensions = [
    "myst_parser",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_templates", "api/modules.rst"]
templates_path = ["_templates"]
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

# One page for each room, its modules one below the other.
apidoc_modules = [
    {
        "path": "../src/kuntakokeilu",
        "destination": "api",
        "separate_modules": False,
        "module_first": True,
        "include_private": False,
        "automodule_options": {"members"},
    }
]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"exclude-members": "model_config, model_post_init"}
napoleon_google_docstring = False

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
    """Let Sphinx call the check when all pages are written."""
    app.connect("build-finished", require_no_requests)
