"""The pages of text: help, the timeline of verdicts, and why a run has its verdict and which files are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lossmon.core.assessment import WEAK_SIGN
from lossmon.core.snapshot import RunSnapshot, VerdictChange
from lossmon.core.text import cell_width, plural, truncate
from lossmon.core.verdict import Verdict
from lossmon.presentation import run_text
from lossmon.presentation.explanation import Section, fitting_rows, sections
from lossmon.presentation.numbers import format_value
from lossmon.tui.keymap import HELP_ROWS
from lossmon.tui.panes.verdict import UNLIMITED, verdict_lines
from lossmon.tui.panes.x_axis import axis_notice
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, pad, paragraph, width_of, wrap

_KEY_WIDTH, _SIGN_WIDTH = 10, 14
"""Cells of the first column of the help page: of its keys, and of its signs."""
_VERDICT_WIDTH = 17
"""Cells of ``maybe overfitting``."""
_MAX_NOTE_LINES, _MAX_REASON_LINES = 9, 3


@dataclass(frozen=True, slots=True)
class ScrollableText:
    """A title and lines, which may be more than can be shown at once."""

    title: Line
    body: Lines

    def visible(self, top: int, rows: int) -> Lines:
        """Return *rows* lines from *top* on; if more follow, the last line says how many."""
        shown = self.body[top : top + rows]
        below = len(self.body) - top - rows
        return (*shown[:-1], ((f" … {below + 1} more lines", "muted"),)) if below > 0 and shown else shown


def help_page(width: int) -> ScrollableText:
    """Return the keys and the meanings of the verdicts."""
    keys = [line for row in HELP_ROWS for line in _definition(row.keys, row.help, _KEY_WIDTH, "key", width)]
    signs = [(f"{verdict.sign} {verdict.value}", verdict.meaning, verdict.value) for verdict in Verdict]
    verdicts = [line for sign, text, style in signs for line in _definition(sign, text, _SIGN_WIDTH, style, width)]
    noise = _definition(
        "18 times its noise", "the noise is the usual change of the loss between evaluations", _SIGN_WIDTH, "", width
    )
    maybe = _definition(f"{WEAK_SIGN} maybe", _MAYBE, _SIGN_WIDTH, "", width)
    units = _definition(
        ", ".join(f"{sign}10" for sign in run_text.SHORT_UNITS.values()), _UNITS, _SIGN_WIDTH, "", width
    )
    marks = [line for sign, text, style in _MARKS for line in _definition(sign, text, _SIGN_WIDTH, style, width)]
    return ScrollableText(
        (("help", "title"), (" · esc closes", "muted")), (*keys, (), *verdicts, *maybe, (), *marks, *units, *noise)
    )


_MAYBE = "probable, but not yet sure: it is not sorted to the top, and gets no advice"
_UNITS = f"at {', '.join(f'{unit} 10' for unit in run_text.SHORT_UNITS)}"
_MARKS = (
    ("★ or *", "the best loss", "best"),
    ("☆ or @", "the best score, where the loss rises and the score does not worsen", "best"),
    ("╎ or :", "since when the verdict holds; from there on the chart is tinted", "marker"),
    ("↺ or <", "where the training began again; what it replaced is grey", "warn"),
    ("risk", "the probability of overfitting at each evaluation", "risk"),
)
"""Sign, meaning and role of each mark in the chart."""


def _definition(term: str, text: str, term_width: int, style: str, width: int) -> Iterator[Line]:
    """Yield the lines of *term* with its explanation beside it, wrapped to *width* cells."""
    first: Line = ((" ", ""), *pad(((term, style),), max(term_width, len(term))), ("  ", ""))
    indent = width_of(first)
    for number, row in enumerate(wrap(text, max(1, width - indent))):
        yield fit((*first, (row, "")) if number == 0 else ((" " * indent + row, ""),), width)


def timeline_page(state: State, width: int) -> ScrollableText:
    """Return every change of the verdict of the shown run as it was given live, then the present verdict in full."""
    run = state.shown_run
    if run is None or not run.timeline:
        return ScrollableText((("timeline", "title"),), (((" no verdict yet", "muted"),),))
    title: Line = ((state.short_name(run), "title"), (" · verdicts as given live", "muted"))
    moments = [_moment(run, change) for change in run.timeline]
    longest = max(map(len, moments))
    rows = zip(run.timeline, moments, strict=True)
    changes = [_change_line(run, change, moment.ljust(longest), width) for change, moment in rows]
    return ScrollableText(title, (*changes, (), *verdict_lines(run, width, UNLIMITED)))


def _moment(run: RunSnapshot, change: VerdictChange) -> str:
    """Return the epoch or step of a change, or the number of the evaluation if x is not known."""
    x = run_text.x_of_evaluation(run, change.index)
    return f"evaluation {change.index}" if x is None else run_text.position_text(run, x)


def _change_line(run: RunSnapshot, change: VerdictChange, moment: str, width: int) -> Line:
    line: Line = ((" ", ""), (moment, ""), ("  ", ""), *pad(((change.word, change.verdict.value),), _VERDICT_WIDTH))
    return fit((*line, *_losses_at(run, change.index)), width)


def _losses_at(run: RunSnapshot, index: int) -> Line:
    history = run.history
    if history is None or not 0 <= index < len(history.x):
        return ()
    spans: Line = ()
    for name, values in (("train", history.train), ("val", history.val)):
        if values is not None:
            spans += ((f"  {name} ", "muted"), (format_value(float(values[index])), name))
    return spans


def notes_page(state: State, width: int) -> ScrollableText:
    """Return why the shown run has its verdict, from where it is read, and which files are not read and why."""
    run = state.shown_run
    reasons = () if run is None else tuple(_reason_lines(run, width))
    title: Line = (("why, and what is read", "title"),)
    return ScrollableText(title, (*reasons, *_source_lines(state, width), (), *_skipped_lines(state, width)))


def _reason_lines(run: RunSnapshot, width: int) -> Iterator[Line]:
    """Yield the sections of the explanation of a run, with an empty line after each."""
    for section in sections(run):
        yield from paragraph(section.title, width - 1, _MAX_REASON_LINES, "muted", " ")
        yield from _table_lines(section, width)
        for sentence in section.sentences:
            yield from paragraph(sentence, width - 1, _MAX_NOTE_LINES, "", "   ")
        yield ()


def _table_lines(section: Section, width: int) -> Iterator[Line]:
    """Yield the table of a section, or sentences where it is too wide."""
    for row in fitting_rows(section.rows, width - 4):
        if cell_width(row) <= width - 4:
            yield ((f"   {row}", ""),)  # wrapping would close the gaps between the columns
        else:
            yield from paragraph(row, width - 1, _MAX_REASON_LINES, "", "   ")


def _source_lines(state: State, width: int) -> Lines:
    snapshot, run = state.snapshot, state.shown_run
    pairs = [("changes", snapshot.change_detection if snapshot else "starting")]
    if run is not None:
        pairs += [("run", run.name.text), ("read from", run.path.text), ("format", run.format)]
        pairs += [("train", run.train.tag.text if run.train else "none found")]
        pairs += [("val", run.val.tag.text if run.val else "none found")]
        pairs += [("score", run.score.tag.text)] if run.score else []
        pairs += [("x axis", axis_notice(state))]
        pairs += [("flags", ", ".join(run.assessment.flags))] if run.assessment.flags else []
        pairs += [("warning", sentence) for sentence in run.warnings]
    pairs += [("gpu", state.gpus.reason)] if state.gpus and state.gpus.reason else []
    terms = [(f" {key:<{_KEY_WIDTH}} ", text) for key, text in pairs]
    return tuple(line for term, text in terms for line in paragraph(text, width - 1, _MAX_NOTE_LINES, "", term))


def _skipped_lines(state: State, width: int) -> Lines:
    skipped = state.snapshot.skipped if state.snapshot else ()
    if not skipped:
        return (((" all log files found are read", "muted"),),)
    lines: list[Line] = [((f" {plural(len(skipped), 'file')} not read", "warn"),)]
    by_reason: dict[str, list[str]] = {}
    for file in skipped:
        by_reason.setdefault(file.reason, []).append(file.path.text)
    for reason, paths in by_reason.items():
        lines += paragraph(f"{reason}:", width, _MAX_REASON_LINES, "muted", " ")
        lines += [((f"   {_end_of_path(path, width - 3)}", ""),) for path in paths]
    return tuple(lines)


def _end_of_path(path: str, width: int) -> str:
    """Return a path in *width* cells; if it is too long only its end, with the name of the file."""
    return path if cell_width(path) <= width else f"…{truncate(path[::-1], width - 1, '')[::-1]}"
