"""No number of an area or a stratum of too few persons leaves, or follows from what does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu import contracts
from kuntakokeilu.contracts import (
    AREA_EFFECTS,
    AREA_NUMBERS,
    HETEROGENEITY,
    META_NUMBERS,
    META_REGRESSION,
    STRATUM_NUMBERS,
    conform,
)
from kuntakokeilu.disclosure.service_models import (
    release_area_effects,
    release_heterogeneity,
    release_meta_regression,
)
from kuntakokeilu.study import DisclosureProfile

REGISTER = DisclosureProfile(profile="register", min_persons=10, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")
FINE = pd.DataFrame({"estimand": ["y.main"], "status": ["ok"]})
FAILED = FINE.assign(status="failed_diagnostic")
SCHEMAS = [
    contracts.SERVICE_MODELS,
    contracts.AREA_EFFECTS,
    contracts.AREA_EFFECTS_RELEASED,
    contracts.META_REGRESSION,
    contracts.META_REGRESSION_RELEASED,
    contracts.HETEROGENEITY,
    contracts.HETEROGENEITY_RELEASED,
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_table_and_column_is_described(schema):
    assert schema.description
    assert [name for name, column in schema.columns.items() if not column.description] == []
    assert set(schema.unique) <= set(schema.columns)


def filled(schema, **columns):
    """Rows of a contract, every column without a value of its own filled with something."""
    length = max(len(values) for values in columns.values())
    frame = pd.DataFrame(columns)
    for name, column in schema.columns.items():
        if name not in frame:
            numeric = str(column.dtype) in ("float64", "Int64")
            frame[name] = 4.0 if numeric else "y.main" if name == "estimand" else "ok"
    return conform(frame.iloc[:length], schema)


def areas(persons, **changes):
    names = [f"area {i}" for i in range(len(persons))]
    months = np.array(persons, float) * 30
    columns = {"area": names, "n_persons_min": persons, "n_person_months": months} | changes
    rows = filled(AREA_EFFECTS, **columns)
    return rows.assign(total=rows["estimate"] * months)


def statuses(frame):
    return frame["status"].tolist()


def test_an_area_of_few_persons_takes_the_next_with_it():
    released = release_area_effects(areas([50, 4, 12, 30]), FINE, REGISTER)
    assert statuses(released) == ["ok", "suppressed", "suppressed", "ok"]
    assert released.loc[[1, 2], list(AREA_NUMBERS)].isna().all(axis=None)
    shown = [name for name in AREA_NUMBERS if not name.startswith("shrunk")]
    assert released.loc[[0, 3], shown].notna().all(axis=None)
    whole = release_area_effects(areas([50, 40]), FINE, REGISTER)
    assert whole[list(AREA_NUMBERS)].notna().all(axis=None)
    assert "n_persons_min" not in released


@pytest.mark.parametrize(
    ("persons", "hidden"),
    [
        ([10, 10], []),
        ([3, 4, 11], [0, 1, 2]),  # 7 together are still too few
        ([6, 4, 11], [0, 1]),  # 10 together are enough
        ([9, 50], [0, 1]),
        ([0, 10, 20], [0, 1]),
        ([3], [0]),
    ],
)
def test_those_suppressed_are_two_and_enough_together(persons, hidden):
    released = release_area_effects(areas(persons), FINE, REGISTER)
    assert [i for i, status in enumerate(statuses(released)) if status == "suppressed"] == hidden


def test_unknown_counts_are_too_few_unless_the_profile_is_public():
    rows = areas([50, 40, 30]).assign(n_persons_min=pd.array([pd.NA] * 3, dtype="Int64"))
    assert set(statuses(release_area_effects(rows, FINE, REGISTER))) == {"suppressed"}
    assert set(statuses(release_area_effects(rows, FINE, PUBLIC))) == {"ok"}


def test_an_effect_that_does_not_exist_is_not_suppressed_and_hides_nobody():
    rows = areas([50, 0, 40], identified=["ok", "no_data", "ok"])
    released = release_area_effects(rows, FINE, REGISTER)
    assert statuses(released) == ["ok", "not_identified", "ok"]
    assert released.loc[1, list(AREA_NUMBERS)].isna().all()


def test_an_estimand_that_failed_failed_in_every_area():
    released = release_area_effects(areas([50, 40, 3, 12]), FAILED, REGISTER)
    assert statuses(released) == ["failed_diagnostic"] * 2 + ["suppressed"] * 2
    assert released["estimate"].notna().tolist() == [True, True, False, False]


def test_totals_are_of_rounded_person_months():
    released = release_area_effects(areas([50, 91]), FINE, REGISTER)
    assert released["n_person_months"].tolist() == [2000, 3000]  # of 1,500 and 2,730
    np.testing.assert_allclose(released["total"], [4.0 * 2000, 4.0 * 3000])
    exact = release_area_effects(areas([50, 91]), FINE, PUBLIC)
    assert exact["n_person_months"].tolist() == [1500, 2730]
    benefits = areas([50, 91]).assign(total=np.nan)
    assert release_area_effects(benefits, FINE, REGISTER)["total"].isna().all()


def test_a_total_that_rounds_to_nothing_is_missing_and_not_zero():
    released = release_area_effects(areas([50, 12, 17]), FINE, REGISTER)  # 360 and 510 months
    assert released["total"].isna().tolist() == [False, True, False]
    assert released["n_person_months"].isna().tolist() == [False, True, False]
    assert (released["status"] == "ok").all() and released["estimate"].notna().all()


def strata(persons):
    names = [f"s{i}" for i in range(len(persons))]
    rows = pd.DataFrame(
        {
            "stratum": [*names, *names, None],
            "method": ["stratum"] * len(names) + ["honest_tree"] * len(names) + ["omnibus"],
            "n_persons_min": [*persons, *persons, sum(persons)],
        }
    )
    return filled(HETEROGENEITY, **rows.to_dict("list"))


def test_a_stratum_is_suppressed_in_every_method_and_the_test_stays():
    released = release_heterogeneity(strata([40, 5, 30, 12]), FINE, REGISTER)
    expected = ["ok", "suppressed", "ok", "suppressed"]
    # leaves may hold a suppressed stratum beside one that is shown
    assert statuses(released) == [*expected, *["suppressed"] * 4, "ok"]
    hidden = released["status"].eq("suppressed")
    assert released.loc[hidden, list(STRATUM_NUMBERS)].isna().all(axis=None)
    assert "n_persons_min" not in released
    assert set(statuses(release_heterogeneity(strata([40, 15, 30]), FINE, REGISTER))) == {"ok"}


SLOPES = filled(META_REGRESSION, feature=[None, "coach"], identified=["ok", "too_few_areas"])


def test_slopes_get_the_verdict_of_their_estimand():
    released = release_area_effects(areas([50, 40]), FAILED, REGISTER)
    slopes = release_meta_regression(SLOPES, released, FAILED)
    assert statuses(slopes) == ["failed_diagnostic", "not_identified"]
    assert slopes["estimate"].notna().tolist() == [True, False]


def test_what_rests_on_all_areas_is_not_released_when_one_is_suppressed():
    released = release_area_effects(areas([50, 4, 12]), FINE, REGISTER)
    assert released["shrunk"].isna().all()
    assert released["estimate"].notna().tolist() == [True, False, False]
    slopes = release_meta_regression(SLOPES, released, FINE)
    assert statuses(slopes) == ["suppressed", "not_identified"]
    assert slopes[list(META_NUMBERS)].isna().all(axis=None)
    other = SLOPES.assign(estimand="y.other")
    assert statuses(release_meta_regression(other, released, FINE))[0] == "ok"
