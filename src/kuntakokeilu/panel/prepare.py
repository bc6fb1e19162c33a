"""Register tables to person-months: every step, and what went where."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from kuntakokeilu.contracts import (
    CONSERVATION,
    REGISTER_SAMPLES,
    SAMPLES,
    SURVEY_RESPONSE,
    conform,
)
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts import Classification, LedgerRules
from kuntakokeilu.panel import conservation, outcomes, residence
from kuntakokeilu.panel.database import keep, load, workplace
from kuntakokeilu.panel.eligibility import no_overlap, overlap
from kuntakokeilu.panel.flow import conserve, flow
from kuntakokeilu.panel.ledger import open_ledger
from kuntakokeilu.panel.persons import number_persons
from kuntakokeilu.panel.register_reach import find_reach
from kuntakokeilu.panel.samples import make_samples
from kuntakokeilu.panel.since_entry import COUNTED_FROM
from kuntakokeilu.panel.sums import write_sums
from kuntakokeilu.panel.survey import add_answers
from kuntakokeilu.panel.survey_response import survey_response
from kuntakokeilu.study import PanelSettings, Split


@dataclass(frozen=True)
class PanelReports:
    """What is known of the person-months beside the files.

    Attributes
    ----------
    flow : DataFrame
        From the extract to each sample: contract FLOW.
    eligibility : DataFrame
        Frozen eligibility against clients of trial offices: contract ELIGIBILITY.
    conservation : DataFrame
        What went in, came out and was left out: contract CONSERVATION.
    survey_response : DataFrame
        Who answered a survey: contract SURVEY_RESPONSE; empty without the sample or a trial.
    """

    flow: pd.DataFrame
    eligibility: pd.DataFrame
    conservation: pd.DataFrame
    survey_response: pd.DataFrame


def prepare(
    tables: Path | Sequence[Path],
    settings: PanelSettings,
    classification: Classification,
    rules: LedgerRules | None,
    areas: pd.DataFrame | None,
    start: str | None,
    out: Path,
    *,
    samples: Iterable[str] = REGISTER_SAMPLES,
    trial_offices: frozenset[str] = frozenset(),
    columns: Collection[str] | None = None,
    splits: Mapping[str, Sequence[Split]] | None = None,
    reach: pd.DataFrame | None = None,
) -> PanelReports:
    """Make the person-months of each sample, or their sums.

    Parameters
    ----------
    tables : Path or sequence of Path
        Folder of typed register tables, `<table>.parquet`; several, if they are in shards and the
        persons of all are wanted.
    settings : PanelSettings
        Dates, samples, definitions.
    classification : Classification
        The study's municipalities.
    rules : LedgerRules or None
        Who pays what; without them the columns of the ledger are missing.
    areas : DataFrame or None
        The trial's areas (arm, unit); None without a trial.
    start : str or None
        Its first month, YYYY-MM.
    out : Path
        Folder for `<sample>.parquet`, contract PERSON_MONTHS, and for sums. Each file is written
        whole or not at all.
    samples : iterable of str
        Which of stock, inflow, job_seekers and survey to make.
    trial_offices : frozenset of str
        Office codes of the trial, for the overlap of eligibility.
    columns : collection of str, optional
        Outcomes that are used, and who paid them; the others are missing, which saves most of the
        time. Default: all.
    splits : mapping of str to sequence of Split, optional
        Sample of registers to its populations and strata: of these samples no person-months are
        written but a folder `<sample>` with their sums (`sums.write_sums`).
    reach : DataFrame, optional
        Contract REACH, told from all shards. Default: told from these tables.

    Returns
    -------
    PanelReports
        Exclusion flow, overlap and conservation.

    Raises
    ------
    InputError
        A register table, year or municipality is missing, or numbers do not add up.
    """
    asked = set(samples)
    wanted = [sample for sample in SAMPLES if sample in asked]
    if asked != set(wanted):
        unknown = some(sorted(asked - set(wanted)))
        raise InputError(f"samples: expected some of {', '.join(SAMPLES)}, found {unknown}")
    splits = splits or {}
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".panel-") as folder:
        mine = {sample: splits[sample] for sample in wanted if sample in splits}
        parts = {s: Path(folder) / f"{s}.parquet" for s in wanted if s not in splits}
        with workplace(Path(folder)) as con:
            present = load(con, [tables] if isinstance(tables, Path) else tables)
            if "survey" in wanted and "survey" not in present:
                raise InputError("sample survey: needs the table survey, which the extract lacks")
            keep(con, "reach", find_reach(con, settings, present) if reach is None else reach)
            only_asked = wanted == ["survey"]
            number_persons(con, only_asked=only_asked)
            # The ledger is large; where nobody reads its rows it is added up as it is told.
            added_up = rules if mine and not parts else None
            outcomes.prepare_facts(con, settings, present, None if added_up else rules)
            make_samples(con, settings, classification, wanted, present)
            residence.trial_years(con, areas, start)
            kept = conserve(con, wanted)
            response = conform(pd.DataFrame(columns=list(SURVEY_RESPONSE.columns)), SURVEY_RESPONSE)
            if "survey" in wanted:
                answers = add_answers(con)
                if areas is not None:
                    response = survey_response(answers, areas, classification)
            for sample, part in parts.items():
                _write_months(con, settings, sample, part, columns)
            months = settings.first_month, settings.last_month
            ledger = open_ledger(con, added_up, present, *months) if added_up else None
            sums = write_sums(con, settings, mine, Path(folder), ledger) if mine else []
            summed = {each.name: each.once for each in sums}
            priced = {each.name: each.priced for each in sums}
            checks = [
                kept,
                conservation.check(
                    con, settings, parts, summed, priced, of_registers=not only_asked
                ),
            ]
            prepared = PanelReports(
                flow(con, wanted),
                _overlap(con, settings, areas, start, trial_offices, wanted, present),
                conform(pd.concat(checks, ignore_index=True), CONSERVATION),
                response,
            )
        _put_in_place(Path(folder), out, wanted)
    return prepared


def _put_in_place(made: Path, out: Path, samples: Sequence[str]) -> None:
    for sample in samples:
        for part in sorted([made / f"{sample}.parquet", *(made / sample).glob("*.parquet")]):
            if part.is_file():
                whole = out / part.relative_to(made)
                whole.parent.mkdir(exist_ok=True)
                part.replace(whole)


def _write_months(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    sample: str,
    part: Path,
    columns: Collection[str] | None,
) -> None:
    skeleton = "answered_survey" if sample == "survey" else f"skeleton_{sample}"
    outcomes.add_outcomes(con, settings, skeleton, part, COUNTED_FROM.get(sample), columns)
    _check_rows(con, sample, part)


def _overlap(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    areas: pd.DataFrame | None,
    start: str | None,
    trial_offices: frozenset[str],
    samples: list[str],
    present: set[str],
) -> pd.DataFrame:
    if areas is None or start is None or not trial_offices:
        return no_overlap()
    if "stock" not in samples or "jobseeker_office" not in present:
        return no_overlap()
    return overlap(con, areas, start, trial_offices, settings.eligibility)


def _check_rows(con: duckdb.DuckDBPyConnection, sample: str, part: Path) -> None:
    (expected,) = one(con, f"SELECT count(*) FROM skeleton_{sample}")
    written = pq.read_metadata(part).num_rows
    if written != expected:
        raise InputError(
            f"sample {sample}: {counted(expected, 'person-month')} expected, {written} written"
        )
