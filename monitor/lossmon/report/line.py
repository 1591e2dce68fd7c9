"""What ``tail`` says: a line for each evaluation and for each change of verdict."""

from __future__ import annotations

from collections.abc import Iterator

from lossmon.report.document import Json, number
from lossmon.snapshot import History, RunView, Snapshot
from lossmon.text import Name


class News:
    """Tells what is new in each snapshot since the one before."""

    def __init__(self) -> None:
        self._seen: dict[Name, tuple[int, str]] = {}

    def since_last(self, snapshot: Snapshot, *, past: bool = False) -> Iterator[dict[str, Json]]:
        """Yield an event for each new evaluation and each changed verdict.

        Of a run that is seen for the first time all evaluations are new, unless they are *past*: then its last is told.
        """
        for view in snapshot.runs:
            if view.history is None or view.catching_up is not None:
                continue
            logged, length = _logged(view), len(view.history.x)
            before, verdict = self._seen.get(view.name, (logged - 1 if past else 0, ""))
            new = logged - before if logged >= before else length
            for index in range(max(0, length - new), length):
                yield _evaluation(view, view.history, index)
            if view.judgement.verdict.value != verdict:
                yield _change(view, view.history)
            self._seen[view.name] = (logged, view.judgement.verdict.value)


def sentence(event: dict[str, Json]) -> str:
    """Return an event as a line for people."""
    where = f"{event['run']}: {event['axis']} {event['x']}"
    if event["event"] == "evaluation":
        losses = [f"{name} {event[name]:.4g}" for name in ("train", "val") if isinstance(event[name], (int, float))]
        losses += [f"{name} {event[name]}" for name in ("train", "val") if isinstance(event[name], str)]
        return f"{where}  {'  '.join(losses)}"
    onset = f" since {event['axis']} {event['onset']}" if event["onset"] is not None else ""
    reason = f": {event['because']}" if event["because"] else ""
    return f"{where}  {str(event['verdict']).upper()}{onset}{reason}"


def _logged(view: RunView) -> int:
    """Return how many evaluations were logged, however many of them a long curve still holds."""
    judged = view.val or view.train
    return judged.logged if judged else 0


def _evaluation(view: RunView, history: History, index: int) -> dict[str, Json]:
    train = None if history.train is None or index < history.unlogged else number(float(history.train[index]))
    val = None if history.val is None else number(float(history.val[index]))
    x = number(float(history.x[index]))
    return {"event": "evaluation", "run": view.name.whole, "axis": history.axis, "x": x, "train": train, "val": val}


def _change(view: RunView, history: History) -> dict[str, Json]:
    onset = view.judgement.onset
    return {
        "event": "verdict",
        "run": view.name.whole,
        "axis": history.axis,
        "x": number(float(history.x[-1])),
        "verdict": view.judgement.verdict.value,
        "onset": None if onset is None else number(float(history.x[onset])),
        "because": view.evidence[0] if view.evidence else "",
    }
