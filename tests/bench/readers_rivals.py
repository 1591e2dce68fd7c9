"""One reading of some logs by one reader, each in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.readers_files import Logs

_PATIENCE = 300.0
"""Seconds after which a reader is taken to have hung."""
_TICKS = os.sysconf("SC_CLK_TCK")

_LOSSMON = """
import os, sys, time
from pathlib import Path
import google_crc32c, numpy
from lossmon.tail import Tail
from lossmon_adapters.tensorboard import TensorBoard
sys.stdin.readline()
wall, cpu = time.perf_counter(), time.process_time()
adapter, columns = TensorBoard(), []
for path in sorted(Path(sys.argv[1]).rglob("*tfevents*")):
    tail, decoder, more = Tail(str(path)), adapter.decoder(), True
    while more:
        chunk = tail.poll(4 << 20)
        columns += decoder.feed(chunk.data)
        decoder.skipped(tail.skip(decoder.skip))
        more = chunk.more
print(sum(map(len, columns)), time.perf_counter() - wall, time.process_time() - cpu)
"""

_ACCUMULATOR = """
import sys, time
from pathlib import Path
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
sys.stdin.readline()
wall, cpu, points = time.perf_counter(), time.process_time(), 0
for directory in sorted({path.parent for path in Path(sys.argv[1]).rglob("*tfevents*")}):
    read = EventAccumulator(str(directory), size_guidance={"scalars": 0, "tensors": 0, "histograms": 1, "images": 1})
    read.Reload()
    tags = read.Tags()
    points += sum(len(read.Scalars(tag)) for tag in tags["scalars"])
    points += sum(len([tensor_util.make_ndarray(one.tensor_proto) for one in read.Tensors(t)]) for t in tags["tensors"])
print(points, time.perf_counter() - wall, time.process_time() - cpu)
"""

_TERMINALBOARD = """
import sys, time
from pathlib import Path
from terminalboard.light_reader import LightReader
sys.stdin.readline()
wall, cpu, points = time.perf_counter(), time.process_time(), 0
"""


class Measured(NamedTuple):
    """What one reading took."""

    wall: float
    """Seconds until all points were there, without the start of the interpreter and its imports."""
    cpu: float
    """Seconds on all processors."""
    memory: int
    """Peak resident bytes of the process."""
    points: int


Reader = Callable[[Logs], Measured]


def in_python(program: str, python: str = sys.executable) -> Reader:
    """Return the reader that *program* is: it waits for a line, and prints points, wall and CPU seconds."""

    def read(logs: Logs) -> Measured:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        process = subprocess.Popen(
            [python, "-c", program, str(logs.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.close()
        points, wall, cpu = process.stdout.read().split()
        memory = _finished(process)
        return Measured(float(wall), float(cpu), memory, int(points))

    return read


def command(*arguments: str) -> Reader:
    """Return a program that reads the directory it is given last, measured from its start to its end."""

    def read(logs: Logs) -> Measured:
        began = time.perf_counter()
        process = subprocess.Popen([*arguments, str(logs.path)], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, logs.points)

    return read


def rustboard(*options: str) -> Reader:
    """Return TensorBoard's own server, dropping nothing, measured up to the end of its first load.

    How many points it holds is asked over gRPC afterwards; what that takes does not count against it.
    """
    from tensorboard_data_server import server_binary

    def read(logs: Logs) -> Measured:
        arguments = [server_binary(), "--logdir", str(logs.path), "--port", "0", "--reload", "once", "-v"]
        began = time.perf_counter()
        with _running([*arguments, "--samples-per-plugin", "scalars=all", *options]) as process:
            port = None
            for line in _lines(process):
                port = port or _number(rb"listening on .*?(\d+)\s*$", line)
                if b"Finished load cycle" in line:
                    break
            wall = time.perf_counter() - began
            cpu, memory = _used_so_far(process.pid)
            return Measured(wall, cpu, memory, _points_served(port))

    return read
