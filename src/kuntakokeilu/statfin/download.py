"""Fetching a table from Statistics Finland's PxWeb, part by part.

The one place of the project that may touch the network, through `statfin.http`, and only for the
rule `fetch` and the portal's update: all else reads the files that they leave behind.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.io import write_json, write_text
from kuntakokeilu.statfin.codes import table_id
from kuntakokeilu.statfin.http import AnswerError, Caller, Limits
from kuntakokeilu.statfin.query import (
    Query,
    request_body,
    resolve_query,
    split_query,
    table_variables,
    verify_answer,
)
from kuntakokeilu.study import Download

# Statistics Finland's public interface; fi, sv or en decides the language of the texts.
STATFIN_URL = "https://pxdata.stat.fi/PxWeb/api/v1/fi"
LICENCE = "CC BY 4.0"

# Below the project folder; a download is brought along by copying it.
DOWNLOADS = Path("data/downloads")

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class _Place:
    """Where the files of one table, fetched on one day, lie."""

    folder: Path
    stem: str

    def answer(self, part: Mapping[str, Sequence[str]]) -> Path:
        name = hashlib.sha256(request_body(part)).hexdigest()[:16]
        return self.folder / f"{self.stem}_{name}.json"

    @property
    def metadata(self) -> Path:
        return self.folder / f"{self.stem}_metadata.json"

    @property
    def manifest(self) -> Path:
        return self.folder / f"{self.stem}_manifest.json"


def download_folder(study: str, name: str) -> Path:
    """Return the folder of all downloads of one table of a study."""
    return DOWNLOADS / study / name


def finished_downloads(folder: Path, table: str) -> list[Path]:
    """List the manifests of a table's finished downloads, the oldest first."""
    return sorted(Path(folder).glob(f"{table_id(table)}_*/*_manifest.json"))


def fetch_download(
    base_url: str, download: Download, folder: Path, *, retrieved: str, **options: Any
) -> tuple[Path, bool]:
    """Fetch a table as a study declares it; earlier downloads stay.

    Parameters
    ----------
    base_url : str
        Address of the interface with its language, such as `STATFIN_URL`.
    download : Download
        What the study declares.
    folder : Path
        The `download_folder`.
    retrieved : str
        Today's date, YYYY-MM-DD.
    **options
        As for `download_table`.

    Returns
    -------
    manifest : Path
        Manifest of the newest download.
    new : bool
        Whether the table has changed since the download before; if not, none is added.

    Raises
    ------
    InputError
        As for `download_table`.
    """
    earlier = finished_downloads(folder, download.table)
    query = {"contentscode": download.contents, **download.categories}
    if download.first_period is not None:
        query["month"] = f">={download.first_period}"
    days = (f"{retrieved}{more}" for more in ("", *(f"_{n:02d}" for n in range(2, 100))))
    places = (Path(folder) / f"{table_id(download.table)}_{day}" for day in days)
    place = next(place for place in places if not list(place.glob("*_manifest.json")))
    manifest = download_table(
        base_url, download.table, query, place, retrieved=retrieved, **options
    )
    if earlier and _hashes(earlier[-1]) == _hashes(manifest):
        shutil.rmtree(place)
        return earlier[-1], False
    return manifest, True


def _hashes(manifest: Path) -> list[str]:
    return [
        hashlib.sha256(text.encode()).hexdigest() for text in read_answers(manifest)[1].values()
    ]


