"""The general housing allowance of a single person, which falls with income.

ASSUME: no register of the project tells it. It is reckoned for persons with an income of their own
or social assistance in the month, as if each lived alone and paid at least the rent that is
accepted, and counted for the share of them of which this is assumed (`housing_allowance_share`).
Nobody has wealth, other income or others in the household; the income of a month decides on the
allowance of the month, though Kela decides for a year at a time.
"""

from __future__ import annotations

import numpy as np

from kuntakokeilu.facts.dated import WHOLE
from kuntakokeilu.panel.ledger.rules import Ruled
from kuntakokeilu.panel.ledger.whole import Whole, part_of


def housing_allowances(wages: Whole, benefits: Whole, ruled: Ruled) -> Whole:
    """Give the allowance of persons with so much income in a month, in cents.

    Source: Act 938/2014; Statistics Finland, SISU, ASUMTUKIlakimakrot (macros 12, 13, 16).

    Parameters
    ----------
    wages, benefits : array
        Income, persons x months of the rules.
    ruled : Ruled
        The parameters.
    """
    rule = ruled.housing
    earned = np.maximum(wages, 0)
    income = np.maximum(wages + benefits, 0) - np.minimum(earned, rule["earnings_deduction"])
    income = (income + 50) // 100 * 100
    above = np.maximum(income - (rule["own_constant"] + rule["own_per_adult"]), 0)
    share = part_of(above, rule["own_share"])
    own = np.where(share < rule["own_ignored_below"], 0, share)
    allowance = part_of(np.maximum(rule["accepted_rent"] - own, 0), rule["allowance_share"])
    taken_up = int(ruled.rules.assumptions.housing_allowance_share * WHOLE)
    return np.where(allowance >= rule["smallest"], part_of(allowance, taken_up), 0)
