"""Numbers of a table as they are printed, and what an attacker takes for counts of persons."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from kuntakokeilu.attack.read import Rows

# Counts of units, clusters, draws and the like, which everybody may know.
PUBLIC = frozenset(
    [
        "n_trial",
        "n_control",
        "n_trial_clusters",
        "n_control_clusters",
        "n_units",
        "n_known",
        "n_areas",
        "n_clusters",
        "n_unknown",
        "n_high",
        "n_low",
        "n_family",
        "n_before",
        "n_after",
        "n_draws",
        "n_dealt",
        "n_treated",
        "n_bands",
        "n_fixed",
        "n_specifications",
        "n_left_out",
        "n_false_starts",
        "n_apart",
        "n_earlier_trials",
        "n_without_control",
        "n_donors",
        "n_candidates",
        "n_periods",
        "draws",
        "periods_per_bin",
        "position",
    ]
)
_PERSONS = re.compile(r"n_\w+|\w+_n|persons|count")
BLANK = ("", "nan", "<NA>", "NA", "None", "–", "-", "..")


def as_number(text: str) -> float | None:
    """Read a number as it stands in a table; None if it is none."""
    plain = text.strip().replace("\u2212", "-").replace("\u00a0", "").replace("\u202f", "")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def count_columns(rows: Rows) -> list[str]:
    """Name the columns that hold counts of persons."""
    if not rows:
        return []
    named = [c for c in rows[0] if _PERSONS.fullmatch(c) and c not in PUBLIC]
    return [c for c in named if _whole(row.get(c, "") for row in rows)]


def base_of(values: Iterable[float], least: int) -> int:
    """Tell what counts are rounded to: their common divisor, if that can be no chance."""
    whole = {int(v) for v in values if v == int(v) and v > 0}
    shared = math.gcd(*whole) if len(whole) > 2 else 1
    return shared if shared >= least // 2 else 1


def half_step(text: str) -> float:
    """Give half of the largest of 1, 2 and 5 units that the last printed digit is a multiple of.

    Whoever rounds in such steps has to; of numbers rounded to a unit it is right for half of them.
    """
    digits, _, power = text.strip().lower().partition("e")
    decimals = len(digits.partition(".")[2].rstrip("0"))
    last = digits.replace(".", "").rstrip("0")[-1:] or "1"
    units = 5 if last == "5" else 2 if last in "2468" else 1
    return 0.5 * units * 10.0 ** (int(power or 0) - decimals)


def public_counts(tables: Iterable[Rows]) -> set[int]:
    """Gather the counts that everybody may know, sums of both arms among them."""
    found: set[int] = set()
    for rows in tables:
        for row in rows:
            mine = {c: as_number(row[c]) for c in row if c in PUBLIC}
            found |= {int(v) for v in mine.values() if v and v > 0}
            for a, b in (("n_trial", "n_control"), ("n_trial_clusters", "n_control_clusters")):
                if mine.get(a) and mine.get(b):
                    found.add(int(mine[a] + mine[b]))  # type: ignore[operator]
            for name in ("draws", "n_draws"):
                if mine.get(name):
                    found.add(int(mine[name]) + 1)  # type: ignore[arg-type]
    return found


def _whole(texts: Iterable[str]) -> bool:
    values = [as_number(text) for text in texts if text not in BLANK]
    return bool(values) and all(v is not None and v >= 0 and v == int(v) for v in values)
