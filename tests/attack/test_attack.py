"""Each class of leak, planted in an otherwise clean release, is found; in the clean one none is."""

from __future__ import annotations

import csv
import io
import json
from zipfile import ZipFile

import numpy as np
import openpyxl
import pytest

from kuntakokeilu.__main__ import main
from kuntakokeilu.attack import CLASSES, LEAST, attack, ranges, say_successes, stop_at, tried
from kuntakokeilu.attack.fractions import denominator
from kuntakokeilu.errors import InputError

AREAS = ("Pori", "Rauma", "Turku", "Salo", "Raisio", "Loimaa")
PERSONS = (70, 110, 160, 230, 340, 520)


def written(folder, name, rows):
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def estimates():
    return [
        {"estimand": e, "population": "all", "term": "att", "event_time": "", "window": "",
         "inference": "cluster_area", "estimate": "1.2", "std_error": "0.55",
         "degrees_of_freedom": "49", "n_persons": n, "n_person_months": 24 * n,
         "n_trial_clusters": 25, "n_control_clusters": 26, "status": "ok"}
        for e, n in (("main", 4210), ("other", 4150), ("third", 2080))
    ]  # fmt: skip


def area_effects():
    return [
        {"estimand": "main", "area": area, "estimate": f"{at}.5",
         "own_std_error": f"{np.sqrt(0.2 + 400 / n):.1g}", "n_person_months": 24 * n,
         "status": "ok"}
        for at, (area, n) in enumerate(zip(AREAS, PERSONS, strict=True))
    ]  # fmt: skip


def arms():
    rows = [("trial", 120, "46.2"), ("control", 80, "50.1"), ("all", 200, "47.8")]
    return [{"arm": a, "n_answered": n, "rate": r, "status": "ok"} for a, n, r in rows]


def flow():
    steps = [("in_extract", 1000), ("ever_job_seeker", 800), ("in_sample_at_date", 500),
             ("in_sample", 450)]  # fmt: skip
    return [
        {"sample": "stock", "cohort": "2020-12", "position": at, "step": step, "n_persons": n,
         "status": "ok"} for at, (step, n) in enumerate(steps, start=1)
    ]  # fmt: skip


