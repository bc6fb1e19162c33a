"""Released rows to tables, figures and notebooks. Reads nothing under `restricted/`."""
