"""For whom no effect is identified, by name, and what is found for the others."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows, is_shown


def beyond_reach_notes(release: Release, language: Language) -> list[str]:
    """Name the units for which no effect is identified, one sentence for each reason.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    list of str
        None in a study without a comparison that looks for overlap, or in which nobody is left
        out.
    """
    out = release.beyond_reach.drop_duplicates(["unit", "reason"])
    names = release.units.set_index("unit")[f"name_{language.code}"]
    return [
        language.say(
            f"beyond_reach.{reason}",
            names=language.listed(
                sorted((str(names[u]) for u in rows["unit"]), key=lb.alphabetical)
            ),
        )
        for reason, rows in out.groupby("reason", sort=True)
    ]


def areas_beyond_reach(release: Release) -> set[str]:
    """Name the areas with units for which no effect is identified."""
    return set(release.beyond_reach["area"].dropna())


def identified_notes(release: Release, row: Row, language: Language) -> list[str]:
    """Say beside an effect for whom it is not identified, and what is found for the others.

    Parameters
    ----------
    release : Release
        A released study.
    row : mapping
        Row of RELEASED: one effect.
    language : Language
        Of the reader.

    Returns
    -------
    list of str
        The share of its weight for which it is not, the sentences of `beyond_reach_notes`, and one
        with the effects of the same outcome and population in comparisons without these units,
        under each weighting.
    """
    named = beyond_reach_notes(release, language)
    said = [*_share(release, row, language), *named]
    rest = _of_the_others(release, row)
    if named and len(rest):
        decimals = release.study["outcomes"][row["outcome"]]["decimals"]
        parts = "; ".join(_number(one, release, decimals, language) for _, one in rest.iterrows())
        unit = lb.unit_label(row["unit"], language)
        said.append(language.say("beyond_reach.others", parts=parts, unit=unit))
    return said


def _share(release: Release, row: Row, language: Language) -> list[str]:
    """Say how much of the weight has no comparable control, if that is worth telling."""
    checks = release.diagnostics
    mine = checks[checks["estimand"].eq(row["estimand"]) & checks["check"].eq("overlap")]
    mine = mine[mine["verdict"].ne("pass") & mine["value"].notna()]
    share = (language.number(100 * value, 0) for value in mine["value"])
    return [language.say("beyond_reach.share", share=each) for each in share]


def _of_the_others(release: Release, row: Row) -> pd.DataFrame:
    rows = area_rows(release)
    mine = rows["comparison"].isin(release.beyond_reach["comparison"]) & rows["term"].eq("att")
    for name in ("outcome", "population", "design", "estimator"):
        mine &= rows[name].eq(row[name])
    mine &= ~rows["role"].isin(["placebo", "leave_one_out"])
    found = rows[mine]
    return found[[is_shown(one) for _, one in found.iterrows()]] if len(found) else found


def _number(row: pd.Series, release: Release, decimals: int, language: Language) -> str:
    return language.say(
        "beyond_reach.number",
        weights=lb.weights_label(row["weights"], release.study, language),
        estimate=language.number(row["estimate"], decimals, sign=True),
        interval=language.interval(row["ci_low"], row["ci_high"], decimals),
    )
