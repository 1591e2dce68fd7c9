"""The verdict of the shown run in words: since when, how sure, on what evidence, what to try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.verdict import Verdict
from lossmon.presentation import run_text as words
from lossmon.tui.box import Box
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, flowed, paragraph


def verdict_pane(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the verdict, framed."""
    view = state.current
    if view is None:
        return box.around((), (), width, height)
    inner_width, inner_height = box.inner(width, height)
    return box.around(headline(view), verdict_lines(view, inner_width, inner_height), width, height)


def headline(view: RunSnapshot) -> Line:
    """Return the verdict in one line: ``overfitting since epoch 10 · moderate · 97% sure``."""
    role = words.role(view)
    assessment = view.assessment
    spans: list[tuple[str, str]] = [(words.word(view), f"{role} strong")]
    x = words.x_at(view, words.turning_point(view))
    if x is not None:
        spans.append((f" since {words.count(view, x)}", f"{role} strong"))
    if assessment.severity is not None:
        spans.append((f" · {assessment.severity.value}", role))
    if assessment.verdict is not Verdict.WARMING_UP and view.history is not None:
        spans.append((f" · {min(99, round(100 * assessment.confidence))}% sure", ""))
    if assessment.watch:
        spans.append((" · validation may be turning", "warn"))
    return tuple(spans)


def verdict_lines(view: RunSnapshot, width: int, height: int) -> Lines:
    """Return trouble and evidence, then advice, in at most *height* lines; advice has half, and what is left over."""
    wanted = sum(len(paragraph(sentence, width - 1, height)) for _, sentence in _facts(view))
    advice = advice_lines(view, width - 1, max(height // 2, height - wanted) if height > 1 else 0)
    facts: list[Line] = []
    for style, sentence in _facts(view):
        facts += paragraph(sentence, width - 1, height - len(advice) - len(facts), style)
    return tuple(((" ", ""), *line) for line in (*facts, *advice))


def _facts(view: RunSnapshot) -> Iterator[tuple[str, str]]:
    """Yield style and text of what went wrong while reading, and of what the verdict rests on."""
    for sentence in view.trouble:
        yield "warn", sentence
    meaning = (view.assessment.verdict.meaning,) if view.history is not None else ()
    for sentence in view.evidence or meaning:
        yield "", sentence


def advice_lines(view: RunSnapshot, width: int, height: int) -> Lines:
    """Return the advice with as many reasons as *height* lines hold; then all in one piece, then the first pieces."""
    if not view.advice or height < 1:
        return ()
    for reasons in (len(view.advice), 1, 0):
        lines = _pieces(view, width, height, reasons)
        if len(lines) <= height:
            return lines
    joined = " · ".join(piece.do for piece in view.advice)
    whole = paragraph(joined, width, height + 1, "advice", "Try: ")
    if len(whole) <= height:
        return whole
    return _first_pieces(view, width, height) or paragraph(joined, width, height, "advice", "Try: ")


def _first_pieces(view: RunSnapshot, width: int, height: int) -> Lines:
    """Return the pieces that fit whole, and where the others are to be found; nothing where not even one fits."""
    for count in range(len(view.advice) - 1, 0, -1):
        lines = _pieces(replace(view, advice=view.advice[:count]), width, height, 0)
        if len(lines) < height:
            more = len(view.advice) - count
            return (*lines, *paragraph(f"{more} more: t", width, 1, "muted", "  …  "))
    return ()


def _pieces(view: RunSnapshot, width: int, height: int, reasons: int) -> Lines:
    """Return each piece of advice on lines of its own, the first *reasons* of them with why."""
    lines: list[Line] = []
    for number, piece in enumerate(view.advice):
        told: Line = ((piece.do, "advice"),)
        if number < reasons:
            told = ((f"{piece.do},", "advice"), (f" because {piece.because}", "muted"))
        lines += flowed(told, width, height + 1, "Try: " if number == 0 else " or: ")
    return tuple(lines)


def lines_wanted(view: RunSnapshot | None, width: int) -> int:
    """Return how many lines the verdict takes if it is given all it asks for."""
    if view is None:
        return 0
    facts = sum(len(paragraph(sentence, width - 1, 99)) for _, sentence in _facts(view))
    return facts + len(advice_lines(view, width - 1, 99))
