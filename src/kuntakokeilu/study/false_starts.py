"""How far back false starts may reach, and which earlier trials their windows can touch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kuntakokeilu.facts.basics import Closed, Labels, Name, PeriodText, check_form, check_order


class EarlierTrial(Closed):
    """The time of an earlier trial, both ends included."""

    first: PeriodText = Field(description="first period")
    last: PeriodText = Field(description="last period")
    label: Labels | None = Field(default=None, description="its name, for readers")


class FalseStarts(Closed):
    """Windows of earlier time in which main effects are estimated as if the trial had been then."""

    first_period: PeriodText | None = Field(
        default=None,
        description="first period that a window may hold; default: the study's own first period",
    )
    step: int = Field(default=1, ge=1, le=120, description="periods between false starts")
    earlier_trials: dict[Name, EarlierTrial] = Field(
        default={}, description="earlier trials, whose time a window can touch"
    )
    touching: Literal["told", "left_out"] = Field(
        default="told",
        description="what is done with windows that touch an earlier trial: told keeps them and "
        "counts them; left_out makes no estimate of them",
    )
    # ASSUME: four times what a test at 5 % should reject; with windows that overlap a share of 10 %
    # can still be chance.
    most_rejected: float = Field(
        default=0.2,
        ge=0.05,
        le=1,
        description="the check false_starts fails where the leading inference calls more than this "
        "share of false starts an effect",
    )
    permutations: int = Field(
        default=999, ge=99, le=99_999, description="deals of the permutation tests of each window"
    )

    def check(self, frequency: str) -> None:
        """Raise ValueError at a period that is not written as those of the study, or reversed."""
        check_form("false_starts.first_period", self.first_period, frequency)
        for name, trial in self.earlier_trials.items():
            where = f"false_starts.earlier_trials.{name}"
            for end in (trial.first, trial.last):
                check_form(where, end, frequency)
            check_order(f"{where}.first", trial.first, "last", trial.last)

    def touched(self, first: str, last: str) -> list[str]:
        """Name the earlier trials that a window, both ends included, holds a part of."""
        trials = self.earlier_trials.items()
        return [name for name, span in trials if span.first <= last and first <= span.last]
