"""The units that a comparison names, and the start that they share."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import Comparison, common_start, require_known

UNITS = pd.DataFrame(
    {
        "unit": ["a", "b", "c"],
        "area": ["North", "North", None],
        "first_treated": pd.PeriodIndex(["2004", "2004", None], freq="Y"),
    }
)


@pytest.mark.parametrize("key", ["exclude_units", "control_units", "exclude_areas"])
def test_a_name_that_no_unit_or_area_has_is_refused(key):
    known = "North" if key == "exclude_areas" else "a"
    require_known(Comparison(**{key: [known]}), UNITS, "here")
    with pytest.raises(InputError, match=rf"^here: {key} names Nowhere, which the study does not"):
        require_known(Comparison(**{key: [known, "Nowhere"]}), UNITS, "here")


def test_the_start_is_that_of_the_units_unless_they_have_several():
    assert common_start(UNITS, None) == "2004"
    assert common_start(UNITS, "2003") == "2003"
    later = UNITS.assign(first_treated=pd.PeriodIndex(["2004", "2006", None], freq="Y"))
    assert common_start(later, None) is None
