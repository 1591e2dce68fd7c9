"""The pages of text: help, the timeline of verdicts, notes on what is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from lossmon.core.snapshot import RunSnapshot, VerdictChange
from lossmon.core.verdict import Verdict
from lossmon.presentation import run_text as words
from lossmon.presentation.numbers import format_value
from lossmon.tui.keymap import HELP_ROWS
from lossmon.tui.panes.verdict import verdict_lines
from lossmon.tui.panes.x_axis import axis_notice
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, cut, fit, pad, paragraph, width_of, wrap

_ALL = 99
"""More lines than a verdict ever takes."""


@dataclass(frozen=True, slots=True)
class Text:
    """A page that may be longer than its room."""

    title: Line
    body: Lines

    def window(self, top: int, rows: int) -> Lines:
        """Return the *rows* lines from *top* on; the last one says how much is below."""
        shown = self.body[top : top + rows]
        below = len(self.body) - top - rows
        return (*shown[:-1], ((f" … {below + 1} more lines", "muted"),)) if below > 0 and shown else shown


def help_page(width: int) -> Text:
    """Return the keys, and what the verdicts mean."""
    keys = [line for row in HELP_ROWS for line in _pair(row.keys, row.help, 10, "key", width)]
    signs = [(f"{words.sign(verdict)} {verdict.value}", verdict.meaning, verdict.value) for verdict in Verdict]
    verdicts = [line for sign, text, style in signs for line in _pair(sign, text, 14, style, width)]
    noise = _pair("18 times its noise", "of what the loss jumps anyway between evaluations", 14, "", width)
    return Text((("help", "title"), (" · esc closes", "muted")), (*keys, (), *verdicts, (), *noise))


def _pair(key: str, text: str, room: int, style: str, width: int) -> Iterator[Line]:
    """Yield *key* and what it means, wrapped beside it."""
    lead: Line = ((" ", ""), *pad(((key, style),), max(room, len(key))), ("  ", ""))
    rest = max(1, width - width_of(lead))
    for number, row in enumerate(wrap(text, rest)):
        yield fit(((*lead, (row, "")) if number == 0 else ((" " * width_of(lead) + row, ""),)), width)


def timeline_page(state: State, width: int) -> Text:
    """Return every change of the verdict of the shown run, as it was given live, and all that led to the last one."""
    view = state.current
    if view is None or not view.timeline:
        return Text((("timeline", "title"),), (((" no verdict yet", "muted"),),))
    title: Line = ((state.label(view), "title"), (" · verdicts as they were given live", "muted"))
    moments = [_moment(view, change) for change in view.timeline]
    room = max(map(len, moments))
    rows = zip(view.timeline, moments, strict=True)
    changes = [_change(view, change, moment.ljust(room), width) for change, moment in rows]
    return Text(title, (*changes, (), *verdict_lines(view, width, _ALL)))


def _moment(view: RunSnapshot, change: VerdictChange) -> str:
    x = words.x_at(view, change.index)
    return f"evaluation {change.index}" if x is None else words.count(view, x)


def _change(view: RunSnapshot, change: VerdictChange, moment: str, width: int) -> Line:
    verdict = change.verdict.value
    line: Line = ((" ", ""), (moment, ""), ("  ", ""), *pad(((verdict, verdict),), 14))
    return fit((*line, *_losses(view, change.index)), width)


def _losses(view: RunSnapshot, index: int) -> Line:
    history = view.history
    if history is None or not 0 <= index < len(history.x):
        return ()
    spans: Line = ()
    for name, values in (("train", history.train), ("val", history.val)):
        if values is not None:
            spans += ((f"  {name} ", "muted"), (format_value(float(values[index])), name))
    return spans


def notes_page(state: State, width: int) -> Text:
    """Return how changes are noticed, where the shown run is read from, and every file that is not read and why."""
    return Text((("what is read", "title"),), (*_reading(state, width), (), *_skipped(state, width)))


def _reading(state: State, width: int) -> Lines:
    snapshot, view = state.snapshot, state.current
    pairs = [("changes", snapshot.watching if snapshot else "starting")]
    if view is not None:
        pairs += [("run", view.name.text), ("read from", view.path.text), ("format", view.format)]
        pairs += [("train", view.train.tag.text if view.train else "none found")]
        pairs += [("val", view.val.tag.text if view.val else "none found")]
        pairs += [("x axis", axis_notice(state))]
        pairs += [("flags", ", ".join(view.assessment.flags))] if view.assessment.flags else []
        pairs += [("trouble", sentence) for sentence in view.trouble]
    pairs += [("gpu", state.gpus.reason)] if state.gpus and state.gpus.reason else []
    return tuple(line for key, text in pairs for line in paragraph(text, width - 1, 9, "", f" {key:<10} "))


def _skipped(state: State, width: int) -> Lines:
    skipped = state.snapshot.skipped if state.snapshot else ()
    if not skipped:
        return (((" every log file found is read", "muted"),),)
    lines: list[Line] = [((f" {len(skipped)} file{'' if len(skipped) == 1 else 's'} not read", "warn"),)]
    by_reason: dict[str, list[str]] = {}
    for one in skipped:
        by_reason.setdefault(one.reason, []).append(one.path.text)
    for reason, paths in by_reason.items():
        lines += paragraph(f"{reason}:", width, 3, "muted", " ")
        lines += [((f"   {_ending(path, width - 3)}", ""),) for path in paths]
    return tuple(lines)


def _ending(path: str, width: int) -> str:
    """Return a path in *width* cells; its end says which file it is."""
    return path if cell_len(path) <= width else f"…{cut(path[::-1], width - 1, '')[::-1]}"
