"""What has happened to the runs: pure functions of one snapshot after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lossmon.core.snapshot import ENDED, RunSnapshot, RunStatus, Snapshot, VerdictChange
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.presentation import run_text

_HOLDS_FOR = 3
"""Evaluations for which another verdict must hold before it is told: a verdict may flip."""
_AT_ONCE = (Verdict.DIVERGED,)
"""The verdicts that are told without waiting: nothing comes after them, or only NaN."""
_GOOD = (Verdict.WARMING_UP, Verdict.LEARNING)
"""A change from one of these to another is nothing to tell."""
_STOPPED = (*ENDED, RunStatus.STALLED)
"""The statuses that are told, and after which it is told that a run goes on."""
_KEPT = 500
"""Newest changes that are kept."""


@dataclass(frozen=True, slots=True)
class RunChange:
    """One thing that has happened to a run."""

    at: float
    """When it was noticed, in seconds since 1970."""
    run: Name
    word: str
    """The verdict or the status: ``overfitting``, ``ended``."""
    role: str
    """The colour of the word: a verdict, ``warn`` or ``muted``."""
    where: str = ""
    """Since which epoch, or at which: ``since epoch 10``, ``at epoch 50/50``; empty if unknown."""
    short_where: str = ""
    """The same in short: ``since e10``, ``at e50``."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told of a run, or was so when it was first read."""

    verdict: Verdict
    status: RunStatus
    """One of those that are told, or running."""


@dataclass(frozen=True, slots=True)
class ChangeHistory:
    """What has happened since lossmon was started, and how much of it the user has seen."""

    changes: tuple[RunChange, ...] = ()
    """The oldest first."""
    unseen: int = 0
    """How many of the newest the user has not seen: no key was pressed since."""
    seen_at: float = 0.0
    """When a key was last pressed, as of the snapshot that was shown, in seconds since 1970; 0 for never."""
    _told: Mapping[Name, _Told] = field(default_factory=dict, repr=False)

    def after(self, snapshot: Snapshot) -> ChangeHistory:
        """Return the history with what *snapshot* shows anew.

        Of runs that were there when lossmon began, or appear already written, nothing of the past is told. A run is
        compared with what was told of it last, so that each change is told once. Runs that are still being read wait.
        """
        told: dict[Name, _Told] = {}
        new: list[RunChange] = []
        for run in snapshot.runs:
            if run.share_read is not None:
                continue
            known = self._told.get(run.name) or _first(run)
            now = _compare(known, run)
            if now is not known:
                new += _changes(known, now, run, snapshot.taken_at)
            if now is not self._told.get(run.name):
                told[run.name] = now
        if not told:
            return self
        return replace(
            self,
            changes=(*self.changes, *new)[-_KEPT:],
            unseen=min(self.unseen + len(new), _KEPT),
            seen_at=self.seen_at or snapshot.taken_at,
            _told={**self._told, **told},
        )

    def seen(self, at: float) -> ChangeHistory:
        """Return the history after a key was pressed while the snapshot of the time *at* was shown."""
        return self if not self.unseen and self.seen_at == at else replace(self, unseen=0, seen_at=at)


def _first(run: RunSnapshot) -> _Told:
    """Return what is taken for told of a run that was not seen before: of one that begins now, that it began."""
    if run.is_new:
        return _Told(Verdict.WARMING_UP, RunStatus.RUNNING)
    return _Told(run.assessment.verdict, run.status if run.status in _STOPPED else RunStatus.RUNNING)


def _compare(told: _Told, run: RunSnapshot) -> _Told:
    """Return what is told once *run* is; the same object if nothing is to tell."""
    verdict, status = told.verdict, told.status
    if run.assessment.verdict is not verdict and _holds(run):
        verdict = run.assessment.verdict
    if run.status in _STOPPED or run.status is RunStatus.RUNNING:
        # Whether one that is quiet or unreadable goes on is not known.
        status = run.status
    return told if (verdict, status) == (told.verdict, told.status) else _Told(verdict, status)


def _holds(run: RunSnapshot) -> bool:
    """Return whether the verdict of a run is beyond doubt, and has held for some evaluations or will not change."""
    if run.assessment.is_weak:
        return False
    last = _last_change(run)
    if run.assessment.verdict in _AT_ONCE or last is None or run.history is None:
        return True
    return run.status in ENDED or len(run.history.x) - last.index >= _HOLDS_FOR


def _last_change(run: RunSnapshot) -> VerdictChange | None:
    return run.timeline[-1] if run.timeline else None


def _changes(told: _Told, now: _Told, run: RunSnapshot, at: float) -> Iterator[RunChange]:
    """Yield what is new: a verdict, then a status."""
    is_news = now.verdict is not Verdict.WARMING_UP and not (now.verdict in _GOOD and told.verdict in _GOOD)
    if now.verdict is not told.verdict and is_news:
        yield RunChange(at, run.name, now.verdict.value, now.verdict.value, *_since(run))
    if now.status is told.status:
        return
    if now.status is RunStatus.RUNNING:
        yield RunChange(at, run.name, "goes on", "muted", *_position(run))
    else:
        role = "muted" if now.status is RunStatus.ENDED else "warn"
        yield RunChange(at, run.name, now.status.value, role, *_position(run))


def _since(run: RunSnapshot) -> tuple[str, ...]:
    """Return since when the verdict holds: from the turning point, else from where it was given."""
    last = _last_change(run)
    index = run_text.turning_point(run)
    x = run_text.x_of_evaluation(run, index if index is not None or last is None else last.index)
    if x is None:
        return ()
    return f"since {run_text.position_text(run, x)}", f"since {run_text.short_position(run, x)}"


def _position(run: RunSnapshot) -> tuple[str, ...]:
    """Return at which evaluation the run is, and the same in short; nothing if it has none."""
    position = run_text.progress(run)
    if not position or run.history is None:
        return ()
    return f"at {position}", f"at {run_text.short_position(run, float(run.history.x[-1]))}"
