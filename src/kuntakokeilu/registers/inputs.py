"""Which files of an extract a study reads, so that a workflow can follow them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.registers.adapter import Adapter
from kuntakokeilu.registers.files import find_file


def extract_files(adapter: Adapter, root: Path, tables: Iterable[str]) -> dict[str, Path]:
    """Find the files of some tables, and of the key links that they need.

    Parameters
    ----------
    adapter : Adapter
        Where the files are.
    root : Path
        Folder of the extract.
    tables : iterable of str
        Our names of the tables; those that the extract does not have are passed over.

    Returns
    -------
    dict of str to Path
        File as the adapter names it, below the root, to where it is.

    Raises
    ------
    InputError
        A file is missing; the message names its table.
    """
    wanted = {name: adapter.tables[name] for name in tables if name in adapter.tables}
    links = {files.link for files in wanted.values() if files.link}
    wanted |= {f"link {name}": adapter.links[name] for name in sorted(links)}
    found: dict[str, Path] = {}
    for name, files in wanted.items():
        paths = {relative: find_file(root, relative) for relative in files.files().values()}
        missing = [relative for relative, path in paths.items() if path is None]
        if missing:
            raise InputError(
                f"table {name}: file_missing ({len(missing)} of {len(paths)}), {some(missing)} in "
                "the folder of register data; preflight lists everything that is missing"
            )
        found |= {relative: path for relative, path in paths.items() if path is not None}
    return found
