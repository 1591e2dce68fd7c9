from __future__ import annotations

import math
import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.scripted import START, four_runs, gpus, run_snapshot, snapshot

from lossmon.core.assessment import Assessment
from lossmon.core.points import Axis
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, RunStatus, Snapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.gpu import Gpu, GpuSnapshot
from lossmon.tui.canvas import Canvas
from lossmon.tui.screen_layout import screen_layout
from lossmon.tui.settings import DisplayOptions, Page, ViewSettings
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain, width_of

SIZES = [
    (1, 1), (2, 1), (1, 5), (5, 2), (12, 3), (24, 4), (24, 6), (40, 10), (55, 13), (56, 14), (57, 30),
    (80, 24), (99, 20), (100, 19), (100, 20), (120, 36), (300, 80), (300, 2), (3, 80),
]  # fmt: skip
STATES = {
    "starting": State("runs/"),
    "empty": State("runs/").with_snapshot(snapshot()),
    "four": State("runs/", gpus=gpus()).with_snapshot(snapshot(*four_runs())),
    "many": State("runs/", gpus=gpus()).with_snapshot(snapshot(*(run_snapshot(f"run-{at}") for at in range(99)))),
    "no gpu": State("runs/", gpus=GpuSnapshot((), "no NVIDIA driver was found on this machine")).with_snapshot(
        snapshot(run_snapshot("a" * 256, with_val=False), run_snapshot("日本語" * 30))
    ),
}


def draw_screen(state: State, width: int, height: int) -> list[str]:
    """Return the whole screen as the canvas would paint it, without a terminal."""
    canvas = Canvas(state)
    cells = [[" "] * width for _ in range(height)]
    for name, rect in screen_layout(state, width, height).items():
        lines = canvas.panes[name].draw(state, rect)
        assert len(lines) <= rect.height, name
        for row, line in enumerate(lines):
            assert width_of(line) <= rect.width, (name, plain(line))
            text = plain(line)
            cells[rect.y + row][rect.x : rect.x + len(text)] = list(text)[: width - rect.x]
    return ["".join(row) for row in cells]


@pytest.mark.parametrize("page", list(Page))
@pytest.mark.parametrize("named", list(STATES))
def test_every_page_fits_every_size(named: str, page: Page) -> None:
    for width, height in SIZES:
        draw_screen(STATES[named].with_view(page=page, options=DisplayOptions(ascii=width == 80)), width, height)


@pytest.mark.parametrize("named", list(STATES))
@pytest.mark.parametrize("size", SIZES)
def test_panes_are_inside_the_terminal_and_do_not_overlap(named: str, size: tuple[int, int]) -> None:
    width, height = size
    for page in Page:
        taken: set[tuple[int, int]] = set()
        for rect in screen_layout(STATES[named].with_view(page=page), width, height).values():
            cells = {(x, y) for x in range(rect.x, rect.x + rect.width) for y in range(rect.y, rect.y + rect.height)}
            assert not cells & taken
            assert all(0 <= x < width and 0 <= y < height for x, y in cells)
            taken |= cells


def test_a_cut_is_always_marked() -> None:
    state = State("runs/").with_snapshot(
        snapshot(run_snapshot("a-name-that-is-much-too-long-for-the-list-of-runs-at-this-width"))
    )
    for width in range(8, 140, 3):
        for line in draw_screen(state, width, 24):
            for word in line.replace("│", " ").split():
                assert not word.startswith("a-name-that") or word.endswith(("…", "width", "─")), line


def test_the_list_is_no_wider_than_its_columns_need_and_leaves_more_than_half_to_the_chart() -> None:
    widths = {width: screen_layout(STATES["four"], width, 40)["runs"].width for width in (100, 120, 160, 200, 300)}
    assert all(taken <= width * 0.45 for width, taken in widths.items())
    assert widths[200] == widths[300] < 100


def test_the_left_column_is_filled_from_the_top_by_the_list_and_the_gpus() -> None:
    layout = screen_layout(STATES["four"], 120, 36)
    runs, gpu = layout["runs"], layout["gpu"]
    assert (runs.y, runs.y + runs.height, gpu.y + gpu.height) == (1, gpu.y, 35)
    assert not runs.box.floor
    assert gpu.box.floor


WORD = re.compile(r"[A-Za-z]{2,}")


