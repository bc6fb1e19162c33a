"""The waist: cells, counts and units, which every study has, whatever its source."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, integer, number, period, text

CENTRES = ("east", "north")  # columns of UNITS that say where a municipality lies

CELLS = pa.DataFrameSchema(
    {
        "population": text("who is counted, for example all job seekers"),
        "stratification": text("the scheme the stratum belongs to; schemes overlap"),
        "stratum": text("the group within the scheme"),
        "cohort": text("entry month or stock date, where the sample has one", nullable=True),
        "elapsed": integer("periods since entry, where the sample has one"),
        "unit": text("municipality code, or the study's own unit"),
        "period": period("calendar time in the study's frequency"),
        "outcome": text("name of the outcome in outcomes.csv"),
        "n": count("persons behind the cell; missing if unpublished"),
        "weight": number("n, survey weight, or the frozen denominator"),
        "value_kind": text("how the value came about", values=("sum", "published_mean")),
        "sum": number("weighted sum of the outcome"),
        "sum_sq": number("weighted sum of squares; missing for published means"),
        "mean": number("weighted mean of the outcome; missing if suppressed at the source"),
        **{
            name: pa.Column(kind, nullable=True, required=False, coerce=True, description=words)
            for name, kind, words in (
                ("sum_abs", float, "sum of absolute euros; only of euros, as all that follow"),
                ("n_nonzero", "Int64", "persons with an amount"),
                ("top1", float, "largest absolute amount of a person"),
                ("top2", float, "second largest"),
                ("n_payers", "Int64", "distinct payers; missing if the register names none"),
                ("payer_top1", float, "largest absolute amount of a payer"),
            )
        },
        r"^c_.+$": pa.Column(
            float,
            regex=True,
            required=False,
            nullable=True,
            coerce=True,
            description="control: the mean of a column that moves over time, in the same cell",
        ),
        "sources": text("contributing sources, sorted and joined by ;"),
    },
    unique=[
        "population",
        "stratification",
        "stratum",
        "cohort",
        "elapsed",
        "unit",
        "period",
        "outcome",
    ],
    strict=True,
    name="CELLS",
    description=(
        "The waist: one row per population, stratum, unit, period and outcome. Written by "
        "`cells`, read by `estimation` and `diagnostics`. Restricted."
    ),
)

COUNTS = pa.DataFrameSchema(
    {
        "population": text("who is counted"),
        "stratification": text("the scheme the stratum belongs to"),
        "stratum": text("the group within the scheme"),
        "unit": text("municipality code, or the study's own unit"),
        "n_persons": count("distinct persons over all periods; missing if unpublished"),
        "n_spells": pa.Column(
            "Int64", nullable=True, required=False, coerce=True, description="distinct entries"
        ),
        "n_payers": pa.Column(
            "Int64", nullable=True, required=False, coerce=True, description="distinct wage payers"
        ),
    },
    unique=["population", "stratification", "stratum", "unit"],
    strict=True,
    name="COUNTS",
    description=(
        "Distinct persons per domain, since persons are not additive over months. Written by "
        "`cells`, read by `estimation`. Restricted."
    ),
)

UNITS = pa.DataFrameSchema(
    {
        "unit": text("municipality code, or the study's own unit"),
        "name_fi": text("name in Finnish"),
        "name_sv": text("name in Swedish"),
        "name_en": text("name in English"),
        "arm": text(
            "trial, control, or neither (kept out)", values=("trial", "control", "neither")
        ),
        "area": text("trial area; missing outside the trial", nullable=True),
        "cluster": text("trial area in the trial arm, sub-region elsewhere, or as declared"),
        "first_treated": period("first period of treatment; missing if never", nullable=True),
        "region": text("region code", nullable=True),
        "sub_region": text("sub-region code", nullable=True),
        "ely": text("ELY centre code", nullable=True),
        "weight_frozen": number("persons before the start; missing if not declared"),
        **{
            name: pa.Column(
                float,
                required=False,
                nullable=True,
                coerce=True,
                description=f"kilometres {name} of the municipality's centre in ETRS-TM35FIN; "
                "missing without an outline",
            )
            for name in CENTRES
        },
        r"^x_.+$": pa.Column(
            float,
            regex=True,
            required=False,
            nullable=True,
            coerce=True,
            description="covariate measured before the start",
        ),
        r"^persons_.+$": pa.Column(
            "Int64",
            regex=True,
            required=False,
            nullable=True,
            coerce=True,
            description="persons behind a covariate made of cells, in the month with fewest; a "
            "covariate without it is of public statistics",
        ),
    },
    unique=["unit"],
    strict=True,
    name="UNITS",
    description=(
        "One row per unit of the study. Written by `cells`, read by `estimation` and `diagnostics`."
    ),
)

UNITS_RELEASED = pa.DataFrameSchema(
    {
        **{n: UNITS.columns[n] for n in ("unit", "name_fi", "name_sv", "name_en", "arm", "area")},
        "cluster": UNITS.columns["cluster"],
        "status": text(
            "is the unit compared, and if not, why",
            values=("compared", "left_out", "not_yet_treated", "treated_before"),
        ),
    },
    unique=["unit"],
    strict=True,
    name="UNITS_RELEASED",
    description="What is public of UNITS. Written by `disclosure`, read by `report`.",
)
