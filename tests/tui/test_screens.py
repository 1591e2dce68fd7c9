from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from tests.support.screen import MIDDLE, SMALL, TINY, WIDE, app_of, until
from tests.support.scripted import ScriptedSource, four_runs, gpus, run_snapshot, snapshot
from textual.app import App
from textual.pilot import Pilot

from lossmon.core.snapshot import Snapshot
from lossmon.core.verdict import Verdict
from lossmon.tui.app import MonitorApp
from lossmon.tui.settings import DisplayOptions

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
        pytest.param(FOUR, WIDE, "j", DisplayOptions(), id="overfitting"),
        pytest.param(FOUR, WIDE, "", DisplayOptions(), id="diverged"),
        pytest.param(FOUR, WIDE, "j", DisplayOptions(theme="light"), id="light"),
        pytest.param(FOUR, MIDDLE, "j", DisplayOptions(), id="80x24"),
        pytest.param(FOUR, MIDDLE, "j", DisplayOptions(ascii=True, no_color=True), id="ascii"),
        pytest.param(FOUR, SMALL, "j", DisplayOptions(), id="40x10"),
        pytest.param(FOUR, TINY, "j", DisplayOptions(), id="24x4"),
        pytest.param(snapshot(), MIDDLE, "", DisplayOptions(), id="empty"),
        pytest.param(FOUR, WIDE, ["j", "space", "j", "space", "j", "space", "c"], DisplayOptions(), id="compare"),
        pytest.param(snapshot(run_snapshot(extra=NORMS)), WIDE, "mjl", DisplayOptions(), id="metrics"),
        pytest.param(
            snapshot(run_snapshot("new", Verdict.WARMING_UP, epochs=3)), MIDDLE, "", DisplayOptions(), id="warming-up"
        ),
    ],
)
def test_screen(
    snap_compare: Compare, shown: Snapshot, size: tuple[int, int], keys: str | list[str], options: DisplayOptions
) -> None:
    sampled = gpus()
    app = MonitorApp(ScriptedSource(shown), ScriptedSource(sampled), "runs/", options)

    async def run_before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app_of(pilot).state.snapshot is shown and app_of(pilot).state.gpus is sampled)
        await pilot.press(*keys)

    assert snap_compare(app, terminal_size=size, run_before=run_before)
