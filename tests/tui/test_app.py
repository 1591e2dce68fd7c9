from __future__ import annotations

import threading

import numpy as np
import pytest
from tests.support.screen import MIDDLE, SMALL, TINY, WIDE, app_of, canvas_of, rows, shown, text, until
from tests.support.scripted import ScriptedSource, four_runs, gpus, run_snapshot, snapshot
from textual.events import MouseScrollDown

from lossmon.core.snapshot import RunStatus, SkippedFile, Snapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.gpu import GpuSnapshot
from lossmon.presentation.axes import XAxis
from lossmon.presentation.numbers import format_value
from lossmon.tui.app import MonitorApp, run
from lossmon.tui.settings import DisplayOptions, Page


async def test_the_screen_shows_which_run_overfits_since_when_how_badly_and_what_to_try() -> None:
    async with shown(snapshot(run_snapshot()), gpus=gpus()) as pilot:
        screen = text(pilot)
        assert "1 run · 1 overfitting" in screen
        assert "overfitting since epoch 10 · moderate · 97% sure" in screen
        assert "lstm-512 · keras · epoch 31/50 · 42 s/epoch · 13 min left" in screen
        assert "18 times" in screen
        assert "Try: keep the epoch-10 checkpoint, because validation was best there" in screen
        assert "93%  61/139G 71° 612W" in screen
        assert "★" in screen
        assert "╎ e10" in screen


async def test_a_single_run_has_the_whole_width_with_gpus_beside_the_verdict_and_no_list() -> None:
    async with shown(snapshot(run_snapshot()), gpus=gpus()) as pilot:
        assert rows(pilot)[1].startswith("┌ ● lstm-512 · keras")
        assert "┌ runs" not in text(pilot)
        line = next(row for row in rows(pilot) if "├ overfitting since" in row)
        assert "├ gpu ─" in line


async def test_a_list_appears_with_the_second_run() -> None:
    async with shown(snapshot(run_snapshot()), snapshot(*four_runs())) as pilot:
        assert "┌ runs" in text(pilot)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 10), (24, 4)])
async def test_without_a_gpu_driver_no_line_is_used_for_gpus_and_the_info_page_says_why(size: tuple[int, int]) -> None:
    none = GpuSnapshot(reason="no NVIDIA driver on this machine", has_driver=False)
    async with shown(snapshot(*four_runs()), size=size, gpus=none) as pilot:
        assert "gpu" not in text(pilot).lower()
        await pilot.press("i", "G")
        assert size[1] < 24 or "no NVIDIA driver on this machine" in text(pilot)


@pytest.mark.parametrize("width", [100, 110, 120])
async def test_a_smoothed_chart_says_so_first_in_its_title(width: int) -> None:
    async with shown(snapshot(*four_runs()), size=(width, 30)) as pilot:
        await pilot.press("j", "s")
        assert "smoothed 0.3" in rows(pilot)[1]
        assert "epoch 31/50" in rows(pilot)[1]


async def test_the_gap_of_a_zoomed_curve_is_that_at_its_right_end() -> None:
    view = run_snapshot()
    assert view.history is not None
    assert view.history.val is not None
    assert view.history.train is not None
    async with shown(snapshot(view)) as pilot:
        await pilot.press("+", "+")
        frame = canvas_of(pilot).chart.drawn.frame
        assert frame is not None
        at = np.flatnonzero(view.history.x <= frame.high)[-1]
        then = float(view.history.val[at] - view.history.train[at])
        (strip,) = (row for row in rows(pilot) if row.startswith("│gap"))
        assert format_value(then) in strip
        assert "▲" not in strip


async def test_at_80x24_list_chart_gap_gpu_and_verdict_are_shown() -> None:
    async with shown(snapshot(*four_runs()), size=MIDDLE, gpus=gpus()) as pilot:
        await pilot.press("j")
        screen = text(pilot)
        for part in (
            "▸ ● lstm-512",
            "╎ e10",
            "\ngap ",
            "\n gpu 93%  61/139G",
            "─ overfitting since epoch 10",
            "Try: keep",
        ):
            assert part in screen


async def test_at_40x10_each_run_has_a_line_and_one_sparkline_gap_and_gpu_are_shown() -> None:
    async with shown(snapshot(*four_runs()), size=SMALL, gpus=gpus()) as pilot:
        await pilot.press("j")
        lines = rows(pilot)
        assert lines[0].startswith("  ✕ rnn      diverged e22    stalled")
        assert lines[1].startswith("▸ ● lstm-512 overfitting e10")
        assert lines[-3].startswith(" val   █")
        assert lines[-2].startswith(" gap ")
        assert lines[-2].endswith("0.508 ▲")
        assert lines[-1] == " gpu 93%  61/139G ·   0%   0/139G"


