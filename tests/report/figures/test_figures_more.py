"""The specification curve, the window chart, raw means, love plots, and the languages of all."""

import dataclasses
import re
from itertools import product

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import BALANCE_RELEASED, COVERAGE_RELEASED, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.figures.event_study import (
    elapsed_series,
    event_studies,
    event_study_alt,
    event_study_data,
    event_study_figure,
)
from kuntakokeilu.report.figures.love_plot import (
    love_plot_alt,
    love_plot_data,
    love_plot_figure,
    love_plots,
)
from kuntakokeilu.report.figures.raw_means import (
    raw_mean_outcomes,
    raw_means_alt,
    raw_means_data,
    raw_means_figure,
)
from kuntakokeilu.report.figures.record import figure_name, figure_title
from kuntakokeilu.report.figures.registry import FIGURES, planned_figures
from kuntakokeilu.report.figures.specification_curve import (
    specification_curve_alt,
    specification_curve_data,
    specification_curve_figure,
    specification_curves,
)
from kuntakokeilu.report.figures.window_chart import (
    window_chart_alt,
    window_chart_data,
    window_chart_figure,
)
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.policy_calendar import (
    events_between,
    levels,
    no_calendar,
    period_ends,
    read_calendar,
)

from .test_figures import assert_nothing_overlaps, drawn_intervals, drawn_points, words_of

ENGLISH = ("interval", "the", "estimate", "of", "mean", "municipalities", "before", "weights")
HEAD = "date,precision,event_fi,event_sv,event_en,mark,source\n"


@pytest.fixture(scope="module")
def curve(make):
    """Five effects of one outcome, one of them failed, and two that a curve leaves out."""
    how = {"role": "robustness"}
    rows = [
        *make.number("main", -0.14),
        *make.number("persons", 0.23, 0.1, weights="persons_frozen"),
        *make.number("region", -0.03, **how),
        *make.number("means", -0.2, estimator="two_by_two", **how),
        *make.number("failed", -0.3, 0.1, status="failed_diagnostic", **how),
        *make.number("hidden", blank=make.missing, status="suppressed", **how),
        *make.number("placebo", 0.9, role="placebo"),
    ]
    more = {"region": {"effects_by_period": "region"}}
    more["failed"] = {"skip_first": "2020-03", "skip_last": "2021-02"}
    return make.build(rows, estimands=make.describe(rows, **more))


@pytest.fixture(scope="module")
def windows(make):
    """Two windows of effects, the second failed, with simultaneous bands."""
    spans = {
        "late": {"first": "2022-01", "last": "2022-12", "label": None},
        "early": {**make.study["windows"]["early"]},
    }
    how = {"role": "robustness", "term": "window", "estimator": "window_effects"}
    rows = [
        *make.number("windows", 0.5, 0.2, window="late", status="failed_diagnostic", **how),
        *make.number("windows", -0.1, 0.3, window="early", **how),
    ]
    for row in rows:
        if row["inference"] == "simultaneous_area":
            row |= {"ci_low": row["estimate"] - 1, "ci_high": row["estimate"] + 1}
    return make.build(rows, windows=spans)


@pytest.fixture
def calendar(tmp_path):
    """Twelve events of which two lie outside the study, six in one month, one unverified."""
    rows = ["2018-12-31,day,ennen,före,too early,verified,x"]
    rows += [f"2021-03-0{k},day,tapahtuma {k},händelse {k},event {k},verified,x" for k in range(6)]
    rows[1] = "2021-02-01,month,kuukausi,månad,a month,unverified,x"
    rows += [f"202{k}-01-01,day,vuosi {k},år {k},year {k},verified,x" for k in (0, 1, 2)]
    rows += ["2022-12-31,day,viimeinen,sista,last day,verified,x"]
    rows += ["2023-01-01,day,jälkeen,efter,too late,verified,x"]
    path = tmp_path / "calendar.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return read_calendar(path)


@pytest.fixture(scope="module")
def described(make):
    """A release with coverage and balance."""
    periods = pd.period_range("2020-10", "2021-03", freq="M")
    rows = [
        dict(outcome="jobs", arm=arm, period=p, n_units=n, n_known=n - (k == 2), mean=level + k)
        for arm, n, level in (("control", 111, 50.0), ("trial", 94, 60.0))
        for k, p in enumerate(periods)
    ]
    coverage = conform(pd.DataFrame(rows), COVERAGE_RELEASED)
    coverage.loc[coverage.index[1], "mean"] = np.nan
    sizes = {"young": (-0.5, 0.01), "size": (0.3, -0.02), "other": (0.8, 0.7)}
    stages = ("before", "after")
    rows = [
        dict(comparison="others", stage=stage, covariate=name, targeted=name != "other",
             mean_trial=1.0, mean_control=1.0, std_difference=value, variance_ratio=1.0,
             n_trial=94, n_control=111, n_control_effective=40.25, status="ok")
        for name, pair in sizes.items() for stage, value in zip(stages, pair, strict=True)
    ]  # fmt: skip
    release = make.build(make.number())
    balance = conform(pd.DataFrame(rows), BALANCE_RELEASED)
    return dataclasses.replace(release, coverage=coverage, balance=balance)


