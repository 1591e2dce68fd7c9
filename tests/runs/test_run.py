from __future__ import annotations

import pickle
import re
from pathlib import Path, PurePath

import pytest
from tests.support.decoding import DATA, find_adapter
from tests.support.logs import read_log, run_of_log
from tests.support.watched_monitor import Clock

from lossmon.core.snapshot import RunStatus, Snapshot
from lossmon.presentation.explanation import explain, table_of_points
from lossmon.presentation.run_text import progress
from lossmon.report.events import EventLog, format_event
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
    assert (live.status, finished.status) == (RunStatus.RUNNING, RunStatus.ENDED)
    assert live.assessment == finished.assessment
    evaluator = Evaluator()
    evaluator.evaluate(live.history)
    assert before - len(pickle.dumps(run)) > len(pickle.dumps(evaluator)) / 2


def test_advice_to_stop_is_for_a_training_that_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    rows = "".join(f"{epoch},{0.8**epoch},{0.7**epoch + 0.02 * epoch}\n" for epoch in range(30))
    path.write_text(f"epoch,loss,val_loss\n{rows}")
    clock, written = Clock(), path.stat().st_mtime
    run = run_of(path, clock)
    live = run.snapshot(written)
    clock.now += 100_000
    finished = run.snapshot(written + 100_000)
    assert live
    assert finished
    assert live.advice[0].do.startswith("Stop here and keep the checkpoint of epoch ")
    assert finished.advice[0].do.startswith("Keep the checkpoint of epoch ")
    run.update()
    again = run.snapshot(written + 100_000)
    assert again
    assert again.advice == finished.advice


@pytest.mark.parametrize("log", ["text/xgboost.txt", "text/lightgbm.txt", "text/catboost.txt"])
def test_what_a_booster_counts_has_one_name_in_all_sentences(log: str) -> None:
    snapshot = run_of(DATA / log).snapshot(0.0)
    assert snapshot
    assert (snapshot.axis, snapshot.unit) == ("step", "round")
    table = " ".join(cell for row in table_of_points(explain(snapshot)) for cell in row)
    events = "\n".join(map(format_event, EventLog().new_events(Snapshot((snapshot,)))))
    advice = " ".join(f"{piece.do} {piece.because}" for piece in snapshot.advice)
    for text in (" ".join(snapshot.evidence), table, events, progress(snapshot)):
        assert "round" in text
    for text in (*snapshot.evidence, table, events, advice, progress(snapshot)):
        assert not re.search(r"\bsteps? \d", text)


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
