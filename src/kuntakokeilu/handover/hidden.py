"""The disclosure log: what was hidden, rounded or left out and why, in words and without a value.

And beside it, in which band the persons behind shown rows are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.disclosure.reasons import amounts_told, bands, reasons_hidden
from kuntakokeilu.disclosure.release import rounding_bases
from kuntakokeilu.handover.archive import MOST_FILES
from kuntakokeilu.handover.contents import PAGES
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.study import DisclosureProfile

# Columns that count persons, or months of persons, in any released table.
PERSONS = ("n_persons", "n_eligible", "n_clients", "n_both", "n_asked", "n_answered")
MONTHS = ("n_person_months",)
LOG = ("file", "row", "columns", "action", "reason")  # and what it says in each language
HIDDEN, ROUNDED, LEFT_OUT = "hidden", "rounded", "left out"
BEHIND = ("file", "row", "persons", "payers", "largest_share")
TOGETHER, DIFFERS, ROUNDED_TO = "together", "differs", "rounded"
_SHOWN = ("ok", "failed_diagnostic")


@dataclass(frozen=True)
class MadeOf:
    """What a release was made of, as it stays inside.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        By name in `disclosure.restricted_tables`.
    ledger : DataFrame or None
        Which outcomes are columns of the ledger, as `disclosure.sums.sums_of_payers` takes them.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    ledger: pd.DataFrame | None = None


def disclosure_log(
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
    made_of: MadeOf,
    left_out: Mapping[str, str],
    readers: Sequence[Language],
) -> pd.DataFrame:
    """List what disclosure control did to the tables of a release.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Released tables by name.
    profile : DisclosureProfile
        By which they were checked.
    made_of : MadeOf
        What they were made of, which tells the reasons.
    left_out : mapping of str to str
        Files that are not in the package, and why.
    readers : sequence of Language
        In which the reasons are told.

    Returns
    -------
    DataFrame
        Columns LOG, and the reason in words in a column for each language. A line for each row
        that has a number hidden, named by what names the row, and one for each column that is
        rounded and each file left out. No value, neither hidden nor shown.

    Raises
    ------
    InputError
        A row is not of what the release was made of.
    """
    lines = [
        line for name, table in tables.items() for line in _lines(name, table, profile, made_of)
    ]
    lines += [(file, "all", "all", LEFT_OUT, why) for file, why in left_out.items()]
    known = {"pages": PAGES, "files": MOST_FILES, "least": profile.min_persons}
    log = pd.DataFrame(lines, columns=list(LOG))
    bases = [_base_of(column, profile) for column in log["columns"]]
    words = {
        reader.code: [
            reader.say(f"handover.reason.{why}", base=reader.number(base, 0), **known)
            for why, base in zip(log["reason"], bases, strict=True)
        ]
        for reader in readers
    }
    return log.assign(**words)


def persons_behind_rows(
    tables: Mapping[str, pd.DataFrame], profile: DisclosureProfile, made_of: MadeOf
) -> pd.DataFrame:
    """Say of each shown row how many persons stand behind it, in bands.

    Parameters
    ----------
    tables, profile, made_of
        See `disclosure_log`.

    Returns
    -------
    DataFrame
        Columns BEHIND: the fewest persons in any arm and period behind a row that shows a number,
        and of euros what `reasons.amounts_told` says.
        No row that is hidden; nothing of published statistics.

    Raises
    ------
    InputError
        A shown row rests on fewer persons than the profile asks for.
    """
    parts = [pd.DataFrame(columns=list(BEHIND))]
    for name, table in tables.items():
        shown = shown_rows(name, table)
        found = bands(name, shown, table, made_of.tables, profile)
        if found is not None:
            rows = row_names(table[shown], key_columns(name, table))
            told = {"file": f"release/{name}.csv", "row": rows, "persons": found.to_numpy()}
            euros = amounts_told(name, shown, table, made_of.tables, profile)
            parts.append(pd.DataFrame(told | {c: euros[c].to_numpy() for c in euros}))
    return pd.concat(parts, ignore_index=True)


def hidden_rows(name: str, table: pd.DataFrame) -> pd.Series:
    """Tell which rows of a released table have a number hidden.

    Returns
    -------
    Series of bool
        By the status of the row; of a check, its statistic; of a mean by arm, that a period with
        values has none.
    """
    if "status" in table:
        return table["status"].eq("suppressed")
    if "statistic" in table:
        return table["statistic"].eq("suppressed")
    if name == "coverage":
        return table["mean"].isna() & table["n_known"].fillna(0).gt(0)
    return pd.Series(False, index=table.index)


