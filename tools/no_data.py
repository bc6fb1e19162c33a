"""Refuse files that must not be committed: data, results, identity codes, notebooks with outputs.

Run ``python tools/no_data.py FILE...`` with paths as git names them, from the project folder;
pre-commit does so with what is about to be committed. Without a path it looks at all tracked files.
"""

import json
import subprocess
import sys
from importlib import util
from pathlib import Path, PurePosixPath
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]

ALLOWED = {"data/README.md"}
FOLDERS = {"data", "results"}
SUFFIXES = {".parquet", ".duckdb", ".dta", ".sav", ".sas7bdat", ".xlsx", ".xpt", ".zip", ".gz"}
EXAMPLES = {"131052-308T"}  # of the Digital and Population Data Services Agency: nobody's
LARGEST = 500_000  # bytes; requirements.lock, the largest file, has 260,000


def faults(name: str, content: bytes) -> list[str]:
    """Say why a file must not be committed; nothing if it may."""
    path = PurePosixPath(name)
    found = []
    if path.parts[0] in FOLDERS and name not in ALLOWED:
        found.append(f"lies in {path.parts[0]}/, which stays outside git")
    if path.suffix.lower() in SUFFIXES:
        found.append(f"{path.suffix} is a form of data or results")
    if len(content) > LARGEST:
        found.append(f"has {len(content):,} bytes, more than {LARGEST:,}")
    if path.suffix == ".ipynb" and has_outputs(content):
        found.append("keeps outputs of cells; clear them")
    if codes(content.decode("utf-8", "replace")) or codes(name):
        found.append("has a personal identity code")
    return found


def codes(text: str) -> set[str]:
    """Find identity codes that may be somebody's."""
    return {code[0].upper() for code in IDENTIFIERS.identity_codes(text)} - EXAMPLES


def leads_out(path: Path) -> bool:
    """Tell whether a link leads out of the project, where data may lie."""
    return path.is_symlink() and not path.resolve().is_relative_to(Path.cwd().resolve())


def _load(path: Path) -> ModuleType:
    """Load a module that needs no package, without the package around it."""
    spec = util.spec_from_file_location(path.stem, path)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


IDENTIFIERS = _load(ROOT / "src" / "kuntakokeilu" / "disclosure" / "identifiers.py")


def has_outputs(content: bytes) -> bool:
    """Tell whether a notebook keeps what its cells showed, which may be data."""
    cells = json.loads(content)["cells"]
    return any(cell.get("outputs") for cell in cells)


def tracked() -> list[str]:
    """List the files that git keeps and that are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True).stdout
    names = listed.decode("utf-8").split("\0")
    return [name for name in names if Path(name).is_file()]


def main(names: list[str]) -> int:
    """Print one line for each fault; 1 if there is any."""
    lines = []
    for name in names or tracked():
        told = faults(name, Path(name).read_bytes())
        told += ["is a link that leads out of the project"] if leads_out(Path(name)) else []
        lines += [f"{'a file' if codes(name) else name}: {fault}" for fault in told]
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
