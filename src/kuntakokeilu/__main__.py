"""Commands beside the workflow: check, start, lock a study, check an extract, compare runs."""

from __future__ import annotations

import sys
from collections.abc import Callable

from kuntakokeilu.commands.extracts import preflight
from kuntakokeilu.commands.line import parser
from kuntakokeilu.commands.packages import bundle, release, verify
from kuntakokeilu.commands.portal import site, update
from kuntakokeilu.commands.releases import attack, compare, leaks, pack_report, trace
from kuntakokeilu.commands.studies import check, lock, new_study, schema, unblind
from kuntakokeilu.errors import InputError, system_faults
from kuntakokeilu.job import ERROR_PREFIX

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


def main(arguments: list[str] | None = None) -> int:
    """Run one command; bad input ends with one line and exit code 2."""
    try:
        with system_faults():
            options = vars(parser(__doc__).parse_args(arguments))
            return COMMANDS[options.pop("command")](**options)
    except InputError as error:
        print(f"{ERROR_PREFIX}{error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
