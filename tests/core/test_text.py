from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lossmon.core.text import MAX_DISPLAY_LENGTH, Name, cell_width, sanitize

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
def test_nothing_that_a_terminal_acts_on_is_left(text: str) -> None:
    shown = sanitize(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    assert len(shown) == len(text)


def test_no_character_at_all_is_let_through_that_controls_or_reorders(every_character_sanitized: str) -> None:
    forbidden = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    assert not any(unicodedata.category(char) in forbidden for char in every_character_sanitized)


def test_marks_piled_on_a_letter_do_not_hide_what_follows() -> None:
    assert sanitize("e\u0301" + "loss") == "e\u0301loss"
    assert sanitize("e" + "\u0301" * 500).count("\u0301") == 1


@given(st.text())
def test_ordinary_text_stays_and_any_text_can_be_encoded(text: str) -> None:
    shown = sanitize(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in shown)
    shown.encode("utf-8")
    assert sanitize(shown) == shown


@pytest.mark.parametrize("name", ["train/loss", "loss[0]", "[/x]", "Verlust für α", "损失", "[@click=app.quit]loss"])
def test_a_name_that_is_merely_unusual_is_shown_as_it_is(name: str) -> None:
    assert Name.of(name).text == name


def test_a_name_of_a_megabyte_is_cut_with_a_mark() -> None:
    name = Name.of(b"x" * 1_000_000)
    assert len(name.text) == MAX_DISPLAY_LENGTH
    assert name.text.endswith("…")
    assert len(name.raw) < 5000


def test_long_names_that_share_a_beginning_are_two_names() -> None:
    one, other = Name.of(b"x" * 10_000 + b"1"), Name.of(b"x" * 10_000 + b"2")
    assert one.text == other.text
    assert one != other


def test_names_that_look_the_same_once_made_safe_are_two_names() -> None:
    assert sanitize("a\x1b") == sanitize("a␛")
    assert Name.of("a\x1b") != Name.of("a␛")


@given(st.binary(max_size=3000))
def test_any_bytes_make_a_name(raw: bytes) -> None:
    assert len(Name.of(raw).text) <= MAX_DISPLAY_LENGTH
    assert Name.of(raw) == Name.of(raw)


@given(st.text(st.characters(categories=["Cs", "L", "Cc"])))
def test_any_text_makes_a_name_whatever_surrogates_it_holds(text: str) -> None:
    Name.of(text).text.encode("utf-8")


def test_every_character_that_is_left_by_sanitizing_is_as_wide_as_rich_says(every_character_sanitized: str) -> None:
    shown = set(every_character_sanitized)
    differing = {char for char in shown if cell_width(char) != cell_len(char)}
    assert differing <= WIDENED_IN_UNICODE_16


@given(st.text())
def test_a_text_is_as_wide_as_rich_says(text: str) -> None:
    shown = sanitize(text)
    if WIDENED_IN_UNICODE_16.isdisjoint(shown):
        assert cell_width(shown) == cell_len(shown)


@pytest.mark.parametrize(("text", "width"), [("", 0), ("loss", 4), ("损失", 4), ("e\u0301", 1), ("⣿─", 2), ("🚀", 2)])
def test_wide_characters_take_two_cells_and_marks_none(text: str, width: int) -> None:
    assert cell_width(text) == width
