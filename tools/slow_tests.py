"""Write tests/slow.txt: the tests that `python run.py check` leaves out, by their measured time.

Run ``python tools/slow_tests.py TESTS.xml`` after a run of all tests with nothing beside it:

    python -m pytest -n auto --dist loadfile --junit-xml TESTS.xml

A test that stands in the file is marked `slow` by tests/conftest.py, as one is that says so itself.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "tests" / "slow.txt"
LONGEST = 0.35  # seconds of one case of a test, its fixtures included


def times(report: Path) -> Iterator[tuple[str, float]]:
    """Give each case's test as pytest names it, without its parameters, and its seconds."""
    for case in ElementTree.parse(report).iter("testcase"):
        path = case.attrib["classname"].replace(".", "/") + ".py"
        yield f"{path}::{case.attrib['name'].partition('[')[0]}", float(case.attrib["time"])


def slow(measured: Iterator[tuple[str, float]]) -> list[str]:
    """List the tests of which a case took longer than `LONGEST`."""
    return sorted({test for test, seconds in measured if seconds > LONGEST})


if __name__ == "__main__":
    names = slow(times(Path(sys.argv[1])))
    TARGET.write_text("\n".join(names) + "\n", encoding="utf-8")
    print(f"{len(names)} tests are slow")
