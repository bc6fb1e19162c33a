"""Pensions as stocks at the ends of years, and the survey."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.extract.days import days, ends_of
from kuntakokeilu.twin.extract.files import Writer, coded
from kuntakokeilu.twin.survey import ITEMS


def write_pensions(writer: Writer, pensions: pd.DataFrame) -> None:
    """Write the pensions in payment on 31 December of each year.

    The day is that on which the person retired: an old-age pension that follows a disability
    pension has the first day of that one.
    """
    first, last = days(pensions["start_date"]), days(pensions["end_date"])
    frame = pensions[["person", "kind"]].assign(start=days(pensions["since_date"]))
    for year in writer.years("pensions"):
        on = ends_of(year)[1]
        here = frame[(first <= on) & (last >= on)]
        writer.write(
            "pensions", year, here, lambda p: {"kind": p["kind"], "start_date": p["start"]}
        )


def write_survey(writer: Writer, survey: pd.DataFrame) -> None:
    """Write everyone asked; who did not respond has no answers."""
    frame = survey.drop(columns="wave").assign(start=days(survey["wave"]))
    writer.write("survey", None, frame, _render_survey)


def _render_survey(part: pd.DataFrame) -> dict[str, object]:
    responded = part["responded"].to_numpy()
    return {
        "wave": part["start"],
        "weight": part["weight"],
        "responded": coded(responded.astype(np.int8) - 1, ("1",)),  # no answer is a blank
        **{q: coded(np.where(responded, part[q], 0) - 1, tuple("12345")) for q in ITEMS},
    }
