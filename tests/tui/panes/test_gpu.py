from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.lines import stripped_texts
from tests.support.scripted import four_runs, gpus, run_snapshot, snapshot

from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.core.text import Name
from lossmon.gpu import Gpu, GpuProcess, GpuSnapshot
from lossmon.tui.box import Box
from lossmon.tui.panes.gpu import find_run_of_process, gpu_line, gpu_lines
from lossmon.tui.panes.loss_chart import draw_loss_chart
from lossmon.tui.settings import ViewSettings
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain

HERE = Path.cwd()
RUNS = (*four_runs(), run_snapshot("csv/metrics.csv", status=RunStatus.ENDED))


FOUR = State("runs/", gpus=gpus()).with_snapshot(snapshot(*four_runs()))


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
def test_the_run_of_a_process_contains_one_of_its_paths_and_preferably_still_grows(
    paths: tuple[str, ...], name: str | None
) -> None:
    found = find_run_of_process(using(*paths), RUNS)
    assert (found.name.text if found else None) == name


def test_the_current_directory_may_be_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert find_run_of_process(using("runs/rnn"), [replace(run_snapshot("x"), path=Name.of("never/seen"))]) is None


def process_text(width: int, *processes: GpuProcess) -> str:
    state = State("runs/", gpus=replace(gpus(), gpus=(Gpu(0, "H200", processes=processes),)))
    return plain(gpu_lines(state.with_snapshot(snapshot(*RUNS)), width)[1])


def test_a_process_line_shows_the_run_and_then_the_memory() -> None:
    process = using("runs/lstm-512")
    assert process_text(60, process) == "   └ python train.py (4127) lstm-512 61G"
    assert process_text(36, process) == "   └ python train.py (4127) lstm-512"
    assert process_text(30, process) == "   └ python t… (4127) lstm-512"
    assert process_text(36, using()) == "   └ python train.py (4127) 61G"
    assert process_text(16, process) == "   └ python… (4…"


def test_the_gpu_below_the_curves_is_the_one_of_the_run_even_if_another_is_busier() -> None:
    busy, idle = gpus().gpus
    busy = replace(busy, processes=())
    idle = replace(idle, utilisation=12.0, processes=(using("runs/lstm-512"),))

    def strip(gpu: Gpu) -> str:
        state = State("runs/", gpus=replace(gpus(), gpus=(busy, gpu)), view=ViewSettings(selected=Name.of("lstm-512")))
        return plain(draw_loss_chart(state.with_snapshot(snapshot(*RUNS)), 80, 20, Box(sides=False)).lines[-1])

    assert strip(idle).rstrip().endswith("12%")
    assert strip(replace(idle, processes=())).rstrip().endswith("93%")


def test_two_processes_may_train_one_run() -> None:
    runs: tuple[RunSnapshot, ...] = RUNS
    assert [find_run_of_process(using(f"runs/rnn/rank{rank}.log"), runs) for rank in range(2)] == [runs[3], runs[3]]


def test_a_lost_gpu_leaves_the_others_alone() -> None:
    lost = replace(gpus(), gpus=(Gpu(0, "NVIDIA H200", error="lost"), gpus().gpus[0]))
    lines = stripped_texts(gpu_lines(replace(FOUR, gpus=lost), 40))
    assert lines[0] == " 0 H200 lost"
    assert "93%" in lines[1]
    assert plain(gpu_line(replace(FOUR, gpus=lost), 12)) == "gpu lost 93%"


def test_readings_that_a_gpu_does_not_have_are_left_out() -> None:
    bare = GpuSnapshot((Gpu(0, "X"),))
    assert stripped_texts(gpu_lines(replace(FOUR, gpus=bare), 40)) == [" 0 X    ?"]


def test_many_gpus_in_little_room_are_counted() -> None:
    many = GpuSnapshot(tuple(Gpu(at, "X", 50.0) for at in range(16)))
    assert plain(gpu_line(replace(FOUR, gpus=many), 14)) == "gpu 50% +15"
