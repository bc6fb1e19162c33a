"""What names this machine: its folders, its user and its host; none of it may leave.

Only the standard library is used, and no module of the package: run.py loads this file.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PureWindowsPath

# Names that many machines have, and words that occur in any page, tell of nobody.
_WORDS = (
    "admin administrator build buildd container data default desktop docker guest home host "
    "jovyan local localhost main node public root runner server standard student system test "
    "ubuntu user users virtual work worker"
)
_COMMON = frozenset(_WORDS.split())
SHORTEST = 4  # letters of a name that is looked for: shorter ones occur by chance
_FOLDERS = {"KUNTAKOKEILU_DATA": "data", "KUNTAKOKEILU_REGISTERS": "registers"}
# Folders in which users, and not programs, have theirs.
_TOPS = ("home", "users", "Users", "root", "scratch", "projappl", "mnt", "media")
_OF_USERS = {  # what a text must have, to what is then looked for
    **{
        f"/{top}/": re.compile(rf"/{top}/(?<![\w.:%-]/{top}/)(?<!\w//{top}/)[\w.@-]+")
        for top in _TOPS
    },
    ":/": re.compile(r"[A-Za-z]:/(?<![\w.:%-][A-Za-z]:/)[\w.@ -]+/[\w.@-]+"),
    ":\\": re.compile(r"(?<![\w.:%-])[A-Za-z]:\\{1,2}[\w.@ -]+\\{1,2}[\w.@-]+"),
    # A share of a server; in scripts of pages two strokes begin letters by number (x7F, u00C5).
    "\\\\": re.compile(
        r"(?<![^\s\"'(=])\\{2,4}(?!x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})[A-Za-z][\w.-]+\w"
        r"\\{1,2}(?!x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})[\w$][\w$.-]*"
    ),
}


def folders() -> dict[str, str]:
    """Name the folders of this machine that a run can mention, and what can stand for each.

    Returns
    -------
    dict of str to str
        Folders of data, of the project, of temporary files, of the user and of Python, as given
        and as resolved, plain and as JSON has them; the longest first.
    """
    return _folders(Path.cwd(), *(os.environ.get(name) for name in _FOLDERS))


@cache
def _folders(here: Path, *given: str | None) -> dict[str, str]:
    named = [(Path(f), name) for f, name in zip(given, _FOLDERS.values(), strict=True) if f]
    named += [(Path(__file__).parents[2], "."), (here, ".")]
    named += [(Path(tempfile.gettempdir()), "temporary"), (Path(sys.prefix), "python")]
    named += [(Path(sys.base_prefix), "python"), (Path.home(), "home")]
    found: dict[str, str] = {}
    for folder, name in named:
        whole = folder.absolute()
        of_windows = [folder] if PureWindowsPath(str(folder)).is_absolute() else []  # on any system
        for path in (*of_windows, whole, whole.resolve()):
            if path in of_windows or len(path.parts) > 1:  # not the root of a disk
                for form in (str(path), path.as_posix()):
                    found.setdefault(form, name)
                    found.setdefault(json.dumps(form)[1:-1], name)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def hidden(text: str) -> str:
    """Write a text without folders of this machine, nor names of its user and host.

    Parameters
    ----------
    text : str
        Any text, such as a line of a log.

    Returns
    -------
    str
        With `data`, `.` (the project), `temporary`, `python`, `home`, `user` and `host` in their
        place.
    """
    for folder, name in folders().items():
        if folder in text:
            text = re.sub(rf"{re.escape(folder)}(?![\w-])", name, text)
    for what, pattern in _own_patterns().items():
        text = pattern.sub(what, text)
    return text


def own_names() -> dict[str, list[str]]:
    """Name the user and the host of this machine, as the system says without asking a network."""
    user = {os.environ.get(name, "") for name in ("USER", "USERNAME", "LOGNAME", "SUDO_USER")}
    user |= {Path.home().name}
    host = {os.environ.get(name, "") for name in ("COMPUTERNAME", "HOSTNAME")}
    if hasattr(os, "uname"):
        host |= {os.uname().nodename}
    host |= {name.partition(".")[0] for name in host}
    return {"user": sorted(user - {""}), "host": sorted(host - {""})}


def tells(name: str) -> bool:
    """Whether a name is one's own, so that it can be looked for without finding common words."""
    return len(name) >= SHORTEST and name.casefold() not in _COMMON


def name_patterns(named: dict[str, list[str]]) -> dict[str, re.Pattern[str]]:
    """Give what finds the names that tell, as whole words in any case, by what they name."""
    telling = {what: [name for name in names if tells(name)] for what, names in named.items()}
    return {what: _words(names) for what, names in telling.items() if names}


@cache
def _own_patterns() -> dict[str, re.Pattern[str]]:
    return name_patterns(own_names())


def _words(names: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)


def machine_paths(text: str) -> int:
    """Count folders of this machine, or of a user of any machine, in a text."""
    # The longest come first: a folder inside another counts once.
    known = "|".join(re.escape(folder) for folder in folders() if folder in text)
    if known and (found := re.findall(rf"(?:{known})(?=[/\\])", text)):
        return len(found)
    return sum(len(of.findall(text)) for mark, of in _OF_USERS.items() if mark in text)
