"""How often each kind of inference finds an effect that is not there, by how areas were chosen.

Run by `python run.py simulate`; writes its table into docs/validation.md. The panels are made here
and share nothing with the re-drawing: units and labour force are those of `open_2021`, clusters are
sub-regions, of which 25 are treated, or 5 as in the trial of 2017. A balanced panel with one start
is as good as one change per unit, so that thousands of panels take minutes.
"""

from __future__ import annotations

import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special
from size_and_power import real_units

from kuntakokeilu.estimation import Design, Term, fit, influence
from kuntakokeilu.estimation.assignment import Redrawing, deals_of, share_as_extreme, size_bands
from kuntakokeilu.estimation.few_clusters import FEW_DEGREES, inference_by_area
from kuntakokeilu.estimation.few_treated import Changes, conley_taber, ferman_pinto
from kuntakokeilu.estimation.remember import forget
from kuntakokeilu.io import write_text

TREATED, FEW, DEALS = 25, 5, 399
PANELS = 5000  # where areas are drawn at random and cities do not move together
FEWER = 600  # of all others
# Panels whose leading row may be CR2 with its exact distribution, which is slow.
EXACT = {TREATED: 150, FEW: 300}
_KINDS = ("cr2_area", "cr2_exact_area")
NONE = pd.Series(dtype=str)
REPORT = Path("docs/validation.md")
BEGIN, END = "<!-- assignment: begin -->", "<!-- assignment: end -->"
LAWS = {
    "random": "areas at random",
    "large": "areas by chance in proportion to their labour force",
}
WORLDS = {"plain": "no common move of cities", "cities": "large areas move together"}
WEIGHTS = {
    "municipality": "municipalities alike",
    "area": "areas alike",
    "persons_frozen": "persons",
}
AREA, UNIT, CITY = 0.5, 0.6, 0.25  # percentage points: sd of shocks, of the slope in log size
TESTS = {
    "leading": "the leading row",
    "cluster_area": "`cluster_area`",
    "cr2_area": "`cr2_area`",
    "cr2_exact_area": "`cr2_exact_area`",
    "permutation_area": "`permutation_area`",
    "permutation_t_area": "`permutation_t_area`",
    "assignment_size_bands": "`assignment_size_bands`",
    "assignment_size_bands_matched": "`assignment_size_bands_matched`",
    "conley_taber": "`conley_taber`",
    "ferman_pinto": "`ferman_pinto`",
}


def main() -> None:
    """Simulate every case; write the table."""
    began = time.process_time()
    units, scale = real_units(), float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    many = {case: rates(units, TREATED, *case, scale) for case in product(WEIGHTS, LAWS, WORLDS)}
    ends = ("random", "plain"), ("large", "cities")
    few = {
        (weights, *case): rates(units, FEW, weights, *case, scale)
        for weights, case in product(WEIGHTS, ends)
    }
    seconds = time.process_time() - began
    text = f"{head(seconds)}\n\n{table(many, TREATED)}\n\n{table(few, FEW)}"
    print(text)
    whole = REPORT.read_text(encoding="utf-8")
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", REPORT)


def rates(
    units: pd.DataFrame, treated: int, weights: str, law: str, world: str, scale: float
) -> pd.Series:
    """Share of panels with a p-value below 5 %, and how many panels there were."""
    default = (treated, weights, law, world) == (TREATED, "municipality", "random", "plain")
    panels = int(scale * (PANELS if default else FEWER))
    codes = pd.factorize(units["sub_region"])[0]
    persons = units["weight_frozen"].to_numpy(float)
    made = range(panels)
    cases = [one_panel(seed, codes, persons, treated, weights, law, world) for seed in made]
    rows = pd.DataFrame(cases)
    shares = (rows < 0.05).sum() / rows.notna().sum()
    lead = {"panels": panels, "with a leading row": rows["leading"].notna().sum()}
    return pd.concat([shares, pd.Series(lead)])


