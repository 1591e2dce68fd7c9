"""The GPUs: one line each, with the processes on them and the runs that these train."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name, truncate
from lossmon.gpu import Gpu, GpuProcess
from lossmon.presentation.numbers import format_bytes
from lossmon.presentation.sorting import has_ended
from lossmon.tui.box import Box
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, Span, first_fit, fit, paragraph, width_of

_FEW_BARS, _MANY_BARS = 10, 30
"""Samples that are drawn; fewer would show nothing."""
_MIN_NAME_WIDTH = 4
_MIN_COMMAND_WIDTH = 8
_MAX_REASON_LINES = 2
_BRANCH = "   └ "


def gpu_pane(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the framed lines of the GPUs, or the reason why there are none."""
    inner_width, rows = box.inner(width, height)
    return box.around((("gpu", "title"),), gpu_lines(state, inner_width)[:rows], width, height)


def gpu_lines(state: State, width: int) -> Lines:
    """Return a line for each GPU and each process on it."""
    snapshot = state.gpus
    if snapshot is None:
        return ((((" starting", "muted")),),)
    if not snapshot.gpus:
        text = f"no GPU: {snapshot.reason}" if snapshot.reason else "no GPU"
        return paragraph(text, width, _MAX_REASON_LINES, "muted", " ")
    return tuple(line for gpu in snapshot.gpus for line in _gpu_lines(gpu, width, state))


def gpu_line(state: State, width: int) -> Line:
    """Return the state of all GPUs in one line; empty if GPUs are not watched."""
    snapshot = state.gpus
    if snapshot is None or not state.has_gpus:
        return ()
    if not snapshot.gpus:
        texts = [f"no GPU: {snapshot.reason}", "no GPU"] if snapshot.reason else ["no GPU"]
        return first_fit([((text, "muted"),) for text in texts], width)
    label: Line = (("gpu ", "muted"),)
    used = [utilisation_text(gpu) for gpu in snapshot.gpus]
    forms = [_readings_forms(gpu) for gpu in snapshot.gpus]
    everything = (*label, *_side_by_side([form.full for form in forms]))
    with_memory = (*label, *_side_by_side([form.with_memory for form in forms]))
    utilisations: Line = (*label, (" ".join(used), "gpu"))
    first: Line = (*label, (f"{used[0]} +{len(used) - 1}", "gpu"))
    return first_fit([everything, with_memory, utilisations, first], width)


def _side_by_side(parts: list[Line]) -> Line:
    """Return *parts*, separated by dots."""
    spans = [span for part in parts for span in ((" · ", "muted"), *part)]
    return ((spans[1][0].strip(), spans[1][1]), *spans[2:])


def utilisation_text(gpu: Gpu) -> str:
    """Return the utilisation in percent, ``?`` if it is not known, or what is wrong with the GPU."""
    if gpu.error:
        return gpu.error
    return "?" if gpu.utilisation is None or math.isnan(gpu.utilisation) else f"{gpu.utilisation:.0f}%"


