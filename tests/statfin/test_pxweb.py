"""PxWeb answers and downloads give the frame of the long CSV, or say what is wrong with them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from kuntakokeilu.cells import build_cells, build_units, source_files
from kuntakokeilu.contracts import CELLS, UNITS
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv, read_table, write_csv, write_table
from kuntakokeilu.statfin import answer_files, read_statfin_table, statfin_tables
from kuntakokeilu.statfin.csv import labels_of, read_pxweb_csv
from kuntakokeilu.statfin.pxweb import Answer, combine, list_changes, read_json_stat
from kuntakokeilu.study import DataSettings, OutcomeData

AREAS = ["SSS", "KU005", "KU020"]
MONTHS = ["2021M01", "2021M02"]
CONTENTS = ["TYOTOSUUS", "TYOTTOMATLOPUSSA"]
VALUES = {
    key: None if key == ("KU005", "2021M02", "TYOTOSUUS") else round(3 + 0.7 * place, 1)
    for place, key in enumerate(product(AREAS, MONTHS, CONTENTS))
}
EXPECTED = pd.DataFrame(
    [
        ("005", "2021-01", "5.8", "6.5"),
        ("005", "2021-02", "", "7.9"),
        ("020", "2021-01", "8.6", "9.3"),
        ("020", "2021-02", "10.0", "10.7"),
        ("SSS", "2021-01", "3.0", "3.7"),
        ("SSS", "2021-02", "4.4", "5.1"),
    ],
    columns=["kunta", "month", *CONTENTS],
    dtype=str,
)
NAMES = {"area": "Alue", "month": "Kuukausi", "content": "Tiedot"}


def json_stat(values, order=("area", "month", "content"), names=NAMES, **changes):
    """A JSON-stat2 data set of values keyed by area, month and content."""
    keys = list(values)
    codes = {
        kind: list(dict.fromkeys(key[place] for key in keys)) for place, kind in enumerate(NAMES)
    }
    shape = [codes[kind] for kind in order]
    place = {kind: order.index(kind) for kind in NAMES}
    flat = [values[tuple(cell[place[kind]] for kind in NAMES)] for cell in product(*shape)]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Työttömät työnhakijat",
        "updated": "2021-03-23T06:00:00Z",
        "id": [names[kind] for kind in order],
        "size": [len(one) for one in shape],
        "dimension": {
            names[kind]: {"category": {"index": {c: at for at, c in enumerate(codes[kind])}}}
            for kind in order
        },
        "role": {"time": [names["month"]]},
        "value": flat,
        "extension": {"px": {"tableid": "12r5", "decimals": 1}},
    } | changes


def read(data, contents=()):
    text = data if isinstance(data, str) else json.dumps(data)
    answer = read_json_stat(text, "12r5", "answer.json", contents)
    return combine([answer], "answer.json")


def same(frame, expected=EXPECTED):
    columns = ["kunta", "month", *sorted(set(expected) - {"kunta", "month"})]
    pd.testing.assert_frame_equal(frame[columns], expected[columns])


# JSON-stat2 --------------------------------------------------------------------------------------


def test_an_answer_gives_the_frame_of_the_long_file():
    pd.testing.assert_frame_equal(read(json_stat(VALUES)), EXPECTED)


@limits(max_examples=25, deadline=None)
@given(
    order=st.permutations(["area", "month", "content"]),
    areas=st.permutations(AREAS),
    months=st.permutations(MONTHS),
    contents=st.permutations(CONTENTS),
    as_list=st.booleans(),
    sparse=st.booleans(),
)
def test_the_order_of_dimensions_and_codes_does_not_matter(
    order, areas, months, contents, as_list, sparse
):
    values = {key: VALUES[key] for key in product(areas, months, contents)}
    data = json_stat(values, tuple(order))
    if as_list:
        for dimension in data["dimension"].values():
            dimension["category"]["index"] = list(dimension["category"]["index"])
    if sparse:
        data["value"] = {str(i): v for i, v in enumerate(data["value"]) if v is not None}
    same(read(data))


@pytest.mark.parametrize("token", [None, "", ".", "..", "...", "-", " ... "])
def test_suppressed_values_become_empty_and_never_zero(token):
    same(read(json_stat(VALUES | {("KU005", "2021M02", "TYOTOSUUS"): token})))


@pytest.mark.parametrize("form", ["object", "list"])
def test_a_status_of_suppression_hides_the_value_and_another_does_not(form):
    data = json_stat(VALUES | {("KU005", "2021M02", "TYOTOSUUS"): 0})
    at = data["value"].index(0)
    status = {str(at): "...", "0": "p"}
    if form == "list":
        status = [status.get(str(place)) for place in range(len(data["value"]))]
    same(read(data | {"status": status}))


@pytest.mark.parametrize(
    "names",
    [
        {"area": "alue", "month": "KUUKAUSI", "content": "tiedot"},
        {"area": "alue_23_20260101", "month": "timeperiod_m", "content": "contentscode"},
        {"area": "Region", "month": "Month", "content": "Information"},
        {"area": "Område", "month": "an unheard-of name", "content": "Uppgifter"},
    ],
)
def test_variables_under_any_of_their_codes(names):
    same(read(json_stat(VALUES, names=names)))


def test_stamped_areas_prefixed_contents_and_preliminary_months():
    values = {
        (f"{area}_20260101", f"{month}*", f"tyonv-{content.lower()}"): value
        for (area, month, content), value in VALUES.items()
    }
    same(read(json_stat(values), CONTENTS))


def test_numbers_keep_the_form_in_which_they_were_published():
    text = json.dumps(json_stat(VALUES)).replace("6.5", "6.50").replace("7.9", "12345678901234567")
    frame = read(text)
    assert frame["TYOTTOMATLOPUSSA"].tolist()[:2] == ["6.50", "12345678901234567"]


def test_only_the_wanted_contents_are_kept():
    assert list(read(json_stat(VALUES), ["TYOTOSUUS"])) == ["kunta", "month", "TYOTOSUUS"]


def test_a_further_variable_of_one_value_is_left_aside():
    data = json_stat(VALUES)
    data["id"].insert(1, "Sukupuoli")
    data["size"].insert(1, 1)
    data["dimension"]["Sukupuoli"] = {"category": {"label": {"SSS": "Yhteensä"}}}
    same(read(data))
    data["size"][1] = 2
    data["value"] = data["value"] * 2
    data["dimension"]["Sukupuoli"] = {"category": {"index": ["1", "2"]}}
    with pytest.raises(InputError, match=r"answer\.json: variable Sukupuoli has 2 values"):
        read(data)


def without(data, name):
    renamed = json.dumps(data).replace(f'"{name}"', '"Sukupuoli"')
    return renamed.replace('{"time": ["Sukupuoli"]}', "{}")


GOOD = json_stat(VALUES)
BAD_ANSWERS = {
    "web page": ("<!DOCTYPE html><html>", "answer.json: a web page, not data"),
    "truncated": (json.dumps(GOOD)[:300], "answer.json: not a whole JSON answer"),
    "empty": ("", "answer.json: not a whole JSON answer"),
    "error message": ('{"error": "Parameter error"}', "answer.json: expected a JSON-stat2 data"),
    "list": ("[1, 2]", "answer.json: expected a JSON-stat2 data set"),
    "another table": (
        GOOD | {"extension": {"px": {"tableid": "12ti"}}},
        "answer.json: expected table 12r5, found 12ti",
    ),
    "another table by its title": (
        GOOD | {"extension": {}, "label": "12ti -- Avoimet"},
        "answer.json: expected table 12r5, found 12ti",
    ),
    "too few values": (
        GOOD | {"value": GOOD["value"][:-1]},
        "answer.json: the sizes of the dimensions multiply to 12 values, found 11",
    ),
    "a value beyond the last": (
        GOOD | {"value": {"0": 1, "12": 2}},
        "answer.json: the sizes of the dimensions multiply to 12 values",
    ),
    "no values": (GOOD | {"value": None}, "answer.json: the sizes of the dimensions multiply to"),
    "other sizes": (GOOD | {"size": [2, 3, 2]}, "answer.json: the sizes [2, 3, 2] are not those"),
    "no codes": (GOOD | {"dimension": {}}, "answer.json: a dimension without its codes"),
    "no area": (without(GOOD, "Alue"), "answer.json: no variable for the area"),
    "no month": (without(GOOD, "Kuukausi"), "answer.json: no variable for the month"),
    "no content": (without(GOOD, "Tiedot"), "answer.json: no variable for the content"),
    "year instead of month": (
        json.dumps(GOOD).replace("2021M02", "2021"),
        "answer.json: expected a month such as 2021M03, found '2021'",
    ),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_a_bad_answer_is_told_in_one_line(case):
    data, expected = BAD_ANSWERS[case]
    with pytest.raises(InputError) as caught:
        read(data)
    assert str(caught.value).startswith(expected)
    assert len(str(caught.value).splitlines()) == 1


def places(node, path=()):
    """Every place in a data set, by the keys and indices that lead there."""
    parts = node.items() if isinstance(node, dict) else enumerate(node)
    for key, part in parts:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


ODD = [None, True, "x", "", 7, -1, 1e300, [], {}, ["x"], {"x": 0}, {"x": "y"}, [[]], [None]]


def test_no_oddity_anywhere_in_an_answer_changes_a_number_or_ends_in_a_traceback():
    """Either one line, or the frame of the answer as it should be, or other text for one value."""
    good = json_stat(VALUES, role={"time": ["Kuukausi"], "metric": ["Tiedot"]})
    good["extension"] = {"px": {"tableid": "12r5", "decimals": 1}}
    for path in places(good):
        for odd in ODD:
            data = json.loads(json.dumps(good))
            node = data
            for key in path[:-1]:
                node = node[key]
            if node[path[-1]] == odd:
                continue
            node[path[-1]] = odd
            try:
                frame = read(data)
            except InputError as error:
                assert str(error).startswith("answer.json")
                continue
            if path[0] != "value":
                same(frame)
            else:
                moved = (frame != EXPECTED).to_numpy().sum()
                assert moved <= 1, (path, odd)


@pytest.mark.parametrize("places_of", [{"KU005": 0, "KU020": 5}, {"KU005": 0, "KU020": 0}, {}])
def test_places_with_a_hole_or_of_two_codes_are_refused(places_of):
    data = json_stat({k: v for k, v in VALUES.items() if k[0] != "SSS"})
    data["dimension"]["Alue"]["category"]["index"] = places_of
    with pytest.raises(InputError, match=r"answer.json: .*(download it again|codes)"):
        read(data)


def test_a_content_that_the_table_no_longer_has():
    with pytest.raises(InputError, match="no content KOKEILULOP; the table has TYOTOSUUS"):
        read(json_stat(VALUES), ["tyotosuus", "KOKEILULOP"])


# Several answers ---------------------------------------------------------------------------------


def answer(updated="", **changed):
    values = VALUES | {("KU020", month, "TYOTOSUUS"): value for month, value in changed.items()}
    read_one = read_json_stat(json.dumps(json_stat(values)), "12r5", "answer.json")
    return Answer(read_one.values, updated)


CHANGED = {"kunta": "020", "month": "2021-02", "content": "TYOTOSUUS"}


def test_a_value_published_anew_is_listed_with_both_numbers():
    earlier = answer("2021-03-23T06:00:00Z")
    later = answer("2021-04-27T05:00:00Z", **{"2021M02": 9.9})
    changes = {"earlier": "10.0", "later": "9.9", "published": "2021-04-27T05:00:00Z"}
    assert list_changes([earlier, later]).to_dict("records") == [CHANGED | changes]
    assert list_changes([earlier, later, later]).to_dict("records") == [CHANGED | changes]
    assert list(list_changes([earlier, later, earlier])["later"]) == ["9.9", "10.0"]


@pytest.mark.parametrize("hidden_first", [True, False])
def test_a_value_that_was_or_becomes_suppressed_is_listed(hidden_first):
    both = [answer(**{"2021M01": "..."}), answer()]
    changes = list_changes(both if hidden_first else both[::-1])
    pair = ["", "8.6"] if hidden_first else ["8.6", ""]
    assert changes[["earlier", "later"]].to_numpy().tolist() == [pair]


def test_the_same_number_in_another_form_is_no_change():
    changes = list_changes([answer(), answer(**{"2021M02": "10"})])
    assert changes.empty
    assert list(changes) == ["kunta", "month", "content", "earlier", "later", "published"]


def test_new_months_and_merged_municipalities_are_no_changes():
    earlier = answer()
    longer = earlier.values.assign(month=earlier.values["month"].replace("2021-02", "2021-03"))
    joined = longer[longer["kunta"] != "005"]
    assert list_changes([earlier, Answer(joined)]).empty


def test_a_lacking_value_is_not_taken_for_a_suppressed_one():
    part = answer()
    cut = Answer(part.values[part.values["content"] != "TYOTOSUUS"])
    longer = Answer(cut.values.assign(month=cut.values["month"].replace("2021-02", "2021-03")))
    march = Answer(longer.values[longer.values["month"] == "2021-03"])
    with pytest.raises(InputError, match="3 values are missing, first of area 005"):
        combine([part, march], "12r5")


def test_parts_in_any_order_give_the_whole():
    parts = [Answer(part) for _, part in answer().values.groupby("kunta")]
    same(combine(parts[::-1], "12r5"))


def test_a_value_that_stands_there_twice_is_refused():
    with pytest.raises(InputError) as caught:
        combine([answer(), answer(**{"2021M02": 9.9})], "12r5")
    expected = "12r5: TYOTOSUUS of area SSS in 2021-01 stands there twice (12 such values)"
    assert str(caught.value).startswith(expected)


def test_nothing_to_put_together():
    with pytest.raises(InputError, match="12r5: no answer"):
        combine([], "12r5")


# CSV downloads -----------------------------------------------------------------------------------

TEXTS = {
    "SSS": "KOKO MAA",
    "KU005": "Alajärvi",
    "KU020": "Akaa",
    "TYOTOSUUS": "Työttömien osuus työvoimasta, %",
    "TYOTTOMATLOPUSSA": "Työttömät työnhakijat",
}
METADATA = {
    "variables": [
        {"code": "Alue", "values": AREAS, "valueTexts": [TEXTS[code] for code in AREAS]},
        {"code": "Kuukausi", "values": MONTHS, "valueTexts": MONTHS, "time": True},
        {"code": "Tiedot", "values": CONTENTS, "valueTexts": [TEXTS[code] for code in CONTENTS]},
    ]
}


def pxweb_csv(
    values,
    layout,
    separator=",",
    encoding="utf-8",
    title="",
    texts=None,
    quoting=csv.QUOTE_NONNUMERIC,
):
    """A CSV download: long, or with contents, months or both in columns."""
    name = (texts or {}).get
    areas, months, contents = (list(dict.fromkeys(key[i] for key in values)) for i in range(3))

    def shown(area, month, content):
        value = values[area, month, content]
        text = "..." if value is None else str(value)
        return text.replace(".", ",") if separator == ";" and value is not None else text

    grids = {
        "long": (["Alue", "Kuukausi", "Tiedot"], [areas, months, contents], [()]),
        "contents": (["Alue", "Kuukausi"], [areas, months], [(c,) for c in contents]),
        "months": (["Alue", "Tiedot"], [areas, contents], [(m,) for m in months]),
        "both": (["Alue"], [areas], list(product(months, contents))),
    }
    stub, rows, columns = grids[layout]
    heads = [" ".join(name(code, code) for code in column) or "12r5" for column in columns]
    out = StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\r\n")
    if title:
        writer.writerow([title])
        writer.writerow([])
    writer.writerow([*stub, *heads])
    for row in product(*rows):
        cells = []
        for column in columns:
            found = row + column
            key = (found[0], *sorted(found[1:], key=lambda code: code in contents))
            cells.append(shown(*key))
        writer.writerow([*(name(code, code) for code in row), *cells])
    return out.getvalue().encode(encoding)


def read_file(data, **options):
    return combine([read_pxweb_csv(data, "12r5", "file.csv", **options)], "file.csv")


@pytest.mark.parametrize("layout", ["long", "contents", "months", "both"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("title", ["", "12r5 -- Työttömät, alue ja kuukausi"])
def test_every_layout_of_a_download_gives_the_same_frame(layout, separator, title):
    same(read_file(pxweb_csv(VALUES, layout, separator, title=title)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("layout", ["long", "contents", "months", "both"])
def test_texts_instead_of_codes_in_either_encoding(encoding, layout):
    data = pxweb_csv(VALUES, layout, encoding=encoding, title="Työttömät", texts=TEXTS)
    same(read_file(data, labels=labels_of(METADATA), contents=CONTENTS))


def test_codes_before_texts_and_no_quotes():
    texts = {code: f"{code} {text.replace(',', '')}" for code, text in TEXTS.items()}
    data = pxweb_csv(VALUES, "long", texts=texts, quoting=csv.QUOTE_MINIMAL)
    same(read_file(data))


def test_thousands_in_groups():
    data = pxweb_csv(VALUES | {("SSS", "2021M01", "TYOTOSUUS"): "352\u00a0001"}, "contents")
    frame = read_file(data)
    assert frame.loc[4, "TYOTOSUUS"] == "352001"


def test_texts_of_two_codes_are_not_guessed():
    variable = {"code": "Alue", "values": ["MK01", "ELY01"], "valueTexts": ["Uusimaa", "Uusimaa"]}
    assert labels_of({"variables": [variable]}) == {}


LONG = pxweb_csv(VALUES, "long")
BAD_FILES = {
    "web page": (b"\xef\xbb\xbf<html>", {}, "file.csv: a web page, not data"),
    "another table": (
        pxweb_csv(VALUES, "long", title="12ti -- Avoimet"),
        {},
        "file.csv: expected table 12r5, found 12ti",
    ),
    "another content": (
        LONG,
        {"contents": ["UUDETAVP"]},
        "file.csv: no content UUDETAVP; the table has TYOTOSUUS, TYOTTOMATLOPUSSA",
    ),
    "texts without codes": (
        pxweb_csv(VALUES, "long", texts=TEXTS),
        {},
        "file.csv: area 'KOKO MAA' has no code",
    ),
    "cut in a row": (LONG[:-9], {}, "file.csv, row 13: expected 4 fields"),
    "cut in a quote": (LONG[:-3], {}, "file.csv: no header with the area"),
    "no rows": (LONG.splitlines(True)[0], {}, "file.csv: the file has a header but no rows"),
    "no area": (b'"Ika","Kuukausi","Tiedot","x"\r\n', {}, "file.csv: no header with the area"),
    "further variable": (
        LONG.replace(b'"Tiedot"', b'"Tiedot","Ika"').replace(b'"TYOT', b'"1","TYOT'),
        {},
        "file.csv: expected one column of values, found Ika, 12r5",
    ),
    "further variable beside contents": (
        b'"Alue","Ika","2021M01 TYOTOSUUS"\r\n"005","1","5.8"\r\n',
        {},
        "file.csv, column 'Ika': expected a month or a content",
    ),
    "no month": (
        b'"Alue","TYOTOSUUS"\r\n"005","5.8"\r\n',
        {},
        "file.csv, column 'TYOTOSUUS': expected a month or a content",
    ),
    "row lacking": (
        b"\r\n".join(LONG.split(b"\r\n")[:-2]),
        {},
        "file.csv: 1 value is missing, first of area 020 in 2021-02",
    ),
}


@pytest.mark.filterwarnings("ignore:file.csv. no line end")
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_download_is_told_in_one_line(case):
    data, options, expected = BAD_FILES[case]
    with pytest.raises(InputError) as caught:
        read_file(data, **options)
    assert str(caught.value).startswith(expected)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_without_a_last_line_end_is_suspicious():
    data = pxweb_csv(VALUES, "long", quoting=csv.QUOTE_MINIMAL)
    with pytest.warns(UserWarning, match=r"file\.csv: no line end after the last row"):
        frame = read_file(data[:-3])
    assert frame.loc[3, "TYOTTOMATLOPUSSA"] == "10."


# The real rates in three forms -------------------------------------------------------------------

RATES = "12r5_unemployment_rate_2007_2025.csv"
SPAN = ("2009-07", "2010-03")  # holds suppressed cells


@pytest.fixture(scope="module")
def real_rates():
    """Cache for the subset of the real file, read once."""
    return {}


@pytest.fixture
def rates(data_folder, real_rates):
    if "frame" not in real_rates:
        columns = ["kunta", "month", "unemployment_rate_pct"]
        raw = read_csv(data_folder / "statfin" / RATES, columns)[columns]
        subset = raw[raw["month"].between(*SPAN)].sort_values(["kunta", "month"])
        renamed = subset.rename(columns={"unemployment_rate_pct": "TYOTOSUUS"})
        real_rates["frame"] = renamed.reset_index(drop=True)
    return real_rates["frame"]


def as_published(frame):
    return {
        (f"KU{row.kunta}", row.month.replace("-", "M"), "TYOTOSUUS"): row.TYOTOSUUS or None
        for row in frame.itertuples()
    }


def save_forms(frame, folder):
    """The same rates as a long CSV, a JSON-stat2 answer and PxWeb downloads in two layouts."""
    published = as_published(frame)
    as_numbers = {key: value and float(value) for key, value in published.items()}
    answer = json_stat(as_numbers, ("content", "month", "area"))
    forms = {
        "long_csv": ("long.csv", frame.to_csv(index=False).encode()),
        "json_stat2": ("answer.json", json.dumps(answer).encode()),
        "pxweb_csv": ("long_download.csv", pxweb_csv(published, "long")),
        "pxweb_csv wide": (
            "wide.csv",
            pxweb_csv(published, "months", ";", "latin-1", "Työttömät"),
        ),
    }
    for name, data in forms.values():
        (folder / name).write_bytes(data)
    return {form: folder / name for form, (name, _) in forms.items()}


def cells_of(form, path, classification, folder):
    """The bytes of the cells and units of a study that reads a file in one form."""
    source = {"reader": "statfin_long", "form": form}
    source["frozen_weight"] = {"path": path.name, "column": "TYOTOSUUS"}
    settings = DataSettings.model_validate(
        {
            "units": "municipality",
            "classification": 2025,
            "frequency": "M",
            "start": "2010-01",
            "seed": 1,
            "source": source,
        }
    )
    outcome = OutcomeData(outcome="rate", file=path.name, column="TYOTOSUUS", merge="sum")
    for spec in statfin_tables(
        settings, [source_files(settings, each) for each in (None, outcome)], "mine"
    ).values():
        assert answer_files(spec) == [path.name]
        table, changes = read_statfin_table(spec, [path])
        assert changes.empty
        path = folder / f"{spec['key']}.made.csv"
        write_csv(table, path)
    raw = {str(outcome.file): read_csv(path, source_files(settings, outcome)[str(outcome.file)])}
    areas = pd.DataFrame({"arm": ["trial"], "area": ["North"], "unit": ["005"]})
    units, _ = build_units(settings, raw, areas, classification)
    cells = build_cells(settings, outcome, SPAN, raw, units, classification)
    write_table(units, folder / "units.parquet", UNITS)
    write_table(cells, folder / "cells.parquet", CELLS)
    return [(folder / name).read_bytes() for name in ("units.parquet", "cells.parquet")]


@pytest.mark.real_data
def test_the_real_cells_are_byte_identical_in_every_form(rates, of_2025, tmp_path):
    assert len(rates) == 308 * 9
    assert (rates["TYOTOSUUS"] == "").sum() > 0
    files = save_forms(rates, tmp_path)
    expected = cells_of("long_csv", files.pop("long_csv"), of_2025, tmp_path)
    made = read_table(tmp_path / "cells.parquet", CELLS)
    assert len(made) == 308 * 9
    assert made["mean"].isna().sum() == (rates["TYOTOSUUS"] == "").sum()
    for form, path in files.items():
        assert cells_of(form.split()[0], path, of_2025, tmp_path) == expected, form


@pytest.mark.real_data
def test_all_variables_of_a_real_month(data_folder):
    raw = read_csv(data_folder / "statfin" / "12r5_all_variables_2026M06.csv", ["alue", "month"])
    contents = list(raw.columns[2:])
    values = {
        (row["alue"], row["month"], content): float(row[content]) if row[content] else None
        for row in raw.to_dict("records")
        for content in contents
    }
    frame = read(json_stat(values))
    assert list(frame) == ["kunta", "month", *contents]
    assert len(frame) == 421
    assert (frame[contents] == "").to_numpy().sum() == (raw[contents] == "").to_numpy().sum() == 904
    assert {"SSS", "005", "MK01", "199", "KUJOU"} <= set(frame["kunta"])
