"""From PxWeb answers, saved by hand or downloaded, to the table that `read_statfin` reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.statfin.csv import read_pxweb_csv
from kuntakokeilu.statfin.download import download_folder, finished_downloads, read_answers
from kuntakokeilu.statfin.pxweb import Answer, combine, list_changes, read_json_stat
from kuntakokeilu.study import DataSettings


def statfin_tables(
    settings: DataSettings, files: Iterable[Mapping[str, Sequence[str]]], study: str
) -> dict[str, dict[str, Any]]:
    """Describe the tables that have to be made of PxWeb answers before a study can read them.

    Parameters
    ----------
    settings : DataSettings
        The data part of study.yaml.
    files : iterable of mapping of str to sequence of str
        What `cells.source_files` gives for the units and for each outcome: files and columns.
    study : str
        Name of the study.

    Returns
    -------
    dict of str to dict
        What the study calls the table, to the arguments of `read_statfin_table` as plain data.
        Empty unless the source has PxWeb answers.

    Raises
    ------
    InputError
        Two files whose names differ in punctuation alone.
    """
    source = settings.source.pxweb
    if source is None:
        return {}
    contents: dict[str, set[str]] = {}
    for each in files:
        for name, columns in each.items():
            wanted = set(columns) - {source.unit_column, source.period_column}
            contents.setdefault(name, set()).update(wanted)
    keys = {name: re.sub(r"\W+", "_", name).strip("_") for name in contents}
    if len(set(keys.values())) < len(keys):
        raise InputError(f"files {some(keys)}: expected names that differ in a letter or digit")
    return {
        name: {
            "study": study,
            "name": name,
            "key": keys[name],
            "form": source.form,
            "table": source.downloads[name].table if source.downloads else source.table,
            "contents": sorted(found),
        }
        for name, found in contents.items()
    }


def answer_files(spec: dict[str, Any]) -> list[str]:
    """Name the files that a table is made of, as `io.data_file` takes them.

    Those of a download are the manifests, the oldest first; there are none before the first.
    """
    if spec["form"] != "download":
        return [spec["name"]]
    folder = download_folder(spec["study"], spec["name"])
    return [f"./{path.as_posix()}" for path in finished_downloads(folder, spec["table"])]


def require_download(spec: dict[str, Any], files: Sequence[Any]) -> None:
    """Stop with what to do if a table has not been downloaded."""
    if not files:
        folder = download_folder(spec["study"], spec["name"]).as_posix()
        raise InputError(
            f"{spec['name']}: table {spec['table']} is not downloaded yet; run "
            f"`python run.py fetch --study {spec['study']}`, or without a network bring the folder "
            f"{folder} along"
        )


def read_statfin_table(
    spec: dict[str, Any], files: Sequence[Path]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the long table of PxWeb answers.

    Parameters
    ----------
    spec : dict
        One entry of `statfin_tables`.
    files : sequence of Path
        The files of `answer_files`.

    Returns
    -------
    table : DataFrame of str
        kunta, month and the contents; of several downloads, the newest.
    changes : DataFrame of str
        What `list_changes` finds between the downloads.

    Raises
    ------
    InputError
        No download yet, or an answer that is not what it should be.
    """
    require_download(spec, files)
    table, contents = spec["table"], spec["contents"]
    if spec["form"] == "download":
        *earlier, newest = [_download(path, spec) for path in files]
        changes, answer, where = list_changes([*earlier, newest]), newest, Path(files[-1]).name
        lacking = set(contents) - set(answer.values["content"])
        if lacking:
            raise InputError(
                f"{where}: the newest download has no {some(sorted(lacking))}; run "
                f"`python run.py fetch --study {spec['study']}`"
            )
    else:
        (path,) = files
        answer, where = _saved(Path(path), spec["form"], table, contents), Path(path).name
        changes = list_changes([answer])
    return combine([answer], where)[["kunta", "month", *contents]], changes


def _download(manifest: Path, spec: dict[str, Any]) -> Answer:
    """Read a whole download as one publication, its contents named as the study does."""
    answers = read_answers(manifest)[1]
    parts = [read_json_stat(text, spec["table"], name) for name, text in answers.items()]
    values = pd.concat([part.values for part in parts], ignore_index=True)
    names = {name.casefold(): name for name in spec["contents"]}
    content = values["content"].map(lambda code: names.get(code.casefold(), code))
    return Answer(values.assign(content=content), parts[0].updated)


def _saved(path: Path, form: str, table: str, contents: Sequence[str]) -> Answer:
    if form == "pxweb_csv":
        return read_pxweb_csv(path.read_bytes(), table, path.name, contents)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: not UTF-8; save the answer as it came") from None
    return read_json_stat(text, table, path.name, contents)
