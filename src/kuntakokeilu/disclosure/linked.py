"""The counts of a release that hang together, through the engine: the last word on them.

The guards of single tables choose by what their numbers mean; here is proved that no count of few
persons follows from all of them together, and what would let one follow is hidden as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.contracts import ELIGIBILITY_DEFINITIONS, FLOW_STEPS, SURVEY_NUMBERS
from kuntakokeilu.disclosure.engine import (
    AddsUp,
    Alone,
    Among,
    EarlierRelease,
    Nested,
    Protected,
    Relation,
    Same,
    SourceLimits,
    SourceProfile,
    SumOf,
    protect,
)
from kuntakokeilu.disclosure.engine.system import Label, rows
from kuntakokeilu.disclosure.release import rounding_bases
from kuntakokeilu.disclosure.survey_response import no_finer_than_counts
from kuntakokeilu.study import DisclosureProfile

_SHARED = FLOW_STEPS[:2]  # the same persons in every sample
_WHOLE, _FLAGS = ELIGIBILITY_DEFINITIONS[:3], ELIGIBILITY_DEFINITIONS[3:5]
_ARMS = ("n_persons", "n_clients"), ("n_eligible", "n_both")
_COUNTS = {
    "flow": ("n_persons", "n_person_months"),
    "eligibility": ("n_persons", "n_eligible", "n_clients", "n_both"),
    "survey_response": SURVEY_NUMBERS,
}


@dataclass(frozen=True)
class Linked:
    """Counts as the engine takes them, and where each of its rows comes from.

    Attributes
    ----------
    tables : dict of str to DataFrame
        By name in the engine.
    relations : list of Relation
        What is known of them.
    origin : dict of (str, tuple) to (str, int)
        Table and row of the engine to a released table and its row, by position.
    hidden : set of Label
        What the guards have hidden.
    """

    tables: dict[str, pd.DataFrame]
    relations: list[Relation]
    origin: dict[tuple[str, tuple[object, ...]], tuple[str, int]]
    hidden: set[Label]


def protect_linked(
    released: Mapping[str, pd.DataFrame],
    restricted: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
    earlier: Sequence[EarlierRelease] = (),
) -> tuple[dict[str, pd.DataFrame], Protected | None]:
    """Hide what lets counts of few persons follow from flow, eligibility and survey together.

    Parameters
    ----------
    released : mapping of str to DataFrame
        Tables as their guards let them leave; those of this module among them, if a study has
        them.
    restricted : mapping of str to DataFrame
        The same with all counts.
    profile : DisclosureProfile
        The minimum count. Without one nothing is hidden.
    earlier : sequence of EarlierRelease
        What was released before.

    Returns
    -------
    tables : dict of str to DataFrame
        Those of this module, a row with a number hidden by the engine blank and suppressed.
    protected : Protected or None
        What the engine did; None if there is nothing to protect.
    """
    mine = {name: released[name] for name in _COUNTS if name in released and len(released[name])}
    if not mine or profile.min_persons == 0:
        return dict(mine), None
    linked = link({name: restricted[name] for name in mine}, mine)
    limits = SourceProfile(
        profile.profile, {"registers": SourceLimits(persons=profile.min_persons)}
    )
    done = protect(linked.tables, linked.relations, limits, earlier, hidden_before=linked.hidden)
    gone = {(la[0], la[1]) for la in set(done.release.true) - set(done.release.shown)}
    made = {}
    for name, frame in mine.items():
        shown = frame.reset_index(drop=True)
        for (table, key, measure), told in done.release.shown.items():
            of, at = linked.origin[table, key]
            if of == name:  # what moved by few is shown as an earlier release showed it
                column = _measured(name, table)[measure]
                if shown[column].notna()[at]:
                    shown.loc[at, column] = round(told)
        for key in gone:
            table, at = linked.origin[key]
            if table == name:
                shown.loc[at, list(_columns_of(name, key[0]))] = pd.NA
                shown.loc[at, "status"] = "suppressed"
        made[name] = _beside_counts(name, shown, restricted[name], profile)
    return made, done


def _beside_counts(
    name: str, shown: pd.DataFrame, true: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """Make numbers beside counts such that they tell no more of these than is shown.

    A count that is shown as before, though few came or went, would be told by the months of these
    or by a rate to two decimals.
    """
    if name == "flow":
        base = rounding_bases(profile)["n_person_months"]
        return shown.assign(n_person_months=months_of_shown(shown, true, base))
    if name == "survey_response":
        return no_finer_than_counts(shown, true, profile.min_persons)
    return shown


def months_of_shown(shown: pd.DataFrame, true: pd.DataFrame, base: int) -> pd.Series:
    """Make person-months those of the persons that are shown, as multiples of a base."""
    true = true.reset_index(drop=True)
    persons = true["n_persons"].astype("Float64").mask(true["n_persons"].eq(0))
    share = (shown["n_persons"].astype("Float64") / persons).fillna(1.0)
    months = true["n_person_months"].astype("Float64") * share
    rounded = (months / base).round().mul(base).astype("Int64")
    return rounded.mask(shown["n_person_months"].isna())


def _columns_of(name: str, table: str) -> tuple[str, ...]:
    """Give the columns that go with a row of a table of the engine.

    Who is eligible is hidden beside persons and clients of the arm, which are the same by every
    definition.
    """
    return _ARMS[1] if name == "eligibility" and table.startswith("eligible ") else _COUNTS[name]


def _measured(name: str, table: str) -> dict[str, str]:
    """Give the columns that are the numbers n and k of a table of the engine."""
    if name == "eligibility":
        return dict(zip("nk", _ARMS[table.startswith("eligible ")], strict=True))
    return dict(zip("nk", _COUNTS[name], strict=False))


def link(restricted: Mapping[str, pd.DataFrame], released: Mapping[str, pd.DataFrame]) -> Linked:
    """Write counts as tables of the engine, with what anybody knows of them.

    Parameters
    ----------
    restricted, released : mapping of str to DataFrame
        FLOW, ELIGIBILITY and SURVEY_RESPONSE with all counts, and as their guards let them leave;
        rows of both in the same order.
    """
    made = Linked({}, [], {}, set())
    if "flow" in restricted:
        _add_flow(made, restricted["flow"], released["flow"])
    if "eligibility" in restricted:
        _add_eligibility(made, restricted["eligibility"], released["eligibility"])
    if "survey_response" in restricted:
        _add_survey(made, restricted["survey_response"], released["survey_response"])
    if set(restricted) >= {"flow", "eligibility"}:
        _join(made, restricted["flow"])
    named = {table for relation in made.relations for table in relation.tables}
    made.relations.extend([Alone(table) for table in made.tables if table not in named])
    return made


def _add(made: Linked, name: str, frame: pd.DataFrame, of: str, hidden: pd.Series) -> None:
    """Take in a table whose index is the position of its rows in a released one."""
    table = frame.assign(sources="registers")
    made.tables[name] = table
    for key, at, out in zip(rows(table), frame.index, hidden, strict=True):
        made.origin[name, key] = (of, int(at))
        if out:
            made.hidden.update((name, key, m) for m in ("n", "k") if m in table)


def _add_flow(made: Linked, flow: pd.DataFrame, released: pd.DataFrame) -> None:
    """Steps are nested; the first two are the same everywhere; every sample is of job seekers."""
    flow, shown = flow.reset_index(drop=True), released.reset_index(drop=True)
    hidden = shown["n_persons"].isna()
    samples = [
        (s, c) for s, c in flow[["sample", "cohort"]].drop_duplicates().itertuples(index=False)
    ]
    names = {(s, c): f"flow {s} {'' if pd.isna(c) else c}".strip() for s, c in samples}
    for (sample, cohort), name in names.items():
        mine = flow["sample"].eq(sample)
        mine &= flow["cohort"].isna() if pd.isna(cohort) else flow["cohort"].eq(cohort)
        part = flow.loc[mine, ["position", "step", "n_persons"]].rename(columns={"n_persons": "n"})
        _add(made, name, part, "flow", hidden[mine])
        made.relations.append(Nested(name, "position", ("step",)))
    first, *others = names.values()
    made.relations.extend(
        [Same(first, o, ("step",), (("step", s),)) for o in others for s in _SHARED]
    )
    seekers = next((n for (sample, _), n in names.items() if sample == "job_seekers"), None)
    for name in names.values() if seekers is not None else ():
        if name != seekers:
            made.relations.extend(
                [
                    Among(name, str(seekers), ("step",), (("step", step),))
                    for step in FLOW_STEPS
                    if step not in _SHARED and _nested(made, name, str(seekers), step)
                ]
            )


def _nested(made: Linked, inner: str, outer: str, step: str) -> bool:
    """Tell whether a step of a sample can be among the same step of another."""
    sizes = [
        int(made.tables[name].loc[made.tables[name]["step"].eq(step), "n"].sum())
        for name in (inner, outer)
    ]
    return sizes[0] <= sizes[1]


def _add_eligibility(made: Linked, eligibility: pd.DataFrame, released: pd.DataFrame) -> None:
    """Eligible or not, clients or not; the same persons by each definition, which hold flags."""
    frame, shown = eligibility.reset_index(drop=True), released.reset_index(drop=True)
    definitions = list(dict.fromkeys(frame["definition"]))
    for definition in definitions:
        mine = frame["definition"].eq(definition)
        for name, columns in (("all", _ARMS[0]), ("eligible", _ARMS[1])):
            part = frame.loc[mine, ["in_trial_area", *columns]]
            part = part.rename(columns=dict(zip(columns, ("n", "k"), strict=True)))
            hidden = shown.loc[mine, columns[0]].isna()
            _add(made, f"{name} {definition}", part, "eligibility", hidden)
        on = ("in_trial_area",)
        made.relations.append(Among(f"eligible {definition}", f"all {definition}", on))
        if definition != definitions[0]:
            made.relations.append(Same(f"all {definition}", f"all {definitions[0]}", on))
    made.relations.extend(
        [
            Among(f"eligible {flag}", f"eligible {whole}", ("in_trial_area",))
            for whole in _WHOLE
            for flag in _FLAGS
            if {whole, flag} <= set(definitions)
        ]
    )


def _add_survey(made: Linked, response: pd.DataFrame, released: pd.DataFrame) -> None:
    """Both arms add up to all, of those asked and of those who answered."""
    frame, shown = response.reset_index(drop=True), released.reset_index(drop=True)
    part = frame[["wave", "arm", "n_asked", "n_answered"]]
    part = part.rename(columns={"n_asked": "n", "n_answered": "k"})
    _add(made, "survey", part, "survey_response", shown["n_asked"].isna())
    made.relations.append(AddsUp("survey", "arm", "all"))


def _join(made: Linked, flow: pd.DataFrame) -> None:
    """Both arms of the eligibility together are a stock of the flow."""
    arms = next(name for name in made.tables if name.startswith("all "))
    both = int(made.tables[arms]["n"].sum())
    for name in made.tables:
        if name.startswith("flow stock"):
            table = made.tables[name]
            last = table["step"].eq("in_sample") & table["n"].eq(both)
            if last.any():
                made.relations.append(SumOf(name, (("step", "in_sample"),), arms))
