"""Reading and writing files: strict on the way in, whole or not at all on the way out."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import warnings
import zlib
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from io import StringIO
from pathlib import Path, PureWindowsPath
from typing import Any

import pandas as pd
import pandera.pandas as pa
import yaml

from kuntakokeilu.contracts import conform
from kuntakokeilu.errors import InputError, counted, some, system_faults

DATA_VARIABLE = "KUNTAKOKEILU_DATA"
DATA_FOLDER = Path("../shared/data")
SEPARATORS = (",", ";", "\t", "|")
DEEPEST = 20  # levels of YAML; study.yaml has six


def data_file(name: str) -> Path:
    """Find a source file that a study names.

    A name that begins with `./` or `../` is relative to the project, an absolute one stands for
    itself, any other is relative to the data folder: the environment variable KUNTAKOKEILU_DATA,
    else ../shared/data; and does not lead out of it by `..`.

    Raises
    ------
    InputError
        The data folder or the file does not exist, or a name within the folder leads out of it.
    """
    with system_faults(name):
        return _found(name)


def _found(name: str) -> Path:
    path = Path(name)
    if path.is_absolute():
        if not path.is_file():
            raise InputError(f"{path.as_posix()}: no such file")
        return path
    if name.startswith(("./", "../")):
        if not path.is_file():
            raise InputError(
                f"{name}: no such file, seen from the project folder; a name "
                "without ./ or ../ is looked up in the data folder"
            )
        return path
    if ".." in PureWindowsPath(name).parts:  # which takes / as well
        raise InputError(
            f"{name}: leads out of the data folder; expected a name without .., or one that begins "
            "with ./ or ../, from the project folder"
        )
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


def read_csv(
    path: Path,
    columns: Iterable[str] = (),
    separator: str | None = ",",
    encoding: str = "utf-8",
    name: str | None = None,
) -> pd.DataFrame:
    """Read a file of separated values as text; one that ends in .gz is unpacked.

    Parameters
    ----------
    path : Path
        The file.
    columns : iterable of str
        Columns that must be there.
    separator : str or None
        What stands between columns; None: a comma, semicolon, tab or bar, whichever gives the
        columns asked for.
    encoding : str
        Of the file.
    name : str, optional
        What messages call the file; default: the last part of its path.

    Returns
    -------
    DataFrame
        All columns as strings; an empty field is an empty string, never missing. The index is
        the row number in the file minus 2: the header is row 1, blank lines count.

    Raises
    ------
    InputError
        The file does not exist, is empty, is not UTF-8, has another separator, a row of the
        wrong length, lacks a column or has it twice.
    """
    path, columns = Path(path), list(columns)
    text = _text(path, encoding, name)
    name = name or path.name
    if separator is None:
        separator = _separator(text, columns)
    # Not pandas: it fills short rows with empty fields, which would pass for suppressed cells.
    found = enumerate(_records(name, text, separator), start=-1)
    records = [(row, record) for row, record in found if record]
    if not records:
        raise InputError(f"{name}: the file is empty; expected a header and rows")
    header = records.pop(0)[1]
    missing = [column for column in columns if column not in header]
    if missing and len(header) == 1 and any(sep in header[0] for sep in SEPARATORS):
        marks = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        mark = marks.get(separator, separator)
        raise InputError(f"{name}: expected a {mark} between columns, found another separator")
    require_columns(name, header, columns)
    if not records:
        raise InputError(f"{name}: the file has a header but no rows")
    for row, record in records:
        if len(record) != len(header):
            raise InputError(
                f"{name}, row {row + 2}: expected {counted(len(header), 'field')} as in the "
                f"header, found {len(record)}; is the file cut off, or a text with a comma not in "
                "quotes?"
            )
    rows, values = zip(*records, strict=True)
    return pd.DataFrame(values, columns=header, index=rows, dtype=str)


def require_columns(name: str, header: list[str], columns: Iterable[str]) -> None:
    """Stop if a header lacks a column that is needed, or has one twice."""
    columns = list(columns)
    missing = [column for column in columns if column not in header]
    if missing:
        raise InputError(
            f"{name}: column {some(missing)} is missing; {_of_header(header, columns, missing[0])}"
        )
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise InputError(f"{name}: column {some(twice)} stands in the header twice")


def _separator(text: str, columns: Iterable[str]) -> str:
    """Choose the separator that gives most of the columns asked for, and then most columns."""
    wanted = set(columns)

    def gives(separator: str) -> tuple[int, int]:
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
        header = next(filter(None, reader), [])
        return len(wanted & set(header)), len(header)

    return max(SEPARATORS, key=gives)


def _of_header(header: list[str], columns: Iterable[str], missing: str) -> str:
    """Describe a header that lacks a column, naming only what is expected or nearly so.

    A file without a header has a row of data, perhaps of a person, in its place.
    """
    known = [column for column in columns if column in header]
    others = {name.strip().casefold(): name for name in header if name not in known}
    near = get_close_matches(missing.casefold(), others, 1, 0.7)
    found = some([*known, *(others[name] for name in near)], 12)
    unnamed = len(header) - len(known) - len(near)
    if not found:
        return f"found {counted(len(header), 'other column')}; is the first row a header?"
    return f"found {found}" + (f" and {counted(unnamed, 'other column')}" if unnamed else "")


def _text(path: Path, encoding: str = "utf-8", name: str | None = None) -> str:
    """Read a file as text, with or without a mark at its beginning."""
    codec = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with system_faults(name or path), opened(path, "rt", encoding=codec, newline="") as file:
            text = file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{name or path.name}: not a whole gzip file") from None
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # UTF-16 of plain letters is UTF-8 as well, with a zero after each
        said = (
            encoding.upper() if encoding != "utf-8" else "UTF-8; save the file with UTF-8 encoding"
        )
        raise InputError(f"{name or path.name}: not {said}")
    return text


def _records(name: str, text: str, separator: str) -> list[list[str]]:
    try:
        records = list(csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(
            f"{name}: not a whole CSV file ({error}); is it cut off, or a quote not closed?"
        ) from None
    if text and not text.endswith(("\n", "\r")):
        warnings.warn(f"{name}: no line end after the last row; is it whole?", stacklevel=3)
    return records


def _loader() -> Any:
    """PyYAML's safe loader; where libyaml is there, it reads the text, in a sixth of the time."""
    if not yaml.__with_libyaml__:
        return yaml.SafeLoader

    class Compiled(yaml.composer.Composer, yaml.CSafeLoader):
        def __init__(self, stream: str) -> None:
            yaml.CSafeLoader.__init__(self, stream)
            yaml.composer.Composer.__init__(self)

    return Compiled


