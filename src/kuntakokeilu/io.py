"""Reading and writing files: strict on the way in, whole or not at all on the way out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import yaml

from kuntakokeilu.contracts import conform
from kuntakokeilu.errors import InputError, some


DATA_VARIABLE = "KUNTAKOKEILU_DATA"
DATA_FOLDER = Path("../shared/data")


def data_file(name: str) -> Path:
    """Find a source file that a study names.

    A name that begins with `./` is relative to the project, an absolute one stands for itself,
    any other is relative to the data folder: the environment variable KUNTAKOKEILU_DATA, else
    ../shared/data.

    Raises
    ------
    InputError
        The data folder or the file does not exist.
    """
    if name.startswith("./") or Path(name).is_absolute():
        path = Path(name)
        if not path.is_file():
            raise InputError(f"{path.as_posix()}: no such file")
        return path
    folder = Path(os.environ.get(DATA_VARIABLE) or DATA_FOLDER)
    if not folder.is_dir():
        raise InputError(
            f"no data folder: neither the environment variable {DATA_VARIABLE} nor "
            f"{DATA_FOLDER.as_posix()} leads to one; data/README.md says which files belong there "
            "and where to download them"
        )
    if not (folder / name).is_file():
        raise InputError(f"{name}: no such file in the data folder ({folder.as_posix()})")
    return folder / name


def read_csv(path: Path, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read a comma-separated UTF-8 file as text.

    Parameters
    ----------
    path : Path
        The file.
    columns : iterable of str
        Columns that must be there.

    Returns
    -------
    DataFrame
        All columns as strings; an empty field is an empty string, never missing.

    Raises
    ------
    InputError
        The file does not exist, is empty, is not UTF-8, has another separator, a row of the
        wrong length, or lacks a column.
    """
    path = Path(path)
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path.name}: no such file in {path.parent.as_posix()}") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path.name}: the file is empty; expected a header and rows") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: not UTF-8; save the file with UTF-8 encoding") from None
    except pd.errors.ParserError as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("Error tokenizing data. C error:")
        raise InputError(f"{path.name}: rows of different length:{reason}") from None
    missing = [column for column in columns if column not in frame]
    if missing and frame.shape[1] == 1 and any(sep in frame.columns[0] for sep in ";\t|"):
        raise InputError(f"{path.name}: expected a comma between columns, found another separator")
    if missing:
        found = some(frame.columns, 12)
        raise InputError(f"{path.name}: column {some(missing)} is missing; found {found}")
    if frame.empty:
        raise InputError(f"{path.name}: the file has a header but no rows")
    short = frame.isna().any(axis=1)
    if short.any():
        row = int(short.to_numpy().argmax()) + 2
        raise InputError(
            f"{path.name}, row {row}: fewer fields than the header; is the file cut off?"
        )
    return frame


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping; raise InputError naming file and line if not."""
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: no such file in {path.parent.as_posix()}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: not UTF-8; save the file with UTF-8 encoding") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(
            f"{path.name}{where}: not valid YAML ({getattr(error, 'problem', '')})"
        ) from None
    if not isinstance(content, dict):
        raise InputError(f"{path.name}: expected keys and values")
    return content


def read_table(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a parquet file that follows a contract."""
    return conform(pd.read_parquet(path), schema)


def write_table(frame: pd.DataFrame, path: Path, schema: pa.DataFrameSchema) -> None:
    """Write a table as parquet after checking it against its contract."""
    checked = conform(frame, schema)
    _replace(path, lambda part: checked.to_parquet(part, index=False))


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as comma-separated UTF-8 with LF line ends on every system."""
    _replace(path, lambda part: frame.to_csv(part, index=False, lineterminator="\n"))


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write a mapping as readable JSON."""
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    write_text(text, path)


def write_text(text: str, path: Path) -> None:
    """Write UTF-8 text with LF line ends."""
    _replace(path, lambda part: part.write_bytes(text.encode("utf-8")))


def _replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Write beside the target and move into place, so that no half file can be left."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
