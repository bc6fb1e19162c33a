"""Which files of open data a study reads, and which tables are first made of PxWeb answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kuntakokeilu.cells import covariate_files, source_files
from kuntakokeilu.io import data_file
from kuntakokeilu.statfin import answer_files, statfin_tables
from kuntakokeilu.study import Study


@dataclass(frozen=True)
class SourceFiles:
    """The files of open data of a study, in the order in which its steps take them.

    Attributes
    ----------
    tables : dict of str to dict
        Key of each table that is made of PxWeb answers, to the arguments of `read_statfin_table`.
    answers : dict of str to list of Path
        Key of such a table, to the answers that it is made of; none before the first download.
    units, covariates : list of Path or str
        Files that UNITS are made of, as `source_files` and `covariate_files` order them.
    outcomes : dict of str to list of Path or str
        Files that the cells of each outcome are made of.
    names : list of str
        All files of the user as the study writes them, sorted; answers in place of tables.
    """

    tables: dict[str, dict[str, Any]]
    answers: dict[str, list[Path]]
    units: list[Path | str]
    covariates: list[Path | str]
    outcomes: dict[str, list[Path | str]]
    names: list[str]


def find_source_files(study: Study, restricted: str) -> SourceFiles:
    """Find the files of open data that a study reads.

    Parameters
    ----------
    study : Study
        Any study; one of registers or a simulated one reads files of covariates alone.
    restricted : str
        Folder below which tables are made of PxWeb answers.

    Raises
    ------
    InputError
        A file is not there, or two tables have one name.
    """
    settings = study.settings
    wanted = {name: source_files(settings, outcome) for name, outcome in study.outcomes.items()}
    of_units = source_files(settings, None)
    tables = statfin_tables(settings, [of_units, *wanted.values()], study.name)
    answers = {name: answer_files(table) for name, table in tables.items()}

    def found(name: str) -> Path | str:
        return (
            f"{restricted}/statfin/{tables[name]['key']}.csv" if name in tables else data_file(name)
        )

    covariates = list(covariate_files(study.covariates.values()))
    read = {name for files in (of_units, *wanted.values()) for name in files}
    own = {file for name in read for file in answers.get(name, [name])}
    return SourceFiles(
        tables={table["key"]: table for table in tables.values()},
        answers={
            tables[name]["key"]: [data_file(file) for file in files]
            for name, files in answers.items()
        },
        units=[found(name) for name in of_units],
        covariates=[data_file(name) for name in covariates],
        outcomes={name: [found(file) for file in files] for name, files in wanted.items()},
        names=sorted(own | set(covariates)),
    )
