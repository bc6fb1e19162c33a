"""What each payer pays in the end, all its costs less all its receipts: sums that add up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import COSTS, FINANCIERS, NET_LAYERS, RECEIPTS
from kuntakokeilu.report.tables.columns import Column
from kuntakokeilu.report.tables.payers import decimals_of_set, leading_set, payer_label
from kuntakokeilu.report.tables.record import ResultTable
from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.outcomes import ledger_outcomes
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.who_is_compared import twin_notes

SUM = "sum"
JOINED = "+"  # between payers of whom only the sum is told
SUBTOTAL_COLUMNS = ["study", "estimand", "outcome", "column", "payer", "estimate", "unit"]
SUBTOTAL_COLUMNS += ["total", "status", "identified", *CHECK_COLUMNS]


def has_subtotals(columns: Iterable[str]) -> bool:
    """Tell whether outcomes of these columns of the ledger add up to a layer of the net cost."""
    there = set(columns)
    return any({*COSTS, *receipts, net} <= there for net, receipts in NET_LAYERS.items())


def payer_subtotals(release: Release) -> pd.DataFrame:
    """Add up the effects on each payer's costs less those on its receipts.

    Parameters
    ----------
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        Columns SUBTOTAL_COLUMNS, of the leading set. For each layer of the net cost of which every
        part is shown a row per payer, and last a row `sum`, the estimate of the layer itself.
        Where more than one part is suppressed, the payers that have such parts are one row, the
        layer less the other payers. `estimate` is in euros per person-month, signed: more is more
        paid. `total` is the same for the whole group that was followed, in euros, where a total
        of these persons is released. Subtotals have no interval, since payers' costs move
        together; checks are those of all parts.
    """
    rows = leading_set(release).drop_duplicates("column").set_index("column", drop=False)
    shown = rows[[is_shown(row) for _, row in rows.iterrows()]]
    months = _person_months(release, list(rows["estimand"]))
    parts = []
    for net, receipts in NET_LAYERS.items():
        signs = {**dict.fromkeys(COSTS, 1.0), **dict.fromkeys(receipts, -1.0)}
        hidden = _payers_with_hidden_parts(rows, signs)
        if net not in shown.index or hidden is None:
            continue
        whole = shown.loc[[net]]
        rest = float(whole["estimate"].iloc[0])
        lines = {}
        for payer in [name for name in FINANCIERS if name not in hidden]:
            mine = _parts_of([payer], signs, shown)
            value = float(sum(signs[str(c)] * e for c, e in mine["estimate"].items()))
            rest -= value
            if len(mine):
                lines[payer] = _line(whole.iloc[0], mine, payer, value, months)
        if hidden:
            mine = pd.concat([_parts_of(hidden, signs, shown), whole])
            name = JOINED.join(hidden)
            lines[name] = _line(whole.iloc[0], mine, name, rest, months)
        parts += [lines[payer] for payer in in_order(lines)]
        value = float(whole["estimate"].iloc[0])
        parts.append(_line(whole.iloc[0], whole, SUM, value, months))
    return pd.DataFrame(parts, columns=SUBTOTAL_COLUMNS)


def in_order(payers: Collection[str]) -> list[str]:
    """Put payers into the order of `FINANCIERS`, those told as one by the first; the sum last."""
    places = {name: place for place, name in enumerate((*FINANCIERS, SUM))}
    return sorted(payers, key=lambda payer: places[payer.split(JOINED)[0]])


def payer_name(payer: str, language: Language) -> str:
    """Name the payer of a row, or the payers that are told as one."""
    names = [language.say(f"payers.{name}") for name in payer.split(JOINED)]
    return lb.sentence_case(language.listed([names[0], *(name.lower() for name in names[1:])]))


def payers_by_difference(release: Release) -> list[str]:
    """Name the payers whose sum is told though parts of it are suppressed."""
    rows = leading_set(release).drop_duplicates("column").set_index("column", drop=False)
    return _payers_with_hidden_parts(rows, {*COSTS, *RECEIPTS} & {*rows.index}) or []


def _parts_of(payers: Iterable[str], signs: Collection[str], shown: pd.DataFrame) -> pd.DataFrame:
    columns = [column for payer in payers for column in FINANCIERS[payer]]
    return shown.loc[[c for c in columns if c in signs and c in shown.index]]


def _payers_with_hidden_parts(rows: pd.DataFrame, columns: Iterable[str]) -> list[str] | None:
    """Name the payers of whom parts are suppressed; None where then not every sum can be told.

    A part that is suppressed alone is told by no difference.
    """
    wanted = rows.reindex(list(columns))
    missing = wanted[[not is_shown(row) for _, row in wanted.iterrows()]]
    found = [payer for payer, mine in FINANCIERS.items() if {*mine} & {*missing.index}]
    told = missing["status"].eq("suppressed").all() and len(missing) > 1
    return found if told or missing.empty else None


def subtotals_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the subtotals as text: a row for each payer, a column for each layer; then the sum.

    Euros of the whole group are those of the first layer. The last column says whether a check
    stands against any number of the row.
    """
    rows = payer_subtotals(release)
    if rows.empty:
        return pd.DataFrame()
    places = decimals_of_set(leading_set(release), release.study)
    wide = rows.pivot(index="payer", columns="column", values="estimate")
    layers = list(dict.fromkeys(rows["column"]))
    total = rows[rows["column"] == layers[0]].set_index("payer")["total"]
    lines = []
    for payer in in_order(wide.index):
        cells = [wide.loc[payer, layer] for layer in layers]
        shown = [language.number(c, places, sign=True) if pd.notna(c) else DASH for c in cells]
        whole = language.number(total.get(payer), 0, sign=True)
        mine = rows[rows["payer"] == payer]
        lines.append([payer_name(payer, language), *shown, whole, _worst(mine, language)])
    names = [payer_label(column, language) for column in layers]
    total_head = f"{language.say('payers.total')}; {names[0]}"
    status = language.say("workbook.column.status")
    return pd.DataFrame(
        lines, columns=[language.say("costs.column.payer"), *names, total_head, status]
    )