def listed(folder):
    """Write the manifest of what lies there."""
    files = {path.name: "" for path in folder.iterdir() if path.name != "manifest.json"}
    manifest = {"inputs": {"data/open.csv": "a" * 64}, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def clean(tmp_path):
    folder = tmp_path / "release"
    folder.mkdir()
    for name, rows in (("estimates", estimates()), ("area_effects", area_effects()),
                       ("answers", arms()), ("flow", flow())):  # fmt: skip
        written(folder, f"{name}.csv", rows)
    listed(folder)
    return folder


def kinds(folder, *others, **given):
    return {(each.kind, each.file) for each in attack(folder, others, **given)}


def changed(folder, name, rows):
    written(folder, name, rows)
    return folder


def test_a_clean_release_has_nothing_to_find(clean):
    assert attack(clean) == []


def test_what_others_add_up_to_is_found(clean):
    rows = arms()
    rows[1] |= {"n_answered": "", "rate": "", "status": "suppressed"}
    rows[2]["n_answered"] = 126
    assert kinds(changed(clean, "answers.csv", rows)) == {("linear", "release/answers.csv")}


def test_persons_between_two_steps_are_found(clean):
    rows = flow()
    rows[3]["n_persons"] = 496
    assert kinds(changed(clean, "flow.csv", rows)) == {("linear", "release/flow.csv")}


def test_few_in_the_eligibility_are_found(clean):
    row = {"definition": "payments", "in_trial_area": "True", "n_persons": 600, "n_eligible": 300,
           "n_clients": 200, "n_both": 150, "status": "ok"}  # fmt: skip
    written(clean, "eligibility.csv", [row])
    listed(clean)
    assert attack(clean) == []
    written(clean, "eligibility.csv", [row | {"n_both": 196}])
    assert kinds(clean) == {("linear", "release/eligibility.csv")}


def test_what_stands_in_every_row_of_an_arm_is_not_of_a_hidden_one(clean):
    """Persons and clients are the same by every definition; who is eligible is what is hidden."""
    row = {"definition": "fund", "in_trial_area": "True", "n_persons": 600, "n_eligible": 300,
           "n_clients": 200, "n_both": 150, "status": "ok"}  # fmt: skip
    blank = {"definition": "payments", "n_eligible": "", "n_both": "", "status": "suppressed"}
    written(clean, "eligibility.csv", [row, row | blank])
    listed(clean)
    assert attack(clean) == []
    written(clean, "eligibility.csv", [row, row | blank | {"n_eligible": 297}])
    assert ("sisters", "release/eligibility.csv") in kinds(clean)


BAND = {"file": "release/coverage.csv", "row": "jobs trial 2021-03", "persons": "10–49"}


@pytest.mark.parametrize(
    ("mean", "band", "found"),
    [
        ("20", "10–49", {"bands"}),  # two to ten persons have it
        ("40.2", "10–49", set()),  # 4 to 20 persons
        ("50", "10–199", set()),
        ("5.1", "50–199", {"bands"}),  # three to ten persons
        ("5.1", "10 and more", set()),
        ("97", "50–199", {"bands"}),  # one to six have it not
        ("1200", "50–199", set()),  # euros
        ("50", "5–199", {"bands"}),
        ("50", "50–55", {"bands"}),
        ("", "200 and more", {"bands"}),  # of a hidden mean
    ],
)
def test_bands_that_tell_a_count_are_found(clean, mean, band, found):
    row = {"outcome": "jobs", "arm": "trial", "period": "2021-03", "n_known": 40, "mean": mean}
    written(clean, "coverage.csv", [row])
    listed(clean)
    beside = clean.parent / "persons_behind.csv"
    written(clean.parent, beside.name, [BAND | {"persons": band}])
    assert {each.kind for each in attack(clean, [beside])} == found


def test_samples_that_differ_by_few_are_found(clean):
    rows = estimates()
    rows[1]["n_persons"] = 4203
    assert ("differences", "release/estimates.csv") in kinds(changed(clean, "estimates.csv", rows))


def test_an_exact_share_is_found(clean):
    rows = arms()
    rows[0]["rate"] = repr(385 / 2067)
    assert kinds(changed(clean, "answers.csv", rows)) == {("fractions", "release/answers.csv")}


def test_exact_errors_of_areas_are_found(clean):
    rows = area_effects()
    for row, n in zip(rows, PERSONS, strict=True):
        row["own_std_error"] = repr(float(np.sqrt(0.2 + 400 / n)))
    assert kinds(changed(clean, "area_effects.csv", rows)) == {
        ("errors", "release/area_effects.csv")
    }


def test_degrees_of_freedom_of_persons_are_found(clean):
    rows = estimates()
    rows[0]["degrees_of_freedom"] = 4207
    assert kinds(changed(clean, "estimates.csv", rows)) == {("degrees", "release/estimates.csv")}


def test_a_hidden_number_in_another_place_is_found(clean):
    rows = area_effects()
    rows[0] |= {"estimate": "", "own_std_error": "", "status": "suppressed"}
    found = kinds(changed(clean, "area_effects.csv", rows))
    assert found == {("sisters", "release/area_effects.csv")}  # its person-months still stand
    rows[0]["n_person_months"] = ""
    assert kinds(changed(clean, "area_effects.csv", rows)) == set()
    again = clean.parent / "report"
    again.mkdir()
    written(again, "areas.csv", [{"estimand": "main", "area": "Pori", "estimate": "0.5"}])
    assert kinds(clean, again) == {("sisters", "report/areas.csv")}


def sisters(folder):
    return {file for kind, file in kinds(folder) if kind == "sisters"}


def test_numbers_of_another_kind_are_no_sisters(clean):
    """All areas of a meta-regression are hidden, and no estimate of the estimand with them."""
    given = [("", "", "suppressed"), ("coach", "0.7", "ok")]
    rows = [
        {"estimand": "main", "feature": feature, "estimate": number, "status": status}
        for feature, number, status in given
    ]
    written(clean, "meta_regression.csv", rows)
    power = [{"estimand": "main", "test": "joint", "power": "", "status": "suppressed"}]
    written(clean, "power.csv", power)
    written(clean, "totals.csv", [{"total": "all", "estimand": "main", "estimate": "28.8"}])
    assert sisters(clean) == set()


def test_an_estimate_hidden_under_every_error_stands_nowhere(clean):
    rows = estimates()
    numbers = ("estimate", "std_error", "degrees_of_freedom", "n_persons", "n_person_months",
               "n_trial_clusters", "n_control_clusters")  # fmt: skip
    rows[0] |= dict.fromkeys(numbers, "") | {"status": "suppressed"}
    written(clean, "estimates.csv", rows)
    assert sisters(clean) == set()
    written(clean, "totals.csv", [{"total": "all", "estimand": "main", "estimate": "28.8"}])
    assert sisters(clean) == {"release/totals.csv"}


@pytest.mark.parametrize(
    ("word", "number", "found"),
    [("suppressed", "+2.1", True), ("Salattu", "\u22120,4", True), ("suppressed", "–", False),
     ("suppressed", "25", False), ("1.5", "+2.1", False)],
)  # fmt: skip
def test_a_number_beside_what_a_page_says_is_hidden_is_found(clean, tmp_path, word, number, found):
    """Such as the truth of a simulated study; a count of areas is nobody's."""
    rows = f"<tr><td>State</td><td>{word}</td><td>{number}</td></tr>"
    page = f"<table><tr><th>Outcome</th><th>Estimate</th><th>Truth</th></tr>{rows}</table>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    told = kinds(clean, tmp_path / "page.html")
    assert {kind for kind, _ in told} == ({"sisters"} if found else set())


def test_what_was_declared_beside_a_hidden_number_is_not_hidden(clean, tmp_path):
    table = tmp_path / "bounds.csv"
    for column, found in (("declared", set()), ("bias", {"sisters"})):
        table.write_text(f"estimand,{column},status\nmain,0.5,suppressed\n", encoding="utf-8")
        assert {kind for kind, _ in kinds(clean, table)} == found


def test_two_releases_that_differ_by_one_person_are_found(clean, tmp_path):
    before = tmp_path / "before" / "release"
    before.mkdir(parents=True)
    rows = arms()
    rows[0]["n_answered"], rows[2]["n_answered"] = 119, 199
    written(before, "answers.csv", rows)
    assert kinds(clean, earlier=[before]) == {("releases", "release/answers.csv")}
    written(before, "answers.csv", arms())
    assert kinds(clean, earlier=[before]) == set()


def workbook(path, hide):
    book = openpyxl.Workbook()
    book.active.append(["area", "persons"])
    book.active.append(["Pori", 70])
    other = book.create_sheet("working")
    other.append(["area", "persons"])
    other.append(["Rauma", 3])
    if hide:
        other.sheet_state = "hidden"
    book.save(path)


def test_hidden_sheets_are_found_in_a_zip_as_well(clean, tmp_path):
    workbook(tmp_path / "open.xlsx", hide=False)
    workbook(tmp_path / "hidden.xlsx", hide=True)
    assert kinds(clean, tmp_path / "open.xlsx") == set()
    kept = io.BytesIO()
    with ZipFile(kept, "w") as archive:
        archive.write(tmp_path / "hidden.xlsx", "tables.xlsx")
    (tmp_path / "all.zip").write_bytes(kept.getvalue())
    found = attack(clean, [tmp_path / "all.zip"])
    assert [each.kind for each in found] == ["concealed"]
    assert "all.zip: tables.xlsx: working" in found[0].file


def test_comments_of_pages_and_metadata_of_notebooks_are_found(clean, tmp_path):
    (tmp_path / "page.html").write_text("<p>fine</p><!-- Pori: 3 persons -->")
    book = {"cells": [{"metadata": {"rows": [3, 5]}, "outputs": []}], "metadata": {}}
    (tmp_path / "book.ipynb").write_text(json.dumps(book))
    found = attack(clean, [tmp_path / "page.html", tmp_path / "book.ipynb"])
    assert {each.kind for each in found} == {"concealed"} and len(found) == 2


def test_hashes_of_registers_are_found(clean):
    manifest = json.loads((clean / "manifest.json").read_text())
    manifest["inputs"] = {"wages_2021.parquet": "b" * 64}
    (clean / "manifest.json").write_text(json.dumps(manifest))
    assert kinds(clean) == {("metadata", "release/manifest.json")}


def test_a_file_that_no_manifest_knows_is_found(clean):
    (clean / "extra.csv").write_text("area,n\nPori,3\n")
    assert kinds(clean) == {("unlisted", "release/extra.csv")}


def test_published_statistics_are_searched_for_what_is_concealed_only(clean):
    rows = arms()
    rows[0]["rate"] = repr(385 / 2067)
    changed(clean, "answers.csv", rows)
    assert attack(clean, least=0) == []
    (clean / "extra.csv").write_text("area,n\nPori,3\n")
    assert kinds(clean, least=0) == {("unlisted", "release/extra.csv")}


def test_what_is_said_names_files_and_classes_and_no_value(clean):
    rows = arms()
    rows[0]["rate"] = repr(385 / 2067)
    found = attack(changed(clean, "answers.csv", rows))
    assert say_successes(found) == "release/answers.csv (fractions: rate)"
    with pytest.raises(InputError, match=r"answers\.csv") as stopped:
        stop_at(found)
    assert "385" not in str(stopped.value) and "2067" not in str(stopped.value)
    stop_at([])


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"PK\x03\x04 not really", "broken.zip"), (b"not a book", "broken.xlsx"),
     (b"{", "broken.ipynb"), (b"\xff\xfe\x00,", "broken.csv")],
)  # fmt: skip
def test_a_file_that_cannot_be_opened_is_refused(clean, tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="cannot be opened"):
        attack(clean, [tmp_path / name])


