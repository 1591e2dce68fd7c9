"""What ``tail`` says: a line for each evaluation, for each change of verdict and for each restart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, RunSnapshot, Snapshot
from lossmon.core.text import Name
from lossmon.report.json_report import Json, number


class EventLog:
    """Tells what is new in each snapshot since the one before."""

    def __init__(self) -> None:
        self._seen: dict[Name, tuple[EvaluationHistory, str]] = {}

    def since_last(self, snapshot: Snapshot, *, past: bool = False) -> Iterator[dict[str, Json]]:
        """Yield an event for each new evaluation, each changed verdict, and where a log says otherwise than before.

        Of a run that is seen for the first time all evaluations are new, unless they are *past*: then its last is told.
        """
        for view in snapshot.runs:
            history = view.history
            if history is None or view.catching_up is not None:
                continue
            told, verdict = self._seen.get(view.name, (None, ""))
            start = (max(0, len(history.x) - 1) if past else 0) if told is None else _untold(told, history, view)
            again = told is not None and bool(np.any(history.x[start : start + 1] <= told.x[-1]))
            if again and "restarted" in view.assessment.flags:
                yield _restart(view, history, start)
            for index in range(start, len(history.x)):
                yield _evaluation(view, history, index)
            if view.assessment.verdict.value != verdict:
                yield _change(view, history)
            self._seen[view.name] = (history, view.assessment.verdict.value)


def _untold(told: EvaluationHistory, history: EvaluationHistory, view: RunSnapshot) -> int:
    """Return the index of the first evaluation that was not *told*, or not as it is now."""
    if told is history:
        return len(history.x)
    length = min(len(told.x), len(history.x))
    before, now = _losses(told)[:length], _losses(history)[:length]
    same = (told.x[:length] == history.x[:length]) & ((before == now) | (np.isnan(before) & np.isnan(now)))
    agreed = length if same.all() else int(np.argmin(same))
    if "thinned" in view.assessment.flags and agreed and history.x[-1] >= told.x[-1]:
        return int(np.searchsorted(history.x, told.x[-1], side="right"))
    # Of a log that became shorter at least its end is told.
    return min(agreed, len(history.x) - 1) if len(history.x) < len(told.x) else agreed


def _losses(history: EvaluationHistory) -> Floats:
    """Return what is judged, which unlike the train loss beside it does not change when later points come."""
    losses = history.val if history.val is not None else history.train
    assert losses is not None
    return losses


def format_event(event: dict[str, Json]) -> str:
    """Return an event as a line for people."""
    where = f"{event['run']}: {event['axis']} {event['x']}"
    if event["event"] == "restart":
        return f"{where}  RESTARTED: what follows replaces what was told from here on"
    if event["event"] == "evaluation":
        losses = [f"{name} {event[name]:.4g}" for name in ("train", "val") if isinstance(event[name], (int, float))]
        losses += [f"{name} {event[name]}" for name in ("train", "val") if isinstance(event[name], str)]
        return f"{where}  {'  '.join(losses)}"
    onset = f" since {event['axis']} {event['onset']}" if event["onset"] is not None else ""
    reason = f": {event['because']}" if event["because"] else ""
    return f"{where}  {str(event['verdict']).upper()}{onset}{reason}"


def _evaluation(view: RunSnapshot, history: EvaluationHistory, index: int) -> dict[str, Json]:
    train = None if history.train is None or index < history.unlogged else number(float(history.train[index]))
    val = None if history.val is None else number(float(history.val[index]))
    x = number(float(history.x[index]))
    return {"event": "evaluation", "run": view.name.whole, "axis": history.axis, "x": x, "train": train, "val": val}


def _restart(view: RunSnapshot, history: EvaluationHistory, index: int) -> dict[str, Json]:
    return {"event": "restart", "run": view.name.whole, "axis": history.axis, "x": number(float(history.x[index]))}


def _change(view: RunSnapshot, history: EvaluationHistory) -> dict[str, Json]:
    onset = view.assessment.onset
    return {
        "event": "verdict",
        "run": view.name.whole,
        "axis": history.axis,
        "x": number(float(history.x[-1])),
        "verdict": view.assessment.verdict.value,
        "onset": None if onset is None else number(float(history.x[onset])),
        "because": view.evidence[0] if view.evidence else "",
    }
