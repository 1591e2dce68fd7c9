from __future__ import annotations

from pathlib import Path

import pytest

from lossmon.cli import main


def test_doctor_lists_the_chosen_tags_and_the_files_that_are_not_read(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "model.pt").write_bytes(b"\x80\x02" * 4000)
    assert main(["doctor", str(runs), "--no-gpu"]) == 0
    output = capsys.readouterr().out
    assert "val:   val_loss (30 points, by epoch)" in output
    assert "model.pt: not a training log" in output


def test_files_that_are_read_as_settings_are_said_to_be_and_do_not_count_as_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{epoch},{0.9**epoch},{0.9**epoch + 0.1}\n" for epoch in range(12))
    (tmp_path / "history.csv").write_text(f"epoch,loss,val_loss\n{rows}")
    (tmp_path / "config.yaml").write_text("lr: 0.1\n")
    (tmp_path / "config.json").write_text("no settings")
    assert main(["doctor", str(tmp_path), "--no-gpu"]) == 0
    output = capsys.readouterr().out
    assert f"files read as settings: 1\n  {tmp_path / 'config.yaml'}\n" in output
    assert "config.json: not a training log" in output
    assert "config.yaml: not" not in output


FOLDS = [(epoch, 0.9**epoch, 0.9**epoch + 0.1) for _ in range(3) for epoch in range(1, 13)]
"""Three trainings of twelve epochs in one log, so that the validation curve is assembled from attempts."""


@pytest.mark.parametrize(
    ("more", "line"),
    [((), "2 tags in all"), (("lr", "acc"), "4 tags in all; others: acc, lr")],
)
def test_the_tags_listed_as_others_are_neither_train_nor_validation_loss(
    tmp_path: Path, more: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [",".join(map(str, (*row, *(0.5 for _ in more)))) for row in FOLDS]
    log = tmp_path / "folds.csv"
    log.write_text("\n".join([",".join(("epoch", "loss", "val_loss", *more)), *rows, ""]))
    assert main(["doctor", str(log), "--no-gpu"]) == 0
    assert f"    {line}\n" in capsys.readouterr().out


def test_the_tags_listed_as_others_are_right_for_captured_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "folds.log"
    log.write_text(
        "".join(f"Epoch {epoch}/12 - loss: {train:.4f} - val_loss: {val:.4f}\n" for epoch, train, val in FOLDS)
    )
    assert main(["doctor", str(log), "--no-gpu"]) == 0
    assert "    2 tags in all\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("term", "locale", "line"),
    [
        ("xterm-256color", "C.UTF-8", "try lossmon watch --ascii"),
        ("linux", "C.UTF-8", "because the console has no braille"),
        ("xterm-256color", "C", "because of the encoding"),
    ],
)
def test_doctor_shows_the_characters_that_the_screen_draws_with(
    runs: Path, term: str, locale: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("LC_ALL", locale)
    assert main(["doctor", str(runs), "--no-gpu"]) == 0
    (shown,) = (each for each in capsys.readouterr().out.splitlines() if each.startswith("characters: "))
    assert shown.endswith(line)
    assert ("⠑" in shown) == (line == "try lossmon watch --ascii")
