"""The exclusion flow: from all persons of an extract to those of each sample."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import FLOW_STEPS
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure, once
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

_LABELS, _PER_ROW = 2.0, 4  # inches of the steps' names; columns beside each other
_BOX, _TALL, _PITCH = 0.84, 0.27, 0.56  # inches: width and height of a box, from one to the next
_HEAD, _FOOT = 0.4, 0.45  # inches above and below the boxes
_COLUMN = ["sample", "cohort"]


def flow_data(release: Release) -> pd.DataFrame:
    """Return the exclusion flow with the persons left out at each step.

    Returns
    -------
    DataFrame
        study, sample, cohort, position, step, n_persons, n_excluded, n_steps, n_person_months,
        status. `n_excluded` counts those left out since the last shown step, `n_steps` steps
        before; both are missing for the first shown step and for suppressed ones.
    """
    rows = release.flow.sort_values("position", kind="stable").reset_index(drop=True)
    shown = rows[rows["status"] == "ok"].copy()
    shown["place"] = rows.groupby(_COLUMN, dropna=False, sort=False).cumcount()[shown.index]
    columns = shown.groupby(_COLUMN, dropna=False, sort=False)
    rows["n_excluded"] = -columns["n_persons"].diff()
    rows["n_steps"] = columns["place"].diff().astype("Int64")
    order = release.flow.drop_duplicates(_COLUMN)[_COLUMN].reset_index(drop=True)
    order["column"] = range(len(order))
    rows = rows.merge(order, on=_COLUMN, how="left").sort_values(["column", "position"])
    names = [*_COLUMN, "position", "step", "n_persons", "n_excluded", "n_steps"]
    rows = rows.assign(study=release.study["study"])
    return rows[["study", *names, "n_person_months", "status"]].reset_index(drop=True)


def flow_figure(release: Release, language: Language) -> canvas.Drawing:
    """Draw the exclusion flow: a column of boxes for each sample and cohort.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        Boxes hold the persons left, arrows those left out; suppressed boxes are dashed.
    """
    data, study = flow_data(release), release.study
    title = language.pick(study["title"])
    under = captions.caption(study, language.say("figure.exclusion_flow.name"), language)
    with canvas.style():
        if data.empty:
            return canvas.nothing(title, under, language.say("figure.nothing"))
        columns = [rows for _, rows in data.groupby(_COLUMN, dropna=False, sort=False)]
        most = math.ceil(len(columns) / math.ceil(len(columns) / _PER_ROW))
        blocks = [columns[i : i + most] for i in range(0, len(columns), most)]
        heights = [_high(block) for block in blocks]
        note = _note(data, language)
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(note, release.study, language), sum(heights)
        )
        top = bottom + sum(heights)
        for block, high in zip(blocks, heights, strict=True):
            _draw(figure, block, top, language)
            top -= high
    return figure


def flow_alt(release: Release, language: Language) -> str:
    """Describe the exclusion flow in words: each column's steps with the persons left."""
    data, study = flow_data(release), release.study
    title = captions.caption(study, language.say("figure.exclusion_flow.name"), language)
    if data.empty:
        return f"{title}. {language.say('figure.nothing')}"
    said = [f"{title}."]
    for _, rows in data.groupby(_COLUMN, dropna=False, sort=False):
        ends = {end: _count(rows["n_persons"].iloc[k], language)
                for end, k in (("first", 0), ("last", -1))}  # fmt: skip
        column = column_name(rows.iloc[0], language)
        said.append(language.say("figure.exclusion_flow.alt", column=column, **ends))
        steps = [
            language.say(
                "figure.exclusion_flow.alt_step",
                step=step_name(row["step"], language),
                n=_count(row["n_persons"], language),
            )
            for _, row in rows.iterrows()
        ]
        said.append(f"{'; '.join(steps)}.")
    return captions.joined(*said)