class _Yaml(_loader()):  # type: ignore[misc]
    """YAML that means what it looks like.

    A key may stand only once (plain YAML silently keeps the last one), a code such as 020 is no
    octal number and 12:30 no number of minutes, yes is a text, and there is a deepest level.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> Any:
        """Read one node, unless it lies too deep for anything a person writes."""
        self.depth += 1
        if self.depth > DEEPEST:
            mark = self.peek_event().start_mark
            problem = f"more than {DEEPEST} levels within each other"
            raise yaml.composer.ComposerError(None, None, problem, mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build one mapping after looking for keys that stand twice."""
        seen = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                problem = f"{key.value} stands there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _truth(loader: _Yaml, node: yaml.ScalarNode) -> bool | str:
    """Take true and false alone as such; yes, no, on and off stay texts."""
    plain = node.value.lower()
    return plain == "true" if plain in ("true", "false") else node.value


def _whole_number(loader: _Yaml, node: yaml.ScalarNode) -> int:
    """Take digits alone as a number, and refuse what YAML would read as another one."""
    if not _WHOLE.fullmatch(node.value):
        problem = f'{node.value} would become another number; write "{node.value}" for a code'
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
    return int(node.value)


def _number(loader: _Yaml, node: yaml.ScalarNode) -> float:
    """Take a number with a point, but none of minutes, such as 1:30.5."""
    if ":" in node.value or "_" in node.value:
        problem = f'{node.value} would become another number; write "{node.value}" for a text'
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
    return loader.construct_yaml_float(node)


_WHOLE = re.compile(r"[-+]?(0|[1-9]\d*)")
_Yaml.add_constructor("tag:yaml.org,2002:bool", _truth)
_Yaml.add_constructor("tag:yaml.org,2002:int", _whole_number)
_Yaml.add_constructor("tag:yaml.org,2002:float", _number)


def read_yaml(path: Path, name: str | None = None) -> dict[str, Any]:
    """Read a YAML file that holds a mapping; raise InputError naming file and line if not.

    `name` is what messages call the file; default: the last part of its path.
    """
    path = Path(path)
    text = _text(path, name=name)
    name = name or path.name
    try:
        content = yaml.load(text, _Yaml)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", "not readable")
        raise InputError(f"{name}{where}: not valid YAML ({problem})") from None
    except ValueError as error:  # a date that is none, such as 2021-13-01
        raise InputError(f"{name}: not valid YAML ({error})") from None
    if not isinstance(content, dict):
        raise InputError(f"{name}: expected keys and values")
    return content


def read_table(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a parquet file that follows a contract."""
    with system_faults(path):
        table = pd.read_parquet(path)
    return conform(table, schema)


def write_table(frame: pd.DataFrame, path: Path, schema: pa.DataFrameSchema) -> None:
    """Write a table as parquet after checking it against its contract."""
    checked = conform(frame, schema)
    _replace(path, lambda part: checked.to_parquet(part, index=False))


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as comma-separated UTF-8 with LF line ends on every system."""
    _replace(path, lambda part: frame.to_csv(part, index=False, lineterminator="\n"))


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write a mapping as readable JSON."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_text(text, path)


def write_text(text: str, path: Path) -> None:
    """Write UTF-8 text with LF line ends."""
    _replace(path, lambda part: part.write_bytes(text.encode("utf-8")))


def _replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Write beside the target and move into place, so that no half file can be left."""
    path = Path(path)
    with system_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            write(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
