"""Write by measured time what tests/conftest.py reads: slow.txt, long.txt and first.txt.

Run ``python tools/slow_tests.py TESTS.xml`` after a run of all tests with nothing beside it:

    python -m pytest -n auto --dist loadfile --junit-xml TESTS.xml

A test that stands in slow.txt is marked `slow`, as one is that says so itself, and left out of
`python run.py check`. Of one in long.txt some cases are run by `python run.py test`, all of them by
`python run.py simulate`. The files in first.txt are run first, so that workers end together.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Seconds of one case of a test, its fixtures included, from which on it stands in a list.
LONGEST = {"slow": 0.35, "long": 0.2}
FIRST = 5.0  # seconds of a file from which on it matters when it is run
# Each case of these is a fault of a kind of its own.
WHOLE = (
    "tests/disclosure/test_engine.py::test_without_any_generator_of_relations_the_audit_fails",
    "tests/panel/test_flow.py::test_a_row_lost_or_doubled_stops",
    "tests/panel/test_conservation.py::test_a_loss_before_the_samples_is_an_error",
    "tests/workflow/test_download.py::test_a_bad_download_ends_with_one_line",
)


def times(report: Path) -> Iterator[tuple[str, float]]:
    """Give each case's test as pytest names it, without its parameters, and its seconds."""
    for case in ElementTree.parse(report).iter("testcase"):
        path = case.attrib["classname"].replace(".", "/") + ".py"
        yield f"{path}::{case.attrib['name'].partition('[')[0]}", float(case.attrib["time"])


def longer(measured: list[tuple[str, float]], limit: float, several: int = 1) -> list[str]:
    """List the tests of which at least `several` cases took longer than a limit."""
    found = Counter(test for test, seconds in measured if seconds > limit)
    return sorted(test for test, cases in found.items() if cases >= several)


def longest_files(measured: list[tuple[str, float]], least: float) -> list[str]:
    """List the files whose tests take long together, the longest first."""
    whole: Counter[str] = Counter()
    for test, seconds in measured:
        whole[test.partition("::")[0]] += seconds
    return [name for name, seconds in whole.most_common() if seconds >= least]


if __name__ == "__main__":
    measured = list(times(Path(sys.argv[1])))
    some = [(test, seconds) for test, seconds in measured if test not in WHOLE]
    # The first case of a file pays for its fixtures: of a long test more than one case is long.
    lists = {
        "slow": longer(measured, LONGEST["slow"]),
        "long": longer(some, LONGEST["long"], several=2),
        "first": longest_files(measured, FIRST),
    }
    for name, listed in lists.items():
        text = "\n".join(listed) + "\n"
        (ROOT / "tests" / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{len(listed)} {'files are run' if name == 'first' else 'tests are'} {name}")
