"""Who pays and who saves: the released sums of each payer, and their sum."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.brief.record import PayerTable
from kuntakokeilu.report.tables.payers import decimals_of_set, leading_set
from kuntakokeilu.report.tables.subtotals import (
    by_difference,
    has_subtotals,
    in_order,
    payer_name,
    payer_subtotals,
)
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import NET
from kuntakokeilu.report.words.release import Release

MILLION, DECIMALS = 1e6, 1  # euros of the whole group are told in millions


def payer_table(release: Release, language: Language) -> PayerTable | None:
    """Show what each payer pays more or less, of the layer of the net cost that leads.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    PayerTable or None
        None unless the headline of costs is this layer and each of its parts is shown: a table in
        which a payer is missing would let a cost that moved look like one that was saved. None
        too while effects are hidden.
    """
    if release.study["blinded"]:
        return None
    sums = payer_subtotals(release)
    rows = sums[sums["column"] == NET].set_index("payer")
    if rows.empty or rows["estimand"].iloc[0] not in set(told(release)["estimand"]):
        return None
    whole = rows["total"].notna().all()
    places = decimals_of_set(leading_set(release), release.study)
    lines = []
    for payer in in_order(rows.index):
        cells = [language.number(float(rows["estimate"].loc[payer]), places, sign=True)]
        if whole:
            millions = float(rows["total"].loc[payer]) / MILLION
            cells.insert(0, language.number(millions, DECIMALS, sign=True))
        lines.append((payer_name(payer, language), *cells))
    columns = ["whole", "each"] if whole else ["each"]
    return PayerTable(
        title=language.say("brief.payers.title"),
        caption=language.say("brief.payers.caption", prices=_prices(release, language)),
        head=(
            language.say("brief.payers.payer"),
            *(language.say(f"brief.payers.{name}") for name in columns),
        ),
        rows=tuple(lines),
        notes=(
            language.say("costs.standing"),
            *by_difference(release, language),
            language.say("brief.payers.no_interval"),
        ),
    )


def payer_is_hidden(release: Release) -> bool:
    """Tell whether payers are not shown since a part of what one pays is suppressed."""
    rows = leading_set(release)
    hidden = rows["status"].eq("suppressed")
    return has_subtotals(rows["column"]) and bool(hidden.any())


def _prices(release: Release, language: Language) -> str:
    year = leading_set(release)["price_year"].iloc[0]
    if pd.isna(year):
        return language.say("costs.nominal")
    return language.say("costs.real", year=int(year))
