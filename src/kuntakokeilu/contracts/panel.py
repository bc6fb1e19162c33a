"""Person-months: what `panel` writes and the collapse in `cells` reads. Nothing else sees persons.

One parquet file per sample (stock, inflow, job_seekers, survey), one row per person, cohort and
month.
Larger than memory at national scale, so the types are those of DuckDB and the files are read out
of core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kuntakokeilu.contracts.ledger import BENEFITS, LEDGER, NET_LAYERS, WAGES

REGISTER_SAMPLES = ("stock", "inflow", "job_seekers")
SAMPLES = (*REGISTER_SAMPLES, "survey")  # a survey is no register: few studies have one


@dataclass(frozen=True)
class PanelColumn:
    """A column of the person-months.

    Attributes
    ----------
    type : str
        Its type in DuckDB.
    kind : {"key", "trait", "share", "number", "euros", "payers", "weight"}
        key and trait: who and when; share, number, euros: an outcome, which the collapse puts
        into per cent, as it is, or from cents into euros; payers: who paid an outcome; weight:
        how many persons a row stands for.
    description : str
        What it says.
    sources : tuple of str
        Sources by which disclosure looks up its thresholds; empty for keys and traits.
    since_entry : bool
        It adds up the months since a person entered, which may be of several years.
    """

    type: str
    kind: Literal["key", "trait", "share", "number", "euros", "payers", "weight"]
    description: str
    sources: tuple[str, ...] = ()
    since_entry: bool = False


def _key(kind: str, description: str) -> PanelColumn:
    return PanelColumn(kind, "key", description)


def _trait(kind: str, description: str) -> PanelColumn:
    return PanelColumn(kind, "trait", description + ", as frozen")


def _share(description: str, *sources: str) -> PanelColumn:
    return PanelColumn("BOOLEAN", "share", description, sources)


def _number(description: str, *sources: str, since_entry: bool = False) -> PanelColumn:
    return PanelColumn("DOUBLE", "number", description, sources, since_entry)


def _euros(description: str, *sources: str, since_entry: bool = False) -> PanelColumn:
    return PanelColumn("BIGINT", "euros", description + ", in cents", sources, since_entry)


# Nobody is in the first two at once, and the third is either of them.
STATUS_OUTCOMES = ("unemployed", "in_service", "unemployed_or_in_service")
# What moves where a status is recorded otherwise: statuses, and costs of services, part of which
# the ledger tells by status (panel/ledger/services.py).
RECORDED = (
    *STATUS_OUTCOMES,
    "municipal_services_cents",
    "county_cents",
    "state_services_cents",
    "state_transfers_cents",
    *NET_LAYERS,
)

# Who lives under the trial: no effect of it, but how far the arms differ in what they got.
EXPOSURE = "under_trial"

# Outcomes are missing where the register does not reach (wages before 2019); a cell then has none.
PERSON_MONTHS: dict[str, PanelColumn] = {
    "person": _key("INTEGER", "number of the person within this run, no id of any register"),
    "cohort": _key("DATE", "first day of the entry month or of the stock's month; null without"),
    "elapsed": _key("SMALLINT", "months since the cohort's month; null without a cohort"),
    "period": _key("DATE", "first day of the calendar month"),
    "unit": _key("VARCHAR", "municipality before the start, in the study's classification"),
    "sex": _trait("VARCHAR", "male, female or unknown"),
    "age_group": _trait("VARCHAR", "under_25, 25_29, 30_49 or 50_plus"),
    "education": _trait("VARCHAR", "basic, secondary, tertiary or unknown"),
    "language": _trait("VARCHAR", "finnish, swedish, other or unknown"),
    "under_30": _trait("BOOLEAN", "younger than 30"),
    "foreign": _trait("BOOLEAN", "foreign-language speaker or no Finnish citizen"),
    "no_earnings_right": _trait("BOOLEAN", "no right to earnings-related allowance"),
    "eligible": _trait("BOOLEAN", "any of these three, by the study's definition"),
    "long_term": _trait(
        "BOOLEAN", "unemployed at the ends of the twelve months before; stocks only"
    ),
    "limited": _trait("BOOLEAN", "a recorded illness or disability limits work"),
    "registered": _share("job seeker at the end of the month", "keha"),
    "unemployed": _share("unemployed or laid off at the end of the month", "keha"),
    "laid_off": _share("laid off at the end of the month", "keha"),
    "in_service": _share("in a service or training at the end of the month", "keha"),
    "unemployed_or_in_service": _share("the sum of the two", "keha"),
    "subsidised": _share("in subsidised work at the end of the month", "keha"),
    "service_start": _share("a service began in the month", "keha"),
    "plan_made": _share("a plan was made or renewed in the month", "keha"),
    "contacts": _number("contacts between office and client in the month", "keha"),
    "employed": _share("wage of the month above the study's threshold", WAGES),
    "employed_above_1000": _share("wage of the month above 1,000 euros", WAGES),
    "open_market_work": _share("employed and not subsidised", "keha", WAGES),
    "wage_cents": _euros("wages of the month", WAGES),
    "wage_payers": PanelColumn(
        "STRUCT(payer INTEGER, cents BIGINT)[]", "payers", "who paid wage_cents", (WAGES,)
    ),
    "benefit_cents": _euros("unemployment benefits for the month, recoveries deducted", BENEFITS),
    "labour_market_subsidy_cents": _euros("labour market subsidy for the month", BENEFITS),
    "basic_allowance_cents": _euros("basic allowance for the month", BENEFITS),
    "earnings_related_cents": _euros("earnings-related allowance for the month", BENEFITS),
    "benefit_days": _number("paid days of these benefits, recoveries deducted", BENEFITS),
    "social_assistance": _share("social assistance in the month", "thl"),
    "sickness_days": _number("calendar days of sickness allowance in the month", "kela"),
    "psychotropic_purchase": _share("purchase of a medicine of ATC N05 or N06", "kela"),
    "primary_care_visits": _number("primary-care visits in the month", "thl"),
    # Since entry: over all months up to this one, from the month of entry of an inflow and from the
    # month after a stock's; missing without cohorts and unless the register reaches all of them.
    "months_worked": _number("months employed since entry", WAGES, since_entry=True),
    # Without payers: those of several months are in no column, so its cells have none.
    "earnings_since_entry_cents": _euros("wages since entry", WAGES, since_entry=True),
    "unemployed_days": _number("days unemployed or laid off in the month", "keha"),
    "unemployed_days_since_entry": _number("such days since entry", "keha", since_entry=True),
    "long_term_unemployed": _share(
        "unemployed or laid off at the ends of this and the eleven months before", "keha"
    ),
    # Of those at risk; missing for all others, so that the mean is a rate.
    "activated": _share(
        "in a service or subsidised at the end of the month, of these and the unemployed: the "
        "official activation rate",
        "keha",
    ),
    "exit_to_work": _share(
        "of those unemployed at the end of the month before: no longer so, in no service, and "
        "recorded as employed or with a wage above the threshold in this or the next month",
        "keha",
        WAGES,
    ),
    "exit_to_service": _share(
        "of those unemployed at the end of the month before: in a service or subsidised work",
        "keha",
    ),
    "exit_from_labour_force": _share(
        "of those unemployed at the end of the month before: neither unemployed, in a service nor "
        "in work",
        "keha",
        WAGES,
    ),
    "contact_in_5_working_days": _share(
        "a contact within five working days after entry; known in the month of entry", "keha"
    ),
    "contact_in_14_days": _share(
        "a contact within fourteen days after entry; known in the month of entry", "keha"
    ),
    "no_contact": _share(
        "no contact in this and the two months before, of those registered at the ends of these "
        "and the month before them",
        "keha",
    ),
    "plan_outdated": _share(
        "no plan, or the review of the last one overdue at the end of the month, of those "
        "registered",
        "keha",
    ),
    "assistance_months_since_entry": _number(
        "months on social assistance since entry", "thl", since_entry=True
    ),
    "psychotropic_doses": _number(
        "defined daily doses of ATC N05 and N06 bought in this and the two months before", "kela"
    ),
    "income_change_cents": _euros(
        "wages and unemployment benefits less those of the month before, without sign",
        WAGES,
        BENEFITS,
    ),
    "disability_pension_start": _share(
        "a disability pension began in the month, none being paid at the end of the year before",
        "etk",
    ),
    EXPOSURE: _share(
        "lives in a trial municipality while the trial runs, by the residence of the last 31 "
        "December",
        "folk",
    ),
    **{name: _euros(description, *sources) for name, (description, sources) in LEDGER.items()},
    # Of the sample survey; missing in the others, where every row stands for one person.
    "asked_weight": PanelColumn("DOUBLE", "weight", "persons whom one asked stands for"),
    "answered_weight": PanelColumn(
        "DOUBLE", "weight", "persons whom one who answered stands for; missing of all others"
    ),
    "survey_responded": _share("answered the survey, of those asked", "survey"),
    "wellbeing_scale": _number(
        "mean of the survey's items, from 1 to 5 (best), of those who answered", "survey"
    ),
}
OUTCOMES = tuple(
    name for name, column in PERSON_MONTHS.items() if column.kind in ("share", "number", "euros")
)
TRAITS = tuple(name for name, column in PERSON_MONTHS.items() if column.kind == "trait")
# Which column says who paid an outcome.
PAYERS = {"wage_cents": "wage_payers"}
# Which columns say how many persons a row stands for, where it is more than one: those who answered
# stand for all asked in what only they told.
ASKED_WEIGHT, ANSWERED_WEIGHT = "asked_weight", "answered_weight"
ANSWERS = ("wellbeing_scale",)
