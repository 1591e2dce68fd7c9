"""``lossmon doctor``: what lossmon sees, and why."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing

from lossmon.cli.config import configured
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.core.snapshot import Curve, RunSnapshot, Snapshot
from lossmon.report.style import Style


def run(arguments: argparse.Namespace) -> int:
    """Print what is found, and return 0."""
    arguments = configured(arguments)
    style = Style.of(sys.stdout)
    with closing(open_monitor(require_existing(arguments.paths), arguments)) as source:
        snapshot = source.read_all()
    for line in [*_runs(snapshot), *_skipped(snapshot), *_surroundings(snapshot, style, arguments.no_gpu)]:
        print(style.encodable(line))
    return 0


def _runs(snapshot: Snapshot) -> Iterator[str]:
    yield f"runs: {len(snapshot.runs)}"
    for view in snapshot.runs:
        yield f"  {view.name} ({view.format}, {view.path})"
        yield f"    train: {_tag(view.train)}"
        yield f"    val:   {_tag(view.val)}"
        others = [curve.tag.text for curve in view.metrics if curve not in (view.train, view.val)]
        yield f"    {len(view.metrics)} tags in all{_some(others)}"
        for trouble in (*_no_loss(view), *view.trouble):
            yield f"    {trouble}"


def _tag(curve: Curve | None) -> str:
    if curve is None:
        return "none found; choose it with --train or --val"
    return f"{curve.tag} ({curve.logged} points, by {curve.axis})"


def _some(names: list[str]) -> str:
    return f": {', '.join(names[:8])}{', …' if len(names) > 8 else ''}" if names else ""


def _no_loss(view: RunSnapshot) -> Iterator[str]:
    if view.history is None:
        yield "no tag looks like a loss, so nothing can be judged; name one with --train and --val"


def _skipped(snapshot: Snapshot) -> Iterator[str]:
    yield f"files not read: {len(snapshot.skipped)}"
    for one in snapshot.skipped:
        yield f"  {one.path}: {one.reason}"


def _surroundings(snapshot: Snapshot, style: Style, no_gpu: bool) -> Iterator[str]:
    yield f"changes are noticed by: {snapshot.watching}"
    size = shutil.get_terminal_size()
    colour = "colour" if style.colour else "no colour"
    yield (
        f"terminal: {os.environ.get('TERM', 'TERM is not set')}, {size.columns}x{size.lines}, {colour}, "
        f"{sys.stdout.encoding}, {'a terminal' if sys.stdout.isatty() else 'not a terminal'}"
    )
    yield f"GPU: {'not looked for' if no_gpu else _gpus()}"


def _gpus() -> str:
    from lossmon.gpu import GpuSampler

    with closing(GpuSampler()) as sampler:
        snapshot = sampler.wait_for_snapshot(3.0)
    if snapshot is None:
        return "NVML did not answer within 3 s"
    return ", ".join(gpu.name for gpu in snapshot.gpus) or snapshot.reason
