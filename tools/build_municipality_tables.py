"""Build config/municipalities.csv and config/municipality_mergers.csv from the classification keys.

Run ``python tools/build_municipality_tables.py`` from anywhere. The keys are read from the
folder named by the environment variable KUNTAKOKEILU_DATA, else from ``../shared/data`` beside
the repository:

- ``keys/municipality_key_2013_2026.csv``, Statistics Finland's regional classifications, one row
  per year and municipality;
- ``keys/abolished_municipalities.csv``, the merger key: ``joiner`` became part of ``joinee``.

The result depends on the keys alone, so a test can rebuild the tables and compare them with the
committed ones.
"""

import os
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
DATA_VARIABLE = "KUNTAKOKEILU_DATA"

CODES = {"region": "maakunta_code", "sub_region": "seutukunta_code", "ely": "ely_code"}
NAMES = {
    "code": {
        "name_fi": "municipality_name_fi",
        "name_sv": "municipality_name_sv",
        "name_en": "municipality_name_en",
    },
    "region": {
        "region_name_fi": "maakunta_name_fi",
        "region_name_sv": "maakunta_name_sv",
        "region_name_en": "maakunta_name_en",
    },
    "sub_region": {"sub_region_name_fi": "seutukunta_name_fi"},
    "ely": {"ely_name_fi": "ely_name_fi"},
}
MUNICIPALITY_COLUMNS = [
    "code",
    "valid_from",
    "valid_to",
    "name_fi",
    "name_sv",
    "name_en",
    "region",
    "region_name_fi",
    "region_name_sv",
    "region_name_en",
    "sub_region",
    "sub_region_name_fi",
    "ely",
    "ely_name_fi",
]
MERGER_COLUMNS = ["code_from", "code_to", "date", "name_from_fi", "name_to_fi", "source"]

# The yearly key starts on 1 January 2013, when these four were already gone; the list of the
# 2012-15 trial names them. Their names come from that list, their successors from the merger key.
ABOLISHED_2013 = {"246": "Kerimäki", "534": "Nilsiä", "618": "Punkaharju", "926": "Vihanti"}
# The merger key maps Pertunmaa to itself; the yearly key has it until 2024.
MISSING_MERGERS = {"588": "507"}

SOURCE_KEYS = "Statistics Finland, yearly municipality key (date) and merger key (successor)"
SOURCE_2013 = "Statistics Finland, merger key; in the 2012 trial list, not in the key of 2013"
SOURCE_MISSING = (
    "derived: last in the yearly key in 2024, and the unemployment rates of Mäntyharju in the "
    "classification of 2025 include it"
)


def tidy_key(raw):
    """Name the key's columns as in the output, strip stray spaces, carry ELY codes forward.

    ELY centres were abolished and the key of 2026 leaves their codes blank. The last known ELY
    code of a municipality is carried forward, so that a blank does not open a new interval.

    Parameters
    ----------
    raw : DataFrame
        The yearly key as read, every column text.

    Returns
    -------
    DataFrame
        ``year, code, region, sub_region, ely`` and the name columns, sorted by code and year.
    """
    names = {old: new for columns in NAMES.values() for new, old in columns.items()}
    codes = {old: new for new, old in CODES.items()}
    key = raw.rename(columns={"kunta": "code"} | codes | names)
    key = key[["year", "code", *CODES, *names.values()]].apply(lambda column: column.str.strip())
    key = key.sort_values(["code", "year"], ignore_index=True)
    # ASSUME the ELY areas of 2025 still stand in 2026: a blank repeats the last known ELY code.
    ely = key["ely"].where(key["ely"] != "").groupby(key["code"]).ffill()
    return key.assign(ely=ely.fillna(""))


