from __future__ import annotations

import platform

import numpy as np
import pytest
from tests.support.processes import resident

from lossmon.core import memory

MEGABYTE = 1 << 20


def test_memory_is_left_as_it_is_where_the_c_library_cannot_give_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.release_freed_memory()
    monkeypatch.setattr(memory, "_libc", lambda: None)
    memory.release_freed_memory()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_arrays_that_are_freed_between_others_take_no_memory_any_more() -> None:
    large = np.ones(16 * MEGABYTE // 8)
    del large  # from now on glibc would keep smaller arrays in its heap
    memory.release_freed_memory()
    arrays = [np.ones(MEGABYTE // 8) for _ in range(40)]
    before = resident()
    del arrays[::2]
    assert before - resident() > 15 * MEGABYTE
