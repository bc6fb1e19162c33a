"""A second process for work that does not wait for the first."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar

from kuntakokeilu.warm import can_fork

Result = TypeVar("Result")


def beside(work: Callable[[], Result]) -> Callable[[], Result]:
    """Begin work in a fork of this process; where there is none, it is done when asked for.

    Parameters
    ----------
    work : callable
        Sees all that is in memory now, and leaves nothing there but its result.

    Returns
    -------
    callable
        Waits for the result. What the work raises is raised again here.
    """
    if not can_fork():
        return work
    context = get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(work, there))
    process.start()
    there.close()

    def wait() -> Result:
        try:
            result, error = here.recv()
        except EOFError:  # killed, most likely for want of memory
            raise MemoryError from None
        finally:
            process.join()
        if error is not None:
            raise error
        return result

    return wait


def _answer(work: Callable[[], Result], there: Connection) -> None:
    answer: tuple[Result | None, Exception | None]
    try:
        answer = work(), None
    except Exception as error:
        answer = None, error
    there.send(answer)
