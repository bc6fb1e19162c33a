"""Unemployment and services that move against each other, their sum standing still."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import DIAGNOSTICS, conform
from kuntakokeilu.diagnostics import recording
from kuntakokeilu.diagnostics.pairs import total
from kuntakokeilu.estimation import estimate

from ..estimation.build import panel, spec, tables

NAMES = ["jobless", "placed", "either"]
COLUMNS = dict(zip(NAMES, ("unemployed", "in_service", "unemployed_or_in_service"), strict=True))
STARTS = [2004] * 12 + [None] * 16


def estimands(names=NAMES, **changes):
    return [spec(estimand=f"{name}.main", outcome=name, **changes) for name in names]


def estimated(jobless: float, placed: float, seeds=(1, 2)):
    """Estimates of outcomes that the trial moves by so much; the third is the sum."""
    parts = {}
    for name, move, seed in zip(NAMES, (jobless, placed), seeds, strict=False):
        rows, first, clusters = panel(STARTS, seed=seed)
        inside = rows["unit"].isin(first) & (rows["period"] >= 2004)
        parts[name] = rows.assign(y=rows["y"] + move * inside, weight=1.0)
    parts["either"] = parts["jobless"].assign(y=parts["jobless"]["y"] + parts["placed"]["y"])
    found = []
    for one in estimands():
        cells, units, counts = tables(parts[one.outcome], first, clusters)
        found.append(estimate(cells.assign(outcome=one.outcome), units, counts, [one]))
    return tuple(pd.concat([each[k] for each in found], ignore_index=True) for k in (0, 1))


@pytest.mark.parametrize(
    ("jobless", "placed", "verdict"),
    [
        (-3.0, 3.0, "warn"),
        (3.0, -3.0, "warn"),
        (-3.0, -3.0, "pass"),  # fewer of both: more left
        (-6.0, 2.5, "pass"),  # and more left than moved
        (0.0, 0.0, "pass"),
        (-3.0, 0.0, "pass"),
    ],
)
def test_movement_against_each_other(jobless, placed, verdict):
    estimates, influences = estimated(jobless, placed)
    found = conform(recording(estimates, influences, estimands(), COLUMNS), DIAGNOSTICS)
    assert list(found["estimand"]) == [f"{name}.main" for name in NAMES]
    assert set(found["verdict"]) == {verdict}
    area = estimates[estimates["leading"]].set_index("outcome")["p_value"]
    assert set(found["value"]) == {area[["jobless", "placed"]].max()}


def test_costs_that_are_priced_by_status_carry_the_row_and_others_do_not():
    estimates, influences = estimated(-3.0, 3.0)
    asked = estimands([*NAMES, "paid", "shared"])
    columns = COLUMNS | {"paid": "municipal_services_cents", "shared": "municipal_subsidy_cents"}
    found = recording(estimates, influences, asked, columns).set_index("estimand")
    assert set(found.index) == {f"{name}.main" for name in (*NAMES, "paid")}
    assert found.loc["paid.main", "verdict"] == "warn"


def test_the_sum_is_the_estimate_of_the_sum():
    estimates, influences = estimated(-2.0, 1.0)
    one, other, either = estimands()
    found = total(estimates, influences, one, other)
    mine = estimates["estimand"].eq(either.estimand) & estimates["leading"]
    for name in ("estimate", "std_error", "p_value", "ci_low"):
        assert found[name] == pytest.approx(estimates.loc[mine, name].iloc[0], abs=1e-10)


def test_nothing_is_said_without_both_outcomes_asked_alike():
    estimates, influences = estimated(-3.0, 3.0)
    alone = estimands(["jobless", "either"])
    assert recording(estimates, influences, alone, COLUMNS).empty
    assert recording(estimates, influences, estimands(), dict.fromkeys(NAMES)).empty
    assert recording(estimates, influences, [], {}).empty
    unlike = [*alone, *estimands(["placed"], weights="area")]
    assert recording(estimates, influences, unlike, COLUMNS).empty
    placebos = estimands(role="placebo")
    assert recording(estimates, influences, placebos, COLUMNS).empty
