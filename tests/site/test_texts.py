"""The texts of the portal: in three languages, with the same places, none unused."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pandas as pd

from kuntakokeilu.site.settings import read_portal_settings

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "src" / "kuntakokeilu" / "site"
TEXTS = pd.read_csv(ROOT / "config/site/texts.csv", dtype=str, keep_default_na=False)


def code() -> str:
    files = [*SITE.glob("*.py"), *SITE.glob("templates/*.html"), *SITE.glob("assets/*.js")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_a_text_has_the_same_places_in_every_language():
    rows = TEXTS.set_index("key")
    wrong = {
        key: list(row)
        for key, row in rows.iterrows()
        if len(set(map(str, map(sorted, map(places, row))))) > 1
    }
    assert wrong == {}


def test_every_text_is_asked_for():
    text = code()
    whole = set(re.findall(r"[\"'](site\.[\w.-]+)[\"']", text))
    whole |= {f"site.{key}" for key in re.findall(r"word\(\"([\w.]+)\"", text)}
    begun = {key for key in whole if key.endswith(".")}
    begun |= {head for head in re.findall(r"f\"(site\.[\w.]*)\{", text)}
    unused = [
        key
        for key in TEXTS["key"]
        if key not in whole and not any(key.startswith(head) for head in begun)
    ]
    assert unused == []


def test_what_is_named_in_the_settings_has_a_text():
    settings = read_portal_settings(ROOT / "config")
    wanted = {
        f"site.indicator.{name}{end}" for name in settings.indicators for end in ("", ".short")
    }
    wanted |= {f"site.break.{month}" for month in settings.breaks}
    wanted |= {
        f"site.found.{name}{end}" for name in settings.evaluations for end in ("", ".design")
    }
    assert wanted <= set(TEXTS["key"])


def test_no_text_names_a_file_of_the_settings():
    text = "\n".join(text for column in ("fi", "sv", "en") for text in TEXTS[column])
    assert re.findall(r"\bconfig/|\.ya?ml\b|\bsrc/|\.py\b", text) == []


def test_the_register_s_share_has_not_the_name_of_the_survey_s_rate():
    banned = r"työttömyysaste|arbetslöshetsgrad|arbetslöshetstal|unemployment rate"
    said = TEXTS[["fi", "sv", "en"]].to_numpy().ravel()
    assert [text for text in said if re.search(banned, text.replace("\u00ad", ""), re.I)] == []


def test_no_wide_interval_is_called_no_effect():
    banned = r"no effect\b(?! of)|ei vaikutusta\b|ingen effekt\b"
    said = [text for column in ("fi", "sv", "en") for text in TEXTS[column]]
    found = [text for text in said if re.search(banned, text, re.IGNORECASE)]
    # that a difference is none, and that a wide interval does not mean it, are said in one place
    allowed = set(TEXTS.loc[TEXTS["key"].isin(["site.read.4.h", "site.read.5.p"]), "en"])
    allowed |= set(TEXTS.loc[TEXTS["key"].isin(["site.read.4.h", "site.read.5.p"]), "sv"])
    assert set(found) <= allowed
