"""The design of each estimator, by the name of its record in `facts/estimators.py`."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from kuntakokeilu.estimation.designs import (
    Design,
    elapsed_effects,
    event_study,
    two_by_two,
    two_way_fixed_effects,
    window_effects,
)
from kuntakokeilu.estimation.first_differences import first_differences
from kuntakokeilu.estimation.group_time import (
    group_average,
    group_time_average,
    group_time_event_study,
)
from kuntakokeilu.study import Estimand

DESIGNS: dict[str, Callable[[pd.DataFrame, Estimand], Design]] = {
    "two_by_two": two_by_two,
    "two_way_fixed_effects": two_way_fixed_effects,
    "first_differences": first_differences,
    "event_study": event_study,
    "window_effects": window_effects,
    "elapsed_effects": elapsed_effects,
    "group_time_average": group_time_average,
    "group_average": group_average,
    "group_time_event_study": group_time_event_study,
}
