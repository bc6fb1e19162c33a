"""Places are named in the language of the reader: areas and municipalities, wherever they stand."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pandas as pd
import pytest
from openpyxl import load_workbook

from kuntakokeilu.contracts import OVERLAP_RELEASED, conform
from kuntakokeilu.report.figures.registry import FIGURES
from kuntakokeilu.report.pages import design, quality, robustness
from kuntakokeilu.report.tables import service_models as views
from kuntakokeilu.report.tables.delimited import excel_csv
from kuntakokeilu.report.tables.registry import planned_tables
from kuntakokeilu.report.tables.workbook import workbook
from kuntakokeilu.report.words import mergers
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.report.words.who_is_compared import coverage_sentence
from kuntakokeilu.study import read_study

from ..conftest import LABELS, RULES, merger
from ..figures.test_figures import words_of
from ..whole import AREAS, _of, whole, whole_rows

ESTIMAND = "working.main"
CLIENTS = pd.DataFrame(
    {
        "area": [*AREAS, "elsewhere"],
        "clients": "1000",
        "counted": "over",
        "part": ["", "001", *[""] * (len(AREAS) - 1)],
        "source": "a page",
    }
)
DRAWN = ("forest", "leave_one_out", "area_map", "area_effects", "specification_curve")


def told(place: str, code: str) -> str:
    """Name a place so that no language's name is part of another's."""
    return f"{place.upper()}-{code}"


@pytest.fixture(scope="module")
def places():
    """A release in which every place has another name in every language."""
    rows = whole_rows()
    for k in range(len(AREAS)):
        rows += _of("working", f"without_{k}", k / 10, population="eligible", role="leave_one_out")
    release = whole(rows)
    study = dict(release.study)
    for k, area in enumerate(AREAS):
        study["estimands"][f"working.without_{k}"]["leave_out_area"] = area
    names = {area: {code: told(area, code) for code in LANGUAGES} for area in AREAS}
    gone = merger(arm="control", area=AREAS[0])
    gone |= {key: {c: told(key, c) for c in LANGUAGES} for key in ("name", "unit_name")}
    study |= {"areas": names, "mergers": [gone], "merged_across_arms": "receiving"}
    units = pd.DataFrame([
        {"unit": f"{k:03d}", "arm": "trial" if k < len(AREAS) else "control",
         "area": AREAS[k] if k < len(AREAS) else "", "cluster": str(k),
         **{f"name_{code}": told(f"place{k}", code) for code in LANGUAGES}}
        for k in range(len(AREAS) + 3)
    ])  # fmt: skip
    lone = pd.DataFrame([
        {"comparison": "others", "area": area, "n_units": 2,
         "n_without_control": 1, "distance": 1.0, "caliper": 0.5, "score": 0.5, "comparable": False}
        for area in AREAS
    ])  # fmt: skip
    return replace(
        release,
        study=study,
        units=units,
        overlap=conform(lone.assign(status="ok"), OVERLAP_RELEASED),
    )


def pages(release, language):
    """Everything that names places to a reader of one language, as text by where it stands."""
    said = {
        "areas": design.areas_table(release, language).to_string(),
        "overlap": design.overlap_table(release, language).to_string(),
        "alone": design.overlap_note(release, language),
        "merged": mergers.merger_table(release, language).to_string(),
        "coverage": coverage_sentence(release.study, language),
        "notes": quality.coverage_notes(release, language),
        "left out": robustness.left_out_notes(release, language),
        "area effects": views.area_effects_view(release, ESTIMAND, language).to_string(),
        "matrix": views.matrix_view(release, language).to_string(),
        "sources": views.sources_view(release, language).to_string(),
        "clients": views.clients_view(CLIENTS, release, language).to_string(),
    }
    for kind in DRAWN:
        of = {"area_effects": [ESTIMAND], "specification_curve": ["working"]}.get(kind, [])
        figure = FIGURES[kind]
        given = dict.fromkeys(figure.inputs)
        said[kind] = words_of(figure.draw(release, *of, language, **given))
        said[f"{kind} alt"] = figure.alt(release, *of, language, **given)
    released = ("area_effects", "service_models", "meta_regression")
    for name in planned_tables(Declaration(release.study, released)):
        said[f"{name} as CSV"] = excel_csv(name, release, language)
    book = load_workbook(BytesIO(workbook(release, RULES, language)))
    cells = (cell.value for page in book for row in page.iter_rows() for cell in row)
    said["workbook"] = " ".join(str(value) for value in cells if value is not None)
    return said


NAMES_AREAS = ("areas", "overlap", "alone", "merged", "left out", "area effects", "matrix")
NAMES_AREAS += (
    "sources",
    "clients",
    "leave_one_out",
    "area_map",
    "area_map alt",
    "area_effects",
    "workbook",
)
NAMES_AREAS += ("area_effects as CSV", "overlap as CSV", "service_models as CSV")


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_name_of_another_language_reaches_a_reader(places, code):
    said = pages(places, read_language(code, LABELS))
    others = [f"-{other}" for other in LANGUAGES if other != code]
    for where, text in said.items():
        words = text.replace("\n", " ").split()
        named = [word.strip('.,;:()"') for word in words]
        foreign = [word for word in named if word.endswith(tuple(others))]
        assert not foreign, (where, foreign)
        assert not [area for area in AREAS if area in words], where
    for where in NAMES_AREAS:
        assert f"-{code}" in said[where], where


def test_every_place_of_every_study_has_a_name_in_every_language(config):
    named = 0
    known = pd.read_csv(config / "municipalities.csv", dtype=str, keep_default_na=False)
    for folder in sorted((config / "studies").iterdir()):
        study = read_study(config, folder.name)
        if study.areas is None:
            continue
        told = study.describe()
        assert set(told["areas"]) == set(study.trial_areas())
        for names in [*told["areas"].values(), *(row["name"] for row in told["mergers"])]:
            assert all(names[code].strip() for code in LANGUAGES)
            named += 1
        places = known[known["code"].isin(set(study.areas["code"]) | set(study.areas["unit"]))]
        columns = [f"name_{code}" for code in LANGUAGES]
        assert (places[columns].apply(lambda one: one.str.strip()) != "").all(axis=None)
    assert named > 100


# The parts of an area's Finnish name, as nominatives, by which its Swedish name is told.
STEMS = {
    "Turun": "Turku", "Salon": "Salo", "Mikkelin": "Mikkeli", "Kokkolan": "Kokkola",
    "Jyväskylän": "Jyväskylä", "Kuopion": "Kuopio", "Joensuun": "Joensuu", "Raahen": "Raahe",
    "Porin": "Pori", "Lahden": "Lahti", "Hämeenlinnan": "Hämeenlinna", "Kurikan": "Kurikka",
}  # fmt: skip


@pytest.mark.parametrize("study", ["open_2012", "open_2017", "open_2021"])
def test_swedish_names_of_areas_are_those_of_their_municipalities(config, study):
    """Built from the official Swedish names of municipalities and regions, not from our list."""
    known = pd.read_csv(config / "municipalities.csv", dtype=str).drop_duplicates(
        "code", keep="last"
    )
    swedish = dict(zip(known["name_fi"], known["name_sv"], strict=True))
    swedish |= dict(zip(known["region_name_fi"], known["region_name_sv"], strict=True))
    for area, names in read_study(config, study).describe()["areas"].items():
        parts = [STEMS.get(part, part) for part in area.removesuffix(" seutu").split("–")]
        expected = [swedish[part] for part in parts]
        if area.endswith(" seutu"):
            assert names["sv"].startswith(expected[0]) and names["sv"].endswith("regionen"), names
            assert names["en"] == f"{parts[0]} area"
        else:
            assert names["sv"] == "–".join(expected)
