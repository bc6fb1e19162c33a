"""From true tables to tables that may leave, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.disclosure.engine.intervals import Knowledge
from kuntakokeilu.disclosure.engine.primary import Sensitive, is_count, sensitive
from kuntakokeilu.disclosure.engine.profile import SourceProfile
from kuntakokeilu.disclosure.engine.relations import Relation, Same
from kuntakokeilu.disclosure.engine.rounding import coarse, reach_of, rounded_count
from kuntakokeilu.disclosure.engine.secondary import UnprotectableError, hide
from kuntakokeilu.disclosure.engine.sequence import EarlierRelease, changes_of_few
from kuntakokeilu.disclosure.engine.system import (
    COUNTS,
    SHOWN,
    Arrays,
    Label,
    System,
    as_arrays,
    keys,
    of_tables,
)
from kuntakokeilu.errors import InputError, some

# ASSUME: a reader holds a hidden number possible that is twice as large, or ten times the limit.
TWICE = 2.0
TIMES_LIMIT = 10


@dataclass(frozen=True)
class Protected:
    """Tables that may leave.

    Attributes
    ----------
    tables : dict of str to DataFrame
        By table: its key columns, `n`, and `k`, `share` (k of n, per cent), `sum` and `mean` if it
        has them; hidden numbers are missing; `status` is ok or suppressed.
    hidden : DataFrame
        `table`, `row` (from 1), `measure`, `reason` of each hidden number, and no number.
    lost : dict of str to int
        `numbers`; `hidden`, of which `few` for their own sake; `naive`: what would be hidden if all
        that adds up with a hidden number were.
    release : EarlierRelease
        What is to be remembered for releases to come. It stays inside.
    """

    tables: dict[str, pd.DataFrame]
    hidden: pd.DataFrame
    lost: dict[str, int]
    release: EarlierRelease


def joined(one: Protected | None, other: Protected | None) -> Protected | None:
    """Put together what was done with two sets of tables that share no name.

    Returns
    -------
    Protected or None
        The tables, log, losses and memory of both; None of none.
    """
    if one is None or other is None:
        return other if one is None else one
    return Protected(
        one.tables | other.tables,
        pd.concat([one.hidden, other.hidden], ignore_index=True),
        {name: one.lost[name] + other.lost[name] for name in one.lost},
        EarlierRelease(
            one.release.name,
            {**one.release.true, **other.release.true},
            {**one.release.shown, **other.release.shown},
            {**one.release.beside, **other.release.beside},
        ),
    )


def protect(
    tables: Mapping[str, pd.DataFrame],
    relations: Sequence[Relation],
    profile: SourceProfile,
    earlier: Sequence[EarlierRelease] = (),
    name: str = "release",
    hidden_before: Collection[Label] = (),
) -> Protected:
    """Hide what may not be seen in linked tables, and what it takes that nobody can work it out.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        One row per cell: `n` persons, perhaps `k` of them with a trait, `sum` of amounts, `top1`,
        `top2`, `n_payers` and `payer_top1` behind it; `sources` joined by ;. All other columns say
        which cell it is. A missing `n` is refused: nobody could say what follows of it.
    relations : sequence of Relation
        What anybody knows of the tables. A table without any is refused; `Alone` says that there
        is nothing to know.
    profile : SourceProfile
        SourceLimits of each source, and the rounding.
    earlier : sequence of EarlierRelease
        What was released before of the same cells, the oldest first.
    name : str
        Of this release.
    hidden_before : collection of Label
        Numbers that are hidden in any case: (table, values of its key columns, measure).

    Returns
    -------
    Protected
        The same for the same tables, whatever the order of their rows.

    Raises
    ------
    InputError
        A table is wrong, or has no relation; a relation does not hold; a source has no limits; a
        number cannot be protected, since earlier releases tell it; the solver gives no answer.

    Examples
    --------
    >>> from kuntakokeilu.disclosure.engine import SourceLimits, SourceProfile, AddsUp
    >>> wards = pd.DataFrame({"ward": ["A", "B", "C", "D", "all"], "n": [40, 3, 25, 18, 86]})
    >>> wards["sources"] = "hospital"
    >>> limits = SourceProfile("hospital", {"hospital": SourceLimits(persons=5)})
    >>> safe = protect({"wards": wards}, [AddsUp("wards", "ward", "all")], limits)
    >>> safe.tables["wards"]["n"].tolist()  # one alone would be the total less the others
    [40, <NA>, 25, <NA>, 86]
    """
    _refuse_unrelated(tables, relations)
    system = of_tables(tables, profile)
    for relation in sorted(relations, key=lambda each: (type(each).__name__, each.tables)):
        relation.write(system)
    secret = sensitive(system)
    arrays = as_arrays(system)
    told = _shown(system, arrays, profile, relations, earlier)
    must = _must(arrays, set(secret) | set(hidden_before), earlier)
    width = np.array([secret[la].width if la in secret else 0.0 for la in arrays.labels])
    width = np.maximum(width, changes_of_few(system, arrays, earlier))
    try:
        hidden = hide(
            arrays, _knowledge(arrays, told, profile, earlier), must, width,
            _costs(system, arrays), _follows(arrays),
        )  # fmt: skip
    except UnprotectableError as stop:
        raise InputError(
            f"table {stop.label[0]}: a number of {stop.label[2]} follows from what is known "
            "already, whatever else is hidden; nothing is released"
        ) from None
    gone = {label for label, out in zip(arrays.labels, hidden, strict=True) if out}
    return Protected(
        {table: _released(system, table, told, gone) for table in tables},
        _log(system, gone, secret),
        _lost(system, gone, secret),
        EarlierRelease(
            name,
            {label: system.values[label] for label in system.public},
            {label: told[label] for label in system.public - gone},
        ),
    )


def _refuse_unrelated(tables: Mapping[str, pd.DataFrame], relations: Sequence[Relation]) -> None:
    named = {table for relation in relations for table in relation.tables}
    if unknown := sorted(named - set(tables)):
        raise InputError(f"relations: no table {some(unknown)}; there are {some(sorted(tables))}")
    if bare := sorted(set(tables) - named):
        raise InputError(
            f"table {some(bare)}: no relation says what is known of it; Alone says that nothing is"
        )


def _shown(
    system: System,
    arrays: Arrays,
    profile: SourceProfile,
    relations: Sequence[Relation],
    earlier: Sequence[EarlierRelease],
) -> dict[Label, float]:
    """Give what each number would be shown as: rounded, or as before if it hardly moved."""
    name = _names(system, relations)
    told: dict[Label, float] = {}
    for label in arrays.labels:
        value = system.values[label]
        if label not in system.public or not is_count(label):
            told[label] = value
            continue
        told[label] = rounded_count(value, profile.base, profile.key, repr(name[label]))
        for release in earlier:
            if label in release.shown and _few_moved(value, release.shown[label], system, label):
                told[label] = release.shown[label]
    return told


def _names(system: System, relations: Sequence[Relation]) -> dict[Label, Label]:
    """Give cells of the same persons one name, so that they are rounded alike."""
    name = {label: label for label in system.values}
    if not any(isinstance(relation, Same) for relation in relations):
        return name
    for _ in system.tables:  # as often as names may travel from table to table
        for terms in system.equations:
            if sorted(terms.values()) == [-1.0, 1.0] and set(terms) <= system.public:
                least = min((name[label] for label in terms), key=repr)
                name |= dict.fromkeys(terms, least)
    return name


def _few_moved(value: float, before: float, system: System, label: Label) -> bool:
    return abs(value - before) <= system.limits[label].persons


def _must(
    arrays: Arrays, secret: Collection[Label], earlier: Sequence[EarlierRelease]
) -> np.ndarray:
    """Select what is sensitive, and what was hidden before and hardly moved."""
    must = np.array([label in secret for label in arrays.labels], dtype=bool) & arrays.public
    for release in earlier:
        for at, label in enumerate(arrays.labels):
            if label in release.true and label not in release.shown:
                moved = abs(arrays.values[at] - release.true[label])
                must[at] |= moved <= arrays.persons[at]
    return must & arrays.public


def _knowledge(
    arrays: Arrays,
    told: Mapping[Label, float],
    profile: SourceProfile,
    earlier: Sequence[EarlierRelease],
) -> Knowledge:
    """Say what is known of each number, shown or hidden."""
    n = len(arrays.labels)
    shown, hidden = np.zeros((2, n)), np.zeros((2, n))
    hidden[1] = np.maximum(TWICE * arrays.values, arrays.values + TIMES_LIMIT * arrays.persons)
    # What no table shows is no more than all there is, twice: a programme has to end.
    most = TWICE * hidden[1].sum()
    hidden[1] = np.where(arrays.public, _as_multiples(arrays, hidden[1]), most)
    shown[:] = hidden
    for at, label in enumerate(arrays.labels):
        if not arrays.public[at]:
            continue
        value, least = arrays.values[at], arrays.persons[at]
        if not is_count(label):
            shown[:, at] = value
            continue
        base = profile.base
        low, high = reach_of(told[label], base, profile.key is not None)
        if base > 1 and low > 0:
            low = max(low, least)  # what is shown is no fewer
        shown[:, at] = min(low, value), max(high, value)
        for release in earlier:  # the last that showed it is the one that counts
            if label in release.shown and abs(value - release.shown[label]) <= least:
                before = release.shown[label]
                if not low <= value <= high:  # shown as before: moved by no more than the limit
                    shown[:, at] = max(0.0, before - least), before + least
                hidden[:, at] = shown[:, at]  # whoever saw it then knows as much if it is hidden
    return Knowledge(shown, hidden)


def _as_multiples(arrays: Arrays, most: np.ndarray) -> np.ndarray:
    """Hold of a number possible what is of the one whose multiple it is."""
    pairs = [line for line in arrays.lines if len(line[0]) == 2]
    for _ in range(2):
        for (one, other), (a, b) in pairs:
            most[one] = max(most[one], most[other] * b / a)
            most[other] = max(most[other], most[one] * a / b)
    return most


def _costs(system: System, arrays: Arrays) -> np.ndarray:
    """Give what is lost if a number is hidden: more in rows with many persons."""
    persons = [
        system.values[label[0], label[1], "n"] if label in system.public else 0.0
        for label in arrays.labels
    ]
    return 1.0 + np.log1p(persons)


def _follows(arrays: Arrays) -> list[tuple[int, int]]:
    """Hide with the persons of a row what is said of them."""
    place = {label: at for at, label in enumerate(arrays.labels)}
    return [
        (at, place[label[0], label[1], measure])
        for at, label in enumerate(arrays.labels)
        if arrays.public[at] and label[2] == "n"
        for measure in SHOWN[1:]
        if (label[0], label[1], measure) in place
    ]


def _released(
    system: System, table: str, told: Mapping[Label, float], gone: set[Label]
) -> pd.DataFrame:
    """Write a table as it leaves."""
    frame = system.tables[table]
    measures = [measure for measure in SHOWN if measure in frame]
    shown = {
        measure: [_number(told, (table, key, measure), gone) for key in system.rows(table)]
        for measure in measures
    }
    made = frame[keys(frame)].copy()
    for measure in COUNTS:
        if measure in shown:
            made[measure] = pd.array(shown[measure], dtype="Int64")
    if "k" in shown:
        shares = [_quotient(k, n, 100) for k, n in zip(shown["k"], shown["n"], strict=True)]
        made["share"] = pd.array(shares, dtype="Float64")
    if "sum" in shown:
        sums = [None if x is None else coarse(x, digits=4) for x in shown["sum"]]
        made["sum"] = pd.array(sums, dtype="Float64")
        means = [_quotient(x, n) for x, n in zip(sums, shown["n"], strict=True)]
        made["mean"] = pd.array(means, dtype="Float64")
    blank = [None in row for row in zip(*shown.values(), strict=True)]
    made["status"] = np.where(blank, "suppressed", "ok")
    return made


def _number(told: Mapping[Label, float], label: Label, gone: set[Label]) -> float | None:
    return None if label in gone else told[label]


def _quotient(part: float | None, n: float | None, times: float = 1.0) -> float | None:
    return None if part is None or not n else coarse(times * part / n, digits=3)


def _log(system: System, gone: set[Label], secret: Mapping[Label, Sensitive]) -> pd.DataFrame:
    """Say why each hidden number is hidden, by its place."""
    place = {
        (table, key): number
        for table in system.tables
        for number, key in enumerate(system.rows(table), start=1)
    }
    lines = [
        (la[0], place[la[0], la[1]], la[2], secret[la].reason if la in secret else "beside_others")
        for la in gone
    ]
    return pd.DataFrame(sorted(lines), columns=["table", "row", "measure", "reason"])


def _lost(system: System, gone: set[Label], secret: Mapping[Label, Sensitive]) -> dict[str, int]:
    own = gone & set(secret)
    return {
        "numbers": len(system.public),
        "hidden": len(gone),
        "few": len(own),
        "naive": _naive(system, secret),
    }


def _naive(system: System, secret: Mapping[Label, Sensitive]) -> int:
    """Count what would be hidden if everything that adds up with a sensitive number were."""
    hidden = {label for label in secret if label in system.public}
    parts: set[Label] = set(hidden)
    for terms in system.equations:
        if not set(secret).isdisjoint(terms):
            parts |= set(terms) & system.public
    return len(parts)
