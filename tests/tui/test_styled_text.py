from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lossmon.core.text import sanitize, truncate
from lossmon.tui.box import Box
from lossmon.tui.styled_text import (
    Line,
    first_fit,
    fit,
    pad,
    paragraph,
    plain,
    shorten,
    spread,
    truncate_words,
    width_of,
    wrap,
    wrap_line,
)

words = st.text(max_size=40).map(sanitize)
lines = st.lists(st.tuples(words, st.sampled_from(["", "train"])), max_size=5).map(tuple)


@given(words, st.integers(-3, 50))
def test_cut_text_fits_and_ends_with_the_mark(text: str, width: int) -> None:
    shown = truncate(text, width)
    assert cell_len(shown) <= max(0, width)
    assert shown == text or width <= 0 or shown.endswith("…")


def test_text_is_cut_by_cells_with_a_mark() -> None:
    assert [
        truncate("accuracy", 8),
        truncate("accuracy", 5),
        truncate("损失函数", 6),
        truncate("abc", 1),
        truncate("abc", 0),
    ] == [*("accuracy", "accu…", "损失…", "…", "")]


@given(lines, st.integers(0, 60))
def test_a_fitted_line_fits_and_a_padded_one_fills(line: Line, width: int) -> None:
    assert width_of(fit(line, width)) <= width
    assert width_of(pad(line, width)) == width


@given(lines, st.integers(1, 60))
def test_a_line_that_is_cut_ends_with_the_mark(line: Line, width: int) -> None:
    fitted = fit(line, width)
    assert fitted == line or plain(fitted).endswith("…")


@given(words, st.integers(1, 30))
def test_wrapping_loses_no_word_that_fits(text: str, width: int) -> None:
    rows = list(wrap(text, width))
    assert all(cell_len(row) <= width for row in rows)
    if all(cell_len(word) <= width for word in text.split()):
        assert " ".join(rows).split() == text.split()


def test_a_sentence_is_cut_between_words() -> None:
    assert truncate_words("validation loss rose, then fell", 24) == "validation loss rose …"


def test_words_keep_their_roles_when_a_line_is_wrapped() -> None:
    first, second = wrap_line((("lower the rate,", "advice"), (" because it swings", "muted")), 16, 2, lead="Try: ")
    assert first == (("Try: ", "muted"), ("lower the", "advice"))
    assert second == (("     ", "muted"), ("rate", "advice"), (" …", "muted"))


def test_a_paragraph_is_indented_under_its_lead_and_a_cut_is_marked() -> None:
    shown = paragraph("lower the learning rate ten times", 16, 2, lead="Try: ")
    assert [plain(line) for line in shown] == ["Try: lower the", "     learning …"]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (30, "run · epoch 31 · fast"),
        (21, "run · epoch 31 · fast"),
        (20, "run · epoch 31 …"),
        (15, "run · epoch 31…"),
        (4, "run…"),
        (3, "ru…"),
    ],
)
def test_a_title_loses_whole_spans_first_and_says_so(width: int, shown: str) -> None:
    assert plain(shorten((("run", ""), (" · epoch 31", ""), (" · fast", "")), width)) == shown


def test_two_ends_of_a_line_never_touch() -> None:
    left: Line = (("left", ""),)
    right: Line = (("right", ""),)
    assert plain(spread(left, right, 12)) == "left   right"
    assert plain(spread(left, right, 10)) == "left"


def test_first_fit_returns_the_longest_form_that_fits() -> None:
    forms: list[Line] = [(("overfitting", ""),), (("over", ""),), (("o", ""),)]
    assert [plain(first_fit(forms, width)) for width in (11, 10, 3, 0)] == ["overfitting", "over", "o", ""]


def test_joined_boxes_share_a_rule() -> None:
    upper, lower = Box(), Box(joined=True, floor=True)
    rows = [
        *upper.around((("runs", ""),), ((("a", ""),),), 12, 3),
        *lower.around((("gpu", ""),), (), 12, 3),
    ]
    assert [plain(row) for row in rows] == [
        "┌ runs ────┐",
        "│a         │",
        "│          │",
        "├ gpu ─────┤",
        "│          │",
        "└──────────┘",
    ]


@given(lines, st.integers(0, 30), st.integers(0, 6), st.booleans(), st.booleans())
def test_a_box_has_exactly_the_given_size(title: Line, width: int, height: int, sides: bool, floor: bool) -> None:
    rows = Box(sides=sides, floor=floor).around(title, (), width, height)
    assert len(rows) == height or not sides
    assert all(width_of(row) <= max(width, 2) for row in rows)
