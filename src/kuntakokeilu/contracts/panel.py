"""Person-months: what `panel` writes and the collapse in `cells` reads. Nothing else sees persons.

One parquet file per sample (stock, inflow, job_seekers, survey), one row per person, cohort and
month.
Larger than memory at national scale, so the types are those of DuckDB and the files are read out
of core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, integer, number, released, text

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
    """

    type: str
    kind: Literal["key", "trait", "share", "number", "euros", "payers", "weight"]
    description: str
    sources: tuple[str, ...] = ()


def _key(kind: str, description: str) -> PanelColumn:
    return PanelColumn(kind, "key", description)


def _trait(kind: str, description: str) -> PanelColumn:
    return PanelColumn(kind, "trait", description + ", as frozen")


def _share(description: str, *sources: str) -> PanelColumn:
    return PanelColumn("BOOLEAN", "share", description, sources)


def _number(description: str, *sources: str) -> PanelColumn:
    return PanelColumn("DOUBLE", "number", description, sources)


def _euros(description: str, *sources: str) -> PanelColumn:
    return PanelColumn("BIGINT", "euros", description + ", in cents", sources)


_WAGES, _BENEFITS = "incomes_register_wages", "kela"

# The cost ledger: euros by who pays them in the end, whoever hands them out. Costs of payers add up
# to all benefits and services, receipts to all taxes and contributions, to the cent.
_LEDGER_SOURCES = (_BENEFITS, "keha", "thl")
LEDGER: dict[str, tuple[str, tuple[str, ...]]] = {
    "municipal_subsidy_cents": ("municipalities: share of the labour market subsidy", (_BENEFITS,)),
    "municipal_services_cents": (
        "municipalities: services and social assistance, less transfers from the state",
        ("keha", "thl"),
    ),
    "municipal_employer_cents": (
        "municipalities as employers: wage and contributions of subsidised jobs, less the subsidy",
        ("keha", _WAGES),
    ),
    "county_cents": ("wellbeing services counties: services, from 2023", ("thl",)),
    "county_employer_cents": (
        "wellbeing services counties as employers, in the same way, from 2023",
        ("keha", _WAGES),
    ),
    "state_benefits_cents": ("state: benefits and social assistance", _LEDGER_SOURCES),
    "state_services_cents": ("state: employment services and wage subsidies", ("keha", _WAGES)),
    "state_employer_cents": ("state as employer, in the same way", ("keha", _WAGES)),
    "housing_allowance_cents": (
        "state: housing allowance, reckoned from income as for a single person",
        (_WAGES, *_LEDGER_SOURCES),
    ),
    "state_transfers_cents": ("state: transfers to municipalities for services", ("keha",)),
    "employment_fund_cents": ("Employment Fund: earnings-related allowance", (_BENEFITS,)),
    "unemployment_funds_cents": ("unemployment funds: earnings-related allowance", (_BENEFITS,)),
    "social_insurance_cents": (
        "social insurance: sickness allowance and reimbursed medicines",
        (_BENEFITS,),
    ),
    "municipal_tax_cents": ("municipal tax on the year's income, by month", (_WAGES, _BENEFITS)),
    "state_tax_cents": (
        "state tax and tax for public broadcasting on the year's income, by month",
        (_WAGES, _BENEFITS),
    ),
    "health_contributions_cents": (
        "health insurance contributions on wages, both sides, and on benefits",
        (_WAGES, _BENEFITS),
    ),
    "unemployment_contributions_cents": (
        "unemployment insurance contributions on wages, both sides",
        (_WAGES,),
    ),
    "pension_contributions_cents": (
        "pension contributions on wages, both sides",
        ("keha", _WAGES),
    ),
    "net_public_core_cents": (
        "net cost of benefits, services and taxes: all costs less taxes",
        (_WAGES, *_LEDGER_SOURCES),
    ),
    "net_public_contributions_cents": (
        "the same less contributions without pensions",
        (_WAGES, *_LEDGER_SOURCES),
    ),
    "net_public_cents": (
        "the same less pension contributions, which earn future pensions: all costs less all "
        "receipts",
        (_WAGES, *_LEDGER_SOURCES),
    ),
    "shifted_cents": (
        "labour market subsidy of service days, times the share that a municipality would pay of "
        "it were they days of unemployment",
        (_BENEFITS,),
    ),
    "municipal_posted_cents": (
        "municipal_subsidy_cents by the month of payment instead of entitlement",
        (_BENEFITS,),
    ),
    "municipal_2025_cents": (
        "what municipalities would pay of the same benefits by the rules of 2025",
        (_BENEFITS,),
    ),
}
# Columns of the ledger that are added up to a net cost.
COSTS = (
    "municipal_subsidy_cents",
    "municipal_services_cents",
    "municipal_employer_cents",
    "county_cents",
    "county_employer_cents",
    "state_benefits_cents",
    "state_services_cents",
    "state_employer_cents",
    "housing_allowance_cents",
    "state_transfers_cents",
    "employment_fund_cents",
    "unemployment_funds_cents",
    "social_insurance_cents",
)
RECEIPTS = (
    "municipal_tax_cents",
    "state_tax_cents",
    "health_contributions_cents",
    "unemployment_contributions_cents",
    "pension_contributions_cents",
)
# Who pays and receives: each column of both sums belongs to one of them.
FINANCIERS = {
    "municipalities": (
        "municipal_subsidy_cents",
        "municipal_services_cents",
        "municipal_employer_cents",
        "municipal_tax_cents",
    ),
    "counties": ("county_cents", "county_employer_cents"),
    "state": (
        "state_benefits_cents",
        "state_services_cents",
        "state_employer_cents",
        "housing_allowance_cents",
        "state_transfers_cents",
        "state_tax_cents",
    ),
    "unemployment_insurance": (
        "employment_fund_cents",
        "unemployment_funds_cents",
        "unemployment_contributions_cents",
    ),
    "health_insurance": ("social_insurance_cents", "health_contributions_cents"),
    "pensions": ("pension_contributions_cents",),
}
# The layers of the net cost: all costs, less so many of the receipts. The first leads.
NET_LAYERS = {
    "net_public_core_cents": RECEIPTS[:2],
    "net_public_contributions_cents": RECEIPTS[:4],
    "net_public_cents": RECEIPTS,
}

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
    "employed": _share("wage of the month above the study's threshold", _WAGES),
    "employed_above_1000": _share("wage of the month above 1,000 euros", _WAGES),
    "open_market_work": _share("employed and not subsidised", "keha", _WAGES),
    "wage_cents": _euros("wages of the month", _WAGES),
    "wage_payers": PanelColumn(
        "STRUCT(payer INTEGER, cents BIGINT)[]", "payers", "who paid wage_cents", (_WAGES,)
    ),
    "benefit_cents": _euros("unemployment benefits for the month, recoveries deducted", _BENEFITS),
    "labour_market_subsidy_cents": _euros("labour market subsidy for the month", _BENEFITS),
    "basic_allowance_cents": _euros("basic allowance for the month", _BENEFITS),
    "earnings_related_cents": _euros("earnings-related allowance for the month", _BENEFITS),
    "benefit_days": _number("paid days of these benefits, recoveries deducted", _BENEFITS),
    "social_assistance": _share("social assistance in the month", "thl"),
    "sickness_days": _number("calendar days of sickness allowance in the month", "kela"),
    "psychotropic_purchase": _share("purchase of a medicine of ATC N05 or N06", "kela"),
    "primary_care_visits": _number("primary-care visits in the month", "thl"),
    # Since entry: over all months up to this one, from the month of entry of an inflow and from the
    # month after a stock's; missing without cohorts and unless the register reaches all of them.
    "months_worked": _number("months employed since entry", _WAGES),
    # Without payers: those of several months are in no column, so its cells have none.
    "earnings_since_entry_cents": _euros("wages since entry", _WAGES),
    "unemployed_days": _number("days unemployed or laid off in the month", "keha"),
    "unemployed_days_since_entry": _number("such days since entry", "keha"),
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
        _WAGES,
    ),
    "exit_to_service": _share(
        "of those unemployed at the end of the month before: in a service or subsidised work",
        "keha",
    ),
    "exit_from_labour_force": _share(
        "of those unemployed at the end of the month before: neither unemployed, in a service nor "
        "in work",
        "keha",
        _WAGES,
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
    "assistance_months_since_entry": _number("months on social assistance since entry", "thl"),
    "psychotropic_doses": _number(
        "defined daily doses of ATC N05 and N06 bought in this and the two months before", "kela"
    ),
    "income_change_cents": _euros(
        "wages and unemployment benefits less those of the month before, without sign",
        _WAGES,
        _BENEFITS,
    ),
    "disability_pension_start": _share(
        "a disability pension began in the month, none being paid at the end of the year before",
        "etk",
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

# Each keeps a part of the one before; the first two concern the same persons in every sample.
FLOW_STEPS = (
    "in_extract",
    "ever_job_seeker",
    "in_sample_at_date",
    "resident_when_frozen",
    "municipality_known",
    "age_within",
    "in_sample",
)
# How the right to earnings-related allowance is told; then the three flags of which one suffices.
ELIGIBILITY_DEFINITIONS = (
    "payments",
    "fund",
    "placements",
    "under_30",
    "foreign",
    "no_earnings_right",
)
_STATUS = text("may the counts be shown", values=("ok", "suppressed"))

FLOW = pa.DataFrameSchema(
    {
        "sample": text("sample of person-months", values=SAMPLES),
        "cohort": text("stock month; missing where cohorts are taken together", nullable=True),
        "position": integer("order of the step"),
        "step": text("name of the step; each keeps a part of the one before", values=FLOW_STEPS),
        "n_persons": count("distinct persons left after the step", nullable=False),
        "n_person_months": count("person-months left; missing before they exist"),
    },
    unique=["sample", "cohort", "step"],
    strict=True,
    name="FLOW",
    description=(
        "From persons in the extract to persons in each sample. Written by `panel`, released by "
        "`disclosure`, read by `report`. Restricted."
    ),
)

FLOW_RELEASED = released(
    FLOW,
    "FLOW without counts that are too small. Written by `disclosure`, read by `report`.",
    n_persons=count("distinct persons left after the step; missing if suppressed"),
    n_person_months=count("person-months left; missing if suppressed or not yet made"),
    status=_STATUS,
)

ELIGIBILITY = pa.DataFrameSchema(
    {
        "definition": text(
            "named definition of eligibility, or one of its three flags",
            values=ELIGIBILITY_DEFINITIONS,
        ),
        "in_trial_area": pa.Column(bool, coerce=True, description="lived in a trial area"),
        "n_persons": count("persons of the stock before the start", nullable=False),
        "n_eligible": count("of these, eligible by the definition", nullable=False),
        "n_clients": count("of all, clients of a trial office after the start", nullable=False),
        "n_both": count("eligible and clients", nullable=False),
    },
    unique=["definition", "in_trial_area"],
    strict=True,
    name="ELIGIBILITY",
    description=(
        "How eligibility frozen before the start agrees with who became a client of a trial "
        "office. Written by `panel`, released by `disclosure`, read by `report`. Restricted."
    ),
)

ELIGIBILITY_RELEASED = released(
    ELIGIBILITY,
    "ELIGIBILITY without rows that show too few persons. Written by `disclosure`, read by "
    "`report`.",
    n_persons=count("persons of the stock before the start; missing if suppressed"),
    n_eligible=count("of these, eligible by the definition; missing if suppressed"),
    n_clients=count("of all, clients of a trial office; missing if suppressed"),
    n_both=count("eligible and clients; missing if suppressed"),
    status=_STATUS,
)

CONSERVATION = pa.DataFrameSchema(
    {
        "check": text("what is conserved"),
        "before": number("what went in", nullable=False),
        "after": number("what came out", nullable=False),
        "left_out": number("what was left out by a named rule", nullable=False),
    },
    unique=["check"],
    strict=True,
    name="CONSERVATION",
    description=(
        "Person-months and euros in = out + left out, exactly. Written by `panel`, which stops "
        "if one does not add up. Restricted."
    ),
)

TRUTH = pa.DataFrameSchema(
    {
        "estimand": text("name of the estimand"),
        "term": text("what the row is about"),
        "event_time": integer("bins since the start"),
        "window": text("name of the calendar window", nullable=True),
        "truth": number("mean difference of the trial units' cells with and without the trial"),
    },
    unique=["estimand", "term", "event_time", "window"],
    strict=True,
    name="TRUTH",
    description=(
        "True effects on the synthetic twin. Read by tests and the validation notebook only."
    ),
)