def flow_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the exclusion flow as text: sample, step, persons, left out, person-months."""
    rows = []
    for _, row in flow_data(release).iterrows():
        out = language.number(row["n_excluded"], 0)
        merged = pd.notna(row["n_steps"]) and row["n_steps"] > 1
        rows.append(
            [
                column_name(row, language),
                step_name(row["step"], language),
                _count(row["n_persons"], language),
                language.say("flow.with_above", n=out) if merged else out,
                language.number(row["n_person_months"], 0),
            ]
        )
    names = ("sample", "step", "persons", "excluded", "months")
    return pd.DataFrame(rows, columns=[language.say(f"flow.column.{name}") for name in names])


def step_name(step: str, language: Language) -> str:
    """Name a step of the flow."""
    return language.say(f"flow.step.{step}")


def column_name(row: pd.Series, language: Language) -> str:
    """Name a sample and its cohort."""
    name = language.say(f"flow.sample.{row['sample']}")
    return f"{name} {language.period(row['cohort'])}" if pd.notna(row["cohort"]) else name


def _count(n: float, language: Language) -> str:
    return language.say("figure.exclusion_flow.suppressed") if pd.isna(n) else language.number(n, 0)


def _steps(columns: list[pd.DataFrame]) -> list[str]:
    """List the steps of these columns in the order of the contract."""
    there = {step for rows in columns for step in rows["step"]}
    return [step for step in FLOW_STEPS if step in there]


def _high(columns: list[pd.DataFrame]) -> float:
    """Give the inches that columns beside each other need."""
    return _HEAD + _PITCH * (len(_steps(columns)) - 1) + _TALL + _FOOT


def _note(data: pd.DataFrame, language: Language) -> str:
    hidden = data["status"].eq("suppressed").any()
    more = language.say("figure.exclusion_flow.hidden") if hidden else ""
    return captions.joined(language.say("figure.exclusion_flow.note"), more)


def _draw(
    figure: canvas.Drawing, columns: list[pd.DataFrame], top: float, language: Language
) -> None:
    """Draw columns beside each other, in inches from the lower left corner of the page."""
    steps, high = _steps(columns), _high(columns)
    wide = (canvas.WIDTH - _LABELS - canvas.MARGIN) / _PER_ROW
    axes = canvas.panel(figure, 0, top - high, canvas.WIDTH, high)
    axes.set_axis_off()
    axes.set_xlim(0, canvas.WIDTH)
    axes.set_ylim(high, 0)
    middle = {step: _HEAD + _PITCH * k + _TALL / 2 for k, step in enumerate(steps)}
    lines = {
        at: "\n".join(canvas.wrapped(step_name(step, language), _LABELS - 0.2))
        for step, at in middle.items()
    }
    below = high - _FOOT + 0.16
    if any(rows["n_person_months"].notna().any() for rows in columns):
        lines[below] = language.say("flow.column.months")
    for at, text in lines.items():
        canvas.write(figure, canvas.MARGIN, top - at, text, va="center", linespacing=1.1)
    for place, rows in enumerate(columns):
        x = _LABELS + wide * (place + 0.5)
        head = "\n".join(canvas.wrapped(column_name(rows.iloc[0], language), wide - 0.1, 8, "bold"))
        canvas.write(figure, x, top - _HEAD + 0.06, head, weight="bold", ha="center",
                     linespacing=1.1)  # fmt: skip
        _column(axes, rows, x, middle, top, language)
        months = rows["n_person_months"].iloc[-1]
        if pd.notna(months):
            text = language.number(months, 0)
            canvas.write(figure, x, top - below, text, ha="center", va="center")


def _column(
    axes: canvas.Axes,
    rows: pd.DataFrame,
    x: float,
    middle: dict[str, float],
    top: float,
    language: Language,
) -> None:
    """Draw one column: boxes, arrows, persons left and left out."""
    from matplotlib.patches import FancyArrowPatch, Rectangle

    figure: Any = axes.figure  # a whole one: pages have no parts
    before = None
    for _, row in rows.iterrows():
        at, hidden, last = middle[row["step"]], row["status"] != "ok", row["step"] == FLOW_STEPS[-1]
        look: dict[str, Any] = {
            "facecolor": canvas.PALE["main"] if last and not hidden else "white",
            "edgecolor": canvas.COLOURS["main"] if last else canvas.GREY,
            "linestyle": "--" if hidden else "-",
        }
        axes.add_patch(
            Rectangle((x - _BOX / 2, at - _TALL / 2), _BOX, _TALL, linewidth=0.8, **look)
        )
        text = _count(row["n_persons"], language)
        style = {"size": 7, "color": canvas.GREY} if hidden else {}
        canvas.write(figure, x, top - at, text, ha="center", va="center", **style)
        if before is not None:
            ends = (x, before + _TALL / 2), (x, at - _TALL / 2)
            arrow = FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=7, shrinkA=0,
                                    shrinkB=0, linewidth=0.8, color=canvas.GREY)  # fmt: skip
            axes.add_patch(arrow)
        if pd.notna(row["n_excluded"]):
            out = language.number(-row["n_excluded"], 0)
            y = top - (at - _PITCH / 2)
            canvas.write(figure, x + 0.07, y, out, va="center", size=7, color=canvas.GREY)
        before = at


EXCLUSION_FLOW = Figure(
    "exclusion_flow",
    when=once(lambda declared: declared.study.get("populations")),
    data=flow_data,
    draw=flow_figure,
    alt=flow_alt,
)
