"""Forest figures: all effects of a study, and those with one area left out at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import ROLES
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.forest_pages import forest_pages
from kuntakokeilu.report.figures.record import Figure, once
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows
from kuntakokeilu.report.words.series import shown

_COLUMNS = ["study", "estimand", "outcome", "role", "term", "window", "comparison", "weights"]
_COLUMNS += ["estimator", "left_out", "estimate", "ci_low", "ci_high", "unit", "status"]
_SAME = ["outcome", "comparison", "weights", "estimator", "design", "population"]
_LABELS, _PLOT = 2.75, 2.2  # inches: the column of labels, and the column of intervals
_HEAD, _AXIS, _PAD = 0.3, 0.55, 0.1  # inches: head of a panel, its axis, space between rows
_BODY = 9.3  # inches of panels that fit on A4 with head and note
_LEADING = ("main", "benchmark")


def forest_data(release: Release, *, leave_one_out: bool = False) -> pd.DataFrame:
    """Return what the forest figure draws: effects and windows that may be shown.

    Rows are in the order of estimands.csv; with one area left out, the effect with all areas
    comes first in each outcome and the others follow by their estimate.
    """
    rows = shown(_effects(release, leave_one_out))
    declared = release.study["estimands"]
    rows = rows.assign(left_out=[declared[name]["leave_out_area"] for name in rows["estimand"]])
    if leave_one_out:
        order = {name: place for place, name in enumerate(rows["outcome"].unique())}
        place = rows["outcome"].map(order)
        rows = rows.assign(place=place, part=rows["role"] == "leave_one_out")
        rows = rows.sort_values(["place", "part", "estimate"], kind="stable")
    return rows[_COLUMNS].reset_index(drop=True)


def forest_figure(
    release: Release, language: Language, *, leave_one_out: bool = False
) -> canvas.Drawing:
    """Draw effects and windows with 95 % intervals clustered by area, a panel per outcome.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of every text.
    leave_one_out : bool
        Draw the main effects and those with one area left out at a time, instead of all others;
        the effect with all areas is a thin line through the panel.

    Returns
    -------
    Drawing
        At most as high as a page: where there are more rows, main ones go before others, and the
        note counts those that tables have. Outcomes have panels of their own since their units
        differ.
    """
    data, study = forest_data(release, leave_one_out=leave_one_out), release.study
    title = language.pick(study["title"])
    under = captions.caption(study, _name(leave_one_out, language), language)
    panels = data.groupby("outcome", sort=False)
    groups = _fitting([(str(name), _labelled(rows, study, language)) for name, rows in panels])
    more = len(data) - sum(len(rows) for _, rows in groups)
    heights = [_HEAD + sum(_heights(rows)) + _AXIS for _, rows in groups]
    note = _note(release, leave_one_out, language)
    if more:
        note = captions.joined(language.say("figure.forest.more", n=more), note)
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(note, study, language), sum(heights) + 0.25
        )
        top = bottom + sum(heights)
        canvas.legend(figure, _handles(data, language), top + 0.2)
        for (name, rows), high in zip(groups, heights, strict=True):
            axes = _panel(figure, top, rows, study["outcomes"][name], language)
            axes.set_xlabel(lb.unit_label(rows["unit"].iloc[0], language))
            head = canvas.wrapped(lb.outcome_label(name, study, language), 6.5, 8, "bold")[0]
            canvas.write(figure, canvas.MARGIN, top - 0.2, head, weight="bold")
            if leave_one_out:
                _reference(axes, rows)
            top -= high
    return figure


def forest_alt(release: Release, language: Language, *, leave_one_out: bool = False) -> str:
    """Describe the forest figure in words, with its key numbers."""
    data, study = forest_data(release, leave_one_out=leave_one_out), release.study
    title = captions.caption(study, _name(leave_one_out, language), language)
    if data.empty:
        return f"{title}. {language.say('figure.nothing')}"
    text = [f"{title}.", language.say("figure.forest.alt", n=len(data))]
    for name, rows in data.groupby("outcome", sort=False):
        decimals = study["outcomes"][name]["decimals"]
        text.append(f"{captions.in_unit(str(name), study, language)}.")
        text.append(captions.clear_text(rows, language))
        text.append(captions.failed_text(rows, language))
        for _, row in rows[rows["role"].isin(["main", "benchmark"])].iterrows():
            estimate = captions.estimate_text(row, decimals, language)
            text.append(f"{'; '.join(_words(row, study, language, leave_one_out))}: {estimate}.")
        parts = rows[rows["role"] == "leave_one_out"]
        if leave_one_out and len(parts):
            text.append(_extremes(parts, decimals, study, language))
    return captions.joined(*text)


def forest_page_data(release: Release, page: str) -> pd.DataFrame:
    """Return what one page of the forest draws."""
    return forest_data(_only(release, page))


def forest_page_figure(release: Release, page: str, language: Language) -> canvas.Drawing:
    """Draw one page of the forest, where a study has too many effects for one figure."""
    return forest_figure(_only(release, page), language)


def forest_page_alt(release: Release, page: str, language: Language) -> str:
    """Describe one page of the forest in words."""
    return forest_alt(_only(release, page), language)


@kept
def _only(release: Release, page: str) -> Release:
    """Keep the outcomes of a page, in reading order."""
    outcomes = forest_pages(release.study)[int(page) - 1]
    rows = release.estimates[release.estimates["outcome"].isin(outcomes)]
    order = rows["outcome"].map(outcomes.index).sort_values(kind="stable").index
    return replace(release, estimates=rows.loc[order])


def _effects(release: Release, leave_one_out: bool) -> pd.DataFrame:
    """Choose rows; the effect with all areas is the main one estimated in the same way."""
    rows = area_rows(release)
    rows = rows[rows["term"].isin(["att", "window"])]
    without = rows["role"] == "leave_one_out"
    if not leave_one_out:
        return rows[~without]
    ways = pd.MultiIndex.from_frame(rows[_SAME])
    return rows[without | ((rows["role"] == "main") & ways.isin(ways[without]))]


def _name(leave_one_out: bool, language: Language) -> str:
    return language.say(f"figure.{'leave_one_out' if leave_one_out else 'forest'}.name")


def _note(release: Release, leave_one_out: bool, language: Language) -> str:
    key = "figure.leave_one_out.note" if leave_one_out else "figure.forest.note"
    text = language.say(key, clusters=lb.clustering(release.study, language))
    rows = _effects(release, leave_one_out)
    care = captions.care_note(rows, release.study, language)
    return captions.joined(care, text, captions.hidden_note(rows, language))


def _words(
    row: pd.Series, study: Study, language: Language, leave_one_out: bool
) -> tuple[str, str]:
    """Name a row by what tells it from the main one, and say its weights and dates."""
    if pd.notna(row["left_out"]):
        return lb.area_name(row["left_out"], study, language), ""
    how = lb.weights_label(row["weights"], study, language)
    if leave_one_out:
        return language.say("figure.leave_one_out.whole"), how
    if row["term"] == "window" and pd.notna(row["window"]):
        name = lb.window_name(row["window"], study, language)
        how = f"{lb.window_dates(row['window'], study, language, row['estimand'])}; {how}"
    else:
        name = "; ".join(lb.distinctions(row["estimand"], study, language))
    return lb.sentence_case(name or lb.role_label(row["role"], language)), how


def _labelled(rows: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    """Add the lines of each row's labels."""
    parts = bool(rows["left_out"].notna().any())
    said = [_words(row, study, language, parts) for _, row in rows.iterrows()]
    width = _LABELS - 0.2
    names = [canvas.wrapped(name, width, 8) for name, _ in said]
    details = [canvas.wrapped(detail, width, 7) if detail else [] for _, detail in said]
    both = pd.DataFrame({"label": names, "detail": details}, index=rows.index, dtype=object)
    return rows.assign(label=both["label"], detail=both["detail"])


