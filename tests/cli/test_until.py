from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.command_line import run_lossmon
from tests.support.evaluated import evaluated_run
from tests.support.training_logs import IMPROVING, OVERFITTING, keras_csv

from lossmon.cli.until import Until
from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot


def live(run: RunSnapshot) -> RunSnapshot:
    return replace(run, status=RunStatus.RUNNING)


def reached(until: Until, *runs: RunSnapshot, is_complete: bool = True) -> str:
    return until.reached(Snapshot(runs), is_complete=is_complete)


def test_a_condition_holds_as_soon_as_the_verdict_is_given_and_not_while_it_is_a_maybe() -> None:
    until = Until(["overfitting"], counts_ended=False)
    words = {length: evaluated_run(length=length).assessment.word for length in range(1, 31)}
    held = [length for length in words if reached(until, live(evaluated_run(length=length)))]
    assert held == [length for length, word in words.items() if word == "overfitting"]
    assert reached(until, live(evaluated_run())).startswith("lstm is overfitting since epoch 10 (val ")


def test_half_of_what_is_there_is_not_judged() -> None:
    until = Until(["overfitting"], counts_ended=True)
    assert reached(until, live(evaluated_run()), is_complete=False) == ""
    assert reached(until, replace(live(evaluated_run()), share_read=0.5)) == ""
    assert reached(until, live(evaluated_run())) != ""


@pytest.mark.parametrize("counts_ended", [True, False])
def test_a_run_that_had_ended_before_counts_only_if_it_is_asked_for(counts_ended: bool) -> None:
    until = Until(["overfitting"], counts_ended=counts_ended)
    assert bool(reached(until, evaluated_run(), live(evaluated_run("cnn", IMPROVING)))) is counts_ended


def test_a_run_that_ends_later_is_in_the_condition_ended() -> None:
    until, run = Until(["ended"], counts_ended=False), evaluated_run("cnn", IMPROVING)
    assert reached(until, live(run)) == ""
    assert reached(until, run).startswith("cnn has ended at epoch 30 (")


@pytest.mark.parametrize(
    ("losses", "condition", "code"),
    [
        (OVERFITTING, "overfitting", 0),
        (OVERFITTING, "diverged,overfitting", 0),
        (IMPROVING, "overfitting", 1),
        (IMPROVING, "ended", 0),
    ],
)
def test_the_exit_code_says_whether_the_condition_was_reached(losses: list[float], condition: str, code: int) -> None:
    result = run_lossmon("tail", "-", "--until", condition, stdin=keras_csv(losses))
    assert result.returncode == code
    assert ("stdin.log is overfitting since epoch 9" in result.stderr) is (losses is OVERFITTING)


def test_tail_exits_while_the_training_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "training.log"
    log.write_text(keras_csv(OVERFITTING[:8]))
    with subprocess.Popen(
        [sys.executable, "-m", "lossmon", "tail", str(tmp_path), "--until", "overfitting", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        log.write_text(keras_csv(OVERFITTING))
        assert b"is overfitting since epoch 9" in program.stderr.read()
        assert program.wait(10) == 0