def latest_names(key, by):
    """Return the last non-blank names of each code.

    Parameters
    ----------
    key : DataFrame
        From `tidy_key`.
    by : {"code", "region", "sub_region", "ely"}
        Whose names.

    Returns
    -------
    DataFrame
        One row per code: ``by`` and its name columns.
    """
    columns = list(NAMES[by])
    rows = key.loc[key[by] != "", ["year", by, *columns]].sort_values([by, "year"])
    filled = rows[columns].where(rows[columns] != "").groupby(rows[by]).ffill()
    latest = pd.concat([rows[[by]], filled], axis=1).drop_duplicates(by, keep="last")
    return latest.fillna("").reset_index(drop=True)


def validity_intervals(key):
    """Collapse years to intervals in which region, sub-region and ELY codes are constant.

    Parameters
    ----------
    key : DataFrame
        From `tidy_key`.

    Returns
    -------
    DataFrame
        ``code, valid_from, valid_to, region, sub_region, ely``, sorted by code and year;
        ``valid_to`` is empty where the interval reaches the key's last year, and ``valid_from``
        equal to the key's first year means that year or earlier.
    """
    before = key.groupby("code").shift()
    changed = (key[list(CODES)] != before[list(CODES)]).any(axis=1)
    gap = key["year"].astype(int) - before["year"].fillna("0").astype(int) != 1
    intervals = key.groupby(["code", (changed | gap).cumsum().rename("interval")], as_index=False)
    table = intervals.agg(
        valid_from=("year", "first"),
        valid_to=("year", "last"),
        **{column: (column, "first") for column in CODES},
    )
    still_valid = table["valid_to"] == key["year"].max()
    return table.assign(valid_to=table["valid_to"].mask(still_valid, "")).drop(columns="interval")


def successors(merger_key, codes):
    """Look up the one municipality that each abolished code became part of.

    Parameters
    ----------
    merger_key : DataFrame
        ``joiner, joinee`` with codes as ``KU005``; rows that map a code to itself say nothing.
    codes : iterable of str
        Abolished codes.

    Returns
    -------
    dict of str to str
        Successor by code. Raises ValueError where a code has none or more than one.
    """
    rows = merger_key.apply(lambda column: column.str.strip().str.removeprefix("KU"))
    rows = rows[rows["joiner"] != rows["joinee"]].drop_duplicates()
    found = {code: rows.loc[rows["joiner"] == code, "joinee"].tolist() for code in codes}
    unclear = {code: joinees for code, joinees in found.items() if len(joinees) != 1}
    if unclear:
        raise ValueError(f"not exactly one successor in the merger key: {unclear}")
    return {code: joinees[0] for code, joinees in found.items()}


def last_years(key):
    """Return the last year of every code that ends before the key does.

    Parameters
    ----------
    key : DataFrame
        From `tidy_key`.

    Returns
    -------
    dict of str to str
        Last year by code.
    """
    last = key.groupby("code")["year"].max()
    return last[last < key["year"].max()].to_dict()


def municipality_mergers(key, merger_key, abolished=ABOLISHED_2013, missing=MISSING_MERGERS):
    """List the one-to-one mergers since the start of the key.

    Parameters
    ----------
    key : DataFrame
        From `tidy_key`.
    merger_key : DataFrame
        ``joiner, joinee``.
    abolished : dict of str to str
        Names, by code, of municipalities abolished on the first day of the key.
    missing : dict of str to str
        Successors, by code, that the merger key lacks.

    Returns
    -------
    DataFrame
        ``code_from, code_to, date, name_from_fi, name_to_fi, source``, sorted by date and code.
        The date is 1 January of the year after the last year of validity.
    """
    ended = last_years(key)
    first_year = int(key["year"].min())
    last = ended | {code: str(first_year - 1) for code in abolished}
    target = successors(merger_key, sorted(last.keys() - missing.keys())) | missing
    names = latest_names(key, "code").set_index("code")["name_fi"].to_dict() | abolished
    source = dict.fromkeys(abolished, SOURCE_2013) | dict.fromkeys(missing, SOURCE_MISSING)
    rows = [
        (
            code,
            target[code],
            f"{int(year) + 1}-01-01",
            names[code],
            names[target[code]],
            source.get(code, SOURCE_KEYS),
        )
        for code, year in last.items()
    ]
    table = pd.DataFrame(rows, columns=MERGER_COLUMNS, dtype=str)
    return table.sort_values(["date", "code_from"], ignore_index=True)


