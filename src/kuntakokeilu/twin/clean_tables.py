"""The clean tables of the twin: what each holds, and which register tables are written from it.

Clean means: true, complete, in valid order, in our own codes. All dirt (lags, revisions, sentinel
dates, code clashes, split files) is the extract writer's. Persons are numbers from 0; months are
`year` and `month`; money is whole cents; open ends are missing dates. States are those of
`states.State`. Two columns carry the switch `recording` on to the writer: `miscoded` unemployment
is to be written as outside the labour force in a service (tyok1 7), and what is not `recorded`
is to be left out.
"""

from __future__ import annotations

from typing import Any

import pandera.pandas as pa

from kuntakokeilu.twin import survey


def _column(dtype: Any, description: str, nullable: bool = False, **checks: Any) -> pa.Column:
    found = [getattr(pa.Check, name)(value) for name, value in checks.items()]
    return pa.Column(dtype, found, nullable=nullable, coerce=True, description=description)


def _table(description: str, **columns: pa.Column) -> pa.DataFrameSchema:
    person = _column("int32", "Number of the person", ge=0)
    return pa.DataFrameSchema({"person": person, **columns}, strict=True, description=description)


def _date(description: str, nullable: bool = False) -> pa.Column:
    return _column("datetime64[s]", description, nullable)


_FIRST, _LAST = _date("First day"), _date("Last day; missing while open", nullable=True)
_STATE = _column("int8", "states.State", ge=0, le=12)
_AROUND = _column("int8", "states.State; -1 unknown or still open", ge=-1, le=12)
_YEAR, _MONTH = _column("int16", "Year", ge=2008, le=2024), _column("int8", "Month", ge=1, le=12)
_RECORDED = _column("bool", "False: kept out of the register by the switch `recording`")
_CENTS = _column("int64", "Cents", ge=0)

