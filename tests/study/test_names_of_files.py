"""A file of a study has one name in all messages, whatever is wrong with it."""

from __future__ import annotations

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_study

NAMES = ["study.yaml", "outcomes.csv", "estimands.csv", "areas.csv"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["none", "empty", "cut", "form", "content"])
def test_a_file_has_one_name_in_all_messages(own_config, name, fault):
    if (name, fault) == ("study.yaml", "none"):
        return  # without it there is no study
    path = own_config / "studies" / "mine" / name
    text = path.read_text(encoding="utf-8")
    broken = {
        "none": None,
        "empty": "",
        "cut": text.rstrip().rpartition(",")[0],
        "form": "{" if name == "study.yaml" else "a,b\n1,2\n",
        "content": text.replace("rate", "!").replace("South", "").replace("title", "heading"),
    }[fault]
    path.unlink()
    if broken is not None:
        path.write_text(broken, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(own_config, "mine")
    assert str(caught.value).startswith(f"config/studies/mine/{name}"), str(caught.value)
