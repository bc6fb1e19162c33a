"""Dated events by year: plans, contacts, offers, care."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.extract.days import days, ends_of, months, years
from kuntakokeilu.twin.extract.dirt import draw
from kuntakokeilu.twin.extract.files import Writer, coded

# ASSUME: share of the plans of the last quarter that the next delivery repeats.
REPEATED = 0.05
URA_KINDS = {"00": "01", "01": "04", "02": "03", "07": "01"}
DONE = ("ei", "kyllä")
NO_RESULT = 0.2  # ASSUME: of the offers of the last two months
# ASSUME: ISCO-08 codes; TAIKA does not say which classification the register uses.
PROFESSIONS = {"nurse": "3221", "physician": "2211", "other": "2264"}


def write_plans(
    writer: Writer, year: int, plans: pd.DataFrame, held: pd.DataFrame | None
) -> pd.DataFrame:
    """Write plans and their tasks; returns those that the next delivery repeats."""
    plans = plans[plans["recorded"]]
    frame = pd.DataFrame(
        {
            "person": plans["person"],
            "start": days(plans["date"]),
            "due": days(plans["due_date"]),
            "review": days(plans["review_date"]),
            "kind": plans["kind"],
            "ura_kind": plans["kind"].map(URA_KINDS),
            "task": plans["task"],
            "done": plans["done"],
        }
    )
    again = draw(writer.world, "plan again", frame["person"], frame["start"]) < REPEATED
    again &= months(frame["start"]) % 12 >= 9
    rows = frame if held is None else pd.concat([held, frame], ignore_index=True)
    writer.write("plans", year, rows, lambda p: {"start_date": p["start"], "kind": p["kind"]})
    writer.write("ura_plans", year, rows, _render_ura)
    return frame[again]


def _render_ura(part: pd.DataFrame) -> dict[str, object]:
    return {
        "start_date": part["start"],
        "kind": part["ura_kind"],
        "task": part["task"],
        "due_date": part["due"],
        "review_date": part["review"],
        "done": coded(part["done"].astype(np.int8), DONE),
    }


def write_contacts(
    writer: Writer, year: int, contacts: pd.DataFrame, held: pd.DataFrame | None
) -> pd.DataFrame:
    """Write contacts by the year of their day; returns those of the next year."""
    contacts = contacts[contacts["recorded"]]
    frame = pd.DataFrame(
        {
            "person": contacts["person"],
            "start": days(contacts["date"]),
            "way": contacts["way"],
        }
    )
    frame = frame if held is None else pd.concat([held, frame], ignore_index=True)
    now = frame["start"] <= ends_of(year)[1]
    writer.write(
        "ura_contacts", year, frame[now], lambda p: {"start_date": p["start"], "kind": p["way"]}
    )
    return frame[~now]


def write_offers(
    writer: Writer, year: int, offers: pd.DataFrame, held: pd.DataFrame | None
) -> None:
    """Write job offers; some of the last have no result yet."""
    frame = pd.DataFrame(
        {"person": offers["person"], "start": days(offers["date"]), "result": offers["result"]}
    )
    waiting = draw(writer.world, "no result", frame["person"], frame["start"]) < NO_RESULT
    waiting &= (months(frame["start"]) % 12 >= 10) & (
        year + 1 not in writer.years("ura_job_offers")
    )
    frame["result"] = frame["result"].mask(waiting, "")
    writer.write(
        "ura_job_offers",
        year,
        frame,
        # Offers go to the unemployed; the code has two characters here.
        lambda p: {
            "start_date": p["start"],
            "result": p["result"],
            "status": coded(np.zeros(len(p), int), ("02",)),
        },
    )


def write_sickness(writer: Writer, sickness: pd.DataFrame) -> None:
    """Write paid spells of sickness allowance by the year of their first day."""
    frame = sickness.drop(columns=["start_date", "end_date"]).assign(
        start=days(sickness["start_date"]), end=days(sickness["end_date"])
    )
    begun = years(frame["start"])
    for year in writer.years("sickness_allowance"):
        writer.write("sickness_allowance", year, frame[begun == year], _render_sickness)


def _render_sickness(part: pd.DataFrame) -> dict[str, object]:
    return {
        "start_date": part["start"],
        "end_date": part["end"],
        "days": part["days"],
        "amount_cents": part["cents"],
    }


def write_medicines(
    writer: Writer, year: int, medicines: pd.DataFrame, held: pd.DataFrame | None
) -> None:
    """Write medicine purchases."""
    frame = medicines.drop(columns="date").assign(start=days(medicines["date"]))
    writer.write("medicine_purchases", year, frame, _render_medicines)


def _render_medicines(part: pd.DataFrame) -> dict[str, object]:
    return {
        "start_date": part["start"],
        "atc": part["atc"],
        "packages": part["packages"],
        "doses": part["doses"],
        "cost_cents": part["cost_cents"],
        "reimbursed_cents": part["reimbursed_cents"],
    }


def write_visits(
    writer: Writer, year: int, visits: pd.DataFrame, held: pd.DataFrame | None
) -> None:
    """Write primary-care visits."""
    frame = pd.DataFrame(
        {
            "person": visits["person"],
            "start": days(visits["date"]),
            "profession": visits["profession"].map(PROFESSIONS),
            "nature": visits["nature"],
            "remote": ~visits["in_person"],
        }
    )
    writer.write("primary_care_visits", year, frame, _render_visits)


def _render_visits(part: pd.DataFrame) -> dict[str, object]:
    return {
        "start_date": part["start"],
        "service": coded(np.zeros(len(part), int), ("T11",)),
        "contact": coded(part["remote"].astype(np.int8), ("R10", "R50")),
        "nature": part["nature"],
        "profession": part["profession"],
    }
