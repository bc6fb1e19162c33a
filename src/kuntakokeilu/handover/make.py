"""Making a package: gathered, signed, written inside, read back, looked through, and only then out.

Whatever fails leaves no package.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.attack import LEAST, attack, stop_at
from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.disclosure.leaks import Wanted, refuse, scan
from kuntakokeilu.errors import InputError, some, system_faults
from kuntakokeilu.handover.archive import require_small, unzipped, zipped
from kuntakokeilu.handover.contents import Contents, dead_references, package_contents
from kuntakokeilu.handover.form import About, form_page
from kuntakokeilu.handover.hidden import HIDDEN, MadeOf, disclosure_log, persons_behind_rows
from kuntakokeilu.handover.manifest import (
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    faults,
    package_manifest,
    read_manifest,
    sha256_of,
)
from kuntakokeilu.handover.signing import fingerprint, is_signed, own_key, public_text, signed
from kuntakokeilu.report.tables.data_package import FOLDER, data_package
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release, read_release
from kuntakokeilu.study import DisclosureProfile
from kuntakokeilu.study.limits import DisclosureLimit

DISCLOSURE_LOG, DICTIONARY = "disclosure_log.csv", "datapackage.json"
PERSONS_BEHIND = "persons_behind.csv"


@dataclass(frozen=True)
class Run:
    """A finished run of a study.

    Attributes
    ----------
    study : str
        Its name.
    folder : Path
        Its results.
    released, made : tuple of str
        Files of the release and of the report, seen from there.
    settings : str
        Fingerprint of the study as config/ has it now.
    profile : DisclosureProfile
        Its disclosure profile.
    readers : tuple of Language
        Languages of the form; the last also names tables in the dictionary of columns.
    limits : tuple of DisclosureLimit
        What the owners of its registers demand.
    permit : str or None
        The data owner's number of the permit.
    made_of : MadeOf
        What the release was made of, which tells why rows are hidden and how many persons are
        behind others.
    """

    study: str
    folder: Path
    released: tuple[str, ...]
    made: tuple[str, ...]
    settings: str
    profile: DisclosureProfile
    readers: tuple[Language, ...]
    limits: tuple[DisclosureLimit, ...] = ()
    permit: str | None = None
    made_of: MadeOf = field(default_factory=MadeOf)


@dataclass(frozen=True)
class HandedOver:
    """A package that may leave.

    Attributes
    ----------
    path : Path
        The zip.
    files : int
        How many files it has.
    size : int
        Its bytes.
    hidden : int
        Released rows with a number hidden.
    key : str
        Fingerprint of the public key.
    """

    path: Path
    files: int
    size: int
    hidden: int
    key: str


def make_package(run: Run, look_for: Wanted) -> HandedOver:
    """Make the package of a finished run.

    Parameters
    ----------
    run : Run
        The run.
    look_for : Wanted
        Ids and names that must not be in it.

    Returns
    -------
    HandedOver
        The package `package/<study>_<day>.zip`; one of the same day is replaced.

    Raises
    ------
    InputError
        The study was changed since it was run, a released file is not as the run wrote it, a file
        is missing or strange, the package is too large, or something in it must not leave. There
        is then no new package.
    """
    release = read_release(run.folder / FOLDER)
    _refuse_changed(run, release.manifest)
    key = own_key(run.folder / "restricted")
    public = public_text(key)
    mark = fingerprint(public)
    tables = {name: getattr(release, name) for name in _tables(run.released)}
    title = run.readers[-1].pick(release.study["title"])
    gathered = package_contents(run.folder, run.released, run.made, title)
    log = disclosure_log(tables, run.profile, run.made_of, gathered.left_out, run.readers)
    behind = persons_behind_rows(tables, run.profile, run.made_of)
    files = _with_descriptions(run, release, gathered, (log, behind), mark)
    profile = run.profile.model_dump(mode="json")
    told = package_manifest(run.study, release.manifest, profile, files, mark)
    if lost := dead_references(files):
        raise InputError(f"{some(lost, 4)}: not in the package; run the study again")
    whole = {**files, MANIFEST: told, SIGNATURE: signed(told, key), PUBLIC_KEY: public}
    packed = zipped(whole, _day(release))
    require_small(packed, len(whole))
    path = run.folder / "package" / f"{run.study}_{release.manifest['date']}.zip"
    of_persons = run.profile.min_persons > 0
    figures = [run.folder / name for name in run.made if _is_of_figure(name)]
    _written_and_read_back(packed, path, run.folder / "restricted", look_for, of_persons, figures)
    hidden = int(log["action"].eq(HIDDEN).sum())
    return HandedOver(path, len(whole), len(packed), hidden, mark)


def refuse_blank_form(study: str, told: Mapping[str, object], *, real_persons: bool) -> None:
    """Stop before anything of real persons is packed with a form that a checker would send back.

    Parameters
    ----------
    study : str
        Its name.
    told : mapping of str to object
        What only the applicant knows, by its name in study.yaml: permit, authors, contact.
    real_persons : bool
        Whether it is of an extract of real persons.

    Raises
    ------
    InputError
        One of them is missing.

    Examples
    --------
    >>> refuse_blank_form("demo_2021", {"permit": None}, real_persons=False)
    """
    missing = [name for name, value in told.items() if not value]
    if real_persons and missing:
        raise InputError(
            f"config/studies/{study}/study.yaml, {some(missing)}: missing; who checks results asks "
            "for the data owner's number of the permit, the applicant and where to ask"
        )


def nothing_must_stay(
    package: Path,
    release: Path,
    look_for: Wanted,
    of_persons: bool,
    figures: Iterable[Path] = (),
) -> None:
    """Refuse a package, as it lies on disk, that holds or tells what must not leave.

    Parameters
    ----------
    package, release : Path
        The zip, and the folder of its released files.
    look_for : Wanted
        Ids and names that must not be in it.
    of_persons : bool
        Whether persons stand behind it, whose counts an attacker would work out.
    figures : iterable of Path, optional
        Drawings and tables of their numbers, against which those in pages are held.

    Raises
    ------
    InputError
        One line that names files and kinds, and no value.
    """
    refuse(scan([package], look_for))
    reports = [package, *(figures if of_persons else ())]
    stop_at(attack(release, reports, least=LEAST if of_persons else 0))


def refuse_damaged(content: bytes, name: str) -> dict[str, bytes]:
    """Read a package and hold its files against its manifest, and that against its signature.

    Returns
    -------
    dict of str to bytes
        Its files.

    Raises
    ------
    InputError
        One line that names what is missing, changed or not signed.
    """
    files = unzipped(content, name)
    lacking = [each for each in (MANIFEST, SIGNATURE, PUBLIC_KEY) if each not in files]
    if lacking:
        raise InputError(f"{name}: no {some(lacking)}; expected a package of `run.py release`")
    told = read_manifest(files[MANIFEST])
    if not is_signed(files[MANIFEST], files[SIGNATURE], files[PUBLIC_KEY]):
        raise InputError(f"{name}: {SIGNATURE} does not fit {MANIFEST}: one of them was changed")
    if told["key"] != fingerprint(files[PUBLIC_KEY]):
        raise InputError(f"{name}: {PUBLIC_KEY} is not the key that {MANIFEST} names")
    if wrong := faults(told, files):
        raise InputError(f"{name}: {some(wrong)}")
    return files


def _written_and_read_back(
    packed: bytes,
    path: Path,
    inside: Path,
    look_for: Wanted,
    of_persons: bool,
    figures: Iterable[Path],
) -> None:
    with system_faults(path), tempfile.TemporaryDirectory(dir=inside, prefix=".package-") as folder:
        part, release = Path(folder) / path.name, Path(folder) / FOLDER
        part.write_bytes(packed)
        files = refuse_damaged(part.read_bytes(), path.name)
        release.mkdir()
        for name, content in files.items():
            if name.startswith(f"{FOLDER}/"):
                (release / Path(name).name).write_bytes(content)
        nothing_must_stay(part, release, look_for, of_persons, figures)
        path.parent.mkdir(exist_ok=True)
        part.replace(path)


def _refuse_changed(run: Run, told: Mapping[str, Any]) -> None:
    """Stop if the release is not what a run of the study as it stands wrote."""
    if told["study_sha256"] != run.settings:
        raise InputError(
            f"{run.study}: its settings were changed since the release was made; run it again: "
            f"python run.py results --study {run.study}"
        )
    for name, expected in told["files"].items():
        if sha256_of((run.folder / FOLDER / name).read_bytes()) != expected:
            raise InputError(
                f"{FOLDER}/{name}: not as the run wrote it; remove it and run the study again"
            )


def _with_descriptions(
    run: Run,
    release: Release,
    gathered: Contents,
    told: tuple[pd.DataFrame, pd.DataFrame],
    mark: str,
) -> dict[str, bytes]:
    """Add what is written about the files: log, persons behind rows, dictionary, forms."""
    log, behind = told
    files = {**gathered.files, DISCLOSURE_LOG: _csv(log)}
    if len(behind):
        files[PERSONS_BEHIND] = _csv(behind)
    released = {Path(name).name: files[name] for name in run.released if name in files}
    described = data_package(release, released, run.readers[-1])
    files[DICTIONARY] = (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    unknown = behind.loc[behind["payers"].eq("?"), "file"].map(lambda name: Path(name).stem)
    about = About(
        mark,
        run.permit,
        run.limits,
        gathered.pages,
        tuple(gathered.left_out),
        {str(name): int(n) for name, n in unknown.value_counts().items()},
    )
    forms = {
        f"checker_{each.code}.html": form_page(release, files, run.profile, about, each)
        for each in run.readers
    }
    return files | {name: page.encode("utf-8") for name, page in forms.items()}


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def _is_of_figure(name: str) -> bool:
    return name.startswith("report/figures/") and name.endswith((".csv", ".svg"))


def _tables(released: Iterable[str]) -> list[str]:
    return [Path(name).stem for name in released if Path(name).stem in RELEASED_TABLES]


def _day(release: Release) -> date:
    return date.fromisoformat(release.manifest["date"])
