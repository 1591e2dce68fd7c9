"""The line that ``lossmon status`` prints, with or without tmux colours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossmon.report.statusline_cache import ComparedLoss, LinePart, RunSummary

if TYPE_CHECKING:
    # A line from the cache is printed without the cost of importing these, and numpy with them.
    from lossmon.core.snapshot import RunSnapshot

_MAX_NAMED = 2
"""Runs in trouble that are named; the others are counted."""
_SEPARATOR = " · "
_TMUX_COLOURS = {"overfitting": "colour208", "diverged": "red", "unstable": "yellow", "underfitting": "magenta"}


def summarize(run: RunSnapshot) -> RunSummary:
    """Return what the line needs of a run."""
    from lossmon.presentation import remarks, run_text, sorting

    return RunSummary(
        run.name.text,
        run_text.verdict_text(run),
        run_text.onset_mark(run),
        run_text.colour_role(run),
        sorting.urgency(run),
        sorting.needs_action(run),
        remarks.note(run),
    )


def compared_losses(run: RunSnapshot) -> tuple[ComparedLoss, ComparedLoss]:
    """Return the train and the validation loss of a run, by which duplicates of a training are recognised."""
    from lossmon.runs.deduplication import DEFAULT_THRESHOLDS

    curves = (run.train, run.val)
    train, val = (
        ComparedLoss(curve.tag.text, len(curve.x), len(curve.x) >= DEFAULT_THRESHOLDS.min_evaluations)
        if curve
        else ComparedLoss("", 0, False)
        for curve in curves
    )
    return train, val


def status_line(runs: Sequence[RunSummary]) -> list[LinePart]:
    """Return the parts of the line: the two most urgent runs by name, how many more need action, how many do not."""
    from lossmon.presentation.short_names import short_names

    if not runs:
        return [LinePart("no runs", "")]
    names = short_names(tuple(run.name for run in runs))
    in_trouble = sorted((run for run in runs if run.needs_action), key=lambda run: run.urgency)
    if len(runs) == 1 and not in_trouble:
        return [LinePart(f"{names[runs[0].name]} {runs[0].verdict}{_in_brackets(runs[0])}", "")]
    parts = [
        LinePart(f"{names[run.name]} {run.verdict.upper()} {run.onset}".rstrip() + _in_brackets(run), run.colour)
        for run in in_trouble[:_MAX_NAMED]
    ]
    if len(in_trouble) > _MAX_NAMED:
        parts.append(LinePart(f"{len(in_trouble) - _MAX_NAMED} more in trouble", ""))
    if len(runs) > len(in_trouble):
        parts.append(LinePart(f"{len(runs) - len(in_trouble)} ok{_noted(runs)}", ""))
    return parts


def _in_brackets(run: RunSummary) -> str:
    return f" ({run.note})" if run.note else ""


def _noted(runs: Sequence[RunSummary]) -> str:
    """Return what is said of runs without trouble: `` (2 no validation)``, `` (1 maybe overfitting)``."""
    notes = Counter(note for run in runs if not run.needs_action for note in (run.note, _unusual(run)) if note)
    return f" ({', '.join(f'{count} {note}' for note, count in sorted(notes.items()))})" if notes else ""


def _unusual(run: RunSummary) -> str:
    """Return the verdict if it is a "maybe", or why there is none; else an empty text."""
    return run.verdict if run.verdict != run.colour or run.colour == "unreadable" else ""


def plain_line(parts: Sequence[LinePart]) -> str:
    """Return the line without colours."""
    return _SEPARATOR.join(part.text for part in parts)


def tmux_line(parts: Sequence[LinePart]) -> str:
    """Return the line with tmux colours; ``#`` in a name is doubled, so that tmux does not interpret it.

    >>> tmux_line([LinePart("a#1 DIVERGED e22", "diverged"), LinePart("2 ok", "")])
    '#[fg=red]a##1 DIVERGED e22#[default] · 2 ok'
    """
    coloured = []
    for part in parts:
        text, colour = part.text.replace("#", "##"), _TMUX_COLOURS.get(part.colour)
        coloured.append(f"#[fg={colour}]{text}#[default]" if colour else text)
    return _SEPARATOR.join(coloured)
