from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from tests.ui.screen import MIDDLE, SMALL, TINY, WIDE, app_of, until
from tests.ui.scripted import Script, four_runs, gpus, run_view, snapshot
from textual.app import App
from textual.pilot import Pilot

from lossmon.detector.verdict import Verdict
from lossmon.snapshot import Snapshot
from lossmon.ui.app import MonitorApp
from lossmon.ui.options import Options

NORMS = [f"layer{number}/norm" for number in range(11)]
FOUR = snapshot(*four_runs())


class Compare(Protocol):
    """The fixture of pytest-textual-snapshot."""

    def __call__(
        self,
        app: App[None],
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], Awaitable[None]],
    ) -> bool: ...


@pytest.mark.parametrize(
    ("shown", "size", "keys", "options"),
    [
        pytest.param(FOUR, WIDE, "j", Options(), id="overfitting"),
        pytest.param(FOUR, WIDE, "", Options(), id="diverged"),
        pytest.param(FOUR, WIDE, "j", Options(theme="light"), id="light"),
        pytest.param(FOUR, MIDDLE, "j", Options(), id="80x24"),
        pytest.param(FOUR, MIDDLE, "j", Options(ascii=True, no_color=True), id="ascii"),
        pytest.param(FOUR, SMALL, "j", Options(), id="40x10"),
        pytest.param(FOUR, TINY, "j", Options(), id="24x4"),
        pytest.param(snapshot(), MIDDLE, "", Options(), id="empty"),
        pytest.param(FOUR, WIDE, ["j", "space", "j", "space", "j", "space", "c"], Options(), id="compare"),
        pytest.param(snapshot(run_view(extra=NORMS)), WIDE, "mjl", Options(), id="metrics"),
        pytest.param(snapshot(run_view("new", Verdict.WARMING_UP, epochs=3)), MIDDLE, "", Options(), id="warming-up"),
    ],
)
def test_screen(
    snap_compare: Compare, shown: Snapshot, size: tuple[int, int], keys: str | list[str], options: Options
) -> None:
    sampled = gpus()
    app = MonitorApp(Script(shown), Script(sampled), "runs/", options)

    async def run_before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app_of(pilot).state.snapshot is shown and app_of(pilot).state.gpus is sampled)
        await pilot.press(*keys)

    assert snap_compare(app, terminal_size=size, run_before=run_before)
