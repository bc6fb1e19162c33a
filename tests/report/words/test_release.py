"""study.json and manifest.json: every key is declared, and none can go missing in silence."""

import copy
import json
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from kuntakokeilu.contracts import StudyDescription, described
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.words.release import read_release
from kuntakokeilu.study import read_study

CONFIG = Path(__file__).parents[3] / "config"
# Together they have windows, weights, mergers, populations, ratios, totals and combinations.
STUDIES = ["demo_2021", "open_2021"]


@cache
def description(name):
    """What study.json of one of the project's studies says."""
    return read_study(CONFIG, name).describe()


def declared(part, place=()):
    """Places of all keys that a description has; of things by name and of lists, the first's."""
    for name in type(part).model_fields:
        yield (*place, name)
        value = getattr(part, name)
        if isinstance(value, dict):
            inner = [((*place, name, key), row) for key, row in value.items()]
        elif isinstance(value, list):
            inner = [((*place, name, k), row) for k, row in enumerate(value)]
        else:
            inner = [((*place, name), value)]
        for at, row in inner[:1]:
            if isinstance(row, BaseModel):
                yield from declared(row, at)


def _at(content, place):
    for step in place:
        content = content[step]
    return content


@pytest.mark.parametrize("name", STUDIES)
def test_without_any_one_key_the_description_is_refused_by_name(name):
    whole = description(name)
    places = list(declared(StudyDescription(**whole)))
    assert len(places) > 60
    for *above, key in places:
        cut = copy.deepcopy(whole)
        del _at(cut, above)[key]
        with pytest.raises(InputError, match=rf"^study\.json: key .*\b{key} is missing$"):
            described(cut, StudyDescription, "study.json")


def test_a_key_that_nobody_declared_is_refused_at_every_depth():
    whole = description("open_2021")
    above = {place[:-1] for place in declared(StudyDescription(**whole))}
    assert len(above) > 6
    for place in above:
        more = copy.deepcopy(whole)
        _at(more, place)["surprise"] = 1
        with pytest.raises(InputError, match=r"^study\.json: unknown key .*surprise$"):
            described(more, StudyDescription, "study.json")


@pytest.mark.parametrize(
    ("file", "key"),
    [("study.json", "coverage"), ("study.json", "mergers"), ("manifest.json", "seed")],
)
def test_a_release_without_a_key_is_refused_in_one_line(make, tmp_path, file, key):
    folder = make.save(make.build(make.rich_rows()), tmp_path / "release")
    read_release(folder)
    content = json.loads((folder / file).read_text("utf-8"))
    del content[key]
    (folder / file).write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match=f"^{file}: key {key} is missing$"):
        read_release(folder)


@pytest.mark.parametrize("content", ["[]", "1", '"text"', "null"])
def test_a_description_that_is_no_set_of_keys_is_refused(make, tmp_path, content):
    folder = make.save(make.build(make.rich_rows()), tmp_path / "release")
    (folder / "study.json").write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"^study\.json: expected keys with values$"):
        read_release(folder)
