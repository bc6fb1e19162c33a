"""What a PDF tells beyond its words: bars of more digits than the table, fractions, attachments."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest

from kuntakokeilu.attack import attack
from kuntakokeilu.attack.bars import bars_of, finer_than_rows
from kuntakokeilu.attack.pdf import Shape, read_pdf
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.brief.web_page import interval_bar

from .test_attack import clean, kinds, listed, written  # noqa: F401

TRUE = (3.5137, 0.9186, 6.1088)
PRINTED = (3.51, 0.92, 6.11)
FONT = (
    b"1 0 obj <</Type/Font/ToUnicode 2 0 R>> endobj\n"
    b"2 0 obj <</Length 99>> stream\n2 beginbfchar\n<0001> <0050>\n<0002> <006F>\nendbfchar\n"
    b"1 beginbfrange\n<0010> <0019> <0030>\nendbfrange\n1 beginbfchar\n<0020> <002C>\nendbfchar\n"
    b"endstream endobj\n"
)


def rows(values=PRINTED):
    names = ("estimate", "ci_low", "ci_high")
    told = dict(zip(names, map(str, values), strict=True))
    return [{"estimand": "main", "term": "att", "status": "ok"} | told]


def bar(values, scale=24.0, left=380.0, y=700.0):
    """A bar as a page of a PDF draws it: an axis, zero, the span and a dot in a box of its own."""
    point, low, high = (left + scale * v for v in values)
    return (
        f"q 1 0 0 -1 {left - 300} {y} cm 0 0 m 600 0 l S Q\n"
        f"q 1 0 0 -1 {left} {y + 4.5} cm 0 0 m 0 9 l S Q\n"
        f"q 1 0 0 1 {low:.4f} {y - 1} cm 0 0 {high - low:.4f} 2 re f Q\n"
        f"q {point - 3:.4f} {y - 3} m {point - 3:.4f} {y + 3} {point + 3:.4f} {y + 3} "
        f"{point + 3:.4f} {y - 3} c {point - 3:.4f} {y - 3} l f Q\n"
    ).encode()


def pdf(page, more=b"", packed=True):
    body = zlib.compress(page) if packed else page
    how = b"/Filter/FlateDecode" if packed else b""
    fonts = b"3 0 obj <</Type/Page/Contents 4 0 R/Resources<</Font<</f0 1 0 R>>>>>> endobj\n"
    drawn = b"4 0 obj <<" + how + b"/Length 9>> stream\n" + body + b"\nendstream endobj\n"
    return b"%PDF-1.7\n" + FONT + fonts + drawn + more + b"%%EOF"


def words(text):
    letters = {"P": 1, "o": 2, ",": 0x20} | {str(n): 0x10 + n for n in range(10)}
    codes = "".join(f"{letters[letter]:04x}" for letter in text)
    return f"BT /f0 9 Tf 1 0 0 1 50 50 Tm [<{codes}>] TJ ET\n".encode()


@pytest.mark.parametrize("packed", [True, False])
def test_words_are_read_through_the_letters_of_their_font(packed):
    assert read_pdf(pdf(words("Po0,12"), packed=packed)).words == ["Po0,12"]


def test_places_are_those_on_the_page():
    """A square of 4 by 4, moved by (10, 20) and doubled, drawn within another move of (1, 1)."""
    page = b"q 1 0 0 1 1 1 cm q 2 0 0 2 10 20 cm 0 0 4 4 re f Q 0 0 m 5 0 l S Q 0 0 m 9 9 l n"
    assert read_pdf(pdf(page)).shapes == [Shape(11, 19, 21, 29), Shape(1, 6, 1, 1)]


def test_a_bar_gives_the_ratios_of_its_numbers():
    (found,) = bars_of(read_pdf(pdf(bar(TRUE))).shapes, 2e-4)
    assert found.places / 24 == pytest.approx(TRUE, abs=1e-4)


@pytest.mark.parametrize("values", [PRINTED, tuple(-v for v in PRINTED)])
def test_a_bar_of_printed_numbers_tells_no_more(values):
    """A saving may be drawn as a gain."""
    drawn = list(bars_of(read_pdf(pdf(bar(values))).shapes, 2e-4))
    assert len(drawn) == 1 and not finer_than_rows(drawn, [rows()])


def test_a_bar_of_more_digits_is_found_in_a_pdf_and_in_a_page(clean, tmp_path):  # noqa: F811
    written(clean, "estimates.csv", rows())
    listed(clean)
    leaves = tmp_path / "report"
    leaves.mkdir()
    for values, found in ((PRINTED, set()), (TRUE, {"brief.pdf", "brief.html"})):
        (leaves / "brief.pdf").write_bytes(pdf(bar(values)))
        (leaves / "brief.html").write_text(f"<p>{interval_bar(values)}</p>", encoding="utf-8")
        told = {(kind, file) for kind, file in kinds(clean, leaves)}
        assert {file.partition("report/")[2].partition(":")[0] for _, file in told} == found
        assert {kind for kind, _ in told} <= {"drawings"}


def test_bars_of_other_numbers_fit_no_row_by_chance():
    """300 rows of three digits and 200 bars that show none of them."""
    rng = np.random.default_rng(5)
    made = [rows(np.sort(rng.normal(0, 3, 3))[[1, 0, 2]].round(2)) for _ in range(300)]
    shapes = [rng.normal(0, 3, 3) + np.array([-1, 0, 1]) for _ in range(200)]
    drawn = [next(bars_of(read_pdf(pdf(bar(np.sort(v)[[1, 0, 2]]))).shapes, 2e-4)) for v in shapes]
    assert not finer_than_rows(drawn, made)


def test_an_exact_share_in_words_is_found(clean, tmp_path):  # noqa: F811
    """385 of 2067, as a sentence of a brief or of a page might say it."""
    (tmp_path / "brief.pdf").write_bytes(pdf(words("0,1862602805999033")))
    (tmp_path / "page.html").write_text("<p>a share of 0.1862602805999033</p>", encoding="utf-8")
    (tmp_path / "short.pdf").write_bytes(pdf(words("0,186")))
    files = [tmp_path / name for name in ("brief.pdf", "page.html", "short.pdf")]
    found = attack(clean, files)
    assert {each.kind for each in found} == {"fractions"} and len(found) == 2


def test_what_is_attached_to_a_pdf_is_found(clean, tmp_path):  # noqa: F811
    (tmp_path / "brief.pdf").write_bytes(
        pdf(words("Po"), b"9 0 obj <</Type/EmbeddedFile>> endobj\n")
    )
    assert {kind for kind, _ in kinds(clean, tmp_path / "brief.pdf")} == {"concealed"}


@pytest.mark.parametrize("content", [b"no such thing", pdf(b"") + b"trailer <</Encrypt 8 0 R>>"])
def test_a_pdf_that_cannot_be_read_is_refused(clean, tmp_path, content):  # noqa: F811
    (tmp_path / "brief.pdf").write_bytes(content)
    with pytest.raises(InputError, match="cannot be opened"):
        attack(clean, [tmp_path / "brief.pdf"])


def test_tables_within_json_are_read_as_tables(clean, tmp_path):  # noqa: F811
    """A data package may carry its rows itself."""
    row = {"estimand": "main", "area": "Pori", "estimate": 1.5, "status": "suppressed"}
    package = {"resources": [{"name": "areas", "data": [row, row | {"status": "ok"}]}]}
    written(clean, "areas.csv", [{k: "" if k == "estimate" else v for k, v in row.items()}])
    listed(clean)
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert {kind for kind, _ in kinds(clean, tmp_path / "datapackage.json")} == {"sisters"}


def test_a_brief_as_it_is_set_is_read(tmp_path):
    """Words and bar of a page that Typst sets, whose fonts number their letters anew."""
    typst = pytest.importorskip("typst")
    point, low, high = (24 * v for v in TRUE)
    source = (
        "#set page(width: 300pt, height: 100pt, margin: 0pt)\nPersons: 0,18626028\n"
        f"#place(dx: 50pt, dy: 60pt, line(length: 200pt))\n"
        f"#place(dx: 60pt, dy: 55pt, line(length: 10pt, angle: 90deg))\n"
        f"#place(dx: {60 + low}pt, dy: 59pt, rect(width: {high - low}pt, height: 2pt))\n"
        f"#place(dx: {60 + point - 3}pt, dy: 57pt, circle(radius: 3pt))\n"
    )
    (tmp_path / "page.typ").write_text(source, encoding="utf-8")
    read = read_pdf(typst.compile(str(tmp_path / "page.typ")))
    assert "".join(read.words).replace(" ", "") == "Persons:0,18626028"
    (found,) = bars_of(read.shapes, 2e-4)
    assert found.places / 24 == pytest.approx(TRUE, abs=1e-4)


def test_bytes_of_a_font_are_no_drawing():
    """In a font any letter may stand alone, as if it were an order to draw."""
    font = b"7 0 obj <</Subtype/OpenType/Length 9>> stream\n\xa4 1 c 2 re\nendstream endobj\n"
    plain, more = read_pdf(pdf(bar(TRUE))), read_pdf(pdf(bar(TRUE), more=font))
    assert more.shapes == plain.shapes and len(plain.shapes) > 2


@pytest.mark.parametrize(
    ("held", "head"),
    [
        (b"/Contents [ 4 0 R 8 0 R ]", b""),
        (b"/Contents 4 0 R", b"/Subtype/Form "),
        (b"/Contents 4 0 R", b"/PatternType 1 "),
    ],
)
def test_all_that_a_page_draws_is_read(held, head):
    more = b"8 0 obj <<" + head + b"/Length 9>> stream\n1 2 3 4 re f\nendstream endobj\n"
    made = pdf(bar(TRUE), more=more).replace(b"/Contents 4 0 R", held)
    assert len(read_pdf(made).shapes) == len(read_pdf(pdf(bar(TRUE))).shapes) + 1
