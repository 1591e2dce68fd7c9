from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.scripted import START, run_snapshot, snapshot

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation import run_text
from lossmon.presentation.axes import XAxis
from lossmon.presentation.run_axis import RunXAxis
from lossmon.runs.step_to_epoch import epoch_of
from lossmon.tui.box import Box
from lossmon.tui.panes.comparison import draw_comparison_chart
from lossmon.tui.panes.verdict import headline
from lossmon.tui.panes.x_axis import axis_notice, compared_axis, shared_axes
from lossmon.tui.reducers import change_x_axis, go_back, toggle_page
from lossmon.tui.settings import DisplayOptions, Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain


def stepping(epochs: list[float], tag: str = "epoch", *, timed: bool = True) -> RunSnapshot:
    """Return a run that counts steps and logs *epochs* at steps 10, 20, 30, …"""
    run = run_snapshot()
    if not timed and run.train and run.val:
        no_times = np.full(31, np.nan)
        run = replace(run, train=replace(run.train, wall_time=no_times), val=replace(run.val, wall_time=no_times))
    steps = np.arange(10, 10 * len(epochs) + 10, 10, dtype=np.float64)
    scalar = Curve(Name.of(tag), "step", steps, START + steps, np.array(epochs), len(epochs))
    assert run.history is not None
    return replace(run, history=replace(run.history, axis="step"), metrics=(*run.metrics, scalar))


def state(run: RunSnapshot, axis: XAxis = XAxis.COUNT, requested: str | None = None) -> State:
    options = DisplayOptions(x=requested)
    return State("runs/").with_snapshot(snapshot(run)).with_view(x_axis=axis, options=options)


@pytest.mark.parametrize("tag", ["epoch", "train/epoch"])
def test_a_run_that_counts_steps_shows_the_epoch_that_its_log_names(tag: str) -> None:
    run = stepping([0.0, 1.0, 2.0], tag)
    assert epoch_of(run, 20) == 1
    assert run_text.position_text(run, 25) == "step 25, epoch 1.5"
    assert run_text.position_text(run, 31) == "step 31"


def test_the_verdict_names_step_and_epoch() -> None:
    shown = "".join(text for text, _ in headline(stepping([0.0, 1.0])))
    assert "since step 10, epoch 0" in shown


@pytest.mark.parametrize("epochs", [[2.0, 1.0], [0.0, np.nan], []])
def test_a_scalar_that_falls_or_is_not_a_number_gives_no_epochs(epochs: list[float]) -> None:
    assert epoch_of(stepping(epochs), 10) is None


def test_the_key_cycles_through_the_axes_of_a_run() -> None:
    shown = state(stepping([0.0, 1.0, 2.0]))
    seen = []
    for _ in range(5):
        seen.append(shown.view.x_axis)
        shown = change_x_axis(shown)
    assert seen == [XAxis.COUNT, XAxis.EPOCH, XAxis.ELAPSED, XAxis.CLOCK, XAxis.COUNT]


def test_a_run_without_the_axis_is_drawn_over_what_it_counts() -> None:
    axis = RunXAxis.of(stepping([], timed=False), XAxis.ELAPSED)
    x = np.array([1.0, 2.0])
    assert (axis.axis, axis.unit) == (XAxis.COUNT, "step")
    assert axis.positions(x, x * np.nan) is x


def test_points_are_at_their_epoch() -> None:
    axis = RunXAxis.of(stepping([0.0, 1.0, 2.0]), XAxis.EPOCH)
    np.testing.assert_array_equal(axis.positions(np.array([5.0, 10.0, 15.0]), np.zeros(3)), [np.nan, 0.0, 0.5])


