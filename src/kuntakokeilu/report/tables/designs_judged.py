"""Candidate designs held against the years before the trial, and synthetic controls of areas."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.tables.columns import INTERVAL, Column
from kuntakokeilu.report.tables.record import ResultTable, where_released
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.judged import candidate_inference, candidate_label, judged_notes
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

_CANDIDATE = Column(
    "candidate",
    words=lambda row, _, said: lb.sentence_case(candidate_label(row["candidate"], said)),
    width=44,
)
_INFERENCE = Column(
    "judged_inference",
    words=lambda row, release, said: lb.sentence_case(
        candidate_inference(row, release.study, said)
    ),
    width=30,
    head="inference",
)
_PERCENT = 100.0


def _in_percent(rows: pd.DataFrame, *names: str) -> pd.DataFrame:
    return rows.assign(**{name: rows[name] * _PERCENT for name in names})


def _designs(release: Release) -> pd.DataFrame:
    rows = _in_percent(release.designs_judged, "rejected", "as_large")
    return rows.assign(judged_inference=rows["inference"])


def _areas(release: Release) -> pd.DataFrame:
    return _in_percent(release.synthetic_areas, "largest_weight")


def _donor(row: Row, release: Release, language: Language) -> str:
    """Name the control with the largest weight."""
    names = release.units.set_index("unit")[f"name_{language.code}"]
    return "" if pd.isna(row["largest_donor"]) else str(names[row["largest_donor"]])


JUDGED = ResultTable(
    "designs_judged",
    _designs,
    columns=(
        *("outcome", "weights", _CANDIDATE),
        *(Column("n_starts", "count"), Column("n_apart", "count")),
        *(
            Column("rmse", "level", head="judged_rmse"),
            Column("bias", "signed", head="judged_bias"),
        ),
        *(Column("rejected", "whole", head="judged_rejected"), Column("as_large", "whole")),
        *INTERVAL,
        *("unit", "p_value", _INFERENCE, "n_trial", "n_control", "status"),
    ),
    on_screen=("estimand", Column("std_error", "level", head="judged_std_error")),
    when=where_released("designs_judged"),
    first=judged_notes,
)
SYNTHETIC = ResultTable(
    "synthetic_areas",
    _areas,
    columns=(
        *("outcome", "area", _CANDIDATE, "estimate", "unit"),
        *(
            Column("distance_before", "level"),
            Column("ratio", "places_1", head="gap_ratio"),
            *("p_value", Column("p_adjusted", "p")),
        ),
        *(Column("n_donors", "count"), Column("largest_donor", words=_donor, width=20)),
        *(Column("largest_weight", "whole"), "status"),
    ),
    on_screen=("estimand",),
    when=where_released("synthetic_areas"),
)