def _gpu_lines(gpu: Gpu, width: int, state: State) -> Iterator[Line]:
    model = gpu.name.removeprefix("NVIDIA ").removeprefix("Tesla ")
    name: Line = ((f" {gpu.index} ", "muted"), (truncate(model, max(_MIN_NAME_WIDTH, width // 3)), ""), (" ", ""))
    if gpu.error:
        yield fit((*name, (gpu.error, "warn")), width)
    else:
        forms = _readings_forms(gpu)
        left = width - width_of(name) - width_of(forms.full) - 1
        bars = _history_bars(gpu, left, state.glyphs)
        yield first_fit([(*name, *bars, *form) for form in forms], width)
    for process in gpu.processes:
        yield _process_line(process, width, state)


def _history_bars(gpu: Gpu, width: int, glyphs: Glyphs) -> Line:
    """Return the latest samples as bars of 0 to 100 %, on a fixed scale unlike a sparkline, if they fit in *width*."""
    if width < _FEW_BARS or not gpu.history:
        return ()
    count = _MANY_BARS if width >= _MANY_BARS else _FEW_BARS
    return ((f"{''.join(_bar(used, glyphs.bars) for _, used in gpu.history[-count:])} ", "gpu"),)


def _bar(used: float, bars: str) -> str:
    if not math.isfinite(used):
        return " "
    return bars[round(min(max(used, 0.0), 100.0) / 100 * (len(bars) - 1))]


class _ReadingsForms(NamedTuple):
    """The readings of a GPU, longest form first."""

    full: Line
    with_temperature: Line
    with_memory: Line
    utilisation: Line


def _readings_forms(gpu: Gpu) -> _ReadingsForms:
    used: Span = (f"{utilisation_text(gpu):>4}", "gpu")
    memory: Line = ()
    if gpu.memory_used is not None:
        memory = ((f" {format_bytes(gpu.memory_used, gpu.memory_total):>8}", ""),)
    temperature: Line = () if gpu.temperature is None else ((f" {gpu.temperature:.0f}°", ""),)
    power: Line = () if gpu.power is None else ((f" {gpu.power:>3.0f}W", ""),)
    return _ReadingsForms(
        (used, *memory, *temperature, *power), (used, *memory, *temperature), (used, *memory), (used,)
    )


def _process_line(process: GpuProcess, width: int, state: State) -> Line:
    """Return a process, the run it trains and the memory it uses; if not both fit, the run alone."""
    command = process.command or "process"
    run = find_run_of_process(process, state.runs)
    label: Line = () if run is None else ((f" {state.short_name(run)}", ""),)
    memory: Line = () if process.memory is None else ((f" {format_bytes(process.memory)}", "muted"),)
    number: Span = (f" ({process.pid})", "muted")
    details, short_details = (number, *label, *memory), (number, *(label or memory))
    left = max(_MIN_COMMAND_WIDTH, width - len(_BRANCH) - width_of(short_details))
    forms = [(command, details), (command, short_details), (truncate(command, left), short_details)]
    return first_fit([((_BRANCH, "muted"), (text, ""), *rest) for text, rest in forms], width)


def find_run_of_process(process: GpuProcess, runs: Sequence[RunSnapshot]) -> RunSnapshot | None:
    """Return the run that contains one of the open paths of a process; None if there is none.

    A run that may still grow is preferred. Paths are compared as text: a path through a symbolic link finds nothing.
    """
    indices = _indices_by_path(tuple(run.path for run in runs))
    found = [runs[index] for index in _indices_above(process.paths, indices) if index < len(runs)]
    return next((run for run in found if not has_ended(run)), found[0] if found else None)


def gpus_by_run(state: State) -> Mapping[Name, tuple[int, ...]]:
    """Map the name of each run that a process on a GPU trains to the places of its GPUs in the snapshot."""
    if state.gpus is None or not any(gpu.processes for gpu in state.gpus.gpus):
        return {}
    return _places_by_run(tuple(gpu.processes for gpu in state.gpus.gpus), state.runs)


@lru_cache(maxsize=2)  # a pane compares the state it shows with the newest one
def _places_by_run(
    processes: tuple[tuple[GpuProcess, ...], ...], runs: tuple[RunSnapshot, ...]
) -> dict[Name, tuple[int, ...]]:
    """Return the same for the *processes* on each GPU."""
    places: dict[Name, tuple[int, ...]] = {}
    for place, on_gpu in enumerate(processes):
        found = {run.name for process in on_gpu if (run := find_run_of_process(process, runs)) is not None}
        places |= {name: (*places.get(name, ()), place) for name in found}
    return places


def _indices_above(paths: Sequence[str], indices: Mapping[str, int]) -> Iterator[int]:
    """Yield the index of each run whose path is one of *paths* or a directory above it."""
    for path in paths:
        parent = path
        while parent:
            if parent in indices:
                yield indices[parent]
            parent = parent.rpartition("/")[0]


@lru_cache(maxsize=2)
def _indices_by_path(paths: tuple[Name, ...]) -> dict[str, int]:
    """Map the absolute path of each run to its index."""
    try:
        directory = Path.cwd()
    except OSError:
        # The directory in which the program was started has been deleted.
        return {}
    return {os.path.normpath(directory / os.fsdecode(path.raw)): index for index, path in enumerate(paths)}
