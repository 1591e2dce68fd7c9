"""The first line: what is watched, how many runs there are, and in which states."""

from __future__ import annotations

from collections import Counter

from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.presentation import run_text as words
from lossmon.presentation.sorting import rank, troubled
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Span, first_fit, fit, spread, width_of


def header(state: State, width: int) -> Line:
    """Return the header in one line."""
    name: Line = ((" lossmon ", "title"), (f" {state.title}", ""))
    right = first_fit(_right(state), max(0, width - width_of(name) - 3))
    return spread(fit(name, width), right, width)


def _right(state: State) -> list[Line]:
    snapshot = state.snapshot
    if snapshot is None:
        return [(("starting ", "muted"),)]
    runs, states = _total(snapshot), _states(snapshot.runs)
    troubles = _states(tuple(view for view in snapshot.runs if troubled(view)))
    notice = _notice(state, snapshot)
    moment: Line = ((f"   as of {words.clock(snapshot.taken, snapshot.taken)} ", "muted"),)
    return [
        (*runs, *states, *notice, *moment),
        (*runs, *states, *notice, (" ", "")),
        (*runs, *troubles, *notice, (" ", "")),
        (*troubles[1:], *notice, (" ", "")) if troubles else (*runs, *notice, (" ", "")),
        (*(notice[1:] or runs), (" ", "")),
    ]


def _total(snapshot: Snapshot) -> Line:
    count = len(snapshot.runs)
    return ((f"{count} run{'' if count == 1 else 's'}", ""),)


def _states(runs: tuple[RunSnapshot, ...]) -> Line:
    """Count the runs per verdict, trouble first."""
    found = Counter((rank(view), words.role(view)) for view in runs)
    spans: list[Span] = []
    for (_, verdict), count in sorted(found.items()):
        spans += [(" · ", "muted"), (f"{count} {verdict}", verdict)]
    return tuple(spans)


def _notice(state: State, snapshot: Snapshot) -> Line:
    """Say what keeps the picture from being whole or new."""
    if state.silent_since is not None:
        return ((" · ", "muted"), (f"reader silent since {words.clock(state.silent_since, snapshot.taken)}", "warn"))
    if snapshot.catching_up is not None:
        return ((" · ", "muted"), (f"reading {words.percent(snapshot.catching_up)}", "warn"))
    stalled = sum(view.status is RunStatus.STALLED for view in snapshot.runs)
    return ((" · ", "muted"), (f"{stalled} stalled", "warn")) if stalled else ()
