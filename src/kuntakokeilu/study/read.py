"""Reading a study's folder and checking it, before any data are touched."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import (
    EstimandDescription,
    ExpectedDescription,
    OutcomeDescription,
    StudyDescription,
    described,
)
from kuntakokeilu.errors import InputError, some, system_faults
from kuntakokeilu.facts.attribution import Attribution, read_attribution
from kuntakokeilu.facts.basics import NAME_PATTERN, PATTERN_WORDS, only
from kuntakokeilu.facts.municipalities import read_classification
from kuntakokeilu.facts.rows import parse, read_rows, unique
from kuntakokeilu.io import read_yaml
from kuntakokeilu.study.areas import area_names, read_areas, read_groups
from kuntakokeilu.study.brief import asked_questions
from kuntakokeilu.study.checks import (
    check_comparisons,
    check_distinct,
    check_groups,
    check_left_out,
    with_headlines,
)
from kuntakokeilu.study.covariate_rows import Covariate
from kuntakokeilu.study.covariates import (
    check_balance,
    check_outcomes,
    check_overlap,
    check_use,
    read_covariates,
)
from kuntakokeilu.study.designs_judged_checks import check_designs_judged
from kuntakokeilu.study.estimand_rows import resolve
from kuntakokeilu.study.estimands import Estimand, EstimandRow
from kuntakokeilu.study.expected import Expected, read_expected
from kuntakokeilu.study.follow_up import moved, reference_bin
from kuntakokeilu.study.limits import (
    DisclosureLimit,
    DisclosureProfile,
    profile_of_persons,
    read_limits,
)
from kuntakokeilu.study.mergers import across_arms, check_across_arms, merged, no_mergers
from kuntakokeilu.study.models import ACROSS_ARMS, Settings
from kuntakokeilu.study.money import Money
from kuntakokeilu.study.outcomes import Outcome
from kuntakokeilu.study.plan_lock import PlanLock, digest, read_lock, read_reasons
from kuntakokeilu.study.read_money import check_prices, read_money
from kuntakokeilu.study.service_model_checks import check_service_models
from kuntakokeilu.study.twin_effects import Effect, own_effects

LONGEST_NAME = 60  # of a study; names of files grow from it


@dataclass(frozen=True)
class Study:
    """A study that has passed every check that needs no data.

    Attributes
    ----------
    name : str
        Folder name under config/studies.
    settings : Settings
        study.yaml.
    outcomes : dict of str to Outcome
        outcomes.csv by name, only outcomes that an estimand uses.
    estimands : list of Estimand
        estimands.csv with defaults filled in.
    areas : DataFrame or None
        Trial areas: arm, area, code (as listed), unit (code in the study's classification),
        area_sv, area_en, office_code.
    profile : DisclosureProfile
        The disclosure profile the study names.
    covariates : dict of str to Covariate
        The file of covariates by name; empty without one.
    money : Money
        Ratios, totals and combinations of estimates; empty without their files.
    attribution : list of Attribution
        The sources that the study names, with their labels and licences.
    merged : DataFrame
        Municipalities that are part of another today, as `mergers.merged` returns them.
    effects : tuple of Effect or None
        What the trial of the study's twin does; None without a table of its own.
    expected : dict of str to Expected
        What the study promises of its twin, by estimand; empty without the file.
    lock : PlanLock or None
        Its plan as it was locked; None if it never was.
    plan_reasons : dict of str to dict
        Why the plan was changed, by what was changed and language; empty without the file.
    limits : list of DisclosureLimit
        What the owners of its registers demand of released numbers; none without registers.
    """

    name: str
    settings: Settings
    outcomes: dict[str, Outcome]
    estimands: list[Estimand]
    areas: pd.DataFrame | None
    profile: DisclosureProfile
    covariates: dict[str, Covariate]
    money: Money = field(default_factory=Money)
    attribution: list[Attribution] = field(default_factory=list)
    merged: pd.DataFrame = field(default_factory=no_mergers)
    effects: tuple[Effect, ...] | None = None
    expected: dict[str, Expected] = field(default_factory=dict)
    lock: PlanLock | None = None
    plan_reasons: dict[str, dict[str, str]] = field(default_factory=dict)
    limits: list[DisclosureLimit] = field(default_factory=list)

    @property
    def blinded(self) -> bool:
        """Whether effects stay hidden: it is asked for, and no unblinding is recorded."""
        return self.settings.blinded and (self.lock is None or self.lock.unblinded is None)

    @property
    def negative_controls(self) -> dict[str, float]:
        """Outcomes that nothing evaluated can move, each with what is as good as no change."""
        return {
            name: one.margin
            for name, one in self.outcomes.items()
            if one.negative_control == "yes" and one.margin is not None and self.estimands_of(name)
        }

    def estimands_of(self, outcome: str) -> list[Estimand]:
        """Return the estimands of one outcome, in the order of estimands.csv."""
        return [estimand for estimand in self.estimands if estimand.outcome == outcome]

    def leading(self, outcome: str) -> Estimand:
        """Return the estimand that leads an outcome: the first main one, else the first."""
        mine = self.estimands_of(outcome)
        return next((e for e in mine if e.role == "main"), mine[0])

    def main_estimands(self) -> list[Estimand]:
        """Return the main estimands; the benchmarks of a study in which nothing is main."""
        main = [e for e in self.estimands if e.role == "main"]
        return main or [e for e in self.estimands if e.role == "benchmark"]

    def trial_areas(self) -> list[str]:
        """Return the trial areas in the order of their list; none without one."""
        if self.areas is None:
            return []
        return list(self.areas.loc[self.areas["arm"] == "trial", "area"].unique())

    def trial_offices(self) -> list[str]:
        """Return the codes of the trial's offices, which the register of job seekers has.

        None where no population is told by eligibility: who is eligible is defined for the trials
        of 2021-24 alone, so that there is nothing to hold against the clients of another trial.
        """
        populations = self.settings.source.known_populations.values()
        if self.areas is None or not any("eligible" in p.members for p in populations):
            return []
        return sorted(set(self.areas.loc[self.areas["arm"] == "trial", "office_code"]) - {""})

    def coverage(self) -> dict[str, int] | None:
        """Count the listed municipalities against those in law; None without a trial list."""
        if self.areas is None or self.settings.trial is None:
            return None
        trial = self.areas[self.areas["arm"] == "trial"]
        return {
            "areas": int(trial["area"].nunique()),
            "areas_total": self.settings.trial.areas,
            "listed": len(trial),
            "total": self.settings.trial.municipalities,
            "units": int(trial["unit"].nunique()),
            "neither": int(self.areas.loc[self.areas["arm"] == "neither", "unit"].nunique()),
        }

    def mergers(self) -> list[dict[str, Any]]:
        """List the municipalities that are part of another in the study's classification."""
        return [
            {name: row[name] for name in ("code", "unit", "date", "arm", "unit_arm", "area")}
            | {"name": {code: row[f"name_{code}"] for code in ("fi", "sv", "en")}}
            | {"unit_name": {code: row[f"unit_name_{code}"] for code in ("fi", "sv", "en")}}
            for row in self.merged.to_dict("records")
        ]

    def describe(self) -> dict[str, Any]:
        """Gather what readers of the results must know about the study; no data.

        Returns
        -------
        dict
            Content of study.json, as `contracts.StudyDescription` declares it.
        """
        settings, frozen = self.settings, self.settings.source.frozen_label
        told = {
            "study": self.name,
            **only(settings, StudyDescription),
            "coverage": self.coverage(),
            "areas": {} if self.areas is None else area_names(self.areas),
            "mergers": self.mergers(),
            "outcomes": {
                name: only(outcome, OutcomeDescription) for name, outcome in self.outcomes.items()
            },
            "estimands": {
                e.estimand: only(e, EstimandDescription)
                | {
                    "reference_bin": reference_bin(e, e.start or settings.start),
                    "stocks": _stocks(e, settings),
                }
                for e in self.estimands
            },
            "comparisons": _labels(settings.comparisons),
            "populations": _labels(settings.source.known_populations),
            "covariates": {
                name: {"fi": row.label_fi, "sv": row.label_sv, "en": row.label_en}
                for name, row in self.covariates.items()
            },
            **self.money.describe(),
            "frozen_weight": frozen.model_dump() if frozen else None,
            "frozen_of": settings.source.frozen_of(settings.frequency, settings.start),
            "counted": settings.first_period.startswith("0"),
            "simulated": settings.source.synthetic,
            "own_effects": self.effects is not None,
            "blinded": self.blinded,
            "expected": [only(row, ExpectedDescription) for row in self.expected.values()],
            **settings.source.described(),
            "attribution": [source.model_dump(mode="json") for source in self.attribution],
            "brief": self.brief(),
        }
        return described(told, StudyDescription, "study.json")

    def brief(self) -> dict[str, Any]:
        """Say which questions the brief answers; stop if a headline answers none."""
        headlines = {e.domain: e.estimand for e in self.estimands if e.headline == "yes"}
        totals = {name: row.estimand for name, row in self.money.totals.items()}
        outcomes = {e.estimand: e.outcome for e in self.estimands}
        return asked_questions(
            self.settings.brief,
            headlines,
            totals,
            outcomes,
            f"config/studies/{self.name}/study.yaml",
            of_trial=self.settings.units == "municipality",
        )

    def fingerprint(self) -> str:
        """SHA-256 of everything the study says but its permit, all its files together."""
        named = [*self.outcomes.values(), *self.estimands, *self.covariates.values()]
        twin = [*(self.effects or ()), *self.expected.values()]
        parts = [*named, *self.money.rows(), *twin, self.profile]
        text = self.settings.model_dump_json(exclude={"permit"})  # it changes no number
        text += "".join(part.model_dump_json() for part in parts)
        if self.areas is not None:
            text += self.areas.to_csv(index=False, lineterminator="\n")
        if self.lock is not None:
            text += digest(self.lock.described())
        return hashlib.sha256(text.encode()).hexdigest()

    def span_of(self, outcome: str) -> tuple[str, str]:
        """Return the first and last period of the cells of an outcome.

        From where its false starts may begin, if it has any, and designs are judged.
        """
        first, last = self.compared_span_of(outcome)
        mine = self.estimands_of(outcome)
        firsts, judged = [first], self.settings.designs_judged
        declared = self.settings.false_starts
        if declared and declared.first_period and any(e.role == "main" for e in mine):
            firsts.append(declared.first_period)
        if judged and {e.estimand for e in mine} & set(judged.estimands):
            firsts.append(judged.first_period)
        return min(firsts), last

    def compared_span_of(self, outcome: str) -> tuple[str, str]:
        """Return the first and last period that any estimand of an outcome needs.

        Cohorts need the months of their follow-up.
        """
        mine = self.estimands_of(outcome)
        first = min(moved(e.first_period, e.elapsed_first or 0) for e in mine)
        bases = [f"{e.base_year}-01" for e in mine if e.base_year is not None]
        return min([first, *bases]), max(moved(e.last_period, e.elapsed_last or 0) for e in mine)


def _labels(named: Mapping[str, Any]) -> dict[str, dict[str, str] | None]:
    """Give the label in three languages of each comparison or population, if it has one."""
    return {name: one.label.model_dump() if one.label else None for name, one in named.items()}


def _stocks(estimand: Estimand, settings: Settings) -> list[str]:
    """Name the months whose stocks an estimand compares; none in another sample."""
    registers = settings.source.registers
    if estimand.sample != "stock" or registers is None:
        return []
    first, last = estimand.first_period, estimand.last_period
    return [month for month in sorted(registers.panel.stocks) if first <= month <= last]


def require_name(name: str) -> None:
    """Stop at a name that no study can have: it is a folder, and stands in file names."""
    if not re.fullmatch(NAME_PATTERN, name) or len(name) > LONGEST_NAME:
        raise InputError(
            f"{name[:LONGEST_NAME]}: no name of a study; {PATTERN_WORDS[NAME_PATTERN]}, "
            f"{LONGEST_NAME} characters at most"
        )


def read_study(config: Path, name: str) -> Study:
    """Read and check the study `name` under `config`/studies.

    Raises
    ------
    InputError
        Anything is wrong; the message names file, row and column.
    """
    require_name(name)
    folder = Path(config) / "studies" / name
    with system_faults(folder.name):
        present = (folder / "study.yaml").exists() or (folder / "study.yaml").is_symlink()
    if not present:
        names = sorted(path.parent.name for path in folder.parent.glob("[a-z]*/study.yaml"))
        there = f"there are {some(names, 20)}" if names else "run this in the project's folder"
        raise InputError(f"no study named {name} in config/studies; {there}")
    where = f"config/studies/{name}"
    file = f"{where}/study.yaml"
    settings = parse(Settings, read_yaml(folder / "study.yaml", file), file)
    listed = read_rows(folder / "outcomes.csv", Outcome, where)
    outcomes = unique(listed, "outcome", f"{where}/outcomes.csv")
    rows = read_rows(folder / "estimands.csv", EstimandRow, where)
    unique(rows, "estimand", f"{where}/estimands.csv")
    areas, groups, gone = read_who(Path(config), folder, settings, where)
    check_groups(settings, groups, f"{where}/study.yaml")
    check_left_out(rows, areas, f"{where}/estimands.csv")
    covariates = read_covariates(folder, settings, where)
    check_balance(settings, covariates, f"{where}/study.yaml")
    check_overlap(settings, covariates, f"{where}/study.yaml")
    resolved = {
        number: resolve(
            row, settings, outcomes, groups, name, f"{where}/estimands.csv, row {number}"
        )
        for number, row in rows.items()
    }
    check_distinct(resolved, f"{where}/estimands.csv")
    estimands = with_headlines(list(resolved.values()), f"{where}/estimands.csv")
    for number, row in rows.items():
        check_use(row, settings, covariates, f"{where}/estimands.csv, row {number}")
    check_service_models(settings, estimands, f"{where}/study.yaml")
    check_designs_judged(settings, estimands, covariates, f"{where}/study.yaml")
    used = {estimand.outcome for estimand in estimands}
    settings.source.check_outcomes({n: r for n, r in listed.items() if r.outcome in used}, where)
    check_prices(Path(config), settings, listed, where)
    outcomes = {key: outcome for key, outcome in outcomes.items() if key in used}
    check_outcomes(covariates, outcomes, f"{where}/{settings.covariates}")
    profiles = unique(
        read_rows(Path(config) / "disclosure_profiles.csv", DisclosureProfile, "config"),
        "profile",
        "config/disclosure_profiles.csv",
    )
    if settings.disclosure not in profiles:
        raise InputError(
            f"{where}/study.yaml, disclosure: no profile {settings.disclosure} in "
            f"config/disclosure_profiles.csv; there are {some(profiles)}"
        )
    profile, limits = profiles[settings.disclosure], []
    if settings.source.registers is not None:
        limits = read_limits(Path(config), profile.profile)
        profile = profile_of_persons(profile, limits, outcomes.values(), f"{where}/study.yaml")
    money = read_money(Path(config), folder, settings, outcomes, estimands)
    attribution = read_attribution(Path(config), settings.attribution, f"{where}/study.yaml")
    lock = read_lock(folder)
    made = [*money.ratios, *money.totals, *money.combinations]
    asked = {
        *outcomes,
        *(e.estimand for e in estimands),
        *covariates,
        *made,
        *Settings.model_fields,
    }
    study = Study(
        name,
        settings,
        outcomes,
        estimands,
        areas,
        profile,
        covariates,
        money,
        attribution,
        gone,
        effects=own_effects(folder, settings, where),
        expected=read_expected(folder, settings, estimands),
        lock=lock,
        plan_reasons=read_reasons(folder, asked | (lock.names if lock else set())),
        limits=limits,
    )
    study.brief()
    return study


def read_who(
    config: Path, folder: Path, settings: Settings, where: str
) -> tuple[pd.DataFrame | None, dict[str, list[str]], pd.DataFrame]:
    """Read the trial areas and groups of a study of municipalities, and what has merged."""
    if settings.classification is None:
        return None, {}, no_mergers()
    classification = read_classification(config, settings.classification)
    areas = read_areas(folder, settings, classification, where)
    check_comparisons(settings, classification, set(areas["area"]), f"{where}/study.yaml")
    groups = read_groups(folder, settings, classification, where)
    gone = merged(areas, classification, settings)
    check_across_arms(gone, settings, f"{where}/study.yaml")
    groups[ACROSS_ARMS] = sorted(set(across_arms(gone)["unit"]))
    return areas, groups, gone
