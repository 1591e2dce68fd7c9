"""The log that the tests of readers of local files follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.follower import OLD


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a log that holds ``OLD``."""
    path = tmp_path / "log.csv"
    path.write_bytes(OLD)
    return path
