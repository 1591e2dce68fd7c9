from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.tracker_databases import MLFLOW, add_losses, execute


@pytest.fixture
def mlflow(tmp_path: Path) -> Path:
    """Return MLflow's database with two runs and ten losses of the first."""
    path = tmp_path / "mlflow.db"
    execute(path, MLFLOW)
    add_losses(path, range(10))
    return path