@cache
def words() -> frozenset[str]:
    """Return every word that the screens of the four runs show where there is room."""
    states = [STATES["four"].with_view(page=page, selected=run.name) for page in Page for run in four_runs()]
    sizes = [(width, height) for width in (60, 130, 320) for height in (12, 90)]
    lines = [line for state in states for width, height in sizes for line in draw_screen(state, width, height)]
    return frozenset(word for line in lines for word in WORD.findall(line))


@settings(max_examples=150, deadline=None)
@given(st.integers(10, 220), st.integers(1, 70), st.sampled_from(list(Page)), st.sampled_from(four_runs()))
def test_no_word_is_cut_without_a_mark_at_any_size(width: int, height: int, page: Page, run: RunSnapshot) -> None:
    for line in draw_screen(STATES["four"].with_view(page=page, selected=run.name), width, height):
        for found in WORD.finditer(line):
            word, following = found[0], line[found.end() : found.end() + 1]
            is_beginning = any(whole.startswith(word) for whole in words())
            assert following == "…" or word.isupper() or word in words() or not is_beginning, line


OPTIONS = st.builds(
    DisplayOptions, ascii=st.booleans(), blocks=st.booleans(), color_depth=st.sampled_from([4, 8, 24])
)  # fmt: skip
AXES: list[Axis] = ["epoch", "step"]
any_float = st.one_of(st.floats(), st.sampled_from([0.0, math.inf, -math.inf, math.nan, 1e308, 5e-324, -1e308]))


@st.composite
def any_run(draw: st.DrawFn) -> RunSnapshot:
    """Draw a run of arbitrary numbers, consistent only in the lengths of its arrays."""
    count = draw(st.integers(0, 12))
    columns = [np.array(draw(st.lists(any_float, min_size=count, max_size=count))) for _ in range(3)]
    x = np.sort(np.array(draw(st.lists(st.floats(-1e9, 1e9), min_size=count, max_size=count)), dtype=np.float64))
    wall, train, val = columns
    axis = draw(st.sampled_from(AXES))
    index = st.one_of(st.none(), st.integers(0, 12))
    number = st.one_of(st.none(), any_float)
    assessment = Assessment(
        draw(st.sampled_from(list(Verdict))), None, draw(st.floats(0, 1)),
        onset=draw(index), detected=draw(index), best=draw(index),
        best_value=draw(number), gap=draw(number), gap_slope=draw(number), is_weak=draw(st.booleans()),
    )  # fmt: skip
    curve = Curve(Name.of("loss"), axis, x, wall, val, count)
    history = draw(
        st.sampled_from(
            [None, EvaluationHistory(axis, x, wall, train, val), EvaluationHistory(axis, x, wall, train, None)]
        )
    )
    name = Name.of(draw(st.text(max_size=20)))
    return RunSnapshot(
        name, name, "csv", curve, curve, history, assessment, (), ("a",), (), (curve,),
        last_write=draw(number), planned_end=draw(st.one_of(st.none(), st.integers(0, 9))),
        probabilities=draw(st.sampled_from([None, train, np.clip(val, 0, 1)])), restarts=draw(st.integers(0, 12)),
        earlier_attempts=(curve,) * draw(st.integers(0, 2)), status=draw(st.sampled_from(list(RunStatus))),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(any_run(), max_size=4), st.sampled_from(SIZES), st.sampled_from(list(Page)), any_float, OPTIONS)
def test_any_numbers_and_names_fit_the_screen(
    views: list[RunSnapshot], size: tuple[int, int], page: Page, used: float, options: DisplayOptions
) -> None:
    gpu = Gpu(0, "gpu", used, history=((START, used), (START + 1, used)))
    state = State("runs/", gpus=GpuSnapshot((gpu,)), view=ViewSettings(page=page, options=options))
    state = state.with_snapshot(Snapshot(tuple(views), taken_at=START))
    draw_screen(state.with_view(cursor=1.0, smoothing=0.6, marked=tuple(view.name for view in views)), *size)


@pytest.mark.parametrize("size", [(40, 10), (40, 6), (24, 4)])
def test_a_small_terminal_still_shows_every_compared_run(size: tuple[int, int]) -> None:
    runs = four_runs()
    state = STATES["four"].with_view(page=Page.COMPARE, marked=tuple(view.name for view in runs[:2]))
    screen = "\n".join(draw_screen(state, *size))
    assert screen.count("━━") == len(state.compared_runs) == 3
    assert ("compare" in screen) == (size[1] > 7)
