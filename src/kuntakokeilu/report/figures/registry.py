"""The kinds of figures."""

from __future__ import annotations

from kuntakokeilu.report.figures.area_forest import AREA_EFFECTS
from kuntakokeilu.report.figures.area_map import AREA_MAP
from kuntakokeilu.report.figures.costs_by_payer import COSTS_BY_PAYER
from kuntakokeilu.report.figures.detectable_effects import DETECTABLE_EFFECTS
from kuntakokeilu.report.figures.event_study import ELAPSED_EFFECTS, EVENT_STUDY
from kuntakokeilu.report.figures.false_starts import FALSE_STARTS
from kuntakokeilu.report.figures.flow import EXCLUSION_FLOW
from kuntakokeilu.report.figures.forest import FOREST, FOREST_PAGE, LEAVE_ONE_OUT
from kuntakokeilu.report.figures.love_plot import LOVE_PLOT
from kuntakokeilu.report.figures.raw_means import RAW_MEANS
from kuntakokeilu.report.figures.specification_curve import SPECIFICATION_CURVE
from kuntakokeilu.report.figures.spillover_shares import SPILLOVER_SHARES
from kuntakokeilu.report.figures.window_chart import WINDOW_CHART
from kuntakokeilu.report.words.declaration import Declaration

FIGURES = {
    figure.kind: figure
    for figure in (
        FOREST,
        FOREST_PAGE,
        LEAVE_ONE_OUT,
        DETECTABLE_EFFECTS,
        EVENT_STUDY,
        ELAPSED_EFFECTS,
        SPECIFICATION_CURVE,
        FALSE_STARTS,
        WINDOW_CHART,
        RAW_MEANS,
        LOVE_PLOT,
        AREA_MAP,
        EXCLUSION_FLOW,
        SPILLOVER_SHARES,
        COSTS_BY_PAYER,
        AREA_EFFECTS,
    )
}


def planned_figures(declared: Declaration) -> dict[str, list[str]]:
    """Name by kind what the figures of a study are drawn of; kinds that it lacks are left out."""
    planned = {kind: figure.when(declared) for kind, figure in FIGURES.items()}
    return {kind: of for kind, of in planned.items() if of}
