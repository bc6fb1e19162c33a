"""What must not leave is found in a new site before it takes the place of the old one."""

from __future__ import annotations

import json

import pytest

from kuntakokeilu.commands.portal import refuse_to_publish
from kuntakokeilu.errors import InputError
from kuntakokeilu.site.build import build_site


@pytest.fixture
def site(tmp_path, monkeypatch, config):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(config)
    folder = tmp_path / "results" / ".site.new"
    (folder / "fi").mkdir(parents=True)
    (folder / "fi" / "found.html").write_text("<p>Työttömiä 12 345</p>", encoding="utf-8")
    return folder


def test_a_site_of_open_statistics_may_be_published(site):
    refuse_to_publish(site)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<p>131052-308T</p>", "personal identity code"),
        ("<p>/home/someone/results</p>", "folder of this machine"),
        ("<p>fine</p><!-- Pori: 3 persons -->", "concealed"),
    ],
)
def test_what_must_not_leave_is_named_by_file_and_kind(site, content, kind):
    (site / "fi" / "found.html").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=kind) as stopped:
        refuse_to_publish(site)
    assert "site/fi/found.html" in str(stopped.value) and "131052" not in str(stopped.value)


def test_a_release_of_persons_is_attacked_with_what_the_site_says_of_it(site, monkeypatch):
    """A share of 385 of 2067 persons to 16 digits on the page that tells of that study."""
    release = site.parent / "study" / "release"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text(json.dumps({"inputs": {}, "files": {}}))
    page = site / "fi" / "found.html"
    page.write_text("<p>0,1862602805999033</p>", encoding="utf-8")
    refuse_to_publish(site)  # of published statistics nobody is looked for
    where = "kuntakokeilu.commands.portal._releases_of_persons"
    monkeypatch.setattr(where, lambda: {"trial_2021": release})
    with pytest.raises(InputError, match="fractions"):
        refuse_to_publish(site)


def test_a_site_that_is_refused_leaves_the_old_one_as_it_is(few, built, tmp_path):
    def refuse(folder):
        assert (folder / "index.html").is_file()
        raise InputError("no")

    target = tmp_path / "site"
    with pytest.raises(InputError, match="no"):
        build_site(few, target, "2026-07-26", check=refuse)
    assert not target.exists() and not list(tmp_path.iterdir())
