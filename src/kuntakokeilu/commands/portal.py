"""Commands that build the open portal and keep it up to date."""

from __future__ import annotations

import importlib.util
from datetime import date

from kuntakokeilu.commands.places import CONFIG, RESULTS
from kuntakokeilu.errors import InputError, some


def site() -> int:
    """Build the open portal of what is on this machine, in results/site."""
    from kuntakokeilu.site.renew import before_publishing, make_site, said

    need_drawing()
    entry = make_site(CONFIG, RESULTS, date.today().isoformat(), tell=print)
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
    entry = renew_site(CONFIG, RESULTS, today, url=url or STATFIN_URL, rebuild=rebuild, tell=print)
    print(
        "site: the statistics have not changed; it stays"
        if entry is None
        else f"site: {said(entry)}"
    )
    print_if_any(before_publishing(CONFIG))
    return 0


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
