"""Where municipalities lie, for errors that are alike near each other."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import CENTRES
from kuntakokeilu.facts import Classification
from kuntakokeilu.facts.topology import Outlines, centres, translated


def add_centres(
    units: pd.DataFrame, outlines: Outlines, classification: Classification
) -> pd.DataFrame:
    """Add the centre of each municipality to UNITS.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS, of municipalities.
    outlines : Outlines
        Of municipalities of the classification's year or an earlier one.
    classification : Classification
        That of the units.

    Returns
    -------
    DataFrame
        UNITS with east and north, kilometres of ETRS-TM35FIN; missing for a unit without an
        outline.
    """
    found = centres(translated(outlines, classification.successors()))
    # ASSUME: the centre of gravity of the area stands for where its people live.
    return units.assign(**{name: units["unit"].map(found[name]) for name in CENTRES})
