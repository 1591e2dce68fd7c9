"""The verdict of the shown run as text: since when, how certain, the evidence, and what to try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.verdict import Verdict
from lossmon.presentation import checkpoints, remarks, run_text
from lossmon.tui.box import Box
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, paragraph, wrap_line

UNLIMITED = 99
"""More lines than a verdict ever takes."""


def verdict_pane(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the verdict with its headline as title."""
    run = state.shown_run
    if run is None:
        return box.around((), (), width, height)
    inner_width, inner_height = box.inner(width, height)
    return box.around(headline(run), verdict_lines(run, inner_width, inner_height), width, height)


def headline(run: RunSnapshot) -> Line:
    """Return the verdict in one line: ``overfitting since epoch 10 · moderate · 97% sure``."""
    assessment, role = run.assessment, run_text.colour_role(run)
    strong = f"{role} {'weak' if assessment.is_maybe else 'strong'}"
    sign = f"{assessment.sign} " if assessment.is_maybe else ""
    spans: list[tuple[str, str]] = [(f"{sign}{run_text.verdict_text(run)}", strong)]
    x = run_text.x_of_evaluation(run, run_text.turning_point(run))
    if x is not None:
        spans.append((f" since {run_text.position_text(run, x)}", strong))
    if assessment.severity is not None:
        spans.append((f" · {assessment.severity.value}", role))
    if assessment.verdict is not Verdict.WARMING_UP and run.history is not None:
        spans.append((f" · {run_text.confidence_text(assessment)} sure", ""))
    if note := remarks.note(run):
        spans.append((f" · {note}", "warn"))
    return tuple(spans)


def verdict_lines(run: RunSnapshot, width: int, height: int) -> Lines:
    """Return errors and evidence, then advice, in *height* lines; advice gets at least half of them if needed."""
    needed = sum(len(paragraph(sentence, width - 1, height)) for _, sentence in _facts(run))
    advice = advice_lines(run, width - 1, max(height // 2, height - needed) if height > 1 else 0)
    facts: list[Line] = []
    for style, sentence in _facts(run):
        facts += paragraph(sentence, width - 1, height - len(advice) - len(facts), style)
    return tuple(((" ", ""), *line) for line in (*facts, *advice))


def _facts(run: RunSnapshot) -> Iterator[tuple[str, str]]:
    """Yield style and text of each read error, then of the evidence for the verdict or, without any, its meaning."""
    for sentence in (*run.warnings, *filter(None, [checkpoints.warning(run)])):
        yield "warn", sentence
    meaning = (run.assessment.verdict.meaning,) if run.history is not None else ()
    for sentence in run.evidence or meaning:
        yield "", sentence


def advice_lines(run: RunSnapshot, width: int, height: int) -> Lines:
    """Return the advice in *height* lines, in the longest form that fits.

    The forms: every piece with its reason, only the first with it, none; all pieces in one paragraph; the first pieces.
    """
    if not run.advice or height < 1:
        return ()
    for reasons in (len(run.advice), 1, 0):
        lines = _advice_pieces(run, width, height, reasons)
        if len(lines) <= height:
            return lines
    joined = " · ".join(piece.do for piece in run.advice)
    whole = paragraph(joined, width, height + 1, "advice", "Try: ")
    if len(whole) <= height:
        return whole
    return _first_pieces(run, width, height) or paragraph(joined, width, height, "advice", "Try: ")


def _first_pieces(run: RunSnapshot, width: int, height: int) -> Lines:
    """Return as many whole pieces of advice as fit, and which key shows the others; empty if not even one fits."""
    for count in range(len(run.advice) - 1, 0, -1):
        lines = _advice_pieces(replace(run, advice=run.advice[:count]), width, height, 0)
        if len(lines) < height:
            more = len(run.advice) - count
            return (*lines, *paragraph(f"{more} more: press t", width, 1, "muted", "  …  "))
    return ()


def _advice_pieces(run: RunSnapshot, width: int, height: int, reasons: int) -> Lines:
    """Return each piece of advice on lines of its own, the first *reasons* pieces with their reasons."""
    lines: list[Line] = []
    for number, piece in enumerate(run.advice):
        spans: Line = ((piece.do, "advice"),)
        if number < reasons:
            expected = f"; expect {piece.expect}" if piece.expect else ""
            spans = ((f"{piece.do},", "advice"), (f" because {piece.because}{expected}", "muted"))
        lines += wrap_line(spans, width, height + 1, "Try: " if number == 0 else " or: ")
    return tuple(lines)


def needed_lines(run: RunSnapshot | None, width: int) -> int:
    """Return how many lines the verdict needs without any cut."""
    if run is None:
        return 0
    facts = sum(len(paragraph(sentence, width - 1, UNLIMITED)) for _, sentence in _facts(run))
    return facts + len(advice_lines(run, width - 1, UNLIMITED))