async def test_at_24x4_verdict_gap_and_gpu_are_shown() -> None:
    async with shown(snapshot(run_snapshot()), size=TINY, gpus=gpus()) as pilot:
        assert rows(pilot)[:3] == ["lstm-512 OVERFITTING e10", "gap 0.508 ▲ 0.031/epoch", "gpu 93% 0%"]


async def test_a_single_line_shows_the_verdict() -> None:
    async with shown(snapshot(run_snapshot()), size=(24, 1)) as pilot:
        assert rows(pilot) == ["lstm-512 OVERFITTING e10"]


async def test_the_screen_follows_the_size_of_the_terminal() -> None:
    async with shown(snapshot(*four_runs()), gpus=gpus()) as pilot:
        for size in (SMALL, (1, 1), (300, 80), TINY, MIDDLE, WIDE):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(rows(pilot)) == size[1]
        assert "┌ runs ─" in text(pilot)


async def test_runs_in_trouble_are_listed_first_and_shown_first() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        names = [line[5:14].strip() for line in rows(pilot)[3:7]]
        assert names == ["rnn", "lstm-512", "cnn-a", "lstm-128"]
        assert "diverged since epoch 22" in text(pilot)


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("", "rnn"),
        ("j", "lstm-512"),
        ("jj", "cnn-a"),
        ("G", "lstm-128"),
        ("Gk", "cnn-a"),
        ("Gg", "rnn"),
        ("k", "rnn"),
        ("jjjjjj", "lstm-128"),
    ],
)
async def test_the_keys_of_vim_choose_a_run(keys: str, name: str) -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        await pilot.press(*keys)
        current = app_of(pilot).state.shown_run
        assert current is not None
        assert current.name.text == name


async def test_the_shown_run_is_read_first() -> None:
    source: ScriptedSource[Snapshot] = ScriptedSource(snapshot(*four_runs()))
    app = MonitorApp(source, None, "runs/", DisplayOptions())
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.state.snapshot is not None)
        await pilot.press("down")
        assert [name.text for name in source.preferred] == ["rnn", "lstm-512"]


async def test_a_chosen_run_stays_chosen_when_another_gets_worse() -> None:
    source: ScriptedSource[Snapshot] = ScriptedSource(
        snapshot(run_snapshot("a", Verdict.LEARNING), run_snapshot("b", Verdict.LEARNING))
    )
    app = MonitorApp(source, None, "runs/", DisplayOptions())
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.state.snapshot is not None)
        await pilot.press("j", "k")
        worse = snapshot(run_snapshot("a", Verdict.LEARNING), run_snapshot("b", Verdict.DIVERGED))
        source.put(worse)
        await until(pilot, lambda: app.state.snapshot is worse)
        assert [view.name.text for view in app.state.listed_runs] == ["b", "a"]
        assert app.state.shown_run is not None
        assert app.state.shown_run.name.text == "a"


async def test_a_filter_narrows_the_list_while_it_is_typed_and_escape_clears_it() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        await pilot.press("slash", *"lstm")
        assert "/lstm" in rows(pilot)[-1]
        assert [view.name.text for view in app_of(pilot).state.listed_runs] == ["lstm-512", "lstm-128"]
        await pilot.press("backspace", "x", "x")
        assert "no run matches" in text(pilot)
        await pilot.press("escape")
        assert len(app_of(pilot).state.listed_runs) == 4


async def test_letters_typed_into_a_filter_run_no_commands() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        await pilot.press("slash", "q", "m", "enter")
        state = app_of(pilot).state
        assert pilot.app.is_running
        assert (state.view.run_filter, state.view.page, state.view.typing) == ("qm", Page.RUN, False)


async def test_every_scalar_is_reachable() -> None:
    tags = [f"layer{number}/norm" for number in range(40)]
    async with shown(snapshot(run_snapshot(extra=tags))) as pilot:
        await pilot.press("m")
        assert "42 of 42 metrics" in text(pilot)
        await pilot.press("G")
        assert "▸ layer39/norm" in text(pilot)
        await pilot.press("slash", *"layer17", "enter")
        assert "1 of 42 metrics · /layer17" in text(pilot)
        await pilot.press("enter")
        assert "lstm-512 · layer17/norm" in text(pilot)
        await pilot.press("escape", "escape", "escape")
        assert app_of(pilot).state.view.page is Page.RUN


