from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.ui.screen import app_of, shown, until
from tests.ui.scripted import Script, four_runs, gpus, run_view, snapshot
from textual.strip import Strip

from lossmon.detector.verdict import Verdict
from lossmon.snapshot import Snapshot
from lossmon.ui.app import MonitorApp
from lossmon.ui.messages import Sampled
from lossmon.ui.options import Options
from lossmon.ui.pane import Pane
from lossmon.ui.pump import Pump


@contextmanager
def painted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str | None, int]]]:
    """Record every row that is rendered meanwhile: pane and line."""
    seen: list[tuple[str | None, int]] = []
    original = Pane.render_line

    def recording(pane: Pane, y: int) -> Strip:
        seen.append((pane.id, y))
        return original(pane, y)

    with monkeypatch.context() as patch:
        patch.setattr(Pane, "render_line", recording)
        yield seen


async def test_the_same_snapshot_again_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = four_runs()
    source: Script[Snapshot] = Script(snapshot(*runs))
    app = MonitorApp(source, None, "runs/", Options())
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.state.snapshot is not None)
        with painted(monkeypatch) as seen:
            asked = source.asked
            source.put(snapshot(*runs))
            await until(pilot, lambda: source.asked > asked)
        assert seen == []


async def test_only_rows_that_changed_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [run_view(f"run-{at}", Verdict.LEARNING) for at in range(5)]
    source: Script[Snapshot] = Script(snapshot(*others, run_view("z", Verdict.CONVERGED)))
    app = MonitorApp(source, None, "runs/", Options())
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.state.snapshot is not None)
        with painted(monkeypatch) as seen:
            later = snapshot(*others, run_view("z", Verdict.UNSTABLE, epochs=31))
            source.put(later)
            await until(pilot, lambda: app.state.snapshot is later)
        assert {pane for pane, _ in seen} <= {"header", "runs", "chart", "verdict"}
        assert len([row for pane, row in seen if pane == "header"]) == 1


async def test_a_new_gpu_sample_leaves_the_list_and_the_verdict_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(snapshot(*four_runs()), gpus=gpus()) as pilot:
        app = app_of(pilot)
        with painted(monkeypatch) as seen:
            busier = replace(gpus(), gpus=(replace(gpus().gpus[0], utilisation=41.0), gpus().gpus[1]))
            app.post_message(Sampled(busier))
            await until(pilot, lambda: app.state.gpus is busier)
        assert sorted(pane or "" for pane, _ in set(seen)) == ["chart", "gpu"]


async def test_nothing_is_painted_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(snapshot(run_view()), gpus=gpus()) as pilot:
        with painted(monkeypatch) as seen:
            app_of(pilot)._listen()
            for _ in range(5):
                await pilot.pause()
        assert seen == []


def test_a_pump_delivers_what_is_new_and_nothing_else() -> None:
    items: list[int | None] = [1, None, 2]
    got: list[int] = []
    told: list[Exception] = []
    done = threading.Event()

    def read(timeout: float) -> int | None:
        if not items:
            pump.stop()
            done.set()
            return None
        return items.pop(0)

    pump = Pump("test", read, got.append, told.append)
    pump.start()
    assert done.wait(5)
    pump.join(5)
    assert (got, told) == ([1, 2], [])


def test_a_pump_whose_read_fails_tells_it() -> None:
    told: list[Exception] = []
    problem = OSError("gone")

    def read(timeout: float) -> None:
        raise problem

    pump: Pump[None] = Pump("test", read, lambda item: None, told.append)
    pump.start()
    pump.join(5)
    assert told == [problem]
