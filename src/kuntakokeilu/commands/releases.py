"""Commands on what a run has released and reported: compare, trace, pack, look through it."""

from __future__ import annotations

import os
from pathlib import Path

from kuntakokeilu.commands.places import FOLDER
from kuntakokeilu.errors import InputError, counted, some


def compare(old: str, new: str) -> int:
    """List what differs between two releases: numbers, verdicts, arms; 1 if anything does."""
    from kuntakokeilu.report.words.compare import compare_releases, read_released, say

    moved = compare_releases(read_released(Path(old)), read_released(Path(new)))
    print(say(moved))
    return int(len(moved) > 0)


def trace(study: str, estimand: str, language: str, html: str | None) -> int:
    """Show where a released number comes from, on the terminal and as a page in a file."""
    from kuntakokeilu.io import write_text
    from kuntakokeilu.report.pages.trace import as_page, as_text
    from kuntakokeilu.report.words.language import read_language
    from kuntakokeilu.report.words.release import read_release

    release = read_release(release_folder(study))
    said = read_language(language).about(release.study)
    print(as_text(release, estimand, said), end="")
    if html:
        write_text(as_page(release, estimand, said), Path(os.environ.get(FOLDER, "")) / html)
    return 0


def release_folder(study: str) -> Path:
    """Find the release of a study of this project, or one that was unpacked elsewhere."""
    own = Path("results") / study / "release"
    given = Path(os.environ.get(FOLDER, "")) / study
    for folder in (own, given, given / "release"):
        if (folder / "manifest.json").is_file():
            return folder
    raise InputError(
        f"{study}: no release in {own.as_posix()}; expected a study that was run, or a folder "
        "with its release"
    )


def pack_report(study: str) -> int:
    """Make the package of a finished run out of its files and the report of the workflow tool."""
    from kuntakokeilu.plan import find_report_files, make_plan
    from kuntakokeilu.report.pages.archive import clean_archive
    from kuntakokeilu.report.pages.package import pack

    plan = make_plan(study)
    reports, folder = find_report_files(plan), Path(plan.report).parent
    files = [Path(name).relative_to(folder).as_posix() for name in (*plan.released, *reports.made)]
    path = Path(plan.report) / "report.zip"
    clean_archive(path)
    pack(path, folder, files, reports.pages, list(reports.readers.values()))
    return 0


def leaks(study: str, files: list[str] | None) -> int:
    """Look through all that a study wrote, or some files, for what must not leave."""
    from kuntakokeilu.disclosure.ids import ids_of_tables
    from kuntakokeilu.disclosure.leaks import not_looked_for, refuse, scan, wanted
    from kuntakokeilu.plan import leak_scan, make_plan

    spec = leak_scan(make_plan(study))
    missing = [path for path in spec["ids"] if not Path(path).is_file()]
    ids = ids_of_tables({Path(p): names for p, names in spec["ids"].items() if p not in missing})
    look_for = wanted(ids, spec["columns"])
    places = files or spec["folders"]
    notes = refuse(scan(map(Path, places), look_for))
    said = [f"ids of {counted(len(missing), 'table')} that are not there"] if missing else []
    for what in [*not_looked_for(look_for), *said]:
        print(f"{study}: note: not looked for: {what}")
    for note in notes:
        print(f"{study}: note: {note}")
    print(f"{study}: no leak found in {some(places)}")
    return 0


def attack(study: str, files: list[str] | None, earlier: list[str] | None) -> int:
    """Try to work out of a release and its reports what was hidden; fail if anything follows."""
    from kuntakokeilu import attack as attacker
    from kuntakokeilu.plan import attack_spec, make_plan

    spec = attack_spec(make_plan(study))
    reports = files or spec["reports"]
    before = [Path(name) for name in earlier or []]
    found = attacker.attack(Path(spec["release"]), map(Path, reports), before, spec["least"])
    attacker.stop_at(found)
    print(f"{study}: nothing that is hidden follows from {some([spec['release'], *reports])}")
    return 0