async def test_marked_runs_are_compared_on_one_axis() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        await pilot.press("j", "space", "j", "space", "c")
        screen = text(pilot)
        assert "compare · 2 runs" in screen
        assert "━━ lstm-512 overfitting e10" in screen
        assert "━━ cnn-a    converged" in screen
        assert "━━ rnn" not in screen


async def test_seeds_become_one_row_and_are_compared_as_one_curve() -> None:
    seeds = [run_snapshot(f"lstm-seed{seed}", Verdict.LEARNING, seed=seed) for seed in (1, 2)]
    async with shown(snapshot(*seeds, run_snapshot("other"))) as pilot:
        await pilot.press("G")
        assert "lstm-seed* ×2" in text(pilot)
        await pilot.press("end", "space", "g", "space", "c")
        assert "━━ lstm-seed* ×2" in text(pilot)
        await pilot.press("escape", "G")
        assert "lstm-seed2" in text(pilot)


async def test_the_cursor_reads_values_off_the_curve() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("left", "left")
        assert "epoch 30  train 0.1644  val 0.6386" in text(pilot)
        await pilot.press("h", "l")
        assert "epoch 30" in text(pilot)
        await pilot.press("escape")
        assert app_of(pilot).state.view.cursor is None


async def test_l_changes_the_scale_while_nothing_is_moved() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("l")
        assert "log y" in text(pilot)
        await pilot.press("l")
        assert "log y" not in text(pilot)


async def test_the_x_axis_can_be_time() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("x")
        assert app_of(pilot).state.view.x_axis is XAxis.ELAPSED
        assert "20m" in text(pilot)
        await pilot.press("x")
        assert "22:30" in text(pilot)
        await pilot.press("x")
        assert app_of(pilot).state.view.x_axis is XAxis.COUNT


async def test_the_title_names_the_smoothing() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("s", "s")
        assert "smoothed 0.6" in text(pilot)


async def test_plus_zooms_in_and_0_shows_everything() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("plus")
        assert app_of(pilot).state.view.x_range == (9.0, 25.0)
        await pilot.press("greater_than_sign")
        assert app_of(pilot).state.view.x_range == (13.0, 29.0)
        await pilot.press("0")
        assert app_of(pilot).state.view.x_range is None


async def test_the_timeline_shows_when_the_verdict_changed() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("t")
        screen = text(pilot)
        assert "epoch 1 " in screen
        assert "epoch 14" in screen
        assert "verdicts as given live" in screen


async def test_skipped_files_are_listed_with_their_reason() -> None:
    skipped = tuple(SkippedFile(Name.of(f"runs/{at}/model.pt"), "no adapter claims it") for at in range(60))
    async with shown(snapshot(run_snapshot(), skipped=skipped), size=(120, 80)) as pilot:
        await pilot.press("i")
        assert "changes    inotify" in text(pilot)
        assert "60 files not read" in text(pilot)
        assert "no adapter claims it" in text(pilot)
        assert "more lines" in text(pilot)
        await pilot.press("G")
        assert "runs/59/model.pt" in text(pilot)


async def test_the_reasons_of_the_verdict_are_on_the_page_of_what_is_read() -> None:
    async with shown(snapshot(run_snapshot()), size=(120, 60)) as pilot:
        await pilot.press("i")
        for part in ("the curve", "evidence", "what would change the verdict", "what to try", "read from"):
            assert part in text(pilot)


async def test_the_help_page_opens_and_closes_with_its_key() -> None:
    async with shown(snapshot(run_snapshot()), size=(120, 50)) as pilot:
        await pilot.press("question_mark")
        screen = text(pilot)
        for meaning in ("mark a run", "compare", "filter", "smoothing", "timeline", "zoom", "quit", "● overfitting"):
            assert meaning in screen
        await pilot.press("question_mark")
        assert app_of(pilot).state.view.page is Page.RUN


async def test_a_click_chooses_a_run_and_a_click_on_a_hint_runs_its_action() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        await pilot.click(offset=(10, 5))
        assert app_of(pilot).state.shown_index == 2
        await pilot.click(offset=(rows(pilot)[-1].index("m metrics"), 35))
        assert app_of(pilot).state.view.page is Page.METRICS


