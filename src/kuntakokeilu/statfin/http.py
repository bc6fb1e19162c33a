"""Polite calls to a PxWeb server: not too many, patient when it is busy, one line when it fails.

The only module of the project that opens a connection; used by `download` alone.
"""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from kuntakokeilu.errors import InputError

T = TypeVar("T")
Check = Callable[[str], T]

LONGEST_WAIT = 600.0
# A server that sends something else will hardly change its mind within seconds.
_TRIES_OF_WRONG_ANSWERS = 3
_BUSY = (429, 500, 502, 503, 504)
_REASONS = {
    400: "the server refuses the query; has a code changed? Look at the table's description",
    403: "the server refuses the query; ask for less, or later",
    404: "the server has no such table; check its name and the address",
    413: "the query is larger than the server takes; ask for less",
}


class AnswerError(Exception):
    """An answer came, but not what was asked for; worth another try."""


@dataclass(frozen=True)
class Limits:
    """What a server allows: values in one answer, and calls within a time window.

    Attributes
    ----------
    cells : int
        Values in one answer.
    calls : int
        Calls within the window.
    seconds : float
        Length of the window.
    """

    cells: int
    calls: int
    seconds: float

    @classmethod
    def read(cls, text: str) -> Limits:
        """Read the answer to `?config`; the smaller of the two limits on values counts."""
        try:
            config = json.loads(text.removeprefix("\ufeff"))
            sizes = [int(config[name]) for name in ("maxCells", "maxValues") if name in config]
            limits = cls(min(sizes), int(config["maxCalls"]), float(config["timeWindow"]))
        except (ValueError, KeyError, TypeError):
            raise AnswerError("the server does not tell its limits; check the address") from None
        if min(limits.cells, limits.calls) < 1 or limits.seconds < 0:
            raise AnswerError("the server tells limits below one; try again later")
        return limits


# Until the server has told its own.
_FIRST_LIMITS = Limits(cells=1, calls=10, seconds=10.0)


@dataclass
class Caller:
    """Calls for one table, within the server's limits.

    Attributes
    ----------
    table : str
        Table, for messages.
    tries : int
        How often one call is tried.
    timeout : float
        Seconds to wait for an answer.
    sleep, clock : callable
        How to wait, and how to tell the time in seconds.
    limits : Limits
        What the server allows.
    told : callable
        Called with one line when a call has to wait or be repeated.
    """

    table: str
    tries: int
    timeout: float
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    limits: Limits = _FIRST_LIMITS
    told: Callable[[str], None] = lambda text: None
    _times: deque[float] = field(default_factory=deque)

    def get(self, address: str, check: Check[T]) -> T:
        """Ask for an address; return what `check` makes of the answer."""
        return self._call(address, None, check)

    def post(self, address: str, body: bytes, check: Check[T]) -> T:
        """Send a query; return what `check` makes of the answer."""
        return self._call(address, body, check)

    def _call(self, address: str, body: bytes | None, check: Check[T]) -> T:
        if re.match(r"https?://", address) is None:
            raise InputError(f"table {self.table}: expected an address with https://")
        headers = {"User-Agent": "kuntakokeilu"}
        if body:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(address, data=body, headers=headers)
        problem, wrong = "", 0
        for attempt in range(self.tries):
            self._keep_pace()
            wait = 2.0**attempt
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as response:
                    return check(response.read().decode("utf-8"))
            except urllib.error.HTTPError as error:
                with error:
                    problem = self._explain(error)
                wait = max(wait, _retry_after(error.headers.get("Retry-After")))
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                problem = f"no whole answer from the server ({_reason(error)})"
            except UnicodeDecodeError:
                problem, wrong = "the answer is not UTF-8", wrong + 1
            except AnswerError as error:
                problem, wrong = str(error), wrong + 1
            if wrong == _TRIES_OF_WRONG_ANSWERS:
                break
            if wait > LONGEST_WAIT:
                problem += f" and asks to wait {wait:.0f} s"
                break
            if attempt + 1 < self.tries:
                self.told(f"waiting {wait:.0f} s: {problem}")
                self.sleep(wait)
        raise InputError(self._give_up(problem))

    def _keep_pace(self) -> None:
        """Wait until one more call fits into the time window."""
        while len(self._times) >= self.limits.calls:
            free = self._times[0] + self.limits.seconds - self.clock()
            if free > 0:
                self.sleep(free)
            self._times.popleft()
        self._times.append(self.clock())

    def _explain(self, error: urllib.error.HTTPError) -> str:
        """Name the problem if another try may help; else raise."""
        if error.code in _BUSY:
            return f"the server is busy (HTTP {error.code})"
        reason = _REASONS.get(error.code, "the server refuses the call; check the address")
        raise InputError(f"table {self.table}: HTTP {error.code}: {reason}")

    def _give_up(self, problem: str) -> str:
        named = problem if problem.startswith("table ") else f"table {self.table}: {problem}"
        return (
            f"{named}; run the download again later, finished parts are kept; without a network, "
            "bring the files along"
        )


def _retry_after(text: str | None) -> float:
    """Read seconds or a date; 0 if there is neither."""
    if text is None:
        return 0.0
    if text.strip().isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max((when.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def _reason(error: Exception) -> str:
    """Return one line about a network error."""
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split())[:120] or type(error).__name__
