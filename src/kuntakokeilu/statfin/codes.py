"""The names and codes of Statistics Finland's PxWeb, and the forms that they take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from kuntakokeilu.errors import InputError, some

MISSING = ("", ".", "..", "...", "-")

# The table's variables under the codes and names that they have had, in lower case. Since June
# 2026 a code may carry a stamp, such as alue_23_20260101.
_VARIABLES = {
    "area": re.compile(r"(alue|kunta|region|area|municipality|område|kommun)([ _]\d+)*"),
    "month": re.compile(r"kuukausi|month|månad|timeperiod_m|tid"),
    "content": re.compile(r"tiedot|information|uppgifter|contentscode"),
}
_MONTH = re.compile(r"(\d{4})[M-](0[1-9]|1[0-2])\*?", re.IGNORECASE)


def variable_kind(code: str) -> str | None:
    """Tell whether a variable is the table's area, month or content.

    Examples
    --------
    >>> variable_kind("alue_23_20260101"), variable_kind("Uppgifter"), variable_kind("Ikä")
    ('area', 'content', None)
    """
    plain = code.strip().casefold()
    return next((kind for kind, form in _VARIABLES.items() if form.fullmatch(plain)), None)


def find_variable(codes: Iterable[str], kind: str, where: str, role: Sequence[str] = ()) -> str:
    """Find the area, month or content variable: by its role if it has one, else by its code.

    Raises
    ------
    InputError
        The table has no such variable any more, or two that could be it.
    """
    codes = list(codes)
    found = [code for code in role if code in codes]
    found = found or [code for code in codes if variable_kind(code) == kind]
    if len(found) == 1:
        return found[0]
    problem = "two variables that could be the" if found else "no variable for the"
    raise InputError(f"{where}: {problem} {kind}; the table has {some(codes, 8)}")


def content_codes(codes: Iterable[str], wanted: Sequence[str], where: str) -> dict[str, str]:
    """Match the content codes of a table to the names that the frame's columns get.

    Parameters
    ----------
    codes : iterable of str
        Codes as published: `TYOTOSUUS`, or with the prefix of the statistic `tyonv-TYOTOSUUS`.
    wanted : sequence of str
        Names asked for, in any case; all contents if empty.
    where : str
        File or table, for the message.

    Returns
    -------
    dict of str to str
        Published code to column, for the wanted ones.
    """
    short = {code: re.sub(r"^\w+-(?=\w+$)", "", code.strip()) for code in codes}
    if not wanted:
        return short
    known = {name.casefold(): code for code, name in short.items()}
    missing = [name for name in wanted if name.casefold() not in known]
    if missing:
        raise InputError(
            f"{where}: no content {some(missing)}; the table has {some(short.values(), 8)}; is it "
            "another table, or a content that it no longer has?"
        )
    return {known[name.casefold()]: name for name in wanted}


def area_code(code: str) -> str:
    """Bring `KU005`, `ku005_20260101` and `5` to `005`; leave other areas as they are.

    Examples
    --------
    >>> [area_code(code) for code in ("KU005", "ku005_20260101", "5", "SSS")]
    ['005', '005', '005', 'SSS']
    """
    plain = re.sub(r"_\d{8}$", "", code.strip()).upper()
    digits = re.sub(r"^KU(?=\d+$)", "", plain)
    return digits.zfill(3) if digits.isdecimal() else plain


def month_text(code: str, where: str) -> str:
    """Bring `2021M03`, `2021-03` and the preliminary `2021M03*` to `2021-03`."""
    match = _MONTH.fullmatch(code.strip())
    if match is None:
        raise InputError(f"{where}: expected a month such as 2021M03, found {code[:30]!r}")
    return f"{match[1]}-{match[2]}"


def published(values: pd.Series) -> pd.Series:
    """Empty the tokens of suppressed cells, and leave numbers as they were published."""
    text = values.fillna("").astype(str).str.strip()
    return text.mask(text.isin(MISSING), "")


def table_id(name: str) -> str:
    """Return `12r5` of `StatFin/tyonv/12r5.px` and of `statfin_tyonv_pxt_12r5`."""
    return name.strip().rpartition("/")[2].removesuffix(".px").rpartition("_")[2].casefold()


def refuse_web_page(text: str, where: str) -> None:
    """Stop if a server sent a web page, such as a notice of maintenance, instead of data."""
    if text.removeprefix("\ufeff").lstrip()[:1] == "<":
        raise InputError(
            f"{where}: a web page, not data; look at it in a browser and download again later"
        )


def title_id(title: str) -> str:
    """Return `12r5` of a title such as `12r5 -- Unemployed job seekers`; empty if there is none."""
    match = re.match(r"(\w{4}) -- ", title)
    return match[1] if match else ""
