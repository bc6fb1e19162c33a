from kuntakokeilu.disclosure import released_tables, restricted_tables

RELEASED_TABLES = released_tables(STUDY)
RELEASED = [
    *expand(f"{RELEASE}/{{name}}.csv", name=RELEASED_TABLES),
    *expand(f"{RELEASE}/{{name}}.json", name=["study", "manifest"]),
]
# Tables that are made domain by domain; any other is one file.
BY_DOMAIN = {
    "estimates": of_domains("estimates"),
    "coverage": of_domains("coverage"),
    "diagnostics": [
        *of_domains("diagnostics"),
        f"{RESTRICTED}/diagnostics_across_outcomes.parquet",
    ],
}
# The rules of the cost ledger travel with a study that counts costs.
PARAMETERS = (
    [
        *sorted(path.as_posix() for path in Path("config/ledger").glob("*.csv")),
        "config/benefit_rates.csv",
        "config/price_index.csv",
    ]
    if "parameters" in RELEASED_TABLES
    else []
)


def restricted(name):
    """Name the files of a table under restricted/."""
    return BY_DOMAIN.get(name, [f"{RESTRICTED}/{name}.parquet"])


rule release:
    input:
        **{name: restricted(name) for name in restricted_tables(RELEASED_TABLES)},
        rules=PARAMETERS,
        sources=[*map(data_file, SOURCE_NAMES), *EXTRACT.values(), *CLASSIFICATION, *MATRIX],
        code=code("study", "disclosure"),
    output:
        **{name: f"{RELEASE}/{name}.csv" for name in RELEASED_TABLES},
        study=f"{RELEASE}/study.json",
        manifest=f"{RELEASE}/manifest.json",
    log:
        f"{LOGS}/release.log",
    params:
        spec={
            "tables": RELEASED_TABLES,
            "profile": STUDY.profile.model_dump(mode="json"),
            "study": STUDY.describe(),
            "programme_costs": [row.model_dump() for row in STUDY.money.programme_costs],
            "comparison": STUDY.leading(next(iter(STUDY.outcomes))).comparison_rule.model_dump(),
            "span": STUDY.leading(next(iter(STUDY.outcomes))).span,
            "settings": STUDY.fingerprint(),
            "seed": STUDY.settings.seed,
            "sources": [*SOURCE_NAMES, *EXTRACT, *CLASSIFICATION, *MATRIX],
        },
    message:
        f"Releasing the numbers of {STUDY.name} that may leave"
    script:
        "../scripts/release.py"