def download_table(
    base_url: str,
    table: str,
    query: Query,
    target_folder: Path,
    *,
    retrieved: str,
    licence: str = LICENCE,
    tries: int = 5,
    timeout: float = 60.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None,
) -> Path:
    """Fetch a table, or go on where an earlier attempt of the same day ended.

    Parameters
    ----------
    base_url : str
        Address of the interface with its language, such as `STATFIN_URL`.
    table : str
        Path of the table below it, such as `StatFin/tyonv/12r5.px`.
    query : mapping of str to (sequence of str or "*")
        Variable to codes, in any case and in old or new form (`Alue` for `alue_23_20260101`,
        `005` for `KU005`, `2021-03` for `2021M03`); `>=2021-03` takes all months from there on.
        Area, month and content are taken whole if left out, of any other variable its total.
    target_folder : Path
        Folder for the answers as they came, the table's metadata and the manifest.
    retrieved : str
        Today's date, YYYY-MM-DD. Answers of another date are neither used nor removed.
    licence : str
        Licence of the table, for the manifest.
    tries : int
        How often a call is tried when the server is busy or the connection is cut.
    timeout : float
        Seconds to wait for an answer.
    sleep, clock : callable
        How to wait, and how to tell the time in seconds.
    progress : callable, optional
        Called with parts done, parts in all, and one line of text.

    Returns
    -------
    Path
        The manifest, written last: a download without one is not finished.

    Raises
    ------
    InputError
        The server cannot be reached, refuses the query, or goes on sending something else than
        was asked for.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", retrieved) is None:
        raise InputError(f"table {table}: expected a date such as 2026-09-01, found {retrieved}")
    place = _Place(Path(target_folder), f"{table_id(table)}_{retrieved}")
    tell = progress or (lambda done, total, text: None)
    caller = Caller(table, tries=tries, timeout=timeout, sleep=sleep, clock=clock)
    caller.told = lambda text: tell(0, 0, text)
    root = base_url.rstrip("/")
    address = f"{root}/{table.strip('/')}"
    caller.limits = limits = caller.get(f"{root}/?config", Limits.read)
    text = caller.get(address, lambda answer: answer)
    selection = resolve_query(table_variables(text, table), query, table)
    parts = split_query(selection, limits.cells)
    write_text(text, place.metadata)
    _fetch_parts(caller, address, table, parts, place, tell)
    known = {
        "table": table,
        "base_url": base_url,
        "licence": licence,
        "retrieved": retrieved,
        "query": selection,
        "limits": asdict(limits),
    }
    write_json(known | _on_disk(parts, place), place.manifest)
    tell(len(parts), len(parts), f"{place.manifest.name}: {counted(len(parts), 'part')}")
    return place.manifest


def _fetch_parts(
    caller: Caller,
    address: str,
    table: str,
    parts: Sequence[Mapping[str, list[str]]],
    place: _Place,
    tell: Progress,
) -> None:
    """Fetch the parts not yet on disk; a second time those published before the newest."""
    for _ in range(2):
        updated = {}
        for number, part in enumerate(parts, start=1):
            path, where = place.answer(part), f"table {table}, part {number} of {len(parts)}"
            text = _kept(path, part, table)
            if text is None:
                tell(number - 1, len(parts), f"part {number} of {len(parts)}")
                text = caller.post(address, request_body(part), _verifier(part, table, where))
                write_text(text, path)
            updated[path] = verify_answer(text, part, table, where)
        old = [path for path, when in updated.items() if when != max(updated.values())]
        if not old:
            return
        for path in old:
            path.unlink()
    raise InputError(
        f"table {table}: it was published anew during the download; run the download again"
    )


def _kept(path: Path, part: Mapping[str, list[str]], table: str) -> str | None:
    """Return an earlier answer if it still is what is asked for."""
    try:
        text = path.read_bytes().decode("utf-8")
        verify_answer(text, part, table, path.name)
    except (FileNotFoundError, UnicodeDecodeError, InputError):
        return None
    return text


def _verifier(part: Mapping[str, list[str]], table: str, where: str) -> Callable[[str], str]:
    def verified(text: str) -> str:
        try:
            verify_answer(text, part, table, where)
        except InputError as error:
            raise AnswerError(str(error)) from None
        return text

    return verified


def _on_disk(parts: Sequence[Mapping[str, list[str]]], place: _Place) -> dict[str, Any]:
    """Describe the files of a finished download, for the manifest."""
    paths = [place.answer(part) for part in parts]
    first = json.loads(paths[0].read_text(encoding="utf-8-sig"))
    return {
        "title": first.get("label") or "",
        "source": first.get("source") or "",
        "updated": first.get("updated") or "",
        "metadata": {"file": place.metadata.name, "sha256": _sha256(place.metadata)},
        "answers": [{"file": path.name, "sha256": _sha256(path)} for path in paths],
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_answers(manifest: Path) -> tuple[str, dict[str, str]]:
    """Read the answers of a finished download.

    Returns
    -------
    table : str
        The table.
    answers : dict of str to str
        File name to text, in the order of the parts.

    Raises
    ------
    InputError
        No manifest, or a file that is missing or has changed since the download.
    """
    manifest = Path(manifest)
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        table = str(content["table"])
        listed = {str(one["file"]): one["sha256"] for one in content["answers"]}
    except FileNotFoundError:
        raise InputError(f"{manifest.name}: no such file; was the download finished?") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{manifest.name}: not the manifest of a download") from None
    answers = {}
    for name, expected in listed.items():
        path = manifest.with_name(Path(name).name)
        if not path.is_file() or _sha256(path) != expected:
            raise InputError(
                f"{name}: missing, or not as downloaded; remove the folder {manifest.parent.name} "
                "and run the download again"
            )
        answers[name] = path.read_text(encoding="utf-8")
    return table, answers
