"""Where a study of registers keeps its tables and cells, with the trial and without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kuntakokeilu.contracts import REGISTER_SAMPLES, SAMPLES, SUM_FILES, shard_names
from kuntakokeilu.panel import TABLES
from kuntakokeilu.registers import extract_files, extract_root, read_adapter, read_contract
from kuntakokeilu.study import WHOLE, RegisterSource, Study, wanted_cells

REPORTS = ("flow", "eligibility", "conservation", "survey_response")


@dataclass(frozen=True)
class RegisterFiles:
    """The files of a study of registers; those of each world lie in a folder of its own.

    Attributes
    ----------
    source : RegisterSource
        The study's source.
    tables : list of str
        Register tables that the study reads.
    extract : dict of str to Path
        Files of a real extract by the names that the manifest gives them; none of a twin, whose
        files the workflow makes.
    samples : list of str
        Samples of person-months that the study's cells are made of.
    outcomes : list of str
        Outcomes of the study.
    columns : list of str
        Outcomes of those person-months that are written, which are a survey's.
    price_years : dict of str to int
        Year of the prices of each outcome that is not nominal.
    """

    source: RegisterSource
    tables: list[str]
    extract: dict[str, Path]
    samples: list[str]
    outcomes: list[str]
    columns: list[str]
    price_years: dict[str, int]

    @property
    def is_twin(self) -> bool:
        """Whether the registers are a synthetic twin, whose truth is known."""
        return self.source.twin is not None

    @property
    def prices(self) -> list[str]:
        """The index by which euros are put at the prices of one year, where an outcome asks it."""
        return ["config/price_index.csv"] if self.price_years else []

    def observed(self, folder: str) -> str | list[Path]:
        """Name the extract of the world as it is: the twin's folder, or the files of a real one."""
        return f"{folder}/twin/observed" if self.is_twin else list(self.extract.values())

    @property
    def shards(self) -> list[str]:
        """Name the parts into which persons are cut."""
        return shard_names(self.source.shards)

    def register_tables(self, folder: str, shard: str) -> list[str]:
        """Name the typed register tables of one world and one shard."""
        return [f"{folder}/registers/{shard}/{name}.parquet" for name in self.tables]

    def all_register_tables(self, folder: str) -> list[str]:
        """Name the typed register tables of one world, a shard after another."""
        return [path for shard in self.shards for path in self.register_tables(folder, shard)]

    def person_months(self, folder: str) -> list[str]:
        """Name the person-months of one world: those of a survey, whose rows have weights."""
        months = [sample for sample in self.samples if sample not in REGISTER_SAMPLES]
        return [f"{folder}/panel/{sample}.parquet" for sample in months]

    def sums(self, folder: str, shard: str) -> list[str]:
        """Name the sums of person-months of one world and one shard."""
        summed = [sample for sample in self.samples if sample in REGISTER_SAMPLES]
        return [f"{folder}/panel/{shard}/{s}/{name}.parquet" for s in summed for name in SUM_FILES]

    def all_sums(self, folder: str) -> list[str]:
        """Name the sums of person-months of one world, a shard after another."""
        return [path for shard in self.shards for path in self.sums(folder, shard)]

    def panel_reports(self, folder: str) -> dict[str, str]:
        """Name what is known of person-months beside them, below a folder of those concerned."""
        return {name: f"{folder}/{name}.parquet" for name in REPORTS}

    def reports_of_parts(self, folder: str) -> dict[str, list[str]]:
        """Name the reports of all shards, and of a survey with `survey_` before their names."""
        shards = [self.panel_reports(f"{folder}/panel/{shard}") for shard in self.shards]
        found = {name: [shard[name] for shard in shards] for name in REPORTS}
        if self.person_months(folder):
            survey = self.panel_reports(f"{folder}/panel/survey")
            found |= {f"survey_{name}": [path] for name, path in survey.items()}
        return found

    def cells(self, folder: str) -> list[str]:
        """Name the cells of one world."""
        return [f"{folder}/cells/{outcome}.parquet" for outcome in self.outcomes]


def find_register_files(study: Study, config: Path) -> RegisterFiles | None:
    """Name the files of a study of registers; None if it reads none.

    Raises
    ------
    InputError
        The adapter or a file of the extract is not there or not what the contract says.
    """
    source = study.settings.source.registers
    if source is None:
        return None
    adapter = read_adapter(Path(source.adapter), read_contract(config))
    tables = [name for name in TABLES if name in adapter.tables]
    root = None if source.twin else extract_root(source.root)
    wanted = wanted_cells(study)
    used = {source.populations[name].sample for name in wanted}
    outcomes = study.outcomes
    return RegisterFiles(
        source=source,
        tables=tables,
        extract={} if root is None else extract_files(adapter, root, tables),
        samples=[sample for sample in SAMPLES if sample in used],
        outcomes=list(outcomes),
        columns=sorted(
            {
                str(outcomes[each].column)
                for name, schemes in wanted.items()
                if source.populations[name].sample not in REGISTER_SAMPLES
                for each in schemes[WHOLE]
            }
        ),
        price_years={n: o.price_year for n, o in outcomes.items() if o.price_year is not None},
    )
