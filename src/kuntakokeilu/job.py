"""What every step of the workflow shares: its log, and one readable line when input is bad."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kuntakokeilu.errors import InputError, refusal, system_faults
from kuntakokeilu.machine import hidden
from kuntakokeilu.private import own_temporary

ERROR_PREFIX = "kuntakokeilu: error: "


@contextmanager
def job(log: str | Path) -> Iterator[logging.Logger]:
    """Run a step so that its messages, warnings and errors end in its log file.

    Bad input, and what the system refuses, end the process with one line on standard error and
    exit code 1; a fault of the program also leaves in the log where it happened, without the
    error's own words, which may quote data. No line of a log names a folder of this machine, its
    user or its host. Temporary files lie below `restricted/`, beside the folder of the log.
    """
    path = Path(str(log))
    logger = logging.getLogger("kuntakokeilu")
    handler = _handler(path)
    handler.setFormatter(_Hiding("%(levelname)s %(message)s"))
    loggers = (logger, logging.getLogger("py.warnings"))
    for one in loggers:
        one.addHandler(handler)
    logger.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        with own_temporary(path.parent.parent / "restricted"), warnings.catch_warnings():
            warnings.simplefilter("default")
            yield logger
        logger.info("done")
    except InputError as error:
        logger.error(str(error))
        fail(str(error))
    except OSError as error:
        logger.error(without_values(error))
        fail(refusal(error))
    except MemoryError as error:
        logger.error(without_values(error))
        fail("not enough memory on this machine")
    except Exception as error:
        logger.error(without_values(error))
        fail(f"{type(error).__name__} in this program; see {path.as_posix()}")
    finally:
        logging.captureWarnings(False)
        for one in loggers:
            one.removeHandler(handler)
        handler.close()


class _Hiding(logging.Formatter):
    """Writes lines that name nothing of this machine."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        return hidden(super().format(record))


def without_values(error: BaseException) -> str:
    """Say where an error happened and of which kind it and those before it are.

    Parameters
    ----------
    error : BaseException
        As caught.

    Returns
    -------
    str
        A traceback with lines of code and kinds of errors. The messages of errors are left out:
        pandas and DuckDB quote the value that they could not take.
    """
    told: list[str] = []
    past: BaseException | None = error
    while past is not None:
        kind = type(past)
        lines = [*traceback.format_tb(past.__traceback__), f"{kind.__module__}.{kind.__name__}"]
        told.append("Traceback (most recent call last):\n" + "".join(lines))
        past = past.__cause__ or (None if past.__suppress_context__ else past.__context__)
    return "\n\nThen:\n\n".join(reversed(told)) + " (its message may quote data: not logged)"


def _handler(path: Path) -> logging.Handler:
    try:
        with system_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            return logging.FileHandler(path, mode="w", encoding="utf-8")
    except InputError as error:
        fail(str(error))
        raise


def fail(message: str) -> None:
    """Say one line on standard error and end with exit code 1."""
    print(ERROR_PREFIX + message, file=sys.stderr, flush=True)
    sys.exit(1)