TABLES: dict[str, pa.DataFrameSchema] = {
    "persons": _table(
        "One row per person: traits that do not change.",
        birth_date=_date("Day of birth"),
        sex=_column("int8", "1 male, 2 female", isin=[1, 2]),
        language=_column("int8", "1 Finnish, 2 Swedish, 3 other", isin=[1, 2, 3]),
        citizenship=_column(str, "Country code; 246 Finland"),
        education=_column("int8", "Level of degree 3 to 8; 0 basic education only"),
        fund=_column(str, "Unemployment fund, three digits; empty: never a member"),
        fund_from=_date("Member from; missing: never", nullable=True),
        fund_to=_date("Member until before; missing: still or never", nullable=True),
        limited_from=_date("Limitation of work ability on record from", nullable=True),
        death_date=_date("Day of death", nullable=True),
        emigration_date=_date("Left the country for good", nullable=True),
        complier=_column("bool", "False: stays with the state office though eligible"),
    ),
    "residences": _table(
        "Spells of living in a municipality (classification of 2024), from birth.",
        municipality=_column(str, "Code, three digits"),
        start_date=_FIRST,
        end_date=_LAST,
    ),
    "statuses": _table(
        "Spells of one state, all persons and all states: they tile time from before month 0.",
        state=_STATE,
        next_state=_AROUND,
        start_date=_FIRST,
        end_date=_LAST,
        miscoded=_column("bool", "Recorded as tyok1 7 by the switch `recording`"),
    ),
    "registrations": _table(
        "Spells of job search, with the states before and after them.",
        before=_AROUND,
        after=_AROUND,
        start_date=_FIRST,
        end_date=_LAST,
    ),
    "offices": _table(
        "Spells at an office while registered.",
        office=_column(str, "Office code, four digits"),
        start_date=_FIRST,
        end_date=_LAST,
    ),
    "services": _table(
        "Employment services: work trial, coaching, training, study, rehabilitation.",
        state=_STATE,
        start_date=_FIRST,
        end_date=_LAST,
        completed=_column("bool", "Not broken off for work"),
    ),
    "placements": _table(
        "Subsidised placements.",
        start_date=_FIRST,
        end_date=_LAST,
        next_state=_AROUND,
        kind=_column(str, "5T, 5V, 6T, 6V or 40", isin=["5T", "5V", "6T", "6V", "40"]),
        sector=_column(str, "1 state, 2 municipality, 4 firm, 7 county", isin=["1", "2", "4", "7"]),
        benefit_before=_column(str, "01, 02 or 03", isin=["01", "02", "03"]),
        subsidy_share=_column("int8", "Per cent of the wage", ge=0, le=100),
    ),
    "eligibility": _table(
        "Grounds of eligibility at the end of some months, everyone alive and in the country.",
        as_of=_date("Last day of the month"),
        municipality=_column(str, "Residence on that day"),
        registered=_column("bool", "Job seeker on that day"),
        under_30=_column("bool", "Younger than 30"),
        foreign=_column("bool", "Foreign-language speaker or no Finnish citizen"),
        no_earnings_right=_column("bool", "Not entitled to earnings-related allowance"),
        eligible=_column("bool", "Any of the three"),
    ),
    "sickness": _table(
        "Spells of sickness allowance.",
        start_date=_FIRST,
        end_date=_date("Last paid day"),
        days=_column("int16", "Weekdays paid", ge=0),
        cents=_CENTS,
    ),
    "pensions": _table(
        "Spells of one kind of pension, in whole months.",
        kind=_column(str, "elakelaji: 1 old age, 2 disability", isin=["1", "2"]),
        start_date=_FIRST,
        end_date=_LAST,
        since_date=_date("First day of all pensions without a break up to this one"),
    ),
    "survey": _table(
        "Persons asked in a wave of the survey.",
        wave=_date("First day of the month"),
        weight=_column(float, "1 over the chance of being asked", ge=1),
        responded=_column("bool", "False: the answers are what would have been given"),
        **{item: _column("int8", "Answer; 0 left blank", ge=0, le=5) for item in survey.ITEMS},
    ),
    "plans": _table(
        "Plans with one agreed task each.",
        date=_date("Day of the plan"),
        kind=_column(str, "kotsk: 00, 01, 02, 07", isin=["00", "01", "02", "07"]),
        task=_column(str, "toimikoodi"),
        due_date=_date("Day by which the task is due"),
        review_date=_date("Day of the next review"),
        done=_column("bool", "The task was done"),
        recorded=_RECORDED,
    ),
    "contacts": _table(
        "Contacts between office and client.",
        date=_date("Day"),
        way=_column(str, "yhtottotapa"),
        recorded=_RECORDED,
    ),
    "offers": _table("Job offers.", date=_date("Day"), result=_column(str, "tuloskoodi")),
    "wages": _table(
        "Wages: one row per person, payer and month (files begin in 2019).",
        payer=_column("int32", "Number of the payer", ge=0),
        cents=_CENTS,
        last_week=_column("bool", "Pay covers the last week of the month"),
        year=_YEAR,
        month=_MONTH,
    ),
    "benefits": _table(
        "Unemployment benefits: a row per payment or recovery, by entitlement month.",
        benefit=_column(str, "FM, FP or AP", isin=["FM", "FP", "AP"]),
        ground=_column("int8", "1 unemployment, 2 adjusted, 3 service", isin=[1, 2, 3]),
        days=_column("int16", "Weekdays; negative in a recovery"),
        cents=_column("int64", "Gross cents; negative in a recovery"),
        counter=_column(
            "int16",
            "Days counted before the month: unemployment-paid days of labour market subsidy (FM), "
            "or used days of the running maximum",
            ge=0,
        ),
        payment_date=_date("Day of payment; its month is the posting month"),
        recovery=_column("bool", "Recovery of a payment"),
        year=_YEAR,
        month=_MONTH,
    ),
    "social_assistance": _table(
        "Months on social assistance.",
        municipality=_column(str, "Residence"),
        basic_cents=_CENTS,
        supplementary_cents=_CENTS,
        preventive_cents=_CENTS,
        year=_YEAR,
        month=_MONTH,
    ),
    "medicines": _table(
        "Reimbursed medicine purchases.",
        date=_date("Day"),
        atc=_column(str, "ATC code"),
        packages=_column("int8", "Packages", ge=1),
        doses=_column("float32", "Defined daily doses bought", ge=0),
        cost_cents=_CENTS,
        reimbursed_cents=_CENTS,
    ),
    "visits": _table(
        "Primary-care visits.",
        date=_date("Day"),
        profession=_column(str, "nurse, physician or other"),
        in_person=_column("bool", "Visit in person (R10)"),
        nature=_column(str, "SH outpatient care, TH health promotion", isin=["SH", "TH"]),
    ),
}
# Which clean tables each register table of config/registers/tables.csv is written from.
SOURCES: dict[str, tuple[str, ...]] = {
    "persons_yearly": ("persons", "residences", "statuses"),
    "persons_sex": ("persons",),
    "jobseekers": ("persons", "registrations"),
    "jobseeker_residence": ("residences", "registrations"),
    "jobseeker_office": ("offices",),
    "jobseeker_diagnosis": ("persons", "registrations"),
    "search_spells": ("registrations",),
    "status_spells": ("statuses",),
    "subsidised_placements": ("placements",),
    "work_trials": ("services",),
    "training": ("services",),
    "training_courses": ("services",),
    "plans": ("plans",),
    "ura_plans": ("plans",),
    "ura_contacts": ("contacts",),
    "ura_job_offers": ("offers",),
    "wages": ("wages",),
    "benefit_payments": ("benefits",),
    "social_assistance": ("social_assistance",),
    "sickness_allowance": ("sickness",),
    "medicine_purchases": ("medicines",),
    "primary_care_visits": ("visits",),
    "pensions": ("pensions",),
    "survey": ("survey",),
    "key_link": ("persons",),
}
# Written by year of entitlement, payment or event; the others are one frame.
YEARLY = (
    "plans",
    "contacts",
    "offers",
    "wages",
    "benefits",
    "social_assistance",
    "medicines",
    "visits",
)
for _name, _schema in TABLES.items():
    _schema.name = _name
