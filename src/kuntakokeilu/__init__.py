"""Difference-in-differences evaluation of reforms tried in some municipalities and not in others.

`evaluate` runs the engine on a data frame; it is imported when it is first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.2.0"
__all__ = ["evaluate"]


def __getattr__(name: str) -> Any:
    """Import what is public when it is asked for, so that `import kuntakokeilu` costs nothing."""
    if name in __all__:
        return getattr(import_module("kuntakokeilu.evaluation"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
