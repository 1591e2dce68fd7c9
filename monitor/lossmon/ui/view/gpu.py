"""The GPUs: one line each, and the processes on them."""

from __future__ import annotations

from collections.abc import Iterator

from lossmon.gpu import Gpu, GpuProcess
from lossmon.ui.lines import Line, Lines, Span, cut, first_fit, fit, width_of
from lossmon.ui.plot.glyphs import ASCII, UNICODE
from lossmon.ui.plot.numbers import format_bytes
from lossmon.ui.plot.spark import sparkline
from lossmon.ui.state import State
from lossmon.ui.view.box import Box

_SPARK = 10


def gpu_pane(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the pane of GPUs, or the one reason why there are none."""
    inner_width, rows = box.inner(width, height)
    return box.around((("gpu", "title"),), gpu_lines(state, inner_width)[:rows], width, height)


def gpu_lines(state: State, width: int) -> Lines:
    """Return as many lines as the GPUs and their processes take."""
    snapshot = state.gpus
    if snapshot is None:
        return ((((" starting", "muted")),),)
    if not snapshot.gpus:
        return (fit(((f" no GPU: {snapshot.reason}" if snapshot.reason else " no GPU", "muted"),), width),)
    ascii = state.choices.options.ascii
    return tuple(line for gpu in snapshot.gpus for line in _lines_of(gpu, width, ascii))


def gpu_line(state: State, width: int) -> Line:
    """Return the state of all GPUs in one line; empty where GPUs are not watched."""
    snapshot = state.gpus
    if snapshot is None:
        return ()
    if not snapshot.gpus:
        return fit(((f"no GPU: {snapshot.reason}" if snapshot.reason else "no GPU", "muted"),), width)
    used = [_utilisation(gpu) for gpu in snapshot.gpus]
    return first_fit(
        [(("gpu ", "muted"), (" ".join(used), "gpu")), (("gpu ", "muted"), (f"{used[0]} +{len(used) - 1}", "gpu"))],
        width,
    )


def _utilisation(gpu: Gpu) -> str:
    if gpu.trouble:
        return gpu.trouble
    return "?" if gpu.utilisation is None else f"{gpu.utilisation:.0f}%"


def _lines_of(gpu: Gpu, width: int, ascii: bool) -> Iterator[Line]:
    name = gpu.name.removeprefix("NVIDIA ").removeprefix("Tesla ")
    lead: Line = ((f" {gpu.index} ", "muted"), (cut(name, max(4, width // 3)), ""), (" ", ""))
    if gpu.trouble:
        yield fit((*lead, (gpu.trouble, "warn")), width)
    else:
        figures = _figures(gpu)
        room = width - width_of(lead) - width_of(figures[1]) - 1
        spark = _history(gpu, min(_SPARK, room), ascii)
        yield first_fit([(*lead, *spark, *form) for form in figures], width)
    for process in gpu.processes:
        yield fit(_process(process, width, ascii), width)


def _history(gpu: Gpu, width: int, ascii: bool) -> Line:
    if width < 4 or not gpu.history:
        return ()
    values = [used for _, used in gpu.history[-width:]]
    return (*sparkline(values, width, role="gpu", glyphs=ASCII if ascii else UNICODE), (" ", ""))


def _figures(gpu: Gpu) -> list[Line]:
    """Return the figures of a GPU, longest form first."""
    used: Span = (f"{_utilisation(gpu):>4}", "gpu")
    memory: Line = ()
    if gpu.memory_used is not None:
        memory = ((f" {format_bytes(gpu.memory_used, gpu.memory_total):>8}", ""),)
    heat: Line = () if gpu.temperature is None else ((f" {gpu.temperature:.0f}°", ""),)
    power: Line = () if gpu.power is None else ((f" {gpu.power:>3.0f}W", ""),)
    return [(used, *memory, *heat, *power), (used, *memory, *heat), (used, *memory), (used,)]


def _process(process: GpuProcess, width: int, ascii: bool) -> Line:
    branch = "   `- " if ascii else "   └ "
    memory = "" if process.memory is None else f" {format_bytes(process.memory)}"
    tail = f" ({process.pid}){memory}"
    command = cut(process.command or "process", max(1, width - len(branch) - len(tail)))
    return ((branch, "muted"), (command, ""), (tail, "muted"))
