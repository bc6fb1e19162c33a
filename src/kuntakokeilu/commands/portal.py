"""Commands that build the open portal and keep it up to date."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

from kuntakokeilu.commands.places import CONFIG, RESULTS
from kuntakokeilu.errors import InputError, some


def site() -> int:
    """Build the open portal of what is on this machine, in results/site."""
    from kuntakokeilu.site.renew import before_publishing, make_site, said

    need_drawing()
    today = date.today().isoformat()
    entry = make_site(CONFIG, RESULTS, today, tell=print, check=refuse_to_publish)
    print(f"site: {said(entry)}")
    print_if_any(before_publishing(CONFIG))
    print(f"Open {(RESULTS / 'site' / 'index.html').as_posix()}")
    return 0


def update(url: str | None, rebuild: bool) -> int:
    """Fetch the newest open statistics, and build the portal anew if they have changed."""
    from kuntakokeilu.site.renew import before_publishing, renew_site, said
    from kuntakokeilu.statfin import STATFIN_URL

    need_drawing()
    today = date.today().isoformat()
    entry = renew_site(
        CONFIG,
        RESULTS,
        today,
        url=url or STATFIN_URL,
        rebuild=rebuild,
        tell=print,
        check=refuse_to_publish,
    )
    print(
        "site: the statistics have not changed; it stays"
        if entry is None
        else f"site: {said(entry)}"
    )
    print_if_any(before_publishing(CONFIG))
    return 0


def refuse_to_publish(site: Path) -> None:
    """Stop before a site takes the old one's place that holds or tells what must not leave.

    Parameters
    ----------
    site : Path
        Its folder.

    Raises
    ------
    InputError
        One line that names files and kinds, and no value: ids, paths and names of this machine,
        concealed numbers, and what follows of persons behind a release that it tells of.
    """
    from kuntakokeilu.attack import LEAST, attack, stop_at
    from kuntakokeilu.disclosure.leaks import refuse, scan, wanted

    try:
        refuse(scan([site], wanted()))
        stop_at(attack(site, least=0))
        for trial, release in _releases_of_persons().items():
            told = [*site.glob("*/found.html"), *site.glob(f"data/{trial}-*.csv")]
            stop_at(attack(release, told, least=LEAST))
    except InputError as error:
        raise InputError(str(error).replace(f"{site.name}/", "site/")) from None


def _releases_of_persons() -> dict[str, Path]:
    """Give the releases that the site tells of and that rest on persons, by trial."""
    from kuntakokeilu.site.settings import read_portal_settings
    from kuntakokeilu.study import read_study

    found: dict[str, Path] = {}
    for trial, studies in read_portal_settings(CONFIG).evaluations.items():
        folders = (RESULTS / name / "release" for name in studies)
        shown = next((each for each in folders if (each / "manifest.json").is_file()), None)
        if shown is not None and read_study(CONFIG, shown.parent.name).profile.min_persons > 0:
            found[trial] = shown
    return found


def print_if_any(line: str) -> None:
    """Print a line unless it is empty."""
    if line:
        print(line)


def need_drawing() -> None:
    """Stop if what draws the charts of the portal is not installed."""
    lacking = [name for name in ("jinja2", "vl_convert") if importlib.util.find_spec(name) is None]
    if lacking:
        raise InputError(
            f"the portal needs {some(lacking)}, which this Python lacks; install the extra `site` "
            "of pyproject.toml"
        )
