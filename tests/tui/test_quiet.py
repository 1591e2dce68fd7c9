from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.support.screen import app_of, rows, shown, until
from tests.support.scripted import ScriptedSource, four_runs, gpus, run_snapshot, snapshot
from textual.events import Key
from textual.geometry import Region
from textual.pilot import Pilot

from lossmon.core.snapshot import Snapshot
from lossmon.core.verdict import Verdict
from lossmon.tui.app import MonitorApp
from lossmon.tui.canvas import Canvas
from lossmon.tui.panes.base import PaneRect
from lossmon.tui.panes.chart_pane import ChartPane
from lossmon.tui.reader import GpuSampled, ReaderThread
from lossmon.tui.settings import DisplayOptions
from lossmon.tui.state import State
from lossmon.tui.styled_text import Lines

HEADER, FOOTER = 0, 35


@contextmanager
def painted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Region]]:
    """Record every part of the screen that is painted meanwhile."""
    seen: list[Region] = []
    original = Canvas.refresh

    def recording(canvas: Canvas, *regions: Region) -> Canvas:
        seen.extend(regions or [Region(0, 0, *canvas.size)])
        return original(canvas, *regions)

    with monkeypatch.context() as patch:
        patch.setattr(Canvas, "refresh", recording)
        yield seen


def row_with(pilot: Pilot[None], part: str) -> int:
    return next(y for y, row in enumerate(rows(pilot)) if part in row)


async def test_an_equal_snapshot_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = four_runs()
    source: ScriptedSource[Snapshot] = ScriptedSource(snapshot(*runs))
    app = MonitorApp(source, None, "runs/", DisplayOptions())
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.state.snapshot is not None)
        with painted(monkeypatch) as seen:
            reads = source.reads
            source.put(snapshot(*runs))
            await until(pilot, lambda: source.reads > reads)
        assert seen == []


async def test_only_changed_rows_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [run_snapshot(f"run-{at}", Verdict.LEARNING) for at in range(5)]
    source: ScriptedSource[Snapshot] = ScriptedSource(snapshot(*others, run_snapshot("z", Verdict.CONVERGED)))
    app = MonitorApp(source, None, "runs/", DisplayOptions())
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.state.snapshot is not None)
        with painted(monkeypatch) as seen:
            later = snapshot(*others, run_snapshot("z", Verdict.UNSTABLE, epochs=31))
            source.put(later)
            await until(pilot, lambda: app.state.snapshot is later)
        assert {region.height for region in seen} == {1}
        painted_rows = [region.y for region in seen]
        assert painted_rows.count(HEADER) == 1
        assert FOOTER not in painted_rows


async def test_a_new_gpu_sample_paints_only_rows_with_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(snapshot(*four_runs()), gpus=gpus()) as pilot:
        app = app_of(pilot)
        with painted(monkeypatch) as seen:
            gpu_line, gpu_strip = (row_with(pilot, part) for part in ("0 H200", "│gpu "))
            busier = replace(gpus(), gpus=(replace(gpus().gpus[0], utilisation=41.0), gpus().gpus[1]))
            app.post_message(GpuSampled(busier))
            await until(pilot, lambda: app.state.gpus is busier)
        assert {region.y for region in seen} == {gpu_line, gpu_strip}


async def test_of_several_waiting_keys_only_the_final_state_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    original = ChartPane.draw

    def recording(pane: ChartPane, state: State, place: PaneRect) -> Lines:
        drawn.append(state.shown_run.name.text if state.shown_run else "")
        return original(pane, state, place)

    async with shown(snapshot(*four_runs())) as pilot:
        app = app_of(pilot)
        monkeypatch.setattr(ChartPane, "draw", recording)
        for _ in range(3):
            app.post_message(Key("j", "j"))
        await until(pilot, lambda: app.state.shown_index == 3)
    assert drawn == ["lstm-128"]


async def test_nothing_is_painted_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(snapshot(run_snapshot()), gpus=gpus(), check_interval=0.005) as pilot:
        with painted(monkeypatch) as seen:
            for _ in range(5):
                await pilot.pause(0.01)
        assert seen == []


def test_a_reader_thread_delivers_every_result_but_none() -> None:
    items: list[int | None] = [1, None, 2]
    results: list[int] = []
    errors: list[Exception] = []
    done = threading.Event()

    def read(timeout: float) -> int | None:
        if not items:
            thread.stop()
            done.set()
            return None
        return items.pop(0)

    thread = ReaderThread("test", read, results.append, errors.append)
    thread.start()
    assert done.wait(5)
    thread.join(5)
    assert (results, errors) == ([1, 2], [])


def test_a_reader_thread_reports_an_error_of_its_read() -> None:
    errors: list[Exception] = []
    problem = OSError("gone")

    def read(timeout: float) -> None:
        raise problem

    thread: ReaderThread[None] = ReaderThread("test", read, lambda item: None, errors.append)
    thread.start()
    thread.join(5)
    assert errors == [problem]
