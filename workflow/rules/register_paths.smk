# Where a study of registers keeps its tables, person-months and cells, with and without the trial.
from kuntakokeilu.contracts import SAMPLES

SOURCE = STUDY.settings.source
USED = [s for s in SAMPLES if any(p.sample == s for p in SOURCE.populations.values())]
REGISTER_CONFIG = sorted(path.as_posix() for path in Path("config/registers").glob("*.csv"))
UNTREATED = f"{RESTRICTED}/untreated"


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
    names = ("flow", "eligibility", "conservation")
    return {name: f"{folder}/{name}.parquet" for name in names}
