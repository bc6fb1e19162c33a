"""The month's update: fetch, check that the month is whole, build, put in place."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.site.build import Check, build_site, is_made_of
from kuntakokeilu.site.changed import Entry
from kuntakokeilu.site.load import DOWNLOAD, load_portal
from kuntakokeilu.site.settings import PortalSettings, read_portal_settings
from kuntakokeilu.statfin import STATFIN_URL, download_folder, fetch_download
from kuntakokeilu.study import Download

Tell = Callable[[str], None]
SITE = "site"  # below the folder of results


def make_site(
    config: Path,
    results: Path,
    today: str,
    tell: Tell = lambda text: None,
    check: Check = lambda folder: None,
) -> Entry:
    """Build the site of what is on this machine.

    Parameters
    ----------
    config, results : Path
        Folders of settings and of results; the site is `results/site`.
    today : str
        YYYY-MM-DD.
    tell : callable
        Called with a line on what is done.
    check : callable
        Called with the new site before it is put in place (`build_site`).

    Returns
    -------
    Entry
        What moved since the site before.

    Raises
    ------
    InputError
        Something is not what it should be; an old site stays whole.
    """
    return build_site(load_portal(config, results), Path(results) / SITE, today, tell, check)


def renew_site(
    config: Path,
    results: Path,
    today: str,
    *,
    url: str = STATFIN_URL,
    rebuild: bool = False,
    tell: Tell = lambda text: None,
    check: Check = lambda folder: None,
) -> Entry | None:
    """Fetch the newest statistics and build the site anew if they have changed.

    Parameters
    ----------
    config, results, today, tell, check
        As for `make_site`.
    url : str
        Address of the interface, with its language.
    rebuild : bool
        Build even if nothing new was fetched, such as after a study was run anew.

    Returns
    -------
    Entry or None
        What moved; None if the statistics are as they were and the site stays.

    Raises
    ------
    InputError
        The server fails, or the newest month is not whole: the download is removed, and the old
        site stays.
    """
    settings = read_portal_settings(config)
    manifest, new = fetch_download(
        url,
        declared(settings),
        download_folder(*DOWNLOAD),
        retrieved=today,
        progress=lambda done, total, text: tell(text),
    )
    sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest()
    if not rebuild and is_made_of(Path(results) / SITE, sha256):
        return None
    try:
        portal = load_portal(config, results)
    except InputError:
        if new:
            shutil.rmtree(manifest.parent)
        raise
    return build_site(portal, Path(results) / SITE, today, tell, check)


def declared(settings: PortalSettings) -> Download:
    """Say what the update asks the server for."""
    wanted = settings.download
    return Download(
        table=wanted.table, contents=settings.contents(), first_period=wanted.first_period
    )


def before_publishing(config: Path) -> str:
    """Say what the publisher must still give in the settings; empty if nothing is missing."""
    publisher = read_portal_settings(config).publisher
    if publisher is None:
        return (
            "note: no publisher is named in config/site/site.yaml; give name, contact and address "
            "there before the site is published (docs/portal.md)"
        )
    if publisher.address is None:
        return (
            "note: publisher in config/site/site.yaml has no address, so that the feeds have no "
            "links (docs/portal.md)"
        )
    return ""


def said(entry: Entry) -> str:
    """Sum up in one line what a build moved."""
    if entry.first:
        return f"the first build; newest month {entry.newest}"
    moved = entry.new + entry.revised + entry.withdrawn
    if not moved:
        return f"no number moved; newest month {entry.newest}"
    return (
        f"{counted(entry.new, 'new number')}, {entry.revised} revised, {entry.withdrawn} "
        f"withdrawn; newest month {entry.newest}; all of them in {entry.file}"
    )