def abolished_before_key(intervals, target, abolished=ABOLISHED_2013):
    """Give municipalities abolished on the first day of the key a row for the year before.

    Parameters
    ----------
    intervals : DataFrame
        From `validity_intervals`.
    target : dict of str to str
        Successor by abolished code.
    abolished : dict of str to str
        Names by abolished code.

    Returns
    -------
    DataFrame
        As `intervals`, one row per code of `abolished`, valid in the year before the key only.
    """
    first_year = intervals["valid_from"].min()
    year = str(int(first_year) - 1)
    # ASSUME an abolished municipality lay in the region, sub-region and ELY area that its
    # successor has in the key's first year.
    first = intervals[intervals["valid_from"] == first_year].set_index("code")
    rows = first.loc[[target[code] for code in abolished]].reset_index(drop=True)
    rows = rows.assign(code=list(abolished), valid_from=year, valid_to=year)
    return rows[intervals.columns]


def municipalities(key, merger_key, abolished=ABOLISHED_2013):
    """Build the table of municipalities, one row per code and interval of constant areas.

    ELY codes are carried forward into the years for which the key has none (see `tidy_key`).
    Names are the latest of the key. A municipality abolished before the key has one name in all
    three languages.

    Parameters
    ----------
    key : DataFrame
        From `tidy_key`.
    merger_key : DataFrame
        ``joiner, joinee``.
    abolished : dict of str to str
        Names, by code, of municipalities abolished on the first day of the key.

    Returns
    -------
    DataFrame
        The columns of ``MUNICIPALITY_COLUMNS``, sorted by code and first year.
    """
    intervals = validity_intervals(key)
    older = abolished_before_key(intervals, successors(merger_key, abolished), abolished)
    table = pd.concat([intervals, older], ignore_index=True)
    for by in NAMES:
        table = table.merge(latest_names(key, by), on=by, how="left", validate="many_to_one")
    older_name = table["code"].map(abolished)
    for column in NAMES["code"]:
        table[column] = table[column].fillna(older_name)
    return table.sort_values(["code", "valid_from"], ignore_index=True)[MUNICIPALITY_COLUMNS]


def build_tables(raw_key, merger_key):
    """Build both tables from the two keys as read.

    Parameters
    ----------
    raw_key, merger_key : DataFrame
        The yearly key and the merger key.

    Returns
    -------
    dict of str to DataFrame
        Table by the name of its file.
    """
    key = tidy_key(raw_key)
    return {
        "municipalities.csv": municipalities(key, merger_key),
        "municipality_mergers.csv": municipality_mergers(key, merger_key),
    }


def read_table(path):
    """Read a CSV file with every column as text and blanks as empty text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def read_keys(data_folder):
    """Read the yearly key and the merger key from the data folder."""
    keys = Path(data_folder) / "keys"
    return (
        read_table(keys / "municipality_key_2013_2026.csv"),
        read_table(keys / "abolished_municipalities.csv"),
    )


def write_table(table, path):
    """Write a table as comma-separated UTF-8 with LF line ends."""
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def find_data_folder():
    """Return the data folder, or stop with one line that says where it was looked for."""
    folder = Path(os.environ.get(DATA_VARIABLE) or ROOT.parent / "shared" / "data")
    if not (folder / "keys").is_dir():
        raise SystemExit(f"no keys/ in the data folder: set {DATA_VARIABLE} or add ../shared/data")
    return folder


def main():
    """Write both tables to config/."""
    for name, table in build_tables(*read_keys(find_data_folder())).items():
        write_table(table, ROOT / "config" / name)
        print(f"config/{name}: {len(table)} rows")


if __name__ == "__main__":
    main()
