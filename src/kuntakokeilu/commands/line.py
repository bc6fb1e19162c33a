"""The command line: which commands there are, and what each takes."""

from __future__ import annotations

import argparse
from typing import NoReturn

from kuntakokeilu.commands.places import DEFAULT_STUDY
from kuntakokeilu.errors import InputError


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


def parser(description: str | None = None) -> Parser:
    """Describe the command line; `python run.py` hands its own on."""
    top = Parser(prog="run.py", description=description)
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
    command.add_argument("study", nargs="?", default=argparse.SUPPRESS, metavar="STUDY")
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
        "--checked", metavar="FILE", help="the record of `run.py design`, if it lies elsewhere"
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
