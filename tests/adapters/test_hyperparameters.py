"""The hyperparameters that logs of each tracker state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.decoding import DATA, event, field, new_decoder, record
from tests.support.tracker_databases import add_losses, execute, open_source, poll_all
from tests.support.wandb_log import numbers, wandb_log

from lossmon.core.hyperparameters import Hyperparameters
from lossmon.sources.abilities import SupportsRunInfo

PARAMS = "CREATE TABLE params (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));"


def stated(format_name: str, data: bytes) -> Hyperparameters:
    decoder = new_decoder(format_name)
    for start in range(0, len(data), 7):
        decoder.feed(data[start : start + 7])
    assert isinstance(decoder, SupportsRunInfo)
    infos = decoder.run_info
    return infos[""].hyperparameters if infos else ()


def hparams_event(*entries: bytes) -> bytes:
    """Return the record by which the plug-in says what a run was started with; an entry has a name and a value."""
    metadata = field(1, field(1, b"hparams") + field(2, field(3, b"".join(field(1, entry) for entry in entries))))
    return record(event(1.0, 0, field(1, b"_hparams_/session_start_info") + field(9, metadata)))


def test_event_files_state_numbers_texts_and_truth_values() -> None:
    values = {b"lr": field(2, 0.001), b"opt": field(3, b"adam"), b"amp": field(4, 1), b"x": b""}
    data = hparams_event(*(field(1, name) + field(2, value) for name, value in values.items()))
    assert stated("tensorboard", data) == (("lr", "0.001"), ("opt", "adam"), ("amp", "true"), ("x", "null"))


@pytest.mark.parametrize("content", [b"\xff" * 9, field(1, b"lr") + field(2, b"\x11\x00")])
def test_a_malformed_setting_is_left_out(content: bytes) -> None:
    assert stated("tensorboard", hparams_event(content)) == ()


def test_a_log_without_settings_states_none() -> None:
    assert stated("tensorboard", (DATA / "tensorboard" / "keras_train.tfevents").read_bytes()) == ()


def test_the_log_of_wandb_states_the_config_and_its_changes() -> None:
    assert ("lr", "0.001") in stated("wandb", (DATA / "trackers" / "run-3suil4v0.wandb").read_bytes())

    def setting(name: bytes, value: object) -> bytes:
        return field(1, field(1, name) + field(16, json.dumps(value).encode()))

    started = field(17, field(4, setting(b"lr", 0.1) + setting(b"model", {"depth": 3}) + setting(b"_wandb", {"a": 1})))
    changed = field(5, setting(b"lr", 0.2))
    assert dict(stated("wandb", wandb_log([started, numbers(0, loss=1.0), changed]))) == {
        "lr": "0.2",
        "model.depth": "3",
    }


def test_the_database_of_mlflow_states_the_parameters_of_each_run(mlflow: Path) -> None:
    execute(mlflow, f"{PARAMS} INSERT INTO params VALUES ('lr', '1e-3', 'a1'), ('lr', '0.5', 'b2')")
    add_losses(mlflow, [0], run="b2")
    source = open_source(mlflow)
    runs = {run: info for update in poll_all(source) for run, info in update.runs.items()}
    assert {run: info.hyperparameters for run, info in runs.items()} == {
        "a1": (("lr", "0.001"),),
        "b2": (("lr", "0.5"),),
    }
    execute(mlflow, "INSERT INTO params VALUES ('bs', '32', 'a1')")
    (update,) = poll_all(source)
    assert update.runs["a1"].hyperparameters == (("lr", "0.001"), ("bs", "32"))


def test_the_directory_of_mlflow_states_parameters(tmp_path: Path) -> None:
    run = tmp_path / "36a19d6a"
    for name in ("metrics", "params/model"):
        (run / name).mkdir(parents=True)
    (run / "meta.yaml").write_text("lifecycle_stage: active\n")
    (run / "metrics" / "loss").write_text("1700000000000 1.02 0\n")
    (run / "params" / "lr").write_text("0.0010")
    (run / "params" / "model" / "depth").write_text("3")
    (update,) = poll_all(open_source(run))
    assert update.runs[""].hyperparameters == (("lr", "0.001"), ("model/depth", "3"))
