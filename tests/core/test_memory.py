from __future__ import annotations

import pytest

from lossmon.core import memory


def test_memory_is_left_as_it_is_where_the_c_library_cannot_give_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.release_freed_memory()
    monkeypatch.setattr(memory, "_libc", lambda: None)
    memory.release_freed_memory()
