"""Protection of linked tables: which numbers are hidden so that no small count can be worked out.

Usable on any tables; `docs/disclosure_engine.md` has an example. Nothing here knows a study.
"""

from kuntakokeilu.disclosure.engine.profile import Limits, SourceProfile
from kuntakokeilu.disclosure.engine.protect import Protected, protect
from kuntakokeilu.disclosure.engine.relations import (
    Alone,
    Multiple,
    Nested,
    Part,
    Relation,
    Same,
    Samples,
    Total,
)
from kuntakokeilu.disclosure.engine.rounding import coarse, rounded
from kuntakokeilu.disclosure.engine.sequence import EarlierRelease, append, read_earlier

__all__ = [
    "Alone",
    "EarlierRelease",
    "Limits",
    "Multiple",
    "Nested",
    "Part",
    "Protected",
    "Relation",
    "Same",
    "Samples",
    "SourceProfile",
    "Total",
    "append",
    "coarse",
    "protect",
    "read_earlier",
    "rounded",
]
