"""Every table of results/<study>/release, and the guard that it passes: what leaves, and no other.

study.json says what config/ says, manifest.json holds names and hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu import contracts
from kuntakokeilu.contracts import LEDGER, RELEASED_TABLES, conform
from kuntakokeilu.disclosure.alike import (
    ENDS,
    as_shown,
    totals_of_areas,
    totals_of_estimates,
    words_as_shown,
)
from kuntakokeilu.disclosure.assignment import release_assignment, release_multiplicity
from kuntakokeilu.disclosure.balance import release_balance, release_overlap
from kuntakokeilu.disclosure.bounds import (
    release_bounds,
    release_equivalence,
    release_pre_trend_power,
)
from kuntakokeilu.disclosure.check_values import coarse_checks
from kuntakokeilu.disclosure.differing import telling, with_coarse_means
from kuntakokeilu.disclosure.dominance import count_dominated_as_none
from kuntakokeilu.disclosure.engine import EarlierRelease, Protected, joined
from kuntakokeilu.disclosure.false_starts import (
    release_false_starts,
    release_false_starts_summary,
)
from kuntakokeilu.disclosure.judged import (
    release_beyond_reach,
    release_designs_judged,
    release_synthetic_areas,
)
from kuntakokeilu.disclosure.linked import protect_linked
from kuntakokeilu.disclosure.means import remembering, tell_means
from kuntakokeilu.disclosure.money import release_combinations, release_ratios, release_totals
from kuntakokeilu.disclosure.panel import release_eligibility, release_flow
from kuntakokeilu.disclosure.planned import release_plan
from kuntakokeilu.disclosure.precision import no_finer, persons_behind, shares_of
from kuntakokeilu.disclosure.release import (
    release_coverage,
    release_diagnostics,
    release_estimates,
    release_public,
    release_units,
    rounding_bases,
)
from kuntakokeilu.disclosure.samples import protect_samples, with_months_of
from kuntakokeilu.disclosure.service_models import (
    release_area_effects,
    release_heterogeneity,
    release_meta_regression,
)
from kuntakokeilu.disclosure.since import refuse_few_changes, with_sums
from kuntakokeilu.disclosure.specification_curve import release_specification_curve_test
from kuntakokeilu.disclosure.survey_response import release_survey_response
from kuntakokeilu.study import DisclosureProfile, Study, curves, wanted_cells

# Of config/ and of public lists, though their guards are given tables.
_OF_CONFIG = frozenset({"units", "service_models", "beyond_reach"})


@dataclass(frozen=True)
class Guarded:
    """How one table leaves.

    Attributes
    ----------
    name : str
        Its name in `contracts.RELEASED_TABLES`, which has the contract of what leaves.
    guard : callable
        Takes the tables `of`, those `beside`, and what is `given`, in this order, and returns what
        may leave.
    of : dict of str to DataFrameSchema
        The tables that it is made of, and what they follow.
    beside : tuple of str
        Tables whose verdicts bind it, as they left; without rows in a study without them. They
        stand before it in GUARDED.
    given : tuple of str
        Settings of the study: profile, comparison, span, fails_on, planned.
    when : callable
        Does a study have it?
    public : bool
        Is it made of config/ alone, and of nothing under restricted/?
    """

    name: str
    guard: Callable[..., pd.DataFrame]
    of: Mapping[str, pa.DataFrameSchema]
    beside: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    when: Callable[[Study], bool] = lambda study: True
    public: bool = False


def _of_registers(study: Study) -> bool:
    return study.settings.source.registers is not None


def _of_survey(study: Study) -> bool:
    source = study.settings.source.registers
    if source is None:
        return False
    return any(source.populations[name].sample == "survey" for name in wanted_cells(study))


def _counts_costs(study: Study) -> bool:
    return not {outcome.column for outcome in study.outcomes.values()}.isdisjoint(LEDGER)


def _of_areas(study: Study) -> bool:
    return study.settings.service_models is not None


def _has_margins(study: Study) -> bool:
    return any(outcome.margin is not None for outcome in study.outcomes.values())


def _judges_designs(study: Study) -> bool:
    return study.settings.designs_judged is not None


def _looks_for_overlap(study: Study) -> bool:
    return any(rule.overlap for rule in study.settings.comparisons.values())


def _of_strata(study: Study) -> bool:
    annex = study.settings.service_models
    return annex is not None and bool(annex.strata)


def _of_false_starts(study: Study) -> bool:
    return study.settings.false_starts is not None


GUARDED = (
    Guarded(
        "estimates",
        release_estimates,
        of={"estimates": contracts.ESTIMATES, "diagnostics": contracts.DIAGNOSTICS},
        given=("profile", "fails_on", "planned"),
    ),
    Guarded(
        "false_starts",
        release_false_starts,
        of={"false_starts": contracts.FALSE_STARTS},
        given=("profile",),
        when=_of_false_starts,
    ),
    Guarded(
        "false_starts_summary",
        release_false_starts_summary,
        of={"false_starts_summary": contracts.FALSE_STARTS_SUMMARY},
        beside=("false_starts", "estimates"),
        when=_of_false_starts,
    ),
    Guarded(
        "diagnostics",
        release_diagnostics,
        of={"diagnostics": contracts.DIAGNOSTICS},
        beside=("estimates", "false_starts"),
        given=("fails_on",),
    ),
    Guarded("units", release_units, of={"units": contracts.UNITS}, given=("comparison", "span")),
    Guarded("coverage", release_coverage, of={"coverage": contracts.COVERAGE}, given=("profile",)),
    Guarded(
        "balance",
        release_balance,
        of={"balance": contracts.BALANCE, "compared": contracts.COMPARED},
        given=("profile",),
    ),
    Guarded(
        "bounds",
        release_bounds,
        of={"bounds": contracts.BOUNDS},
        beside=("estimates",),
        when=lambda study: study.settings.bounds.asked,
    ),
    Guarded(
        "pre_trend_power",
        release_pre_trend_power,
        of={"pre_trend_power": contracts.PRE_TREND_POWER},
        beside=("estimates",),
        when=lambda study: study.settings.bounds.asked,
    ),
    Guarded(
        "equivalence",
        release_equivalence,
        of={"equivalence": contracts.EQUIVALENCE},
        beside=("estimates",),
        when=_has_margins,
    ),
    Guarded(
        "flow", release_flow, of={"flow": contracts.FLOW}, given=("profile",), when=_of_registers
    ),
    Guarded(
        "eligibility",
        release_eligibility,
        of={"eligibility": contracts.ELIGIBILITY},
        given=("profile",),
        when=_of_registers,
    ),
    Guarded(
        "survey_response",
        release_survey_response,
        of={"survey_response": contracts.SURVEY_RESPONSE},
        given=("profile",),
        when=_of_survey,
    ),
    Guarded(
        "ratios",
        release_ratios,
        of={"ratios": contracts.RATIOS},
        beside=("estimates",),
        when=lambda study: bool(study.money.ratios),
    ),
    Guarded(
        "totals",
        release_totals,
        of={"totals": contracts.TOTALS},
        beside=("estimates",),
        given=("profile",),
        when=lambda study: bool(study.money.totals),
    ),
    Guarded(
        "combinations",
        release_combinations,
        of={"combinations": contracts.COMBINATIONS},
        beside=("estimates",),
        when=lambda study: bool(study.money.combinations),
    ),
    Guarded(
        "programme_costs",
        release_public,
        of={"programme_costs": contracts.PROGRAMME_COSTS},
        when=lambda study: bool(study.money.programme_costs),
        public=True,
    ),
    Guarded(
        "parameters",
        release_public,
        of={"parameters": contracts.LEDGER_PARAMETERS},
        when=_counts_costs,
        public=True,
    ),
    Guarded(
        "service_models",
        release_public,
        of={"service_models": contracts.SERVICE_MODELS},
        when=_of_areas,
    ),
    Guarded(
        "area_effects",
        release_area_effects,
        of={"area_effects": contracts.AREA_EFFECTS},
        beside=("estimates",),
        given=("profile",),
        when=_of_areas,
    ),
    Guarded(
        "meta_regression",
        release_meta_regression,
        of={"meta_regression": contracts.META_REGRESSION},
        beside=("area_effects", "estimates"),
        when=_of_areas,
    ),
    Guarded(
        "heterogeneity",
        release_heterogeneity,
        of={"heterogeneity": contracts.HETEROGENEITY},
        beside=("estimates",),
        given=("profile",),
        when=_of_strata,
    ),
    Guarded(
        "designs_judged",
        release_designs_judged,
        of={"designs_judged": contracts.DESIGNS_JUDGED},
        given=("profile",),
        when=_judges_designs,
    ),
    Guarded(
        "synthetic_areas",
        release_synthetic_areas,
        of={"synthetic_areas": contracts.SYNTHETIC_AREAS},
        given=("profile",),
        when=_judges_designs,
    ),
    Guarded(
        "beyond_reach",
        release_beyond_reach,
        of={"beyond_reach": contracts.BEYOND_REACH},
        when=_looks_for_overlap,
    ),
    Guarded(
        "overlap",
        release_overlap,
        of={"overlap": contracts.OVERLAP, "compared": contracts.COMPARED},
        beside=("area_effects",),
        given=("profile",),
    ),
    Guarded(
        "assignment",
        release_assignment,
        of={"assignment": contracts.ASSIGNMENT},
        beside=("estimates",),
    ),
    Guarded(
        "multiplicity",
        release_multiplicity,
        of={"multiplicity": contracts.MULTIPLICITY},
        beside=("estimates", "heterogeneity"),
    ),
    Guarded(
        "specification_curve_test",
        release_specification_curve_test,
        of={"specification_curve_test": contracts.SPECIFICATION_CURVE_TEST},
        beside=("estimates",),
        when=lambda study: bool(curves(study)),
    ),
    Guarded(
        "plan",
        release_plan,
        of={"plan": contracts.PLAN},
        beside=("estimates",),
        when=lambda study: study.lock is not None,
        public=True,
    ),
)


def released_tables(study: Study) -> list[str]:
    """Name the tables that a study releases, in the order in which they are made."""
    return [table.name for table in GUARDED if table.when(study)]


def restricted_tables(names: Iterable[str]) -> dict[str, pa.DataFrameSchema]:
    """Give the tables under restricted/ that some released ones are made of, with contracts."""
    made = [table for table in GUARDED if table.name in set(names) and not table.public]
    found = {name: schema for table in made for name, schema in table.of.items()}
    behind = {"estimates": ("samples", contracts.SAMPLES_COMPARED),
              "coverage": ("covered", contracts.COVERED)}  # fmt: skip
    return found | dict(behind[name] for name in behind if name in found)


@dataclass(frozen=True)
class Disclosed:
    """What leaves a study, and what it cost.

    Attributes
    ----------
    tables : dict of str to DataFrame
        What may leave, held against the contracts of `RELEASED_TABLES`.
    linked : Protected or None
        What the engine did with counts that hang together; None if there are none to protect.
    rounding : float
        By how much standard errors of estimates were moved by rounding, as a share, on average.
    hidden_means, earlier_means : int
        How many means are hidden since they would tell of few, and how many are those of an earlier
        release.
    release : EarlierRelease or None
        What the next release must know; None if there is nothing of the kind.
    """

    tables: dict[str, pd.DataFrame]
    linked: Protected | None
    rounding: float
    hidden_means: int = 0
    earlier_means: int = 0
    release: EarlierRelease | None = None


def disclose(
    names: Iterable[str],
    tables: Mapping[str, pd.DataFrame],
    given: Mapping[str, Any],
    earlier: Sequence[EarlierRelease] = (),
) -> Disclosed:
    """Pass every table through its guard, linked counts through the engine, and round the rest.

    Parameters
    ----------
    names : iterable of str
        As `released_tables` gives them.
    tables : mapping of str to DataFrame
        Every table that those are made of, by its name in `Guarded.of`.
    given : mapping
        The settings that guards take: `profile`, `comparison`, `span`, `fails_on` and `planned`;
        and `ledger`, which outcomes add up (`sums.sums_of_payers`), if any do.
    earlier : sequence of EarlierRelease
        Counts of earlier releases, the oldest first.

    Returns
    -------
    Disclosed
        The tables, and what was lost.

    Raises
    ------
    InputError
        A table does not follow its contract, counts cannot be protected, or too few persons have
        changed since an earlier release.
    """
    wanted = set(names)
    tables = count_dominated_as_none(tables, given["profile"], given.get("ledger"))
    released: dict[str, pd.DataFrame] = {}
    for table in GUARDED:
        if table.name in wanted:
            taken = [tables[name] for name in table.of]
            taken += [
                released[name] if name in wanted else RELEASED_TABLES[name].empty()
                for name in table.beside
            ]
            guarded = table.guard(*taken, *(given[name] for name in table.given))
            released[table.name] = conform(guarded, RELEASED_TABLES[table.name].contract)
    least = given["profile"].min_persons
    if earlier and least and "samples" in tables:
        refuse_few_changes(tables["samples"], earlier, least)
    linked, done = protect_linked(released, tables, given["profile"], earlier)
    if "estimates" in released and "samples" in tables:
        persons, of_samples = protect_samples(
            released["estimates"], tables["samples"], given["profile"], earlier
        )
        bases = rounding_bases(given["profile"])
        linked["estimates"] = with_months_of(persons, tables["estimates"], bases)
        done = with_sums(joined(done, of_samples), tables["samples"])
    released |= {n: conform(f, RELEASED_TABLES[n].contract) for n, f in linked.items()}
    made = as_exact_as_may_be(released, tables, given["profile"])
    told = tell_means(made, tables, least, earlier)
    made |= {n: conform(f, RELEASED_TABLES[n].contract) for n, f in told.tables.items()}
    moved = _moved(released.get("estimates"), made.get("estimates"))
    kept = remembering(done.release if done else None, told)
    return Disclosed(made, done, moved, len(told.hidden), len(told.earlier), kept)


def _moved(before: pd.DataFrame | None, after: pd.DataFrame | None) -> float:
    if before is None or after is None:
        return 0.0
    moved = (after["std_error"].astype(float) / before["std_error"].astype(float) - 1).abs()
    return float(moved.mean()) if moved.notna().any() else 0.0


def as_exact_as_may_be(
    released: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
) -> dict[str, pd.DataFrame]:
    """Round what rests on persons, so that no number tells the counts behind it.

    Parameters
    ----------
    released : mapping of str to DataFrame
        Tables as their guards let them leave.
    tables : mapping of str to DataFrame
        What they are made of, with the persons behind each row.
    profile : DisclosureProfile
        The minimum count. Without one nothing is rounded.

    Returns
    -------
    dict of str to DataFrame
        See `precision.no_finer`; what config/ says is as it is there.
    """
    base = profile.min_persons
    if base == 0:
        return dict(released)
    whole = _persons_of_estimates(released.get("estimates"))
    made = dict(released)
    for table in GUARDED:
        if table.name in released and not (table.public or table.name in _OF_CONFIG):
            frame, contract = released[table.name], RELEASED_TABLES[table.name].contract
            behind = persons_behind(frame, contract, (tables[name] for name in table.of))
            rounded = no_finer(frame, behind, base)
            if "estimates" in made and table.name != "estimates":
                rounded = _alike(table.name, frame, rounded, released["estimates"], made)
            if "share" in frame and "estimand" in frame:
                rounded["share"] = shares_of(frame["share"], frame["estimand"].map(whole), base)
            if table.name == "estimates" and {"samples", "units"} <= tables.keys():
                names = telling(frame, tables["samples"], tables["units"], base)
                rounded = with_coarse_means(rounded, frame, names)
            if table.name == "diagnostics":
                said = frame["statistic"]
                if "estimates" in made:
                    said = words_as_shown(said, released["estimates"], made["estimates"])
                exact = coarse_checks(frame.assign(statistic=said), _fewest(tables), base)
                rounded = rounded.assign(value=exact["value"], statistic=exact["statistic"])
            made[table.name] = conform(rounded, contract)
    return made


def _alike(
    name: str,
    frame: pd.DataFrame,
    rounded: pd.DataFrame,
    exact: pd.DataFrame,
    made: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Let what is made of estimates follow the shown ones."""
    if name == "area_effects":
        return totals_of_areas(rounded)
    if name == "totals":
        numbers = totals_of_estimates(frame, exact, made["estimates"])
    elif "estimand" in frame:
        numbers = as_shown(frame, exact, made["estimates"])
    else:
        return rounded
    moved = {c: numbers[c].ne(frame[c]) & frame[c].notna() for c in ENDS if c in frame}
    return rounded.assign(**{c: rounded[c].mask(which, numbers[c]) for c, which in moved.items()})


def _fewest(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Give each estimand the fewest persons in an arm and period behind any number of it."""
    if "estimates" not in tables:
        return pd.Series(dtype=float)
    return tables["estimates"].groupby("estimand")["n_persons_min"].min().astype(float)


def _persons_of_estimates(estimates: pd.DataFrame | None) -> pd.Series:
    if estimates is None:
        return pd.Series(dtype=float)
    return estimates.groupby("estimand")["n_persons"].max().astype(float)
