"""The header: what is watched, how many runs there are, and how many have each verdict."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.errors import CANNOT_BE_READ
from lossmon.core.nearest_names import NO_TAG_MATCHES
from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.text import plural
from lossmon.presentation import run_text
from lossmon.presentation.sorting import needs_action
from lossmon.tui.panes.output_page import program_end
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Span, first_fit, fit, spread, width_of


def header(state: State, width: int) -> Line:
    """Return the header in one line of *width* cells; the least important parts are left out first."""
    name: Line = ((" lossmon ", "title"), (f" {state.title}", ""))
    right = first_fit(_right_forms(state), max(0, width - width_of(name) - 3))
    return spread(fit(name, width), right, width)


def _right_forms(state: State) -> list[Line]:
    """Return the forms of the right part, longest first."""
    snapshot = state.snapshot
    if snapshot is None:
        return [(("starting ", "muted"),)]
    runs, verdicts = _run_count(snapshot), _verdict_counts(snapshot.runs)
    troubles = _verdict_counts(tuple(run for run in snapshot.runs if needs_action(run)))
    warning = _warning(state, snapshot)
    end, brief_end = _program_end(snapshot, brief=False), _program_end(snapshot, brief=True)
    moment: Line = ((f"   as of {run_text.clock_time(snapshot.taken_at, snapshot.taken_at)} ", "muted"),)
    return [
        (*runs, *verdicts, *warning, *end, *moment),
        (*runs, *verdicts, *warning, *end, (" ", "")),
        (*runs, *verdicts, *warning, *brief_end, (" ", "")),
        (*runs, *troubles, *warning, *brief_end, (" ", "")),
        (*troubles[1:], *warning, *brief_end, (" ", "")) if troubles else (*runs, *warning, *brief_end, (" ", "")),
        (*((*warning, *brief_end)[1:] or runs), (" ", "")),
    ]


def _run_count(snapshot: Snapshot) -> Line:
    return ((plural(len(snapshot.runs), "run"), ""),)


def _verdict_counts(runs: tuple[RunSnapshot, ...]) -> Line:
    """Return the number of runs with each verdict, the most urgent first."""
    spans: list[Span] = []
    for count, word, role in run_text.verdict_counts(runs):
        spans += [(" · ", "muted"), (f"{count} {word}", role)]
    return tuple(spans)


def _program_end(snapshot: Snapshot, *, brief: bool) -> Line:
    """Return how the program that writes to standard input ended; empty while it goes on."""
    output = snapshot.output
    text = program_end(output, snapshot.taken_at, brief=brief) if output else ""
    return ((" · ", "muted"), (text, "warn" if output and output.failure else "")) if text else ()


def _warning(state: State, snapshot: Snapshot) -> Line:
    """Return why the screen may be incomplete or out of date; empty if it is neither."""
    if state.reader_silent_since is not None:
        return (
            (" · ", "muted"),
            (
                f"reader not responding since {run_text.clock_time(state.reader_silent_since, snapshot.taken_at)}",
                "warn",
            ),
        )
    if snapshot.share_read is not None:
        return ((" · ", "muted"), (f"reading {run_text.percent(snapshot.share_read)}", "warn"))
    stalled = sum(run.status is RunStatus.STALLED for run in snapshot.runs)
    unread = sum(file.reason.startswith(CANNOT_BE_READ) for file in snapshot.skipped)
    texts = [f"{stalled} stalled"] * bool(stalled) + [f"{plural(unread, 'file')} unreadable: press i"] * bool(unread)
    texts += _unknown_tags(snapshot.runs)
    return tuple(span for text in texts for span in ((" · ", "muted"), (text, "warn")))


def _unknown_tags(runs: Sequence[RunSnapshot]) -> list[str]:
    """Return the first option that names a tag which no run has; which tags there are stands beside each run."""
    said = [
        {warning.partition(";")[0] for warning in run.warnings if warning.startswith(NO_TAG_MATCHES)}
        for run in runs
        if run.metrics
    ]
    return sorted(set.intersection(*said))[:1] if said else []
