"""The application in a terminal of a given size, and what stands on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from tests.support.scripted import Script
from textual.pilot import Pilot

from lossmon.core.snapshot import Snapshot
from lossmon.gpu import GpuSnapshot
from lossmon.tui.app import MonitorApp
from lossmon.tui.settings import DisplayOptions

WIDE, MIDDLE, SMALL, TINY = (120, 36), (80, 24), (40, 10), (24, 4)
_PATIENCE = 2000


@asynccontextmanager
async def shown(
    *snapshots: Snapshot,
    size: tuple[int, int] = WIDE,
    gpus: GpuSnapshot | None = None,
    options: DisplayOptions | None = None,
) -> AsyncIterator[Pilot[None]]:
    """Run the application until it has painted the last of *snapshots*."""
    source: Script[Snapshot] = Script(*snapshots)
    app = MonitorApp(source, None if gpus is None else Script(gpus), "runs/", options or DisplayOptions())
    async with app.run_test(size=size) as pilot:
        if snapshots:
            await until(pilot, lambda: app.state.snapshot is snapshots[-1])
        if gpus is not None:
            await until(pilot, lambda: app.state.gpus is gpus)
        yield pilot


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the application work until *holds*."""
    for _ in range(_PATIENCE):
        if holds():
            await pilot.pause()
            return
        await pilot.pause(0.001)
    raise AssertionError("it never came to hold")


def app_of(pilot: Pilot[None]) -> MonitorApp:
    return cast(MonitorApp, pilot.app)


def rows(pilot: Pilot[None]) -> list[str]:
    """Return the lines on the screen, without blanks at their ends."""
    return [strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()]


def text(pilot: Pilot[None]) -> str:
    return "\n".join(rows(pilot))
