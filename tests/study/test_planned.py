"""A plan is spelt out, and what is not as it was locked is found, field by field."""

from __future__ import annotations

from dataclasses import replace as with_fields

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import PlanLock, plan_of, plan_rows, plan_statuses, read_study, write_lock
from kuntakokeilu.study.plan_lock import FILE, digest, read_lock

DAY = "2026-01-31"


@pytest.fixture
def locked(own_config):
    """The study `mine`, locked; returns what is read of it anew."""
    folder = own_config / "studies" / "mine"
    write_lock(PlanLock(DAY, plan_of(read_study(own_config, "mine"))), folder)
    return lambda: read_study(own_config, "mine")


def test_a_study_without_a_lock_says_so(own_config):
    study = read_study(own_config, "mine")
    assert set(plan_statuses(study).values()) == {"not_locked"}
    assert plan_rows(study).empty


def test_what_was_locked_is_locked(locked):
    study = locked()
    assert study.lock.date == study.lock.first_date == DAY
    assert set(plan_statuses(study).values()) == {"locked"}
    assert set(plan_rows(study)["plan"]) == {"locked"}
    assert not plan_rows(study)["changes"].any()


def test_labels_and_names_of_people_are_no_part_of_a_plan(locked, replace):
    replace("mine/study.yaml", "en: Test", "en: Another title")
    replace("mine/outcomes.csv", "Osuus,Andel,Rate", "Osuus,Andel,Share")
    assert set(plan_statuses(locked()).values()) == {"locked"}


@pytest.mark.parametrize(
    ("file", "old", "new", "names", "said"),
    [
        (
            "mine/estimands.csv",
            "rate.frozen,rate,mainland,persons_frozen,two_way_fixed_effects",
            "rate.frozen,rate,mainland,area,two_way_fixed_effects",
            ["rate.frozen"],
            "weights: persons_frozen → area",
        ),
        (
            "mine/study.yaml",
            "first_period: 2020-01",
            "first_period: 2020-02",
            ["rate.main", "rate.frozen", "rate.windows"],
            "first_period: 2020-01 → 2020-02",
        ),
        (
            "mine/study.yaml",
            "last: 2021-12",
            "last: 2021-11",
            ["rate.windows"],
            "windows.early.last: 2021-12 → 2021-11",
        ),
        (
            "mine/outcomes.csv",
            "rates.csv,rate_pct",
            "rates.csv,spare_pct",
            ["rate.main", "rate.frozen", "rate.windows", "rate.placebo"],
            "outcome rate, column: rate_pct → spare_pct",
        ),
        (
            "mine/areas.csv",
            "trial,North,005",
            "trial,North,010",
            ["rate.main", "rate.frozen", "rate.windows", "rate.placebo"],
            "areas.trial North: 005 → 010",
        ),
    ],
)
def test_a_change_is_named_on_what_it_touches_alone(locked, replace, file, old, new, names, said):
    replace(file, old, new)
    rows = plan_rows(locked()).query("kind == 'estimand'").set_index("item")
    assert list(rows.index[rows["plan"] == "changed"]) == names
    assert rows.loc[names, "changes"].str.contains(said, regex=False).all()
    assert rows.drop(names)["plan"].eq("locked").all()
    statuses = plan_statuses(locked())
    assert [name for name, status in statuses.items() if status == "changed"] == names


def test_what_is_added_or_dropped_is_named(locked, replace):
    replace("mine/estimands.csv", "rate.frozen,", "rate.later,")
    rows = plan_rows(locked()).set_index("item")["plan"]
    assert rows[["rate.later", "rate.frozen"]].tolist() == ["added", "dropped"]
    assert plan_statuses(locked())["rate.later"] == "added"


def test_a_setting_that_the_lock_does_not_know_is_no_change_at_its_default(locked):
    study = locked()
    plan = study.lock.plan
    older = {name: dict(items) for name, items in plan.items()}
    del older["settings"]["merged_across_arms"]
    older["estimands"] = {
        name: {k: v for k, v in fields.items() if k not in ("trends", "control_group")}
        for name, fields in plan["estimands"].items()
    }
    study = with_fields(study, lock=with_fields(study.lock, plan=older))
    assert set(plan_statuses(study).values()) == {"locked"}
    assert set(plan_rows(study)["plan"]) == {"locked"}


def test_reasons_stand_by_changes_and_a_change_may_have_none(locked, replace, own_config):
    replace("mine/estimands.csv", "persons_frozen,two_way", "area,two_way")
    replace("mine/estimands.csv", "rate.placebo,", "rate.placebo_other,")
    file = own_config / "studies" / "mine" / "plan_changes.csv"
    head = "item,reason_fi,reason_sv,reason_en\n"
    file.write_text(f"{head}rate.frozen,Syy,Orsak,Reason\n", encoding="utf-8")
    rows = plan_rows(locked()).set_index("item")
    assert rows.loc["rate.frozen", "reason_en"] == "Reason"
    assert rows.loc[["rate.placebo_other", "rate.placebo"], "reason_en"].isna().all()
    file.write_text(f"{head}rate.nowhere,Syy,Orsak,Reason\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"plan_changes.csv, row 2, column item: rate.nowhere"):
        locked()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"first_period": "2020-01"', '"first_period": "2019-01"'),
        (f'"locked": "{DAY}"', '"locked": "2025-01-31"'),
        ('"unblinded": null', '"unblinded": {"date": "2025-01-31", "checked": "-", "sha256": ""}'),
        ('"history": []', '"history": [{"plan": {}, "locked": "2020-01-01", "plan_sha256": ""}]'),
    ],
)
def test_a_lock_that_was_tampered_with_is_refused_in_one_line(locked, own_config, old, new):
    path = own_config / "studies" / "mine" / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match="does not fit its hash"):
        locked()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"sha256": "", "plan": 1}', "\udcff"])
def test_what_is_no_lock_is_refused_in_one_line(own_config, text):
    path = own_config / "studies" / "mine" / FILE
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match="no lock of a plan"):
        read_study(own_config, "mine")


def test_a_lock_is_readable_and_a_second_one_keeps_the_first(locked, own_config):
    first = locked().lock
    path = own_config / "studies" / "mine" / FILE
    text = path.read_text(encoding="utf-8")
    entry = '      "rate.main": {\n        "sha256": "'
    assert entry in text  # an entry for each estimand, a field a line
    second = first.again({**first.plan, "ratios": {"r": {"factor": 1.0}}}, "2026-03-01")
    write_lock(second, path.parent)
    again = read_lock(path.parent)
    assert again == second and again.first_date == DAY and again.date == "2026-03-01"
    assert again.history[0]["plan_sha256"] == digest(first.plan) != again.plan_sha256
    assert again.described()["times"] == 2
