"""A server on this machine that speaks PxWeb: limits, metadata, JSON-stat2, and what goes wrong."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from math import prod

PUBLISHED = "2026-08-25T05:00:00Z"
PATH = "/api/v1/fi/"


@dataclass
class Table:
    """One table: its variables, and what stands for a tuple of their codes."""

    name: str
    variables: dict[str, list[str]]
    value: Callable[..., float | None]
    time: str = "timeperiod_m"
    updated: str = PUBLISHED

    def metadata(self):
        variables = [
            {"code": code, "text": code, "values": values, "valueTexts": values}
            | ({"time": True} if code == self.time else {})
            for code, values in self.variables.items()
        ]
        return {"title": self.name, "variables": variables}

    def answer(self, chosen):
        """The JSON-stat2 answer to a query."""
        return {
            "version": "2.0",
            "class": "dataset",
            "label": "Työttömät",
            "source": "KEHA-keskus, Työnvälitystilasto",
            "updated": self.updated,
            "id": list(chosen),
            "size": [len(values) for values in chosen.values()],
            "dimension": {
                code: {"category": {"index": {value: at for at, value in enumerate(values)}}}
                for code, values in chosen.items()
            },
            "role": {"time": [self.time]},
            "value": [self.value(*codes) for codes in product(*chosen.values())],
            "extension": {"px": {"tableid": self.name}},
        }


class Server(ThreadingHTTPServer):
    """Tables by their path; `script` holds what to do instead with the next queries."""

    daemon_threads = True

    def __init__(self, tables):
        super().__init__(("127.0.0.1", 0), Handler)
        self.tables = tables
        self.config = {"maxValues": 20, "maxCells": 16, "maxCalls": 40, "timeWindow": 60}
        self.script = deque()
        self.calls = []
        self.queries = []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}{PATH.rstrip('/')}"


@contextmanager
def running(tables):
    """A server of these tables, in a thread of its own."""
    with Server(tables) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=10)


class Handler(BaseHTTPRequestHandler):
    timeout = 5

    def log_message(self, *_):
        pass

    def send(self, content, status=200, headers=()):
        body = content if isinstance(content, bytes) else json.dumps(content).encode("utf-8")
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @property
    def table(self):
        return self.server.tables.get(self.path.removeprefix(PATH))

    def do_GET(self):
        self.server.calls.append(self.path)
        if self.path == f"{PATH}?config":
            self.send(self.server.config)
        elif self.table:
            self.send(self.table.metadata())
        else:
            self.send(b"Not Found", 404)

    def do_POST(self):
        self.server.calls.append(self.path)
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert query["response"] == {"format": "json-stat2"}
        chosen = {one["code"]: one["selection"]["values"] for one in query["query"]}
        if self.server.script:
            act = self.server.script.popleft()
            if act is not None:
                act(self, chosen)
                return
        if set(chosen) != set(self.table.variables):
            self.send(b"Bad Request", 400)
        elif prod(map(len, chosen.values())) > self.server.config["maxCells"]:
            self.send(b"Too many values selected", 403)
        else:
            self.server.queries.append(chosen)
            self.send(self.table.answer(chosen))


def status(code, **headers):
    names = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda handler, chosen: handler.send(b"busy", code, names)


def cut(handler, chosen):
    """Promise a whole answer and close after half of it."""
    body = json.dumps(handler.table.answer(chosen)).encode("utf-8")
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def sends(change):
    """Send a whole answer that is not the right one."""
    return lambda handler, chosen: handler.send(change(handler.table.answer(chosen)))
