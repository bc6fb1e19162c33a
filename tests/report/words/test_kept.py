"""What is kept with a release: asked for once, never changed by who asks, gone with the release."""

from dataclasses import replace

import pandas as pd

from kuntakokeilu.report.words.kept import kept, parts_by, records, rows_with
from kuntakokeilu.report.words.rows import lead_rows


def test_a_function_of_a_release_is_called_once_for_each_of_its_names(rich):
    asked = []

    @kept
    def rows(release, outcome=""):
        asked.append(outcome)
        return release.estimates[release.estimates["outcome"].eq(outcome)]

    for _ in range(3):
        for outcome in ("jobs", "pay"):
            assert set(rows(rich, outcome)["outcome"]) <= {outcome}
    assert asked == ["jobs", "pay"]


def test_who_changes_a_frame_changes_no_others(rich):
    mine = lead_rows(rich)
    before = mine.copy()
    mine["estimate"] = 0.0
    mine.loc[:, "status"] = "suppressed"
    pd.testing.assert_frame_equal(lead_rows(rich), before)

    @kept
    def parts(release):
        return [release.estimates]

    (mine,) = parts(rich)
    mine["estimate"] = 0.0
    pd.testing.assert_frame_equal(parts(rich)[0], rich.estimates)


def test_another_release_is_asked_anew(rich):
    assert len(lead_rows(rich))
    name = lead_rows(rich)["estimand"].iloc[0]
    other = replace(rich, estimates=rich.estimates[rich.estimates["estimand"].eq(name)])
    assert list(lead_rows(other)["estimand"]) == [name] < list(lead_rows(rich)["estimand"])


def test_rows_with_a_value_are_those_of_a_search(rich):
    table = rich.diagnostics
    for name in table["estimand"].unique():
        found = rows_with(rich, "diagnostics", "estimand", name)
        pd.testing.assert_frame_equal(found, table[table["estimand"].eq(name)])
    nobody = rows_with(rich, "diagnostics", "estimand", "nobody")
    assert nobody.empty and list(nobody) == list(table)
    assert sum(map(len, parts_by(rich, "diagnostics", "estimand").values())) == len(table)


def test_records_hold_what_rows_hold():
    rows = pd.DataFrame({"a": ["x", None], "n": [1, 2], "b": [True, False]}, index=[7, 3])
    rows["n"] = rows["n"].astype("Int64")
    for line, (_, row) in zip(records(rows), rows.iterrows(), strict=True):
        assert list(line) == ["a", "n", "b"] and type(line["n"]) is int and type(line["b"]) is bool
        assert pd.Series(line, dtype=object).equals(row.astype(object).rename(None))
