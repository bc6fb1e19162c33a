"""Commands beside the workflow: check, start, lock a study, check an extract, compare runs."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from kuntakokeilu.errors import InputError, counted, some, system_faults
from kuntakokeilu.job import ERROR_PREFIX

if TYPE_CHECKING:  # commands import what they need, so that each starts quickly
    from kuntakokeilu.study import Study

CONFIG = Path("config")
RESULTS = Path("results")
DEFAULT_STUDY = "demo_2021"
FOLDER = "KUNTAKOKEILU_FOLDER"  # the variable in which run.py says where it was called


def check(name: str) -> int:
    """Check a study's settings, the shared tables and the open data that it reads."""
    from kuntakokeilu.check import check_data, check_tables
    from kuntakokeilu.study import read_study

    study = read_study(CONFIG, name)
    check_tables(study, CONFIG)
    for note in check_data(study, CONFIG):
        print(f"{name}: note: {note}")
    for line in merger_lines(study):
        print(line)
    print(f"{name}: outcomes {len(study.outcomes)}, estimands {len(study.estimands)}, no fault")
    return 0


def merger_lines(study: Study) -> list[str]:
    """Say which municipalities have merged since a study began, those of two arms first."""
    done = {"receiving": "counts in the arm of the latter", "left_out": "in neither arm"}
    across, same = [], []
    for row in study.mergers():
        if row["date"] < study.settings.first_period:
            continue
        gone = f"{row['name']['fi']} ({row['code']})"
        lives_on = f"{row['unit_name']['fi']} ({row['unit']})"
        if row["arm"] == row["unit_arm"]:
            same.append(f"{gone} into {lives_on} {row['date']}")
        else:
            what = done[study.settings.merged_across_arms]
            across.append(
                f"{study.name}: {gone}, {row['arm']}, is part of {lives_on}, {row['unit_arm']}, "
                f"since {row['date']}: {what}"
            )
    within = [f"{study.name}: merged within one arm: {'; '.join(same)}"] if same else []
    return across + within


def new_study(
    name: str,
    data: str | None = None,
    sheet: str | None = None,
    decimal: str | None = None,
    **said: Any,
) -> int:
    """Start a study: a copy of the commented template, or one made of a file that runs at once."""
    from kuntakokeilu import new_study as made

    if data is None:
        if any(said.values()) or sheet or decimal:
            raise InputError("new-study: columns are named of a file; expected --data FILE")
        made.copy_template(CONFIG, name)
        print(
            f"Edit the files in config/studies/{name}, then: python run.py results --study {name}"
        )
        return 0
    declared = made.Declared(**{key: value for key, value in said.items() if value is not None})
    folder = Path(os.environ.get(FOLDER, ""))
    file = made.File(Path(data), folder, sheet=sheet, decimal=decimal)
    lines = made.from_file(CONFIG, name, file, declared)
    try:
        check(name)
    except InputError as error:
        made.remove(CONFIG, name)
        told, in_study = str(error), made.name_in_study(file)
        if told.startswith(in_study):  # nobody has seen the study, which calls the file so
            told = file.name + told.removeprefix(in_study)
        raise InputError(told) from None
    print("\n".join(lines))
    return 0


def compare(old: str, new: str) -> int:
    """List what differs between two releases: numbers, verdicts, arms; 1 if anything does."""
    from kuntakokeilu.report.words.compare import compare_releases, read_released, say

    moved = compare_releases(read_released(Path(old)), read_released(Path(new)))
    print(say(moved))
    return int(len(moved) > 0)


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


def lock(name: str, again: bool) -> int:
    """Lock the plan of a study before its data are seen."""
    from kuntakokeilu.registration import lock_lines, lock_plan

    print("\n".join(lock_lines(name, lock_plan(CONFIG, name, again=again))))
    return 0


