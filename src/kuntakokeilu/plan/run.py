"""One run of a study: what it reads, what it makes, and what may leave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from kuntakokeilu.contracts import EXPOSURE, LEDGER, RECORDED
from kuntakokeilu.disclosure import released_tables, restricted_tables
from kuntakokeilu.facts import read_service_models
from kuntakokeilu.io import data_file
from kuntakokeilu.plan.register_files import RegisterFiles, find_register_files
from kuntakokeilu.plan.source_files import SourceFiles, find_source_files
from kuntakokeilu.report.words.plain_text import restructured
from kuntakokeilu.study import Estimand, ServiceModels, Study, read_study
from kuntakokeilu.study.limits import refuse_unconfirmed

CONFIG = Path("config")
# Tables that are made domain by domain; any other is one file.
BY_DOMAIN = (
    *("estimates", "diagnostics", "coverage", "covered", "assignment", "samples"),
    *("bounds", "pre_trend_power", "equivalence", "false_starts", "false_starts_summary"),
)


@dataclass(frozen=True)
class Plan:
    """What a run of a study reads and makes, by names of files relative to the project.

    Attributes
    ----------
    study : Study
        The study, read and checked.
    files : SourceFiles
        Files of open data.
    registers : RegisterFiles or None
        Files of registers; None of a study that reads none.
    outlines : list of Path
        Outlines for the map of areas, if the study has them.
    """

    study: Study
    files: SourceFiles
    registers: RegisterFiles | None
    outlines: list[Path]

    # --- Folders ---

    @property
    def restricted(self) -> str:
        """Folder of all that must not leave."""
        return restricted_folder(self.study)

    @property
    def release(self) -> str:
        """Folder of what may leave, written by `disclosure` alone."""
        return f"results/{self.study.name}/release"

    @property
    def report(self) -> str:
        """Folder of all that is made of the release."""
        return f"results/{self.study.name}/report"

    @property
    def logs(self) -> str:
        """Folder of the logs."""
        return f"results/{self.study.name}/logs"

    # --- Files of config that some studies need ---

    @property
    def classification(self) -> list[str]:
        """The municipalities and their mergers."""
        names = ("municipalities", "municipality_mergers")
        return [f"config/{name}.csv" for name in names if self.study.settings.classification]

    @property
    def calendar(self) -> list[str]:
        """The policy calendar of Finland."""
        return ["config/policy_calendar.csv"] if self.study.settings.classification else []

    @property
    def ledger(self) -> list[str]:
        """The rules of the cost ledger, with a study that counts costs."""
        if not {outcome.column for outcome in self.study.outcomes.values()} & set(LEDGER):
            return []
        rules = sorted(path.as_posix() for path in (CONFIG / "ledger").glob("*.csv"))
        return [*rules, "config/benefit_rates.csv"]

    @property
    def parameters(self) -> list[str]:
        """The rules of the cost ledger and the prices, which are released with the numbers."""
        return [*self.ledger, "config/price_index.csv"] if self.ledger else []

    @property
    def matrix(self) -> list[str]:
        """The service models of the trial areas and their features."""
        names = ("service_features", "service_models")
        return [f"config/{name}.csv" for name in names if self.service_models]

    @property
    def clients(self) -> list[str]:
        """How many clients each trial area was given."""
        return ["config/clients_moved.csv"] if self.service_models else []

    @property
    def labels(self) -> list[str]:
        """The words of the reports."""
        return sorted(path.as_posix() for path in (CONFIG / "labels").glob("*.csv"))

    @property
    def register_config(self) -> list[str]:
        """The contract of the registers and all that a twin is made by."""
        return sorted(path.as_posix() for path in (CONFIG / "registers").glob("*.csv"))

    @property
    def is_twin(self) -> bool:
        """Whether the registers are synthetic, so that a page can hold the truth against them."""
        return self.registers is not None and self.registers.is_twin

    @property
    def shows_truth(self) -> bool:
        """Whether a page holds the truth against estimates: not while effects are hidden."""
        return self.is_twin and not self.study.blinded

    # --- Outcomes and domains ---

    @property
    def domains(self) -> dict[str, list[str]]:
        """Outcomes by domain: one job takes them all, since starting Python takes long."""
        found: dict[str, list[str]] = {}
        for name, outcome in self.study.outcomes.items():
            found.setdefault(outcome.domain, []).append(name)
        return found

    def of_domains(self, kind: str, outcomes: Iterable[str] | None = None) -> list[str]:
        """Name the tables of one kind that hold some outcomes, or all; one for each domain."""
        wanted = set(self.study.outcomes if outcomes is None else outcomes)
        domains = [domain for domain, names in self.domains.items() if wanted & set(names)]
        return [f"{self.restricted}/{kind}/{domain}.parquet" for domain in domains]

    def cells_of(self, outcomes: Iterable[str]) -> list[str]:
        """Name the cells of outcomes."""
        return [f"{self.restricted}/cells/{outcome}.parquet" for outcome in outcomes]

    def outcomes_of(self, estimands: Iterable[str]) -> list[str]:
        """Name the outcomes of estimands, sorted."""
        asked = set(estimands)
        return sorted({e.outcome for e in self.study.estimands if e.estimand in asked})

    @property
    def recorded(self) -> list[str]:
        """Outcomes that tell only together what happened: all, beside one that tells of others."""
        outcomes = self.study.outcomes
        exposed = any(one.column == EXPOSURE for one in outcomes.values())
        beside = exposed or bool(self.study.negative_controls)
        return [name for name, one in outcomes.items() if beside or one.column in RECORDED]

    # --- Numbers made of several estimates ---

    def of_pairs(self, rows: Mapping[str, BaseModel], *columns: str) -> dict[str, list[str]]:
        """Name the estimates and influence functions of the estimands in some columns of rows."""
        outcomes = self.outcomes_of(getattr(row, name) for row in rows.values() for name in columns)
        return {kind: self.of_domains(kind, outcomes) for kind in ("estimates", "influence")}

    @property
    def summed(self) -> list[str]:
        """Outcomes whose estimates are made into totals."""
        return self.outcomes_of(total.estimand for total in self.study.money.totals.values())

    @property
    def counted(self) -> list[Estimand]:
        """Estimands whose person-months are counted, for totals over a whole group."""
        totals = self.study.money.totals.values()
        names = {total.estimand for total in totals if total.quantity != "per_person"}
        return [e for e in self.study.estimands if e.estimand in names]

    @property
    def counted_outcomes(self) -> list[str]:
        """Outcomes of the estimands whose person-months are counted."""
        return sorted({estimand.outcome for estimand in self.counted})

    # --- Trial areas one by one ---

    @property
    def service_models(self) -> ServiceModels | None:
        """What the study asks of its trial areas one by one, if anything."""
        return self.study.settings.service_models

    @property
    def asked(self) -> list[Estimand]:
        """Estimands of which there are effects by area."""
        names = self.service_models.estimands if self.service_models else []
        return [e for e in self.study.estimands if e.estimand in names]

    @property
    def asked_outcomes(self) -> list[str]:
        """Outcomes of which there are effects by area."""
        return sorted({estimand.outcome for estimand in self.asked})

    @property
    def by_stratum(self) -> list[str]:
        """Effects by stratum, whose p-values are read together, if the study has them."""
        asked = self.service_models is not None and bool(self.service_models.strata)
        return [f"{self.restricted}/heterogeneity.parquet"] if asked else []

    # --- Designs judged by the years before the trial ---

    @property
    def judged(self) -> list[Estimand]:
        """Estimands on which candidate designs are judged."""
        rule = self.study.settings.designs_judged
        names = rule.estimands if rule else []
        return [e for e in self.study.estimands if e.estimand in names]

    @property
    def judged_outcomes(self) -> list[str]:
        """Outcomes of these estimands."""
        return sorted({estimand.outcome for estimand in self.judged})

    # --- The release ---

    @property
    def sources(self) -> dict[str, Path | str]:
        """Every file that the numbers come from, by the name that the manifest gives it."""
        config = [*self.classification, *self.matrix]
        return {
            **{name: data_file(name) for name in self.files.names},
            **(self.registers.extract if self.registers else {}),
            **{name: name for name in config},
        }

    @property
    def of_persons(self) -> list[str]:
        """Those of them that hold persons: the files of a real extract."""
        return list(self.registers.extract) if self.registers else []

    @property
    def released_tables(self) -> list[str]:
        """Tables of the release."""
        return released_tables(self.study)

    @property
    def to_release(self) -> dict[str, list[str]]:
        """Files under restricted/ that each released table is made of, by the names of these."""
        by_domain = {name: self.of_domains(name) for name in BY_DOMAIN}
        by_domain["diagnostics"].append(f"{self.restricted}/diagnostics_across_outcomes.parquet")
        if self.study.settings.false_starts is not None:
            by_domain["diagnostics"] += self.of_domains("false_starts_checks")
        return {
            name: by_domain.get(name, [f"{self.restricted}/{name}.parquet"])
            for name in restricted_tables(self.released_tables)
        }

    @property
    def released(self) -> list[str]:
        """All files of the release."""
        return [
            *(f"{self.release}/{name}.csv" for name in self.released_tables),
            *(f"{self.release}/{name}.json" for name in ("study", "manifest")),
        ]

    @property
    def titles(self) -> dict[str, Any]:
        """The study's title by language, for the first page of the report in reStructuredText."""
        titles = self.study.settings.title.model_dump()
        return {code: restructured(title) for code, title in titles.items()}


def restricted_folder(study: Study) -> str:
    """Name the folder of all that must not leave."""
    return f"results/{study.name}/restricted"


def make_plan(study: str, config: Path = CONFIG) -> Plan:
    """Read a study and say what a run of it reads and makes.

    Parameters
    ----------
    study : str
        Its name.
    config : Path
        The project's config folder.

    Raises
    ------
    InputError
        The study has a fault, or a file that it reads is not there.
    OSError
        What the system refuses.
    """
    read = read_study(config, study)
    if not read.settings.source.synthetic:
        refuse_unconfirmed(read.name, read.limits, read.settings.disclosure_confirmed)
    files = find_source_files(read, restricted_folder(read))
    registers = find_register_files(read, config)
    if read.settings.service_models:
        read_service_models(config, read.trial_areas())
    outlines = [data_file(read.settings.map.path)] if read.settings.map else []
    return Plan(read, files, registers, outlines)
