"""A release of a study on registers, with every table that only such studies have."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kuntakokeilu.contracts import (
    AREA_EFFECTS_RELEASED,
    COMBINATIONS_RELEASED,
    COSTS,
    HETEROGENEITY_RELEASED,
    LEDGER,
    META_REGRESSION_RELEASED,
    NET_LAYERS,
    PROGRAMME_COSTS,
    RATIOS_RELEASED,
    RECEIPTS,
    RELEASED_TABLES,
    SERVICE_MODELS,
    SURVEY_RESPONSE_RELEASED,
    TOTALS_RELEASED,
    conform,
)

from .conftest import STUDY, build, describe, number, question

NET = "net_public_core_cents"
AREAS = ("Lahti", "Äänekoski", "Porvoo", "Raahe", "Kainuu", "Salo")
FEATURES = ("own_coach", "one_stop_centre")
POPULATIONS = {
    "stock": {"fi": "kaikki työnhakijat", "sv": "alla arbetssökande", "en": "all job seekers"},
    "eligible": {"fi": "kohderyhmä", "sv": "målgruppen", "en": "target group"},
    "others": {"fi": "muut työnhakijat", "sv": "övriga arbetssökande", "en": "other job seekers"},
    "young": {"fi": "alle 30-vuotiaat", "sv": "under 30 år", "en": "under 30"},
}
_EUROS = "euros per person-month"
BRIEF = {
    "questions": [question(name) for name in ("employment", "cost", "wellbeing")],
    "limits": [],
}
HEADLINES = ("working.main", "net_public_core.main", "primary_care.main")
_SHARES = (0.0, 0.5, 1.0)


def outcome(column, unit="percentage points", domain="employment", **changes):
    """An entry of study.json for an outcome made of a column of the panel."""
    name = column.removesuffix("_cents").replace("_", " ")
    return {
        "label_fi": f"Fi {name}", "label_sv": f"Sv {name}", "label_en": name.capitalize(),
        "unit": unit, "decimals": 2, "better": "neither", "domain": domain, "data": "yes",
        "column": column, "price_year": None, **changes,
    }  # fmt: skip


def outcomes():
    """Employment, the three parts of one sum apart from each other, the ledger, service use."""
    euros = {"unit": _EUROS, "domain": "cost"}
    return {
        "in_service": outcome("in_service"),
        "working": outcome("employed"),
        "jobless": outcome("unemployed"),
        "jobless_or_in_service": outcome("unemployed_or_in_service"),
        **{name.removesuffix("_cents"): outcome(name, **euros) for name in reversed(LEDGER)},
        "net_real": outcome(NET, price_year=2021, **euros),
        "primary_care": outcome("primary_care_visits", "visits per person-month", "wellbeing"),
    }


def _of(name, spec, estimate=1.0, **changes):
    unit = outcomes()[name]["unit"]
    domain = outcomes()[name]["domain"]
    rows = number(spec, estimate, outcome=name, unit=unit, domain=domain, **changes)
    return [{**row, "estimand": f"{name}.{spec}"} for row in rows]


def design_rows(name):
    """The designs of one outcome: 2 over all, 3 over the eligible, 1 over the others."""
    rows = _of(name, "total", 2.0, population="stock", design="total", role="robustness")
    rows += _of(name, "main", 3.0, population="eligible", design="targeted")
    rows += _of(name, "others", 1.0, population="others", design="spillover", role="robustness")
    for share in _SHARES:
        how = {"population": "eligible", "design": "eligible_relative", "role": "robustness"}
        rows += _of(name, f"relative_{share:.0%}".replace("%", ""), 3 - (1 - share), **how)
    return rows


def ledger_rows():
    """Effects on all payers: costs of 1 to 13, receipts of 1 to 5, nets of 91 less some of 15."""
    amounts = {column: 1.0 + k for k, column in enumerate(COSTS)}
    amounts |= {column: 1.0 + k for k, column in enumerate(RECEIPTS)}
    amounts |= {net: 91.0 - sum(map(amounts.get, less)) for net, less in NET_LAYERS.items()}
    how = {"population": "eligible", "design": "targeted", "weights": "persons_frozen"}
    rows = []
    for column in LEDGER:
        name = column.removesuffix("_cents")
        rows += _of(name, "main", amounts.get(column, -2.0), half=4.0, **how)
    return rows + _of("net_real", "main", 27.0, half=4.0, **how)


def whole_rows():
    """Designs, shares, a smaller group, windows, the ledger and service use."""
    rows = [row for name in list(outcomes())[:4] for row in design_rows(name)]
    rows += _of("working", "young", 0.4, population="young", design="targeted", role="robustness")
    for window in ("early", "late"):
        how = {"term": "window", "window": window, "estimator": "window_effects"}
        how |= {"population": "eligible", "design": "targeted", "role": "robustness"}
        rows += _of("working", "windows", 0.7, **how)
    rows += ledger_rows()
    return rows + _of("primary_care", "main", 0.1, population="eligible", design="targeted")


def whole(rows=None, **tables):
    """A release with all of it; keywords replace tables."""
    rows = whole_rows() if rows is None else rows
    relative = {
        row["estimand"]: {
            "contrast": "others",
            "spillover_share": _SHARES[[0, 50, 100].index(int(row["estimand"].split("_")[-1]))],
        }
        for row in rows
        if row["design"] == "eligible_relative"
    }
    entries = describe(rows)
    for name, about in entries.items():
        about |= {"contrast": None, "spillover_share": None, **relative.get(name, {})}
        about["headline"] = "yes" if name in HEADLINES else "no"
    late = {"first": "2022-01", "last": "2022-12", "label": {"fi": "a", "sv": "b", "en": "late"}}
    study = {
        "estimands": entries, "outcomes": outcomes(), "populations": POPULATIONS,
        "windows": {"late": late, **STUDY["windows"]}, **labels(), "brief": BRIEF,
    }  # fmt: skip
    made = {"ratios": ratios(), "totals": totals(), "combinations": combinations()}
    made |= {
        "programme_costs": programme_costs(),
        "area_effects": areas(),
        "heterogeneity": strata(),
    }
    made |= {"service_models": matrix(), "meta_regression": meta(), "survey_response": response()}
    return replace(build(rows, **study), **made, **tables)


def labels():
    """What study.json says of ratios, totals and combinations."""
    made_of = {
        "ratios": {"numerator": "net_public_core.main", "denominator": "working.main"},
        "totals": {"estimand": "net_public_core.main", "quantity": "per_person"},
        "combinations": {"first": "working.main", "second": "jobless.main", "factor": 1.0},
    }
    names = {
        "ratios": ["bounded", "rays", "line", "hidden"],
        "totals": ["each", "trial"],
        "combinations": ["shift"],
    }
    return {
        kind: {
            name: {
                "label_fi": f"fi {name}", "label_sv": f"sv {name}", "label_en": f"the {name}",
                "role": "main", "unit": "euros", **made_of[kind],
            }
            for name in each
        }
        for kind, each in names.items()
    }  # fmt: skip


def ratios():
    """One ratio of each kind of interval, and a suppressed one."""
    kinds = [
        ("bounded", 100.4, 50.0, 150.0, "bounded", "ok"),
        ("rays", -900.0, -400.0, 700.0, "two_rays", "ok"),
        ("line", 12000.0, None, None, "whole_line", "ok"),
        ("hidden", None, None, None, None, "suppressed"),
    ]
    rows = [
        dict(
            ratio=name, numerator="net_public_core.main", denominator="working.main", role="main",
            unit="euros", estimate=value, ci_low=low, ci_high=high, interval=kind,
            degrees_of_freedom=50.0, n_trial_clusters=25, n_control_clusters=32,
            identified="ok", status=status,
        )
        for name, value, low, high, kind, status in kinds
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), RATIOS_RELEASED)


def totals():
    """An amount of each person, and one of the whole group with programme costs."""
    base = dict(
        estimand="net_public_core.main", role="main", unit="euros", degrees_of_freedom=56.0,
        n_trial_clusters=25, n_control_clusters=32, identified="ok", status="ok",
    )  # fmt: skip
    rows = [
        dict(total="each", quantity="per_person", multiplier=24.0, programme_euros=None,
             estimate=720.0, ci_low=624.0, ci_high=816.0, **base),
        dict(total="trial", quantity="whole_group_with_programme", multiplier=1e6,
             programme_euros=5e6, estimate=3.5e7, ci_low=3.1e7, ci_high=3.9e7, **base),
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), TOTALS_RELEASED)


def combinations():
    """The municipal change beyond its share of the whole."""
    row = dict(
        combination="shift", first="municipal_subsidy.main", second="state_benefits.main",
        factor=0.4123, role="main", unit=_EUROS, estimate=-0.65, std_error=0.3, ci_low=-1.25,
        ci_high=-0.05, p_value=0.04, degrees_of_freedom=50.0, n_trial_clusters=25,
        n_control_clusters=32, identified="ok", status="ok",
    )  # fmt: skip
    return conform(pd.DataFrame([row]), COMBINATIONS_RELEASED)


def programme_costs():
    """Two lines, one of them unread."""
    rows = [
        ("it", "state", 1120000.0, "2022-08", "2024-12", "verified", "A bill, section 4"),
        ("staff", "some_body", 5000.5, "2022-08", "2024-12", "unverified", "A newspaper"),
    ]
    labelled = [(*row, f"fi {row[0]}", f"sv {row[0]}", f"the {row[0]}") for row in rows]
    return conform(pd.DataFrame(labelled, columns=list(PROGRAMME_COSTS.columns)), PROGRAMME_COSTS)


def areas(estimand="working.main"):
    """Effects of areas in the order of the list, one suppressed, one without a number."""
    rows = []
    for k, area in enumerate(AREAS):
        status = {1: "suppressed", 2: "not_identified"}.get(k, "ok")
        known = status == "ok"
        value = 2.0 - k if known else None
        row = {name: None for name in AREA_EFFECTS_RELEASED.columns}
        row |= dict(
            study="tiny", estimand=estimand, outcome="working", population="eligible",
            domain="employment", comparison="others", design="targeted", weights="municipality",
            unit="percentage points", area=area, n_units=3, n_control_clusters=32,
            identified="no_data" if status == "not_identified" else "ok", status=status,
        )  # fmt: skip
        if known:
            row |= dict(
                estimate=value, std_error=1.0, ci_low=value - 2, ci_high=value + 2, p_value=0.1,
                minimum_detectable_effect=2.8, shrunk=value / 2, shrunk_std_error=0.6,
                shrunk_ci_low=value / 2 - 1.2, shrunk_ci_high=value / 2 + 1.2,
            )  # fmt: skip
        rows.append(row)
    return conform(pd.DataFrame(rows), AREA_EFFECTS_RELEASED)


def meta(estimand="working.main"):
    """The mean of four areas, a feature, and one that cannot be estimated."""
    base = {name: None for name in META_REGRESSION_RELEASED.columns}
    base |= dict(
        study="tiny", estimand=estimand, outcome="working", population="eligible",
        unit="percentage points", estimate=-0.5, std_error=0.3, ci_low=-1.4, ci_high=0.4,
        p_value=0.2, degrees_of_freedom=3.0, minimum_detectable_effect=1.1, n_areas=4,
        n_unknown=0, tau_squared=0.16, q=5.0, q_p_value=0.17, i_squared=0.4, identified="ok",
        status="ok",
    )  # fmt: skip
    none = dict.fromkeys(
        ("estimate", "std_error", "ci_low", "ci_high", "p_value", "minimum_detectable_effect")
    )
    rows = [
        base,
        {**base, "feature": "own_coach", "estimate": 0.8, "n_high": 2, "n_low": 2},
        {**base, **none, "feature": "one_stop_centre", "n_unknown": 3, "n_high": 1, "n_low": 0,
         "identified": "too_few_areas", "status": "not_identified"},
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), META_REGRESSION_RELEASED)


def matrix():
    """Yes, no and unknown, and a number."""
    rows = []
    for k, area in enumerate(AREAS):
        values = {"own_coach": ("yes", "no", "unknown")[k % 3], "clients_per_worker": "183.1"}
        for feature, value in values.items():
            known = value != "unknown"
            rows.append(
                dict(
                    area=area, feature=feature, value=value, date="2021-03" if known else None,
                    source="=A page" if known else None, coders="first;second", n_coders=2,
                    kappa=0.61 if feature == "own_coach" else None,
                    kind="binary" if feature == "own_coach" else "number",
                    label_fi=f"fi {feature}", label_sv=f"sv {feature}",
                    label_en=feature.replace("_", " "),
                )
            )  # fmt: skip
    return conform(pd.DataFrame(rows), SERVICE_MODELS)


def strata(estimand="working.main"):
    """Two strata by both methods, one suppressed, and the test."""
    base = {name: None for name in HETEROGENEITY_RELEASED.columns}
    base |= dict(
        study="tiny", estimand=estimand, outcome="working", population="eligible",
        unit="percentage points", strata="age_sex", n_trial_clusters=25, n_control_clusters=32,
        identified="ok", status="ok",
    )  # fmt: skip
    shown = dict(estimate=0.3, std_error=0.2, ci_low=-0.1, ci_high=0.7, p_value=0.14, share=0.25)
    rows = [
        {**base, **shown, "method": "stratum", "stratum": "under_25|female"},
        {**base, "method": "stratum", "stratum": "50_plus|male", "status": "suppressed"},
        {**base, **shown, "method": "honest_tree", "stratum": "under_25|female"},
        {**base, "method": "omnibus", "p_value": 0.33},
    ]
    return conform(pd.DataFrame(rows), HETEROGENEITY_RELEASED)


def response():
    """Two waves of a survey; the second is suppressed."""
    rows = []
    for wave, status in (("2020-11", "ok"), ("2022-10", "suppressed")):
        for arm, asked, answered in (("control", 500, 240), ("trial", 2000, 880)):
            row = dict.fromkeys(SURVEY_RESPONSE_RELEASED.columns)
            row |= dict(wave=wave, arm=arm, status=status)
            if status == "ok":
                rate = 100 * answered / asked
                row |= dict(
                    n_asked=asked, n_answered=answered, response_rate=rate,
                    response_rate_weighted=rate + 0.04, effective_size=answered - 20.4,
                    alpha=0.816,
                )  # fmt: skip
                if arm == "trial":
                    row |= dict(difference=-4.0, difference_std_error=1.96)
            rows.append(row)
    return conform(pd.DataFrame(rows), SURVEY_RESPONSE_RELEASED)


def save_optional(release, folder):
    """Write the tables that not every study releases, and those alone that have rows."""
    for name, record in RELEASED_TABLES.items():
        table = getattr(release, name)
        if len(table) and not record.everywhere:
            table.to_csv(folder / f"{name}.csv", index=False)
