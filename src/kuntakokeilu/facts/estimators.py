"""Estimators: one record each, of which study, estimation and reports ask what it gives and needs.

What an estimator puts on the right-hand side is a function of the same name in `estimation`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

TermKind = Literal["att", "event_time", "window"]


@dataclass(frozen=True)
class Estimator:
    """What is known of an estimator before there are data.

    Attributes
    ----------
    name : str
        As written in estimands.csv.
    term : {"att", "event_time", "window"}
        What its numbers are about: one effect, or a series of effects by bins of time or by
        calendar windows.
    figure : str or None
        Kind of figure that draws its series.
    base : bool
        Its effects are relative to a bin of periods before the start.
    followed : bool
        Its bins are of months since entry, which only persons who are followed have.
    unit_effects : bool
        What is lasting in a unit is taken out. Otherwise four means are compared, without
        effects by period of a geography, covariates and strata.
    changes : bool
        It compares changes from one period to the next, so that a unit counts where two
        neighbouring periods of it are known.
    groups : bool
        It compares units of each start with untreated ones alone, and averages the effects by
        shares of the sample.
    sums : bool
        Its numbers are sums of weighted outcomes and no coefficients of one regression.
    controls : bool
        A row may say, by `control_group`, which untreated units it compares with.
    adjusts : bool
        A row may say how groups are made alike in covariates (`adjustment`), for how many
        periods before the start units may react (`anticipation`), and whether changes of units or
        means of periods are compared (`compares`).
    dealt : bool
        Its numbers are made anew fast enough to deal starts over areas at random.
    before : str
        Estimator of the series in which the time before the start is tested.
    refuses : tuple of str
        Columns of estimands.csv that it leaves no room for.
    """

    name: str
    term: TermKind = "att"
    figure: str | None = None
    base: bool = False
    followed: bool = False
    unit_effects: bool = True
    changes: bool = False
    groups: bool = False
    sums: bool = False
    controls: bool = False
    adjusts: bool = False
    dealt: bool = True
    before: str = "event_study"
    refuses: tuple[str, ...] = ()

    @property
    def series(self) -> bool:
        """Whether it gives more than one number."""
        return self.term != "att"


_REFUSES = ("effects_by_period", "covariates", "controls", "strata", "contrast", "variances")
_GROUPS = Estimator(
    "group_time_event_study",
    "event_time",
    figure="event_study",
    base=True,
    groups=True,
    controls=True,
    before="group_time_event_study",
    refuses=_REFUSES,
)
_IMPUTED = replace(
    _GROUPS,
    name="imputation_event_study",
    before="imputation_event_study",
    sums=True,
    controls=False,
)
_ADJUSTED = replace(
    _GROUPS,
    name="callaway_santanna_event_study",
    before="callaway_santanna_event_study",
    sums=True,
    adjusts=True,
    dealt=False,
    refuses=tuple(name for name in _REFUSES if name != "covariates"),
)
_INTERACTED = replace(
    _IMPUTED,
    name="sun_abraham_event_study",
    before="sun_abraham_event_study",
    dealt=False,
)
_STACKED = replace(_GROUPS, name="stacked_event_study", before="stacked_event_study", dealt=False)


def _average(series: Estimator, *names: str) -> tuple[Estimator, ...]:
    """Make the records of averages whose time before the start a series tests."""
    return tuple(replace(series, name=name, term="att", figure=None) for name in names)


_ALL = (
    Estimator("two_by_two", unit_effects=False),
    Estimator("two_way_fixed_effects"),
    Estimator("first_differences", changes=True),
    Estimator("event_study", "event_time", figure="event_study", base=True),
    Estimator("window_effects", "window", figure="window_chart"),
    Estimator("elapsed_effects", "event_time", figure="elapsed_effects", followed=True),
    *_average(_GROUPS, "group_time_average", "group_average"),
    _GROUPS,
    *_average(replace(_IMPUTED, base=False), "imputation_average"),
    _IMPUTED,
    *_average(
        _ADJUSTED,
        "callaway_santanna_average",
        "callaway_santanna_group",
        "callaway_santanna_calendar",
    ),
    _ADJUSTED,
    *_average(_INTERACTED, "sun_abraham_average"),
    _INTERACTED,
    *_average(_STACKED, "stacked_average"),
    _STACKED,
)
ESTIMATORS = {estimator.name: estimator for estimator in _ALL}

if TYPE_CHECKING:
    EstimatorName = str
else:  # the names follow from the records, which a type checker cannot read
    EstimatorName = Literal[tuple(ESTIMATORS)]
