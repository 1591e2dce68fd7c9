"""``lossmon explain``: every number that it names stands in the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.trainer_states import CAUSES, IMPROVING, over_confident, write_state

from lossmon.cli import main
from lossmon.cli.parser import parser
from lossmon.tui.keymap import HELP_ROWS


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_state(tmp_path / "runs" / "bert", over_confident(IMPROVING))


def test_the_curve_is_shown_at_its_start_best_onset_and_now(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(log)]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if " step " in line and not line.lstrip().startswith("validation")]
    records = {record["step"]: record for record in over_confident(IMPROVING)}
    shown = [row for row in rows if row[0] in ("first", "best,", "best", "onset", "detected")]
    assert len(shown) >= 3
    for row in shown:
        at = row.index("step")
        step, train, val, gap, accuracy = row[at + 1 : at + 6]
        record = records[int(step)]
        assert (train, val) == (f"{record['loss']:.4g}", f"{record['eval_loss']:.4g}")
        assert (gap, accuracy) == (f"{record['eval_loss'] - record['loss']:.4g}", f"{record['eval_accuracy']:.4g}")


def test_json_holds_the_report_of_check_and_the_explanation(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(log), "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    explanation = run["explanation"]
    assert run["verdict"] == "overfitting"
    assert explanation["headline"].startswith("overfitting since step")
    names = {name for point in explanation["points"] for name in point["names"]}
    assert {"first", "best", "onset", "best accuracy", "now"} <= names
    assert explanation["terms"]
    assert all(change["text"] for change in explanation["changes"])


@pytest.mark.parametrize("cause", CAUSES)
def test_what_is_said_beside_the_verdict_is_said_here_too(
    cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_state(tmp_path / cause, CAUSES[cause])
    assert main(["check", str(log), "--json"]) == 0
    note = json.loads(capsys.readouterr().out)["runs"][0]["note"]
    assert main(["explain", str(log)]) == 0
    assert note in capsys.readouterr().out


def test_the_exit_codes_are_those_of_check(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(log), "--fail-on", "overfitting"]) == 1
    (tmp_path / "empty").mkdir()
    assert main(["explain", str(tmp_path / "empty")]) == 2
    assert main(["explain", str(tmp_path / "missing")]) == 2
    assert "no training log found" in capsys.readouterr().err


def test_help_names_the_command_and_the_screen_has_a_key_for_it() -> None:
    assert "lossmon explain" in parser().format_help()
    assert any("why this verdict" in row.help for row in HELP_ROWS)


def test_a_diverged_run_is_explained_by_its_range_and_not_by_what_would_be_overfitting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = [2 * 0.8**i + 0.2 for i in range(20)] + [40.0] * 12
    log = tmp_path / "training.log"
    log.write_text("\n".join(["epoch,loss,val_loss", *(f"{i},{loss},{2 * loss}" for i, loss in enumerate(losses)), ""]))
    assert main(["explain", str(log)]) == 0
    shown = capsys.readouterr().out
    assert "    diverged since epoch " in shown
    assert "  what speaks for the verdict\n    it has been outside the range that it had reached for 12 eval" in shown
    assert "what speaks for overfitting" not in shown
    assert main(["explain", str(log), "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["explanation"]["reasons"]