def shown_rows(name: str, table: pd.DataFrame) -> pd.Series:
    """Tell which rows of a released table show a number."""
    if "status" in table:
        return table["status"].isin(_SHOWN)
    if name == "coverage":
        return table["mean"].notna()
    return ~hidden_rows(name, table)


def rounded_to(table: pd.DataFrame, profile: DisclosureProfile) -> dict[str, int]:
    """Tell what each count of persons in a released table is rounded to, from its values.

    Returns
    -------
    dict of str to int
        Column to the base of which every value is a multiple, 0 where one is none; empty under a
        profile that asks for no minimum.
    """
    bases = rounding_bases(profile)
    if not bases:
        return {}
    wanted = dict.fromkeys(PERSONS, bases["n_persons"])
    wanted |= dict.fromkeys(MONTHS, bases["n_person_months"])
    counted = {name: table[name].dropna() for name in wanted if name in table}
    return {
        name: wanted[name] if (values % wanted[name]).eq(0).all() else 0
        for name, values in counted.items()
        if len(values)
    }


def key_columns(name: str, table: pd.DataFrame) -> list[str]:
    """Give the columns that name a row: those its contract says, else all of text."""
    contract = RELEASED_TABLES[name].contract
    if contract.unique:
        return [column for column in contract.unique if column in table]
    texts = [n for n, c in contract.columns.items() if str(c.dtype) in ("str", "object", "string")]
    return [n for n in texts if n in table and n not in ("status", "identified", "statistic")]


def row_names(table: pd.DataFrame, key: Iterable[str]) -> list[str]:
    """Name rows by what their key columns hold, empty ones left out."""
    text = table[list(key)].astype(object).where(table[list(key)].notna(), "").astype(str)
    return [" ".join(filter(None, row)) for row in text.itertuples(index=False, name=None)]


def _base_of(column: str, profile: DisclosureProfile) -> int:
    bases = rounding_bases(profile)
    return bases.get("n_person_months" if column in MONTHS else "n_persons", 0)


def _without_baseline(
    file: str, name: str, table: pd.DataFrame, made_of: MadeOf
) -> list[tuple[str, ...]]:
    """List the shown rows that have lost their baseline, since two of them would tell of few."""
    if "estimates" not in made_of.tables or "baseline_mean" not in table:
        return []
    frame = made_of.tables["estimates"]
    known = set(frame.loc[frame["baseline_mean"].notna(), "estimand"])
    gone = table["status"].isin(_SHOWN) & table["baseline_mean"].isna()
    rows = table[gone & table["estimand"].isin(known)]
    names = row_names(rows, key_columns(name, table))
    return [(file, row, "baseline_mean", HIDDEN, DIFFERS) for row in names]


def _lines(
    name: str, table: pd.DataFrame, profile: DisclosureProfile, made_of: MadeOf
) -> list[tuple[str, ...]]:
    file = f"release/{name}.csv"
    which = hidden_rows(name, table)
    hidden = table[which]
    why = reasons_hidden(name, which, table, made_of.tables, profile, made_of.ledger)
    numbers = [
        column
        for column, rule in RELEASED_TABLES[name].contract.columns.items()
        if str(rule.dtype) in ("float64", "Int64") and column in table
    ]
    lines: list[tuple[str, ...]] = []
    for row, empty, reason in zip(
        row_names(hidden, key_columns(name, table)),
        hidden[numbers].isna().to_numpy(),
        why,
        strict=True,
    ):
        gone = " ".join(n for n, is_gone in zip(numbers, empty, strict=True) if is_gone)
        lines.append((file, row, gone, HIDDEN, str(reason)))
    if name == "estimates" and profile.min_persons and table["n_persons"].notna().any():
        blank = table[table["status"].isin(_SHOWN) & table["n_persons"].isna()]
        both = " ".join(column for column in (*PERSONS[:1], *MONTHS) if column in table)
        names = row_names(blank, key_columns(name, table))
        lines += [(file, row, both, HIDDEN, TOGETHER) for row in names]
    if name == "estimates":
        lines += _without_baseline(file, name, table, made_of)
    for column, base in rounded_to(table, profile).items():
        if base:
            lines.append((file, "all", column, ROUNDED, ROUNDED_TO))
    return lines