def by_difference(release: Release, language: Language) -> list[str]:
    """Say of payers with hidden parts how their sum was found."""
    hidden = payers_by_difference(release)
    if not hidden:
        return []
    return [language.say("costs.by_difference", payer=payer_name(JOINED.join(hidden), language))]


def _worst(rows: pd.DataFrame, language: Language) -> str:
    """Say the worst that checks say of any of these numbers; or that they may be used."""
    order = rows["status"].ne("failed_diagnostic").sort_values(kind="stable").index
    said = (cautions.short_text(row, language) for _, row in rows.loc[order].iterrows())
    return next(filter(None, said), language.say("workbook.status.ok"))


def _line(
    net: pd.Series, parts: pd.DataFrame, payer: str, value: float, months: float | None
) -> dict[str, Any]:
    """Make a row of the parts of one payer in one layer, with the checks of any of them."""
    failed = parts["status"].eq("failed_diagnostic").any()
    checks = {name: _united(parts[name]) for name in CHECK_COLUMNS}
    return {
        **net[["study", "estimand", "outcome", "column", "unit"]],
        "payer": payer,
        "estimate": value,
        "total": None if months is None else value * months,
        "status": "failed_diagnostic" if failed else "ok",
        "identified": "ok",
        **checks,
    }


def _united(names: pd.Series) -> str:
    return ";".join(dict.fromkeys(n for joined in names for n in joined.split(";") if n))


def _person_months(release: Release, estimands: list[str]) -> float | None:
    """Find the person-months of the set in a released total of any of its estimands."""
    totals = release.totals
    mine = totals["estimand"].isin(estimands) & totals["quantity"].eq("whole_group")
    known = totals.loc[mine, "multiplier"].dropna().unique()
    return float(known[0]) if len(known) == 1 else None


def _notes(release: Release, language: Language) -> list[str]:
    said = [language.say("costs.standing"), language.say("costs.layers")]
    said += by_difference(release, language)
    return [*said, *twin_notes(release.study, language)]


PAYERS = ResultTable(
    "payers",
    payer_subtotals,
    columns=(
        Column("layer", words=lambda row, _, said: payer_label(row["column"], said), width=40),
        Column("payer_name", words=lambda row, _, said: payer_name(row["payer"], said), width=30),
        *("estimate", "unit", Column("total", "whole", if_any=True, head="total_of_group")),
        "status",
    ),
    on_screen=("estimand",),
    when=lambda declared: has_subtotals(ledger_outcomes(declared.study).values()),
    first=_notes,
)
