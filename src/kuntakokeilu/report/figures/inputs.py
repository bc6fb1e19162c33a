"""What some figures need beside a release: the policy calendar, outlines of municipalities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.facts.topology import Outlines, read_outlines, translated
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.mergers import lives_on
from kuntakokeilu.report.words.policy_calendar import no_calendar, read_calendar

# Names the file, folder or setting of a name; empty if a study has none.
Given = Callable[[str], str]


def calendar(given: Given, study: Study) -> pd.DataFrame:
    """Read the policy calendar; it is empty for a study that has none."""
    return read_calendar(Path(given("calendar"))) if given("calendar") else no_calendar()


def outlines(given: Given, study: Study) -> Outlines | None:
    """Read the outlines of the study's municipalities, if it names any."""
    if not given("outlines"):
        return None
    found = read_outlines(Path(given("outlines")), given("outline_code"))
    return translated(found, lives_on(study))


# By the name of the file in the plan of a run.
INPUTS: dict[str, Callable[[Given, Study], Any]] = {"calendar": calendar, "outlines": outlines}


def read_inputs(names: Iterable[str], given: Given, study: Study) -> dict[str, Any]:
    """Read the inputs of a figure by their names."""
    return {name: INPUTS[name](given, study) for name in names}
