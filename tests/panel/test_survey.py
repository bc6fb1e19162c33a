"""The survey: who is in the sample, whom each answer stands for, the scale, the response."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.errors import InputError
from kuntakokeilu.panel import prepare, survey
from kuntakokeilu.panel.survey_response import cronbach_alpha, survey_response

from .facts_tables import RULES
from .tiny import D, joined, registered, resident, write_tables

YEARS = range(2017, 2023)
AREAS = pd.DataFrame({"arm": ["trial"], "area": ["x"], "code": ["837"], "unit": ["837"]})


def asked_row(person: str, wave: str, answers: str = "", **values) -> dict:
    """A row of the table survey; answers are the digits of the items, - for none."""
    items = {f"q{i}": a for i, a in enumerate(answers, start=1) if a != "-"}
    basics = {"person": person, "wave": D(wave), "weight": 2.0, "responded": bool(answers)}
    return basics | items | values


def tables(*rows: dict) -> dict:
    """Three persons of two municipalities, and a survey."""
    return joined(
        {
            "persons_yearly": resident("a", YEARS)
            + resident("b", YEARS, municipality="837", birth_year=2000)
            + resident("c", YEARS, municipality="837")
        },
        *(registered(person, "2018-11-01") for person in "abc"),
        {"survey": list(rows)},
    )


WAVE = [
    asked_row("a", "2020-11-01", "55155", weight=3.0),
    asked_row("b", "2020-11-01", "1-511"),
    asked_row("c", "2020-11-01"),
]


@pytest.fixture
def run(tmp_path, contract, settings, classification):
    """Prepare the sample survey: gives its rows and what is returned."""

    def prepared(*rows: dict, samples=("survey",), areas=AREAS):
        folder = write_tables(tables(*rows), tmp_path / "tables", contract)
        found = prepare(
            folder, settings, classification, RULES, areas, "2021-03", tmp_path, samples=samples
        )
        return pd.read_parquet(tmp_path / "survey.parquet"), found

    return prepared


def test_a_wave_by_hand(run):
    rows, found = run(*WAVE, asked_row("z", "2020-11-01", "33333"), asked_row("a", "2030-01-01"))
    assert list(rows) == list(PERSON_MONTHS)
    rows = rows.sort_values("person", ignore_index=True)
    assert rows["period"].astype(str).unique().tolist() == ["2020-11-01"]
    assert rows[["cohort", "elapsed"]].isna().all(axis=None)
    assert rows["unit"].tolist() == ["091", "837", "837"]  # as frozen at the end of 2018
    assert rows["under_30"].tolist() == [False, True, False]
    assert rows["survey_responded"].tolist() == [True, True, False]
    assert rows["asked_weight"].tolist() == [3.0, 2.0, 2.0]
    # 1 turned is 5; of 1, -, 5, 1, 1 four are answered, and 5 turned is 1.
    assert rows["wellbeing_scale"].tolist()[:2] == [5.0, 1.0]
    assert np.isnan(rows["wellbeing_scale"][2]) and np.isnan(rows["answered_weight"][2])
    assert rows["answered_weight"].sum() == pytest.approx(7.0, abs=1e-5)
    assert rows["registered"].all()  # registers tell of them as of everybody
    checks = found.conservation.set_index("check")
    left = checks.loc["persons asked: never job seekers and other months left out"]
    assert left.tolist() == [5, 3, 2]
    assert found.flow["n_persons"].tolist()[2:] == [3] * 5
    response = found.survey_response.set_index("arm")
    assert response.loc[["control", "trial", "all"], "n_asked"].tolist() == [1, 2, 3]
    assert response.loc["trial", "difference"] == pytest.approx(50 - 100)


def test_registers_know_nothing_of_the_survey(run, tmp_path):
    run(*WAVE, samples=("survey", "job_seekers"))
    rows = pd.read_parquet(tmp_path / "job_seekers.parquet")
    told = ["asked_weight", "answered_weight", "survey_responded", "wellbeing_scale"]
    assert len(rows) and rows[told].isna().all(axis=None)


def test_too_few_answers_make_no_scale():
    items = pd.DataFrame(
        [[1, 2, 3, 4, 5], [np.nan, 2, 3, 4, 5], [np.nan, np.nan, 3, 4, 5]], columns=survey.ITEMS
    )
    assert survey.scale(items).tolist()[:2] == [3.0, 3.5]
    assert np.isnan(survey.scale(items)[2])


def test_bad_surveys_are_named(run):
    bad = {
        "expected numbers above 0, found others in 1 row": [asked_row("a", "2020-11-01", weight=0)],
        r"nobody answered in a wave \(1 person asked\)": [asked_row("a", "2020-11-01")],
        "nobody asked is in the sample": [asked_row("z", "2020-11-01", "33333")],
        "sample survey: 1 person is in a cohort twice": [WAVE[0], asked_row("a", "2020-11-15")],
    }
    for message, rows in bad.items():
        with pytest.raises(InputError, match=message):
            run(*rows)


def test_the_sample_needs_the_table(tmp_path, contract, settings, classification):
    without = {name: rows for name, rows in tables().items() if name != "survey"}
    folder = write_tables(without, tmp_path / "tables", contract)
    arguments = folder, settings, classification, RULES, None, None, tmp_path / "out"
    with pytest.raises(InputError, match="needs the table survey, which the extract lacks"):
        prepare(*arguments, samples=["survey"])


def wave_of(seed: int, persons: int = 4_000) -> pd.DataFrame:
    """Persons asked, who answer by their age and language, and feel by both."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["male", "female"], persons),
            "age_group": rng.choice(["under_25", "25_29", "30_49", "50_plus"], persons),
            "language": rng.choice(["finnish", "swedish", "other"], persons, p=[0.8, 0.05, 0.15]),
            "education": "unknown",
            "eligible": rng.random(persons) < 0.5,
            "weight": rng.choice([1.25, 2.5], persons),
        }
    )
    odds = -0.3 + 0.8 * (frame["age_group"] == "50_plus") - 0.9 * (frame["language"] == "other")
    frame["responded"] = rng.random(persons) < 1 / (1 + np.exp(-odds))
    frame["felt"] = (
        rng.normal(3, 1, persons)
        - 0.5 * (frame["language"] == "other")
        + 0.3 * (frame["age_group"] == "50_plus")
    )
    return frame


