"""The GPUs: one line each, and the processes on them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.gpu import Gpu, GpuProcess
from lossmon.presentation.numbers import format_bytes
from lossmon.tui.box import Box
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.panes.owners import trained_by
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, Span, cut, first_fit, fit, paragraph, width_of

_LEAST_BARS, _MOST_BARS = 4, 10
_LEAST_COMMAND = 8


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
        return paragraph(f"no GPU: {snapshot.reason}" if snapshot.reason else "no GPU", width, 2, "muted", " ")
    return tuple(line for gpu in snapshot.gpus for line in _lines_of(gpu, width, state))


def gpu_line(state: State, width: int) -> Line:
    """Return the state of all GPUs in one line; empty where GPUs are not watched."""
    snapshot = state.gpus
    if snapshot is None or not state.has_gpus:
        return ()
    if not snapshot.gpus:
        return first_fit(
            [((f"no GPU: {snapshot.reason}", "muted"),), (("no GPU", "muted"),)][not snapshot.reason :], width
        )
    label: Line = (("gpu ", "muted"),)
    used = [_utilisation(gpu) for gpu in snapshot.gpus]
    full = [(*label, *_joined([_figures(gpu)[form] for gpu in snapshot.gpus])) for form in (0, 2)]
    short: Line = (*label, (" ".join(used), "gpu"))
    return first_fit([*full, short, (*label, (f"{used[0]} +{len(used) - 1}", "gpu"))], width)


def _joined(parts: list[Line]) -> Line:
    """Return the figures of several GPUs side by side."""
    spans = [span for part in parts for span in ((" · ", "muted"), *part)]
    return ((spans[1][0].strip(), spans[1][1]), *spans[2:])


def _utilisation(gpu: Gpu) -> str:
    if gpu.trouble:
        return gpu.trouble
    return "?" if gpu.utilisation is None or math.isnan(gpu.utilisation) else f"{gpu.utilisation:.0f}%"


def _lines_of(gpu: Gpu, width: int, state: State) -> Iterator[Line]:
    name = gpu.name.removeprefix("NVIDIA ").removeprefix("Tesla ")
    lead: Line = ((f" {gpu.index} ", "muted"), (cut(name, max(4, width // 3)), ""), (" ", ""))
    if gpu.trouble:
        yield fit((*lead, (gpu.trouble, "warn")), width)
    else:
        figures = _figures(gpu)
        room = width - width_of(lead) - width_of(figures[0]) - 1
        spark = _history(gpu, min(_MOST_BARS, room), state.glyphs)
        yield first_fit([(*lead, *spark, *form) for form in figures], width)
    for process in gpu.processes:
        yield _process(process, width, state)


def _history(gpu: Gpu, width: int, glyphs: Glyphs) -> Line:
    """Return the latest samples as bars of 0 to 100 %; a GPU that is always at 93 % is no curve."""
    if width < _LEAST_BARS or not gpu.history:
        return ()
    return ((f"{''.join(_bar(used, glyphs.bars) for _, used in gpu.history[-width:])} ", "gpu"),)


def _bar(used: float, bars: str) -> str:
    if not math.isfinite(used):
        return " "
    return bars[round(min(max(used, 0.0), 100.0) / 100 * (len(bars) - 1))]


def _figures(gpu: Gpu) -> list[Line]:
    """Return the figures of a GPU, longest form first."""
    used: Span = (f"{_utilisation(gpu):>4}", "gpu")
    memory: Line = ()
    if gpu.memory_used is not None:
        memory = ((f" {format_bytes(gpu.memory_used, gpu.memory_total):>8}", ""),)
    heat: Line = () if gpu.temperature is None else ((f" {gpu.temperature:.0f}°", ""),)
    power: Line = () if gpu.power is None else ((f" {gpu.power:>3.0f}W", ""),)
    return [(used, *memory, *heat, *power), (used, *memory, *heat), (used, *memory), (used,)]


def _process(process: GpuProcess, width: int, state: State) -> Line:
    """Return a process, the run it trains, and the memory it uses: of the two the run, where one has no room."""
    branch, command = "   └ ", process.command or "process"
    view = trained_by(process, state.snapshot.runs) if state.snapshot else None
    run: Line = () if view is None else ((f" {state.label(view)}", ""),)
    memory: Line = () if process.memory is None else ((f" {format_bytes(process.memory)}", "muted"),)
    number: Span = (f" ({process.pid})", "muted")
    whole, short = (number, *run, *memory), (number, *(run or memory))
    room = max(_LEAST_COMMAND, width - len(branch) - width_of(short))
    forms = [(command, whole), (command, short), (cut(command, room), short)]
    return first_fit([((branch, "muted"), (name, ""), *tail) for name, tail in forms], width)
