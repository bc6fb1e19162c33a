"""What is made of the release of a study, by names of files, as the records of `report` say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from kuntakokeilu.plan.run import Plan
from kuntakokeilu.report.figures.inputs import INPUTS
from kuntakokeilu.report.figures.record import figure_caption, figure_name, figure_title
from kuntakokeilu.report.figures.registry import FIGURES, planned_figures
from kuntakokeilu.report.pages import annex
from kuntakokeilu.report.pages.divided import annex_of
from kuntakokeilu.report.pages.planned import planned_pages
from kuntakokeilu.report.tables.registry import planned_tables
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.language import LANGUAGES, Language, read_language
from kuntakokeilu.report.words.trace import trace_file

MACHINE = ""  # of the forms of a result table, that for programs
# Those for Excel as it is set in the languages with a decimal comma.
EXCEL = {"fi": "_excel_fi", "sv": "_excel_sv"}


class FigureFile(NamedTuple):
    """One file of a figure; a picture of the packed report has a language and a title there."""

    path: str
    language: str = ""
    title: str = ""


@dataclass(frozen=True)
class ReportFiles:
    """The files of a report.

    Attributes
    ----------
    folder : str
        The folder of all of them.
    declared : Declaration
        What the study says of itself.
    readers : dict of str to Language
        Code of each language, to its words about this study.
    inputs : dict of str to list
        Name of each input that some figures need, to its files; none if the study has none.
    settings : dict of str to str
        What must be known to read them.
    tables : list of str
        Names of result tables, in the order of their sheets.
    pages : list of str
        Names of pages, as they are read.
    figures : dict of str to list of str
        Kind of figure, to what it is drawn of.
    """

    folder: str
    declared: Declaration
    readers: dict[str, Language]
    inputs: dict[str, list[Any]]
    settings: dict[str, str]
    tables: list[str]
    pages: list[str]
    figures: dict[str, list[str]]

    @property
    def briefs(self) -> dict[tuple[str, str], str]:
        """The brief by form, pdf or html, and language."""
        forms = ("pdf", "html")
        return {
            (form, c): f"{self.folder}/brief_{c}.{form}" for c in self.readers for form in forms
        }

    @property
    def brief_links(self) -> dict[str, dict[str, str]]:
        """What each brief of the web links to, by language: itself as PDF, other languages."""
        return {
            code: {
                f"brief_{code}.pdf": "PDF",
                **{
                    f"brief_{other.code}.html": other.say("figure.language")
                    for other in self.readers.values()
                    if other.code != code
                },
                f"results_{code}.xlsx": reader.say("brief.workbook"),
                trace_file(reader): reader.say("trace.page"),
            }
            for code, reader in self.readers.items()
        }

    @property
    def workbooks(self) -> dict[str, str]:
        """Workbooks by language."""
        return {code: f"{self.folder}/results_{code}.xlsx" for code in self.readers}

    def table_files(self, form: str) -> list[str]:
        """Name the files of the result tables in one form."""
        return [f"{self.folder}/tables/{name}{form}.csv" for name in self.tables]

    @property
    def page_files(self) -> list[str]:
        """The pages."""
        return [f"{self.folder}/{name}.html" for name in self.pages]

    @property
    def annex_files(self) -> list[str]:
        """What the pages have no room for, a page each."""
        return [f"{self.folder}/{annex_of(name)}" for name in self.pages]

    @property
    def outcome_pages(self) -> dict[str, str]:
        """The page of each outcome."""
        outcomes = self.declared.study["outcomes"]
        return {name: f"{self.folder}/{annex.file_of(name)}" for name in outcomes}

    @property
    def trace_pages(self) -> dict[str, str]:
        """The page by language that says where each number comes from."""
        files = {code: trace_file(reader) for code, reader in self.readers.items()}
        return {code: f"{self.folder}/{name}" for code, name in files.items()}

    @property
    def page_titles(self) -> dict[str, str]:
        """Titles of pages in the packed report, in the order they are read."""
        titles = [name.replace("_", " ").capitalize() for name in self.pages]
        numbered = enumerate(zip(self.pages, titles, strict=True), start=1)
        return {name: f"{place} {title}" for place, (name, title) in numbered}

    def drawn(self, kind: str) -> list[FigureFile]:
        """Name the files of all figures of a kind: data, and two pictures in each language."""
        return [file for of in self.figures[kind] for file in self._files(kind, of)]

    def _files(self, kind: str, of: str) -> list[FigureFile]:
        stem, study = f"{self.folder}/figures/{figure_name(kind, of)}", self.declared.study
        pictures = [
            FigureFile(f"{stem}_{code}.svg", code, figure_title(kind, of, study, reader))
            for code, reader in self.readers.items()
        ]
        plain = [FigureFile(f"{stem}_{code}.png") for code in self.readers]
        return [FigureFile(f"{stem}.csv"), *pictures, *plain]

    @property
    def figure_files(self) -> list[str]:
        """The files of all figures."""
        return [file.path for kind in self.figures for file in self.drawn(kind)]

    @property
    def made(self) -> list[str]:
        """Everything that is handed on beside the release."""
        tables = [file for form in (MACHINE, *EXCEL.values()) for file in self.table_files(form)]
        notebooks = [f"{self.folder}/{name}.ipynb" for name in self.pages]
        pages = [
            *self.page_files,
            *self.annex_files,
            *self.outcome_pages.values(),
            *self.trace_pages.values(),
        ]
        first = [*self.briefs.values(), *self.workbooks.values()]
        return [*first, *pages, *notebooks, *tables, *self.figure_files]

    def inputs_of(self, kind: str) -> dict[str, list[Any]]:
        """Name the files that a kind of figure needs beside the release."""
        return {name: self.inputs[name] for name in FIGURES[kind].inputs}

    def captions(self, kind: str) -> dict[str, str]:
        """Say by language what a kind of figure shows, for the packed report."""
        return {code: figure_caption(kind, reader) for code, reader in self.readers.items()}

    def outdated(self) -> list[Path]:
        """Find figures, tables and pages that the study no longer declares, so that none is read.

        Only these three folders belong to the workflow alone; a user may keep files beside them.
        """
        tables = [file for form in (MACHINE, *EXCEL.values()) for file in self.table_files(form)]
        pages = self.outcome_pages.values()
        declared = {Path(path) for path in (*self.figure_files, *tables, *pages)}
        folder = Path(self.folder)
        made = [*folder.glob("figures/*"), *folder.glob("tables/*.csv")]
        made += folder.glob(f"{annex.FOLDER}/*.html")
        kinds = (".csv", ".svg", ".png", ".html")
        return [path for path in made if path.suffix in kinds and path not in declared]


def find_report_files(plan: Plan) -> ReportFiles:
    """Say what is made of the release of a study.

    Parameters
    ----------
    plan : Plan
        A run of the study.

    Raises
    ------
    InputError
        The words of a language are not there or have a fault.
    """
    study, settings = plan.study.describe(), plan.study.settings
    declared = Declaration(
        study,
        released=plan.released_tables,
        balanced=[name for name, rule in settings.comparisons.items() if rule.balance],
        by_area=plan.service_models.estimands if plan.service_models else [],
    )
    return ReportFiles(
        folder=plan.report,
        declared=declared,
        readers={code: read_language(code).about(study) for code in LANGUAGES},
        inputs={name: getattr(plan, name) for name in INPUTS},
        settings={"outline_code": settings.map.code} if settings.map else {},
        tables=planned_tables(declared),
        # The last may know the truth of a synthetic twin.
        pages=[*planned_pages(declared), *(["validation"] if plan.shows_truth else [])],
        figures=planned_figures(declared),
    )
