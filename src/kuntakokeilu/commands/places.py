"""Where commands find what they work on, seen from the project's folder."""

from pathlib import Path

CONFIG = Path("config")
RESULTS = Path("results")
DEFAULT_STUDY = "demo_2021"
FOLDER = "KUNTAKOKEILU_FOLDER"  # the variable in which run.py says where it was called
