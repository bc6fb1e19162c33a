"""Protection of linked tables: which numbers are hidden so that no small count can be worked out.

Usable on any tables; `docs/disclosure_engine.md` has an example. Nothing here knows a study.
"""

from kuntakokeilu.disclosure.engine.profile import SourceLimits, SourceProfile
from kuntakokeilu.disclosure.engine.protect import Protected, joined, protect
from kuntakokeilu.disclosure.engine.relations import (
    AddsUp,
    Alone,
    Among,
    Multiple,
    Nested,
    Relation,
    Same,
    Samples,
    SumOf,
)
from kuntakokeilu.disclosure.engine.rounding import coarse, rounded_count
from kuntakokeilu.disclosure.engine.sequence import EarlierRelease, append, read_earlier

__all__ = [
    "AddsUp",
    "Alone",
    "Among",
    "EarlierRelease",
    "Multiple",
    "Nested",
    "Protected",
    "Relation",
    "Same",
    "Samples",
    "SourceLimits",
    "SourceProfile",
    "SumOf",
    "append",
    "coarse",
    "joined",
    "protect",
    "read_earlier",
    "rounded_count",
]