def unblind(name: str, checked: str) -> int:
    """Show the effects that a study hides, and date that."""
    from kuntakokeilu.registration import unblind_study

    file = Path(checked)
    if not file.is_file() and not file.is_absolute():  # named where the user stands
        file = Path(os.environ.get(FOLDER, "")) / checked
    made = unblind_study(CONFIG, name, file)
    assert made.unblinded is not None
    print(
        f"{name}: unblinded on {made.unblinded.date}, checks of the design in "
        f"{made.unblinded.checked}. Now: python run.py results --study {name}"
    )
    return 0


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


def release(study: str) -> int:
    """Make the signed package of a finished run, with the form of who checks it."""
    from kuntakokeilu.disclosure.ids import ids_of_tables
    from kuntakokeilu.disclosure.leaks import wanted
    from kuntakokeilu.handover import Run, make_package
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


def site() -> int:
    """Build the open portal of what is on this machine, in results/site."""
    from kuntakokeilu.site.renew import make_site, said

    need_drawing()
    entry = make_site(CONFIG, RESULTS, date.today().isoformat(), tell=print)
    print(f"site: {said(entry)}")
    print(f"Open {(RESULTS / 'site' / 'index.html').as_posix()}")
    return 0


def update(url: str | None, rebuild: bool) -> int:
    """Fetch the newest open statistics, and build the portal anew if they have changed."""
    from kuntakokeilu.site.renew import renew_site, said
    from kuntakokeilu.statfin import STATFIN_URL

    need_drawing()
    today = date.today().isoformat()
    entry = renew_site(CONFIG, RESULTS, today, url=url or STATFIN_URL, rebuild=rebuild, tell=print)
    print(
        "site: the statistics have not changed; it stays"
        if entry is None
        else f"site: {said(entry)}"
    )
    return 0


def need_drawing() -> None:
    """Stop if what draws the charts of the portal is not installed."""
    lacking = [name for name in ("jinja2", "vl_convert") if importlib.util.find_spec(name) is None]
    if lacking:
        raise InputError(
            f"the portal needs {some(lacking)}, which this Python lacks; install the extra `site` "
            "of pyproject.toml"
        )


def schema() -> int:
    """Write the JSON schema of study.yaml for editors."""
    from kuntakokeilu.io import write_json
    from kuntakokeilu.study import Settings

    write_json(Settings.model_json_schema(), CONFIG / "schemas" / "study.schema.json")
    return 0


def share(text: str) -> float:
    """Accept a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 0 to 1")
    return number


class Parser(argparse.ArgumentParser):
    """A command line whose faults are one line, as those of files are."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        raise InputError(f"{message}; see {self.prog} --help")


COMMANDS: dict[str, Callable[..., int]] = {
    "attack": attack,
    "bundle": bundle,
    "check": check,
    "new-study": new_study,
    "compare": compare,
    "trace": trace,
    "pack-report": pack_report,
    "leaks": leaks,
    "lock": lock,
    "preflight": preflight,
    "release": release,
    "schema": schema,
    "site": site,
    "unblind": unblind,
    "update": update,
    "verify": verify,
}


