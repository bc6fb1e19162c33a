"""Money and events are the clean ones, to the cent and the day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .conftest import on, same


def test_wages_are_the_latest(read, tables):
    clean = tables["wages"].query("year >= 2019")
    found = read.tables["wages"]
    assert (found["wage_cents"] == 0).sum() > 20
    found = found[found["wage_cents"] > 0]
    one_id = found[["payer", "payer_other", "payer_person"]].notna().sum(axis=1)
    assert (one_id == 1).all()
    payer = found["payer"].fillna(found["payer_other"]).fillna(found["payer_person"])
    columns = ["person", "year", "month", "last_week", "wage_cents"]
    expected = clean.rename(columns={"cents": "wage_cents"})
    found = found.assign(last_week=found["last_week"].astype(bool))
    same(found[columns], expected[columns])
    # A payer has one id in all rows.
    joined = found.assign(id=payer).merge(
        expected, on=["person", "year", "month", "wage_cents"], suffixes=("_id", "")
    )
    assert (joined.groupby("payer")["id"].nunique() == 1).mean() > 0.98


def test_wages_were_revised(read):
    first = pd.read_parquet(read.root / "tax" / "tax_sumincomes_2020.parquet")
    later = pd.read_parquet(read.root / "tax" / "tax_sumincomes_2021.parquet")
    keys = ["incomeEarnerShnro", "vuosi", "kuukausi", "payerIdCode_s", "payerOtherIdCode_s"]
    keys += ["payerShnro"]
    again = later[later["vuosi"] == 2020].drop_duplicates()
    assert (again["kuukausi"] >= 9).all()
    both = first.drop_duplicates().merge(again, on=keys, suffixes=("", "_later"))
    changed = both["t101"] != both["t101_later"]
    assert 0.4 < changed.mean() < 0.95
    assert len(both) < len(again)  # some come late


def test_benefits_are_paid_to_the_cent(read, tables):
    clean = tables["benefits"]
    found = read.tables["benefit_payments"].rename(
        columns={"amount_cents": "cents", "days_counter": "counter"}
    )
    columns = ["person", "year", "month", "payment_date", "benefit", "ground", "days", "cents"]
    same(found[columns].astype({"ground": int}), clean[columns].astype({"ground": int}))
    assert (found["cents"] < 0).sum() > 50
    assert (found["counter"].isna() == (found["cents"] < 0)).all()
    paid = ~clean["recovery"]
    assert found["counter"].sum() == clean.loc[paid, "counter"].sum()


def test_social_assistance_by_year(read, tables):
    found, clean = read.tables["social_assistance"], tables["social_assistance"]
    names = ["basic_cents", "supplementary_cents", "preventive_cents"]
    sums = clean.groupby(["person", "year"], as_index=False)[names].sum()
    same(found[["person", "year", *names]], sums)
    flags = found.set_index(["person", "year"])[list(found.loc[:, "january":"december"])]
    months = clean.groupby(["person", "year"])["month"].apply(set)
    got = flags.astype(bool).apply(lambda row: set(np.flatnonzero(row) + 1), axis=1)
    assert got.sort_index().equals(months.sort_index().loc[got.sort_index().index])


def test_events_are_those_that_happened(read, tables):
    dated = {"date": "start_date"}
    plans = tables["plans"].rename(columns=dated)
    same(
        read.tables["plans"][["person", "start_date", "kind"]],
        plans[["person", "start_date", "kind"]],
    )
    columns = ["person", "start_date", "task", "due_date", "review_date", "done"]
    same(
        read.tables["ura_plans"][columns],
        plans.assign(done=plans["done"].map({True: "kyllä", False: "ei"}))[columns],
    )
    contacts = tables["contacts"].rename(columns=dated | {"way": "kind"})
    columns = ["person", "start_date", "kind"]
    same(read.tables["ura_contacts"][columns], contacts[columns])
    offers = tables["offers"].rename(columns=dated)
    found = read.tables["ura_job_offers"]
    same(found[["person", "start_date"]], offers[["person", "start_date"]])
    assert set(found["status"]) == {"02"}
    waiting = found["result"].isna()
    assert waiting.any() and (found.loc[waiting, "start_date"] >= "2024-11-01").all()


def test_care_is_that_which_was_given(read, tables):
    sickness = tables["sickness"].rename(columns={"cents": "amount_cents"})
    columns = ["person", "start_date", "end_date", "days", "amount_cents"]
    same(read.tables["sickness_allowance"][columns], sickness[columns])
    bought = tables["medicines"].rename(columns={"date": "start_date"})
    columns = ["person", "start_date", "atc", "packages", "doses", "cost_cents", "reimbursed_cents"]
    same(read.tables["medicine_purchases"][columns], bought[columns])
    visits = tables["visits"].rename(columns={"date": "start_date"})
    visits["contact"] = np.where(visits["in_person"], "R10", "R50")
    columns = ["person", "start_date", "contact", "nature"]
    same(read.tables["primary_care_visits"][columns], visits[columns])


def test_pensions_stand_in_the_file_of_each_year(read, tables):
    clean = tables["pensions"]
    stocks = []
    for year in range(2017, 2025):
        day = f"{year}-12-31"
        here = on(clean, day)
        stocks.append(here.assign(delivery_year=year))
        raw = pd.read_parquet(read.root / "folk_jaksot" / f"folk_elake_{year}_1.parquet")
        assert len(raw.drop_duplicates().query("hid_e != ''")) == len(here)
    # A pension that ends and begins anew within a year has two first days.
    keys = ["person", "kind", "since_date"]
    expected = pd.concat(stocks).groupby(keys, as_index=False)["delivery_year"].max()
    expected = expected.rename(columns={"since_date": "start_date"})
    same(read.tables["pensions"], expected)
    assert (clean["since_date"] < clean["start_date"]).any()


def test_the_survey_has_answers_of_those_who_responded(read, tables):
    clean, found = tables["survey"], read.tables["survey"]
    found = found.assign(wave=pd.to_datetime(found["wave"]))
    columns = ["person", "wave", "weight", "responded"]
    same(found[columns].astype({"responded": bool}), clean[columns])
    items = ["q1", "q2", "q3", "q4", "q5"]
    given = clean[items].where(clean["responded"], 0)
    expected = given.assign(person=clean["person"], wave=clean["wave"])
    found[items] = found[items].fillna("0").astype(int)
    columns = ["person", "wave", *items]
    same(found[columns], expected[columns])
    assert found.loc[~found["responded"].astype(bool), items].eq(0).all(axis=None)
