from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lossmon.sources.settings_files import SettingsFiles

OLD = 1_700_000_000


def settings(*directories: Path) -> dict[str, str]:
    return dict(SettingsFiles([str(path) for path in directories]).read())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("hparams.yaml", "hidden: 256\nlr: 0.004\n", {"hidden": "256", "lr": "0.004"}),
        (".hydra/config.yaml", "optim:\n  lr: 0.1\n", {"optim.lr": "0.1"}),
        ("args.yaml", "imgsz: 64\nresume: null\n", {"imgsz": "64", "resume": "null"}),
        ("args.json", '{"lr": 0.1, "model": {"depth": 2}}', {"lr": "0.1", "model.depth": "2"}),
        ("config.json", '{"hidden_size": 64, "act": NaN}', {"hidden_size": "64", "act": "nan"}),
        (
            "files/config.yaml",
            "wandb_version: 1\n_wandb:\n  desc: null\n  value:\n    cli: 1\nlr:\n  desc: null\n  value: 0.1\n",
            {"lr": "0.1"},
        ),
    ],
)
def test_the_files_of_each_program_are_read(tmp_path: Path, name: str, text: str, expected: dict[str, str]) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert settings(tmp_path) == expected


def test_the_state_of_the_trainer_is_no_setting_and_its_history_may_be_long(tmp_path: Path) -> None:
    history = [{"step": step, "loss": 0.5} for step in range(9000)]
    state = {"epoch": 3.0, "log_history": history, "max_steps": 200, "train_batch_size": 16, "trial_name": None}
    (tmp_path / "trainer_state.json").write_text(json.dumps(state, indent=2))
    assert settings(tmp_path) == {"max_steps": "200", "train_batch_size": "16"}


def test_the_innermost_directory_and_the_most_specific_file_count(tmp_path: Path) -> None:
    inner = tmp_path / "version_0"
    inner.mkdir()
    (inner / "config.yaml").write_text("lr: 2\nbs: 2\n")
    (inner / "hparams.yaml").write_text("lr: 1\n")
    (tmp_path / "hparams.yaml").write_text("lr: 3\nseed: 3\n")
    assert settings(inner, tmp_path) == {"lr": "1", "bs": "2", "seed": "3"}


@pytest.mark.parametrize(
    "data", [b"\xff\xfe{", b"[" * 60_000, b'{"a": ' + b"9" * 5000 + b"}", b" " * 70_000 + b'{"a":1}']
)
def test_a_file_that_cannot_be_understood_has_no_settings(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "config.json").write_bytes(data)
    assert settings(tmp_path) == {}


def test_links_pipes_and_directories_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "config.yaml").write_text("lr: 1\n")
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").symlink_to(secret / "config.yaml")
    (run / ".hydra").symlink_to(secret)
    (run / "config.json").mkdir()
    os.mkfifo(run / "args.json")
    assert settings(run) == {}


def test_a_file_is_read_again_only_after_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("lr: 1\n")
    os.utime(tmp_path, (OLD, OLD))
    files, opened, original = SettingsFiles([str(tmp_path)]), list[object](), os.open

    def recorded_open(name: str, flags: int) -> int:
        opened.append(name)
        return original(name, flags)

    monkeypatch.setattr(os, "open", recorded_open)
    assert dict(files.read()) == dict(files.read()) == {"lr": "1"}
    assert opened == [str(path)]
    path.write_text("lr: 20\n")
    assert dict(files.read()) == {"lr": "20"}
    path.unlink()
    assert dict(files.read()) == {}
