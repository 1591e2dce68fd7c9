"""What a process that uses a GPU is called, and the paths by which it can be told what it trains."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from lossmon.core.text import sanitize

_LONGEST = 40
_READ = 4096
_MOST_FILES = 512
"""Open files that are looked at: the logs are among the first a process opens, data comes by thousands."""
_NO_LOGS = ("/dev/", "/proc/", "/sys/", "/usr/", "/memfd:")
_HOST_PIDS = "pid:[4026531836]"
"""The kernel's fixed name of the first PID namespace (PROC_PID_INIT_INO in linux/proc_ns.h)."""

_PYTHON = re.compile(r"python[\d.]*t?")
_FLAGS_WITH_VALUE = ("-X", "-W", "--check-hash-based-pycs")


class Known(NamedTuple):
    """What can be known of a process."""

    command: str = ""
    """Short and safe to show; empty where it is not known."""
    paths: tuple[str, ...] = ()
    """Absolute, the most telling first: files it holds open, arguments as paths, where it works; not to be shown."""


def known(pid: int, proc: Path = Path("/proc")) -> Known:
    """Return what can be known of process *pid*, which may be another user's, or gone.

    NVML gives the PIDs of the host. In a container the same number may be another process, whose name would be a lie;
    there one is only looked at if it really holds an NVIDIA device open.
    """
    process = proc / str(pid)
    try:
        if not _sees_host_pids(proc) and not _holds_nvidia_device(process):
            return Known()
        with (process / "cmdline").open("rb") as file:
            arguments = file.read(_READ).rstrip(b"\0").split(b"\0")
    except OSError:
        return Known()
    command = shortened([argument.decode("utf-8", "replace") for argument in arguments])
    return Known(sanitize(command, _LONGEST), tuple(dict.fromkeys(_paths(process, arguments))))


def shortened(arguments: list[str]) -> str:
    """Return program and script without their folders, flags and arguments, which may hold secrets.

    ``/usr/bin/python3.11 -u /home/me/train.py --token=…`` becomes ``python train.py``.
    """
    program, *rest = arguments
    if not rest and " " in program:
        return program  # a process that set its own title
    program = program.rpartition("/")[2]
    if not _PYTHON.fullmatch(program):
        return program
    return " ".join(["python", *_script(iter(rest))])


def _script(arguments: Iterator[str]) -> list[str]:
    """Return what Python runs: a script, a module after ``-m``, or ``-c`` without the code."""
    for argument in arguments:
        if argument in _FLAGS_WITH_VALUE:
            next(arguments, "")
        elif argument == "-m":
            return [argument, next(arguments, "")]
        elif argument == "-c":
            return [argument]
        elif not argument.startswith("-"):
            return [argument.rpartition("/")[2]]
    return []


def _sees_host_pids(proc: Path) -> bool:
    return str((proc / "self/ns/pid").readlink()) == _HOST_PIDS


def _holds_nvidia_device(process: Path) -> bool:
    return any(str(link.readlink()).startswith("/dev/nvidia") for link in (process / "fd").iterdir())


def _paths(process: Path, arguments: list[bytes]) -> Iterator[str]:
    """Yield the paths a process has to do with, the most telling first; what must not be looked at is left out."""
    with suppress(OSError):
        for link in islice((process / "fd").iterdir(), _MOST_FILES):
            with suppress(OSError):
                target = str(link.readlink())
                if target.startswith("/") and not target.startswith(_NO_LOGS):
                    yield target
    with suppress(OSError):
        works_in = (process / "cwd").readlink()
        for argument in arguments[1:]:
            yield os.path.normpath(works_in / os.fsdecode(argument.rpartition(b"=")[2]))
        yield str(works_in)
