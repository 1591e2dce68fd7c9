"""One reading of some logs by one reader, each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.readers_files import Logs
from tests.support.ptys import lossmon, terminal

_QUIET = 1.5
"""Seconds without work after which it is believed that there is no more."""
# Braille other than the blank one.
_CHART = re.compile(rb"\xe2(?:\xa0[\x81-\xbf]|[\xa1-\xa3])")
_TICKS = os.sysconf("SC_CLK_TCK")

_LOSSMON = """
import os, sys, time
from pathlib import Path
import google_crc32c, numpy
from lossmon.sources.local_file import LocalFileReader
from lossmon_adapters.tensorboard import TensorBoard
sys.stdin.readline()
wall, cpu = time.perf_counter(), time.process_time()
adapter, columns = TensorBoard(), []
for path in sorted(Path(sys.argv[1]).rglob("*tfevents*")):
    reader, decoder, more = LocalFileReader(str(path)), adapter.decoder(), True
    while more:
        chunk = reader.poll(4 << 20)
        columns += decoder.feed(chunk.data)
        decoder.skipped(reader.skip(decoder.skip))
        more = chunk.more
points = sum(map(len, columns))
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
"""

_TERMINALBOARD = """
import sys, time
from pathlib import Path
from terminalboard.model import Run
from terminalboard.reader_light import collect_run
sys.stdin.readline()
wall, cpu, points = time.perf_counter(), time.process_time(), 0
for path in sorted(Path(sys.argv[1]).rglob("*tfevents*")):
    run = Run(path.parent.name, str(path.parent))
    collect_run(run, [str(path)], {})
    points += sum(len(series) for series in run.series.values() if series.kind == "scalar")
"""

_REPORT = """
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(points, wall, cpu, int(peak) * 1024)
"""

# A small process in between, since a child begins with the peak memory of its parent.
_COMMAND = """
import os, subprocess, sys, time
wall = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
usage = os.wait4(process.pid, 0)[2]
print(0, time.perf_counter() - wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
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
    """Return the reader that *program* is: it waits for a line, takes the times, reads, and counts points."""
    return lambda logs: _measured([python, "-c", program + _REPORT, str(logs.path)])


def command(*arguments: str) -> Reader:
    """Return a program that reads the directory it is given last, measured from its start to its end."""
    timed = [sys.executable, "-c", _COMMAND, *arguments]
    return lambda logs: _measured([*timed, str(logs.path)])._replace(points=logs.points)


def watched(*, complete: bool) -> Reader:
    """Return ``lossmon watch`` on a terminal, up to its first chart or until it has read everything and is quiet."""

    def read(logs: Logs) -> Measured:
        with terminal(lossmon("watch", "--no-gpu", str(logs.path))) as shown:
            began = time.monotonic()
            shown.until(lambda: _CHART.search(shown.output) is not None, 60.0)
            seen = time.monotonic()
            cpu = shown.cpu()
            while complete and time.monotonic() - seen < _QUIET:
                shown.read(0.02)
                if shown.cpu() > cpu + 1 / _TICKS:
                    seen, cpu = time.monotonic(), shown.cpu()
            return Measured(seen - began, cpu, int(shown.memory() * 1e6), logs.points)

    return read


def _measured(arguments: Sequence[str]) -> Measured:
    """Run a program that prints points, wall and CPU seconds, and bytes of memory."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    said = subprocess.run(arguments, input=b"\n", stdout=subprocess.PIPE, env=environment, check=True).stdout.split()
    return Measured(float(said[1]), float(said[2]), int(said[3]), int(said[0]))


def rustboard(*options: str) -> Reader:
    """Return TensorBoard's own server, dropping nothing, measured up to the end of its first load.

    How many points it holds is asked over gRPC afterwards; what that takes does not count against it.
    """
    from tensorboard_data_server import server_binary  # type: ignore[import-not-found, import-untyped, unused-ignore]

    def read(logs: Logs) -> Measured:
        arguments = [server_binary(), "--logdir", str(logs.path), "--port", "0", "--reload", "once", "-v"]
        began = time.perf_counter()
        with _running([*arguments, "--samples-per-plugin", "scalars=all", *options]) as process:
            said = iter(process.stdout or ())
            port = int(next(line for line in said if line.startswith(b"listening on ")).rsplit(b":", 1)[1])
            next(line for line in said if b"Finished load cycle" in line)
            wall = time.perf_counter() - began
            return Measured(wall, *_used_so_far(process.pid), _points_served(port))

    return read


def terminalboard(python: str) -> Reader:
    """Return terminalboard's own reader, by the *python* it is installed for."""
    return in_python(_TERMINALBOARD, python)


LOSSMON = in_python(_LOSSMON)
ACCUMULATOR = in_python(_ACCUMULATOR)


@contextmanager
def _running(arguments: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _used_so_far(pid: int) -> tuple[float, int]:
    """Return CPU seconds and peak resident bytes of a process that runs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / _TICKS, int(peak.split()[1]) * 1024


def _points_served(port: int) -> int:
    """Return how many scalars TensorBoard's server at *port* has, none of them sampled away."""
    import grpc  # type: ignore[import-untyped, unused-ignore]
    from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.max_receive_message_length", -1)]) as channel:
        request = data_provider_pb2.ReadScalarsRequest(
            experiment_id="1",
            plugin_filter=data_provider_pb2.PluginFilter(plugin_name="scalars"),
            downsample=data_provider_pb2.Downsample(num_points=2**31 - 1),
        )
        served = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel).ReadScalars(request)
    return sum(len(tag.data.step) for run in served.runs for tag in run.tags)