def test_curve_sorts_main_and_robustness_and_nothing_else(curve, english):
    data = specification_curve_data(curve, "jobs")
    assert data["estimate"].tolist() == [-0.3, -0.2, -0.14, -0.03, 0.23]
    assert specification_curves(curve) == ["jobs"]
    figure = specification_curve_figure(curve, "jobs", english)
    assert [y for _, y in drawn_points(figure)] == data["estimate"].tolist()
    said = specification_curve_alt(curve, "jobs", english)
    assert "There are 5 estimates, from −0.30 to +0.23; 1 of them are above zero." in said
    assert "Intervals that exclude zero: 2 of 5." in said
    assert "Estimates that fail a diagnostic check: 1." in said
    assert "Not shown: 1 suppressed." in words_of(figure)
    assert (
        "Main effect, each municipality has the same weight: −0.14 "
        "(95\u00a0% interval −0.47 to +0.19)." in said
    )


def test_curve_shows_only_attributes_that_differ_and_each_value_once(curve, english):
    said = words_of(specification_curve_figure(curve, "jobs", english))
    for text in ("Weights", "Estimator", "Period effects", "by region", "Periods compared",
                 "2019-01 to 2022-12, without 2020-03 to 2021-02"):  # fmt: skip
        assert text in said
    assert "Who is compared" not in said and "Transformation" not in said
    figure = specification_curve_figure(curve, "jobs", english)
    matrix = figure.axes[1].collections
    dark = [c.get_offsets().shape[0] for c in matrix[1::2]]
    assert sum(dark) == 4 * 5  # each of four attributes has one value in each estimate
    assert_nothing_overlaps(figure)


def test_curve_tells_assumed_spillover_shares_apart(make, english):
    """The same estimand at several shares: the row of the matrix is all that differs."""
    shares = (0.0, 0.25, 0.5, 1.0)
    rows = [row for k, _ in enumerate(shares) for row in make.number(f"share_{k}", k / 10)]
    more = {
        f"share_{k}": {"contrast": "others", "spillover_share": share}
        for k, share in enumerate(shares)
    }
    release = make.build(rows, estimands=make.describe(rows, **more))
    assert specification_curves(release) == ["jobs"]
    data = specification_curve_data(release, "jobs")
    assert data["spillover_share"].tolist() == ["0.0", "0.25", "0.5", "1.0"]
    said = words_of(specification_curve_figure(release, "jobs", english))
    assert "Assumed spillover share" in said
    said = re.sub(r"\s", " ", said)
    assert all(f" {share} %" in f" {said}" for share in (0, 25, 50, 100))


def test_windows_are_boxes_over_their_periods(windows, calendar, english):
    data = window_chart_data(windows, "jobs.windows", calendar=calendar)
    rows = data[data["kind"] == "window"]
    assert rows["window"].tolist() == ["early", "late"] and rows["mark"].tolist() == ["A", "B"]
    assert rows["band_low"].tolist() == [-1.1, -0.5]
    figure = window_chart_figure(windows, "jobs.windows", english, calendar=calendar)
    boxes = [(b.get_x(), b.get_width(), b.get_y(), b.get_height())
             for b in figure.axes[0].patches]  # fmt: skip
    expected = [(2021, 1, -0.4, 0.6), (2022, 1, 0.3, 0.4)]
    np.testing.assert_allclose(boxes, expected, atol=1e-12)
    np.testing.assert_allclose([y for _, y in drawn_points(figure) if y in (-0.1, 0.5)],
                               [-0.1, 0.5])  # fmt: skip
    bands = [sorted(s[:, 1]) for s in drawn_intervals(figure) if s[0][0] == s[1][0]]
    np.testing.assert_allclose(bands, [[-1.1, 0.9], [-0.5, 1.5]])
    said = window_chart_alt(windows, "jobs.windows", english, calendar=calendar)
    assert "Early phase, 2021-01 to 2021-12: −0.10 (95\u00a0% interval −0.40 to +0.20)." in said
    assert "+0.50 (95\u00a0% interval +0.30 to +0.70) (failed diagnostic)" in said


