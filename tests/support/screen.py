"""The application in a headless terminal of a given size, and what is shown on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from tests.support.scripted import ScriptedSource
from textual.pilot import Pilot
from textual.strip import Strip

from lossmon.core.snapshot import Snapshot
from lossmon.gpu import GpuSnapshot
from lossmon.tui.app import MonitorApp
from lossmon.tui.canvas import Canvas
from lossmon.tui.settings import DisplayOptions

WIDE, MIDDLE, SMALL, TINY = (120, 36), (80, 24), (40, 10), (24, 4)
_MAX_ROUNDS = 2000


@asynccontextmanager
async def shown(
    *snapshots: Snapshot,
    size: tuple[int, int] = WIDE,
    gpus: GpuSnapshot | None = None,
    options: DisplayOptions | None = None,
    check_interval: float = 5.0,
) -> AsyncIterator[Pilot[None]]:
    """Run the application until it has painted the last of *snapshots*."""
    app = MonitorApp(
        ScriptedSource(*snapshots),
        None if gpus is None else ScriptedSource(gpus),
        "runs/",
        options or DisplayOptions(),
        check_interval=check_interval,
    )
    async with app.run_test(size=size) as pilot:
        if snapshots:
            await until(pilot, lambda: app.state.snapshot is snapshots[-1])
        if gpus is not None:
            await until(pilot, lambda: app.state.gpus is gpus)
        yield pilot


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the application work until *condition* is true."""
    for _ in range(_MAX_ROUNDS):
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.001)
    raise AssertionError("the condition did not become true")


def app_of(pilot: Pilot[None]) -> MonitorApp:
    return cast(MonitorApp, pilot.app)


def canvas_of(pilot: Pilot[None]) -> Canvas:
    return pilot.app.screen.query_one(Canvas)


def strips(pilot: Pilot[None]) -> list[Strip]:
    """Return the lines that Textual would write; it has no public way to ask for them."""
    return pilot.app.screen._compositor.render_strips()


def rows(pilot: Pilot[None]) -> list[str]:
    """Return the lines on the screen, without the blanks at their ends."""
    return [strip.text.rstrip() for strip in strips(pilot)]


def text(pilot: Pilot[None]) -> str:
    return "\n".join(rows(pilot))
