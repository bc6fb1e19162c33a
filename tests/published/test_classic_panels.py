"""Two classic panels that come with `linearmodels`, and what textbooks print of them.

Training grants (Holzer, Block, Cheatham & Knott 1993, Industrial and Labor Relations Review 46(4)):
54 firms in Michigan, 1987 to 1989, of which 19 got a grant in 1988 and 10 in 1989; a reform that
starts at different times. Wages of 545 young men, 1980 to 1987 (Vella & Verbeek 1998, Journal of
Applied Econometrics 13(2)): no reform, but two-way effects in a longer panel of many units.

Published: Wooldridge, Introductory Econometrics (2nd edition 2003), tables 14.1 and 14.2;
Econometric Analysis of Cross Section and Panel Data (2nd edition 2010), examples 10.5 and 10.6.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linearmodels import PanelOLS
from linearmodels.datasets import jobtraining, wage_panel

import kuntakokeilu
from kuntakokeilu.estimation import Design, Term, fit, influence
from kuntakokeilu.estimation.independent import independent_inference

from ..estimation.build import spec

PRINTED = 5e-4  # half a unit of the last digit printed
CR1 = np.sqrt(54 / 53 * 161 / (162 - 5))  # its factor for the firms, which the books do without


@pytest.fixture(scope="module")
def firms():
    panel = jobtraining.load()
    panel = panel[panel["lscrap"].notna()].reset_index(drop=True)
    assert len(panel) == 162 and panel["fcode"].nunique() == 54
    start = panel[panel["grant"] == 1].groupby("fcode")["year"].min()
    return panel.assign(start=panel["fcode"].map(start).fillna(0).astype(int))


@pytest.fixture(scope="module")
def men():
    return wage_panel.load()


def regression(panel, unit, period, outcome, columns):
    """A frame, and the design of some columns beside effects of units and periods."""
    numbers = [pd.Series(pd.factorize(panel[each])[0]) for each in (unit, period)]
    effects = pd.concat(numbers, axis=1, keys=["unit", "period"])
    terms = [Term(column, "att") for column in columns]
    frame = pd.DataFrame({"y": panel[outcome].astype(float), "w": 1.0})
    return frame, Design(panel[columns].astype(float), terms, effects)


def numbers(panel, unit, period, outcome, columns):
    """Coefficients, their errors if observations are independent, and those by unit (CR1)."""
    frame, design = regression(panel, unit, period, outcome, columns)
    fitted = fit(frame, design)
    iid = independent_inference(frame, design, fitted, spec(variances=["iid"]))["iid"]
    sums = influence(fitted, panel[unit].astype(str))
    by_unit = np.sqrt((sums**2).sum()).to_numpy()
    return fitted.params, np.array([each["std_error"] for each in iid]), by_unit


def evaluated(panel, estimator):
    rows = kuntakokeilu.evaluate(
        panel, unit="fcode", period="year", outcome="lscrap", treated="start",
        controls=["grant_1"], estimator=estimator, variances=["iid"],
    )  # fmt: skip
    return rows.set_index("inference")


def test_training_grants_with_firm_and_year_effects(firms):
    """Table 14.1, example 10.5: grant -.252 (.151) [.140], its lag -.422 (.210) [.276]."""
    params, errors, by_firm = numbers(firms, "fcode", "year", "lscrap", ["grant", "grant_1"])
    np.testing.assert_allclose(params, [-0.252, -0.422], atol=PRINTED)
    np.testing.assert_allclose(errors, [0.151, 0.210], atol=PRINTED)
    np.testing.assert_allclose(by_firm / CR1, [0.140, 0.276], atol=PRINTED)


def test_training_grants_and_the_years(firms):
    """The same two: 1988 -.080 (.109) [.096], 1989 -.247 (.133) [.193], relative to 1987."""
    columns = ["d88", "d89", "grant", "grant_1"]
    params, errors, by_firm = numbers(firms.assign(all=0), "fcode", "all", "lscrap", columns)
    np.testing.assert_allclose(params, [-0.080, -0.247, -0.252, -0.422], atol=PRINTED)
    np.testing.assert_allclose(errors, [0.109, 0.133, 0.151, 0.210], atol=PRINTED)
    np.testing.assert_allclose(by_firm / CR1, [0.096, 0.193, 0.140, 0.276], atol=PRINTED)


def test_training_grants_as_a_reform(firms):
    """Treated from the grant on, given its lag: the first year's effect, of levels and of changes.

    Example 10.6, first differences: -.223 (.131).
    """
    levels = evaluated(firms, "two_way_fixed_effects")
    assert levels.loc["iid", "estimate"] == pytest.approx(-0.252, abs=PRINTED)
    assert levels.loc["iid", "std_error"] == pytest.approx(0.151, abs=PRINTED)
    error = levels.loc["cluster_area", "std_error"] / CR1
    assert error == pytest.approx(0.140, abs=PRINTED)
    changes = evaluated(firms, "first_differences")
    assert changes.loc["iid", "estimate"] == pytest.approx(-0.223, abs=PRINTED)
    assert changes.loc["iid", "std_error"] == pytest.approx(0.131, abs=PRINTED)


def test_wages_of_young_men(men):
    """Table 14.2: experience squared -.0052 (.0007), married .047 (.018), union .080 (.019)."""
    columns = ["expersq", "married", "union"]
    params, errors, _ = numbers(men, "nr", "year", "lwage", columns)
    for found, printed in ((params, [-0.0052, 0.047, 0.080]), (errors, [0.0007, 0.018, 0.019])):
        assert found[0] == pytest.approx(printed[0], abs=5e-5)
        np.testing.assert_allclose(found[1:], printed[1:], atol=PRINTED)


def test_wages_clustered_by_man_as_linearmodels_has_them(men):
    """Its covariance by entity counts effects of men as parameters, which lie within clusters."""
    columns = ["expersq", "married", "union"]
    params, errors, by_man = numbers(men, "nr", "year", "lwage", columns)
    panel = men.set_index(["nr", "year"])
    model = PanelOLS(panel["lwage"], panel[columns], entity_effects=True, time_effects=True)
    theirs = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    np.testing.assert_allclose(params, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(errors, model.fit().std_errors, rtol=1e-9)
    counted, nested = 3 + 7 + 545, 3 + 7 + 1
    ratio = np.sqrt((4360 - counted) / (4360 - nested))
    np.testing.assert_allclose(by_man, theirs.std_errors * ratio, rtol=1e-9)
