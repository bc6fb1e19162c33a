"""The open portal: open statistics by month and what the evaluations found, as a static site.

It reads open statistics and released rows alone, and opens from a folder. No room imports this one.
"""
