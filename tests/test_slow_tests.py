"""Which tests tools/slow_tests.py calls slow."""

from importlib import util
from pathlib import Path

from .conftest import chosen

ROOT = Path(__file__).resolve().parents[1]
SPEC = util.spec_from_file_location("slow_tests", ROOT / "tools" / "slow_tests.py")
slow_tests = util.module_from_spec(SPEC)
SPEC.loader.exec_module(slow_tests)

MEASURED = """<testsuites><testsuite>
<testcase classname="tests.cells.test_make" name="test_a[csv.gz]" time="0.1" />
<testcase classname="tests.cells.test_make" name="test_a[long]" time="7.0" />
<testcase classname="tests.cells.test_make" name="test_b" time="0.1" />
</testsuite></testsuites>"""


def test_a_test_is_slow_if_one_of_its_cases_is_and_long_if_several_are(tmp_path):
    report = tmp_path / "tests.xml"
    report.write_text(MEASURED, encoding="utf-8")
    measured = list(slow_tests.times(report))
    assert slow_tests.longer(measured, 1.0) == ["tests/cells/test_make.py::test_a"]
    assert slow_tests.longer(measured, 1.0, several=2) == []
    assert slow_tests.longer(measured, 0.05, several=2) == ["tests/cells/test_make.py::test_a"]


def test_the_longest_files_come_first():
    measured = [("a.py::x", 1.0), ("b.py::y", 2.0), ("a.py::z", 3.0), ("c.py::x", 0.5)]
    assert slow_tests.longest_files(measured, 2.0) == ["a.py", "b.py"]


def test_of_a_long_test_some_cases_stay_and_of_many_each_language_is_one_of_them():
    names = [f"tests/report/test_page.py::test_{number}" for number in range(40)]
    for languages in (["fi]", "sv]", "en]"], ["finnish]", "swedish-warn]", "english]"]):
        found = [chosen(name, languages) for name in names]
        assert all(len(cases) == 1 for cases in found) and set.union(*found) == {0, 1, 2}
    assert all(len(chosen(name, ["open_2012-5]", "open_2017-8]"])) == 1 for name in names)
    weights = ["0.5-municipality]", "0.5-persons_current]"]
    assert all(len(chosen(name, weights)) == 1 for name in names)
    for cases, few in ((2, 2), (3, 2), (4, 2), (5, 3), (24, 3), (45, 4), (114, 11)):
        for name in names:
            found = chosen(name, [f"{number}.0-warn]" for number in range(cases)])
            assert len(found) == few and found <= set(range(cases))
