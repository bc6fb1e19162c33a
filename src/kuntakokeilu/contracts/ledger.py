"""The cost ledger: which columns of the person-months are euros of public money, and whose.

Costs of payers add up to all benefits and services, receipts to all taxes and contributions, to the
cent.
"""

from __future__ import annotations

WAGES, BENEFITS = "incomes_register_wages", "kela"

# Euros by who pays them in the end, whoever hands them out: what each says, and its sources.
_LEDGER_SOURCES = (BENEFITS, "keha", "thl")
LEDGER: dict[str, tuple[str, tuple[str, ...]]] = {
    "municipal_subsidy_cents": ("municipalities: share of the labour market subsidy", (BENEFITS,)),
    "municipal_services_cents": (
        "municipalities: services and social assistance, less transfers from the state",
        ("keha", "thl"),
    ),
    "municipal_employer_cents": (
        "municipalities as employers: wage and contributions of subsidised jobs, less the subsidy",
        ("keha", WAGES),
    ),
    "county_cents": ("wellbeing services counties: services, from 2023", ("thl",)),
    "county_employer_cents": (
        "wellbeing services counties as employers, in the same way, from 2023",
        ("keha", WAGES),
    ),
    "state_benefits_cents": ("state: benefits and social assistance", _LEDGER_SOURCES),
    "state_services_cents": ("state: employment services and wage subsidies", ("keha", WAGES)),
    "state_employer_cents": ("state as employer, in the same way", ("keha", WAGES)),
    "housing_allowance_cents": (
        "state: housing allowance, reckoned from income as for a single person",
        (WAGES, *_LEDGER_SOURCES),
    ),
    "state_transfers_cents": ("state: transfers to municipalities for services", ("keha",)),
    "employment_fund_cents": ("Employment Fund: earnings-related allowance", (BENEFITS,)),
    "unemployment_funds_cents": ("unemployment funds: earnings-related allowance", (BENEFITS,)),
    "social_insurance_cents": (
        "social insurance: sickness allowance and reimbursed medicines",
        (BENEFITS,),
    ),
    "municipal_tax_cents": ("municipal tax on the year's income, by month", (WAGES, BENEFITS)),
    "state_tax_cents": (
        "state tax and tax for public broadcasting on the year's income, by month",
        (WAGES, BENEFITS),
    ),
    "health_contributions_cents": (
        "health insurance contributions on wages, both sides, and on benefits",
        (WAGES, BENEFITS),
    ),
    "unemployment_contributions_cents": (
        "unemployment insurance contributions on wages, both sides",
        (WAGES,),
    ),
    "pension_contributions_cents": (
        "pension contributions on wages, both sides",
        ("keha", WAGES),
    ),
    "net_public_core_cents": (
        "net cost of benefits, services and taxes: all costs less taxes",
        (WAGES, *_LEDGER_SOURCES),
    ),
    "net_public_contributions_cents": (
        "the same less contributions without pensions",
        (WAGES, *_LEDGER_SOURCES),
    ),
    "net_public_cents": (
        "the same less pension contributions, which earn future pensions: all costs less all "
        "receipts",
        (WAGES, *_LEDGER_SOURCES),
    ),
    "shifted_cents": (
        "labour market subsidy of service days, times the share that a municipality would pay of "
        "it were they days of unemployment",
        (BENEFITS,),
    ),
    "municipal_posted_cents": (
        "municipal_subsidy_cents by the month of payment instead of entitlement",
        (BENEFITS,),
    ),
    "municipal_2025_cents": (
        "what municipalities would pay of the same benefits by the rules of 2025",
        (BENEFITS,),
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
