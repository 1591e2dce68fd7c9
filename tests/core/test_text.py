from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.text import LONGEST, Name, sanitize

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


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_that_a_terminal_acts_on_is_left(text: str) -> None:
    shown = sanitize(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    assert len(shown) == len(text)


def test_no_character_at_all_is_let_through_that_controls_or_reorders() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    shown = sanitize(everything, longest=len(everything))
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in shown)


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
    assert len(name.text) == LONGEST
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
    assert len(Name.of(raw).text) <= LONGEST
    assert Name.of(raw) == Name.of(raw)


@given(st.text(st.characters(categories=["Cs", "L", "Cc"])))
def test_any_text_makes_a_name_whatever_surrogates_it_holds(text: str) -> None:
    Name.of(text).text.encode("utf-8")