def _heights(rows: pd.DataFrame) -> list[float]:
    """Give each row the inches that its labels need."""
    lines = rows["label"].map(len) + rows["detail"].map(len)
    return [_PAD + canvas.LINE * max(n, 1 if alone else 2)
            for n, alone in zip(lines, rows["left_out"].notna(), strict=True)]  # fmt: skip


def _fitting(groups: list[tuple[str, pd.DataFrame]]) -> list[tuple[str, pd.DataFrame]]:
    """Keep the rows that fit on one page: main ones first, then in their order."""
    chosen: dict[str, list[Any]] = {}
    room = _BODY
    for leading in (True, False):
        for name, rows in groups:
            wanted = rows[rows["role"].isin(_LEADING) == leading]
            for place, tall in zip(wanted.index, _heights(wanted), strict=True):
                head = 0.0 if name in chosen else _HEAD + _AXIS
                if head + tall <= room:
                    chosen.setdefault(name, []).append(place)
                    room -= head + tall
    return [(name, rows.loc[sorted(chosen[name])]) for name, rows in groups if name in chosen]


def _extremes(rows: pd.DataFrame, decimals: int, study: Study, language: Language) -> str:
    """Say which area left out gives the lowest and the highest estimate."""
    ends = {
        "low": rows.nsmallest(1, "estimate").iloc[0],
        "high": rows.nlargest(1, "estimate").iloc[0],
    }
    said = {end: language.number(row["estimate"], decimals, sign=True) for end, row in ends.items()}
    names = {
        f"{end}_area": lb.area_name(row["left_out"], study, language) for end, row in ends.items()
    }
    return language.say("figure.leave_one_out.extremes", **said, **names)


