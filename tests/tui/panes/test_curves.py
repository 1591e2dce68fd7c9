from __future__ import annotations

from tests.support.scripted import run_snapshot

from lossmon.core.snapshot import RunStatus
from lossmon.tui.panes.curves import growing_x_range, loss_series
from lossmon.tui.state import State


def test_the_x_axis_of_a_growing_run_stays_put_while_the_curve_grows() -> None:
    ends = []
    for epochs in range(34, 65):
        run = run_snapshot(epochs=epochs, planned=None)
        ends.append(growing_x_range(loss_series(run, State("runs/").view), run))
    assert len(set(ends)) <= 5
    assert all(end is not None and epochs <= end[1] <= 1.25 * epochs for epochs, end in enumerate(ends, 34))


def test_a_finished_run_takes_the_whole_width() -> None:
    run = run_snapshot(status=RunStatus.ENDED)
    assert growing_x_range(loss_series(run, State("runs/").view), run) is None
