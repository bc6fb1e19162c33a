"""What a study on a synthetic twin promises to show, said before it is run: expected.csv."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import Closed, EstimandName, Name
from kuntakokeilu.facts.rows import read_rows, unique
from kuntakokeilu.facts.units import EUROS, Unit
from kuntakokeilu.study.estimands import Estimand
from kuntakokeilu.study.models import Settings

FILE = "expected.csv"


class Expected(Closed):
    """One row of expected.csv: what is to become of one number of a twin, whose truth is known."""

    estimand: EstimandName = Field(description="row of estimands.csv")
    expected: Literal["found", "zero", "shifted", "caught"] = Field(
        description="found: an effect larger than the smallest detectable one, and found; zero: no "
        "effect, and none claimed; shifted: money that one payer pays for another, found, while "
        "the net cost shows no saving; caught: a number whose design is broken, and a check says so"
    )
    beside: EstimandName | None = Field(
        default=None,
        description="shifted: the estimand of the net cost; caught: the estimand whose truth this "
        "number would have if its design held",
    )
    check: Name | None = Field(
        default=None, description="caught: the check that must fail or need care"
    )

    @validate_model(mode="after")
    def _has_what_it_needs(self) -> Self:
        needs = {"beside": ("shifted", "caught"), "check": ("caught",)}
        for column, kinds in needs.items():
            given = getattr(self, column)
            if given is None and self.expected in kinds:
                raise ValueError(f"{column}: missing; {self.expected} needs it")
            if given is not None and self.expected not in kinds:
                raise ValueError(f"{column}: goes with {' or '.join(kinds)}, not {self.expected}")
        return self


def read_expected(
    folder: Path, settings: Settings, estimands: Iterable[Estimand]
) -> dict[str, Expected]:
    """Read and check the optional table of what a study promises, by estimand.

    It is empty without the file, and without a twin: of real registers the truth is not known.

    Raises
    ------
    InputError
        A row is wrong, or names an estimand that the study does not have or that is no single
        number; the message names file, row and column.
    """
    where = f"config/studies/{folder.name}"
    registers = settings.source.registers
    if registers is None or registers.twin is None or not (folder / FILE).is_file():
        return {}
    rows = read_rows(folder / FILE, Expected, where)
    by_name = {estimand.estimand: estimand for estimand in estimands}
    for number, row in rows.items():
        _check(row, by_name, f"{where}/{FILE}, row {number}")
    return unique(rows, "estimand", f"{where}/{FILE}")


def _check(row: Expected, estimands: Mapping[str, Estimand], at: str) -> None:
    """Stop at a row that names no number, or one that does not go with the other."""
    for column in ("estimand", "beside"):
        name = getattr(row, column)
        if name is None:
            continue
        if name not in estimands:
            raise InputError(f"{at}, column {column}: no estimand {name} in estimands.csv")
        if estimands[name].method.term != "att":
            raise InputError(
                f"{at}, column {column}: {name} is a series; expected one effect for all time"
            )
    if row.beside is None:
        return
    one, other = estimands[row.estimand], estimands[row.beside]
    shifted = row.expected == "shifted"
    if one.unit != other.unit or (shifted and Unit.read(one.unit).amount != EUROS):
        wanted = "two amounts of euros" if shifted else "two of one unit"
        raise InputError(
            f"{at}, column beside: expected {wanted}, found {one.unit} and {other.unit}"
        )
