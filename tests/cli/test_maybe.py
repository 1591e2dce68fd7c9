"""A verdict that is only a "maybe" is called so in every view, and fails no script."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.evaluated import evaluated_run
from tests.support.training_logs import keras_csv

from lossmon.cli import main
from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.core.verdict import Verdict
from lossmon.report.events import EventLog, format_event
from lossmon.report.statusline import plain_line, status_line, summarize
from lossmon.report.table import summary
from lossmon.tui.panes.text_pages import timeline_page
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain

RISING = [0.5 + 0.5 * 0.6**i + max(0, i - 6) * 0.004 for i in range(40)]


def first_maybe() -> RunSnapshot:
    """Return a run up to the first evaluation at which it may be overfitting."""
    runs = (evaluated_run("lstm", RISING, length) for length in range(5, len(RISING)))
    maybes = (run for run in runs if run.assessment.is_weak and run.assessment.verdict is Verdict.OVERFITTING)
    return next(maybes)


@pytest.fixture
def log(tmp_path: Path) -> str:
    run = first_maybe()
    path = tmp_path / "training.log"
    path.write_text(keras_csv(RISING[: len(run.val.value) if run.val else 0]))
    return str(path)


def test_fail_on_does_not_fail_for_a_maybe(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", log, "--fail-on", "overfitting"]) == 0
    assert "maybe overfitting" in capsys.readouterr().out
    assert main(["explain", log, "--fail-on", "overfitting"]) == 0
    assert "    maybe overfitting since epoch " in capsys.readouterr().out


def test_json_has_the_verdict_and_that_it_is_weak(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", log, "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert (run["verdict"], run["weak"], run["advice"]) == ("overfitting", True, [])
    assert (run["timeline"][-1]["verdict"], run["timeline"][-1]["weak"]) == ("overfitting", True)


def test_tail_says_maybe_and_says_when_it_is_none_any_more() -> None:
    maybe = first_maybe()
    log = EventLog()
    lines = [format_event(event) for event in log.new_events(Snapshot((maybe,)))]
    assert "  MAYBE OVERFITTING since epoch " in lines[-1]
    sure = replace(maybe, assessment=replace(maybe.assessment, is_weak=False))
    (line,) = [format_event(event) for event in log.new_events(Snapshot((sure,)))]
    assert "  OVERFITTING since epoch " in line


def test_counts_keep_a_maybe_apart() -> None:
    runs = (first_maybe(), evaluated_run("other"))
    assert summary(Snapshot(runs)) == "2 runs · 1 overfitting · 1 maybe overfitting"
    line = plain_line(status_line([summarize(run) for run in runs]))
    assert line.startswith("other OVERFITTING e")
    assert line.endswith(" · 1 ok (1 maybe overfitting)")


def test_the_timeline_says_maybe_and_when_it_became_sure() -> None:
    run = evaluated_run("lstm", RISING)
    words = [change.word for change in run.timeline]
    assert words[-2:] == ["maybe overfitting", "overfitting"]
    state = State("runs/").with_snapshot(Snapshot((run,)))
    assert any("  maybe overfitting  " in plain(line) for line in timeline_page(state, 80).body)
