"""Who pays and who receives: effects on the columns of the ledger, and whether they add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import COSTS, NET_LAYERS, RECEIPTS
from kuntakokeilu.report.tables.columns import DETECTABLE, INTERVAL, P_VALUE, Column
from kuntakokeilu.report.tables.record import ResultTable
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.grouping import alike_but, effects, settings
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.outcomes import ledger_outcomes
from kuntakokeilu.report.words.populations import how_text, population_text
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.side_by_side import number_text

# What else the ledger says of the same persons; no part of the net total.
BESIDE = ("municipal_posted_cents", "municipal_2025_cents", "shifted_cents")
_KINDS = {
    **dict.fromkeys(COSTS, "cost"),
    **dict.fromkeys(RECEIPTS, "receipt"),
    **dict.fromkeys(NET_LAYERS, "net"),
    **dict.fromkeys(BESIDE, "beside"),
}
ORDER = [*COSTS, *RECEIPTS, *NET_LAYERS, *BESIDE]
# What the numbers of one set may differ in: they are about the same persons, in the same prices.
_OWN = ("outcome",)
_IDENTITY = ["study", "estimand", "outcome", "column", "kind", "price_year", "population"]
_IDENTITY += ["comparison", "design", "weights", "estimator", "role"]
COST_COLUMNS = [
    *_IDENTITY,
    *("estimate", "std_error", "ci_low", "ci_high", "inference", "p_value"),
    *("baseline_mean", "unit"),
    *("n_trial_clusters", "n_control_clusters", "minimum_detectable_effect"),
    *("status", "identified", *CHECK_COLUMNS),
]


@dataclass(frozen=True)
class Sum:
    """What the payers' point estimates add up to, beside the net total.

    Attributes
    ----------
    costs, receipts, net : float
        Sums over payers, and the estimate of the net total.
    missing : list of str
        Columns of the ledger without a number; nothing is added up unless it is empty.
    """

    costs: float
    receipts: float
    net: float
    missing: list[str]

    @property
    def difference(self) -> float:
        """Costs less receipts less the net total: zero but for rounding."""
        return self.costs - self.receipts - self.net


@kept
def costs(release: Release) -> pd.DataFrame:
    """Return every effect on a column of the ledger.

    Returns
    -------
    DataFrame
        Columns COST_COLUMNS. `column` names the payer or recipient, `kind` says which it is
        (cost, receipt, net, or beside: a part of no sum), `price_year` is missing for nominal
        euros. Numbers of the same persons, estimated alike and in the same prices, stand together
        in a fixed order of payers, never by size; those that lead and add up come first.
    """
    study, columns = release.study, ledger_outcomes(release.study)
    rows = effects(release)
    rows = rows[rows["outcome"].isin(columns)]
    rows["column"] = rows["outcome"].map(columns)
    rows["kind"] = rows["column"].map(_KINDS)
    years = {name: study["outcomes"][name].get("price_year") for name in columns}
    rows["price_year"] = rows["outcome"].map(years).astype("Int64")
    parts = []
    for _, group in alike_but(rows, release, _OWN):
        order = group.assign(_place=group["column"].map(ORDER.index))
        parts.append(order.sort_values(["price_year", "_place"], na_position="first"))
    parts.sort(key=lambda part: _rank(part[part["price_year"].isna()]))
    return pd.concat(parts or [rows], ignore_index=True).reindex(columns=COST_COLUMNS)


@kept
def cost_sets(release: Release) -> list[pd.DataFrame]:
    """Split the effects on the ledger into sets that add up: same persons, way and prices."""
    rows = costs(release)
    sets = [part for _, group in alike_but(rows, release, _OWN)
            for _, part in group.groupby("price_year", dropna=False, sort=False)]  # fmt: skip
    return [part.reset_index(drop=True) for part in sets if part["kind"].ne("beside").any()]


@kept
def leading_set(release: Release) -> pd.DataFrame:
    """Return the set that leads: of a main net total in nominal euros, with the most payers."""
    sets = cost_sets(release)
    return min(sets, key=_rank) if sets else costs(release).iloc[:0]


def _rank(part: pd.DataFrame) -> tuple[bool, bool, bool, int]:
    net = part[part["kind"] == "net"]
    real = bool(part["price_year"].notna().any())
    return (net.empty, not net["role"].eq("main").any(), real, len(added_up(part).missing))


def added_up(rows: pd.DataFrame) -> Sum:
    """Add up the payers of one set, to the widest layer of the net cost that it has."""
    shown = rows.loc[[is_shown(row) for _, row in rows.iterrows()]].drop_duplicates("column")
    known = shown.set_index("column")["estimate"].astype(float)

    def total(columns: Sequence[str]) -> float:
        return float(known.reindex(list(columns)).sum())

    layers = [net for net in NET_LAYERS if rows["column"].eq(net).any()] or list(NET_LAYERS)
    receipts = NET_LAYERS[layers[-1]]
    missing = [name for name in (*COSTS, *receipts, layers[-1]) if name not in known.index]
    return Sum(total(COSTS), total(receipts), total([layers[-1]]), missing)


def payers_view(rows: pd.DataFrame, release: Release, language: Language) -> pd.DataFrame:
    """Show one set as text: payer, kind, effect with interval, mean before, p; then the sum."""
    places = decimals_of_set(rows, release.study)
    lines = [
        [
            payer_label(row["column"], language),
            language.say(f"payer.kind.{row['kind']}"),
            number_text(row, places, language),
            language.number(row["baseline_mean"], places),
            language.p_number(row["p_value"]),
            row["estimand"],
        ]
        for _, row in rows.iterrows()
    ]
    total = added_up(rows)
    if len(rows) and not total.missing:
        said = language.number(total.costs - total.receipts, places, sign=True)
        summed = [language.say("payer.sum"), language.say("payer.kind.sum"), said, DASH, DASH, DASH]
        lines.insert(int(rows["kind"].ne("beside").sum()), summed)
    names = ("payer", "kind", "effect", "baseline", "p", "identifier")
    return pd.DataFrame(lines, columns=[language.say(f"costs.column.{name}") for name in names])


def adding_up_sentence(rows: pd.DataFrame, release: Release, language: Language) -> str:
    """Say that the payers add up to the net total, with the difference, or which are missing."""
    if rows.empty:
        return ""
    total = added_up(rows)
    if total.missing:
        names = [payer_label(column, language) for column in total.missing]
        hidden = rows.loc[rows["column"].isin(total.missing), "status"].eq("suppressed")
        key = "costs.not_added"
        if len(hidden) == len(total.missing) > 1 and hidden.all():  # see `subtotals`
            key = "costs.not_added.hidden"
        return language.say(key, names="; ".join(names))
    decimals = decimals_of_set(rows, release.study)
    values = {name: language.number(getattr(total, name), decimals, sign=True)
              for name in ("costs", "receipts", "net", "difference")}  # fmt: skip
    unit = lb.unit_label(rows["unit"].iloc[0], language)
    added = abs(total.difference) < 0.5 * 10.0**-decimals
    return language.say("costs.add_up" if added else "costs.do_not_add_up", unit=unit, **values)


def incomplete_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the payers of which not all were estimated for a group, in one table."""
    study, lines = release.study, []
    for part in cost_sets(release):
        if part["price_year"].notna().any() or not added_up(part).missing:
            continue
        places = decimals_of_set(part, study)
        for _, row in part.iterrows():
            what = (payer_label(row["column"], language), population_text(row, study, language))
            how = lb.sentence_case(how_text(row, study, language))
            number = number_text(row, places, language)
            lines.append([*what, how, number, language.p_number(row["p_value"]), row["estimand"]])
    place = {payer_label(column, language): k for k, column in enumerate(ORDER)}
    lines.sort(key=lambda line: place[line[0]])
    names = ("payer", "population", "specification", "effect", "p", "identifier")
    return pd.DataFrame(lines, columns=[language.say(f"costs.column.{name}") for name in names])


