from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.scripted import four_runs, gpus, run_view, snapshot

from lossmon.core.assessment import Advice
from lossmon.core.snapshot import RunStatus, Snapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.gpu import Gpu, GpuSnapshot
from lossmon.presentation.sorting import Sort, listed
from lossmon.tui.box import Box
from lossmon.tui.panes.compact import compact
from lossmon.tui.panes.comparison import compare_table
from lossmon.tui.panes.curves import loss_series, with_room
from lossmon.tui.panes.footer import footer, hint_at
from lossmon.tui.panes.gpu import gpu_line, gpu_lines
from lossmon.tui.panes.header_footer import header
from lossmon.tui.panes.metrics_grid import Grid
from lossmon.tui.panes.run_list import Sparks, entries, window
from lossmon.tui.panes.text_pages import help_page, timeline_page
from lossmon.tui.panes.verdict import headline, verdict_lines
from lossmon.tui.state import Page, State
from lossmon.tui.styled_text import Line, plain


def state_of(shown: Snapshot | None = None) -> State:
    return State("runs/", gpus=gpus()).read(shown or snapshot(*four_runs()))


def shown(lines: tuple[Line, ...]) -> list[str]:
    return [plain(line).rstrip() for line in lines]


@pytest.mark.parametrize(
    ("width", "right"),
    [
        (120, "4 runs · 1 diverged · 1 overfitting · 1 converged · 1 learning · 1 stalled   as of 22:35:14"),
        (100, "4 runs · 1 diverged · 1 overfitting · 1 converged · 1 learning · 1 stalled"),
        (80, "4 runs · 1 diverged · 1 overfitting · 1 stalled"),
        (60, "1 diverged · 1 overfitting · 1 stalled"),
        (40, "1 stalled"),
    ],
)
def test_the_header_gives_up_the_least_important_first(width: int, right: str) -> None:
    line = plain(header(state_of(), width)).rstrip()
    assert line.startswith(" lossmon  runs/ ")
    assert line.endswith(f"  {right}")


def test_a_silent_reader_is_the_last_thing_the_header_gives_up() -> None:
    silent = replace(state_of(), silent_since=1_700_000_000.0)
    assert plain(header(silent, 70)).rstrip().endswith("reader silent since 22:13:20")


def test_the_list_is_aligned_and_gives_up_the_curve_first() -> None:
    assert shown(entries(state_of(), 36, 2, 0, Sparks())) == [
        "▸ ✕ rnn      diverged e22    stalled",
        "▾ ● lstm-512 overfitting e10 █▃▁▁▁▂▂",
    ]
    assert shown(entries(state_of(), 30, 4, 0, Sparks())) == [
        "▸ ✕ rnn           diverged e22",
        "  ● lstm-512   overfitting e10",
        "  ✓ cnn-a            converged",
        "  ○ lstm-128          learning",
    ]


@pytest.mark.parametrize(
    ("top", "index", "count", "height", "expected"),
    [
        (0, 0, 4, 10, 0),
        (0, 12, 50, 10, 4),
        (3, 4, 50, 10, 3),
        (30, 4, 50, 10, 3),
        (0, 12, 50, 2, 11),
        (45, 49, 50, 10, 40),
        (9, 0, 0, 5, 0),
    ],
)
def test_the_list_scrolls_no_more_than_needed(top: int, index: int, count: int, height: int, expected: int) -> None:
    assert window(top, index, count, height) == expected


def test_a_lost_gpu_leaves_the_others_alone() -> None:
    lost = replace(gpus(), gpus=(Gpu(0, "NVIDIA H200", trouble="lost"), gpus().gpus[0]))
    lines = shown(gpu_lines(replace(state_of(), gpus=lost), 40))
    assert lines[0] == " 0 H200 lost"
    assert "93%" in lines[1]
    assert plain(gpu_line(replace(state_of(), gpus=lost), 12)) == "gpu lost 93%"


def test_what_a_gpu_does_not_say_is_left_out() -> None:
    bare = GpuSnapshot((Gpu(0, "X"),))
    assert shown(gpu_lines(replace(state_of(), gpus=bare), 40)) == [" 0 X    ?"]


def test_many_gpus_in_little_room_are_counted() -> None:
    many = GpuSnapshot(tuple(Gpu(at, "X", 50.0) for at in range(16)))
    assert plain(gpu_line(replace(state_of(), gpus=many), 14)) == "gpu 50% +15"


