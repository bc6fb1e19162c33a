"""A new study: the commented template, or one made of a file that runs at once."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from kuntakokeilu.cells.propose import Declared, Proposal, propose
from kuntakokeilu.errors import InputError, counted, some, system_faults
from kuntakokeilu.io import DATA_FOLDER, DATA_VARIABLE, write_text
from kuntakokeilu.study import require_name
from kuntakokeilu.study.panel_source import MISSING
from kuntakokeilu.tabular import Written, read_table_file


@dataclass(frozen=True)
class File:
    """A file and what was found out of how it is written.

    Attributes
    ----------
    path : Path
        As the user gave it.
    folder : Path
        What a relative path is relative to.
    encoding : str
        Of a CSV file.
    sheet : str or None
        Of a workbook.
    decimal : str or None
        comma or point, as the user said.
    """

    path: Path
    folder: Path = Path()
    encoding: str = "utf-8"
    sheet: str | None = None
    decimal: str | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path.as_posix()

    @property
    def place(self) -> Path:
        """Where it lies."""
        return self.folder / self.path


def copy_template(config: Path, name: str) -> None:
    """Copy the commented template to a new study."""
    folder = _fresh(config, name)
    template = config / "template"
    if not template.is_dir():
        raise InputError(f"no folder {template.as_posix()} here; run this in the project's folder")
    shutil.copytree(template, folder)


def from_file(config: Path, name: str, file: File, said: Declared) -> list[str]:
    """Write a study of a file, proposing what its columns mean.

    Parameters
    ----------
    config : Path
        The project's config folder.
    name : str
        Of the study.
    file : File
        The data.
    said : Declared
        What the user has said of its columns.

    Returns
    -------
    list of str
        What was guessed, and how to change it; one line each.

    Raises
    ------
    InputError
        The name is taken, the file cannot be read, or a part is not found in it. Nothing is left.
    """
    folder = _fresh(config, name)
    file, table = _read(file)
    found = propose(table, said, file.name)
    write_text(study_text(name, file, found), folder / "study.yaml")
    write_text(outcomes_text(found), folder / "outcomes.csv")
    write_text(estimands_text(found), folder / "estimands.csv")
    return _told(name, table, found)


def remove(config: Path, name: str) -> None:
    """Take a study that was just written away again."""
    shutil.rmtree(config / "studies" / name)


def _fresh(config: Path, name: str) -> Path:
    require_name(name)
    folder = config / "studies" / name
    if folder.exists():
        raise InputError(f"config/studies/{name} exists already")
    if not config.is_dir():
        raise InputError(f"no folder {config.as_posix()} here; run this in the project's folder")
    return folder


def _read(file: File) -> tuple[File, pd.DataFrame]:
    """Read the whole file, as UTF-8 or else as Excel on Windows writes it."""
    marks = {"comma": ",", "point": "."}
    with system_faults(file.name):
        if not file.place.is_file():
            raise InputError(f"{file.name}: no such file")
    decimal = marks.get(str(file.decimal))
    try:
        written = Written(decimal=decimal, sheet=file.sheet)
        table = read_table_file(file.place, None, written, file.name)
    except InputError as error:
        if "not UTF-8" not in str(error):
            raise
        file = replace(file, encoding="cp1252")
        written = Written(decimal=decimal, encoding="cp1252")
        table = read_table_file(file.place, None, written, file.name)
    return file, table


def name_in_study(file: File) -> str:
    """Name a file as studies do: by the project, by the data folder, or as it is.

    A file outside both is named by the project if the user named it by a folder too.
    """
    here, data = Path.cwd(), Path(os.environ.get(DATA_VARIABLE) or DATA_FOLDER).resolve()
    plain, whole = file.place.absolute(), file.place.resolve()
    for each in (whole, *([] if ".." in plain.parts else [plain])):  # a link leads elsewhere
        if each.is_relative_to(here):
            return f"./{each.relative_to(here).as_posix()}"
        if each.is_relative_to(data):
            return each.relative_to(data).as_posix()
    if not file.path.is_absolute() and whole.anchor == here.anchor:  # Windows has several roots
        return Path(os.path.relpath(whole, here)).as_posix()
    return whole.as_posix()


def _quoted(value: object) -> str:
    """Write a text, or a list or mapping of texts, as YAML in one line."""
    return json.dumps(value, ensure_ascii=False)


def study_text(name: str, file: File, found: Proposal) -> str:
    """Write study.yaml of a proposal, with comments on what was guessed."""
    words = {"M": "months", "Q": "quarters", "Y": "years"}
    counted = found.period_form == "number" or bool(found.waves)
    first, last = (text.lstrip("0") if counted else text for text in found.span)
    lines = [
        "# yaml-language-server: $schema=../../schemas/study.schema.json",
        f"# Proposed from {file.path.name}. Lines with `guessed` are worth a look; every key is",
        "# explained in config/template/study.yaml.",
        f"title: {{en: {_quoted(name.replace('_', ' '))}}} # fi and sv may stand beside",
        "units: other # whatever the file names",
        f"frequency: {found.frequency} # guessed: "
        + ("periods of the panel's own count" if counted else words[found.frequency]),
        f"first_period: {first} # the first in the file",
        f"last_period: {last} # and the last; units that start later count as not yet treated",
    ]
    if found.start is not None:
        start = found.start.lstrip("0") if counted else found.start
        lines.append(f"start: {start} # first period of treatment, of all treated units")
    lines += ["source:", "  reader: unit_panel", f"  path: {_quoted(name_in_study(file))}"]
    if file.encoding != "utf-8":
        lines.append(f"  encoding: {file.encoding} # guessed: the file is not UTF-8")
    if file.sheet:
        lines.append(f"  sheet: {_quoted(file.sheet)}")
    if file.decimal:
        lines.append(f"  decimal: {file.decimal}")
    lines += [
        f"  layout: {found.layout} # guessed: panel, a row is a unit in a period; or "
        "repeated_cross_section",
        f"  unit: {_quoted(found.unit)}{_or(found, 'unit')}",
        f"  period: {_quoted(found.period)}{_or(found, 'period')}",
    ]
    if found.waves:
        waves = ", ".join(
            f"{_quoted(key)}: {value.lstrip('0')}" for key, value in found.waves.items()
        )
        lines.append(f"  waves: {{{waves}}} # the count of the file, from 1")
    elif found.period_form != "calendar":
        lines.append(f"  period_form: {found.period_form} # guessed; stata: periods since 1960")
    if found.marked:
        what = "0 and 1: who is treated" if found.start else "0 and 1: from when on"
        lines.append(
            f"  treated: {_quoted(found.treated)} # guessed, {what}{_or(found, 'treated')}"
        )
    else:
        lines += [
            f"  first_treated: {_quoted(found.treated)} # guessed: first period of treatment"
            + _or(found, "treated"),
            f"  never: {_quoted(found.never)} # values of it that mean never treated",
        ]
    if found.said.treatment_ends == "ignored":
        lines.append("  treatment_ends: ignored # once treated, a unit counts as treated")
    if found.said.missing:
        lines.append(f"  missing: {_quoted([*MISSING, *found.said.missing])}")
    lines += [
        f"  cluster: {_quoted(found.said.cluster)}"
        if found.said.cluster
        else "  # cluster: area # the column to whose values treatment was given, if not the unit",
        f"  weight: {_quoted(found.said.weight)} # used by rows of estimands.csv with these weights"
        if found.said.weight
        else "  # weight: persons # for rows of estimands.csv with weights persons_current, as "
        "Stata's [aweight=persons], or persons_frozen",
        f"  balanced: {str(found.balanced).lower()} # must every unit have every period?",
        "comparisons:",
        "  all: {} # all other units are controls",
        "disclosure: public # published data; `register` for data on persons",
        "seed: 1",
    ]
    return "\n".join(lines) + "\n"


def _or(found: Proposal, part: str) -> str:
    others = found.others.get(part)
    return f" # or {some(others)}" if others else ""


def outcomes_text(found: Proposal) -> str:
    """Write outcomes.csv of a proposal: one outcome."""
    frame = pd.DataFrame(
        {
            "outcome": ["outcome"],
            "column": [found.outcome],
            "unit": ["units of the outcome"],
            "domain": ["other"],
            "decimals": [3],
            "label_en": [found.outcome],
        }
    )
    return frame.to_csv(index=False, lineterminator="\n")


def estimands_text(found: Proposal) -> str:
    """Write estimands.csv of a proposal: the effect, and by period where there are several."""
    counted = found.layout == "repeated_cross_section" or found.said.weight is not None
    weights = "persons_current" if counted else "unit"
    first, last = (pd.Period(text, freq=found.frequency) for text in found.span)
    single = found.starts == 1 and (len(found.waves) == 2 or last == first + 1)
    rows = [("main", "two_by_two" if single else "two_way_fixed_effects", "main")]
    if not single:
        rows.append(("by_period", "event_study", "robustness"))
    lines = ["estimand,outcome,comparison,weights,estimator,role"]
    lines += [
        f"outcome.{n},outcome,all,{weights},{estimator},{role}" for n, estimator, role in rows
    ]
    return "\n".join(lines) + "\n"


def _told(name: str, table: pd.DataFrame, found: Proposal) -> list[str]:
    """Say what was guessed, with what else it might be, and what to do next."""
    how = "marks of treatment, 0 and 1" if found.marked else "first period of treatment"
    starts = counted(found.starts, "start", "different starts")
    waves = {period: wave for wave, period in found.waves.items()}
    span = " to ".join(waves.get(text, text.lstrip("0")) for text in found.span)
    empty = int(table[found.outcome].isin([*MISSING, *found.said.missing]).sum())
    shape = "panel with gaps"
    if found.balanced:
        # a row without its outcome is a gap for the estimate
        shape = "panel with a row for each unit and period" if empty else "balanced panel"
    lacking = f"; {counted(empty, 'value is', 'values are')} missing" if empty else ""
    if found.layout == "repeated_cross_section":
        shape = "repeated cross-section: units have several rows a period, which are collapsed"
    said = {
        "unit": f"{' + '.join(found.unit)}",
        "period": f"{found.period}, {span}",
        "treated": f"{found.treated}, {how}; {starts}",
        "outcome": f"{found.outcome}{lacking}",
    }
    lines = [f"{counted(len(table), 'row')}, a {shape}"]
    for part, text in said.items():
        others = found.others.get(part)
        more = f" (it might be {some(others)}: --{part})" if others else ""
        passed = f" ({some(found.passed[part], 3)})" if found.passed.get(part) else ""
        lines.append(f"{part}: {text}{more}{passed}")
    folder = f"config/studies/{name}"
    return [
        *lines,
        f"Change what is wrong in {folder}, or remove it and name columns in the command.",
        f"The number: python run.py results --study {name} --only release",
        f"And all reports: python run.py results --study {name}",
    ]
