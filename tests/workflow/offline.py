"""A run in a copy of the project with the network cut, and what it asked of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from kuntakokeilu import warm

# In every process of the run but those that only hand a job over: no address but this machine.
CUT = """
import os, socket
_connect, _resolve = socket.socket.connect, socket.getaddrinfo

def _refuse(host):
    with open(os.environ["ASKED_OF_NETWORK"], "a") as file:
        file.write(f"{host}\\n")
    raise OSError("the network is cut")

def connect(self, address):
    if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in ("127.0.0.1", "::1"):
        _refuse(address[0])
    return _connect(self, address)

def resolve(host, *rest, **more):
    if host not in (None, "", "localhost", "127.0.0.1", "::1", socket.gethostname()):
        _refuse(host)
    return _resolve(host, *rest, **more)

socket.socket.connect, socket.getaddrinfo = connect, resolve
"""


# A process with a network of its own, in which there is this machine and nothing else.
ALONE = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$0" "$@"']


def alone() -> list[str]:
    """Give what comes before a command to cut its network; nothing where the system cannot."""
    if not all(map(shutil.which, ("unshare", "ip"))):
        return []
    done = subprocess.run([*ALONE, "true"], check=False, capture_output=True)
    return ALONE if done.returncode == 0 else []


def cut_off(project: Path) -> None:
    """Let every process of a run in this copy find the network cut, and write down who asks."""
    (project / "cut").mkdir()
    (project / "cut" / "sitecustomize.py").write_text(CUT, encoding="utf-8")


def asked(project: Path) -> Path:
    """Name the file of the addresses that were asked for."""
    return project / "cut" / "asked"


def variables(project: Path) -> dict[str, str]:
    """Give the variables under which the network is cut."""
    inherited = os.environ.get("PYTHONPATH")
    return {
        "PYTHONPATH": os.pathsep.join([str(project / "cut"), *([inherited] if inherited else [])]),
        "ASKED_OF_NETWORK": str(asked(project)),
    }


def run_alone(project: Path, *arguments: str):
    """Call run.py in a copy of the project, with the network cut."""
    given = {
        "KUNTAKOKEILU_PYTHON": sys.executable,
        "KUNTAKOKEILU_DATA": str(project / "no_data_here"),
    }
    # A server of jobs that was started before lies outside the cut.
    inherited = {name: value for name, value in os.environ.items() if name != warm.SOCKET}
    return subprocess.run(
        [*alone(), sys.executable, "run.py", *arguments],
        cwd=project,
        env={**inherited, **variables(project), **given},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=1_200,
    )
