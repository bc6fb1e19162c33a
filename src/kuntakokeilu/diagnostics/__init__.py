"""Whether an estimate deserves belief."""

from kuntakokeilu.diagnostics.diagnose import diagnose

__all__ = ["diagnose"]
