"""Municipality codes across years and mergers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.errors import InputError, some

MUNICIPALITY_COLUMNS = (
    "code",
    "valid_from",
    "valid_to",
    "name_fi",
    "name_sv",
    "name_en",
    "region",
    "sub_region",
    "ely",
)
MERGER_COLUMNS = ("code_from", "code_to", "date")


@dataclass(frozen=True)
class Classification:
    """The municipalities of one year, and how codes of other years lead to them.

    Attributes
    ----------
    year : int
        Year of the classification, as on 1 January.
    municipalities : DataFrame
        config/municipalities.csv, all text; one row per code and interval of years.
    mergers : DataFrame
        config/municipality_mergers.csv, all text: `code_from` became part of `code_to`.
    """

    year: int
    municipalities: pd.DataFrame
    mergers: pd.DataFrame

    def members(self) -> pd.DataFrame:
        """Return the municipalities of the year, one row each."""
        first = self.municipalities["valid_from"].astype(int)
        last = self.municipalities["valid_to"].replace("", "9999").astype(int)
        valid = (first <= self.year) & (last >= self.year)
        return self.municipalities[valid].reset_index(drop=True)

    def successors(self) -> dict[str, str]:
        """Map every code that a merger has ended by the year to the code it lives on under."""
        done = self.mergers[self.mergers["date"].str[:4].astype(int) <= self.year]
        step = dict(zip(done["code_from"], done["code_to"], strict=True))

        def follow(code: str) -> str:
            for _ in step:  # no chain is longer than the table
                code = step.get(code, code)
            return code

        return {code: follow(code) for code in step}

    def translate(self, codes: pd.Series, where: str) -> pd.Series:
        """Express municipality codes of any year in this classification.

        Parameters
        ----------
        codes : Series of str
            Three-digit codes; the index is the row in the file minus 2.
        where : str
            File and column, for the message.

        Raises
        ------
        InputError
            A code is not known in any year, or no merger leads from it to this year.
        """
        unknown = codes[~codes.isin(set(self.municipalities["code"]))]
        if len(unknown):
            raise InputError(
                f"{where}, row {unknown.index[0] + 2}: {some(unknown.unique())} is no "
                "municipality code of any year; expected three digits as in "
                "config/municipalities.csv"
            )
        translated = codes.replace(self.successors())
        stray = codes[~translated.isin(set(self.members()["code"]))]
        if len(stray):
            raise InputError(
                f"{where}, row {stray.index[0] + 2}: {some(stray.unique())} is no municipality "
                f"in {self.year}, nor part of one by a merger"
            )
        return translated
