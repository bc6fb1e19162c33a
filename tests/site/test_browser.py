"""The portal in a real browser: opened from its folder, in every language, size and scheme."""

from __future__ import annotations

import os
import re
import shutil
from itertools import product
from pathlib import Path

import pytest

sync = pytest.importorskip("playwright.sync_api", reason="no playwright (requirements-dev.lock)")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe (same lock)")

pytestmark = pytest.mark.slow

LANGUAGES = ("fi", "sv", "en")
PAGES = ("index", "found", "followup", "reform", "map", "compare", "places", "read", "methods",
         "data", "changes", "accessibility", "trial-kuopion-seutu", "employment-ahvenanmaa",
         "country")  # fmt: skip
SIZES = {"desk": (1280, 900), "tablet": (768, 1024), "phone": (390, 844)}
SCHEMES = ("light", "dark")


def program() -> str | None:
    """The browser of this machine."""
    named = os.environ.get("KUNTAKOKEILU_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser():
    found = program()
    if found is None:
        reason = "no Chromium on this machine (KUNTAKOKEILU_CHROMIUM may name one)"
        if os.environ.get("KUNTAKOKEILU_STRICT") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


class Seen:
    """A page with what it loaded and what it complained of."""

    def __init__(self, browser, site: Path, size="desk", scheme="light", **options):
        width, height = SIZES[size]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **options
        )
        self.page, self.site = self.context.new_page(), site
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def open(self, name: str):
        self.page.goto(f"{self.site.as_uri()}/{name}")
        return self.page

    def fine(self) -> None:
        """No word on the console, nothing from outside the folder, no sideways scroll."""
        assert self.complaints == []
        inside = (self.site.as_uri(), "data:", "blob:")
        assert [url for url in self.requests if not url.startswith(inside)] == []
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


@pytest.fixture
def seen(browser, built):
    with Seen(browser, built) as found:
        yield found


# Rows of a month are alike, and axe looks at each for as long as at a whole page of text.
LATER = "tbody tr:nth-child(n + 25)"
PROOFS = "KUNTAKOKEILU_SEEDS" in os.environ


