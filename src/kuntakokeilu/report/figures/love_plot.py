"""The love plot: how alike the arms were before the start, with equal and with balanced weights.

Source: P. C. Austin (2009), Balance diagnostics for comparing the distribution of baseline
covariates between treatment groups, Statistics in Medicine 28: 3083-3107. The plot is named
after T. E. Love, who drew it first.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.contracts import STAGES
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.record import Figure
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

ALIKE = 0.1  # ASSUME: Austin's limit of a difference that matters little
_LABELS, _ROW = 3.0, 0.2  # inches: the column of labels, and a row of one line
_LOOK: dict[str, dict[str, Any]] = {
    "before": {"colour": canvas.COLOURS["robustness"], "marker": "o", "face": "white"},
    "after": {"colour": canvas.COLOURS["main"], "marker": "D", "face": None},
}


def love_plots(release: Release) -> list[str]:
    """Name the comparisons that were balanced, in the order of the released rows."""
    after = release.balance[release.balance["stage"] == "after"]
    return list(after["comparison"].unique())


@kept
def love_plot_data(release: Release, comparison: str) -> pd.DataFrame:
    """Return what a love plot draws: differences of one comparison, the largest first.

    Returns
    -------
    DataFrame
        Contract BALANCE_RELEASED of one comparison with the name of the study, ordered by the
        absolute difference before balancing; first the covariates that are balanced on.
    """
    rows = release.balance[release.balance["comparison"] == comparison]
    before = rows[rows["stage"] == "before"].set_index("covariate")["std_difference"].abs()
    size = rows["covariate"].map(before).astype(float).fillna(-1.0)
    rows = rows.assign(order=-size, late=rows["stage"] == "after", study=release.study["study"])
    rows = rows.assign(other=~rows["targeted"].astype(bool))
    rows = rows.sort_values(["other", "order", "covariate", "late"], ignore_index=True)
    return rows[["study", *release.balance.columns]]


def love_plot_figure(release: Release, comparison: str, language: Language) -> canvas.Drawing:
    """Draw the standardised differences of a comparison before and after balancing.

    Parameters
    ----------
    release : Release
        A released study.
    comparison : str
        Name of the comparison.
    language : Language
        Of every text.

    Returns
    -------
    Drawing
        Dotted lines at the limit of a difference that matters little.
    """
    study, data = release.study, love_plot_data(release, comparison)
    title = language.pick(study["title"])
    name = language.say("figure.love_plot.name")
    label = lb.comparison_label(comparison, study, language)
    under = captions.caption(study, f"{name}: {label}", language)
    with canvas.style():
        if data["std_difference"].isna().all():
            return canvas.nothing(title, under, language.say("figure.nothing"))
        rows = _rows(data, study, language)
        high = sum(_ROW * len(lines) for _, lines in rows)
        note = _note(data, study, language)
        figure, bottom = canvas.sheet(
            title, under, captions.sourced(note, study, language), high + 0.9
        )
        wide = canvas.WIDTH - _LABELS - 0.2
        axes = canvas.panel(figure, _LABELS, bottom + 0.55, wide, high)
        _draw(figure, axes, rows, data, bottom + 0.55 + high)
        axes.set_xlabel(language.say("figure.love_plot.axis"))
        canvas.localise(axes.xaxis, language)
        stages = [stage for stage in STAGES if data["stage"].eq(stage).any()]
        handles = [
            canvas.handle(
                _LOOK[s]["marker"], _LOOK[s]["colour"], language.say(f"figure.stage.{s}"),
                _LOOK[s]["face"],
            )
            for s in stages
        ]  # fmt: skip
        canvas.legend(figure, handles, bottom + high + 0.8, left=_LABELS)
    return figure


def love_plot_alt(release: Release, comparison: str, language: Language) -> str:
    """Describe the love plot in words: how large the differences are at each stage."""
    study, data = release.study, love_plot_data(release, comparison)
    label = lb.comparison_label(comparison, study, language)
    title = language.say("figure.love_plot.alt", comparison=label)
    title = captions.caption(study, title, language)
    known = data[data["std_difference"].notna()]
    if known.empty:
        return f"{title}. {language.say('figure.nothing')}"
    text = [f"{title}."]
    for stage in STAGES:
        rows = known[known["stage"] == stage]
        if rows.empty:
            continue
        worst = rows.loc[[rows["std_difference"].abs().idxmax()]].iloc[0]
        values = {
            "stage": lb.sentence_case(language.say(f"figure.stage.{stage}")),
            "largest": language.number(worst["std_difference"], 2, sign=True),
            "covariate": lb.covariate_label(worst["covariate"], study, language),
            "over": int((rows["std_difference"].abs() > ALIKE).sum()),
            "n": len(rows),
            "limit": language.number(ALIKE, 1),
        }
        text.append(language.say("figure.love_plot.alt_stage", **values))
    return captions.joined(*text)


def _rows(data: pd.DataFrame, study: Study, language: Language) -> list[tuple[str, list[str]]]:
    """List covariates with the lines of their labels."""
    rows = []
    for name, targeted in data.groupby("covariate", sort=False)["targeted"].first().items():
        text = lb.sentence_case(lb.covariate_label(str(name), study, language))
        text = text if targeted else f"{text}*"
        rows.append((str(name), canvas.wrapped(text, _LABELS - 0.3, 8)))
    return rows


def _note(data: pd.DataFrame, study: Study, language: Language) -> str:
    limit = language.number(ALIKE, 1)
    text = [language.say("figure.love_plot.note", limit=limit)]
    if not data["targeted"].all():
        text.append(language.say("figure.love_plot.other"))
    after = data[data["stage"] == "after"]
    if len(after):
        n = language.number(int(after["n_control"].max()), 0)
        effective = language.number(after["n_control_effective"].min(), 1)
        text.append(language.say("figure.love_plot.effective", n=n, effective=effective))
    return captions.joined(*text)


def _draw(
    figure: canvas.Drawing,
    axes: canvas.Axes,
    rows: list[tuple[str, list[str]]],
    data: pd.DataFrame,
    top: float,
) -> None:
    axes.set_ylim(sum(_ROW * len(lines) for _, lines in rows), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=canvas.GREY, linewidth=0.8, zorder=1)
    for limit in (-ALIKE, ALIKE):
        axes.axvline(limit, color=canvas.GREY, linewidth=0.8, linestyle=":", zorder=1)
    upper = 0.0
    for name, lines in rows:
        tall = _ROW * len(lines)
        middle = upper + tall / 2
        mine = data[(data["covariate"] == name) & data["std_difference"].notna()]
        axes.hlines(
            middle, mine["std_difference"].min(), mine["std_difference"].max(), color="#BBBBBB",
            linewidth=0.8, zorder=1.5,
        )  # fmt: skip
        for _, row in mine.iterrows():
            look = _LOOK[row["stage"]]
            axes.plot(
                row["std_difference"], middle, look["marker"], markersize=5, zorder=3,
                markeredgecolor=look["colour"], markerfacecolor=look["face"] or look["colour"],
            )  # fmt: skip
        text = "\n".join(lines)
        canvas.write(figure, canvas.MARGIN, top - middle, text, va="center", linespacing=1.1)
        upper += tall


LOVE_PLOT = Figure(
    "love_plot",
    when=lambda declared: list(declared.balanced),
    data=love_plot_data,
    draw=love_plot_figure,
    alt=love_plot_alt,
)
