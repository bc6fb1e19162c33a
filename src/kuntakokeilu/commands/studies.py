"""Commands on the configuration of a study: check, start, lock, unblind it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kuntakokeilu.commands.places import CONFIG, FOLDER
from kuntakokeilu.errors import InputError

if TYPE_CHECKING:
    from kuntakokeilu.study import Study


def check(name: str) -> int:
    """Check a study's settings, the shared tables and the open data that it reads."""
    from kuntakokeilu.check import check_data, check_tables
    from kuntakokeilu.study import read_study

    study = read_study(CONFIG, name)
    check_tables(study, CONFIG)
    for note in check_data(study, CONFIG):
        print(f"{name}: note: {note}")
    for line in merger_lines(study):
        print(line)
    print(f"{name}: outcomes {len(study.outcomes)}, estimands {len(study.estimands)}, no fault")
    return 0


def merger_lines(study: Study) -> list[str]:
    """Say which municipalities have merged since a study began, those of two arms first."""
    done = {"receiving": "counts in the arm of the latter", "left_out": "in neither arm"}
    across, same = [], []
    for row in study.mergers():
        if row["date"] < study.settings.first_period:
            continue
        gone = f"{row['name']['fi']} ({row['code']})"
        lives_on = f"{row['unit_name']['fi']} ({row['unit']})"
        if row["arm"] == row["unit_arm"]:
            same.append(f"{gone} into {lives_on} {row['date']}")
        else:
            what = done[study.settings.merged_across_arms]
            across.append(
                f"{study.name}: {gone}, {row['arm']}, is part of {lives_on}, {row['unit_arm']}, "
                f"since {row['date']}: {what}"
            )
    within = [f"{study.name}: merged within one arm: {'; '.join(same)}"] if same else []
    return across + within


def new_study(
    name: str,
    data: str | None = None,
    sheet: str | None = None,
    decimal: str | None = None,
    **said: Any,
) -> int:
    """Start a study: a copy of the commented template, or one made of a file that runs at once."""
    from kuntakokeilu import new_study as made

    if data is None:
        if any(said.values()) or sheet or decimal:
            raise InputError("new-study: columns are named of a file; expected --data FILE")
        made.copy_template(CONFIG, name)
        print(
            f"Edit the files in config/studies/{name}, then: python run.py results --study {name}"
        )
        return 0
    declared = made.Declared(**{key: value for key, value in said.items() if value is not None})
    folder = Path(os.environ.get(FOLDER, ""))
    file = made.File(Path(data), folder, sheet=sheet, decimal=decimal)
    lines = made.from_file(CONFIG, name, file, declared)
    try:
        check(name)
    except InputError as error:
        made.remove(CONFIG, name)
        told, in_study = str(error), made.name_in_study(file)
        if told.startswith(in_study):  # nobody has seen the study, which calls the file so
            told = file.name + told.removeprefix(in_study)
        raise InputError(told) from None
    print("\n".join(lines))
    return 0


def lock(name: str, again: bool) -> int:
    """Lock the plan of a study before its data are seen."""
    from kuntakokeilu.registration import lock_lines, lock_plan

    print("\n".join(lock_lines(name, lock_plan(CONFIG, name, again=again))))
    return 0


def unblind(name: str, checked: str | None = None) -> int:
    """Show the effects that a study hides, and date that."""
    from kuntakokeilu.disclosure import RECORD
    from kuntakokeilu.registration import unblind_study

    file = Path(checked or f"results/{name}/design/{RECORD}")
    if checked and not file.is_file() and not file.is_absolute():  # named where the user stands
        file = Path(os.environ.get(FOLDER, "")) / checked
    made = unblind_study(CONFIG, name, file)
    assert made.unblinded is not None
    print(
        f"{name}: unblinded on {made.unblinded.date}, design judged in "
        f"{made.unblinded.checked}. Now: python run.py results --study {name}"
    )
    return 0


def schema() -> int:
    """Write the JSON schema of study.yaml for editors."""
    from kuntakokeilu.io import write_json
    from kuntakokeilu.study import Settings

    write_json(Settings.model_json_schema(), CONFIG / "schemas" / "study.schema.json")
    return 0
