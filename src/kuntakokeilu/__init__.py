"""Difference-in-differences evaluation of reforms tried in some municipalities and not in others.

`evaluate` runs the engine on a data frame, `respecify` on the cells of a study with another
specification; each is imported when it is first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.2.0"
__all__ = ["evaluate", "respecify"]
_PUBLIC = {"evaluate": "kuntakokeilu.evaluation", "respecify": "kuntakokeilu.respecification"}


def __getattr__(name: str) -> Any:
    """Import what is public when it is asked for, so that `import kuntakokeilu` costs nothing."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
