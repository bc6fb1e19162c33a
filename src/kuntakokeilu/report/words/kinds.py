"""The two things that most functions of the report take: a row of numbers, and the study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

# One row of a released or a result table, by column.
Row: TypeAlias = Mapping[str, Any] | pd.Series
# The content of study.json, contract `contracts.StudyDescription`.
Study: TypeAlias = Mapping[str, Any]
