"""The page with the output of the program that is watched: its newest lines, and what is searched in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lossmon.core.program_text import brief_failure
from lossmon.core.snapshot import ProgramOutput, Snapshot
from lossmon.core.text import crop
from lossmon.presentation.run_text import clock_time
from lossmon.tui.panes.text_pages import ScrollableText
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, paragraph

_NO_PROGRAM = (
    "only the output of a program that lossmon starts or reads is shown: "
    "lossmon run -- python train.py, or python train.py 2>&1 | lossmon watch -"
)
_MAX_NOTICE_LINES = 9
_INTERRUPT = "KeyboardInterrupt"


@dataclass(frozen=True, slots=True)
class OutputPage:
    """The text of the page, and its rows in which the searched text was found."""

    text: ScrollableText
    matches: tuple[int, ...] = ()


def output_page(state: State, width: int) -> OutputPage:
    """Return the output in rows of at most *width* cells; long lines are continued on the next row."""
    snapshot = state.snapshot
    if snapshot is None or snapshot.output is None:
        return OutputPage(
            ScrollableText((("output", "title"),), paragraph(_NO_PROGRAM, width - 1, _MAX_NOTICE_LINES, "muted", " "))
        )
    pattern = _pattern(state.view.output_search)
    rows: list[Line] = []
    matches: list[int] = []
    for line in snapshot.output.lines:
        if pattern is not None and pattern.search(line):
            matches.append(len(rows))
        role = "warn" if snapshot.output.failure and line.endswith(snapshot.output.failure) else ""
        rows += [((" ", ""), *_highlighted(row, role, pattern)) for row in _rows(line, max(1, width - 1))]
    return OutputPage(ScrollableText(_title(state, snapshot, snapshot.output, len(matches)), tuple(rows)), (*matches,))


def _title(state: State, snapshot: Snapshot, output: ProgramOutput, matches: int) -> Line:
    end = program_end(output, snapshot.taken_at, brief=False)
    searched: Line = ((f" · /{state.view.output_search}: {matches or 'not'} found", "warn"),)
    return (
        ("output", "title"),
        *((f" · {end}", "warn" if output.failure else "muted") for end in [end] if end),
        *(searched if state.view.output_search else ()),
    )


def program_end(output: ProgramOutput, now: float, *, brief: bool) -> str:
    """Return how and when the program ended: ``failed 12:04:31: MemoryError``; empty while nothing says that it did.

    An error without the end of the output is no end: the program may go on.
    """
    failure = brief_failure(output.failure) if brief else output.failure
    if output.failure and output.ended_at is None:
        return f"{failure} at {clock_time(output.failed_at, now)}"
    ended = f"{clock_time(output.ended_at, now)}"
    if output.failure.startswith(_INTERRUPT):
        return f"interrupted {ended}"
    return f"failed {ended}: {failure}" if output.failure else f"ended {ended}" if output.ended_at else ""


def _pattern(text: str) -> re.Pattern[str] | None:
    """Return what finds *text*; upper and lower case are the same unless it has upper case, as in less -i."""
    return re.compile(re.escape(text), re.IGNORECASE if text == text.lower() else 0) if text else None


def _rows(line: str, width: int) -> Iterator[str]:
    """Yield *line* in rows of at most *width* cells."""
    while line:
        row = crop(line, width) or line[0]
        yield row
        line = line[len(row) :]
        if not line:
            return
    yield ""


def _highlighted(row: str, role: str, pattern: re.Pattern[str] | None) -> Iterator[tuple[str, str]]:
    """Yield *row* in spans, with what *pattern* finds in another colour."""
    end = 0
    for match in pattern.finditer(row) if pattern else ():
        yield row[end : match.start()], role
        yield match.group(), "marker selected"
        end = match.end()
    yield row[end:], role
