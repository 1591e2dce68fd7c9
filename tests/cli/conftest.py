from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.kept_training import Training
from tests.support.training_logs import keras_csv, write_two_runs


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A directory with a run ``lstm`` that overfits and a run ``cnn`` that does not."""
    return write_two_runs(tmp_path)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of six epochs."""
    path = tmp_path / "training.log"
    path.write_text(keras_csv([0.95**epoch for epoch in range(6)]))
    return path


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    made = Training(tmp_path)
    yield made
    for path in (made.state / "lossmon" / "runs").glob("*.json"):
        state = json.loads(path.read_text().splitlines()[1])
        if state["ended"] is None and state["pid"]:
            os.kill(state["pid"], signal.SIGKILL)
