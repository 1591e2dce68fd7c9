"""``lossmon doctor``: print which files and tags lossmon reads, and why."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.core.snapshot import Curve, RunSnapshot, Snapshot
from lossmon.core.text import plural
from lossmon.report.style import Style

_MAX_TAGS = 8
"""Tags of a run that are listed besides its losses."""
_NVML_TIMEOUT = 3.0
"""Seconds to wait for NVML, which can hang with a broken driver."""


def run(arguments: argparse.Namespace) -> int:
    """Print runs, skipped files and environment, and return 0."""
    arguments = apply_config(arguments)
    style = Style.of(sys.stdout)
    with closing(open_monitor(require_existing(arguments.paths), arguments)) as monitor:
        snapshot = monitor.read_all()
    for line in [*_runs(snapshot), *_skipped(snapshot), *_plugins(), *_environment(snapshot, style, arguments.no_gpu)]:
        print(style.encodable(line))
    return 0


def _runs(snapshot: Snapshot) -> Iterator[str]:
    yield f"runs: {len(snapshot.runs)}"
    for run in snapshot.runs:
        yield f"  {run.name} ({run.format}, {run.path})"
        yield f"    train: {_describe(run.train, '--train')}"
        yield f"    val:   {_describe(run.val, '--val')}"
        for other in run.other_sets:
            yield f"    also:  {_describe(other.val, '--val')}, {other.assessment.word}"
        if run.score is not None:
            yield f"    score: {run.score.tag}, judged beside the loss"
        yield f"    {plural(len(run.metrics), 'tag')} in all{_listing(_other_tags(run))}"
        if run.history is None:
            yield "    no tag looks like a loss, so there is no verdict; name one with --train or --val"
        for error in run.warnings:
            yield f"    {error}"


def _describe(curve: Curve | None, option: str) -> str:
    if curve is None:
        return f"not found; if the log has it, name its tag with {option}"
    return f"{curve.tag} ({plural(curve.logged_points, 'point')}, by {curve.axis})"


def _other_tags(run: RunSnapshot) -> list[str]:
    """Return the tags that are neither the train loss, nor a validation loss, nor the score beside it."""
    curves = (run.train, run.val, *(other.val for other in run.other_sets))
    losses = {curve.tag for curve in curves if curve is not None}
    score = run.score.tag if run.score else None
    return [curve.tag.text for curve in run.metrics if curve.tag not in losses and curve.tag != score]


def _listing(tags: Sequence[str]) -> str:
    if not tags:
        return ""
    return f"; others: {', '.join(tags[:_MAX_TAGS])}{', …' if len(tags) > _MAX_TAGS else ''}"


def _skipped(snapshot: Snapshot) -> Iterator[str]:
    yield f"files not read: {len(snapshot.skipped)}"
    for file in snapshot.skipped:
        yield f"  {file.path}: {file.reason}"
    if snapshot.settings:
        yield f"files read as settings: {len(snapshot.settings)}"
        yield from (f"  {path}" for path in snapshot.settings)


def _plugins() -> Iterator[str]:
    from lossmon.sources.plugins import Plugins

    plugins = Plugins()
    names = ", ".join(factory.name for factory in plugins.factories)
    broken = f"; not working: {', '.join(plugins.failures)}" if plugins.failures else ""
    yield f"plug-ins: {names or 'none'}{broken}"


def _environment(snapshot: Snapshot, style: Style, no_gpu: bool) -> Iterator[str]:
    yield f"changes detected by: {snapshot.change_detection}"
    size = shutil.get_terminal_size()
    colour = "colour" if style.colour else "no colour"
    kind = "terminal" if sys.stdout.isatty() else "output: not a terminal"
    term = os.environ.get("TERM", "not set")
    yield f"{kind}: TERM {term}, {size.columns}x{size.lines}, {colour}, {sys.stdout.encoding}"
    yield _characters(style)
    yield f"GPU: {'skipped (--no-gpu)' if no_gpu else _gpus()}"


def _characters(style: Style) -> str:
    """Return a line with the characters that the screen draws with, to see whether the font has them."""
    from lossmon.tui.charts.glyphs import ASCII, BLOCKS, UNICODE
    from lossmon.tui.terminal.abilities import has_small_font

    if not style.unicode:
        return f"characters: {ASCII.sample}, because of the encoding"
    if has_small_font(os.environ):
        return f"characters: {BLOCKS.sample}, because the console has no braille"
    return f"characters: {UNICODE.sample} ●◐✓✕; if some look alike or are missing, try lossmon watch --ascii"


def _gpus() -> str:
    """Return the names of all GPUs, or why there are none."""
    from lossmon.gpu import GpuSampler

    with closing(GpuSampler()) as sampler:
        snapshot = sampler.wait_for_snapshot(_NVML_TIMEOUT)
    if snapshot is None:
        return f"NVML did not answer within {_NVML_TIMEOUT:g} s"
    return ", ".join(gpu.name for gpu in snapshot.gpus) or snapshot.reason