def one_panel(
    seed: int,
    codes: np.ndarray,
    persons: np.ndarray,
    number: int,
    weights: str,
    law: str,
    world: str,
) -> dict[str, float]:
    """Make the changes of one panel without an effect, and test them in every way."""
    rng = np.random.default_rng([seed, 77, len(law), len(world)])
    size = np.bincount(codes, persons)
    chance = size / size.sum() if law == "large" else None
    chosen = rng.choice(len(size), number, replace=False, p=chance)
    y = AREA * rng.normal(size=len(size))[codes]
    y = y + UNIT * rng.standard_t(5, len(codes)) * np.sqrt(np.median(persons) / persons)
    if world == "cities":
        log_size = np.log(size)
        y = y + CITY * rng.normal() * ((log_size - log_size.mean()) / log_size.std())[codes]
    few_degrees = number == FEW or weights == "persons_frozen"
    w = {
        "municipality": np.ones(len(codes)),
        "area": 1.0 / np.bincount(codes)[codes],
        "persons_frozen": persons,
    }[weights]
    treated = np.isin(np.arange(len(size)), chosen)
    found = p_values(y, w, codes, size, treated, seed, few_degrees and seed < EXACT[number])
    forget()
    return found


def p_values(
    y: np.ndarray,
    w: np.ndarray,
    codes: np.ndarray,
    size: np.ndarray,
    treated: np.ndarray,
    seed: int,
    exact: bool,
) -> dict[str, float]:
    """Test the difference of changes between the arms; the project's own rows if `exact`."""
    estimate, std_error, degrees = cr2_of_arms(y, w, codes, treated)
    weight, moved = np.bincount(codes, w), np.bincount(codes, w * y)
    labels = np.where(treated, 0, -1)
    one_band = np.zeros(len(size), dtype=int)
    bands = size_bands(size, labels)
    for band in np.unique(bands):
        if len(np.unique(labels[bands == band])) < 2:
            bands[bands == band] = -1
    estimates, ts = redrawn(labels, one_band, weight, moved, seed)
    g, n = len(size), len(y)
    cr1 = abs(ts[0]) / np.sqrt(g / (g - 1) * (n - 1) / (n - 2))
    found = {
        "cluster_area": 2 * special.stdtr(g - 1, -cr1),
        "cr2_area": 2 * special.stdtr(degrees, -abs(estimate) / std_error),
    }
    found["permutation_area"] = share_as_extreme(estimates[1:], estimates[0])
    found["permutation_t_area"] = share_as_extreme(ts[1:], ts[0])
    kept = bands >= 0
    for kind, some in (
        ("assignment_size_bands", np.ones(len(size), dtype=bool)),
        ("assignment_size_bands_matched", kept),
    ):
        found[kind] = np.nan
        if kept.any() and len(np.unique(labels[some])) == 2:
            _, ts = redrawn(labels[some], bands[some], weight[some], moved[some], seed)
            found[kind] = share_as_extreme(ts[1:], ts[0])
    share = np.where(treated, weight / weight[treated].sum(), -weight / weight[~treated].sum())
    change = moved / weight - moved.sum() / weight.sum()
    arm = np.where(treated, moved[treated].sum() / weight[treated].sum(), 0.0)
    arm = np.where(treated, arm, moved[~treated].sum() / weight[~treated].sum())
    changes = Changes(estimate, share, change, moved / weight - arm, treated, size)
    found["conley_taber"] = conley_taber(changes, DEALS, seed)["p_value"]
    found["ferman_pinto"] = ferman_pinto(changes, DEALS, seed)["p_value"]
    if exact:
        found |= leading(y, w, codes, treated)
    elif degrees >= FEW_DEGREES:
        found["leading"] = found["cluster_area"]
    return found


def leading(
    y: np.ndarray, w: np.ndarray, codes: np.ndarray, treated: np.ndarray
) -> dict[str, float]:
    """Test by the rows of the project itself."""
    frame = pd.DataFrame({"y": y, "w": w, "cluster": np.char.mod("%03d", codes)})
    regressors = pd.DataFrame({"att": treated[codes].astype(float), "const": 1.0})
    design = Design(regressors, [Term("att", "att")], None)
    fitted = fit(frame, design)
    assert fitted is not None
    sums = influence(fitted, frame["cluster"])
    by_area = inference_by_area(frame, design, _KINDS, sums, fitted.params, 1)
    found = {kind: rows[0]["p_value"] for kind, rows in by_area.numbers.items()}
    return found | {"leading": found[by_area.leading]}