def test_advice_keeps_its_share_of_little_room() -> None:
    lines = shown(verdict_lines(run_view(), 70, 3))
    assert lines[0].startswith(" validation loss rose")
    assert lines[2].startswith(" Try: keep the epoch-10 checkpoint · dropout")


def test_reasons_are_given_where_there_is_room() -> None:
    lines = shown(verdict_lines(run_view(), 120, 9))
    assert " Try: keep the epoch-10 checkpoint, because validation was best there" in lines
    assert "  or: fewer units, because train still falls fast" in lines


def test_with_less_room_every_piece_keeps_a_line_and_the_first_its_reason() -> None:
    assert shown(verdict_lines(run_view(), 50, 8))[-4:] == [
        " Try: keep the epoch-10 checkpoint, because",
        "      validation was best there",
        "  or: dropout 0.2-0.5",
        "  or: fewer units",
    ]
    assert shown(verdict_lines(run_view(), 50, 7))[-3:] == [
        " Try: keep the epoch-10 checkpoint",
        "  or: dropout 0.2-0.5",
        "  or: fewer units",
    ]


def test_where_not_all_advice_fits_the_first_is_whole_and_the_rest_is_a_key_away() -> None:
    long = tuple(
        Advice(f"thing {number} that takes a whole line of the pane: call({number})", "so") for number in "abc"
    )
    view = run_view(advice=long)
    assert shown(verdict_lines(view, 60, 5))[-2:] == [
        " Try: thing a that takes a whole line of the pane: call(a)",
        "   …  2 more: t",
    ]
    told = shown(timeline_page(State("runs/").read(snapshot(view)), 70).body)
    assert "  or: thing c that takes a whole line of the pane: call(c), because so" in told


def test_a_tiny_screen_without_gpus_has_room_for_what_to_try() -> None:
    lines = shown(compact(State("runs/").read(snapshot(run_view())), 30, 4))
    assert lines[2:] == ["Try: keep the epoch-10", "     checkpoint · dropout …"]


def test_a_comparison_stands_in_columns_below_their_heads_and_gives_up_figures_before_names() -> None:
    state = State("runs/").read(snapshot(*four_runs()))
    state = state.chose(page=Page.COMPARE, marked=tuple(view.name for view in state.rows[:3]))
    walls = Box(joined=True, floor=True)
    assert shown(compare_table(state, 76, 6, walls))[:3] == [
        "├ ── run ──── verdict ─────────── best ─── last ──── gap ──────────────────┤",
        "│ ━━ rnn      diverged e22       0.361      NaN  unknown                   │",
        "│ ━━ lstm-512 overfitting e10    0.555    0.657    0.508                   │",
    ]
    assert shown(compare_table(state, 40, 6, walls))[:2] == [
        "├ ── run ──── verdict ─────────────────┤",
        "│ ━━ rnn      diverged e22             │",
    ]


def test_what_to_do_stands_out_from_why() -> None:
    (line,) = (line for line in verdict_lines(run_view(), 120, 9) if "keep the" in plain(line))
    assert [(text.strip(), style) for text, style in line[2:]] == [
        ("keep the epoch-10 checkpoint,", "advice"),
        ("because validation was best there", "muted"),
    ]


def test_a_verdict_without_evidence_says_what_it_means() -> None:
    view = replace(run_view(verdict=Verdict.CONVERGED), advice=(Advice("stop", "it is flat"),))
    assert shown(verdict_lines(view, 60, 4))[0] == f" {Verdict.CONVERGED.meaning}"


def test_a_hint_that_validation_may_turn_is_said_quietly() -> None:
    view = run_view(verdict=Verdict.LEARNING)
    watched = replace(view, assessment=replace(view.assessment, watch=True))
    assert plain(headline(watched)) == "learning · 97% sure · validation may be turning"


def test_rows_out_of_sight_are_announced_where_they_are() -> None:
    many = State("runs/").read(snapshot(*(run_view(f"run-{at}") for at in range(9)))).chose(selected=Name.of("run-4"))
    assert [line[:1] for line in shown(entries(many, 40, 4, 3, Sparks()))] == [*"▴▸ ▾"]
    assert [line[:1] for line in shown(entries(many, 40, 9, 0, Sparks()))] == [*"    ▸    "]


