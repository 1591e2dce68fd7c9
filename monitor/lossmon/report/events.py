"""Events of ``tail``: each evaluation, each change of verdict, each restart, and each run that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, RunSnapshot, RunStatus, Snapshot, VerdictChange
from lossmon.core.text import Name
from lossmon.presentation import remarks
from lossmon.report.json_report import JsonValue, dumps, json_number, json_numbers

UNREADABLE = "unreadable"
"""The kind of event that says that a run cannot be read at present, and why."""


Event: TypeAlias = "dict[str, JsonValue]"


class _Evaluations(NamedTuple):
    """The evaluations of *run* from the index *start* up to *end*: made together, because there can be many."""

    run: RunSnapshot
    history: EvaluationHistory
    start: int
    end: int

    def events(self) -> Iterator[Event]:
        """Yield an event for each evaluation."""
        for x, train, val in zip(*self._columns(), strict=True):
            yield {**self._same, "x": x, "train": train, "val": val}

    def json_lines(self) -> Iterator[str]:
        """Yield each event as JSON: as ``dumps`` would write it, in a tenth of the time if there are many."""
        if self.start < self.end:
            same = dumps(self._same)[:-1]
            for x, train, val in zip(*map(_json_texts, self._columns()), strict=True):
                yield f'{same}, "x": {x}, "train": {train}, "val": {val}}}'

    @property
    def _same(self) -> Event:
        """The keys whose values are the same in all of them."""
        return {"event": "evaluation", "run": self.run.name.full_text, "axis": self.history.axis, "unit": self.run.unit}

    def _columns(self) -> tuple[list[JsonValue], ...]:
        """Return x, train and validation loss of each as JSON values; None where there is none."""
        history, part = self.history, slice(self.start, self.end)
        x, train, val = (_numbers(values, part) for values in (history.x, history.train, history.val))
        unlogged = max(0, min(history.evaluations_before_train, self.end) - self.start)
        train[:unlogged] = [None] * unlogged
        return x, train, val


class EventLog:
    """Compares each snapshot with the one before and returns what is new as events."""

    def __init__(self) -> None:
        self._reported: dict[Name, RunSnapshot] = {}
        """Each run as it was reported last."""
        self._begins_now: set[Name] = set()
        """Runs that had no evaluation when they were first seen, so that all of theirs are new."""
        self._unreadable: set[tuple[Name, str]] = set()
        """Runs that could not be read, and why, as far as reported."""

    def new_events(self, snapshot: Snapshot, *, last_only: bool = False) -> Iterator[Event]:
        """Yield an event for each new or changed evaluation, restart, change of verdict and reason not to be read.

        All evaluations of a run that was not in an earlier snapshot are new; with *last_only*, if it was there before
        lossmon, only its last one is reported.
        """
        for news in self._news(snapshot, last_only=last_only):
            if isinstance(news, _Evaluations):
                yield from news.events()
            else:
                yield news

    def new_json_lines(self, snapshot: Snapshot, *, last_only: bool = False) -> Iterator[str]:
        """Yield each of ``new_events`` as a line of JSON."""
        for news in self._news(snapshot, last_only=last_only):
            if isinstance(news, _Evaluations):
                yield from news.json_lines()
            else:
                yield dumps(news)

    def _news(self, snapshot: Snapshot, *, last_only: bool) -> Iterator[Event | _Evaluations]:
        for run in snapshot.runs:
            # Most runs have not changed since, which must cost nothing.
            if run.share_read is None and self._reported.get(run.name) is not run:
                yield from self._news_of(run, last_only=last_only)

    def _news_of(self, run: RunSnapshot, *, last_only: bool) -> Iterator[Event | _Evaluations]:
        if run.status is RunStatus.UNREADABLE:
            yield from self._new_trouble(run)
        history, reported = run.history, self._reported.get(run.name)
        if history is None:
            # What is in a log that cannot be read may be old.
            if run.status is not RunStatus.UNREADABLE:
                self._begins_now.add(run.name)
            return
        start = self._first_index(run, history, last_only=last_only)
        if reported is not None and reported.history is not None:
            rewritten = bool(np.any(history.x[start : start + 1] <= reported.history.x[-1]))
            if rewritten and "restarted" in run.assessment.flags:
                yield _event("restart", run, history, start)
        changes = _new_changes(reported, run, range(start, len(history.x)))
        for change in changes:
            yield _Evaluations(run, history, start, change.index + 1)
            start = change.index + 1
            yield _verdict_event(run, history, change)
        yield _Evaluations(run, history, start, len(history.x))
        last = changes[-1].word if changes else reported.assessment.word if reported else ""
        if run.assessment.word != last:
            yield _verdict_event(run, history)
        self._reported[run.name] = run

    def _first_index(self, run: RunSnapshot, history: EvaluationHistory, *, last_only: bool) -> int:
        """Return the index of the first evaluation to report."""
        reported = self._reported.get(run.name)
        if reported is None or reported.history is None:
            was_there = not run.is_new and run.name not in self._begins_now
            return max(0, len(history.x) - 1) if last_only and was_there else 0
        if _val_tag(reported) != _val_tag(run):
            # Another validation set is shown now; what was reported of the first one stays reported.
            return int(np.searchsorted(history.x, reported.history.x[-1], side="right"))
        return _first_new_index(reported.history, history, run)

    def _new_trouble(self, run: RunSnapshot) -> Iterator[Event]:
        """Yield an event if *run* cannot be read for a reason that was not reported of it."""
        reason = "; ".join(run.warnings)
        if (run.name, reason) not in self._unreadable:
            self._unreadable.add((run.name, reason))
            yield {
                "event": UNREADABLE,
                "run": run.name.full_text,
                "axis": run.axis,
                "unit": run.unit,
                "x": None,
                "because": reason,
            }


def _new_changes(reported: RunSnapshot | None, run: RunSnapshot, evaluations: range) -> list[VerdictChange]:
    """Return each change of the verdict to another word on new *evaluations*, the oldest first."""
    word = reported.assessment.word if reported and reported.history else ""
    changes = [change for change in run.timeline if change.index in evaluations]
    words = [word, *(change.word for change in changes)]
    return [change for change, before in zip(changes, words, strict=False) if change.word != before]


def _val_tag(run: RunSnapshot) -> str | None:
    return run.val.tag.text if run.val is not None else None


def _first_new_index(reported: EvaluationHistory, history: EvaluationHistory, run: RunSnapshot) -> int:
    """Return the index of the first evaluation of *history* that is not in *reported*, or differs there."""
    if reported is history:
        return len(history.x)
    length = min(len(reported.x), len(history.x))
    before, now = reported.judged[:length], history.judged[:length]
    same = (reported.x[:length] == history.x[:length]) & ((before == now) | (np.isnan(before) & np.isnan(now)))
    first_difference = length if same.all() else int(np.argmin(same))
    if "thinned" in run.assessment.flags and first_difference and history.x[-1] >= reported.x[-1]:
        return int(np.searchsorted(history.x, reported.x[-1], side="right"))
    if len(history.x) < len(reported.x):
        # The log became shorter: at least its last evaluation is reported.
        return min(first_difference, len(history.x) - 1)
    return first_difference


def format_event(event: Event) -> str:
    """Return an event as one line of text.

    >>> format_event({"event": "evaluation", "run": "lstm", "unit": "epoch", "x": 3, "train": 0.25, "val": 0.5})
    'lstm: epoch 3  train 0.25  val 0.5'
    """
    if event["event"] == UNREADABLE:
        return f"{event['run']}: {event['because']}"
    position = f"{event['run']}: {event['unit']} {event['x']}"
    if event["event"] == "restart":
        return f"{position}  RESTARTED: the next lines replace the earlier ones from here on"
    if event["event"] == "evaluation":
        losses = [f"{name} {event[name]:.4g}" for name in ("train", "val") if isinstance(event[name], (int, float))]
        losses += [f"{name} {event[name]}" for name in ("train", "val") if isinstance(event[name], str)]
        return f"{position}  {'  '.join(losses)}"
    onset = f" since {event['unit']} {event['onset']}" if event["onset"] is not None else ""
    several = isinstance(event["sets"], int) and event["sets"] > 1
    tag = f" by {event['tag']}, one of {event['sets']} validation sets" if several else ""
    note = f" ({event['note']})" if event["note"] else ""
    reason = f": {event['because']}" if event["because"] else ""
    return f"{position}  {str(event['word']).upper()}{onset}{tag}{note}{reason}"


def _numbers(values: Floats | None, part: slice) -> list[JsonValue]:
    """Return what JSON holds for each of *values* in a part of them: None for all if there are none."""
    return [None] * (part.stop - part.start) if values is None else json_numbers(values[part])


def _json_texts(values: list[JsonValue]) -> list[str]:
    """Return each of *values*, none of which contains a comma, as JSON.

    >>> _json_texts([1, 0.5, None, "NaN"])
    ['1', '0.5', 'null', '"NaN"']
    """
    return dumps(values)[1:-1].split(", ")


def _verdict_event(run: RunSnapshot, history: EvaluationHistory, change: VerdictChange | None = None) -> Event:
    """Return the event of a change of the verdict; of one that is not the last, only what was given is known.

    Without a *change* it is of the present verdict, at the last evaluation.
    """
    given = change or VerdictChange(len(history.x) - 1, run.assessment.verdict, is_weak=run.assessment.is_weak)
    is_present = change is None or change is run.timeline[-1]
    onset = run.assessment.onset if is_present else None
    return {
        **_event("verdict", run, history, given.index),
        "verdict": given.verdict.value,
        "weak": given.is_weak,
        "word": run.assessment.word if is_present else given.word,
        "tag": _val_tag(run),
        "sets": len(run.other_sets) + 1 if run.val is not None else 0,
        "onset": None if onset is None else json_number(float(history.x[onset])),
        "note": remarks.remark(run) if is_present else "",
        "because": run.evidence[0] if is_present and run.evidence else "",
    }


def _event(kind: str, run: RunSnapshot, history: EvaluationHistory, index: int) -> Event:
    """Return the keys that all events have."""
    x = json_number(float(history.x[index]))
    return {"event": kind, "run": run.name.full_text, "axis": history.axis, "unit": run.unit, "x": x}
