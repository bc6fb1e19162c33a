"""The studies of the project, each read once in a process; no test changes them."""

from functools import cache
from pathlib import Path

from kuntakokeilu.study import Study, read_study

CONFIG = Path(__file__).resolve().parents[1] / "config"


@cache
def shipped(name: str) -> Study:
    """Read a study of the project."""
    return read_study(CONFIG, name)
