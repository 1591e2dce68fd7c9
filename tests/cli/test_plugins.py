"""Formats that other packages add, as a user meets them. They are installed as pip would do it."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from tests.support.command_line import run_lossmon

CONTRIBUTING = Path(__file__).parents[2] / ".github" / "CONTRIBUTING.md"
KERAS = "epoch,loss,val_loss\n" + "".join(f"{epoch},{0.85**epoch},{0.7**epoch + 0.3}\n" for epoch in range(20))
FACTORY = """
from lossmon.sources.protocol import Match, Update

class Factory:
    name, schemes = "bad", frozenset({"file"})
    def match(self, location):
        return Match(99) if location.kind == "file" else None
    def open(self, location):
        return self
    def poll(self, budget):
        return Update()
    def watch_paths(self):
        return []
    def close(self):
        pass
"""


def documented_plugin() -> tuple[str, str]:
    """Return the module and the entry point that CONTRIBUTING shows."""
    blocks = re.findall(r"```(?:python|toml)\n(.*?)```", CONTRIBUTING.read_text(), re.DOTALL)
    (module,) = [block for block in blocks if block.startswith('"""lossmon plug-in')]
    (entry,) = [block for block in blocks if '"lossmon.sources"' in block]
    return module, entry.splitlines()[-1].replace('"', "")


class Machine:
    """A machine with a log, on which plug-ins can be installed."""

    def __init__(self, directory: Path) -> None:
        self._site, self.logs = directory / "site", directory / "logs"
        self.logs.mkdir()
        (self.logs / "training.log").write_text(KERAS)

    def install(self, code: str, entry: str) -> None:
        name, _, target = entry.partition(" = ")
        info = self._site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[lossmon.sources]\n{entry}\n")
        (self._site / f"{target.partition(':')[0]}.py").write_text(code)

    def lossmon(self, *arguments: str) -> CompletedProcess[str]:
        return run_lossmon(*arguments, str(self.logs), PYTHONPATH=os.pathsep.join([str(self._site), *sys.path]))

    def runs(self) -> dict[str, dict[str, object]]:
        result = self.lossmon("check", "--json")
        assert (result.returncode, result.stderr) == (0, "")
        return {run["run"]: run for run in json.loads(result.stdout)["runs"]}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_source_that_is_shown_to_contributors_reads_its_runs(machine: Machine) -> None:
    machine.install(*documented_plugin())
    rows = [(run, tag, step, 0.9**step) for run in "ab" for step in range(20) for tag in ("loss", "val_loss")]
    with closing(sqlite3.connect(machine.logs / "all#1.losses")) as database:
        database.execute("CREATE TABLE losses (run, tag, step, value)")
        database.executemany("INSERT INTO losses VALUES (?, ?, ?, ?)", rows)
        database.commit()
    runs = machine.runs()
    assert [(name, run["format"], run["evaluations"]) for name, run in runs.items()] == [
        ("all#1.losses/a", "losses", 20),
        ("all#1.losses/b", "losses", 20),
        ("training.log", "keras-csv", 20),
    ]
    assert "plug-ins: losses\n" in machine.lossmon("doctor", "--no-gpu").stdout


BROKEN = {
    "it cannot be imported": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "it ends the program": ("raise SystemExit(3)", "SystemExit: 3"),
    "it has no such class": ("", "AttributeError"),
    "it is no factory": ("class Factory: pass", "TypeError: bad_module:Factory makes no source factory"),
    "it cannot match": (FACTORY.replace("return Match(99)", "raise KeyError(1)  #"), "KeyError: 1"),
}


@pytest.mark.parametrize(("code", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_plugin_that_does_not_work_is_named_with_the_reason_and_the_logs_are_read(
    machine: Machine, code: str, reason: str
) -> None:
    machine.install(code, "broken = bad_module:Factory")
    result = machine.lossmon("check", "--json")
    report = json.loads(result.stdout)
    assert [run["run"] for run in report["runs"]] == ["training.log"]
    ((path, text),) = [(file["path"], file["reason"]) for file in report["skipped"]]
    assert (path, reason in text) == ("plug-in broken", True)
    assert reason in machine.lossmon("doctor", "--no-gpu").stdout


@pytest.mark.parametrize(
    ("line", "replacement"),
    [
        ("return self\n", "raise RuntimeError('bad news')\n"),
        ("return Update()", "raise RuntimeError('bad news')"),
        ("return Update()", "return 'bad news'"),
        ("return Update()", "return Update(['bad news'])"),
    ],
)
def test_a_source_that_fails_says_so_beside_its_run(machine: Machine, line: str, replacement: str) -> None:
    machine.install(FACTORY.replace(line, replacement), "bad = bad_module:Factory")
    (machine.logs / "a").mkdir()
    result = machine.lossmon("doctor", "--no-gpu")
    assert (result.returncode, result.stderr) == (0, "")
    assert "    plug-in bad: " in result.stdout
