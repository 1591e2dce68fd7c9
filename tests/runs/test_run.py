from __future__ import annotations

import pickle
from pathlib import Path, PurePath

from tests.support.decoding import find_adapter
from tests.support.logs import read_log, run_of_log
from tests.support.watched_monitor import Clock

from lossmon.core.snapshot import RunStatus
from lossmon.runs import Evaluator, Run

ROWS = "epoch,loss,val_loss\n" + "".join(f"{epoch},{0.85**epoch},{0.7**epoch + 0.3}\n" for epoch in range(20))


def run_of(path: Path, clock: Clock | None = None) -> Run:
    adapter = find_adapter(PurePath(path), path.read_bytes())
    assert adapter
    return run_of_log(read_log(path, adapter), clock or Clock())


def test_a_run_that_has_finished_holds_nothing_to_be_evaluated_further(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_text(ROWS)
    clock, written = Clock(), path.stat().st_mtime
    run = run_of(path, clock)
    live = run.snapshot(written)
    before = len(pickle.dumps(run))
    clock.now += 100_000
    finished = run.snapshot(written + 100_000)
    assert live
    assert finished
    assert live.history
    assert (live.status, finished.status) == (RunStatus.LIVE, RunStatus.FINISHED)
    assert live.assessment == finished.assessment
    evaluator = Evaluator()
    evaluator.evaluate(live.history)
    assert before - len(pickle.dumps(run)) > len(pickle.dumps(evaluator)) / 2


def test_a_run_is_stale_only_while_its_log_has_news(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_text(ROWS)
    run = run_of(path)
    assert not run.is_stale
    with path.open("a") as file:
        file.write("20,0.04,0.3\n")
    run.logs[0].log.poll()
    assert run.is_stale
    run.update()
    assert not run.is_stale
