"""How much of an effect movers hide: everyone is counted where they lived before the start.

Persons counted in control areas who move into a trial area come under the trial, and persons
counted in trial areas who move out leave it. Who is counted where does not hang on the trial, so
the estimate is one of being assigned to it; the effect of living under it is larger in the measure
of this difference, if it is the same for those who move (Bloom 1984, Evaluation Review 8(2); de
Chaisemartin & D'Haultfœuille 2018, Review of Economic Studies 85(2), for differences in
differences).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import EXPOSURE
from kuntakokeilu.diagnostics.rows import COLUMNS, alike, check_row
from kuntakokeilu.study import Estimand

# ASSUME: below it the effect of living under the trial is larger by more than a ninth.
LEAST = 0.9
# Another outcome may be known for another time, and be on another scale.
_MAY_DIFFER = {"outcome", "transform", "base_year", "first_period", "last_period"}


def movers(
    estimates: pd.DataFrame,
    estimands: Iterable[Estimand],
    columns: Mapping[str, str | None],
) -> pd.DataFrame:
    """Tell how far apart the arms are in who lives under the trial.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES of all outcomes.
    estimands : iterable of Estimand
        Theirs.
    columns : mapping of str to str or None
        The column of PERSON_MONTHS behind each outcome; `EXPOSURE` is the one that is looked at.

    Returns
    -------
    DataFrame
        Contract DIAGNOSTICS: `movers` for each main effect that is asked as one of the exposure
        is. The value is the share of person-months under the trial, after the start, in the trial
        arm less that in the control arm; it warns below `LEAST`. None in a study without the
        outcome.
    """
    asked = list(estimands)
    effects = estimates[estimates["leading"] & estimates["term"].eq("att")]
    found = effects[effects["identified"].eq("ok")].set_index("estimand")["estimate"]
    main = [e for e in asked if e.role == "main" and columns.get(e.outcome) != EXPOSURE]
    rows: list[dict[str, Any]] = []
    for one in asked:
        if columns.get(one.outcome) != EXPOSURE or one.estimand not in found.index:
            continue
        apart = float(found[one.estimand]) / 100.0  # estimates of shares are in percentage points
        statistic = (
            f"more of the months of those counted in trial areas than of those counted elsewhere "
            f"are lived under the trial ({one.estimand}); people move"
        )
        check = check_row("movers", statistic, apart, LEAST, "pass" if apart >= LEAST else "warn")
        mine = [each for each in main if alike(each, one, but=_MAY_DIFFER)]
        rows += [{"estimand": each.estimand, **check} for each in mine]
    return pd.DataFrame(rows, columns=COLUMNS)
