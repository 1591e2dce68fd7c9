from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.scripted import START, run_view, snapshot

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation import run_text as words
from lossmon.presentation.step_to_epoch import epoch_of
from lossmon.tui.box import Box
from lossmon.tui.panes.loss_chart import compare_chart
from lossmon.tui.panes.verdict import headline
from lossmon.tui.panes.x_axis import Ruler, axis_notice, compared_axis, shared_axes
from lossmon.tui.reducers import over_next_axis
from lossmon.tui.settings import DisplayOptions
from lossmon.tui.state import Page, State, XAxis
from lossmon.tui.styled_text import plain


def stepping(epochs: list[float], tag: str = "epoch", *, timed: bool = True) -> RunSnapshot:
    """Return a run that counts steps and logs *epochs* at steps 10, 20, 30, …"""
    view = run_view()
    if not timed and view.train and view.val:
        silent = np.full(31, np.nan)
        view = replace(view, train=replace(view.train, wall=silent), val=replace(view.val, wall=silent))
    steps = np.arange(10, 10 * len(epochs) + 10, 10, dtype=np.float64)
    scalar = Curve(Name.of(tag), "step", steps, START + steps, np.array(epochs), len(epochs))
    assert view.history is not None
    return replace(view, history=replace(view.history, axis="step"), metrics=(*view.metrics, scalar))


def state(view: RunSnapshot, axis: XAxis = XAxis.COUNT, asked: str | None = None) -> State:
    options = DisplayOptions(x=asked)
    return State("runs/").read(snapshot(view)).chose(x_axis=axis, options=options)


@pytest.mark.parametrize("tag", ["epoch", "train/epoch"])
def test_a_run_that_counts_steps_tells_the_epoch_its_log_names(tag: str) -> None:
    view = stepping([0.0, 1.0, 2.0], tag)
    assert epoch_of(view, 20) == 1
    assert words.count(view, 25) == "step 25, epoch 1.5"
    assert words.count(view, 31) == "step 31"


def test_the_verdict_names_step_and_epoch() -> None:
    shown = "".join(text for text, _ in headline(stepping([0.0, 1.0])))
    assert "since step 10, epoch 0" in shown


@pytest.mark.parametrize("epochs", [[2.0, 1.0], [0.0, np.nan], []])
def test_a_scalar_that_falls_or_is_no_number_names_no_epoch(epochs: list[float]) -> None:
    assert epoch_of(stepping(epochs), 10) is None


def test_the_key_goes_through_the_axes_a_run_has() -> None:
    shown = state(stepping([0.0, 1.0, 2.0]))
    seen = []
    for _ in range(5):
        seen.append(shown.choices.x_axis)
        shown = over_next_axis(shown)
    assert seen == [XAxis.COUNT, XAxis.EPOCH, XAxis.ELAPSED, XAxis.CLOCK, XAxis.COUNT]


def test_a_run_without_the_axis_is_drawn_over_what_it_counts() -> None:
    ruler = Ruler.of(stepping([], timed=False), XAxis.ELAPSED)
    x = np.array([1.0, 2.0])
    assert (ruler.axis, ruler.label) == (XAxis.COUNT, "step")
    assert ruler.at(x, x * np.nan) is x


def test_points_stand_at_their_epoch() -> None:
    ruler = Ruler.of(stepping([0.0, 1.0, 2.0]), XAxis.EPOCH)
    np.testing.assert_array_equal(ruler.at(np.array([5.0, 10.0, 15.0]), np.zeros(3)), [np.nan, 0.0, 0.5])


@pytest.mark.parametrize(
    ("view", "axis", "asked", "notice"),
    [
        (run_view(), XAxis.COUNT, "step", "epoch; the log counts no steps"),
        (stepping([]), XAxis.EPOCH, "epoch", "step; the log does not say in which epoch it is"),
        (stepping([], timed=False), XAxis.ELAPSED, "time", "step; the log has no times"),
        (run_view(), XAxis.ELAPSED, "time", "time since the start"),
        (run_view(), XAxis.CLOCK, None, "time of day"),
    ],
)
def test_an_axis_that_cannot_be_had_is_said(view: RunSnapshot, axis: XAxis, asked: str | None, notice: str) -> None:
    assert axis_notice(state(view, axis, asked)) == notice


@pytest.mark.parametrize(
    ("views", "shared"),
    [
        ([run_view(), run_view()], (XAxis.COUNT, XAxis.ELAPSED, XAxis.CLOCK)),
        ([stepping([]), stepping([0.0, 1.0])], (XAxis.COUNT, XAxis.ELAPSED, XAxis.CLOCK)),
        ([run_view(), stepping([0.0, 1.0])], (XAxis.EPOCH, XAxis.ELAPSED, XAxis.CLOCK)),
        ([run_view(), stepping([])], (XAxis.ELAPSED, XAxis.CLOCK)),
        ([run_view(), stepping([], timed=False)], ()),
    ],
)
def test_runs_are_compared_over_what_all_of_them_know(views: list[RunSnapshot], shared: tuple[XAxis, ...]) -> None:
    assert shared_axes(views) == shared
    assert compared_axis(views, XAxis.COUNT) == (*shared, XAxis.COUNT)[0]


def compared(*views: RunSnapshot) -> State:
    named = [replace(view, name=Name.of(f"run-{at}")) for at, view in enumerate(views)]
    shown = State("runs/").read(snapshot(*named))
    return shown.chose(page=Page.COMPARE, marked=tuple(view.name for view in named))


def test_the_key_goes_through_the_axes_that_compared_runs_share() -> None:
    shown = over_next_axis(compared(run_view(), stepping([])))
    assert shown.choices.x_axis is XAxis.CLOCK
    assert over_next_axis(shown).choices.x_axis is XAxis.ELAPSED


@pytest.mark.parametrize("page", [Page.RUN, Page.COMPARE])
def test_where_there_is_no_other_axis_the_key_says_so(page: Page) -> None:
    shown = over_next_axis(compared(stepping([], timed=False)).chose(page=page))
    assert shown.choices.x_axis is XAxis.COUNT
    assert shown.notice.endswith("no other x axis")


def test_runs_without_a_common_axis_are_not_passed_off_as_if_they_had_one() -> None:
    mixed = compare_chart(compared(run_view(), stepping([], timed=False)), 80, 20, Box(sides=False))
    assert "epochs and steps on one axis" in plain(mixed.lines[0])
