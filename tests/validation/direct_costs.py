"""Euros and use of care of each person in each month, straight from the twin's own histories.

The short way of `direct` for what needs more than states: benefits come from the day counters,
social assistance and care from their own draws. The municipal share is reckoned here a second
time; `test_whole_way` holds all of it against register files and the ledger, to the cent.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.twin.benefits import benefit_payments
from kuntakokeilu.twin.rates import read_rates
from kuntakokeilu.twin.wellbeing import medicines, social_assistance, visits

COSTS = ("benefit_cents", "labour_market_subsidy_cents", "municipal_subsidy_cents")
SHARES = ("social_assistance", "psychotropic_purchase")
PER_PERSON = (*COSTS, *SHARES, "primary_care_visits")
SUBSIDY, ON_UNEMPLOYMENT = "FM", (1, 2)  # grounds: full and adjusted, no service days


def costs_and_care(world, paths, config: Path, names=PER_PERSON) -> dict[str, np.ndarray]:
    """Make an array of month and person for each name: cents, flags, visits.

    `names` says which are wanted; what nobody asks for is not drawn.
    """
    found = {name: np.zeros(paths.state.shape, np.float32) for name in names}
    rates = read_rates(config)
    if found.keys() & set(COSTS):
        for t, paid in enumerate(benefit_payments(world, paths, rates)):
            subsidy = paid[paid["benefit"] == SUBSIDY]
            _add(found, "benefit_cents", t, paid["person"], paid["cents"])
            _add(found, "labour_market_subsidy_cents", t, subsidy["person"], subsidy["cents"])
            _add(found, "municipal_subsidy_cents", t, *municipal_share(subsidy))
    if "social_assistance" in found:
        for t, rows in enumerate(social_assistance(world, paths, rates)):
            found["social_assistance"][t, rows["person"]] = 1
    if "psychotropic_purchase" in found:
        for t, rows in enumerate(medicines(world, paths)):
            mind = rows["atc"].str[:3].isin(["N05", "N06"])
            found["psychotropic_purchase"][t, rows.loc[mind, "person"]] = 1
    if "primary_care_visits" in found:
        for t, rows in enumerate(visits(world, paths)):
            _add(found, "primary_care_visits", t, rows["person"], 1)
    return found


def _add(found: dict[str, np.ndarray], name: str, t: int, person, amount) -> None:
    if name in found:
        np.add.at(found[name][t], person, amount)


def municipal_share(subsidy: pd.DataFrame) -> tuple[pd.Index, pd.Series]:
    """Share the subsidy of a month: nothing below 300 days counted before it, half, seven tenths.

    Rounded once per person and ground, half a cent up.
    """
    shared = subsidy[subsidy["ground"].isin(ON_UNEMPLOYMENT)]
    sums = shared.groupby(["person", "ground"]).agg(
        cents=("cents", "sum"), counter=("counter", "first")
    )
    tenths = np.select([sums["counter"] >= 1000, sums["counter"] >= 300], [7, 5], 0)
    euros = (sums["cents"] * tenths + 5) // 10
    return euros.index.get_level_values("person"), euros
