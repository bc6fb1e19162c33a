"""Notebooks, web pages, and the archive that holds them."""
