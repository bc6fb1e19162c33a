"""Write by measured time tests/slow.txt, what `python run.py check` leaves out, and tests/long.txt.

Run ``python tools/slow_tests.py TESTS.xml`` after a run of all tests with nothing beside it:

    python -m pytest -n auto --dist loadfile --junit-xml TESTS.xml

A test that stands in slow.txt is marked `slow` by tests/conftest.py, as one is that says so itself.
Of one in long.txt with more than three cases, the first, the middle and the last are run by
`python run.py test`, all of them by `python run.py simulate`.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Seconds of one case of a test, its fixtures included, from which on it stands in a list.
LONGEST = {"slow": 0.35, "long": 1.0}


def times(report: Path) -> Iterator[tuple[str, float]]:
    """Give each case's test as pytest names it, without its parameters, and its seconds."""
    for case in ElementTree.parse(report).iter("testcase"):
        path = case.attrib["classname"].replace(".", "/") + ".py"
        yield f"{path}::{case.attrib['name'].partition('[')[0]}", float(case.attrib["time"])


def longer(measured: list[tuple[str, float]], limit: float, several: int = 1) -> list[str]:
    """List the tests of which at least `several` cases took longer than a limit."""
    found = Counter(test for test, seconds in measured if seconds > limit)
    return sorted(test for test, cases in found.items() if cases >= several)


if __name__ == "__main__":
    measured = list(times(Path(sys.argv[1])))
    # The first case of a file pays for its fixtures: of a long test more than one case is long.
    lists = {
        "slow": longer(measured, LONGEST["slow"]),
        "long": longer(measured, LONGEST["long"], several=2),
    }
    for name, tests in lists.items():
        text = "\n".join(tests) + "\n"
        (ROOT / "tests" / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{len(tests)} tests are {name}")
