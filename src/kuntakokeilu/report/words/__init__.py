"""Rows of a release turned into words: the ground of every table, figure and page."""
