"""Difference-in-differences evaluation of reforms tried in some municipalities."""

__version__ = "0.1.0"