def test_crowded_calendar_is_numbered_listed_and_does_not_collide(
    windows, calendar, finnish, english
):
    data = window_chart_data(windows, "jobs.windows", calendar=calendar)
    events = data[data["kind"] == "event"]
    assert events["mark"].tolist() == [str(k) for k in range(1, 11)]
    assert not events["event_en"].str.startswith("too").any()
    figure = window_chart_figure(windows, "jobs.windows", finnish, calendar=calendar)
    marks = [t for t in figure.axes[0].texts if t.get_text().isdigit()]
    places = [t.xyann for t in marks]
    inches = figure.axes[0].get_position().width * figure.get_size_inches()[0] / 4  # four years
    for i, (x, y) in enumerate(places):
        for u, v in places[i + 1 :]:
            assert abs(y - v) > 0.01 or abs(x - u) * inches > 0.16
    said = words_of(figure)
    assert "2/2021 kuukausi (tarkistamatta)" in said and "31.12.2022 viimeinen" in said
    assert "Pisteviiva" in said
    assert "2022-12-31 last day" in words_of(
        window_chart_figure(windows, "jobs.windows", english, calendar=calendar)
    )
    assert_nothing_overlaps(figure)
    assert "10." in window_chart_alt(windows, "jobs.windows", finnish, calendar=calendar)


def test_chart_without_events_and_without_windows(windows, make, english):
    figure = window_chart_figure(windows, "jobs.windows", english, calendar=no_calendar())
    assert "Policy calendar" not in words_of(figure)
    bare = make.build(make.unestimated("window", "windows"))
    figure = window_chart_figure(bare, "jobs.windows", english, calendar=no_calendar())
    assert "no period before the start" in words_of(figure)


