"""That there is no validation is said in every view."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.scripted import run_snapshot, snapshot
from tests.support.trainer_states import CAUSES, write_state

from lossmon.cli import main
from lossmon.core.cause import Cause, causes_of
from lossmon.core.verdict import Verdict
from lossmon.presentation import remarks
from lossmon.report.events import EventLog, format_event
from lossmon.report.statusline import plain_line, status_line, summarize

WITHOUT = run_snapshot("gpt", Verdict.LEARNING, with_val=False)


def test_a_run_without_validation_is_remarked_upon() -> None:
    assert remarks.remark(WITHOUT) == "no validation: overfitting cannot be seen"
    assert (remarks.note(WITHOUT), remarks.mark(WITHOUT)) == ("no validation", "no val")
    assert remarks.remark(run_snapshot()) == ""


def test_the_event_of_tail_says_it() -> None:
    lines = [format_event(event) for event in EventLog().new_events(snapshot(WITHOUT), last_only=True)]
    assert any("LEARNING (no validation: overfitting cannot be seen)" in line for line in lines)


def test_the_status_line_says_it() -> None:
    assert plain_line(status_line([summarize(WITHOUT)])) == "gpt learning (no validation)"
    several = [WITHOUT, run_snapshot("a", Verdict.LEARNING)]
    assert plain_line(status_line([summarize(run) for run in several])) == "2 ok (1 no validation)"


def test_check_and_its_json_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = str(write_state(tmp_path, CAUSES["no-validation"]))
    assert main(["check", log]) == 0
    assert "no validation" in capsys.readouterr().out.splitlines()[1]
    assert main(["check", log, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["note"] == "no validation: overfitting cannot be seen"


@pytest.mark.parametrize("cause", list(Cause))
def test_a_mark_fits_into_a_narrow_list(cause: Cause) -> None:
    assert 0 < len(cause.mark) <= 9
    assert len(cause.note) <= 20


def test_the_most_important_cause_comes_first() -> None:
    assert causes_of(("no-validation", "zero-loss", "restarted"))[0] is Cause.ZERO_LOSS


def test_that_validation_may_start_to_rise_is_said_where_nothing_else_is() -> None:
    run = run_snapshot("a", Verdict.CONVERGED)
    watched = replace(run, assessment=replace(run.assessment, watch=True))
    assert remarks.note(watched) == remarks.remark(watched) == "validation may be starting to rise"
    assert remarks.note(replace(watched, higher_is_better=True)) == "validation may be starting to fall"
