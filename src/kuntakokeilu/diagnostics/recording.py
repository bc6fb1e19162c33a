"""Signs that a status was recorded otherwise, in outcomes that together tell what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import RECORDED, STATUS_OUTCOMES
from kuntakokeilu.diagnostics.pairs import find_att, total
from kuntakokeilu.diagnostics.rows import COLUMNS, LEVEL, alike, check_row
from kuntakokeilu.study import Estimand

UNEMPLOYED, IN_SERVICE, _ = STATUS_OUTCOMES


def recording(
    estimates: pd.DataFrame,
    influences: pd.DataFrame,
    estimands: Iterable[Estimand],
    columns: Mapping[str, str | None],
) -> pd.DataFrame:
    """Test whether unemployment and services moved against each other while their sum stood still.

    Those who leave unemployment for a service count as neither unemployed nor employed. If a
    trial records as a service what others record as unemployment, unemployment falls and nobody
    works more. People who are truly placed in services leave the same mark. Costs of services that
    are priced by status rest on the same records, and carry the same row.

    Parameters
    ----------
    estimates, influences : DataFrame
        Contracts ESTIMATES and INFLUENCE of the outcomes.
    estimands : iterable of Estimand
        The estimands of these outcomes.
    columns : mapping of str to str or None
        The column of PERSON_MONTHS behind each outcome.

    Returns
    -------
    DataFrame
        Contract DIAGNOSTICS: a row for each estimand of the outcomes in `RECORDED` that has a
        single effect, asked alike of unemployment and of services. None in a study without both.
    """
    mine = [e for e in estimands if columns.get(e.outcome) in RECORDED]
    rows: list[dict[str, Any]] = []
    for one in mine:
        family = [e for e in mine if alike(one, e, but={"outcome"})]
        services = [e for e in family if columns[e.outcome] == IN_SERVICE]
        tested = columns[one.outcome] == UNEMPLOYED and one.role in ("main", "robustness")
        check = _compare(estimates, influences, one, services[0]) if tested and services else None
        if check is not None:
            rows += [{"estimand": each.estimand, **check} for each in family]
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.drop_duplicates(["estimand", "check"], ignore_index=True)


def _compare(
    estimates: pd.DataFrame, influences: pd.DataFrame, unemployed: Estimand, service: Estimand
) -> dict[str, Any] | None:
    one, other = (find_att(estimates, each) for each in (unemployed, service))
    both = total(estimates, influences, unemployed, service)
    if one is None or other is None or both is None:
        return None
    largest = max(one["p_value"], other["p_value"])
    opposite = one["estimate"] * other["estimate"] < 0
    still = both["p_value"] >= LEVEL
    statistic = (
        "larger of the p-values that unemployment and services did not change "
        f"({one['estimate']:+.3g} and {other['estimate']:+.3g}; their sum "
        f"{both['estimate']:+.3g}, p = {both['p_value']:.2g}); moving against each other while "
        "the sum stands still means other records, or places in services, and not more work; "
        "services in no register of their own are priced by these records"
    )
    verdict = "warn" if largest < LEVEL and opposite and still else "pass"
    return check_row("recording", statistic, largest, LEVEL, verdict)
