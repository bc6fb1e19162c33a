"""What a step needs of the machine, told from the sizes of its files before any time is spent.

An estimate and no promise: the factors are those of the synthetic twin, with a margin. What is
free may also change while a step runs; then its own message says what was full.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kuntakokeilu.errors import InputError

MEMORY_INFO = Path("/proc/meminfo")
GIGA = 1e9


@dataclass(frozen=True)
class Needs:
    """Bytes that a step needs for each byte of parquet, and at least and at most of memory.

    Attributes
    ----------
    disk : float
        Of what the step writes at its fullest moment, results and copies together.
    memory : float
        Of memory, above `least`.
    least, most : float
        Bytes of memory that the smallest and the largest files need.
    minutes : float
        Of time, for each gigabyte, above ten.
    """

    disk: float
    memory: float
    least: float
    most: float
    minutes: float = 0.0

    def of_memory(self, size: float) -> float:
        """Say how many bytes of memory files of so many bytes need."""
        return min(self.least + self.memory * size, self.most)

    def of_time(self, size: float) -> float:
        """Say how many minutes files of so many bytes need."""
        return 10 + self.minutes * size / GIGA


# ASSUME: the same rows take 3.7 to 7.5 times as many bytes as text as in parquet with zstd (wages,
# spells, persons and purchases of the twin).
SHARE_OF_TEXT = 0.3
# ASSUME: measured on the twin of evaluation_2021: typed tables take 1.5 times the bytes of the raw
# parquet at 1:200 and 1:10; what DuckDB puts aside beyond its bound comes on top. Memory was 0.3 GB
# at 1:200 (10 MB of files), 0.7 GB at 1:10 (213 MB) and 4.4 GB at 1:1 (2.4 GB); DuckDB stops at
# `duck.MEMORY`, and hashes of keys and Python take the rest.
READING = Needs(disk=2.5, memory=2.5, least=0.3 * GIGA, most=5.0 * GIGA, minutes=10)

# ASSUME: of typed tables: 2.0 GB of memory at 1:20 (170 MB of them), 2.6 GB at 1:10 (335 MB) and
# 3.7 GB in a quarter of 1:1; at 1:20 up to 2.5 times their bytes on the disk.
ADDING = Needs(disk=3.0, memory=6.0, least=1.0 * GIGA, most=6.0 * GIGA, minutes=15)
# ASSUME: of sums: 1.7 GB at 1:10 (126 MB of them) all outcomes at once; 2.3 GB at 1:1, one by one.
COLLAPSING = Needs(disk=1.0, memory=10.0, least=0.5 * GIGA, most=5.0 * GIGA, minutes=60)


def check_room(files: Iterable[Path], folder: Path, needs: Needs) -> None:
    """Refuse to start what the disk or the memory of this machine cannot hold.

    Parameters
    ----------
    files : iterable of Path
        The files that the step reads.
    folder : Path
        Where it writes; it may not be there yet.
    needs : Needs
        What it needs for each byte.

    Raises
    ------
    InputError
        Too little is free: one line with the folder, what is needed and what is free. Where the
        system does not say how much memory is free, only the disk is looked at.
    """
    listed = list(files)
    size = size_of(listed)
    place = next(each for each in (folder, *folder.absolute().parents) if each.is_dir())
    wanted = {
        "disk": (needs.disk * size, shutil.disk_usage(place).free),
        "memory": (needs.of_memory(size), free_memory()),
    }
    for what, (needed, free) in wanted.items():
        if free is not None and needed > free:
            raise InputError(
                f"{folder.as_posix()}: about {_giga(needed)} of {what} are needed for files of "
                f"{_giga(sum(path.stat().st_size for path in listed))}, {_giga(free)} are free"
            )


def size_of(files: Iterable[Path]) -> float:
    """Say how many bytes files are, as if all were parquet; of a folder, those in it."""
    size = 0.0
    for path in files:
        inside = path.rglob("*") if path.is_dir() else [path]
        for each in inside:
            if each.is_file():
                share = 1.0 if each.suffix == ".parquet" else SHARE_OF_TEXT
                size += share * each.stat().st_size
    return size


def free_memory() -> int | None:
    """Tell how many bytes of memory programs can still have; None where the system does not say."""
    try:
        lines = MEMORY_INFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(kilobytes[0]) * 1024 if kilobytes else None


def _giga(size: float) -> str:
    return f"{size / GIGA:.2g} GB"
