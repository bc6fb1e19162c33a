"""Tables that set effects beside each other: designs, populations, calendar windows."""

from __future__ import annotations

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.tables.columns import DETECTABLE, INTERVAL, P_VALUE
from kuntakokeilu.report.tables.record import ResultTable
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.populations import populations, windows
from kuntakokeilu.report.words.side_by_side import DESIGNS, designs, designs_notes


def _has_windows(declared: Declaration) -> bool:
    rows = declared.study["estimands"].values()
    series = any(ESTIMATORS[row["estimator"]].term == "window" for row in rows)
    return bool(declared.study.get("populations")) and series


_WHO = ("population", "design", "how")
DESIGNS_OF_OUTCOMES = ResultTable(
    "designs",
    designs,
    columns=(
        *("outcome", "group", "unit"),
        *(f"{part}_{design}" for design in DESIGNS for part in INTERVAL),
        "statuses",
    ),
    on_screen=tuple(f"estimand_{design}" for design in DESIGNS),
    when=lambda declared: declared.several("design"),
    first=designs_notes,
)
POPULATIONS = ResultTable(
    "populations",
    populations,
    columns=("outcome", *_WHO, *INTERVAL, "unit", *P_VALUE, "baseline_mean", DETECTABLE, "status"),
    on_screen=("estimand",),
    if_several=("inference",),
    when=lambda declared: declared.several("population"),
)
WINDOWS = ResultTable(
    "windows",
    windows,
    columns=("outcome", "window", *_WHO, *INTERVAL, "unit", *P_VALUE, DETECTABLE, "status"),
    on_screen=("estimand",),
    if_several=("inference",),
    when=_has_windows,
)
