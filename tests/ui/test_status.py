from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import platformdirs
import pytest
from tests.ui.scripted import four_runs, run_view, snapshot

from lossmon.cli import main
from lossmon.commands import check
from lossmon.commands.status import fingerprint, in_tmux, parts_of
from lossmon.detector.verdict import Verdict
from lossmon.snapshot import RunView, Snapshot

ROWS = "epoch,loss,val_loss\n1,1.0,1.1\n2,0.9,1.0\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: tmp_path / "config")
    return tmp_path / "cache"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "a" / "training.csv"
    path.parent.mkdir(parents=True)
    path.write_text(ROWS)
    return path


@pytest.mark.parametrize(
    ("runs", "line"),
    [
        ((), "no runs"),
        (four_runs(), "rnn DIVERGED e22 · lstm-512 OVERFITTING e10 · 2 ok"),
        ((run_view("a", Verdict.LEARNING),), "a learning"),
        ((run_view("a", Verdict.LEARNING), run_view("b", Verdict.CONVERGED)), "2 ok"),
        (tuple(run_view(name) for name in "abc"), "a OVERFITTING e10 · b OVERFITTING e10 · 1 more in trouble"),
    ],
)
def test_the_worst_runs_come_first(runs: tuple[RunView, ...], line: str) -> None:
    assert " · ".join(text for text, _ in parts_of(snapshot(*runs))) == line


def test_a_name_cannot_act_on_tmux() -> None:
    assert in_tmux([("a#[fg=red] OVERFITTING", "overfitting"), ("1 ok", "")]) == (
        "#[fg=colour208]a##[fg=red] OVERFITTING#[default] · 1 ok"
    )


def test_an_unchanged_log_is_not_read_again(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[argparse.Namespace] = []

    def look(arguments: argparse.Namespace) -> Snapshot:
        looks.append(arguments)
        return snapshot(run_view())

    monkeypatch.setattr(check, "look", look)
    command = ["status", str(log.parent)]
    assert [main(command), main(command)] == [0, 0]
    assert len(looks) == 1
    log.write_text(f"{ROWS}3,0.8,0.9\n")
    assert main(command) == 0
    assert len(looks) == 2
    assert capsys.readouterr().out.splitlines() == ["lstm-512 OVERFITTING e10"] * 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": 1}', '{"state": "x", "parts": 3}', "\x00"])
def test_a_broken_memory_is_no_memory(log: Path, cache: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["status", str(log.parent)]
    main(command)
    (memory,) = (cache / "status").iterdir()
    memory.write_text(content)
    assert main(command) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == said[1]


def test_without_a_place_to_remember_it_still_answers(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.write_text("a file, no directory")
    assert main(["status", str(log.parent)]) == 0
    assert capsys.readouterr().out == "training.csv warming-up\n"


def test_any_change_below_a_path_changes_the_fingerprint(log: Path) -> None:
    seen = {fingerprint([str(log.parent)])}
    (log.parent / "new").write_text("x")
    seen.add(fingerprint([str(log.parent)]))
    os.utime(log, (1, 1))
    seen.add(fingerprint([str(log.parent)]))
    assert len(seen) == 3


def test_links_that_lead_in_a_circle_end(log: Path) -> None:
    (log.parent / "self").symlink_to(log.parent)
    (log.parent / "gone").symlink_to("nowhere")
    assert fingerprint([str(log.parent)])


def test_a_path_that_does_not_exist_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "no/such/place"]) == 2
    assert capsys.readouterr().err.startswith("lossmon: no/such/place: no such file or directory")


def test_a_remembered_line_costs_no_numpy(log: Path) -> None:
    code = "import sys; from lossmon.cli import main; main(sys.argv[1:]); sys.exit('numpy' in sys.modules)"
    env = {**os.environ, "XDG_CACHE_HOME": str(log.parent.parent / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    calls = [
        os.spawnve(os.P_WAIT, sys.executable, [sys.executable, "-c", code, "status", str(log.parent)], env)
        for _ in range(2)
    ]
    assert calls == [1, 0]
