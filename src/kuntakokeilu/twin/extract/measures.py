"""Subsidised placements, work trials and training with its courses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.extract.days import OPEN, months
from kuntakokeilu.twin.extract.dirt import chosen, draw
from kuntakokeilu.twin.extract.files import Writer, coded, digits, take
from kuntakokeilu.twin.extract.people import People
from kuntakokeilu.twin.extract.spells import (
    by_state,
    delivery,
    reasons,
    write_spells,
)
from kuntakokeilu.twin.states import State

CODES = tuple(f"{number:02d}" for number in range(11))
_PLACEMENT_ENDS = by_state(6, WORK=(2, 3, 3), UNEMPLOYED=(1, 1, 7), TRAINING=(4,), STUDY=(4,))
DISABILITY, OTHER_GROUPS = 3, np.array([7, 8, 9, 10], np.int8)
WORKPLACE_SHARE = 0.8  # ASSUME: of work trials, the others in a workshop
SECTORS = ("4", "2", "3", "6", "1", "5", "7")
SECTOR_EDGES = (0.6, 0.8, 0.92, 0.95, 0.97, 0.98)  # ASSUME
FIRST_MONTH, MONTHS_OF_COURSES = 12 * 30, 12 * 25  # 2000 to 2024
COURSES = 100  # ASSUME: courses that begin in a month, by kind, in the whole country
KINDS = ("14", "15", "16")  # coaching, training, transition security training
CANCELLED = 0.01  # ASSUME: share of participants who were also chosen for a course not held
CODES_OF_END = tuple("0123456789")
BROKEN_OFF = np.array([1, 2, 2, 4], np.int8)


def write_placements(writer: Writer, people: People, placements: pd.DataFrame) -> None:
    """Write subsidised placements with employer, target group and benefit before."""
    person, start = placements["person"], placements["start"]
    u = draw(writer.world, "end of placement", person, start)
    group = OTHER_GROUPS[(4 * draw(writer.world, "target group", person, start)).astype(int)]
    disabled = placements["kind"].str[1] == "V"
    spells = placements.assign(
        reason=reasons(_PLACEMENT_ENDS, placements["next_state"].to_numpy(), u),
        group=np.where(disabled, DISABILITY, group),
    )

    def render(part: pd.DataFrame) -> dict[str, object]:
        return {
            "kind": part["kind"],
            "end_reason": coded(np.where(part["end"] == OPEN, -1, part["reason"]), CODES),
            "sector": part["sector"],
            "target_group": coded(part["group"], CODES),
            "benefit": part["benefit_before"],
            "subsidy_share": part["subsidy_share"],
        }

    write_spells(writer, "subsidised_placements", people, spells, render, reason=6)


def write_work_trials(writer: Writer, people: People, services: pd.DataFrame) -> None:
    """Write work trials at workplaces and in workshops."""
    spells = services[services["state"] == State.WORK_TRIAL]
    person, start = spells["person"], spells["start"]
    workshop = draw(writer.world, "workshop", person, start) >= WORKPLACE_SHARE
    sector = np.searchsorted(SECTOR_EDGES, draw(writer.world, "sector of trial", person, start))
    spells = spells.assign(kind=workshop.astype(np.int8), sector=sector)

    def render(part: pd.DataFrame) -> dict[str, object]:
        return {"kind": coded(part["kind"], ("20", "21")), "sector": coded(part["sector"], SECTORS)}

    write_spells(writer, "work_trials", people, spells, render)


def write_training(writer: Writer, people: People, services: pd.DataFrame) -> None:
    """Write participation in coaching and training, and the courses of each delivery."""
    world = writer.world
    per_month = max(1, round(COURSES * world.settings.scale))
    spells = services[services["state"].isin((State.COACHING, State.TRAINING))]
    person, start = spells["person"], spells["start"]
    u, v = draw(world, "course", person, start), draw(world, "end of training", person, start)
    kind = np.where(spells["state"] == State.COACHING, 0, 1 + (u > 0.95))
    month = np.maximum(months(start) - FIRST_MONTH, 0)
    number = (month * per_month + (u * per_month).astype(int)) * 2 * len(KINDS) + kind
    reason = np.where(spells["completed"], 0, BROKEN_OFF[(4 * v).astype(int)])
    spells = spells.assign(course=number, reason=reason, started=True)
    spells = pd.concat([spells, _cancelled(writer, spells)], ignore_index=True)
    # Numbers for all months, so that those of the courses are the same in both worlds.
    words = digits(world, "course", MONTHS_OF_COURSES * per_month * 2 * len(KINDS), 9)

    def render(part: pd.DataFrame) -> dict[str, object]:
        return {
            "course": take(words, part["course"]),
            "started": coded(part["started"].astype(np.int8), ("0", "1")),
            "end_reason": coded(np.where(part["end"] == OPEN, -1, part["reason"]), CODES_OF_END),
        }

    write_spells(writer, "training", people, spells, render, reason=0)
    for year in writer.years("training_courses"):
        courses = np.unique(delivery(spells, year)["course"])

        def render_courses(part: pd.DataFrame) -> dict[str, object]:
            rest = part["course"] % (2 * len(KINDS))
            return {
                "course": take(words, part["course"]),
                "kind": coded(rest % len(KINDS), KINDS),
                "cancelled": coded(np.where(rest >= len(KINDS), 0, -1), ("P",)),
            }

        writer.write("training_courses", year, pd.DataFrame({"course": courses}), render_courses)


def _cancelled(writer: Writer, spells: pd.DataFrame) -> pd.DataFrame:
    """Make rows of persons chosen for a course that was cancelled."""
    u = draw(writer.world, "cancelled course", spells["person"], spells["start"])
    rows = spells[chosen(u, CANCELLED)]
    course = rows["course"] + len(KINDS)
    return rows.assign(course=course, end=rows["start"], reason=6, started=False)
