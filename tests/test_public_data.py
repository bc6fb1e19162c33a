"""Tests find the public data by one fixture, so that they are skipped, or fail, by one rule."""

import re

READS = re.compile(
    r"(environ\.get\(|environ\[|getenv\()\s*(DATA_VARIABLE|\"KUNTAKOKEILU_DATA\")\s*[,)\]]"
)


def test_only_the_shared_fixture_looks_for_the_folder_of_public_data(root):
    found = {
        path.relative_to(root).as_posix()
        for path in (root / "tests").rglob("*.py")
        if READS.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"tests/conftest.py"}
