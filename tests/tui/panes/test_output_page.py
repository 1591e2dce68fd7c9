from __future__ import annotations

from dataclasses import replace

from tests.support.screen import app_of, rows, shown, text
from tests.support.scripted import START, run_snapshot, snapshot

from lossmon.core.snapshot import ProgramOutput, Snapshot
from lossmon.tui.panes.output_page import output_page
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain

LINES = tuple(f"line {number}" for number in range(100))


def with_output(*lines: str, failure: str = "", ended: bool = False) -> Snapshot:
    output = ProgramOutput(lines, START if ended else None, failure, START if failure else None)
    return replace(snapshot(run_snapshot("stdin.log")), output=output)


async def test_the_end_of_the_output_is_shown_and_followed_until_one_scrolls_up() -> None:
    async with shown(with_output(*LINES)) as pilot:
        await pilot.press("o")
        assert " line 99 " in text(pilot)
        app_of(pilot).state = app_of(pilot).state.with_snapshot(with_output(*LINES, "one more"))
        await pilot.pause()
        assert " one more " in text(pilot)
        await pilot.press("pageup")
        app_of(pilot).state = app_of(pilot).state.with_snapshot(with_output(*LINES, "one more", "and more"))
        await pilot.pause()
        assert "and more" not in text(pilot)


async def test_a_search_shows_the_last_match_and_n_goes_on_to_the_others() -> None:
    async with shown(with_output("Error one", *LINES, "error two", *LINES)) as pilot:
        await pilot.press("o", "slash", *"err", "enter")
        assert "error two" in text(pilot)
        assert "/err: 2 found" in text(pilot)
        await pilot.press("n")
        assert "Error one" in text(pilot)
        await pilot.press("N")
        assert "error two" in text(pilot)
        await pilot.press("escape", "escape")
        assert "line 3" not in text(pilot)


async def test_a_search_that_finds_nothing_says_so() -> None:
    async with shown(with_output(*LINES)) as pilot:
        await pilot.press("o", "slash", *"(a+)+$", "enter", "n")
        assert "/(a+)+$: not found" in text(pilot)


async def test_a_line_longer_than_the_screen_is_continued_on_the_next_row() -> None:
    async with shown(with_output("x" * 150 + " end")) as pilot:
        await pilot.press("o")
        assert any("│ xxx" in row and " end" in row for row in rows(pilot))


async def test_without_a_program_the_page_says_how_to_get_one() -> None:
    async with shown(snapshot(run_snapshot("a"))) as pilot:
        assert "output" not in rows(pilot)[-1]
        await pilot.press("o")
        assert "lossmon watch -" in text(pilot)


async def test_the_header_says_that_the_program_failed_and_why() -> None:
    async with shown(with_output("MemoryError: x", failure="MemoryError: x", ended=True)) as pilot:
        assert "failed " in rows(pilot)[0]
        assert "MemoryError: x" in rows(pilot)[0]
    async with shown(with_output(failure=f"MemoryError: {'x' * 90}", ended=True), size=(80, 24)) as pilot:
        assert rows(pilot)[0].endswith("MemoryError")
        assert "xxx" not in rows(pilot)[0]


async def test_the_header_says_that_the_program_ended_or_was_interrupted() -> None:
    async with shown(with_output("done", ended=True)) as pilot:
        assert "· ended " in rows(pilot)[0]
    async with shown(with_output(failure="KeyboardInterrupt", ended=True)) as pilot:
        assert "· interrupted " in rows(pilot)[0]
    async with shown(with_output(failure="ValueError: x")) as pilot:
        assert "· ValueError: x at " in rows(pilot)[0]


def test_without_a_program_the_page_says_in_whole_words_what_it_is_for() -> None:
    for width in (24, 40, 80):
        page = output_page(State("runs/").with_snapshot(snapshot(run_snapshot())), width)
        text = " ".join(plain(line).strip() for line in page.text.body)
        assert text.endswith("python train.py 2>&1 | lossmon watch -")
