"""Snakemake's events as lines that run.py shows or ends with, after what Snakemake itself says.

Snakemake finds a logger plugin by the name of its package, and asks for a class LogHandler.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import copy
from logging import LogRecord

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from kuntakokeilu.errors import counted

NOTE = "kuntakokeilu: note: "
ERROR = "kuntakokeilu: error: "
LOG = "kuntakokeilu: log: "


class LogHandler(LogHandlerBase):
    """Writes all of Snakemake's text, and a line of its own for each event that a user is told."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = False  # hence Snakemake's own
    has_formatter = False
    needs_rulegraph = False

    def emit(self, record: LogRecord) -> None:
        """Write both at once: a job may write to the same stream."""
        text = self.format(with_message(record))
        lines = [*([] if text in ("", "None") else [text]), *told(record)]
        if lines:
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()


def with_message(record: LogRecord) -> LogRecord:
    """Give the error of a job a message; Snakemake, which has none, would write `None`."""
    if getattr(record, "event", None) == LogEvent.JOB_ERROR and vars(record)["rule_msg"] is None:
        said = copy(record)
        vars(said)["rule_msg"] = record.getMessage()
        return said
    return record


def told(record: LogRecord) -> Iterator[str]:
    """Say what an event means to a user, if anything."""
    event = getattr(record, "event", None)
    facts = vars(record)
    if event == LogEvent.JOB_INFO and facts["rule_msg"]:
        yield NOTE + facts["rule_msg"].strip()
    elif event == LogEvent.PROGRESS:
        done, total = facts["done"], facts["total"]
        yield f"{NOTE}{done} of {counted(total, 'step')} ({done / total:.0%}) done"
    elif event == LogEvent.JOB_ERROR:
        yield from (LOG + path for path in facts["log"])
    elif event == LogEvent.ERROR and facts["exception"] == "LockException":
        yield (
            f"{ERROR}another run is using this folder; if none is, an earlier one was killed: "
            "unlock with `python run.py results --unlock`"
        )
    elif record.getMessage() == NOTHING_TO_BE_DONE_MSG:
        yield f"{NOTE}Everything is up to date"