@pytest.mark.parametrize(
    ("run", "axis", "requested", "notice"),
    [
        (run_snapshot(), XAxis.COUNT, "step", "epoch; the log has no steps"),
        (stepping([]), XAxis.EPOCH, "epoch", "step; the log does not give the epoch"),
        (stepping([], timed=False), XAxis.ELAPSED, "time", "step; the log has no times"),
        (run_snapshot(), XAxis.ELAPSED, "time", "time since the start"),
        (run_snapshot(), XAxis.CLOCK, None, "time of day"),
    ],
)
def test_the_notice_names_the_axis_and_why_it_is_not_the_requested_one(
    run: RunSnapshot, axis: XAxis, requested: str | None, notice: str
) -> None:
    assert axis_notice(state(run, axis, requested)) == notice


@pytest.mark.parametrize(
    ("runs", "shared"),
    [
        ([run_snapshot(), run_snapshot()], (XAxis.COUNT, XAxis.ELAPSED, XAxis.CLOCK, XAxis.SHARE)),
        ([stepping([]), stepping([0.0, 1.0])], (XAxis.COUNT, XAxis.ELAPSED, XAxis.CLOCK, XAxis.SHARE)),
        ([run_snapshot(), stepping([0.0, 1.0])], (XAxis.EPOCH, XAxis.ELAPSED, XAxis.CLOCK, XAxis.SHARE)),
        ([run_snapshot(), stepping([])], (XAxis.ELAPSED, XAxis.CLOCK, XAxis.SHARE)),
        ([run_snapshot(), stepping([], timed=False)], (XAxis.SHARE,)),
        ([run_snapshot()], (XAxis.COUNT, XAxis.ELAPSED, XAxis.CLOCK)),
    ],
)
def test_runs_are_compared_over_an_axis_that_all_of_them_have(
    runs: list[RunSnapshot], shared: tuple[XAxis, ...]
) -> None:
    assert shared_axes(runs) == shared
    assert compared_axis(runs, XAxis.COUNT) == (*shared, XAxis.COUNT)[0]


def compared(*runs: RunSnapshot) -> State:
    named = [replace(run, name=Name.of(f"run-{at}")) for at, run in enumerate(runs)]
    shown = State("runs/").with_snapshot(snapshot(*named))
    return shown.with_view(page=Page.COMPARE, marked=tuple(run.name for run in named))


def test_the_key_cycles_through_the_axes_that_compared_runs_share() -> None:
    shown = change_x_axis(compared(run_snapshot(), stepping([])))
    assert shown.view.x_axis is XAxis.CLOCK
    shown = change_x_axis(shown)
    assert shown.view.x_axis is XAxis.SHARE
    assert change_x_axis(shown).view.x_axis is XAxis.ELAPSED


def test_percent_of_the_run_is_an_axis_of_comparisons_alone() -> None:
    shown = compared(run_snapshot(), stepping([])).with_view(x_axis=XAxis.SHARE)
    drawn = draw_comparison_chart(shown, 80, 20, Box(sides=False))
    assert [float(series.x[-1]) for series in drawn.series] == [62.0, 62.0]
    assert "% of the run" in "".join(map(plain, drawn.lines))
    for left in (toggle_page(shown, Page.COMPARE), go_back(shown), toggle_page(shown, Page.METRICS)):
        assert left.view.x_axis is XAxis.COUNT


@pytest.mark.parametrize("page", [Page.RUN, Page.COMPARE])
def test_where_there_is_no_other_axis_the_key_says_so(page: Page) -> None:
    shown = change_x_axis(compared(stepping([], timed=False)).with_view(page=page))
    assert shown.view.x_axis is XAxis.COUNT
    assert shown.notice.endswith("no other x axis")


def test_a_comparison_of_runs_without_a_common_axis_has_a_warning() -> None:
    steps = stepping([], timed=False)
    assert steps.history is not None
    negative = replace(steps, planned_end=None, history=replace(steps.history, x=steps.history.x - 99))
    mixed = draw_comparison_chart(compared(run_snapshot(), negative), 80, 20, Box(sides=False))
    assert "epochs and steps on one axis" in plain(mixed.lines[0])
