from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lossmon.core.text import MAX_DISPLAY_LENGTH, Name, cell_width, crop, sanitize, truncate

WIDENED_IN_UNICODE_16 = {
    chr(code)
    for first, last in ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D376))
    for code in range(first, last + 1)
}
"""Trigrams, hexagrams and counting rods: one cell in the tables of Python before 3.14, two in those of Rich."""

HOSTILE = {
    "osc 52": "\x1b]52;c;cHduZWQ=\x07loss",
    "clear screen": "loss\x1b[2J",
    "c1": "loss\x9b2J",
    "string terminator": "\x1b]0;title\x1b\\",
    "delete": "lo\x7fss",
    "newline": "loss\nrm -rf",
    "bidi": "loss\u202egnp.exe",
    "isolate": "\u2066loss\u2069",
    "zero width": "lo\u200bss",
    "joiner": "👩\u200d💻",
    "variation": "☁\ufe0f",
    "surrogate": "loss\ud800",
    "tag": "loss\U000e0041",
}


@pytest.fixture(scope="module")
def every_character_sanitized() -> str:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    return sanitize(everything, max_length=len(everything))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_control_and_format_characters_are_replaced_one_for_one(text: str) -> None:
    shown = sanitize(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    assert len(shown) == len(text)


def test_of_all_unicode_no_control_format_or_unassigned_character_is_left(every_character_sanitized: str) -> None:
    forbidden = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    assert not any(unicodedata.category(char) in forbidden for char in every_character_sanitized)


def test_of_several_combining_marks_on_a_letter_one_is_left() -> None:
    assert sanitize("e\u0301" + "loss") == "e\u0301loss"
    assert sanitize("e" + "\u0301" * 500).count("\u0301") == 1


@given(st.text())
def test_sanitized_text_can_be_encoded_and_stays_the_same_when_sanitized_again(text: str) -> None:
    shown = sanitize(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in shown)
    shown.encode("utf-8")
    assert sanitize(shown) == shown


@pytest.mark.parametrize("name", ["train/loss", "loss[0]", "[/x]", "Verlust für α", "损失", "[@click=app.quit]loss"])
def test_unusual_but_safe_names_are_unchanged(name: str) -> None:
    assert Name.of(name).text == name


def test_a_name_of_a_megabyte_is_cut_and_ends_with_an_ellipsis() -> None:
    name = Name.of(b"x" * 1_000_000)
    assert len(name.text) == MAX_DISPLAY_LENGTH
    assert name.text.endswith("…")
    assert len(name.raw) < 5000


def test_long_names_with_the_same_beginning_are_different() -> None:
    one, other = Name.of(b"x" * 10_000 + b"1"), Name.of(b"x" * 10_000 + b"2")
    assert one.text == other.text
    assert one != other


def test_names_that_are_equal_only_after_sanitizing_are_different() -> None:
    assert sanitize("a\x1b") == sanitize("a␛")
    assert Name.of("a\x1b") != Name.of("a␛")


@given(st.binary(max_size=3000))
def test_any_bytes_make_a_name(raw: bytes) -> None:
    assert len(Name.of(raw).text) <= MAX_DISPLAY_LENGTH
    assert Name.of(raw) == Name.of(raw)


@given(st.text(st.characters(categories=["Cs", "L", "Cc"])))
def test_any_text_with_surrogates_makes_a_name(text: str) -> None:
    Name.of(text).text.encode("utf-8")


def test_every_sanitized_character_has_the_width_that_rich_gives_it(every_character_sanitized: str) -> None:
    shown = set(every_character_sanitized)
    differing = {char for char in shown if cell_width(char) != cell_len(char)}
    assert differing <= WIDENED_IN_UNICODE_16


@given(st.text())
def test_a_sanitized_text_has_the_width_that_rich_gives_it(text: str) -> None:
    shown = sanitize(text)
    if WIDENED_IN_UNICODE_16.isdisjoint(shown):
        assert cell_width(shown) == cell_len(shown)


@pytest.mark.parametrize(("text", "width"), [("", 0), ("loss", 4), ("损失", 4), ("e\u0301", 1), ("⣿─", 2), ("🚀", 2)])
def test_wide_characters_take_two_cells_and_marks_none(text: str, width: int) -> None:
    assert cell_width(text) == width


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


@given(st.text(max_size=30).map(sanitize), st.integers(0, 40))
def test_truncated_text_fits_the_width(text: str, width: int) -> None:
    assert cell_width(truncate(text, width)) <= width


@given(st.text(max_size=30).map(sanitize), st.integers(-1, 40))
def test_cropped_text_is_the_longest_start_that_fits(text: str, width: int) -> None:
    start = crop(text, width)
    assert text.startswith(start)
    assert cell_width(start) <= max(0, width)
    assert start == text or cell_width(text[: len(start) + 1]) > width