@pytest.mark.parametrize(
    ("row", "where"),
    [("2021-13-01,day,a,b,c,verified,x", "row 2, column date"),
     ("2021-01-01,hour,a,b,c,verified,x", "row 2, column precision"),
     ("2021-01-01,day,a,b,c,perhaps,x", "row 2, column mark")],
)  # fmt: skip
def test_bad_calendar_is_refused_with_its_row(tmp_path, row, where):
    path = tmp_path / "calendar.csv"
    path.write_text(f"{HEAD}{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=where):
        read_calendar(path)


def test_project_calendar_is_readable_and_periods_fall_where_they_should(config):
    calendar = read_calendar(config / "policy_calendar.csv")
    first, last = pd.Period("2021-03", "M"), pd.Period("2024-12", "M")
    events = events_between(calendar, first, last)
    assert events["date"].iloc[0] == pd.Timestamp("2021-03-01")
    assert events["date"].iloc[-1] == pd.Timestamp("2024-12-31")
    np.testing.assert_allclose(events["place"].iloc[0], 2021 + 59 / 365)
    assert period_ends("2020Q1", "2020Q4", "Q") == (2020.0, 2021.0)


def test_levels_stack_what_is_close():
    assert levels([1, 1, 1.5, 3], 1) == [0, 1, 2, 0]
    assert levels([], 1) == []


def test_raw_means_draw_both_arms_and_leave_gaps(described, english):
    data = raw_means_data(described, "jobs")
    assert data["arm"].tolist() == ["trial"] * 6 + ["control"] * 6
    assert raw_mean_outcomes(described) == ["jobs"]
    figure = raw_means_figure(described, "jobs", english)
    trial, control = (line.get_ydata() for line in figure.axes[0].lines[:2])
    assert list(trial) == [60, 61, 62, 63, 64, 65]
    assert np.isnan(control[1]) and control[5] == 55
    said = words_of(figure)
    assert "A early phase, 2021-01 to 2021-12" in said and "at the least 110 of 111" in said
    said = raw_means_alt(described, "jobs", english)
    assert "The first mean (2020-10) is 60.00 and the last (2021-03) 65.00." in said
    assert "61.00 before the start and 64.00 from the start on" in said


def test_a_lone_mean_has_a_marker(described, english):
    """A survey has two waves: a mark every sixth month alone would hide the second."""
    coverage = described.coverage.groupby("arm").head(2)
    waves = pd.PeriodIndex(["2020-11", "2022-10"] * 2, freq="M")
    coverage = coverage.assign(period=waves, mean=[50.0, 52.0, 60.0, 61.0])
    release = dataclasses.replace(described, coverage=coverage)
    figure = raw_means_figure(release, "jobs", english)
    line = figure.axes[0].lines[0]
    known = np.flatnonzero(~np.isnan(line.get_ydata()))
    assert len(known) == 2 and set(known) <= set(line.get_markevery())


def test_love_plot_draws_each_stage_and_marks_what_was_not_balanced(described, english):
    data = love_plot_data(described, "others")
    assert data["covariate"].tolist() == ["young"] * 2 + ["size"] * 2 + ["other"] * 2
    assert love_plots(described) == ["others"]
    figure = love_plot_figure(described, "others", english)
    assert [x for x, _ in drawn_points(figure)] == [-0.5, 0.01, 0.3, -0.02, 0.8, 0.7]
    said = words_of(figure)
    assert "Share of the young" in said and "Other*" in said and "40.2 of equal weight" in said
    said = love_plot_alt(described, "others", english)
    assert "Before balancing: the largest standardised difference is +0.80 (other)" in said
    assert "After balancing: the largest standardised difference is +0.70 (other)" in said
    assert "by more than 0.1: 1 of 3" in said
    assert_nothing_overlaps(figure)


def test_figures_are_planned_from_what_is_declared(make, curve, english):
    study = {**curve.study}
    followed = make.number("by_elapsed", term="event_time", event_time=0,
                           estimator="elapsed_effects")  # fmt: skip
    study["estimands"] = study["estimands"] | make.describe(
        make.series() + make.number("windows", estimator="window_effects") + followed
    )
    study["populations"] = {"all": None}
    plan = planned_figures(Declaration(study, balanced=["others"]))
    assert plan["event_study"] == ["jobs.by_quarter"] and plan["window_chart"] == ["jobs.windows"]
    assert plan["elapsed_effects"] == ["jobs.by_elapsed"] and plan["exclusion_flow"] == [""]
    assert plan["specification_curve"] == plan["raw_means"] == ["jobs"]
    assert "leave_one_out" not in plan and plan["area_map"] == plan["forest"] == [""]
    fewer = {**study, "estimands": make.describe(make.number()), "units": "other"}
    few = planned_figures(Declaration(fewer))
    assert not {"specification_curve", "area_map", "love_plot"} & set(few)
    assert figure_name("forest", "") == "forest"
    assert [kind for kind in FIGURES if kind in plan] == list(plan)
    for kind, names in plan.items():
        for of in names:
            assert figure_title(kind, of, study, english)
    title = figure_title("event_study", "jobs.by_quarter", study, english)
    assert title.startswith("Differences before and after the start: Employed; ")


def test_every_text_comes_from_the_labels(
    rich, curve, windows, calendar, described, finnish, swedish, english
):
    """In another language no English label is left on the page or in its description."""
    things = [
        ("forest", rich, [], {}),
        ("event_study", rich, ["jobs.by_quarter"], {}),
        ("specification_curve", curve, ["jobs"], {}),
        ("window_chart", windows, ["jobs.windows"], {"calendar": calendar}),
        ("raw_means", described, ["jobs"], {}),
        ("love_plot", described, ["others"], {}),
        ("detectable_effects", rich, [], {}),
    ]
    for kind, release, of, inputs in things:
        drawing = FIGURES[kind]
        for language in (finnish, swedish):
            figure = drawing.draw(release, *of, language, **inputs)
            axes = [a.get_xlabel() + " " + a.get_ylabel() for a in figure.axes]
            legend = [t.get_text() for box in figure.legends for t in box.get_texts()]
            said = " ".join(
                [words_of(figure), *axes, *legend, drawing.alt(release, *of, language, **inputs)]
            )
            for word in ENGLISH:
                assert not re.search(rf"\b{word}\b", said), (kind, word, said)


def test_effects_by_time_followed_have_neither_start_nor_reference(make, english, finnish):
    """Each bin is an effect of its own: nothing on the axis is zero by definition."""
    rows = [
        row
        for k in (0, 1, 2)
        for row in make.number("by_elapsed", 0.1 * k, estimator="elapsed_effects",
                               role="robustness", term="event_time", event_time=k)
    ]  # fmt: skip
    release = make.build([*make.number(), *rows, *make.series()])
    assert event_studies(release) == ["jobs.by_quarter"]
    assert elapsed_series(release) == ["jobs.by_elapsed"]
    data = event_study_data(release, "jobs.by_elapsed")
    assert data["event_time"].tolist() == [0, 1, 2] and not data["reference"].any()
    figure = event_study_figure(release, "jobs.by_elapsed", english)
    assert figure.axes[0].get_xlabel() == "time since entry (months)"
    said = words_of(figure) + event_study_alt(release, "jobs.by_elapsed", english)
    assert "Effects since entry" in said and "start 2021" not in said
    assert "Before the start" not in said and "last bin before" not in said
    assert "seurannan alusta" in event_study_alt(release, "jobs.by_elapsed", finnish)


def test_the_name_of_a_series_does_not_repeat_its_method(finnish, swedish, english):
    """The method stands behind the name in the same line under the title."""
    for language, kind in product((finnish, swedish, english), ("event_study", "elapsed_effects")):
        name = language.say(f"figure.{kind}.name").casefold()
        assert language.say(f"estimator.{kind}").casefold() not in name
