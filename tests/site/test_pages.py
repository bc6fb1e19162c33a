"""What the pages of the site promise, held against the pages: links, tables, alternative texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

LANGUAGES = ("fi", "sv", "en")
TABLE = {"fi": "taulukossa", "sv": "tabellen", "en": "in the table"}
PLACE = {"fi": "alueen omalla sivulla", "sv": "områdets egen sida", "en": "area’s own page"}


def pages(built: Path) -> Iterator[tuple[str, Path, str]]:
    for code in LANGUAGES:
        for path in sorted((built / code).glob("*.html")):
            yield code, path, path.read_text(encoding="utf-8")


class Read(HTMLParser):
    """What a page has: alternative texts, tables with captions, row headers, ids and links."""

    def __init__(self, text: str):
        super().__init__()
        self.alts, self.tables, self.captions, self.heads = [], 0, [], []
        self.inside, self.linked_heads, self.named = [], 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        if tag == "img":
            self.alts.append(about["alt"])
        if tag == "svg" and about.get("role") == "img":
            self.alts.append(about["aria-label"])
        if tag == "table":
            self.tables += 1
            self.named += "aria-labelledby" in about
        if tag == "a" and "th" in self.inside:
            self.linked_heads += 1
        if tag == "caption":
            self.captions.append("")
        if tag in ("caption", "th"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data):
        if "caption" in self.inside:
            self.captions[-1] += data


def test_no_page_shows_a_tag(built):
    shown = [
        (path.name, found[0])
        for _, path, text in pages(built)
        if (found := re.search(r"&(?:lt|#60|amp;lt);/?[a-z]+[^&]{0,60}", text))
    ]
    assert shown == []
    feed = (built / "fi" / "changes.html").read_text(encoding="utf-8")
    assert feed.count('<a href="../feed_fi.xml">Atom-syöte</a>') == 1


def test_an_alternative_text_promises_what_the_page_has(built):
    promised = {"table": 0, "place": 0}
    for code, path, text in pages(built):
        read = Read(text)
        for alt in read.alts:
            if TABLE[code] in alt:
                promised["table"] += 1
                assert read.tables > 0, (path.name, alt)
            elif PLACE[code] in alt:
                promised["place"] += 1
                assert path.stem in ("followup", "reform")
        if read.alts and path.stem in ("followup", "reform"):
            assert read.tables == 0
            for link in re.findall(r'<h2><a href="([^"#]+)"', text):  # there the numbers are
                assert Read((path.parent / link).read_text(encoding="utf-8")).tables > 0
    assert min(promised.values()) > 0


def test_every_table_says_of_what_and_when_it_is(built):
    lacking, seen = [], 0
    for _, path, text in pages(built):
        read = Read(text)
        seen += read.tables
        if read.tables != len(read.captions) + read.named:
            lacking.append(path.name)
        assert all(caption.strip() for caption in read.captions), path.name
    assert lacking == [] and seen > 50
    area = Read((built / "fi" / "trial-kuopion-seutu.html").read_text(encoding="utf-8"))
    assert area.captions[0] == "Uusimmat luvut: Kuopion seutu, 6/2026"
    assert all("Kuopion seutu" in caption and "6/2026" in caption for caption in area.captions)


def test_a_row_header_is_a_name_and_links_stand_apart(built):
    assert [path.name for _, path, text in pages(built) if Read(text).linked_heads] == []
    text = (built / "en" / "trial-kuopion-seutu.html").read_text(encoding="utf-8")
    # a municipality is compared with the controls, not with the area that it is most of
    assert "compare.html#a=municipality-297&amp;b=controls&amp;i=rate" in text
    assert "b=trial-kuopion-seutu" not in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_chart_names_its_source_and_last_month(built, code):
    source = {"fi": "Lähde: Tilastokeskus ja KEHA-keskus", "sv": "Källa: Statistikcentralen",
              "en": "Source: Statistics Finland and KEHA Centre"}[code]  # fmt: skip
    for name in ("trial-kuopion-seutu", "country"):
        text = (built / code / f"{name}.html").read_text(encoding="utf-8")
        main = text[: text.index("<footer")]
        assert main.count("<img ") > 0
        assert main.count(source) == main.count("<img ") == main.count("12r5;")


def test_columns_without_a_value_are_left_out(built):
    for _, path, text in pages(built):
        if path.stem == "data":
            cells = re.findall(r"<td[^>]*>([^<]*)</td>", text[: text.index("<h2>")])
            assert cells and "–" not in cells


def test_files_of_places_have_one_header_and_a_list(built):
    files = [path for path in (built / "data").glob("*-*.csv") if path.name[0] != "i"]
    files = [
        path for path in files if not path.name.endswith(("-estimates.csv", "-diagnostics.csv"))
    ]
    heads = {path.read_text(encoding="utf-8").partition("\n")[0] for path in files}
    assert len(files) > 10 and len(heads) == 1
    listed = pd.read_csv(built / "data" / "places.csv", dtype=str).set_index("place")
    assert {path.stem for path in files} <= set(listed.index)
    assert listed.loc["trial-kuopion-seutu", "name_sv"] == "Kuopioregionen"
    assert "297" in listed.loc["trial-kuopion-seutu", "municipalities"].split()
