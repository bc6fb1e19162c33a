"""Planted leaks of each kind, in each form of file, are found; what is clean is passed."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import zlib
from datetime import date, timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import matplotlib
import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from kuntakokeilu.disclosure import leaks
from kuntakokeilu.disclosure.identifiers import business_ids, identity_codes
from kuntakokeilu.disclosure.ids import id_filter, ids_of_tables
from kuntakokeilu.disclosure.leaks import KINDS, Wanted, not_looked_for, refuse, scan
from kuntakokeilu.errors import InputError

CODE = "131052-308T"  # the example of the Digital and Population Data Services Agency
BUSINESS = "0737546-2"
ID = "932811662590"
PAYER = "AB40776113"
NAMES = {"user": ["vmeikalainen"], "host": ["fiona-d17"]}
COLUMNS = ("sukup", "kieli_k", "ututku_aste", "tyollkoodi")
IDS = id_filter([[ID, "091144005108", PAYER]])
LOOK_FOR = Wanted(IDS, COLUMNS, NAMES)
SECRETS = {
    "extract_id": ID,
    "identity_code": CODE,
    "business_id": BUSINESS,
    "path": r"D:\projects\d0123\tables.csv",
    "user": "saved by VMeikalainen",
    "host": "on FIONA-D17",
}


def png(text):
    made = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(made, format="png", metadata={"Comment": text})
    return made.getvalue()


def svg(text):
    figure = Figure(figsize=(2, 1))
    figure.text(0, 0.5, text)
    made = io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        figure.savefig(made, format="svg")
    return made.getvalue()


def pdf(text, fonttype=3):
    figure = Figure(figsize=(6, 1))
    figure.text(0, 0.5, text)
    made = io.BytesIO()
    with matplotlib.rc_context({"pdf.fonttype": fonttype}):
        figure.savefig(made, format="pdf")
    return made.getvalue()


def pdf_metadata(text):
    made = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(made, format="pdf", metadata={"Author": text})
    return made.getvalue()


def workbook(text, *, hidden=False, author=False, comment=False):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("numbers") if hidden else book.active
    if hidden:
        sheet.sheet_state = "veryHidden"
    if author:
        book.properties.creator = text
    elif comment:
        sheet["A1"].comment = openpyxl.comments.Comment(text, "author")
    else:
        sheet["B2"] = text
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def archive(name, content):
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return made.getvalue()


def notebook(output):
    cell = {"cell_type": "code", "source": ["x"], "outputs": [{"data": output}]}
    return json.dumps({"cells": [cell], "metadata": {}}).encode()


def page(text):
    return f"<html><body><p>{text}</p></body></html>".encode()


def embedded(content, kind="image/png"):
    data = base64.b64encode(content).decode()
    return f'<html><img src="data:{kind};base64,{data}"></html>'.encode()


def entities(text):
    return "".join(f"&#{ord(letter)};" for letter in text)


FORMS = {
    "csv": ("a.csv", lambda s: f"area,note\nPori,{s}\n".encode()),
    "utf-16": ("a.txt", lambda s: f"Pori {s}".encode("utf-16")),
    "latin-1": ("a.txt", lambda s: f"hänen {s}".encode("latin-1")),
    "html": ("a.html", page),
    "html entities": ("a.html", lambda s: page(entities(s))),
    "html comment": ("a.html", lambda s: f"<p>a</p><!-- {s} -->".encode()),
    "html letters apart": ("a.html", lambda s: page(f"<b>{s[:4]}</b>{s[4:]}")),
    "html attribute": ("a.html", lambda s: f'<p title="{s}">a</p>'.encode()),
    "picture in a page": ("a.html", lambda s: embedded(png(s))),
    "drawing in a page": ("a.html", lambda s: embedded(svg(s), "image/svg+xml")),
    "json": ("a.json", lambda s: json.dumps({"a": [1, {"b": s}]}).encode()),
    "json letters": ("a.json", lambda s: json.dumps({"ä": f"ä {s}"}).encode()),
    "notebook": ("a.ipynb", lambda s: notebook({"text/plain": ["1\n", s]})),
    "picture in a notebook": (
        "a.ipynb",
        lambda s: notebook({"image/png": base64.encodebytes(png(s)).decode()}),
    ),
    "svg": ("a.svg", svg),
    "png": ("a.png", png),
    "behind a picture": ("a.png", lambda s: png("") + s.encode()),
    "pdf, type 3": ("a.pdf", pdf),
    "pdf, type 42": ("a.pdf", lambda s: pdf(s, 42)),
    "pdf metadata": ("a.pdf", pdf_metadata),
    "xlsx": ("a.xlsx", workbook),
    "xlsx properties": ("a.xlsx", lambda s: workbook(s, author=True)),
    "xlsx comment": ("a.xlsx", lambda s: workbook(s, comment=True)),
    "xlsx hidden": ("a.xlsx", lambda s: workbook(s, hidden=True)),
    "zip": ("a.zip", lambda s: archive("b.txt", s)),
    "name in a zip": ("a.zip", lambda s: archive(f"b {s}.txt", "")),
    "zip in a zip": ("a.zip", lambda s: archive("b.zip", archive("c.html", page(s)))),
    "gzip": ("a.csv.gz", lambda s: gzip.compress(s.encode())),
    "another name": ("a.svg", lambda s: archive("b.txt", s)),
    "log": ("a.log", lambda s: f"INFO reading\nERROR {s}: no\n".encode()),
}


def kinds(folder):
    return {leak.kind for leak in scan([folder], LOOK_FOR)}


def write(folder, name, content):
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("form", FORMS)
def test_a_planted_leak_is_found_in_every_form(form, kind, tmp_path):
    name, made = FORMS[form]
    expected = {kind, "hidden_sheet"} if form == "xlsx hidden" else {kind}
    assert kinds(write(tmp_path, name, made(SECRETS[kind]))) == expected


@pytest.mark.parametrize("form", FORMS)
def test_the_same_form_without_a_leak_is_passed(form, tmp_path):
    name, made = FORMS[form]
    found = kinds(write(tmp_path, name, made("of 131052-308U persons, 2021-03, 7.5 %")))
    assert found == ({"hidden_sheet"} if form == "xlsx hidden" else set())


def persons(number=30):
    draw = random.Random(1)
    header = ["hlo", "age", "wage"]
    rows = [[draw.randrange(10**11, 10**12), draw.randrange(18, 65), 100.5] for _ in range(number)]
    return pd.DataFrame(rows, columns=header)


def in_workbook(frame):
    made = io.BytesIO()
    frame.to_excel(made, index=False)
    return made.getvalue()


TABLES = {
    "csv": ("a.csv", lambda f: f.to_csv(index=False).encode()),
    "semicolons": ("a.txt", lambda f: f.to_csv(index=False, sep=";").encode()),
    "tabs within words": ("a.log", lambda f: b"said\n" + f.to_csv(sep="\t").encode() + b"end\n"),
    "printed": ("a.log", lambda f: ("INFO\n" + f.to_string(index=False)).encode()),
    "html": ("a.html", lambda f: f.to_html(index=False).encode()),
    "records": ("a.json", lambda f: f.to_json(orient="records").encode()),
    "columns": ("a.json", lambda f: json.dumps(f.to_dict("list")).encode()),
    "split": ("a.json", lambda f: f.to_json(orient="split").encode()),
    "notebook": ("a.ipynb", lambda f: notebook({"text/html": [f.to_html(index=False)]})),
    "xlsx": ("a.xlsx", in_workbook),
    "zip": ("a.zip", lambda f: archive("b.csv", f.to_csv(index=False))),
}


@pytest.mark.parametrize("form", TABLES)
def test_a_table_of_persons_is_found_in_every_form(form, tmp_path):
    name, made = TABLES[form]
    assert kinds(write(tmp_path, name, made(persons()))) == {"microdata"}


@pytest.mark.parametrize("form", TABLES)
def test_a_table_of_results_is_no_table_of_persons(form, tmp_path):
    name, made = TABLES[form]
    months = [str(month) for month in pd.period_range("2019-01", periods=48, freq="M")]
    numbers = {"month": months, "n_trial": range(48), "estimate": [n / 7 for n in range(48)]}
    areas = [f"{n:03d}" for n in range(48)]
    frame = pd.DataFrame({"municipality": areas, **numbers, "estimand": "employed.main"})
    assert kinds(write(tmp_path, name, made(frame))) == set()


@pytest.mark.parametrize(
    "columns",
    [
        {"SUKUP": "1", "kieli_k": "fi", "tyollkoodi": "02"},
        {"shnro": [str(n) for n in range(1, 31)], "value": "1"},
        {"Syntymäaika": [str(date(1980, 1, 1) + timedelta(n)) for n in range(30)], "value": "1"},
    ],
)
def test_variables_of_registers_make_a_table_one_of_persons(columns, tmp_path):
    frame = pd.DataFrame(columns, index=range(30))
    assert kinds(write(tmp_path, "a.csv", frame.to_csv(index=False).encode())) == {"microdata"}
    few = frame.iloc[:10]
    assert kinds(write(tmp_path, "a.csv", few.to_csv(index=False).encode())) == set()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", b"PAR1\0\0"),
        ("a.pkl", b"\x80\x04\x95\0\0"),
        ("a.zip", b"PK\x03\x04 cut off"),
        ("a.png", png("")[:-30]),
        ("a.pdf", b"%PDF-1.5\n<< /Encrypt 5 0 R >>"),
        ("a.xlsx", archive("xl/workbook.xml", "<a>")),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x05zTXta\0\0zzz" + b"\0" * 4),
    ],
)
def test_what_cannot_be_looked_into_is_said(name, content, tmp_path):
    assert "unreadable" in kinds(write(tmp_path, name, content))


def test_files_too_deep_or_too_large_are_not_passed(tmp_path, monkeypatch):
    content = b"deep"
    for _ in range(9):
        content = archive("a.zip", content)
    assert kinds(write(tmp_path, "a.zip", content)) == {"unreadable"}
    monkeypatch.setattr("kuntakokeilu.disclosure.opened.LARGEST", 1_000)
    for name, large in (
        ("a.zip", archive("b.txt", b"0" * 2_000)),
        ("a.zip", gzip.compress(b"0" * 2_000)),
        ("a.zip", png("").replace(b"IEND", b"IEND")[:33] + chunk(zlib.compress(b"0" * 2_000))),
    ):
        assert kinds(write(tmp_path, name, large)) == {"unreadable"}


def chunk(data):
    body = b"zTXtname\0\0" + data
    return (len(body) - 4).to_bytes(4, "big") + body + b"\0" * 4


def test_a_leak_is_told_in_each_copy_and_a_file_is_opened_once(tmp_path, monkeypatch):
    asked = []
    real = leaks.pieces
    monkeypatch.setattr(leaks, "pieces", lambda *given: asked.append(given) or real(*given))
    for name in ("a.html", "b.html"):
        write(tmp_path, name, page(CODE))
    write(tmp_path, "c.zip", archive("d.html", page(CODE)))
    found = {leak.file.partition("/")[2]: leak.kind for leak in scan([tmp_path], LOOK_FOR)}
    assert found == dict.fromkeys(("a.html", "b.html", "c.zip: d.html"), "identity_code")
    assert len(asked) == 2  # the page and the archive


def test_an_encrypted_archive_is_not_passed(tmp_path):
    content = bytearray(archive("b.txt", "x"))
    central = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[central + 8] |= 1
    assert kinds(write(tmp_path, "a.zip", bytes(content))) == {"unreadable"}


def test_a_link_is_not_followed_but_said(tmp_path):
    outside = write(tmp_path, "persons.csv", CODE.encode()) / "persons.csv"
    folder = tmp_path / "release"
    folder.mkdir()
    try:
        (folder / "a.csv").symlink_to(outside)
    except OSError:
        pytest.skip("no links here")
    assert kinds(folder) == {"link"}


def test_a_name_of_a_file_that_tells_is_found_and_not_told(tmp_path):
    write(tmp_path, f"{CODE}.csv", b"a,b\n")
    (leak,) = scan([tmp_path], LOOK_FOR)
    assert leak.kind == "identity_code" and CODE not in leak.file


def test_an_id_without_its_first_zeros_and_one_of_a_spreadsheet_are_found(tmp_path):
    for written in ("91144005108", "91144005108.0", "ab40776113"):
        assert kinds(write(tmp_path, "a.csv", f"n\n{written}\n".encode())) == {"extract_id"}
    for other in ("0.932811662590", "9328116625901", "932811662591", "x932811662590"):
        assert kinds(write(tmp_path, "a.csv", f"n\n{other}\n".encode())) == set()


def test_short_ids_are_told_from_numbers_by_how_many_there_are(tmp_path):
    """A tenth of all numbers of six digits are ids: a tenth of any numbers is no leak."""
    draw = random.Random(3)
    ids = draw.sample(range(100_000, 1_000_000), 100_000)
    look_for = Wanted(id_filter([[str(n) for n in ids]]), (), {})
    any_numbers = [draw.randrange(100_000, 1_000_000) for _ in range(400)]
    for numbers, expected in ((any_numbers, []), (any_numbers + ids[:60], ["extract_id"])):
        text = " ".join(map(str, numbers))
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        assert [leak.kind for leak in scan([tmp_path], look_for)] == expected


def test_ids_of_tables_are_those_of_the_columns_named(tmp_path):
    frame = pd.DataFrame(
        {"person": [ID, ID, None], "payer'\"": [PAYER, None, "12"], "x": [CODE] * 3}
    )
    path = tmp_path / "wa'ges.parquet"
    frame.to_parquet(path)
    ids = ids_of_tables({path: ["person", "payer'\""]})
    assert len(ids.hashes) == 2 and ids.forms == {"9" * 12: 1, "AA" + "9" * 8: 1}
    assert ID in ids and PAYER in ids and CODE not in ids
    assert ids.key not in repr(ids)


def test_a_message_names_files_and_kinds_and_never_a_value(tmp_path):
    for kind, secret in SECRETS.items():
        (tmp_path / f"{kind}.txt").write_text(secret, encoding="utf-8")
    with pytest.raises(InputError) as told:
        refuse(scan([tmp_path], LOOK_FOR))
    said = str(told.value)
    for kind, secret in SECRETS.items():
        assert f"{kind}.txt (1 {KINDS[kind][0]})" in said and secret not in said
    assert refuse([]) == []


def test_logs_may_name_their_machine_and_nobody_else(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    write(logs, "a.log", SECRETS["path"].encode())
    assert refuse(scan([logs], LOOK_FOR)) == [
        "logs/a.log (1 folder of this machine or of a user): logs stay inside"
    ]
    write(logs, "a.log", f"{CODE} {CODE}".encode())
    with pytest.raises(InputError, match=r"a.log \(2 personal identity codes\)"):
        refuse(scan([logs], LOOK_FOR))


def test_names_that_many_machines_have_are_said_not_to_be_looked_for():
    assert not_looked_for(Wanted(IDS, (), {"user": ["root"], "host": ["vm"]})) == [
        "name of the user: too short or too common to tell",
        "name of the host: too short or too common to tell",
    ]
    assert not_looked_for(LOOK_FOR) == []


def drawn_codes(number):
    """Identity codes composed by the rule as the agency states it."""
    draw, letters = random.Random(5), "0123456789ABCDEFHJKLMNPRSTUVWXY"
    for _ in range(number):
        born = date(1900, 1, 1) + timedelta(draw.randrange(45_000))
        sign = draw.choice("-YXWVU" if born.year < 2000 else "ABCDEF")
        digits = f"{born:%d%m%y}{draw.randrange(2, 1000):03d}"
        yield f"{digits[:6]}{sign}{digits[6:]}{letters[int(digits) % 31]}"


def test_every_identity_code_is_found_and_one_wrong_letter_is_not():
    for code in drawn_codes(500):
        assert [found[0] for found in identity_codes(f"a {code}, b")] == [code]
        assert [found[0] for found in identity_codes(code.lower())] == [code.lower()]
        wrong = "B" if code[-1] == "A" else "A"
        assert not list(identity_codes(code[:-1] + wrong))
    # A day that does not exist, a hash, a fraction, a longer number.
    for other in ("310299-1234", f"a{CODE}", f"{CODE}a", f"1.{CODE}", f"1{CODE}"):
        assert not list(identity_codes(other))


def test_business_ids_are_found_by_their_check_digit():
    known = ["0737546-2", "1572860-0", "FI15728600"]  # YTJ's example; Nokia, Posti and VAT forms
    for one in known[:1]:
        assert [found[0] for found in business_ids(f"({one})")] == [one]
    digits = [f"0737546-{digit}" for digit in range(10)]
    assert [one for one in digits if list(business_ids(one))] == ["0737546-2"]
    for other in ("2012-2015", "0000000-0", "10737546-2", "0737546-21", "0737546-2.5"):
        assert not list(business_ids(other))
