from __future__ import annotations

from tests.ui.scripted import run_view


def test_import() -> None:
    assert run_view()
