# Where a study of registers keeps its tables, person-months and cells, with and without the trial.
from kuntakokeilu.contracts import LEDGER, SAMPLES

SOURCE = STUDY.settings.source
WANTED = wanted_cells(STUDY)
USED = [s for s in SAMPLES if any(SOURCE.populations[name].sample == s for name in WANTED)]
REGISTER_CONFIG = sorted(path.as_posix() for path in Path("config/registers").glob("*.csv"))
# Outcomes of the person-months that the study uses; the ledger is made where a cost is among them.
COLUMNS = sorted({outcome.column for outcome in STUDY.outcomes.values() if outcome.column})
LEDGER_RULES = sorted(path.as_posix() for path in Path("config/ledger").glob("*.csv"))
LEDGER_RULES = [*LEDGER_RULES, "config/benefit_rates.csv"] if set(COLUMNS) & set(LEDGER) else []
UNTREATED = f"{RESTRICTED}/untreated"
PRICE_YEARS = {n: o.price_year for n, o in STUDY.outcomes.items() if o.price_year is not None}
PRICES = ["config/price_index.csv"] if PRICE_YEARS else []


def register_tables(folder):
    """Name the typed register tables of one world."""
    return expand(f"{folder}/registers/{{name}}.parquet", name=REGISTER_TABLES)


def person_months(folder):
    """Name the person-months of one world."""
    return expand(f"{folder}/panel/{{sample}}.parquet", sample=USED)


def register_cells(folder):
    """Name the cells of one world."""
    return expand(f"{folder}/cells/{{outcome}}.parquet", outcome=STUDY.outcomes)


def panel_reports(folder):
    """Name what is known of the person-months beside them."""
    names = ("flow", "eligibility", "conservation", "survey_response")
    return {name: f"{folder}/{name}.parquet" for name in names}
