"""The record of a judged design: of which plan, on which day, and the hashes of what was written.

`run.py design` writes it beside its pages, and hidden effects are shown on it alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from kuntakokeilu.disclosure.manifest import file_hash, today
from kuntakokeilu.errors import InputError, system_faults
from kuntakokeilu.io import write_json
from kuntakokeilu.study import digest

RECORD = "record.json"


@dataclass(frozen=True)
class DesignRecord:
    """What was judged.

    Attributes
    ----------
    study : str
        Its name.
    date : str
        Day on which the design was judged, YYYY-MM-DD.
    plan_sha256 : str
        Hash of the plan that was judged, as a lock has it.
    files : dict of str to str
        SHA-256 of each page and table, by the name of its file.
    """

    study: str
    date: str
    plan_sha256: str
    files: dict[str, str]


def write_design_record(
    study: str, plan_sha256: str, files: Iterable[Path], path: Path
) -> DesignRecord:
    """Record what was judged, with a hash over all of it.

    Parameters
    ----------
    study : str
        Its name.
    plan_sha256 : str
        Hash of its plan.
    files : iterable of Path
        The pages and tables, in the folder of `path`.
    path : Path
        Where the record goes.
    """
    hashes = {Path(file).name: file_hash(file) for file in files}
    made = DesignRecord(study, today().isoformat(), plan_sha256, hashes)
    write_json({**asdict(made), "sha256": digest(asdict(made))}, path)
    return made


def read_design_record(path: Path) -> DesignRecord:
    """Read a record, and hold the pages and tables beside it against their hashes.

    Raises
    ------
    InputError
        There is no such file, it is no record or not a whole one, or a page or table is missing
        or not as it was written.
    """
    with system_faults(path.name):
        if not path.is_file():
            raise InputError(f"{path.name}: no such file; expected the record of run.py design")
        text = path.read_bytes()
    try:
        content = json.loads(text.decode("utf-8"))
        said = content.pop("sha256")
        found = DesignRecord(**content)
        whole = said == digest(asdict(found)) and bool(found.files)
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise InputError(
            f"{path.name}: no record of run.py design, or not as it wrote it; expected its file "
            f"{RECORD}"
        )
    for name, expected in found.files.items():
        with system_faults(name):
            file = path.parent / Path(name).name
            if not file.is_file() or file_hash(file) != expected:
                raise InputError(
                    f"{name}: missing beside {path.name}, or not as run.py design wrote it"
                )
    return found
