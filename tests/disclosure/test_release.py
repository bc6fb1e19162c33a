"""Which numbers leave, with which status, and what never does."""

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    COVERAGE,
    COVERAGE_RELEASED,
    DIAGNOSTICS,
    ESTIMATES,
    FALSE_STARTS_RELEASED,
    RELEASED,
    UNITS,
    conform,
)
from kuntakokeilu.disclosure import release
from kuntakokeilu.disclosure.release import release_coverage, release_units
from kuntakokeilu.study import DECISIVE, FAILS_ON, Comparison, DisclosureProfile

REGISTER = DisclosureProfile(profile="register", min_persons=10, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")
DISCLOSING = {
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "degrees_of_freedom",
    "baseline_mean",
    "n_persons",
    "n_person_months",
    "minimum_detectable_effect",
}
# of areas and municipalities, which are public
OPEN_COUNTS = {"n_trial", "n_control", "n_trial_clusters", "n_control_clusters", "event_time"}


NO_FALSE_STARTS = pd.DataFrame(columns=list(FALSE_STARTS_RELEASED.columns))


def release_estimates(estimates, diagnostics, profile, fails_on=DECISIVE):
    """Release estimates of a study in which every check that can decide does."""
    return release.release_estimates(estimates, diagnostics, profile, fails_on)


def release_diagnostics(diagnostics, released, fails_on=DECISIVE):
    """Release checks of a study without false starts."""
    return release.release_diagnostics(diagnostics, released, NO_FALSE_STARTS, fails_on)


def row(name, persons, identified="ok"):
    text = dict.fromkeys(["study", "outcome", "domain", "population", "comparison"], "a")
    text |= dict.fromkeys(["design", "weights", "estimator", "unit", "sources"], "a")
    numbers = {name: i + 0.5 for i, name in enumerate(sorted(DISCLOSING))}
    numbers |= {"n_persons": 70, "n_person_months": 700}
    return (
        text
        | numbers
        | dict.fromkeys(["n_trial", "n_control", "n_trial_clusters", "n_control_clusters"], 3)
        | {"estimand": name, "n_persons_min": persons, "identified": identified, "role": "main"}
        | {"term": "att", "event_time": None, "window": None, "inference": "cluster_area"}
        | {"leading": True}
    )


def check(estimand, verdict, name="pre_trend", placebo=None):
    return {
        "estimand": estimand,
        "check": name,
        "placebo": placebo,
        "statistic": "drift (0.123 a year)",
        "value": 0.3,
        "threshold": 0.05,
        "verdict": verdict,
    }


def test_one_area_left_out_takes_the_next_with_it():
    persons = {"y.main": 99, "y.without_a": 4, "y.without_b": 12, "y.without_c": 30}
    rows = [row(name, n) | {"role": "leave_one_out"} for name, n in persons.items()]
    rows[0]["role"] = "main"
    rows += [each | {"estimand": f"{each['estimand']}_z", "weights": "area"} for each in rows[2:]]
    table = conform(pd.DataFrame(rows), ESTIMATES)
    released = release_estimates(table, pd.DataFrame([check("y.main", "pass")]), REGISTER)
    hidden = released.loc[released["status"] == "suppressed", "estimand"]
    assert set(hidden) == {"y.without_a", "y.without_b"}  # of other weights none is too small
    assert released.loc[hidden.index, list(DISCLOSING)].isna().all(axis=None)
    public = release_estimates(table, pd.DataFrame([check("y.main", "pass")]), PUBLIC)
    assert set(public["status"]) == {"ok"}


@pytest.fixture
def estimates():
    rows = [
        row("y.fine", 10),
        row("y.few", 9),
        row("y.unknown", None),
        row("y.zero", 0),
        row("y.failed", 10),
        row("y.failed_few", 9),
        row("y.warned", 10),
        row("y.lost", None, "no_control"),
        row("y.lost_failed", None, "no_data"),
    ]
    return conform(pd.DataFrame(rows), ESTIMATES)


@pytest.fixture
def diagnostics():
    rows = [
        check("y.failed", "fail"),
        check("y.failed_few", "fail"),
        check("y.warned", "warn"),
        check("y.lost_failed", "fail"),
        check("y.fine", "pass"),
        check("y.fine", "pass", "placebo_early", "y.few"),
        check("z.fine", "pass", "few"),
    ]
    return conform(pd.DataFrame(rows), DIAGNOSTICS)


def test_status_precedence(estimates, diagnostics):
    released = release_estimates(estimates, diagnostics, REGISTER).set_index("estimand")
    assert released["status"].to_dict() == {
        "y.fine": "ok",
        "y.few": "suppressed",
        "y.unknown": "suppressed",
        "y.zero": "suppressed",
        "y.failed": "failed_diagnostic",
        "y.failed_few": "suppressed",
        "y.warned": "ok",
        "y.lost": "not_identified",
        "y.lost_failed": "not_identified",
    }


def test_an_effect_without_a_control_for_a_part_of_its_weight_is_identified_in_part():
    rows = [row("y.main", 50), row("y.few", 3), row("y.whole", 50), row("y.none", 50, "no_control")]
    frame = pd.concat([conform(pd.DataFrame([one]), ESTIMATES) for one in rows])
    names = ("y.main", "y.few", "y.none")
    checks = [check(name, "warn", "overlap") for name in names]
    checks.append(check("y.whole", "pass", "overlap"))
    released = release_estimates(frame, pd.DataFrame(checks), REGISTER).set_index("estimand")
    assert released["identified"].to_dict() == {
        "y.main": "in_part",
        "y.few": "ok",  # the verdict of a suppressed number stays inside, as in its check
        "y.whole": "ok",
        "y.none": "no_control",
    }
    assert released.loc["y.main", "status"] == "ok"


def test_every_number_that_could_disclose_is_missing(estimates, diagnostics):
    released = release_estimates(estimates, diagnostics, REGISTER)
    numeric = {name for name in released if pd.api.types.is_numeric_dtype(released[name])}
    # A new numeric column must be placed in one; which row leads is a flag.
    # a share of weights is blanked too: see the test of what has no control in part
    assert numeric - {"leading", "share_without_control"} == DISCLOSING | OPEN_COUNTS
    hidden = released["status"].isin(["suppressed", "not_identified"])
    assert hidden.sum() == 6
    assert released.loc[hidden, sorted(DISCLOSING)].isna().all(axis=None)
    shown = released.loc[~hidden, sorted(DISCLOSING)].reset_index(drop=True)
    before = estimates.loc[~hidden, sorted(DISCLOSING)].reset_index(drop=True)
    counts = ["n_persons", "n_person_months"]
    pd.testing.assert_frame_equal(shown.drop(columns=counts), before.drop(columns=counts))


def test_counts_are_rounded_so_that_two_samples_do_not_differ_by_few(estimates, diagnostics):
    near = estimates.assign(n_persons=23454, n_person_months=587722, n_persons_min=50)
    other = near.assign(n_persons=23451, n_person_months=587674)
    shown = [
        release_estimates(frame.assign(identified="ok"), diagnostics, REGISTER)
        for frame in (near, other)
    ]
    for name, value in (("n_persons", 23450), ("n_person_months", 588000)):
        assert set(shown[0][name]) == set(shown[1][name]) == {value}
    public = release_estimates(near.assign(identified="ok"), diagnostics, PUBLIC)
    assert set(public["n_persons"]) == {23454}


def test_fewest_persons_never_leave(estimates, diagnostics):
    for profile in (REGISTER, PUBLIC):
        released = release_estimates(estimates, diagnostics, profile)
        assert "n_persons_min" not in released
        assert list(conform(released, RELEASED)) == list(RELEASED.columns)


def test_public_profile_suppresses_nothing(estimates, diagnostics):
    released = release_estimates(estimates, diagnostics, PUBLIC).set_index("estimand")
    assert "suppressed" not in set(released["status"])
    assert released.loc["y.unknown", "estimate"] == 4.5
    assert released.loc["y.failed_few", "status"] == "failed_diagnostic"
    kept = release_diagnostics(diagnostics, released.reset_index())
    pd.testing.assert_frame_equal(kept, diagnostics)


def test_one_small_row_does_not_hide_the_others_of_a_series(diagnostics):
    rows = [row("y.by_year", n) | {"term": "event_time", "event_time": n} for n in (9, 11)]
    frame = conform(pd.DataFrame(rows), ESTIMATES)
    released = release_estimates(frame, diagnostics, REGISTER)
    assert list(released["status"]) == ["suppressed", "ok"]
    assert list(released["estimate"].isna()) == [True, False]


def test_tables_of_several_outcomes_may_repeat_their_row_numbers(estimates, diagnostics):
    halves = [estimates.iloc[:5].reset_index(drop=True), estimates.iloc[5:].reset_index(drop=True)]
    whole = release_estimates(estimates, diagnostics, REGISTER)
    joined = release_estimates(pd.concat(halves), diagnostics, REGISTER)
    pd.testing.assert_frame_equal(whole, joined.reset_index(drop=True))


def test_checks_of_suppressed_estimands_are_blank(estimates, diagnostics):
    released = release_estimates(estimates, diagnostics, REGISTER)
    found = release_diagnostics(diagnostics, released).set_index(["estimand", "check"])
    blank = found[found["value"].isna()]
    assert list(blank.index) == [("y.failed_few", "pre_trend"), ("y.fine", "placebo_early")]
    assert set(blank["statistic"]) == {"suppressed"}
    assert blank["threshold"].isna().all()  # it can be the detectable effect of the estimate
    assert found.loc[("y.fine", "pre_trend"), "statistic"] == "drift (0.123 a year)"
    assert found.loc[("z.fine", "few"), "value"] == 0.3


def test_units_leave_without_sizes_and_covariates():
    text = {name: "a" for name in ("unit", "name_fi", "name_sv", "name_en", "area", "cluster")}
    units = pd.DataFrame([text | {"arm": "trial", "region": "01", "sub_region": "1", "ely": "1"}])
    units["first_treated"] = pd.PeriodIndex(["2021"], freq="Y")
    units = conform(units.assign(weight_frozen=7.0, x_income=3.0), UNITS)
    assert set(release_units(units, Comparison())) == {*text, "arm", "status"}


def test_units_that_the_leading_comparison_leaves_out_are_in_neither_arm():
    text = {name: "a" for name in ("name_fi", "name_sv", "name_en", "area", "cluster")}
    rows = [("091", "trial", "01"), ("049", "control", "01"), ("478", "control", "21")]
    columns = ["unit", "arm", "region"]
    units = pd.DataFrame(rows, columns=columns).assign(**text, sub_region="1", ely="1")
    rule = Comparison(exclude_regions=["21"])
    released = release_units(units, rule).set_index("unit")["arm"]
    assert released.to_dict() == {"091": "trial", "049": "control", "478": "neither"}
    only = release_units(units, Comparison(control_units=["478"])).set_index("unit")["arm"]
    assert only.to_dict() == {"091": "trial", "049": "neither", "478": "control"}


def test_units_say_whether_they_are_compared_and_why_not():
    text = {name: "a" for name in ("name_fi", "name_sv", "name_en", "area", "cluster", "region")}
    rows = [("a", "1999"), ("b", "2003"), ("c", "2009"), ("d", None), ("e", "2003")]
    units = pd.DataFrame(rows, columns=["unit", "start"]).assign(**text)
    units["first_treated"] = pd.PeriodIndex(units["start"], freq="Y")
    units["arm"] = np.where(units["start"].notna(), "trial", "control")
    rule = Comparison(exclude_units=["e"])
    found = release_units(units, rule, ("2000", "2006"))
    reasons = ["treated_before", "compared", "not_yet_treated", "compared", "left_out"]
    assert found["status"].tolist() == reasons
    assert found["arm"].tolist() == ["neither", "trial", "control", "control", "neither"]
    kept = rule.model_copy(update={"already_treated": "compared"})
    assert release_units(units, kept, ("2000", "2006"))["arm"].iloc[0] == "trial"


@pytest.mark.parametrize(("profile", "hidden"), [(REGISTER, [0, 2, 3]), (PUBLIC, [])])
def test_means_of_an_arm_with_few_or_unknown_persons_are_blanked(profile, hidden):
    rows = pd.DataFrame(
        {
            "outcome": "y",
            "arm": ["trial", "trial", "control", "control"],
            "period": pd.period_range("2020-01", periods=4, freq="M"),
            "n_units": 3,
            "n_known": 2,
            "n_persons": pd.array([9, 10, 0, None], dtype="Int64"),
            "mean": [1.5, 2.5, 3.5, 4.5],
        }
    )
    released = release_coverage(conform(rows, COVERAGE), profile)
    assert list(conform(released, COVERAGE_RELEASED)) == list(released)
    assert "n_persons" not in released
    assert released.index[released["mean"].isna()].tolist() == hidden
    shown = released["mean"].notna()
    assert released.loc[shown, "mean"].tolist() == rows.loc[shown, "mean"].tolist()


def test_a_study_of_which_nothing_is_estimated_has_no_checks(estimates, diagnostics):
    """What read_table gives for a file without rows."""
    none = conform(diagnostics.head(0), DIAGNOSTICS)
    released = release_estimates(estimates, none, REGISTER)
    assert release_diagnostics(none, released).empty


def test_only_declared_checks_decide_a_status():
    names = ["few_clusters", "pre_trend", "placebo_2019"]
    estimates = conform(pd.DataFrame([row(f"y.{name}", 100) for name in names]), ESTIMATES)
    placebo = check("y.placebo_2019", "fail", "placebo_2019", placebo="y.placebo_2019")
    others = [check(f"y.{name}", "fail", name) for name in names[:2]]
    checks = conform(pd.DataFrame([*others, placebo]), DIAGNOSTICS)
    for fails_on, failed in (
        (FAILS_ON, {"y.few_clusters"}),
        (["pre_trend", "placebo"], {"y.pre_trend", "y.placebo_2019"}),
        ([], set()),
    ):
        released = release_estimates(estimates, checks, PUBLIC, fails_on)
        assert set(released.loc[released["status"] == "failed_diagnostic", "estimand"]) == failed
        told = release_diagnostics(checks, released, fails_on).set_index("estimand")["verdict"]
        assert set(told.index[told == "fail"]) == failed
        assert set(told) <= {"fail", "warn"}  # nothing that fails goes unsaid


def test_a_check_over_hidden_false_starts_is_blanked():
    estimates = conform(pd.DataFrame([row("y.main", 100)]), ESTIMATES)
    checks = conform(pd.DataFrame([check("y.main", "fail", "false_starts")]), DIAGNOSTICS)
    released = release_estimates(estimates, checks, REGISTER)
    hidden = pd.DataFrame({"estimand": ["y.main"], "status": ["suppressed"]})
    found = release.release_diagnostics(checks, released, hidden, FAILS_ON)
    assert found["value"].isna().all() and found["statistic"].eq("suppressed").all()
    assert release_diagnostics(checks, released)["value"].notna().all()


def test_what_has_no_control_in_part_says_so_with_its_share_whatever_its_role():
    names = ["y.main", "y.by_size", "y.few", "y.fine", "y.placebo"]
    roles = ["main", "robustness", "main", "main", "placebo"]
    rows = [row(name, 5 if name == "y.few" else 50) | {"role": role}
            for name, role in zip(names, roles, strict=True)]  # fmt: skip
    found = [
        check(name, verdict, "overlap") | {"value": share, "threshold": 0.1}
        for name, verdict, share in (
            ("y.main", "warn", 0.66),
            ("y.by_size", "warn", 0.66),
            ("y.few", "warn", 0.3),
            ("y.fine", "pass", 0.02),
        )
    ]
    made = conform(pd.DataFrame(rows), ESTIMATES), conform(pd.DataFrame(found), DIAGNOSTICS)
    left = conform(release_estimates(*made, REGISTER), RELEASED).set_index("estimand")
    assert left["identified"].to_dict() == {
        "y.main": "in_part", "y.by_size": "in_part", "y.few": "ok", "y.fine": "ok",
        "y.placebo": "ok",
    }  # fmt: skip
    shares = left["share_without_control"]
    assert shares["y.main"] == shares["y.by_size"] == 0.66 and shares["y.fine"] == 0.02
    assert shares[["y.few", "y.placebo"]].isna().all()  # suppressed; not asked
    assert left.loc["y.main", "status"] == "ok"
