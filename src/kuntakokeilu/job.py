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

ERROR_PREFIX = "kuntakokeilu: error: "


@contextmanager
def job(log: str | Path) -> Iterator[logging.Logger]:
    """Run a step so that its messages, warnings and errors end in its log file.

    Bad input, and what the system refuses, end the process with one line on standard error and
    exit code 1; a fault of the program also leaves its traceback in the log.
    """
    path = Path(str(log))
    logger = logging.getLogger("kuntakokeilu")
    handler = _handler(path)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    loggers = (logger, logging.getLogger("py.warnings"))
    for one in loggers:
        one.addHandler(handler)
    logger.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            yield logger
        logger.info("done")
    except InputError as error:
        logger.error(str(error))
        fail(str(error))
    except OSError as error:
        logger.error(traceback.format_exc())
        fail(refusal(error))
    except MemoryError:
        logger.error(traceback.format_exc())
        fail("not enough memory on this machine")
    except Exception as error:
        logger.error(traceback.format_exc())
        fail(f"{type(error).__name__} in this program; see {path.as_posix()}")
    finally:
        logging.captureWarnings(False)
        for one in loggers:
            one.removeHandler(handler)
        handler.close()


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