def test_the_chance_to_answer_is_that_of_another_package():
    wave = wave_of(1)
    known = [name for name in survey.PREDICTORS if name != "education"]  # all alike
    x = sm.add_constant(pd.get_dummies(wave[known].astype(str), drop_first=True, dtype=float))
    weights = wave["weight"] / wave["weight"].mean()
    model = sm.GLM(wave["responded"].astype(float), x, sm.families.Binomial(), freq_weights=weights)
    theirs = model.fit(tol=1e-12).fittedvalues
    np.testing.assert_allclose(survey.chance_to_answer(wave), theirs, atol=2e-4)


def test_weights_stand_for_everyone_and_undo_who_answered():
    naive, weighted, truth = [], [], []
    for seed in range(10):
        wave = wave_of(seed)
        weights = survey.answered_weights(wave)
        assert weights.isna().eq(~wave["responded"]).all()
        assert weights.sum() == pytest.approx(wave["weight"].sum(), abs=0.01)
        answered = wave[wave["responded"]]
        naive.append(np.average(answered["felt"], weights=answered["weight"]))
        weighted.append(np.average(answered["felt"], weights=weights.dropna()))
        truth.append(np.average(wave["felt"], weights=wave["weight"]))
    errors = np.array([naive, weighted]) - truth
    noise = errors[1].std() / np.sqrt(10)
    assert abs(errors[1].mean()) < 3 * noise
    assert errors[0].mean() > 6 * noise


def test_a_chance_next_to_nothing_does_not_rule(monkeypatch):
    wave = pd.DataFrame({"weight": 2.0, "responded": True}, index=range(1_000))
    chance = pd.Series(0.5, wave.index).mask(wave.index == 7, 0.001)
    monkeypatch.setattr(survey, "chance_to_answer", lambda _: chance)
    np.testing.assert_allclose(survey.answered_weights(wave), 2.0, atol=1e-6)


def test_response_does_not_look_at_the_arm():
    """Weights are the same whatever the arm of those asked."""
    wave = wave_of(3)
    moved = wave.assign(unit=np.where(wave["responded"], "837", "091"))
    pd.testing.assert_series_equal(survey.answered_weights(wave), survey.answered_weights(moved))


def test_where_all_answer_the_design_is_left():
    wave = wave_of(2).assign(responded=True)
    np.testing.assert_allclose(survey.answered_weights(wave), wave["weight"])


def test_the_difference_of_the_arms_is_a_clustered_regression(classification):
    wave = wave_of(4)
    rng = np.random.default_rng(4)
    units = ["837", "980", "091", "049", "564", "297", "245"]
    wave["unit"] = rng.choice(units, len(wave))
    wave["month"] = 2022 * 12 + 9
    wave["answered_weight"] = survey.answered_weights(wave)
    latent = rng.normal(size=(len(wave), 1))
    wave[[*survey.ITEMS]] = np.where(
        wave[["responded"]], latent + rng.normal(size=(len(wave), 5)), np.nan
    )
    areas = pd.DataFrame({"arm": "trial", "area": ["t", "t", "o"], "unit": ["837", "049", "564"]})
    found = survey_response(wave, areas, classification).set_index("arm")
    assert found["wave"].eq("2022-10").all()
    sub_region = classification.members().set_index("code")["sub_region"]
    area = areas.set_index("unit")["area"]
    cluster = wave["unit"].map(area).fillna(wave["unit"].map(sub_region))
    trial = wave["unit"].isin(area.index)
    model = sm.WLS(100.0 * wave["responded"], sm.add_constant(trial.astype(float)), wave["weight"])
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(cluster)[0]})
    assert found.loc["trial", "difference"] == pytest.approx(theirs.params.iloc[1], abs=1e-9)
    assert found.loc["trial", "difference_std_error"] == pytest.approx(theirs.bse.iloc[1], rel=1e-9)
    assert found.loc[["control", "all"], "difference"].isna().all()
    weights = wave["answered_weight"].dropna()
    kish = weights.sum() ** 2 / (weights**2).sum()
    assert found.loc["all", "effective_size"] == pytest.approx(kish)
    # Items of one factor, as noisy as it is strong: a correlation of a half.
    assert found["alpha"].to_numpy() == pytest.approx(5 * 0.5 / (1 + 4 * 0.5), abs=0.04)


def test_alpha_by_hand():
    # Variances 1 and 1, of the sum 3: 2/1 x (1 - 2/3).
    items = pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]})
    assert cronbach_alpha(items) == pytest.approx(2 * (1 - 2 / 3))
    assert np.isnan(cronbach_alpha(items.assign(a=2, b=1)))
    gap = pd.DataFrame({"a": [1, 2, 3, 9], "b": [1, 3, 2, np.nan]})
    assert cronbach_alpha(gap) == pytest.approx(2 / 3)
