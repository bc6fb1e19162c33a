"""Euros of which one has too much pass no guard."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import AREA_EFFECTS, RELEASED, conform
from kuntakokeilu.disclosure.dominance import count_dominated_as_none, dominated
from kuntakokeilu.disclosure.service_models import release_area_effects
from kuntakokeilu.errors import InputError
from kuntakokeilu.study import DisclosureProfile

RULES = {"payers": 3, "largest": 0.75, "two_largest": 0.9, "p_percent": 0.1}
STRICT = DisclosureProfile(profile="strict", min_persons=10, note="-", **RULES)
PLAIN = DisclosureProfile(profile="plain", min_persons=10, note="-")
FINE = {"largest_share": 0.2, "two_largest_share": 0.3, "rest_share": 3.5, "n_payers_min": 8.0,
        "n_with_amount_min": 40.0}  # fmt: skip
BREAKS = {
    "one has most": {"largest_share": 0.76},
    "two have nearly all": {"two_largest_share": 0.91},
    "the second knows the first": {"rest_share": 0.09},
    "few pay": {"n_payers_min": 2.0},
    "few have an amount": {"n_with_amount_min": 9.0},
}


def estimates(**changed):
    rows = [
        {"estimand": name, "outcome": "y", "domain": "cost", "identified": "ok",
         "n_persons_min": 50} | FINE | ({} if name == "fine" else changed)
        for name in ("fine", "other")
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_alone_counts_a_number_as_of_none(rule):
    frame = estimates(**BREAKS[rule])
    assert dominated(frame, STRICT).tolist() == [False, True]
    made = count_dominated_as_none({"estimates": frame}, STRICT)["estimates"]
    assert made["n_persons_min"].tolist() == [50, 0]
    assert not set(FINE) & set(made)


def test_what_reaches_a_limit_and_does_not_pass_it_may_leave():
    edge = {"largest_share": 0.75, "two_largest_share": 0.9, "rest_share": 0.1, "n_payers_min": 3.0,
            "n_with_amount_min": 10.0}  # fmt: skip
    assert not dominated(estimates(**edge), STRICT).any()


def test_where_nobody_has_an_amount_nobody_is_told():
    assert not dominated(estimates(n_with_amount_min=float("nan")), STRICT).any()


def test_a_profile_without_rules_counts_persons_alone():
    made = count_dominated_as_none({"estimates": estimates(largest_share=1.0)}, PLAIN)
    assert made["estimates"]["n_persons_min"].tolist() == [50, 50]


def test_a_source_that_cannot_tell_is_refused():
    bare = estimates().drop(columns=list(FINE))
    with pytest.raises(InputError, match="outcome y: its source does not tell the largest amounts"):
        count_dominated_as_none({"estimates": bare}, STRICT)
    count_dominated_as_none({"estimates": bare}, PLAIN)
    count_dominated_as_none({"estimates": bare.assign(domain="employment")}, STRICT)


def test_a_dominated_area_takes_another_with_it():
    """Alone it would be the effect of all less those of the others."""
    names = ["Pori", "Rauma", "Turku"]
    rows = pd.DataFrame({"area": names, "n_persons_min": [40, 60, 300]}).assign(
        **FINE, study="s", estimand="e", outcome="y", population="all", domain="cost",
        comparison="c", design="total", weights="municipality", unit="euros", identified="ok",
        n_units=3, n_control_clusters=9, n_person_months=4000,
    )  # fmt: skip
    rows.loc[2, "largest_share"] = 0.8
    rows = rows.reindex(columns=list(AREA_EFFECTS.columns))
    numbers = [c for c in ("estimate", "std_error", "own_std_error", "shrunk") if c in rows]
    rows[numbers] = 1.5
    tables = count_dominated_as_none({"area_effects": conform(rows, AREA_EFFECTS)}, STRICT)
    none = pd.DataFrame(columns=list(RELEASED.columns))
    made = release_area_effects(tables["area_effects"], none, STRICT)
    status = made.set_index("area")["status"]
    assert status.to_dict() == {"Pori": "suppressed", "Rauma": "ok", "Turku": "suppressed"}
