"""The income tax of a year once more, in plain Python, with the parameters of SISU's own tables.

Written from SISU's macros of law (VEROlakimakrot) and the acts behind them; no rule, no line and
no table is shared with the package. Each deduction and each tax is rounded to the cent, half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal


def _round(cents: Decimal) -> Decimal:
    return cents.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def year_tax(law: Mapping[str, float], year: int, wages: int, benefits: int) -> tuple[int, ...]:
    """Give the cents of municipal tax, state tax with broadcasting tax, and health contributions.

    `law` is a row of SISU's table pvero; `wages` and `benefits` are those of the year, in cents.
    """
    p = {name: Decimal(str(value)) for name, value in law.items()}
    euros = {name: value * 100 for name, value in p.items()}
    own = "Kunn" if year < 2023 else ""  # until 2022 these deductions were the municipalities'

    costs = min(euros["TulonHankk"], wages)
    net = wages + benefits - costs
    sickness = _round(p["SvPrMaksu"] * wages) if wages >= euros["SvPrMaksuRaja"] else Decimal(0)
    insurance = _round(p["ElVakMaksu"] * wages) + _round(p["TyotVakMaksu"] * wages) + sickness

    earned = Decimal(0)
    if wages > euros[f"{own}AnsRaja1"]:
        lower = min(wages, euros[f"{own}AnsRaja2"]) - euros[f"{own}AnsRaja1"]
        earned = _round(p[f"{own}AnsPros1"] * lower)
    if wages > euros[f"{own}AnsRaja2"]:
        earned += _round(p[f"{own}AnsPros2"] * (wages - euros[f"{own}AnsRaja2"]))
    earned = min(earned, euros[f"{own}AnsEnimm"])
    if net > euros[f"{own}AnsRaja3"]:
        earned -= _round(p[f"{own}AnsPros3"] * (net - euros[f"{own}AnsRaja3"]))
    earned = min(max(earned, Decimal(0)), net)

    before = max(net - insurance - earned, Decimal(0))
    most = euros[f"{own}PerEnimm"]
    basic = before
    if before > most:
        basic = max(most - _round(p[f"{own}PerPros"] * (before - most)), Decimal(0))
    municipal_income = before - min(basic, before)
    state_income = municipal_income if year >= 2023 else max(net - insurance, Decimal(0))

    municipal = _round(p["KeskKunnPros"] / 100 * municipal_income)
    classes = [n for n in range(1, 13) if state_income >= euros[f"Raja{n}"]]
    highest = max(classes, key=lambda n: (euros[f"Raja{n}"], n))
    above = state_income - euros[f"Raja{highest}"]
    state = euros[f"Vakio{highest}"] + _round(p[f"Pros{highest}"] * above)

    of_benefits = Decimal(0)
    if wages + benefits:
        of_benefits = _round(municipal_income * benefits / (wages + benefits))
    care = _round(p["SvPros"] * municipal_income) + _round(p["ElKorSvMaksu"] * of_benefits)

    if year < 2023:
        credit = _round(p["TyotVahPros1"] * max(wages - euros["TyotVahAlaRaja"], Decimal(0)))
        credit = min(credit, euros["TyotVahEnimm"])
        credit -= _round(p["TyotVahPros2"] * max(net - euros["TyotVahYlaRaja"], Decimal(0)))
    else:
        credit = min(_round(p["TyotVahPros1"] * wages), euros["TyotVahEnimm"])
        middle = min(net, euros["TyotVahYlaRaja"]) - euros["TyotVahAlaRaja"]
        credit -= _round(p["TyotVahPros2"] * max(middle, Decimal(0)))
        credit -= _round(p["TyotVahPros3"] * max(net - euros["TyotVahYlaRaja"], Decimal(0)))
    credit = max(credit, Decimal(0))

    from_state = min(credit, state)
    left = min(credit - from_state, municipal + care)
    from_municipal = _round(left * municipal / (municipal + care)) if left else Decimal(0)

    broadcasting = _round(p["YlePros"] * max(net - euros["YleTuloRaja"], Decimal(0)))
    if broadcasting < euros["YleAlaRaja"]:
        broadcasting = Decimal(0)
    broadcasting = min(broadcasting, euros["YleYlaRaja"])
    return (
        int(municipal - from_municipal),
        int(state - from_state + broadcasting),
        int(care - (left - from_municipal) + sickness),
    )
