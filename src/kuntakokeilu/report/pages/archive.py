"""Making a report of Snakemake fit to be handed on: no folder of this machine, links that work.

Snakemake writes the inputs of every step into its report as they were named, so data files come
with the path of the machine that read them; and it puts every page into a folder of its own, so
that pages which link to each other no longer meet.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import DATA_FOLDER, DATA_VARIABLE

_TEXT = (".html", ".svg", ".csv")


def clean_archive(path: Path) -> None:
    """Rewrite a report.zip of Snakemake in place.

    Parameters
    ----------
    path : Path
        The archive; this runs in the project's folder.

    Raises
    ------
    InputError
        A folder of this machine would still be named; the archive is then removed.
    """
    path = Path(path)
    with ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    texts = {name: content.decode("utf-8") for name, content in files.items() if _is_text(name)}
    shown = {name: relinked(hidden(text), name, texts) for name, text in texts.items()}
    leaks = [name for name, text in shown.items() if named_folders(text)]
    part = path.with_name(f".{path.name}.part")
    try:
        if leaks:
            raise InputError(f"{path.name}: {leaks[0]} names a folder of this machine")
        with ZipFile(part, "w", compression=ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, shown.get(name, content))
        part.replace(path)
    except InputError:
        path.unlink()
        raise
    finally:
        part.unlink(missing_ok=True)


def hidden(text: str) -> str:
    """Replace the data folder by `data` and the project folder by `.`, however they are written."""
    data = Path(os.environ.get(DATA_VARIABLE) or DATA_FOLDER)
    for folder, name in ((data, "data"), (Path.cwd(), ".")):
        for form in _forms(folder):
            text = text.replace(form, name)
    return text


def relinked(text: str, name: str, others: Mapping[str, str]) -> str:
    """Point a page to the pages and pictures of the archive that have moved to other folders.

    Parameters
    ----------
    text : str
        The page.
    name : str
        Its name in the archive.
    others : mapping of str to str
        Names in the archive.
    """
    moved = {PurePosixPath(other).name: PurePosixPath(other) for other in others}
    here = PurePosixPath(name).parent

    def link(match: re.Match[str]) -> str:
        found = moved.get(match[2])
        if found is None:
            return match[0]
        place = os.path.relpath(found, here).replace(os.sep, "/")
        return f'{match[1]}="{place}{match[3] or ""}"'

    return re.sub(r'(href|src)="(?:[\w.-]+/)*([\w.-]+\.(?:html|svg|csv))(#[^"]*)?"', link, text)


def _is_text(name: str) -> bool:
    return name.endswith(_TEXT)


def named_folders(text: str) -> list[str]:
    """List the folders of this machine that a text names: home, project, environment."""
    plain = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)  # where any few letters occur by chance
    forms = [
        form for folder in (Path.home(), Path.cwd(), Path(sys.prefix)) for form in _forms(folder)
    ]
    return [form for form in forms if f"{form}/" in plain or f"{form}\\" in plain]


def _forms(folder: Path) -> list[str]:
    """List how a folder can stand in a page: as named or resolved, plain or inside JSON."""
    forms = {str(folder), folder.as_posix(), str(folder.resolve()), folder.resolve().as_posix()}
    forms |= {json.dumps(form)[1:-1] for form in forms}
    return sorted((form for form in forms if len(form) > 2), key=len, reverse=True)
