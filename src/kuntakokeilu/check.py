"""All that can be known of a study before a job runs, by the readers that the jobs use."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kuntakokeilu.cells import (
    build_cells,
    build_units,
    covariate_files,
    read_source,
    source_files,
    source_notes,
    with_rows,
)
from kuntakokeilu.contracts import LEDGER
from kuntakokeilu.errors import counted, some
from kuntakokeilu.estimation import draw_sample
from kuntakokeilu.facts import period, read_classification, read_ledger_rules, read_service_models
from kuntakokeilu.facts.topology import read_outlines
from kuntakokeilu.io import data_file
from kuntakokeilu.report.words.policy_calendar import read_calendar
from kuntakokeilu.statfin import answer_files, read_statfin_table, require_download, statfin_tables
from kuntakokeilu.study import RegisterSource, Study, require_known
from kuntakokeilu.tabular import labelled_columns


def check_tables(study: Study, config: Path) -> None:
    """Read every shared table that a later job of the study reads.

    Raises
    ------
    InputError
        What the job would be told.
    """
    settings, source = study.settings, study.settings.source
    if settings.classification is not None:
        read_calendar(config / "policy_calendar.csv")
    if settings.map is not None:
        read_outlines(data_file(settings.map.path), settings.map.code)
    if settings.service_models is not None:
        read_service_models(config, study.trial_areas())
    if source.registers is not None:
        _check_registers(source.registers, config)
        if {outcome.column for outcome in study.outcomes.values()} & set(LEDGER):
            read_ledger_rules(config)


def _check_registers(source: RegisterSource, config: Path) -> None:
    """Check that the adapter fits the contract, and find its files or the twin's tables."""
    # Here, since no open study should wait for all that registers need.
    from kuntakokeilu.panel import TABLES
    from kuntakokeilu.registers import extract_files, extract_root, read_adapter, read_contract
    from kuntakokeilu.twin.clock import Clock
    from kuntakokeilu.twin.places import read_targets
    from kuntakokeilu.twin.rates import read_rates

    adapter = read_adapter(Path(source.adapter), read_contract(config))
    if source.twin is None:
        extract_files(adapter, extract_root(source.root), TABLES)
    else:
        clock = Clock(source.twin.first_year)
        read_rates(config, clock)
        read_targets(config, clock)


def check_data(study: Study, config: Path) -> list[str]:
    """Make the units, and of open data the cells, of a study, and keep nothing.

    Returns
    -------
    list of str
        What a user should know although it is no fault.

    Raises
    ------
    InputError
        What the job would be told: a column, a period or a number that is not there, or a unit
        that a comparison names and the data do not have.
    """
    settings, source = study.settings, study.settings.source
    raw = _read(study)
    if source.registers is not None:
        return []
    year = settings.classification
    classification = read_classification(config, year) if year else None
    covariates = study.covariates.values()
    units, _ = build_units(settings, raw, study.areas, classification, covariates)
    for name, outcome in study.outcomes.items():
        files = {file: raw[file] for file in source_files(settings, outcome)}
        if files:
            span = study.span_of(name)
            cells = build_cells(settings, outcome, span, files, units, classification)
            with with_rows(settings, files):
                _check_controls(study, name, cells, units)
    for estimand in study.estimands:
        where = f"config/studies/{study.name}/study.yaml, comparisons.{estimand.comparison}"
        require_known(estimand.comparison_rule, units, where)
    if not source.own_units:
        return []
    labels = {"title": study.settings.title.model_dump()}
    labels |= {
        name: {code: getattr(outcome, f"label_{code}") for code in ("fi", "sv", "en")}
        for name, outcome in study.outcomes.items()
    }
    labelled = [
        column
        for file, columns in source_files(settings, None).items()
        for column in labelled_columns(data_file(file), columns)
    ]
    return [
        *_notes(study, units),
        *_unused_weight(study),
        *source_notes(settings, raw, labelled),
        *_of_labels(labels),
    ]


def _check_controls(study: Study, outcome: str, cells: pd.DataFrame, units: pd.DataFrame) -> None:
    """Draw the samples that are compared given controls: a missing one stops."""
    for estimand in study.estimands:
        if estimand.outcome == outcome and estimand.controls:
            draw_sample(cells, units, estimand)


def _unused_weight(study: Study) -> list[str]:
    """Say that a column of weights is read for nothing."""
    settings = study.settings
    found = settings.source.frozen_of(settings.frequency, settings.start)
    column = found["column"] if found else None
    if column is None or any(each.weights.startswith("persons_") for each in study.estimands):
        return []
    return [
        f"weight {column} is read, but no row of estimands.csv uses it (weights: persons_frozen or "
        "persons_current)"
    ]


def _of_labels(labels: dict[str, dict[str, str]]) -> list[str]:
    """Say which labels are the same in all languages, as those given in one are."""
    same = [name for name, label in labels.items() if len(set(label.values())) == 1]
    return [f"one label in all languages: {some(same)}"] if same else []


def _read(study: Study) -> dict[str, pd.DataFrame]:
    """Read all files of a study as text, with the columns that any of its jobs needs."""
    settings = study.settings
    needed: dict[str, list[str]] = {}
    for outcome in (None, *study.outcomes.values()):
        for file, columns in source_files(settings, outcome).items():
            needed.setdefault(file, []).extend(columns)
    for file, columns in covariate_files(study.covariates.values()).items():
        needed.setdefault(file, []).extend(columns)
    tables = statfin_tables(
        settings,
        [source_files(settings, each) for each in (None, *study.outcomes.values())],
        study.name,
    )
    raw = {}
    for file, columns in needed.items():
        if file in tables:
            answers = answer_files(tables[file])
            require_download(tables[file], answers)
            raw[file], _ = read_statfin_table(tables[file], [data_file(one) for one in answers])
        else:
            once = list(dict.fromkeys(columns))
            raw[file] = read_source(settings.source, data_file(file), once, file)
    return raw


def _notes(study: Study, units: pd.DataFrame) -> list[str]:
    """Name the units whose place in the comparison may surprise."""
    frequency = study.settings.frequency
    first, last = (
        period(text, frequency)
        for text in (study.settings.first_period, study.settings.last_period)
    )
    starts = units.set_index("unit")["first_treated"]
    mixed = units.groupby("cluster")["first_treated"].nunique(dropna=False) > 1
    kinds = [
        (f"after {last}, the last period compared (not yet treated)", starts.gt(last)),
        (f"with {first}, the first period compared, or earlier", starts.le(first)),
    ]
    notes = [
        f"{counted(which.sum(), 'unit starts', 'units start')} {when}: "
        f"{some(starts.index[which], 3)}"
        for when, which in kinds
        if which.any()
    ]
    if mixed.any():
        notes.append(
            f"{counted(mixed.sum(), 'cluster holds', 'clusters hold')} units with different "
            "starts, or of both arms, which no permutation over clusters can deal: "
            f"{some(mixed.index[mixed], 3)}"
        )
    return notes
