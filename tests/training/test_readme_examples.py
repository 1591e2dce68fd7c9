"""The examples in README's page on trainings are right; those of callbacks run in .ci/frameworks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.made_parts import README, part

import lossmon

PAGE = README.read_text(encoding="utf-8").partition("## In your training\n")[2].partition("\n## ")[0]
BLOCKS = [
    re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.M)
]
(CALLBACKS,) = part("callbacks").findall(README.read_text(encoding="utf-8"))


def block(beginning: str) -> str:
    """Return the example that begins so."""
    (found,) = [one for one in BLOCKS if one.lstrip().startswith(beginning)]
    return found


def test_every_callback_has_an_example_with_options_that_exist() -> None:
    code = ast.parse(re.sub(r"^    ", "", CALLBACKS, flags=re.MULTILINE))
    used = [node.attr for node in ast.walk(code) if isinstance(node, ast.Attribute) and node.attr.endswith("Callback")]
    assert sorted(used) == sorted(lossmon._CALLBACKS)


def test_the_loop_runs_and_stops_what_has_diverged(capsys: pytest.CaptureFixture[str]) -> None:
    names = {"train_loss": float("nan"), "val_loss": float("nan")}
    exec(block("import lossmon"), names)
    assert capsys.readouterr().out.startswith("diverged")


def test_logs_are_read_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "log.csv").write_text("epoch,loss,val_loss\n1,0.9,1.0\n2,0.7,0.75\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lossmon.LoggedRun, "to_pandas", lambda run: run.train)  # pandas may not be installed
    exec(block("for run in").replace(".tail()", ""), {"lossmon": lossmon})
    assert capsys.readouterr().out.splitlines()[0].startswith("log.csv 0.75")
