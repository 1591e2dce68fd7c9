from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.scripted import four_runs, gpus, run_view, snapshot

from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.core.text import Name
from lossmon.gpu import Gpu, GpuProcess
from lossmon.tui.box import Box
from lossmon.tui.panes.gpu import gpu_lines
from lossmon.tui.panes.loss_chart import chart_pane
from lossmon.tui.panes.owners import trained_by
from lossmon.tui.state import State, ViewSettings
from lossmon.tui.styled_text import plain

HERE = Path.cwd()
RUNS = (*four_runs(), run_view("csv/metrics.csv", status=RunStatus.FINISHED))


def using(*paths: str) -> GpuProcess:
    return GpuProcess(4127, "python train.py", 61 << 30, tuple(str(HERE / path) for path in paths))


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (("runs/lstm-512/train/events.out.tfevents.1",), "lstm-512"),
        (("runs/csv/metrics.csv",), "csv/metrics.csv"),
        (("data/images.bin", "runs/rnn"), "rnn"),
        (("runs/cnn-a/events.1", "runs/rnn/events.1"), "rnn"),
        (("runs/cnn-a",), "cnn-a"),
        (("runs", "runs/lstm-51", "runs/lstm-5120/events.1", "", "/"), None),
        ((), None),
    ],
)
def test_a_process_trains_the_run_its_paths_lie_in_and_rather_one_that_still_grows(
    paths: tuple[str, ...], name: str | None
) -> None:
    found = trained_by(using(*paths), RUNS)
    assert (found.name.text if found else None) == name


def test_where_we_are_may_be_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert trained_by(using("runs/rnn"), [replace(run_view("x"), path=Name.of("never/seen"))]) is None


def shown(width: int, *processes: GpuProcess) -> str:
    state = State("runs/", gpus=replace(gpus(), gpus=(Gpu(0, "H200", processes=processes),)))
    return plain(gpu_lines(state.read(snapshot(*RUNS)), width)[1])


def test_the_run_stands_beside_the_process_and_before_its_memory() -> None:
    process = using("runs/lstm-512")
    assert shown(60, process) == "   └ python train.py (4127) lstm-512 61G"
    assert shown(36, process) == "   └ python train.py (4127) lstm-512"
    assert shown(30, process) == "   └ python t… (4127) lstm-512"
    assert shown(36, using()) == "   └ python train.py (4127) 61G"
    assert shown(16, process) == "   └ python… (4…"


def test_below_the_curves_stands_the_gpu_that_trains_the_run_though_another_is_busier() -> None:
    busy, idle = gpus().gpus
    busy = replace(busy, processes=())
    idle = replace(idle, utilisation=12.0, processes=(using("runs/lstm-512"),))

    def strip(gpu: Gpu) -> str:
        state = State(
            "runs/", gpus=replace(gpus(), gpus=(busy, gpu)), choices=ViewSettings(selected=Name.of("lstm-512"))
        )
        return plain(chart_pane(state.read(snapshot(*RUNS)), 80, 20, Box(sides=False)).lines[-1])

    assert strip(idle).rstrip().endswith("12%")
    assert strip(replace(idle, processes=())).rstrip().endswith("93%")


def test_two_processes_may_train_one_run() -> None:
    views: tuple[RunSnapshot, ...] = RUNS
    assert [trained_by(using(f"runs/rnn/rank{rank}.log"), views) for rank in range(2)] == [views[3], views[3]]
