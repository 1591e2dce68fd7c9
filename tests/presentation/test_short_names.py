from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.text import cell_width, sanitize
from lossmon.presentation.short_names import short_names, truncate_names

SEGMENTS = st.sampled_from(["a", "b", "runs", "logs", "version_0", "version_1", "Nov22_21-55-10_vm", "字"])
PATHS = st.lists(st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12, unique=True)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["hf/nan/runs/Nov22_21-55-10_vm", "keras/logs"], ["hf/nan", "keras"]),
        (["hf/r/runs/Nov22_21-55-10_vm", "hf/r/runs/Nov22_21-56-02_vm"], ["Nov22_21-55-10_vm", "Nov22_21-56-02_vm"]),
        (["pl/a/lightning_logs/version_0", "b"], ["pl/a", "b"]),
        (["a/lightning_logs/version_0", "a/lightning_logs/version_1", "b"], ["a/version_0", "a/version_1", "b"]),
        (["a/version_0", "a", "b"], ["a/version_0", "a", "b"]),
        (["logs/version_0"], ["version_0"]),
        (["x/y/one", "x/y/two"], ["one", "two"]),
        (["x/one"], ["x/one"]),
        ([], []),
    ],
)
def test_common_directories_are_left_out_while_names_stay_unique(names: list[str], shown: list[str]) -> None:
    assert list(short_names(tuple(names)).values()) == shown


@given(PATHS)
def test_short_names_are_unique(names: list[str]) -> None:
    short = short_names(tuple(names))
    assert list(short) == names
    assert len(set(short.values())) == len(names)


@pytest.mark.parametrize(
    ("names", "width", "shown"),
    [
        (["keras-tensorflow/lr_too_small", "b"], 20, ["keras-…/lr_too_small", "b"]),
        (["f_00_lr=0.1_2026-11-22", "f_01_lr=0.5_2026-11-22"], 16, ["f_00_…2026-11-22", "f_01_…2026-11-22"]),
        (["attempt1_smallval", "attempt2_smallval"], 14, ["…mpt1_smallval", "…mpt2_smallval"]),
        (["short", "as/it/is"], 8, ["short", "as/it/is"]),
    ],
)
def test_a_name_is_cut_where_it_stays_unique(names: list[str], width: int, shown: list[str]) -> None:
    assert list(truncate_names(tuple(names), width).values()) == shown


@given(st.lists(st.text(max_size=40).map(sanitize), max_size=6), st.integers(0, 30))
def test_a_cut_name_fits_the_width(names: list[str], width: int) -> None:
    assert all(cell_width(shown) <= width for shown in truncate_names(tuple(names), width).values())