def _panel(
    figure: canvas.Drawing,
    top: float,
    rows: pd.DataFrame,
    outcome: dict[str, Any],
    language: Language,
) -> canvas.Axes:
    """Draw one outcome: labels to the left, intervals in the middle, numbers to the right."""
    heights = _heights(rows)
    high = sum(heights)
    axes = canvas.panel(figure, _LABELS, top - _HEAD - high, _PLOT, high)
    axes.set_ylim(high, 0)  # inches from the top of the panel
    canvas.zero(axes, "x")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=5)
    canvas.localise(axes.xaxis, language)
    upper = 0.0
    for (_, row), tall in zip(rows.iterrows(), heights, strict=True):
        _interval(axes, upper + tall / 2, row)
        _labels(figure, top - _HEAD - upper - _PAD / 2, row)
        _numbers(figure, top - _HEAD - upper - tall / 2, row, outcome["decimals"], language)
        upper += tall
    return axes


def _reference(axes: canvas.Axes, rows: pd.DataFrame) -> None:
    for estimate in rows.loc[rows["role"] == "main", "estimate"]:
        axes.axvline(estimate, color=canvas.COLOURS["main"], linewidth=0.8, zorder=1)


def _interval(axes: canvas.Axes, place: float, row: pd.Series) -> None:
    colour, hollow = canvas.COLOURS[row["role"]], row["status"] == "failed_diagnostic"
    axes.hlines(place, row["ci_low"], row["ci_high"], color=colour, linewidth=1.3)
    style: dict[str, Any] = {
        "markeredgecolor": colour,
        "markerfacecolor": "white" if hollow else colour,
    }
    axes.plot(row["estimate"], place, canvas.MARKERS[row["role"]], markersize=5, zorder=3, **style)


def _labels(figure: canvas.Drawing, top: float, row: pd.Series) -> None:
    style: dict[str, Any] = {"va": "top", "linespacing": 1.1}
    canvas.write(figure, canvas.MARGIN, top, "\n".join(row["label"]), **style)
    below, text = top - canvas.LINE * len(row["label"]), "\n".join(row["detail"])
    canvas.write(figure, canvas.MARGIN, below, text, size=7, color=canvas.GREY, **style)


def _numbers(
    figure: canvas.Drawing, middle: float, row: pd.Series, decimals: int, language: Language
) -> None:
    """Write estimate and interval; a row of one line has them beside each other."""
    x, estimate = (
        canvas.WIDTH - canvas.MARGIN,
        language.number(row["estimate"], decimals, sign=True),
    )
    failed = row["status"] == "failed_diagnostic"
    text = f"{estimate}  {language.say('figure.failed')}" if failed else estimate
    detail = captions.interval_text(row, decimals, language)
    if pd.notna(row["left_out"]) and not failed:
        canvas.write(figure, x - 1.2, middle, text, va="center", ha="right")
        canvas.write(figure, x, middle, detail, va="center", ha="right", size=7, color=canvas.GREY)
        return
    canvas.write(figure, x, middle + 0.02, text, va="bottom", ha="right")
    canvas.write(figure, x, middle - 0.01, detail, va="top", ha="right", size=7, color=canvas.GREY)


def _handles(data: pd.DataFrame, language: Language) -> list:
    roles = [role for role in ROLES if data["role"].eq(role).any()]
    handles = [
        canvas.handle(canvas.MARKERS[r], canvas.COLOURS[r], lb.role_label(r, language))
        for r in roles
    ]
    if data["status"].eq("failed_diagnostic").any():
        hollow = language.say("figure.hollow")
        handles.append(canvas.handle("o", "black", hollow, face="white"))
    return handles


def _pages(declared: Declaration) -> list[str]:
    return [str(number) for number, _ in enumerate(forest_pages(declared.study), start=1)]


def _left_out(declared: Declaration) -> bool:
    return any(row["role"] == "leave_one_out" for row in declared.study["estimands"].values())


FOREST = Figure(
    "forest",
    when=once(lambda declared: not forest_pages(declared.study)),
    data=forest_data,
    draw=forest_figure,
    alt=forest_alt,
)
FOREST_PAGE = Figure(
    "forest_page",
    when=_pages,
    data=forest_page_data,
    draw=forest_page_figure,
    alt=forest_page_alt,
)
LEAVE_ONE_OUT = Figure(
    "leave_one_out",
    when=once(_left_out),
    data=partial(forest_data, leave_one_out=True),
    draw=partial(forest_figure, leave_one_out=True),
    alt=partial(forest_alt, leave_one_out=True),
)
