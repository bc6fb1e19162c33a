"""A Slurm of one node, in a folder: controller, node and authentication, for as long as a test."""

from __future__ import annotations

import contextlib
import getpass
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo")
PLUGINS = ("snakemake_executor_plugin_slurm", "snakemake_executor_plugin_slurm_jobstep")
SECONDS_TO_START = 30
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldPort={controller}
SlurmdPort={node}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MinJobAge=600
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=6000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Say what a Slurm of one's own lacks here, None if nothing."""
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    missing = [program for program in PROGRAMS if shutil.which(program, path=search) is None]
    if missing:
        return f"Slurm is not installed: {', '.join(missing)} missing"
    missing = [name for name in PLUGINS if importlib.util.find_spec(name) is None]
    if missing:
        return f"the Slurm executor of Snakemake is not installed: {', '.join(missing)} missing"
    return None if os.geteuid() == 0 else "slurmd starts jobs of its users as root only"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Start Slurm below a folder; gives the environment in which its commands find it.

    Raises
    ------
    OSError
        It did not start; with what the programs said.
    """
    for name in ("state", "spool", "munge", "bin"):
        (folder / name).mkdir(parents=True, mode=0o700)
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(
            host=socket.gethostname().split(".")[0],
            folder=folder,
            user=getpass.getuser(),
            controller=_free_port(),
            node=_free_port(),
        )
    )
    environment = dict(os.environ, SLURM_CONF=str(configuration))
    environment["PATH"] = os.pathsep.join(
        [str(folder / "bin"), os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"]
    )
    _keep_configuration(folder / "bin" / "srun", configuration, environment)
    started: list[subprocess.Popen] = []
    try:
        for command in (_munged(folder / "munge"), ["slurmctld", "-D"], ["slurmd", "-D"]):
            started.append(_start(command, folder, environment))
        _wait(environment, folder)
        yield environment
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _munged(folder: Path) -> list[str]:
    key = folder / "key"
    key.write_bytes(secrets.token_bytes(256))
    key.chmod(0o400)
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
    given = [f"--{option}={folder / name}" for option, name in files.items()]
    return ["munged", "--foreground", "--force", f"--log-file={folder / 'log'}", *given]


def _keep_configuration(wrapper: Path, configuration: Path, environment: dict[str, str]) -> None:
    """Within a job the executor takes SLURM_CONF away; on a cluster the file is in /etc."""
    srun = shutil.which("srun", path=environment["PATH"])
    wrapper.write_text(f'#!/bin/sh\nSLURM_CONF="{configuration}" exec "{srun}" "$@"\n')
    wrapper.chmod(0o700)


def _start(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen:
    with (folder / f"{command[0]}.said").open("wb") as said:
        return subprocess.Popen(
            command, env=environment, stdout=said, stderr=subprocess.STDOUT, cwd=folder
        )


def _wait(environment: dict[str, str], folder: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        asked = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    said = " ".join(path.read_text(errors="replace")[-300:] for path in folder.glob("*.said"))
    raise OSError(f"Slurm did not start in {SECONDS_TO_START} seconds: {said.strip()}")
