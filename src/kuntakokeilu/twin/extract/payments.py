"""Wages with their revisions, benefits with their recoveries, social assistance by year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from kuntakokeilu.twin.extract.days import days
from kuntakokeilu.twin.extract.dirt import chosen, draw
from kuntakokeilu.twin.extract.files import Writer, coded, digits, take
from kuntakokeilu.twin.extract.municipalities import Codes
from kuntakokeilu.twin.wages import payers

# ASSUME: shares of the wage rows of September to December that the next delivery revises, repeats
# as they were, and brings for the first time.
REVISED, REPEATED, LATE, FIRST_REVISED_MONTH = 0.02, 0.01, 0.003, 9
# ASSUME: shares of rows of persons unknown to the key link, and of rows without a wage.
UNKNOWN, NO_WAGE = 0.0005, 0.0005
OTHER_ID, HOUSEHOLD = 0.03, 0.02  # ASSUME: shares of payers without a business id
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def write_wages(
    writer: Writer, year: int, wages: pd.DataFrame, held: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Write the wages of a year as known at its end, and what was revised of the year before.

    Returns
    -------
    DataFrame or None
        The rows that the next delivery brings (again), with their true wage.
    """
    span, world = writer.years("wages"), writer.world
    if year not in span:
        return None
    rows = wages[["person", "payer", "month", "last_week", "year"]]
    cents = wages["cents"].to_numpy()
    keys = (wages["person"], wages["payer"], wages["year"].astype(int) * 12 + wages["month"])
    u = draw(world, "wage revision", *keys)
    # Nothing follows the last delivery: what it says is what there is.
    u[(wages["month"] < FIRST_REVISED_MONTH) | (year == span[-1])] = 1.0
    factor = 0.7 + 0.2 * draw(world, "wage before revision", *keys)
    before = np.where(u < REVISED, np.maximum(np.floor(cents * factor), 1), cents).astype(np.int64)
    late = (u >= REVISED + REPEATED) & (u < REVISED + REPEATED + LATE)
    rows = rows.assign(cents=before)
    parts = [rows[~late], *_odd_rows(writer, rows)]
    if held is not None:
        parts.insert(0, held)
    payer_ids = _payer_ids(writer)
    writer.write(
        "wages", year, pd.concat(parts, ignore_index=True), lambda p: _render_wages(payer_ids, p)
    )
    return rows.assign(cents=cents)[u < REVISED + REPEATED + LATE]


def _odd_rows(writer: Writer, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Make rows of earners whom no link knows, and rows without a wage from a payer of its own."""
    keys = (rows["person"], rows["payer"], rows["year"].astype(int) * 12 + rows["month"])
    strangers = writer.strangers()
    some = rows[chosen(draw(writer.world, "unknown earner", *keys), UNKNOWN)]
    u = draw(writer.world, "which earner", some["person"], some["payer"], some["month"])
    who = (strangers.start + np.floor(u * len(strangers))).astype(np.int32)
    # Their payers are as many as those of the person whose row it was: one row per key.
    unknown = some.assign(person=who).drop_duplicates(["person", "payer", "month"])
    none = rows[chosen(draw(writer.world, "no wage", *keys), NO_WAGE)]
    none = none.drop_duplicates(["person", "month"])
    last = payers(writer.world) + len(writer.world.places.code)
    return [unknown, none.assign(payer=np.int32(last), cents=np.int64(0), last_week=False)]


def _payer_ids(writer: Writer) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Draw the three kinds of ids of payers; each payer has one of them."""
    world = writer.world
    private, many = payers(world), payers(world) + len(world.places.code) + 1
    number = np.arange(many)
    u = draw(world, "kind of payer", number)
    kind = np.select([number >= private, u < OTHER_ID, u < OTHER_ID + HOUSEHOLD], [0, 1, 2], 0)
    words = [digits(world, f"payer {k}", many, width) for k, width in enumerate((9, 8, 11))]
    return tuple(take(w, np.where(kind == k, number, -1)) for k, w in enumerate(words))


def _render_wages(ids: tuple[pa.Array, ...], part: pd.DataFrame) -> dict[str, object]:
    business, other, household = (each.take(pa.array(part["payer"])) for each in ids)
    return {
        "year": part["year"],
        "month": part["month"],
        "payer": business,
        "payer_other": other,
        "payer_person": household,
        "wage_cents": part["cents"].to_numpy(),
        # Some payers leave out what others write as 0.
        "last_week": coded(
            np.where(part["last_week"], 1, np.where(part["payer"] % 2, 0, -1)), ("0", "1")
        ),
    }


def write_benefits(
    writer: Writer, year: int, benefits: pd.DataFrame, held: pd.DataFrame | None
) -> None:
    """Write benefits by month of entitlement: a row per payment or recovery."""
    frame = benefits.drop(columns="payment_date").assign(start=days(benefits["payment_date"]))
    writer.write("benefit_payments", year, frame, _render_benefits)


def _render_benefits(part: pd.DataFrame) -> dict[str, object]:
    counter = part["counter"].to_numpy(float)
    return {
        "year": part["year"],
        "month": part["month"],
        "payment_date": part["start"],
        "benefit": part["benefit"],
        "ground": coded(part["ground"] - 1, ("1", "2", "3")),
        "days": part["days"],
        "amount_cents": part["cents"].to_numpy(),
        # A recovery says nothing about days counted.
        "days_counter": np.where(part["recovery"], np.nan, counter),
    }


def write_social_assistance(writer: Writer, codes: Codes, year: int, months: pd.DataFrame) -> None:
    """Write a row per person and year: a flag per month, and sums of euros."""
    n = writer.world.streams.persons
    person = months["person"].to_numpy()
    got = np.zeros((n, 12), bool)
    got[person, months["month"] - 1] = True
    home = np.zeros(n, np.int16)
    home[person] = codes.number(months["municipality"])  # of several the last: rows are by month
    frame = pd.DataFrame({"person": np.flatnonzero(got.any(axis=1)).astype(np.int32)})
    own = frame["person"].to_numpy()
    for kind in ("basic", "supplementary", "preventive"):
        name = f"{kind}_cents"
        frame[name] = np.bincount(person, months[name], minlength=n)[own].round().astype(np.int64)
    frame["home"] = codes.as_of(year, own, home[own])

    def render(part: pd.DataFrame) -> dict[str, object]:
        flags = got[part["person"]]  # for the row without an id those of the last person
        return {
            "year": np.full(len(part), year),
            "municipality": coded(part["home"], codes.codes),
            "basic_cents": part["basic_cents"].to_numpy(),
            "supplementary_cents": part["supplementary_cents"].to_numpy(),
            "preventive_cents": part["preventive_cents"].to_numpy(),
        } | {name: coded(flags[:, m].astype(np.int8) - 1, ("1",)) for m, name in enumerate(MONTHS)}

    writer.write("social_assistance", year, frame, render)
