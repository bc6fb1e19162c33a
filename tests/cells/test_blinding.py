"""A deal of the treatment hides the effect and keeps everything else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.cells import deal_treatment
from kuntakokeilu.contracts import UNITS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.study import Comparison

LABELS = ["arm", "area", "first_treated", "cluster"]


def some_units(trial=6, control=14, of_each=3):
    """Units in trial areas and in sub-regions, and one in neither arm."""
    rows = []
    for place in range(trial + control):
        mine = place < trial
        for k in range(of_each + place % 2):
            rows.append(
                {
                    "unit": f"{place:02}{k}",
                    "arm": "trial" if mine else "control",
                    "area": f"Area {place}" if mine else None,
                    "cluster": f"Area {place}" if mine else f"{place:03}",
                    "first_treated": "2021-03" if mine else None,
                    "region": "21" if place >= trial + control - 2 else "01",
                    "weight_frozen": 10.0 + place,
                    "x_age": float(k),
                }
            )
    rows.append({**rows[-1], "unit": "999", "arm": "neither"})
    frame = pd.DataFrame(rows)
    for code in ("fi", "sv", "en"):
        frame[f"name_{code}"] = frame["unit"]
    frame = frame.assign(sub_region="1", ely="1")
    frame["first_treated"] = pd.PeriodIndex(frame["first_treated"], freq="M")
    return conform(frame, UNITS)


def test_a_deal_keeps_the_number_of_areas_and_all_but_the_treatment():
    units = some_units()
    dealt = conform(deal_treatment(units, Comparison(), 1), UNITS)
    kept = [name for name in units if name not in LABELS]
    pd.testing.assert_frame_equal(dealt[kept], units[kept])
    for frame in (units, dealt):
        trial = frame[frame["arm"] == "trial"]
        assert set(trial["area"]) == set(trial["cluster"]) == {f"Area {k}" for k in range(6)}
        assert frame.loc[frame["arm"] == "control", "cluster"].nunique() == 14
        assert frame.loc[frame["arm"] == "control", ["area", "first_treated"]].isna().all(axis=None)
        assert (trial["first_treated"] == pd.Period("2021-03", "M")).all()
    assert dealt.set_index("unit").loc["999", "arm"] == "neither"
    # areas stay whole: units that were together are together
    pairs = pd.DataFrame({"was": units["cluster"], "now": dealt["cluster"]})[
        units["arm"] != "neither"
    ]
    assert pairs.groupby("was")["now"].nunique().eq(1).all()
    assert (dealt["arm"] != units["arm"]).any()


def test_a_deal_follows_its_seed():
    units = some_units()
    one, same, other = (deal_treatment(units, Comparison(), seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert (one["cluster"] != other["cluster"]).any()


@pytest.mark.parametrize("seed", range(20))
def test_an_effect_that_all_areas_share_cancels_but_for_rounding(seed):
    units = some_units(trial=8, control=8)
    dealt = deal_treatment(units, Comparison(), seed)
    areas = pd.DataFrame({"was": units["arm"], "now": dealt["arm"], "cluster": units["cluster"]})
    areas = areas[areas["was"] != "neither"].drop_duplicates("cluster")
    share = areas["was"].eq("trial").groupby(areas["now"]).mean()
    assert share["trial"] == share["control"] == 0.5


def test_controls_that_the_comparison_leaves_out_keep_their_place():
    units = some_units()
    dealt = deal_treatment(units, Comparison(exclude_regions=["21"]), 3)
    out = units["region"] == "21"
    pd.testing.assert_frame_equal(dealt[out], units[out])
    assert (dealt["arm"] == "trial").sum() > 0


def test_units_of_one_cluster_treated_differently_are_dealt_by_unit():
    units = some_units(of_each=4)
    units["arm"] = np.where(units["unit"].str.endswith(("0", "1")), "trial", units["arm"])
    units["first_treated"] = units["first_treated"].mask(
        units["arm"] == "trial", pd.Period("2021-03", "M")
    )
    units["area"] = units["area"].mask(units["arm"] == "trial", "One")
    dealt = deal_treatment(units, Comparison(), 5)
    assert dealt["arm"].value_counts().to_dict() == units["arm"].value_counts().to_dict()
    assert (dealt["cluster"] == units["cluster"]).all()
    assert dealt["first_treated"].notna().sum() == units["first_treated"].notna().sum()


@pytest.mark.parametrize(("trial", "control"), [(1, 1), (1, 20), (2, 4)])
def test_so_few_areas_hide_nothing_and_are_refused(trial, control):
    with pytest.raises(InputError, match=r"can be dealt in .* ways, which hides nothing"):
        deal_treatment(some_units(trial, control), Comparison(), 1)


def test_staggered_starts_are_dealt_with_their_areas():
    units = some_units()
    late = units["area"].isin(["Area 4", "Area 5"])
    units["first_treated"] = units["first_treated"].mask(late, pd.Period("2022-03", "M"))
    dealt = deal_treatment(units, Comparison(), 2)
    areas = dealt.drop_duplicates("cluster")["first_treated"].astype(str).value_counts()
    assert areas["2021-03"] == 4 and areas["2022-03"] == 2
