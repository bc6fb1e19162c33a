"""One thing has one name in brief, workbook, pages and portal, in each language."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from kuntakokeilu.report.words.language import LANGUAGES
from kuntakokeilu.site.load import read_portal_language

from ..conftest import LABELS

PRODUCTS = ("brief", "workbook", "pages", "portal")
with Path(__file__).with_name("one_name.csv").open(encoding="utf-8", newline="") as file:
    THINGS = list(csv.DictReader(file))


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    return read_portal_language(request.param, LABELS.parent)


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing["thing"])
def test_a_thing_is_called_the_same_in_every_product(thing, language):
    keys = {product: thing[product].split() for product in PRODUCTS}
    assert sum(map(bool, keys.values())) > 1
    word = re.compile(thing[language.code], re.IGNORECASE)
    others = {
        (product, key): language.texts[key]
        for product, mine in keys.items()
        for key in mine
        if not word.search(language.texts[key])
    }
    assert others == {}


def test_a_title_with_what_it_is_of_has_one_colon(language):
    from kuntakokeilu.study import read_study

    prefixes = [language.texts["brief.name"] + ": {study}", language.texts["workbook.title"]]
    for path in sorted(LABELS.parent.glob("studies/*/study.yaml")):
        title = read_study(LABELS.parent, path.parent.name).describe()["title"][language.code]
        for prefix in prefixes:
            assert prefix.format(study=title).count(":") == 1, path


def test_a_word_that_one_product_does_not_have_would_be_found(language):
    thing = {**THINGS[0], "portal": "site.page.map"}
    with pytest.raises(AssertionError, match=re.escape("site.page.map")):
        test_a_thing_is_called_the_same_in_every_product(thing, language)
