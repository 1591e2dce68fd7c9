"""Programs that read event files; each measurement runs in a process of its own."""

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

_QUIET_SECONDS = 1.5
"""Time without CPU use after which a program counts as finished."""
_FIRST_CHART_SECONDS = 60.0
"""Longest wait for the first chart."""
# Braille other than the blank character, in UTF-8.
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
adapter, scalars = TensorBoard(), []
for path in sorted(Path(sys.argv[1]).rglob("*tfevents*")):
    reader, decoder, more = LocalFileReader(str(path)), adapter.decoder(), True
    while more:
        chunk = reader.poll(4 << 20)
        scalars += decoder.feed(chunk.data)
        decoder.skipped(reader.skip(decoder.skip))
        more = chunk.more
points = sum(map(len, scalars))
"""

_ACCUMULATOR = """
import sys, time
from pathlib import Path
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
sys.stdin.readline()
wall, cpu, points = time.perf_counter(), time.process_time(), 0
for directory in sorted({path.parent for path in Path(sys.argv[1]).rglob("*tfevents*")}):
    keep_all_scalars = {"scalars": 0, "tensors": 0, "histograms": 1, "images": 1}
    accumulator = EventAccumulator(str(directory), size_guidance=keep_all_scalars)
    accumulator.Reload()
    tags = accumulator.Tags()
    points += sum(len(accumulator.Scalars(tag)) for tag in tags["scalars"])
    for tag in tags["tensors"]:
        points += len([tensor_util.make_ndarray(event.tensor_proto) for event in accumulator.Tensors(tag)])
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

# Runs in a small process, because the peak memory of a child starts at that of its parent.
_COMMAND = """
import os, subprocess, sys, time
wall = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
usage = os.wait4(process.pid, 0)[2]
print(0, time.perf_counter() - wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
"""


class Measured(NamedTuple):
    """The cost of reading some logs once."""

    wall: float
    """Seconds until all points were read, without the start of the interpreter and its imports."""
    cpu: float
    """Seconds on all processors."""
    memory: int
    """Peak resident bytes of the process."""
    points: int


Reader = Callable[[Logs], Measured]


def in_python(program: str, python: str = sys.executable) -> Reader:
    """Return a reader that runs *program*, which waits for a line, notes the times, reads, and counts points."""
    return lambda logs: _measured([python, "-c", program + _REPORT, str(logs.path)])


def command(*arguments: str) -> Reader:
    """Return a reader that runs a program with the directory as its last argument, measured from start to end."""
    timed = [sys.executable, "-c", _COMMAND, *arguments]
    return lambda logs: _measured([*timed, str(logs.path)])._replace(points=logs.points)


def watch(*, complete: bool) -> Reader:
    """Return a reader that runs ``lossmon watch`` until its first chart, or if *complete* until it uses no more CPU."""

    def read(logs: Logs) -> Measured:
        with terminal(lossmon("watch", "--no-gpu", str(logs.path))) as screen:
            start = time.monotonic()
            screen.until(lambda: _CHART.search(screen.output) is not None, _FIRST_CHART_SECONDS)
            end = time.monotonic()
            cpu = screen.cpu()
            while complete and time.monotonic() - end < _QUIET_SECONDS:
                screen.read(0.02)
                if screen.cpu() > cpu + 1 / _TICKS:
                    end, cpu = time.monotonic(), screen.cpu()
            return Measured(end - start, cpu, int(screen.memory() * 1e6), logs.points)

    return read


def _measured(arguments: Sequence[str]) -> Measured:
    """Run a program that prints points, wall and CPU seconds, and bytes of memory."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.run(arguments, input=b"\n", stdout=subprocess.PIPE, env=environment, check=True)
    points, wall, cpu, memory = process.stdout.split()
    return Measured(float(wall), float(cpu), int(memory), int(points))


def rustboard(*options: str) -> Reader:
    """Return a reader that runs TensorBoard's server, set to keep all points, until the end of its first load.

    The points are counted over gRPC afterwards; that time is not part of the measurement.
    """
    from tensorboard_data_server import server_binary  # type: ignore[import-not-found, import-untyped, unused-ignore]

    def read(logs: Logs) -> Measured:
        arguments = [server_binary(), "--logdir", str(logs.path), "--port", "0", "--reload", "once", "-v"]
        start = time.perf_counter()
        with _running([*arguments, "--samples-per-plugin", "scalars=all", *options]) as process:
            output = iter(process.stdout or ())
            port = int(next(line for line in output if line.startswith(b"listening on ")).rsplit(b":", 1)[1])
            next(line for line in output if b"Finished load cycle" in line)
            wall = time.perf_counter() - start
            return Measured(wall, *_resources_used(process.pid), _count_points(port))

    return read


def terminalboard(python: str) -> Reader:
    """Return a reader that runs the reader of terminalboard; *python* is the interpreter it is installed for."""
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


def _resources_used(pid: int) -> tuple[float, int]:
    """Return CPU seconds and peak resident bytes of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / _TICKS, int(peak.split()[1]) * 1024


def _count_points(port: int) -> int:
    """Return the number of scalars that TensorBoard's server at *port* holds."""
    import grpc  # type: ignore[import-untyped, unused-ignore]
    from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.max_receive_message_length", -1)]) as channel:
        request = data_provider_pb2.ReadScalarsRequest(
            experiment_id="1",
            plugin_filter=data_provider_pb2.PluginFilter(plugin_name="scalars"),
            downsample=data_provider_pb2.Downsample(num_points=2**31 - 1),
        )
        response = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel).ReadScalars(request)
    return sum(len(tag.data.step) for run in response.runs for tag in run.tags)
