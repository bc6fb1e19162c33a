"""Spells of the register are the clean ones under their dirt."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.facts import read_classification

from .conftest import CONFIG, on, same, since_2017

DAY = pd.Timedelta(days=1)
NORDIC_MODEL = pd.Timestamp("2022-05-01")
# tyok1 by state of the twin, from May 2022.
STATUS = {2: "2", 3: "3", 4: "9", 5: "7", 6: "7", 7: "8", 8: "8", 9: "7", 10: "0"}


def test_searches_are_the_registrations(read, tables):
    clean = since_2017(tables["registrations"])
    columns = ["person", "start_date", "end_date"]
    found = read.tables["search_spells"]
    same(found[columns], clean[columns])
    assert (found["is_open"] == found["end_date"].isna()).all()
    assert (found["end_reason"].isna() == found["is_open"]).all()
    joined = clean.merge(found, on=["person", "start_date"], suffixes=("", "_read"))
    work = joined["after"] == 0
    assert joined.loc[work, "end_reason"].isin(["01", "03", "04"]).all()
    new = joined["end_reason"].isin(["14", "15"])
    assert new.any() and (joined.loc[new, "end_date"] >= NORDIC_MODEL).all()


def clean_statuses(tables) -> pd.DataFrame:
    """Recorded statuses without dirt, part-time work under its later code."""
    states = since_2017(tables["statuses"])
    states = states[states["state"].isin(STATUS)]
    status = states["state"].map(STATUS).mask(states["miscoded"], "7")
    return states[["person", "start_date", "end_date"]].assign(status=status)


def test_statuses_are_the_states_under_their_dirt(read, tables):
    found = read.tables["status_spells"].sort_values(["person", "start_date"], ignore_index=True)
    nine = found["status"] == "9"
    assert nine.any() and (found.loc[nine, "start_date"] >= NORDIC_MODEL).all()
    assert (found["status"] == "1").any()
    # Part-time work: one spell across May 2022.
    found["status"] = found["status"].replace("1", "9")
    # Overlaps: the next start wins.
    follower = found.groupby("person")["start_date"].shift(-1)
    over = found["end_date"] >= follower
    assert 0.0005 < over.mean() < 0.004
    assert (found.loc[over, "end_date"] - follower[over]).dt.days.between(0, 4).all()
    found.loc[over, "end_date"] = follower[over] - DAY
    # Gaps and part-time work: first and second part.
    split = (found["end_date"] + DAY == follower) & (
        (found["status"] == "z") | (follower == NORDIC_MODEL) & (found["status"] == "9")
    )
    split &= (found["status"] == "z") | (found["status"].shift(-1) == "9")
    assert found.loc[found["status"] == "z"].index.isin(found.index[split]).all()
    assert 0.001 < (found["status"] == "z").mean() < 0.005
    first = found["start_date"].where(~split.shift(fill_value=False), found["start_date"].shift())
    found = found.assign(start_date=first)[~split]
    # Spells that the delivery of their end no longer has.
    lost = found["is_open"] & (found["delivery_year"] < 2024)
    clean = clean_statuses(tables)
    keys = ["person", "start_date"]
    true_end = found[lost].merge(clean, on=keys, suffixes=("", "_true"))["end_date_true"]
    assert len(true_end) == lost.sum() > 5
    assert (true_end.dt.month == 1).all() and (true_end.dt.day < 31).all()
    assert (true_end.dt.year == found.loc[lost, "delivery_year"].to_numpy() + 1).all()
    found.loc[lost, "end_date"] = true_end.to_numpy()
    same(found[list(clean)], clean)


def test_statuses_lie_within_searches_and_gaps_between_month_ends(read):
    found, search = read.tables["status_spells"], read.tables["search_spells"]
    inside = found.reset_index().merge(search, on="person", suffixes=("", "_search"))
    inside = inside[
        (inside["start_date_search"] <= inside["start_date"])
        & (inside["end_date_search"].isna() | (inside["start_date"] <= inside["end_date_search"]))
    ]
    assert len(inside) == len(found)
    closed = inside["end_date"].notna() & inside["end_date_search"].notna()
    assert (inside["end_date"] <= inside["end_date_search"])[closed].all()
    unknown = found[found["status"] == "z"]
    assert ((unknown["end_date"] + DAY).dt.month == unknown["start_date"].dt.month).all()


def test_offices_are_those_of_the_clients(read, tables):
    clean = since_2017(tables["offices"])
    found = read.tables["jobseeker_office"]
    keys = ["person", "start_date", "office"]
    same(found[keys], clean[keys])
    both = found.merge(clean, on=keys, suffixes=("", "_true"))
    kept = both["end_date"].fillna(pd.Timestamp.max.floor("D")) == both["end_date_true"].fillna(
        pd.Timestamp.max.floor("D")
    )
    assert 0 < (~kept).mean() < 0.005
    assert both.loc[~kept, "is_open"].all()
    after = both.loc[~kept, ["person"]].assign(start_date=both["end_date_true"] + DAY)
    assert len(after.merge(clean, on=["person", "start_date"])) == (~kept).sum()


def test_residences_of_job_seekers(read, tables):
    found = read.tables["jobseeker_residence"]
    successors = read_classification(CONFIG, 2024).successors()
    abroad = found["municipality"].isin(["197", "198", "200"])
    gone = tables["persons"].set_index("person")["emigration_date"]
    left = found[abroad]
    assert len(left) and (gone.loc[left["person"]].to_numpy() == left["start_date"]).all()
    old = found["municipality"].isin(list(successors)) & ~abroad
    assert (found.loc[old, "end_date"].dt.strftime("%m-%d") == "12-31").mean() > 0.5
    home = tables["residences"]
    for date in ("2017-12-31", "2020-12-31", "2023-06-30"):
        own = on(found[~abroad], date).set_index("person")["municipality"].replace(successors)
        true = on(home, date).set_index("person")["municipality"]
        assert own.index.is_unique and (own == true.loc[own.index]).all() and len(own) > 2000


def test_diagnoses_are_the_limitations(read, tables):
    found, persons = read.tables["jobseeker_diagnosis"], tables["persons"].set_index("person")
    limited = found[found["diagnosed"].astype(bool)]
    assert (
        limited["start_date"].to_numpy() == persons.loc[limited["person"], "limited_from"]
    ).all()
    others = found.loc[~found["diagnosed"].astype(bool), "person"]
    assert len(others) and persons.loc[others, "limited_from"].isna().all()


def test_measures_are_the_services_and_placements(read, tables):
    dates = ["person", "start_date", "end_date"]
    services = since_2017(tables["services"])
    same(read.tables["work_trials"][dates], services.loc[services["state"] == 5, dates])
    assert set(read.tables["work_trials"]["kind"]) == {"20", "21"}
    training = read.tables["training"]
    taken = training[training["started"].astype(bool)]
    same(taken[dates], services.loc[services["state"].isin([6, 7]), dates])
    courses = read.tables["training_courses"].set_index("course")
    kind = courses.loc[taken["course"], "kind"].to_numpy()
    state = taken.merge(services, on=["person", "start_date"])["state"]
    assert ((kind == "14") == (state == 6)).all()
    not_held = training.loc[~training["started"].astype(bool), "course"]
    assert len(not_held) and (courses.loc[not_held, "cancelled"] == "P").all()
    assert courses.loc[taken["course"], "cancelled"].isna().all()
    placed = since_2017(tables["placements"]).rename(columns={"benefit_before": "benefit"})
    columns = [*dates, "kind", "sector", "benefit", "subsidy_share"]
    same(read.tables["subsidised_placements"][columns], placed[columns])
