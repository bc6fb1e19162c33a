"""The package of a study: report.zip, which opens with a page that says what to read first."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.pages.archive import named_folders
from kuntakokeilu.report.pages.html_page import whole_page
from kuntakokeilu.report.tables.data_package import FOLDER, data_package
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release, read_release
from kuntakokeilu.report.words.trace import trace_file

START, DICTIONARY = "start.html", "datapackage.json"
# The report of Snakemake in its own archive, and in the package.
_ITS_OWN, _WORKFLOW = "report/", "workflow/"
_TEXT = (".html", ".svg", ".csv", ".json", ".ipynb")
_MOST_NAMED = 3
_STYLE = """
main > section { border-top: 3px solid #00508a; margin-top: 2rem; }
ol li, ul li { margin-bottom: .3rem; } code { overflow-wrap: anywhere; }
"""


def pack(
    path: Path,
    folder: Path,
    files: Sequence[str],
    pages: Sequence[str],
    readers: Sequence[Language],
) -> None:
    """Make the package in the place of the report that Snakemake made.

    Parameters
    ----------
    path : Path
        Snakemake's report, as `archive.clean_archive` leaves it.
    folder : Path
        The study's results.
    files : sequence of str
        What the study released and what was made of it, seen from there. Nothing else is packed:
        a user may keep other files beside them.
    pages : sequence of str
        Names of the reviewers' pages, in reading order.
    readers : sequence of Language
        Languages of the start page, in order; the last names tables in the dictionary of columns.

    Raises
    ------
    InputError
        A file is not there or names a folder of this machine; there is then no package.
    """
    release = read_release(folder / FOLDER)
    part = path.with_name(f".{path.name}.part")
    try:
        with ZipFile(part, "w") as package, ZipFile(path) as workflow:
            for name, content in _members(release, folder, files, pages, readers):
                _add(package, name, content, release)
            for name in workflow.namelist():
                moved = _WORKFLOW + name.removeprefix(_ITS_OWN)
                _add(package, moved, workflow.read(name), release)
        part.replace(path)
    except InputError:
        path.unlink()
        raise
    finally:
        part.unlink(missing_ok=True)


def start_page(
    release: Release, files: Collection[str], pages: Sequence[str], readers: Sequence[Language]
) -> str:
    """Write the page that a package opens with: what to read first, what failed, what is where.

    Parameters
    ----------
    release : Release
        A released study.
    files : collection of str
        What stands in the package; only what is there is named.
    pages : sequence of str
        Names of the reviewers' pages, in reading order.
    readers : sequence of Language
        Each has a part of the page.
    """
    study, first = release.study, readers[0]
    jumps = " · ".join(
        f'<a href="#{each.code}" lang="{each.code}">{escape(each.say("figure.language"))}</a>'
        for each in readers
    )
    parts = [_part(release, files, pages, each) for each in readers]
    return whole_page(
        title=f"{first.say('package.title')}: {first.pick(study['title'])}",
        body="\n".join([f"<p>{jumps}</p>", *parts]),
        links={},
        release=release,
        language=first,
        style=_STYLE,
    )


def state(release: Release, language: Language) -> list[str]:
    """Say how many checks failed, how many rows are hidden, and why.

    Returns
    -------
    list of str
        A sentence each on failed checks, on suppressed rows, and on numbers that do not exist.
    """
    checks = release.diagnostics
    failed = checks[checks["verdict"].eq("fail")]
    said = [language.say("package.none_failed")]
    if len(failed):
        named = [cautions.check_name(row, release.study, language) for _, row in failed.iterrows()]
        said = [
            language.say(
                "package.failed",
                n=language.number(len(failed), 0),
                estimands=language.number(failed["estimand"].nunique(), 0),
                names=_counted(named, language),
            )
        ]
    tables = [getattr(release, name) for name in RELEASED_TABLES]
    hidden = sum(int(t["status"].eq("suppressed").sum()) for t in tables if "status" in t)
    key = "package.hidden" if hidden else "package.none_hidden"
    said.append(language.say(key, n=language.number(hidden, 0)))
    numbers = release.estimates[release.estimates["leading"]]
    gone = numbers.loc[numbers["status"].eq("not_identified"), "identified"]
    if len(gone):
        reasons = _counted([lb.reason_label(name, language) for name in gone], language)
        count = language.number(len(gone), 0)
        said.append(language.say("package.not_identified", n=count, reasons=reasons))
    return said


def _members(
    release: Release,
    folder: Path,
    files: Sequence[str],
    pages: Sequence[str],
    readers: Sequence[Language],
) -> Iterator[tuple[str, bytes]]:
    """Give what stands in a package, in its order: what to read first comes first."""
    yield START, start_page(release, files, pages, readers).encode("utf-8")
    released = [name for name in files if name.startswith(f"{FOLDER}/")]
    contents = {name.removeprefix(f"{FOLDER}/"): _read(folder, name) for name in released}
    described = data_package(release, contents, readers[-1])
    text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
    yield DICTIONARY, text.encode("utf-8")
    for name in files:
        yield name, _read(folder, name)


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        raise InputError(f"{name}: no such file, so that nothing is packed") from None


def _add(package: ZipFile, name: str, content: bytes, release: Release) -> None:
    """Add a file with the day of the run, so that equal releases have equal packages."""
    if name.endswith(_TEXT) and named_folders(content.decode("utf-8")):
        raise InputError(f"{name} names a folder of this machine")
    year, month, day = (int(number) for number in release.manifest["date"].split("-"))
    member = ZipInfo(name, (year, month, day, 0, 0, 0))
    member.compress_type, member.external_attr = ZIP_DEFLATED, 0o644 << 16
    package.writestr(member, content)


def _part(
    release: Release, files: Collection[str], pages: Sequence[str], language: Language
) -> str:
    """Write the part of the start page in one language."""
    study = release.study
    read = [
        (f"report/brief_{language.code}.pdf", language.say("package.brief")),
        (f"report/brief_{language.code}.html", language.say("package.brief_html")),
        (f"report/results_{language.code}.xlsx", language.say("package.workbook")),
        (f"report/{trace_file(language)}", language.say("package.trace")),
        *((f"report/{name}.html", _page_text(name, language)) for name in pages),
    ]
    listed = "".join(
        f'<li><a href="{path}">{escape(text)}</a></li>' for path, text in read if path in files
    )
    said = state(release, language)
    warned = [language.say("study.simulated")] if study["simulated"] else []
    told = "".join(f"<li>{escape(text)}</li>" for text in [*warned, *said])
    heads = [language.say(f"package.column.{name}") for name in ("place", "what")]
    holds = html_table(
        pd.DataFrame(_holds(files, language), columns=heads), language.say("package.holds")
    )
    tables = html_table(
        pd.DataFrame(_tables(files, language), columns=heads), language.say("package.tables")
    )
    return (
        f'<section id="{language.code}" lang="{language.code}">\n'
        f"<h1>{escape(language.pick(study['title']))}</h1>\n"
        f"<p>{escape(language.say('package.unpack'))}</p>\n"
        f"<h2>{escape(language.say('package.first'))}</h2>\n<ol>{listed}</ol>\n"
        f"<h2>{escape(language.say('package.state'))}</h2>\n<ul>{told}</ul>\n"
        f"{holds}\n{tables}\n</section>"
    )


def _page_text(name: str, language: Language) -> str:
    return language.say("package.page", name=language.say(f"page.{name}"))


def _holds(files: Collection[str], language: Language) -> list[list[str]]:
    """List the folders of the package with what is in them."""
    forms = {"plain": "<…>.csv", "excel": "<…>_excel_fi.csv, <…>_excel_sv.csv"}
    places = {
        f"{FOLDER}/": "release",
        DICTIONARY: "dictionary",
        "report/": "report",
        "report/tables/": "tables",
        "report/figures/": "figures",
        _WORKFLOW: "workflow",
    }
    there = {DICTIONARY, _WORKFLOW}
    return [
        [place, language.say(f"package.holds.{name}", **forms)]
        for place, name in places.items()
        if place in there or any(file.startswith(place) for file in files)
    ]


def _tables(files: Collection[str], language: Language) -> list[list[str]]:
    """List the released tables with what is in them."""
    paths = {f"{FOLDER}/{name}.csv": name for name in RELEASED_TABLES}
    return [
        [path, language.say(f"package.table.{name}")]
        for path, name in paths.items()
        if path in files
    ]


def _counted(names: Iterable[str], language: Language) -> str:
    """Name what occurs most often, each with its count."""
    counts = pd.Series(list(names)).value_counts(sort=True)
    shown = [f"{name} ({language.number(n, 0)})" for name, n in counts.head(_MOST_NAMED).items()]
    return "; ".join(shown) + ("; …" if len(counts) > _MOST_NAMED else "")
