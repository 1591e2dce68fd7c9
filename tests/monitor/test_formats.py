"""lossmon treats a format as its adapter states, whatever its name or position in a list is."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from tests.support.decoding import DATA
from tests.support.scripted_format import ScriptedFormat, log_bytes

from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.sources.protocol import Adapter, RunLayout
from lossmon_adapters import BUILTIN


def read(root: Path, *adapters: Adapter) -> Snapshot:
    return Monitor([str(root)], adapters, MonitorSettings(once=True)).read_all()


def renamed(adapter: Adapter) -> Adapter:
    """Return a copy of *adapter* with another name."""
    other = copy.copy(adapter)
    object.__setattr__(other, "name", f"other {adapter.name}")
    return other


def description(run: RunSnapshot) -> dict[str, Any]:
    curves = {"train": run.train, "val": run.val}
    return {
        "name": run.name,
        "path": run.path,
        "format": run.format,
        "tags": {split: curve and curve.tag for split, curve in curves.items()},
        "points": {curve.tag: curve.logged_points for curve in run.metrics},
        "assessment": run.assessment,
        "advice": run.advice,
    }


def test_formats_in_another_order_and_with_other_names_give_the_same_runs() -> None:
    known = read(DATA, *BUILTIN)
    other = read(DATA, *(renamed(adapter) for adapter in reversed(BUILTIN)))
    expected = [{**description(run), "format": f"other {run.format}"} for run in known.runs]
    assert [description(run) for run in other.runs] == expected
    assert [file.path for file in other.skipped] == [file.path for file in known.skipped]


@pytest.mark.parametrize(("first", "second", "expected"), [(10, 20, "second"), (20, 10, "first"), (5, 5, "first")])
def test_of_two_formats_that_claim_a_file_the_one_with_the_higher_number_reads_it(
    tmp_path: Path, first: int, second: int, expected: str
) -> None:
    (tmp_path / "log").write_bytes(log_bytes(1, 4))
    (run,) = read(tmp_path, ScriptedFormat("first", first), ScriptedFormat("second", second)).runs
    assert run.format == expected


@pytest.mark.parametrize(("priority", "kept"), [(87, "other"), (85, "keras-csv")])
def test_of_two_logs_of_one_training_the_one_with_the_higher_number_is_kept(
    tmp_path: Path, priority: int, kept: str
) -> None:
    keras = next(adapter for adapter in BUILTIN if adapter.name == "keras-csv")
    assert keras.priority == 86

    class Other(ScriptedFormat):
        """The same tables under another name, which their files have to end in."""

        def claims(self, path: Any, head: bytes) -> bool:
            return bool(path.suffix == ".other")

        def decoder(self) -> Any:
            return keras.decoder()

    rows = [f"{epoch},{1 / (epoch + 1)},{1.1 / (epoch + 1)}\n" for epoch in range(8)]
    for name in ("a.csv", "b.other"):
        (tmp_path / name).write_text("epoch,loss,val_loss\n" + "".join(rows))
    snapshot = read(tmp_path, keras, Other("other", priority))
    assert [run.format for run in snapshot.runs] == [kept]
    assert [file.reason.partition(" as ")[0] for file in snapshot.skipped] == ["the same training"]


def test_an_adapter_that_states_nothing_else_reads_each_file_as_a_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(log_bytes(1, 4))
    assert [run.name.text for run in read(tmp_path, ScriptedFormat()).runs] == ["a", "b"]


def test_an_adapter_may_state_that_a_directory_is_a_run(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for name in ("a", "b"):
        (tmp_path / "run" / name).write_bytes(log_bytes(1, 4))
    (run,) = read(tmp_path, ScriptedFormat(run_layout=RunLayout.DIRECTORY)).runs
    assert (run.name.text, [curve.logged_points for curve in run.metrics]) == ("run", [4])


@pytest.mark.parametrize(
    ("tags", "framework"),
    [
        (["train/epoch_loss", "validation/epoch_loss"], "keras"),
        (["train_loss_epoch", "val_loss", "epoch"], "lightning"),
        (["train/loss", "train/epoch", "eval/loss"], "huggingface"),
        (["learn/Logloss", "test/Logloss"], "catboost"),
        (["Loss/train", "Loss/val"], "pytorch"),
    ],
)
def test_the_tags_of_an_event_file_show_which_framework_wrote_it(tags: list[str], framework: str) -> None:
    events = next(adapter for adapter in BUILTIN if adapter.name == "tensorboard")
    assert events.framework(tags) == framework


@pytest.mark.parametrize(
    ("log_format", "framework"),
    [
        ("hf-trainer", "huggingface"), ("lightning-csv", "lightning"), ("keras-csv", "keras"), ("fastai", "fastai"),
        ("ultralytics", "ultralytics"), ("mmengine", "mmengine"), ("csv", ""), ("text", ""),
    ],
)  # fmt: skip
def test_a_format_of_one_framework_states_it(log_format: str, framework: str) -> None:
    adapter = next(adapter for adapter in BUILTIN if adapter.name == log_format)
    assert adapter.framework([]) == framework