def findings(page) -> list[str]:
    """What axe finds by WCAG 2.2 A and AA and by good practice; in proofs in every row."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    # without preload, for which axe would fetch style sheets again, which a folder refuses
    options = {"runOnly": {"type": "tag", "values": tags}, "preload": False}
    options["resultTypes"] = ["violations"]  # what passes takes long to be handed over
    context = {} if PROOFS else {"context": {"exclude": [[LATER]]}}
    found = axe.Axe().run(page, options=options, **context).response
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def keep(page, name: str) -> None:
    """Keep a picture for who reviews the look, in the folder KUNTAKOKEILU_SCREENSHOTS."""
    folder = os.environ.get("KUNTAKOKEILU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def looks():
    """Every page once in every language; sizes and schemes take turns, so that each pair occurs.

    Tests see each page in one language, in which all of these occur; the others are proofs.
    """
    turns = list(product(SIZES, SCHEMES))
    for k, (page, language) in enumerate(product(PAGES, LANGUAGES)):
        look = (page, language, *turns[(k + k // len(turns)) % len(turns)])
        mine = k % len(LANGUAGES) == 2 * (k // len(LANGUAGES)) % len(LANGUAGES)
        yield pytest.param(*look, marks=[] if mine else pytest.mark.simulate)


@pytest.mark.parametrize(("name", "language", "size", "scheme"), list(looks()))
def test_every_page_is_fine_and_accessible(browser, built, name, language, size, scheme):
    with Seen(browser, built, size, scheme) as seen:
        page = seen.open(f"{language}/{name}.html")
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1
        assert findings(page) == []
        seen.fine()
        keep(page, f"{language}_{name}_{size}_{scheme}")


def test_a_page_weighs_less_than_half_a_megabyte_before_a_chart_is_asked_for(built):
    def linked(html: Path) -> list[Path]:
        text = html.read_text(encoding="utf-8")
        return [(html.parent / name).resolve() for name in
                re.findall(r'(?:src|rel="stylesheet" href)="([^"#]+)"', text)]  # fmt: skip

    weights = {
        page: page.stat().st_size + sum(file.stat().st_size for file in set(linked(page)))
        for page in built.rglob("*.html")
    }
    assert len(weights) > 50
    assert max(weights.values()) < 500_000


def test_links_lead_somewhere(built):
    broken = []
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="([^"]+)"', text))
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            path, _, part = link.partition("#")
            if link.startswith("data:"):
                continue
            if path and not (page.parent / path).resolve().is_file():
                broken.append((page.name, link))
            if not path and part not in ids:
                broken.append((page.name, link))
            if path.endswith("found.html") and part:  # other addresses have a state after the #
                there = (page.parent / path).read_text(encoding="utf-8")
                if f'id="{part}"' not in there:
                    broken.append((page.name, link))
    assert broken == []


def test_the_slider_moves_by_keyboard_through_map_and_table(seen, few):
    page = seen.open("en/map.html")
    page.locator("#month").focus()
    with page.expect_request(lambda request: "map-rate.js" in request.url):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('#table-title').textContent.includes('2025-01')")
    assert page.locator("#month").get_attribute("aria-valuetext") == "2025-01"
    for _ in range(46):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('#table-title').textContent.includes('2021-03')")
    k, column = few.observed.months.index("2021-03"), few.observed.columns["297"]
    value = few.observed.values["TYOTOSUUS"][k, column]
    assert page.locator("td[data-unit='297']").inner_text() == f"{value:.1f}"
    bounds = few.settings.indicators["rate"].map
    assert page.locator("#m297").get_attribute("class") == f"k{sum(b <= value for b in bounds)}"
    assert "m=2021-03" in page.url
    page.locator("#find").select_option("municipality-297")
    assert page.locator("#hot path").count() == 1
    assert page.locator("#told").inner_text() == f"Kuopio: {value:.1f} (2021-03)"
    seen.fine()


def test_an_address_of_the_map_opens_the_same_view(seen):
    page = seen.open("fi/map.html#i=rate&m=2020-04&p=trial-kuopion-seutu")
    page.wait_for_function("document.querySelector('output').textContent === '4/2020'")
    page.wait_for_function("document.querySelectorAll('#hot path').length === 6")
    seen.fine()


def test_a_filter_by_keyboard(seen):
    page = seen.open("fi/followup.html")
    page.locator("#filter").focus()
    page.keyboard.type("siilin")
    shown = page.locator(".cards > li:visible h2")
    assert shown.all_inner_texts() == ["Kuopion seutu"]
    assert page.locator("output").inner_text() == "Näkyvissä 1 / 2"
    assert page.url.endswith("#f=siilin")
    seen.fine()


def drawn(page) -> list[dict]:
    """The rows of the chart as its library holds them."""
    page.wait_for_function("portal.view !== null")
    return page.evaluate("portal.view.data('series')")


def table(page, selector: str, column: int) -> dict[str, str]:
    """Month to the text of a column."""
    rows = page.locator(f"{selector} tbody tr:not(.gap)").evaluate_all(
        "(rows, k) => rows.map(row => [row.children[0].textContent, row.children[k].textContent])",
        column,
    )
    return dict(rows)


def test_the_chart_that_is_opened_equals_the_table(seen):
    page = seen.open("en/trial-kuopion-seutu.html")
    before = list(seen.requests)
    assert not [url for url in before if "vega" in url]
    page.get_by_role("button", name="Explore the chart: Unemployed job seekers, %").press("Enter")
    rows = [row for row in drawn(page) if row["line"] == "a" and row.get("text")]
    shown = table(page, "table.months", 1)
    assert len(rows) > 200
    assert {row["month"]: row["text"] for row in rows} == {
        month: text.rstrip("*") for month, text in shown.items() if text not in ("–", "..")
    }
    assert all(float(row["text"]) == pytest.approx(row["v"]) for row in rows)
    assert findings(page) == []
    live = page.locator(".live")
    assert live.get_attribute("role") == "img"
    assert live.get_attribute("aria-roledescription") is None
    still = page.locator("section.wide img").get_attribute("alt")
    assert live.get_attribute("aria-label") == still and "Kuopio" in still
    close = page.get_by_role("button", name="Close the chart: Unemployed job seekers, %")
    assert close.get_attribute("aria-expanded") == "true"
    with page.expect_download() as picture:
        page.get_by_role("button", name="Save the picture").press("Enter")
    assert picture.value.suggested_filename.startswith("trial-kuopion-seutu")
    file = Path(picture.value.path()).read_bytes()
    assert file.startswith(b"\x89PNG") and len(file) > 10_000
    close.press("Enter")
    assert page.locator(".live, .save").count() == 0
    seen.fine()


def test_the_comparison_opens_with_the_places_that_are_chosen(seen):
    page = seen.open("fi/compare.html")
    page.wait_for_function("!document.querySelector('#compared').hidden && portal.view !== null")
    title = page.locator("#compared-title").inner_text()
    assert title.endswith(": Kokeilukunnat 2021–2024 ja Verrokkikunnat")
    assert page.evaluate("document.activeElement.tagName") == "BODY"  # nobody is moved unasked
    assert page.locator("#chart").get_attribute("role") == "img"
    assert page.locator("#chart").get_attribute("aria-label") == title
    assert "12r5; tiedot 6/2026 asti." in page.locator("#compared-source").inner_text()
    assert len(table(page, "#compared-table", 1)) > 200
    seen.fine()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_table_that_goes_on_has_a_shadow_at_its_edge(browser, built, size):
    with Seen(browser, built, size) as seen:
        page = seen.open("fi/index.html")
        wider = page.evaluate(
            "(() => { const box = document.querySelector('.scroll');"
            " return box.scrollWidth - box.clientWidth })()"
        )
        assert (wider > 0) == (size == "phone")
        look = page.evaluate("getComputedStyle(document.querySelector('.scroll')).background")
        assert look.count("linear-gradient") == 4 and "local" in look and "scroll" in look


def test_two_places_by_keyboard_and_their_permanent_address(seen, built):
    page = seen.open("en/compare.html")
    for name, wanted in (("#first", "Kuopio area"), ("#second", "Whole")):
        page.locator(name).focus()
        page.keyboard.type(wanted)
    page.locator("#second").press("Tab")
    page.get_by_role("button", name="Show").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'compared-title'")
    rows = drawn(page)
    for line, column in (("a", 1), ("b", 2)):
        mine = {
            row["month"]: row["text"] for row in rows if row["line"] == line and row.get("text")
        }
        shown = table(page, "#compared-table", column)
        assert len(mine) > 200
        assert mine == {month: text for month, text in shown.items() if text not in ("–", "..")}
    assert findings(page) == []
    address = page.url
    again = seen.open(address.removeprefix(f"{built.as_uri()}/"))
    again.wait_for_function("!document.querySelector('#compared').hidden")
    assert (
        again.locator("#compared-title")
        .inner_text()
        .endswith("Kuopio area (trial area) and Whole country")
    )
    seen.fine()


def test_suppressed_numbers_are_shown_as_suppressed(seen, few):
    hidden = few.observed.hidden["AVPAIKATLOPUSSA"]
    units = [one.units[0] for one in few.places if one.kind == "municipality"]
    unit = max(units, key=lambda code: hidden[:, few.observed.columns[code]].sum())
    count = int(hidden[:, few.observed.columns[unit]].sum())
    assert count > 10
    page = seen.open(f"en/compare.html#a=municipality-{unit}&b=country&i=vacancies")
    page.wait_for_function("portal.view !== null")
    shown = table(page, "#compared-table", 1)
    assert sum(text == ".." for text in shown.values()) == count
    assert sum(bool(row.get("hidden")) for row in drawn(page)) == count
    seen.fine()


def test_an_address_with_an_unknown_place_says_so(seen):
    page = seen.open("en/compare.html#a=municipality-999&b=country&i=rate")
    expected = "The address names an unknown place or indicator: municipality-999."
    page.wait_for_function("document.querySelector('#told').textContent !== ''")
    assert page.locator("#told").inner_text() == expected
    assert page.locator("#compared").is_hidden()


def test_the_skip_link_comes_first_and_every_stop_can_be_seen(seen):
    page = seen.open("sv/trial-espoo.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen_there = page.evaluate(
            "(() => { const box = document.activeElement.getBoundingClientRect();"
            " return [document.activeElement.tagName, box.width * box.height > 0] })()"
        )
        stops.append(tuple(seen_there))
    assert all(visible for _, visible in stops)
    assert {"A", "BUTTON", "DIV"} <= {name for name, _ in stops}


def test_without_scripts_text_tables_and_charts_are_there(browser, built):
    with Seen(browser, built, java_script_enabled=False) as seen:
        page = seen.open("fi/trial-kuopion-seutu.html")
        assert page.locator("table.months tbody tr").count() > 200
        assert page.locator(".charts img").count() >= 3
        assert page.locator("button:visible").count() == 0
        page = seen.open("fi/compare.html")
        assert "Vertailu tarvitsee JavaScriptin" in page.locator("noscript").inner_text()
        page = seen.open("fi/map.html")
        assert page.locator("form:visible").count() == 0
        assert page.locator("#map path[class^='k']").count() > 10


def test_pictures_of_both_kinds_are_there_and_loaded(seen):
    page = seen.open("fi/trial-kuopion-seutu.html")
    page.evaluate("document.querySelectorAll('img').forEach(one => one.loading = 'eager')")
    page.wait_for_function("[...document.images].every(one => one.complete)")
    sizes = page.evaluate("[...document.images].map(one => one.naturalWidth)")
    assert len(sizes) >= 3
    assert min(sizes) > 100
    assert all(page.locator("img").evaluate_all("all => all.map(one => one.alt.length > 20)"))
