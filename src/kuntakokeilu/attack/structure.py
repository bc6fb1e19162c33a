"""What anybody knows of the tables of a release: which counts are parts of which.

Written down from what readers are told of the tables, not from how they were made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations

from kuntakokeilu.attack.numbers import BLANK, as_number, base_of, count_columns
from kuntakokeilu.attack.read import Rows

_ALL = ("all", "total", "yhteensä", "kaikki", "totalt", "alla")
_WHOLE_DEFINITIONS = ("payments", "fund", "placements")
_FLAGS = ("under_30", "foreign")


@dataclass
class Puzzle:
    """Counts, the equations between them, and what is known.

    Attributes
    ----------
    equations : list of dict of str to float
        Each adds up to zero.
    known : dict of str to (float, float)
        Least and largest value of shown counts.
    wanted : dict of str to str
        Counts that nobody should be able to tell, to the file that they are about.
    """

    equations: list[dict[str, float]] = field(default_factory=list)
    known: dict[str, tuple[float, float]] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)

    def show(self, name: str, text: str, base: int, file: str) -> None:
        """Take note of a count as it is printed; of a blank one, that it is wanted."""
        value = None if text in BLANK else as_number(text)
        if value is None:
            self.wanted[name] = file
        elif base > 1 and value > 0:
            self.known[name] = (max(0.0, value - base / 2), value + base / 2)
        else:
            self.known[name] = (value, value)

    def part(self, name: str, whole: str, inner: str, file: str) -> None:
        """Add those of one count who are not in another as a count that is wanted."""
        self.equations.append({whole: 1.0, inner: -1.0, name: -1.0})
        self.wanted[name] = file


def puzzle(tables: dict[str, Rows], least: int) -> Puzzle:
    """Put together what follows of the tables of a release.

    Parameters
    ----------
    tables : dict of str to list of dict
        Tables by file.
    least : int
        What counts may be rounded to.
    """
    made = Puzzle()
    for file, rows in tables.items():
        name = file.rpartition("/")[2]
        if name == "flow.csv":
            _flow(made, file, rows, least)
        elif name == "eligibility.csv":
            _eligibility(made, file, rows, least)
        elif name.endswith(".csv"):
            _totals(made, file, rows, least)
    _stock(made, tables)
    return made


def _base(rows: Rows, columns: list[str], least: int) -> int:
    values = [as_number(row[c]) for row in rows for c in columns if row.get(c, "") not in BLANK]
    return base_of([v for v in values if v is not None], least)


def _totals(made: Puzzle, file: str, rows: Rows, least: int) -> None:
    """Of a column with a value for all, the others add up to it."""
    counts = count_columns(rows)
    if not counts:
        return
    base = _base(rows, counts, least)
    texts = [c for c in rows[0] if any(row.get(c, "").casefold() in _ALL for row in rows)]
    for over in texts:
        keys = [c for c in rows[0] if c != over and _is_key(rows, c, counts)]
        groups: dict[tuple[str, ...], Rows] = defaultdict(list)
        for row in rows:
            groups[tuple(row[c] for c in keys)].append(row)
        for group, inside in groups.items():
            if len({row[over] for row in inside}) < len(inside):
                continue
            whole = [row for row in inside if row[over].casefold() in _ALL]
            if len(whole) != 1 or len(inside) < 3:
                continue
            for count in counts:
                names = {id(row): f"{file}|{group}|{row[over]}|{count}" for row in inside}
                for row in inside:
                    made.show(names[id(row)], row[count], base, file)
                terms = {names[id(row)]: 1.0 for row in inside if row is not whole[0]}
                made.equations.append(terms | {names[id(whole[0])]: -1.0})


def _is_key(rows: Rows, column: str, counts: list[str]) -> bool:
    if column in counts or column == "status":
        return False
    return all(as_number(row[column]) is None for row in rows if row[column] not in BLANK)


def _flow(made: Puzzle, file: str, rows: Rows, least: int) -> None:
    """Steps are parts of those before; the first two are the same everywhere."""
    base = _base(rows, ["n_persons"], least)
    chains: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in rows:
        chains[row["sample"], row["cohort"]].append(row)
        made.show(_step(row), row["n_persons"], base, file)
    for chain in chains.values():
        ordered = sorted(chain, key=lambda row: int(float(row["position"])))
        for outer, inner in combinations(ordered, 2):
            made.part(f"{_step(outer)} less {_step(inner)}", _step(outer), _step(inner), file)
    seekers = [row for row in rows if row["sample"] == "job_seekers"]
    for row in rows:
        for other in seekers:
            if row["step"] == other["step"] and row["sample"] != "job_seekers":
                if row["step"] in ("in_extract", "ever_job_seeker"):
                    made.equations.append({_step(row): 1.0, _step(other): -1.0})
                else:
                    made.part(f"{_step(other)} less {_step(row)}", _step(other), _step(row), file)


def _step(row: dict[str, str]) -> str:
    return f"flow|{row['sample']}|{row['cohort']}|{row['step']}"


def _eligibility(made: Puzzle, file: str, rows: Rows, least: int) -> None:
    """Eligible or not, client or not; definitions contain their flags."""
    columns = ["n_persons", "n_eligible", "n_clients", "n_both"]
    base = _base(rows, columns, least)
    where = {(row["definition"], row["in_trial_area"]): row for row in rows}
    for (definition, area), row in where.items():
        at = f"eligibility|{definition}|{area}"
        for column in columns:
            shared = column in ("n_persons", "n_clients")  # whatever the definition
            name = f"eligibility|{area}|{column}" if shared else f"{at}|{column}"
            if not shared or row[column] not in BLANK or name not in made.known:
                made.show(name, row[column], base, file)
        names = [f"eligibility|{area}|n_persons", f"{at}|n_eligible",
                 f"eligibility|{area}|n_clients", f"{at}|n_both"]  # fmt: skip
        made.part(f"{at}|eligible only", names[1], names[3], file)
        made.part(f"{at}|client only", names[2], names[3], file)
        made.part(f"{at}|not eligible", names[0], names[1], file)
        made.part(f"{at}|neither", f"{at}|not eligible", f"{at}|client only", file)
    for name in [n for n in made.wanted if n in made.known]:
        del made.wanted[name]
    for area in {key[1] for key in where}:
        for whole in _WHOLE_DEFINITIONS:
            for flag in _FLAGS:
                if (whole, area) in where and (flag, area) in where:
                    for column in ("n_both", "eligible only"):
                        outer, inner = (
                            f"eligibility|{which}|{area}|{column}" for which in (whole, flag)
                        )
                        made.part(f"{outer} less {inner}", outer, inner, file)


def _stock(made: Puzzle, tables: dict[str, Rows]) -> None:
    """Both arms of the eligibility are the last stock of the flow."""
    flows = [row for file, rows in tables.items() if file.endswith("flow.csv") for row in rows]
    stock = [row for row in flows if row["sample"] == "stock" and row["step"] == "in_sample"]
    arms = [f"eligibility|{area}|n_persons" for area in ("True", "False")]
    there = set(made.known) | set(made.wanted)
    if stock and set(arms) <= there:
        last = max(stock, key=lambda row: row["cohort"])
        made.equations.append(dict.fromkeys(arms, 1.0) | {_step(last): -1.0})
