"""The command that holds an extract of registers against its contract."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from kuntakokeilu.commands.places import CONFIG, DEFAULT_STUDY
from kuntakokeilu.errors import InputError


def preflight(study: str | None, adapter: str | None, root: str | None) -> int:
    """Hold an extract of registers against its contract, in counts only; 1 if it has a fault."""
    from kuntakokeilu.private import secure
    from kuntakokeilu.registers import extract_root, open_extract, preflight, report

    study = study or (None if adapter else DEFAULT_STUDY)
    # Copies of persons stay where the study keeps its own, never in the system's folder.
    restricted = Path("results") / (study or "preflight") / "restricted"
    secure(restricted.parent)
    try:
        with tempfile.TemporaryDirectory(dir=restricted, prefix=".preflight-") as folder:
            if adapter is not None:
                written, files = Path(adapter), Path(root) if root else extract_root(None)
            else:
                written, files = extract_of(str(study), root, Path(folder))
            extract = open_extract(CONFIG, written, files)
            tables, findings, ratios = preflight(extract, Path(folder))
    finally:
        with contextlib.suppress(OSError):  # the first that holds something stays, as all above it
            for made in (restricted, restricted.parent / "logs", *restricted.parents[:2]):
                made.rmdir()
    print(report(extract, tables, findings, ratios))
    return int(tables["faults"].sum() > 0)


def extract_of(name: str, root: str | None, folder: Path) -> tuple[Path, Path]:
    """Give the adapter and the folder of a study's extract; a twin is made in `folder`."""
    from kuntakokeilu.registers import extract_root, read_adapter, read_contract
    from kuntakokeilu.study import read_study
    from kuntakokeilu.twin import make_world, simulate_pair, write_extract

    study = read_study(CONFIG, name)
    source = study.settings.source.registers
    if source is None:
        raise InputError(f"{name}: this study reads no registers; expected reader: registers")
    written = Path(source.adapter)
    if root is not None:
        return written, Path(root)
    if source.twin is None:
        return written, extract_root(source.root)
    world = make_world(source.twin, CONFIG, study.areas, study.effects)
    _, observed = simulate_pair(world)
    write_extract(world, observed, CONFIG, read_adapter(written, read_contract(CONFIG)), folder)
    return written, folder
