from __future__ import annotations

import unicodedata
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from tests.support.grammar import forbidden_output

from lossmon.tui.output_filter import printable
from lossmon.tui.terminal.frame_diff import BLANK, PLAIN, FrameDiff, cell_style, cells, changed_spans

WIDTH, HEIGHT = 24, 4
RED, BLUE = Style(color=Color.from_ansi(203)), Style(color=Color.from_ansi(39), bold=True)
TINT = Style(bgcolor=Color.from_ansi(4))
STYLES = [None, Style.null(), RED, BLUE, Style(reverse=True), TINT, RED + TINT, BLUE + TINT, Style(underline=True)]
LETTERS = st.text("ab ─⠋█日本가é\u0301\u200b\x1b\x07\x9b", max_size=14)
LINES = st.lists(
    st.lists(st.builds(Segment, LETTERS, st.sampled_from(STYLES)), max_size=4), min_size=HEIGHT, max_size=HEIGHT
)

Look = tuple[str, str, str, bool, bool]
"""A character, its colour, its background, whether it is reversed, whether it is underlined."""
Frame = list[list[Segment]]


class Emulator:
    """What a terminal shows after some bytes."""

    def __init__(self) -> None:
        self.screen: Any = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self.screen)

    def feed(self, data: bytes) -> None:
        # pyte does not know synchronised updates, and takes their number for another mode.
        self._stream.feed(data.replace(b"\x1b[?2026h", b"").replace(b"\x1b[?2026l", b""))

    def row(self, y: int) -> list[Look]:
        line = self.screen.buffer[y]
        return [_look(c.data, c.fg, c.bg, c.reverse, c.underscore) for c in (line[x] for x in range(WIDTH))]


def expected(line: list[Segment]) -> list[Look]:
    """Return how *line* should look, computed without FrameDiff."""
    looks: list[Look] = []
    for text, given_style, control in line:
        style = given_style or Style.null()
        fg = pyte.graphics.FG_BG_256[style.color.number or 0] if style.color else "default"
        bg = "blue" if style.bgcolor else "default"
        marks = (bool(style.reverse), bool(style.underline))
        for char in "" if control else printable(text):
            size = cell_len(char)
            if size:
                looks += [_look(char, fg, bg, *marks), *[_look("", fg, bg, *marks)] * (size - 1)]
            elif looks and looks[-1][0].strip():
                looks[-1] = (unicodedata.normalize("NFC", looks[-1][0] + char), *looks[-1][1:])
    if len(looks) > WIDTH and not looks[WIDTH][0]:
        looks[WIDTH - 1] = _BLANK
    return [*looks, *[_BLANK] * WIDTH][:WIDTH]


def _look(char: str, fg: str, bg: str, reverse: bool, underlined: bool) -> Look:
    return (char, fg if char.strip() else "", bg, reverse, underlined)


_BLANK: Look = (" ", "", "default", False, False)


def after_frames(frame_diff: FrameDiff, *frames: Frame) -> Emulator:
    emulator = Emulator()
    for frame in frames:
        emulator.feed(frame_diff.update(frame))
    return emulator


def plain(*rows: str, style: Style | None = None) -> Frame:
    return [[Segment(row, style)] for row in rows]


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=2, max_size=5))
def test_after_any_frames_the_terminal_shows_the_last_one(frames: list[Frame]) -> None:
    emulator = after_frames(FrameDiff(WIDTH, HEIGHT, ColorSystem.EIGHT_BIT), *frames)
    assert [emulator.row(y) for y in range(HEIGHT)] == [expected(line) for line in frames[-1]]


@settings(max_examples=50, deadline=None)
@given(LINES)
def test_any_text_sends_only_allowed_sequences(frame: Frame) -> None:
    assert forbidden_output(FrameDiff(WIDTH, HEIGHT, ColorSystem.TRUECOLOR).update(frame)) == []


@given(LINES)
def test_a_row_has_exactly_its_width(frame: Frame) -> None:
    for line in frame:
        row = cells(line, WIDTH, None)
        assert len(row) == WIDTH
        assert sum(cell_len(text) for text, _ in row) == WIDTH


def test_a_frame_that_is_shown_already_sends_nothing() -> None:
    frame_diff = FrameDiff(WIDTH, HEIGHT, None)
    frame_diff.update(plain("one", "two"))
    assert frame_diff.update(plain("one", "two")) == b""


def test_only_the_cells_that_differ_are_sent() -> None:
    frame_diff = FrameDiff(WIDTH, HEIGHT, None)
    frame_diff.update(plain("loss 0.4127 at epoch 10"))
    assert frame_diff.update(plain("loss 0.4127 at epoch 11")) == b"\x1b[?2026h\x1b[1;23H\x1b[m1\x1b[m\x1b[?2026l"


def test_blanks_at_the_end_of_a_row_are_erased_with_one_sequence() -> None:
    frame_diff = FrameDiff(WIDTH, HEIGHT, None)
    frame_diff.update(plain("a rather long row"))
    assert frame_diff.update(plain("a")) == b"\x1b[?2026h\x1b[1;3H\x1b[m\x1b[K\x1b[m\x1b[?2026l"


def test_a_blank_does_not_change_the_style_unless_the_style_is_visible_on_it() -> None:
    row = [Segment("a", RED), Segment(" ", None), Segment("b", RED)]
    assert b"a b" in FrameDiff(WIDTH, 1, ColorSystem.EIGHT_BIT).update([row])
    reversed_row = [Segment("a", Style(reverse=True)), Segment(" ", None), Segment("b", Style(reverse=True))]
    assert b"a b" not in FrameDiff(WIDTH, 1, ColorSystem.EIGHT_BIT).update([reversed_row])


def test_a_wide_character_is_never_cut() -> None:
    old, new = cells([Segment("日本")], 5, None), cells([Segment("a日b")], 5, None)
    assert changed_spans(old, new) == [(0, 4)]
    assert cells([Segment("ab日")], 3, None)[2] == BLANK


def test_what_follows_a_wide_character_stays_in_its_column() -> None:
    before, after = plain("日 a b c d e f g h"), plain("本 a b c d e f g i")
    emulator = after_frames(FrameDiff(WIDTH, HEIGHT, None), [*before, [], [], []], [*after, [], [], []])
    assert emulator.row(0) == expected(after[0])


def test_a_link_is_not_written() -> None:
    assert cell_style(Style(link="http://example.org"), ColorSystem.TRUECOLOR) == PLAIN


@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (2, 1), (1000, 300)])
def test_any_size_can_be_drawn(width: int, height: int) -> None:
    assert forbidden_output(FrameDiff(width, height, None).update(plain("日本", "loss"))) == []


def test_on_one_background_only_the_foreground_changes_and_a_blank_changes_nothing() -> None:
    green = Style(color=Color.from_ansi(72))
    written = FrameDiff(8, 1, ColorSystem.EIGHT_BIT).update([[Segment("a b", RED + TINT), Segment("c ", green + TINT)]])
    assert b"\x1b[0;38;5;203;44ma b\x1b[38;5;72mc " in written


def test_a_blank_on_a_background_looks_the_same_whatever_its_foreground() -> None:
    diff = FrameDiff(8, 1, ColorSystem.EIGHT_BIT)
    diff.update([[Segment("  ", RED + TINT)]])
    assert diff.update([[Segment("  ", TINT)]]) == b""