def test_a_release_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        attack(tmp_path / "release")


def test_the_command_ends_with_one_line(capsys):
    assert main(["attack", "no_such_study"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize("n", [7, 113, 2067, 9973])
def test_fractions_come_back_from_all_their_digits(n):
    rng = np.random.default_rng(n)
    for k in rng.integers(1, n, 50):
        lowest = n // np.gcd(n, k)
        found = denominator(repr(int(k) / n))
        assert found in (lowest, None) and (found == lowest or n < 100 or lowest % 10 == 0)


def test_numbers_at_random_are_no_fractions():
    rng = np.random.default_rng(1)
    assert not any(denominator(repr(float(x))) for x in rng.normal(size=20_000))


def test_ranges_are_those_of_counting():
    """Against every table of whole numbers with these margins."""
    equations = [{"a": 1, "b": 1, "r1": -1}, {"c": 1, "d": 1, "r2": -1},
                 {"a": 1, "c": 1, "c1": -1}, {"b": 1, "d": 1, "c2": -1}]  # fmt: skip
    shown = {"r1": 7, "r2": 12, "c1": 5, "c2": 14}
    known = {name: (n, n) for name, n in shown.items()}
    possible = [(a, 7 - a, 5 - a, 14 - 7 + a) for a in range(6) if 7 - a >= 0 and 5 - a >= 0]
    found = ranges(equations, known, "abcd")
    for at, name in enumerate("abcd"):
        values = [each[at] for each in possible]
        assert found[name] == pytest.approx((min(values), max(values)), abs=1e-6)


def payers(hidden):
    paid = {"municipal_subsidy": 1, "municipal_services": 2, "municipal_employer": 3, "county": 4,
            "county_employer": 5, "state_benefits": 6, "state_services": 7, "state_employer": 8,
            "housing_allowance": 9, "state_transfers": 10, "employment_fund": 11,
            "unemployment_funds": 12, "social_insurance": 13}  # fmt: skip
    numbers = paid | {"municipal_tax": 5, "state_tax": 4, "net_public_core": 91 - 9}
    return [
        {"estimand": f"{name}.main", "outcome": name, "term": "att",
         "inference": "cluster_area", "estimate": "" if name in hidden else n,
         "status": "suppressed" if name in hidden else "ok"}
        for name, n in numbers.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hidden", "found"),
    [
        ((), False),
        (("state_employer",), True),
        (("net_public_core",), True),
        (("state_employer", "state_services"), False),
        (("state_employer", "state_tax"), False),
    ],
)
def test_a_part_that_is_left_of_a_net_cost_is_worked_out(clean, hidden, found):
    rows = payers(hidden)
    told = {row["outcome"]: {"column": f"{row['outcome']}_cents"} for row in rows}
    (clean / "study.json").write_text(json.dumps({"outcomes": told}), encoding="utf-8")
    written(clean, "estimates.csv", rows)
    wanted = ("sums", "release/estimates.csv")
    assert (wanted in kinds(clean)) == found


def test_every_class_is_planted_here():
    planted = {"linear", "differences", "fractions", "errors", "degrees", "sisters", "releases",
               "sums", "means", "bands", "drawings", "concealed", "metadata",
               "unlisted"}  # fmt: skip
    assert set(CLASSES) == planted == set(tried(LEAST)) and LEAST == 10
    assert set(tried(0)) == {"concealed", "metadata", "unlisted"}
