from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from tests.support.scripted import four_runs, run_snapshot

from lossmon.cli import main
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.verdict import Verdict
from lossmon.report.statusline import plain_line, status_line, summarize, tmux_line
from lossmon.report.statusline_cache import LinePart

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
        ((run_snapshot("a", Verdict.LEARNING),), "a learning"),
        ((run_snapshot("a", Verdict.LEARNING), run_snapshot("b", Verdict.CONVERGED)), "2 ok"),
        (tuple(run_snapshot(name) for name in "abc"), "a OVERFITTING e10 · b OVERFITTING e10 · 1 more in trouble"),
    ],
)
def test_the_most_urgent_runs_come_first(runs: tuple[RunSnapshot, ...], line: str) -> None:
    assert plain_line(status_line([summarize(run) for run in runs])) == line


def test_tmux_does_not_interpret_the_name_of_a_run() -> None:
    assert tmux_line([LinePart("a#[fg=red] OVERFITTING", "overfitting"), LinePart("1 ok", "")]) == (
        "#[fg=colour208]a##[fg=red] OVERFITTING#[default] · 1 ok"
    )


def damaged(cache_file: str) -> Iterator[str]:
    """Yield damaged forms of a cache file: empty, cut, or with one value replaced by another."""
    yield from ("", "{", "[]", "\x00", cache_file[:-9], "[" * 100_000)
    known = json.loads(cache_file)
    for key in known:
        for value in ("null", "3", '"x"', "[[]]", "[[1]]", '{"x": 1}', '[["x", 1, ["x"]]]'):
            yield json.dumps({**known, key: json.loads(value)})


@pytest.mark.parametrize("changed", [False, True])
def test_a_damaged_cache_is_ignored(
    log: Path, cache: Path, *, changed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["status", str(log.parent)]
    main(command)
    (file,) = (cache / "status").iterdir()
    for number, content in enumerate(damaged(file.read_text())):
        file.write_text(content)
        if changed:
            os.utime(log, (number, number))
        assert main(command) == 0
    assert set(capsys.readouterr().out.splitlines()) == {"training.csv warming-up"}


def test_the_line_is_printed_even_if_the_cache_cannot_be_written(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.write_text("a file, no directory")
    assert main(["status", str(log.parent)]) == 0
    assert capsys.readouterr().out == "training.csv warming-up\n"


def test_a_missing_path_gives_one_error_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "no/such/place"]) == 2
    assert capsys.readouterr().err.startswith("lossmon: no/such/place: no such file or directory")


def test_a_cached_line_is_printed_without_importing_numpy(log: Path) -> None:
    code = "import sys; from lossmon.cli import main; main(sys.argv[1:]); sys.exit('numpy' in sys.modules)"
    env = {**os.environ, "XDG_CACHE_HOME": str(log.parent.parent / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    exit_codes = [
        os.spawnve(os.P_WAIT, sys.executable, [sys.executable, "-c", code, "status", str(log.parent)], env)
        for _ in range(2)
    ]
    assert exit_codes == [1, 0]


def test_control_characters_in_the_cache_are_not_printed(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["status", str(log.parent)])
    (file,) = cache.rglob("*.json")
    known = json.loads(file.read_text())
    file.write_text(json.dumps({**known, "line": [["\x1b]0;title\x07\u202e", ""]]}))
    capsys.readouterr()
    assert main(["status", str(log.parent)]) == 0
    assert capsys.readouterr().out[:-1].isprintable()