def cost_notes(release: Release, language: Language) -> list[str]:
    """Say what must stand by every table of costs, and whether the payers add up."""
    said = [language.say("costs.standing")]
    if costs(release)["kind"].eq("net").any():
        said.append(language.say("costs.layers"))
    if costs(release)["column"].eq("municipal_2025_cents").any():
        said.append(language.say("costs.rules_2025"))
    return [*said, *filter(None, [adding_up_sentence(leading_set(release), release, language)])]


def prices_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the leading set in nominal euros beside the same at the prices of one year."""
    study, nominal = release.study, leading_set(release)
    sets = [part for part in cost_sets(release) if part["price_year"].notna().all()]
    ways = [_way(part, study) for part in sets]
    if nominal.empty or _way(nominal, study) not in ways:
        return pd.DataFrame()
    real = sets[ways.index(_way(nominal, study))].set_index("column")
    year, places = int(real["price_year"].iloc[0]), decimals_of_set(nominal, study)
    lines = []
    for _, row in nominal[nominal["column"].isin(real.index)].iterrows():
        both = (row, real.loc[row["column"]])
        cells = [number_text(part, places, language) for part in both]
        lines.append([payer_label(row["column"], language), *cells])
    heads = [language.say("costs.column.payer"), language.say("costs.column.nominal")]
    heads.append(language.say("costs.column.real", year=year))
    return pd.DataFrame(lines, columns=heads)


def payer_label(column: str, language: Language) -> str:
    """Name a payer, a recipient or the net total."""
    return language.say(f"payer.{column.removesuffix('_cents')}")


def set_text(rows: pd.DataFrame, release: Release, language: Language) -> str:
    """Say whom a set is about, how it was estimated, and in which unit and prices."""
    first, study = rows.iloc[0], release.study
    year = first["price_year"]
    nominal = pd.isna(year)
    prices = (
        language.say("costs.nominal") if nominal else language.say("costs.real", year=int(year))
    )
    design = lb.design_label(first["design"], language)
    parts = [population_text(first, study, language), design, how_text(first, study, language)]
    unit = lb.unit_label(first["unit"], language)
    return "; ".join([*parts, f"{unit}, {prices}"])


def _way(rows: pd.DataFrame, study: Study) -> str:
    return settings(study["estimands"][rows["estimand"].iloc[0]], _OWN)


def decimals_of_set(rows: pd.DataFrame, study: Study) -> int:
    """Give the decimals that every number of a set is shown with: the most of any."""
    return max((int(study["outcomes"][name]["decimals"]) for name in rows["outcome"]), default=2)


def _prices(year: Any, language: Language) -> str:
    if pd.isna(year):
        return lb.sentence_case(language.say("costs.nominal"))
    return lb.sentence_case(language.say("costs.real", year=int(year)))


COST_EFFECTS = ResultTable(
    "costs",
    costs,
    columns=(
        Column("column", words=lambda row, _, said: payer_label(row["column"], said), width=34),
        Column("kind", words=lambda row, _, said: said.say(f"payer.kind.{row['kind']}")),
        Column("price_year", words=lambda row, _, said: _prices(row["price_year"], said)),
        *("population", "design", "how", *INTERVAL, "unit", *P_VALUE, "baseline_mean"),
        *(DETECTABLE, "status"),
    ),
    on_screen=("estimand",),
    if_several=("inference",),
    when=lambda declared: bool(ledger_outcomes(declared.study)),
    first=cost_notes,
)
