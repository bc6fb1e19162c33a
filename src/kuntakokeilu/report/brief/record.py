"""What a brief holds, as plain text in one language; writers add no word and no number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kuntakokeilu.report.words.answers import BriefAnswer


@dataclass(frozen=True)
class PayerTable:
    """Who pays and who saves.

    Attributes
    ----------
    title, caption : str
        Heading, and what the numbers are.
    head : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        A row for each payer; the last is the sum of all.
    notes : tuple of str
        What must stand below.
    """

    title: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class AreaPicture:
    """Where the trial was.

    Attributes
    ----------
    title, caption, alt : str
        Heading, what the shades mean, and the same for those who do not see it.
    names : str
        The trial areas by name.
    svg : str
        The map; empty in a study without one.
    """

    title: str
    names: str
    caption: str = ""
    alt: str = ""
    svg: str = ""


@dataclass(frozen=True)
class Brief:
    """One page.

    Attributes
    ----------
    language : str
        Code of the language.
    name : str
        What the page is.
    title : str
        Of the study.
    day : date
        Of the run.
    notices : tuple of str
        What must be read first, such as that the data are simulated.
    compared : tuple of str
        Heading, then who is compared, when.
    answers : tuple of BriefAnswer
        In the order that the study declares.
    sure : tuple of str
        Question and sentences on how sure the answers are.
    payers : PayerTable or None
        Of a study that knows them.
    where : AreaPicture or None
        Of a study of municipalities.
    limits : tuple of str
        Heading, then what the study cannot tell.
    about : tuple of tuple of str
        Topics and texts: when, from which data, by whom, how to cite.
    about_title, interval_name, grade_name, origin, more : str
        Further words of the page.
    trace : str
        The file beside it that says where numbers come from.
    """

    language: str
    name: str
    title: str
    day: date
    notices: tuple[str, ...]
    compared: tuple[str, ...]
    answers: tuple[BriefAnswer, ...]
    sure: tuple[str, ...]
    payers: PayerTable | None
    where: AreaPicture | None
    limits: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    about_title: str
    interval_name: str
    grade_name: str
    origin: str
    more: str = field(default="")
    trace: str = field(default="")
