"""Benefit days against a day-by-day count of single persons that shares no code with them."""

from __future__ import annotations

import datetime
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.twin.rates import read_rates

PAID = {2: 1, 3: 1, 4: 2, 5: 3, 6: 3, 7: 3, 8: 3, 9: 3}  # state -> ground
SEARCHING = {2, 3, 4, 5, 6, 7, 8, 9, 10}


def _count(spells, start, birth, member, unpaid):
    """Count one person's paid days from dated states; yields (month, benefit, ground, days,
    counter)."""
    day_state = {}
    for state, first, last in spells:
        day = max(first, datetime.date(2016, 12, 31))
        while day <= last:
            day_state[day] = state
            day += datetime.timedelta(days=1)
    kind, left, maximum, subsidy, worked, career = start
    day, waiting = datetime.date(2017, 1, 1), 0
    while day < datetime.date(2025, 1, 1):
        first_of_month, paid, restarted = day, Counter(), False
        used, subsidy_then = maximum - left, subsidy
        t = (day.year - 2017) * 12 + day.month - 1
        age = t - birth
        while day.month == first_of_month.month:
            state, yesterday = day_state[day], day_state[day - datetime.timedelta(days=1)]
            if state in SEARCHING and yesterday not in SEARCHING and worked >= 6:
                kind = 2 if member[0] <= t < member[1] else 1
                maximum = 500 if age >= 58 * 12 else 300 if career < 36 else 400
                left, worked, waiting, used = maximum, 0, 5, 0
            if day.weekday() < 5 and state in PAID and 216 <= age < 780 and not unpaid[t]:
                if waiting > 0:
                    waiting -= 1
                elif left > 0:
                    paid[("?", "FP", "AP")[kind], PAID[state]] += 1
                    left -= 1
                    if left == 0:
                        subsidy, restarted = 0, True
                else:
                    paid["FM", PAID[state]] += 1
                    subsidy += PAID[state] < 3
            day += datetime.timedelta(days=1)
        waiting = 0
        last_state = day_state[day - datetime.timedelta(days=1)]
        worked += {0: 1, 10: 0.75}.get(last_state, 0)
        career += last_state == 0
        for (benefit, ground), days in paid.items():
            counter = used if benefit != "FM" else 0 if restarted else subsidy_then
            yield (t, benefit, ground, days, counter)


def test_days_equal_a_count_day_by_day(world, pair, tables):
    people, paths = world.population, pair[1]
    before = paths.counters_before
    rng = np.random.default_rng(3)
    chosen = rng.choice(world.streams.persons, 200, replace=False)
    unpaid = np.array([world.streams.uniform("sanction", t)[chosen] < 0.02 for t in range(96)])
    status = tables["statuses"]
    status = status[status["person"].isin(chosen)]
    end = datetime.date(2024, 12, 31)
    spells = {
        person: [
            (int(s), f.date(), end if pd.isna(e) else e.date())
            for s, f, e in zip(own["state"], own["start_date"], own["end_date"], strict=True)
        ]
        for person, own in status.groupby("person")
    }
    expected = set()
    for position, i in enumerate(chosen):
        start = (
            int(before.kind[i]),
            int(before.left[i]),
            int(before.maximum[i]),
            int(before.subsidy[i]),
            float(before.work_months[i]),
            float(before.career[i]),
        )
        member = (int(people.fund_from[i]), int(people.fund_to[i]))
        rows = _count(spells[i], start, int(people.birth[i]), member, unpaid[:, position])
        expected |= {(int(i), *row) for row in rows}
    paid = tables["benefits"]
    paid = paid[paid["person"].isin(chosen) & ~paid["recovery"]]
    t = (paid["year"].astype(int) - 2017) * 12 + paid["month"].astype(int) - 1
    found = set(
        zip(
            paid["person"],
            t,
            paid["benefit"],
            paid["ground"],
            paid["days"],
            paid["counter"],
            strict=True,
        )
    )
    assert len(expected) > 2500
    assert found == expected


def test_counters_cross_their_thresholds(tables):
    subsidy = tables["benefits"].query("benefit == 'FM' and not recovery")
    for threshold in (300, 1000):
        crossing = (subsidy["counter"] < threshold) & (
            subsidy["counter"] + subsidy["days"] >= threshold
        )
        assert crossing.sum() > 20
    rest = tables["benefits"].query("benefit != 'FM' and not recovery")
    assert (rest["counter"] + rest["days"]).max() == 500
    assert {300, 400} <= set(rest["counter"] + rest["days"])


def test_recoveries_take_back_less_than_was_paid_and_later(tables):
    paid = tables["benefits"]
    keys = ["person", "year", "month", "benefit", "ground"]
    back = paid[paid["recovery"]].merge(paid[~paid["recovery"]], on=keys, suffixes=("", "_paid"))
    assert len(back) == paid["recovery"].sum() > 50
    assert (back["cents"] < 0).all() and (back["days"] < 0).all()
    assert (back["cents"] + back["cents_paid"] >= 0).all()
    assert (back["payment_date"] > back["payment_date_paid"]).mean() > 0.99


def test_rates_stand_once_per_month(config, tmp_path):
    rates = read_rates(config)
    assert rates["daily_allowance"][50] == 3378
    assert rates["daily_allowance"][[66, 67]].tolist() == [3450, 3572]
    text = (config / "benefit_rates.csv").read_text(encoding="utf-8")
    file = tmp_path / "benefit_rates.csv"
    file.write_text(text.replace("2022-08,2022-12,3572", "2022-09,2022-12,3572"), encoding="utf-8")
    with pytest.raises(InputError, match="daily_allowance has no rate in 2022-08"):
        read_rates(tmp_path)
    file.write_text(text.replace("2022-08,2022-12,3572", "2022-07,2022-12,3572"), encoding="utf-8")
    with pytest.raises(InputError, match="row 7: daily_allowance has a rate"):
        read_rates(tmp_path)
