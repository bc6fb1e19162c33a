"""Tables of how far the assumption behind main effects may fail."""

from __future__ import annotations

from kuntakokeilu.report.tables.columns import COLUMNS, Column
from kuntakokeilu.report.tables.record import ResultTable, as_released, where_released
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.bounds import sign_sentence
from kuntakokeilu.report.words.kept import rows_with
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release


def _sign(row: Row, release: Release, language: Language) -> str:
    """Say once for each estimate how much drift its sign withstands."""
    first = rows_with(release, "bounds", "estimand", row["estimand"]).iloc[0]
    if (row["restriction"], row["declared"]) != (first["restriction"], first["declared"]):
        return ""
    rows = rows_with(release, "estimates", "estimand", row["estimand"])
    lead = rows[rows["leading"]]
    return sign_sentence(release, lead.iloc[0], language) if len(lead) == 1 else ""


_BOUND = Column(
    "restriction",
    words=lambda row, _, said: lb.sentence_case(
        said.say(f"bounds.restriction.{row['restriction']}")
    ),
    width=34,
)
BOUNDS_TABLE = ResultTable(
    "bounds",
    as_released("bounds"),
    columns=(
        *("outcome", "specification", _BOUND, Column("bound", "significant")),
        *("ci_low", "ci_high", "estimate", Column("breakdown", "significant")),
        *(Column("seen", "significant", head="seen_before"), Column("without_drift", "signed")),
        *(Column("last_bin", "signed"), "unit", "status"),
    ),
    on_screen=(
        Column("sign", words=_sign, width=70),
        Column("n_before", "count", head="bins_before"),
        *(Column("n_after", "count", head="bins_after"), "estimand"),
    ),
    when=where_released("bounds"),
)
PRE_TREND_POWER_TABLE = ResultTable(
    "pre_trend_power",
    as_released("pre_trend_power"),
    columns=(
        *("outcome", "specification"),
        Column(
            "test",
            words=lambda row, _, said: lb.sentence_case(said.say(f"bounds.test.{row['test']}")),
            width=30,
        ),
        Column("power", words=lambda row, _, said: said.number(100 * row["power"], 0), width=14),
        *(Column("slope", "significant"), Column("bias", "signed"), "estimate", "unit", "status"),
    ),
    on_screen=("estimand",),
    when=where_released("pre_trend_power"),
)
EQUIVALENCE_TABLE = ResultTable(
    "equivalence",
    as_released("equivalence"),
    columns=(
        *("outcome", "specification", Column("margin", "level"), "estimate"),
        Column("ci_low", "signed", head="low_90"),
        Column("ci_high", "signed", head="high_90"),
        *(COLUMNS["p_value"], Column("equivalent"), "unit", "status"),
    ),
    on_screen=("estimand",),
    when=where_released("equivalence"),
)
