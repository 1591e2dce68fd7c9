from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.text import cell_width, sanitize
from lossmon.presentation.cells import crop, truncate

TEXTS = st.text(max_size=30).map(sanitize)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("val_loss", 8, "val_loss"),
        ("val_loss", 5, "val_…"),
        ("损失函数", 5, "损失…"),
        ("a b", 3, "a b"),
        ("a b", 0, ""),
    ],
)
def test_text_that_is_too_wide_ends_with_a_mark(text: str, width: int, shown: str) -> None:
    assert truncate(text, width) == shown


@given(TEXTS, st.integers(0, 40))
def test_truncated_text_fits_the_width(text: str, width: int) -> None:
    assert cell_width(truncate(text, width)) <= width


@given(TEXTS, st.integers(-1, 40))
def test_cropped_text_is_the_longest_start_that_fits(text: str, width: int) -> None:
    start = crop(text, width)
    assert text.startswith(start)
    assert cell_width(start) <= max(0, width)
    assert start == text or cell_width(text[: len(start) + 1]) > width