def cr2_of_arms(
    y: np.ndarray, w: np.ndarray, codes: np.ndarray, treated: np.ndarray
) -> tuple[float, float, float]:
    """Difference of two weighted means, its CR2 standard error and Satterthwaite's degrees.

    With one mean per arm the adjustment of a cluster is the root of a matrix that differs from the
    identity by two directions, ones and weights; `leading` is the slow way to the same numbers.
    """
    estimate, scores, covariances = 0.0, [], []
    for arm, sign in ((treated, 1.0), (~treated, -1.0)):
        mine = arm[codes]
        whole, squares = w[mine].sum(), (w[mine] ** 2).sum()
        mean = (w[mine] @ y[mine]) / whole
        estimate += sign * mean
        rows = []
        for g in np.flatnonzero(arm):
            own = codes == g
            v, e = w[own], y[own] - mean
            one = np.ones(len(v))
            b = np.eye(len(v)) - (np.outer(one, v) + np.outer(v, one)) / whole
            values, vectors = np.linalg.eigh(b + squares / whole**2)
            values = np.where(values > 1e-10, values, np.inf)
            a = (vectors / np.sqrt(values)) @ (vectors.T @ v) / whole
            scores.append(a @ e)
            rows.append((a @ a, a @ one, a @ v))
        own_part, ones, weights = np.array(rows).T
        omega = np.diag(own_part) + squares / whole**2 * np.outer(ones, ones)
        covariances.append(omega - (np.outer(ones, weights) + np.outer(weights, ones)) / whole)
    trace = sum(np.trace(c) for c in covariances)
    degrees = trace**2 / sum((c**2).sum() for c in covariances)
    return float(estimate), float(np.sqrt(np.sum(np.square(scores)))), float(degrees)


def redrawn(
    labels: np.ndarray, bands: np.ndarray, weight: np.ndarray, moved: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and t of the observed deal and of re-drawn ones."""
    plan = Redrawing(NONE, (), tuple(labels.tolist()), tuple(bands.tolist()))
    deals = np.concatenate([labels[None], *deals_of(plan, DEALS, seed)]) >= 0
    estimate, scores = np.zeros(len(deals)), np.zeros(deals.shape)
    for arm, sign in ((deals, 1.0), (~deals, -1.0)):
        whole = (arm @ weight)[:, None]
        mean = (arm @ moved)[:, None] / whole
        estimate += sign * mean[:, 0]
        scores += sign * arm * (moved - mean * weight) / whole
    return estimate, estimate / np.sqrt((scores**2).sum(axis=1))


def head(seconds: float) -> str:
    """Say what the shares are of, and what they took."""
    return (
        f"Panels without an effect, nominal level 5 %, {DEALS} deals each. "
        f"Took {seconds / 60:.0f} minutes of one processor."
    )


def table(found: dict[tuple[str, str, str], pd.Series], number: int) -> str:
    """Write the shares as Markdown."""
    heads = [f"{WEIGHTS[w]}; {number} {LAWS[law]}; {WORLDS[world]}" for w, law, world in found]
    lines = [
        "| inference | " + " | ".join(heads) + " |",
        "|---|" + "---|" * len(heads),
    ]
    for kind, label in TESTS.items():
        cells = [f"{100 * rows[kind]:.1f} %" if kind in rows else "–" for rows in found.values()]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    panels = [f"{int(rows['panels']):,}" for rows in found.values()]
    lines.append("| panels | " + " | ".join(panels) + " |")
    led = [f"{int(rows['with a leading row']):,}" for rows in found.values()]
    lines.append("| of these, with the leading row | " + " | ".join(led) + " |")
    errors = [f"{100 * np.sqrt(0.05 * 0.95 / rows['panels']):.1f}" for rows in found.values()]
    lines.append("| error of a true 5 %, points | " + " | ".join(errors) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