async def test_a_click_on_the_chart_puts_the_cursor_at_the_evaluation_there() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.click(offset=(80, 10))
        assert app_of(pilot).state.view.cursor in range(20, 30)
        assert "epoch 2" in rows(pilot)[1]


async def test_the_wheel_moves_through_the_list() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        canvas = canvas_of(pilot)
        canvas.post_message(MouseScrollDown(canvas, 10, 5, 0, 1, 0, False, False, False))
        await pilot.pause()
        assert app_of(pilot).state.shown_index == 1


async def test_an_empty_directory_shows_what_is_awaited() -> None:
    async with shown(snapshot()) as pilot:
        assert "waiting for logs in runs/ ..." in text(pilot)


async def test_the_progress_of_a_long_first_read_is_shown() -> None:
    big = run_snapshot("big", Verdict.WARMING_UP, catching_up=0.43)
    async with shown(snapshot(big, run_snapshot("other", Verdict.LEARNING), catching_up=0.43)) as pilot:
        assert "reading 43 %" in rows(pilot)[0]
        assert "reading 43 %" in rows(pilot)[3]


async def test_an_unreadable_run_shows_the_reason() -> None:
    broken = run_snapshot("locked", Verdict.WARMING_UP, status=RunStatus.UNREADABLE, trouble=("permission denied",))
    async with shown(snapshot(broken, run_snapshot("other", Verdict.LEARNING))) as pilot:
        assert "? locked" in text(pilot)
        assert "unreadable" in rows(pilot)[3]
        assert "permission denied" in text(pilot)


@pytest.mark.parametrize(("status", "said"), [(RunStatus.STALLED, "stalled since 22:35:02"), (RunStatus.GONE, "gone")])
async def test_a_run_that_stopped_writing_is_marked(status: RunStatus, said: str) -> None:
    async with shown(snapshot(run_snapshot(status=status), run_snapshot("other", Verdict.LEARNING))) as pilot:
        assert status.value in rows(pilot)[3]
        assert said in rows(pilot)[1]
        assert "left" not in rows(pilot)[1]


async def test_a_run_without_validation_is_marked_as_such() -> None:
    async with shown(snapshot(run_snapshot("plain", Verdict.LEARNING, with_val=False))) as pilot:
        assert "no validation" in rows(pilot)[1]
        assert "\n gap" not in text(pilot)


async def test_the_reason_for_no_gpu_takes_one_line() -> None:
    async with shown(snapshot(run_snapshot()), gpus=GpuSnapshot((), "no NVIDIA driver")) as pilot:
        assert text(pilot).count("no NVIDIA driver") == 1


async def test_an_error_of_the_source_ends_the_application() -> None:
    source: ScriptedSource[Snapshot] = ScriptedSource(snapshot(run_snapshot()), ZeroDivisionError("in the reader"))
    app = MonitorApp(source, None, "runs/", DisplayOptions())

    async def watch() -> None:
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.failure is not None)

    with pytest.raises(ZeroDivisionError):
        await watch()
    assert app.return_code == 1


def test_run_raises_the_error_of_the_source_and_closes_both_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    source: ScriptedSource[Snapshot] = ScriptedSource(ZeroDivisionError("in the reader"))
    sampler = ScriptedSource(gpus())
    original = MonitorApp.run
    monkeypatch.setattr(MonitorApp, "run", lambda app, **options: original(app, headless=True, **options))
    with pytest.raises(ZeroDivisionError):
        run(source, sampler, "runs/")
    assert source.closed
    assert sampler.closed


class HangingSource(ScriptedSource[Snapshot]):
    """Returns one snapshot; the next read returns only when the source is closed, as on a dead file system."""

    def __init__(self, item: Snapshot) -> None:
        super().__init__(item)
        self._closed = threading.Event()

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        if self.reads:
            self._closed.wait(60)
        return super().wait_for_snapshot(timeout)

    def close(self) -> None:
        self._closed.set()


async def test_the_header_says_that_the_reader_does_not_return() -> None:
    source = HangingSource(snapshot(run_snapshot()))
    app = MonitorApp(source, None, "runs/", DisplayOptions(), max_silence=0.05, check_interval=0.01)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.state.reader_silent_since is not None)
        assert "reader not responding since" in rows(pilot)[0]
    source.close()


async def test_q_and_ctrl_c_quit() -> None:
    for key in ("q", "ctrl+c"):
        async with shown(snapshot(run_snapshot())) as pilot:
            await pilot.press(key)
            assert pilot.app.return_code == 0
