"""Commands that carry things in and out: signed packages, and the offline kit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kuntakokeilu.commands.places import CONFIG, FOLDER
from kuntakokeilu.errors import InputError, counted, some

if TYPE_CHECKING:
    from kuntakokeilu.handover.hidden import MadeOf
    from kuntakokeilu.plan import Plan


def release(study: str) -> int:
    """Make the signed package of a finished run, with the form of who checks it."""
    from kuntakokeilu.disclosure.ids import ids_of_tables
    from kuntakokeilu.disclosure.leaks import wanted
    from kuntakokeilu.handover import Run, make_package
    from kuntakokeilu.handover.make import refuse_blank_form
    from kuntakokeilu.plan import find_report_files, leak_scan, make_plan
    from kuntakokeilu.private import own_temporary, secure

    plan = make_plan(study)
    folder, spec = Path(plan.release).parent, leak_scan(plan)
    again = f"python run.py results --study {study}"
    if not (folder / "release" / "manifest.json").is_file():
        raise InputError(f"{study}: no release in {folder.as_posix()}; run it first: {again}")
    if gone := [path for path in spec["ids"] if not Path(path).is_file()]:
        tables = counted(len(gone), "register table is", "register tables are")
        raise InputError(
            f"{study}: {tables} not there, so that no id of the extract could be looked for; "
            f"run it again: {again}"
        )
    settings = plan.study.settings
    real = plan.study.profile.min_persons > 0 and not settings.source.synthetic
    told = {name: getattr(settings, name) for name in ("permit", "authors", "contact")}
    refuse_blank_form(study, told, real_persons=real)
    secure(folder)
    reports = find_report_files(plan)
    released, made = (
        tuple(Path(name).relative_to(folder).as_posix() for name in names)
        for names in (plan.released, reports.made)
    )
    run = Run(
        study,
        folder,
        released,
        made,
        plan.study.fingerprint(),
        plan.study.profile,
        tuple(reports.readers.values()),
        tuple(plan.study.limits),
        settings.permit,
        _made_of(plan),
    )
    with own_temporary(Path(plan.restricted)):
        ids = ids_of_tables({Path(path): names for path, names in spec["ids"].items()})
        package = make_package(run, wanted(ids, spec["columns"]))
    print(
        f"{study}: {counted(package.files, 'file')}, {package.size / 1e6:.1f} MB, "
        f"{counted(package.hidden, 'row has', 'rows have')} a number hidden; no leak found"
    )
    print(f"Signed; fingerprint of the key: {package.key}")
    print(package.path.as_posix())
    return 0


def _made_of(plan: Plan) -> MadeOf:
    """Read what the release was made of; nothing of published statistics, which hide nothing."""
    import pandas as pd

    from kuntakokeilu.disclosure import restricted_tables
    from kuntakokeilu.disclosure.reasons import persons_column
    from kuntakokeilu.disclosure.sums import LEDGER_OUTCOMES
    from kuntakokeilu.handover.hidden import MadeOf
    from kuntakokeilu.io import read_table
    from kuntakokeilu.plan import specs

    if not plan.study.profile.min_persons:
        return MadeOf()
    tables = {
        name: pd.concat([read_table(Path(path), schema) for path in plan.to_release[name]])
        for name, schema in restricted_tables(plan.released_tables).items()
        if persons_column(name, schema.columns)
    }
    spec = specs.release(plan.study, plan.released_tables, plan.sources)
    return MadeOf(tables, pd.DataFrame(spec["ledger"], columns=LEDGER_OUTCOMES))


def verify(
    package: str, files: list[str], key: str | None, signature_only: bool, tolerance: float
) -> int:
    """Check a package: signature, hashes, files that are said to be of it, and its numbers."""
    from kuntakokeilu.handover.verify import found_in, verified

    here = Path(os.environ.get(FOLDER, ""))
    known = verified(here / package, key)
    told = known.manifest
    print(f"{told['study']}, {told['release']['date']}: {counted(len(known.files), 'file')}, whole")
    said = "as expected" if key else "compare it with what the authors published"
    print(f"Signed by the key {known.key}: {said}")
    strange = 0
    for path, names in found_in(known, [here / name for name in files]).items():
        strange += not names
        print(f"{path.name}: {' and '.join(names) or 'not in this package, or changed'}")
    if signature_only or files:
        return int(strange > 0)
    from kuntakokeilu.handover.recompute import recomputed

    print("Computing its numbers again, in a temporary folder", flush=True)
    lines = recomputed(known, CONFIG, tolerance)
    print("\n".join(lines.said))
    return int(lines.differs)


def bundle(machines: list[str], out: str, self_test: str | None) -> int:
    """Make an offline kit of the project for some kinds of machines."""
    from kuntakokeilu.bundle import TARGETS, changed_files, make_kit, target
    from kuntakokeilu.disclosure import file_hash
    from kuntakokeilu.handover import verified

    asked = [target(each) for each in machines] or list(TARGETS)
    tested = Path(os.environ.get(FOLDER, "")) / self_test if self_test else None
    if tested is not None:
        verified(tested)
    kit = make_kit(Path(), asked, Path(out), tested)
    if changed := changed_files(Path()):
        print(f"note: {counted(changed, 'changed file')}: the kit has the last commit")
    if tested is None:
        print("note: no --self-test: the kit has no numbers to compute again where it is installed")
    print(f"For {some(asked, 9)}: {kit.stat().st_size / 1e6:.0f} MB, SHA-256 {file_hash(kit)}")
    print(kit.as_posix())
    return 0
