"""Joint tests of specifications leave if all the estimates that they are made of may."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import CURVE_NUMBERS, SPECIFICATION_CURVE_TEST_RELEASED, conform


def release_specification_curve_test(tests: pd.DataFrame, estimates: pd.DataFrame) -> pd.DataFrame:
    """Blank the tests of outcomes of which an estimate is suppressed.

    Parameters
    ----------
    tests : DataFrame
        Contract SPECIFICATION_CURVE_TEST.
    estimates : DataFrame
        Contract RELEASED.

    Returns
    -------
    DataFrame
        Contract SPECIFICATION_CURVE_TEST_RELEASED. A median of two or three estimates, of which one
        is hidden, would tell it.
    """
    hidden = estimates.loc[estimates["status"] == "suppressed", "outcome"]
    status = pd.Series("ok", index=tests.index, dtype=object)
    status = status.mask(tests["identified"] != "ok", "not_identified")
    status = status.mask(tests["outcome"].isin(hidden), "suppressed")
    blank = {name: tests[name].mask(status != "ok") for name in CURVE_NUMBERS}
    return conform(tests.assign(status=status, **blank), SPECIFICATION_CURVE_TEST_RELEASED)
