"""Jobs that start at once: one process imports the libraries, and each job is a fork of it.

A job of the workflow spends seconds on importing pandas, scipy and the like before it does
anything. `serve` imports them once and then waits; this file, run as a script in the place of
the interpreter, hands a job to it and becomes its input, output and exit code. Where there is no
server (it needs Linux), or it does not answer, the job runs in a process of its own, as if
this file did not exist. What a job does is the same either way.

Only the standard library is used at the beginning, and no package, so that a client starts fast.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from pathlib import Path

_TAKEN = b"."  # what a job says once it has been forked
SOCKET = "KUNTAKOKEILU_WARM"  # the variable that names the server's socket
# What jobs import, those of the numbers first; a name that is not there is left to the job.
NUMBERS = (
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "scipy.optimize",
    "snakemake.script",
    "kuntakokeilu.cells",
    "kuntakokeilu.diagnostics",
    "kuntakokeilu.disclosure",
    "kuntakokeilu.job",
)
REPORTS = (
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "kuntakokeilu.report.figures.registry",
    "kuntakokeilu.report.tables.workbook",
    "kuntakokeilu.report.tables.delimited",
    "kuntakokeilu.report.pages.notebook",
    "kuntakokeilu.report.pages.show",
    "nbclient",
    "nbformat",
    "nbconvert",
    "ipykernel.kernelapp",
    "ipykernel.inprocess",
    "snakemake.cli",
)


def can_fork() -> bool:
    """Tell whether this system can do it: Windows has no fork, and macOS does not bear one."""
    return sys.platform == "linux"


def command(python: str) -> list[str]:
    """Give what starts a job instead of `python`."""
    return [python, "-I", "-S", str(Path(__file__).resolve())]


class _RelievedError(Exception):
    """Another server takes over."""


def serve(path: str, first: tuple[str, ...], then: tuple[str, ...] = ()) -> None:
    """Import what jobs need, then fork for each of them until standard input is closed.

    Parameters
    ----------
    path : str
        The socket, in a folder that only this user can enter.
    first : tuple of str
        Modules to import before the first job.
    then : tuple of str
        Modules that later jobs need: a fork serves until they are imported.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches each job by itself
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a child
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(64)  # jobs that come meanwhile wait
        _import(first)
        if then:
            other = os.fork()
            if other == 0:
                _serve_until_told(server)
            _import(then)
            os.kill(other, signal.SIGTERM)
        _accept(server)


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            __import__(name)
    gc.freeze()  # jobs neither look through it for garbage nor copy it


def _serve_until_told(server: socket.socket) -> None:
    """Serve until told, and stay until all jobs are done: a kernel ends with its parent."""

    def stop(*_: object) -> None:
        raise _RelievedError

    signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(_RelievedError):
        _accept(server)
    server.close()
    with contextlib.suppress(ChildProcessError):
        os.wait()  # all of them, since their ends are ignored
    os._exit(0)


def _accept(server: socket.socket) -> None:
    """Fork for each job."""
    while True:
        ready, _, _ = select.select([server.fileno(), 0], [], [])
        if 0 in ready:  # whoever started the server has closed its input, or has ended
            return
        connection, _ = server.accept()
        if os.fork() == 0:
            server.close()
            _run(connection)
        connection.close()


def _run(connection: socket.socket) -> None:
    """Be one job: take over its streams, folder and environment, run it, tell its exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    code = 1
    try:
        head, streams, _, _ = socket.recv_fds(connection, 8, 3)
        connection.sendall(_TAKEN)
        asked = json.loads(_receive(connection, int.from_bytes(head, "big")))
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
            os.close(stream)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        threading.Thread(target=_end_with_client, args=(connection,), daemon=True).start()
        code = _execute(asked["arguments"])
        connection.sendall(str(code).encode())
    finally:
        os._exit(code)


def _receive(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError
        parts += part
    return parts


def _end_with_client(connection: socket.socket) -> None:
    """End a job whose client was stopped."""
    with contextlib.suppress(OSError):
        if not connection.recv(1):
            os.kill(os.getpid(), signal.SIGTERM)


def _execute(arguments: list[str]) -> int:
    """Run a script, a module (-m) or code (-c) as the interpreter would; return its exit code."""
    import atexit
    import runpy
    import traceback

    for folder in reversed(os.environ.get("PYTHONPATH", "").split(os.pathsep)):
        if folder and folder not in sys.path:
            sys.path.insert(0, folder)
    code = 0
    try:
        if arguments[0] == "-m":
            sys.argv = arguments[1:]
            sys.path.insert(0, "")
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        elif arguments[0] == "-c":
            sys.argv = ["-c", *arguments[2:]]
            sys.path.insert(0, "")
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = arguments
            sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return code


def hand_over(arguments: list[str]) -> int:
    """Let the server run a job; run it here if there is none."""
    asked = {"arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    text = json.dumps(asked).encode()
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(os.environ[SOCKET])
            socket.send_fds(server, [len(text).to_bytes(8, "big")], [0, 1, 2])
            taken = server.recv(1) == _TAKEN
        except (OSError, KeyError):
            taken = False
        if taken:
            server.sendall(text)
            answer = server.recv(8)
            return int(answer) if answer else 1
    os.execv(sys.executable, [sys.executable, *arguments])  # does not return
    return 1


def main(arguments: list[str]) -> int:
    """Serve, or be a job."""
    if arguments[0] == "--serve":
        serve(arguments[1], NUMBERS, () if arguments[2:] == ["numbers"] else REPORTS)
        return 0
    return hand_over(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