def parser() -> Parser:
    """Describe the command line; `python run.py` hands its own on."""
    top = Parser(prog="run.py", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="check a study").add_argument("name")
    command = commands.add_parser(
        "new-study", help="start a study, from a commented template or from a file of data"
    )
    command.add_argument("name")
    command.add_argument("--data", metavar="FILE", help="look at this file and propose the study")
    command.add_argument("--unit", metavar="COLUMN", nargs="+", help="that together name the unit")
    command.add_argument("--period", metavar="COLUMN")
    command.add_argument("--outcome", metavar="COLUMN")
    command.add_argument("--treated", metavar="COLUMN", help="starts, or 0 and 1")
    command.add_argument("--start", metavar="PERIOD", help="where 0 and 1 do not say from when on")
    command.add_argument("--weight", metavar="COLUMN", help="of weights, such as persons")
    command.add_argument("--cluster", metavar="COLUMN", help="what the treatment was given to")
    command.add_argument(
        "--treatment-ends", choices=["ignored"], help="count units as treated after treatment ends"
    )
    command.add_argument("--missing", metavar="VALUE", nargs="+", help="that mean a missing value")
    command.add_argument("--sheet", help="of a workbook that has several")
    command.add_argument("--decimal", choices=["point", "comma"], help="mark of decimals")
    command = commands.add_parser("compare", help="compare the numbers of two runs")
    command.add_argument("old")
    command.add_argument("new")
    command = commands.add_parser("preflight", help="compare register data with their contract")
    command.add_argument("--study", help=f"default: {DEFAULT_STUDY}")
    command.add_argument("--adapter", help="an adapter instead of a study's")
    command.add_argument("--root", help="folder of the data; else KUNTAKOKEILU_REGISTERS")
    command = commands.add_parser("trace", help="show where a released number comes from")
    command.add_argument("study", metavar="STUDY", help="its name, or a folder with its release")
    command.add_argument("estimand", metavar="ESTIMAND", help="as in estimates.csv; or a total ...")
    command.add_argument("--language", choices=["fi", "sv", "en"], default="en")
    command.add_argument("--html", metavar="FILE", help="write the same as a page, too")
    command = commands.add_parser("pack-report", help="make report.zip of a run fit to hand on")
    command.add_argument("study")
    command = commands.add_parser("lock", help="hash and date the plan of a study")
    command.add_argument("name", metavar="STUDY")
    command.add_argument(
        "--again", action="store_true", help="lock a changed plan; the former lock is kept"
    )
    command = commands.add_parser("unblind", help="show the effects of a study that hides them")
    command.add_argument("name", metavar="STUDY")
    command.add_argument(
        "--checked", metavar="FILE", required=True, help="the record of the checks of the design"
    )
    command = commands.add_parser("leaks", help="look through what a study wrote for ids and names")
    command.add_argument("study", nargs="?", default=DEFAULT_STUDY)
    command.add_argument("files", nargs="*", metavar="FILE", help="default: all that it wrote")
    command = commands.add_parser("release", help="make the signed package of a finished run")
    command.add_argument("study", metavar="STUDY")
    command = commands.add_parser("bundle", help="make an offline kit of project and packages")
    command.add_argument(
        "--for",
        dest="machines",
        nargs="+",
        default=[],
        metavar="SYSTEM-PYTHON",
        help="such as windows-3.12; default: linux and windows, each with 3.11, 3.12 and 3.13",
    )
    command.add_argument("--out", default="dist", metavar="FOLDER", help="default: dist")
    command.add_argument(
        "--self-test", metavar="PACKAGE", help="a package whose numbers are computed again there"
    )
    command = commands.add_parser("verify", help="check a package, and compute its numbers again")
    command.add_argument("package", metavar="PACKAGE", help="a zip of `run.py release`")
    command.add_argument("files", nargs="*", metavar="FILE", help="are these files of it?")
    command.add_argument("--key", metavar="FINGERPRINT", help="of the key that should have signed")
    command.add_argument(
        "--signature-only", action="store_true", help="do not compute its numbers again"
    )
    command.add_argument(
        "--tolerance", type=share, default=1e-6, help="relative difference that is none (1e-6)"
    )
    command = commands.add_parser("attack", help="try to work out what a release hides")
    command.add_argument("study", nargs="?", default=DEFAULT_STUDY)
    command.add_argument("files", nargs="*", metavar="FILE", help="default: all its reports")
    command.add_argument("--earlier", nargs="+", metavar="FOLDER", help="of an earlier release")
    commands.add_parser("schema", help="write the JSON schema of study.yaml")
    commands.add_parser("site", help="build the open portal in results/site")
    command = commands.add_parser("update", help="fetch the new month, and renew the portal")
    command.add_argument("--url", metavar="BASE", help="another address of the PxWeb interface")
    command.add_argument("--rebuild", action="store_true", help="even if nothing new was fetched")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; bad input ends with one line and exit code 2."""
    try:
        with system_faults():
            options = vars(parser().parse_args(arguments))
            return COMMANDS[options.pop("command")](**options)
    except InputError as error:
        print(f"{ERROR_PREFIX}{error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