def test_the_newest_run_is_the_one_that_began_last_however_often_others_write() -> None:
    old = run_view("old")
    assert old.history is not None
    young = replace(
        run_view("young"), history=replace(old.history, wall=old.history.wall + 600), last_write=old.last_write
    )
    live = replace(old, last_write=(old.last_write or 0.0) + 9000)
    assert [view.name.text for view in listed([live, young], Sort.NEWEST, "")] == ["young", "old"]


def test_help_is_never_cut_however_narrow() -> None:
    for width in range(40, 130, 7):
        page = [plain(line) for line in help_page(width).body]
        assert not any("…" in line or len(line) > width for line in page)


def test_help_and_quit_are_always_offered() -> None:
    for width in (56, 80, 120):
        line = plain(footer(state_of(), width))
        assert "? help" in line
        assert "q quit" in line
        assert len(line) <= width


def test_the_hint_under_the_mouse_is_the_one_that_is_drawn_there() -> None:
    for page in Page:
        state = state_of().chose(page=page)
        line = plain(footer(state, 100))
        for text in ("smooth", "help", "quit"):
            if text in line:
                hint = hint_at(state, 100, line.index(text))
                assert hint is not None
                assert hint.text == text
        assert hint_at(state, 100, 0) is None


@pytest.mark.parametrize(
    ("room", "count", "grid"),
    [
        ((80, 32), 2, (2, 1, 40, 14)),
        ((80, 32), 99, (3, 5, 26, 6)),
        ((10, 3), 5, (1, 1, 10, 3)),
        ((80, 32), 0, (1, 1, 80, 14)),
    ],
)
def test_few_charts_are_drawn_larger(room: tuple[int, int], count: int, grid: tuple[int, int, int, int]) -> None:
    assert Grid.within(*room, count) == Grid(*grid)


def test_the_chosen_chart_is_always_in_the_grid() -> None:
    grid = Grid.within(80, 32, 99)
    for chosen in range(99):
        assert grid.first_row(chosen) <= chosen // grid.columns < grid.first_row(chosen) + grid.rows


def test_one_line_gives_up_the_gap_then_the_name_then_the_words() -> None:
    state = state_of(snapshot(run_view()))
    forms = [plain(compact(state, width, 1)[0]) for width in (40, 30, 20, 15, 5)]
    assert forms == [
        "lstm-512 OVERFITTING e10 gap 0.508 ▲",
        "lstm-512 OVERFITTING e10",
        "lst… OVERFITTING e10",
        "OVERFITTING e10",
        "●",
    ]


def test_a_stalled_run_says_so_where_its_curve_was() -> None:
    state = state_of(snapshot(run_view(status=RunStatus.STALLED)))
    assert shown(entries(state, 60, 1, 0, Sparks()))[0].endswith("stalled")


def test_a_curve_is_drawn_once_and_kept_while_it_is_visible() -> None:
    sparks = Sparks()
    state = state_of()
    before = entries(state, 60, 4, 0, sparks)
    after = entries(state, 60, 4, 0, sparks)
    assert before == after
    assert all(one[-1] is other[-1] for one, other in zip(before[1:], after[1:], strict=True))


def test_the_x_axis_of_a_growing_run_stays_put_while_the_curve_grows() -> None:
    ends = []
    for epochs in range(34, 65):
        view = run_view(epochs=epochs, of=None)
        ends.append(with_room(loss_series(view, State("runs/").choices), view))
    assert len(set(ends)) <= 5
    assert all(end is not None and epochs <= end[1] <= 1.25 * epochs for epochs, end in enumerate(ends, 34))


def test_a_finished_run_takes_the_whole_width() -> None:
    view = run_view(status=RunStatus.FINISHED)
    assert with_room(loss_series(view, State("runs/").choices), view) is None


@pytest.mark.parametrize("height", range(2, 12))
def test_no_line_of_the_verdict_is_empty_while_something_is_cut(height: int) -> None:
    advice = tuple(Advice(f"do thing number {number} at some length", "there is a reason") for number in range(3))
    told = [plain(line).strip() for line in verdict_lines(run_view(advice=advice), 60, height)]
    assert len(told) == height or not any(line.endswith("…") for line in told)
    assert all(told)
    assert any(line.startswith("Try:") for line in told)


@pytest.mark.parametrize("page", list(Page))
def test_the_footer_shows_whole_hints_at_any_width(page: Page) -> None:
    state = State("runs/").read(snapshot(run_view())).chose(page=page)
    for width in range(20, 200):
        hints = plain(footer(state, width))
        assert len(hints) <= width
        assert "…" not in hints
        assert hints.endswith("q quit")
