from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from tests.support.scripted import four_runs, run_view

from lossmon.cli import main
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.verdict import Verdict
from lossmon.report.cards import summarize
from lossmon.report.statusline import in_tmux, parts_of

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
def test_the_worst_runs_come_first(runs: tuple[RunSnapshot, ...], line: str) -> None:
    assert " · ".join(text for text, _ in parts_of([summarize(view) for view in runs])) == line


def test_a_name_cannot_act_on_tmux() -> None:
    assert in_tmux([("a#[fg=red] OVERFITTING", "overfitting"), ("1 ok", "")]) == (
        "#[fg=colour208]a##[fg=red] OVERFITTING#[default] · 1 ok"
    )


def damaged(memory: str) -> Iterator[str]:
    """Yield what may be left of a memory: nothing, a part, or one of its values being another."""
    yield from ("", "{", "[]", "\x00", memory[:-9], "[" * 100_000)
    known = json.loads(memory)
    for key in known:
        for value in ("null", "3", '"x"', "[[]]", "[[1]]", '{"x": 1}', '[["x", 1, ["x"]]]'):
            yield json.dumps({**known, key: json.loads(value)})


@pytest.mark.parametrize("changed", [False, True])
def test_a_broken_memory_is_no_memory(
    log: Path, cache: Path, *, changed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["status", str(log.parent)]
    main(command)
    (memory,) = (cache / "status").iterdir()
    for number, content in enumerate(damaged(memory.read_text())):
        memory.write_text(content)
        if changed:
            os.utime(log, (number, number))
        assert main(command) == 0
    assert set(capsys.readouterr().out.splitlines()) == {"training.csv warming-up"}


def test_without_a_place_to_remember_it_still_answers(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.write_text("a file, no directory")
    assert main(["status", str(log.parent)]) == 0
    assert capsys.readouterr().out == "training.csv warming-up\n"


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


def test_what_somebody_else_put_into_the_cache_cannot_act(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["status", str(log.parent)])
    (file,) = cache.rglob("*.json")
    known = json.loads(file.read_text())
    file.write_text(json.dumps({**known, "line": [["\x1b]0;title\x07\u202e", ""]]}))
    capsys.readouterr()
    assert main(["status", str(log.parent)]) == 0
    assert capsys.readouterr().out[:-1].isprintable()
