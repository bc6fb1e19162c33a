"""The pages of docs/ as a site: none is forgotten, and none asks another host for anything."""

import re
from importlib import util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
SPEC = util.spec_from_file_location("docs_conf", DOCS / "conf.py")
conf = util.module_from_spec(SPEC)
SPEC.loader.exec_module(conf)


def test_index_lists_every_page_in_the_order_of_the_site():
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[\w+\]\((\w+)\.md\)", text, flags=re.MULTILINE)
    trees = re.findall(r"^```\{toctree\}\n(.+?)^```", text, flags=re.MULTILINE | re.DOTALL)
    in_site = [name for tree in trees for name in re.findall(r"^(\w+)$", tree, re.MULTILINE)]
    assert listed == in_site
    assert sorted([*listed, "index"]) == sorted(path.stem for path in DOCS.glob("*.md"))


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://host/a.js"></script>',
        "<img alt='' src='//host/a.png'>",
        '<link rel="stylesheet" href="https://host/a.css">',
        "@font-face { src: url(https://host/a.woff2) }",
        '@import "https://host/a.css";',
    ],
)
def test_what_a_browser_would_load_by_itself_is_found(text):
    assert len(conf.requests_of(text)) == 1


@pytest.mark.parametrize(
    "text",
    ['<a href="https://host/">', '<script src="_static/a.js">', "url(a.woff2)", "url(data:)"],
)
def test_links_and_own_files_are_no_requests(text):
    assert conf.requests_of(text) == []
