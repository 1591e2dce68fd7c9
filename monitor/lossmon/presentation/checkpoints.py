"""What is said of the checkpoints of a run: the worst thing first, and a row for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from lossmon.core.checkpoint import Checkpoint
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import plural
from lossmon.presentation import run_text
from lossmon.presentation.numbers import format_bytes, format_duration, format_loss
from lossmon.runs.checkpoint_advice import cost
from lossmon.runs.checkpoint_review import CheckpointReview, review_checkpoints

COLUMNS = ("", "checkpoint", "at", "loss", "size", "known by")
_MAX_NAMED = 5
"""Checkpoints that one sentence names."""


class FindingKind(IntEnum):
    """What a sentence says, the most urgent first."""

    WILL_BE_DELETED = 0
    MISSING = 1
    UNKNOWN = 2
    KEEP = 3
    EQUAL = 4
    COULD_GO = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know of the checkpoints of a run."""

    kind: FindingKind
    text: str


def findings(run: RunSnapshot) -> list[Finding]:
    """Return what is to be said of the checkpoints of *run*, the most urgent first; nothing if none was found."""
    return sorted(_findings(run, review_checkpoints(run)), key=lambda one: one.kind) if run.checkpoints else []


def warning(run: RunSnapshot) -> str:
    """Return that the best checkpoint will soon be deleted by the training; empty if it will not."""
    return next((one.text for one in findings(run) if one.kind is FindingKind.WILL_BE_DELETED), "")


def urgency(run: RunSnapshot) -> int:
    """Return a sort key that puts runs first whose checkpoints are in the worst state; those without any come last."""
    return min((one.kind for one in findings(run)), default=len(FindingKind))


def rows(run: RunSnapshot) -> Iterator[tuple[str, ...]]:
    """Yield the cells of ``COLUMNS`` for each checkpoint, the newest first; those of unknown place come last."""
    review = review_checkpoints(run)
    placed = [one for one in run.checkpoints if one.x is not None]
    for one in (*reversed(placed), *(one for one in run.checkpoints if one.x is None)):
        at = "" if one.x is None else run_text.position_text(run, one.x)
        yield mark(one, review), one.name, at, _loss(run, one), format_bytes(one.size), one.known_by


def mark(checkpoint: Checkpoint, review: CheckpointReview) -> str:
    """Return in a word what becomes of a checkpoint: ``keep``, ``could go``, ``gone``…; empty if nothing."""
    if checkpoint.is_gone:
        return "gone"
    if checkpoint == review.keep:
        return "keep"
    if checkpoint in review.equal:
        return "equal"
    if checkpoint.is_empty:
        return "empty"
    if not checkpoint.has_weights:
        return "no weights"
    return "could go" if checkpoint in review.could_go else ""


def _loss(run: RunSnapshot, checkpoint: Checkpoint) -> str:
    history = run.history
    if history is None or checkpoint.evaluation is None:
        return "" if checkpoint.x is None else "not evaluated"
    return format_loss(float(history.judged[checkpoint.evaluation]))


def _findings(run: RunSnapshot, review: CheckpointReview) -> Iterator[Finding]:
    keep, history = review.keep, run.history
    if review.will_be_deleted is not None and keep is not None and review.rotation is not None:
        yield Finding(FindingKind.WILL_BE_DELETED, _will_be_deleted(run, review, keep))
    if review.is_best_saved is False and history is not None and review.best is not None:
        yield Finding(FindingKind.MISSING, _missing(run, review))
    if review.unknown:
        names = _names(review.unknown)
        yield Finding(FindingKind.UNKNOWN, f"at which {run.unit} the training saved {names} is not known")
    if keep is not None:
        best = "the best evaluation" if review.is_best_saved else "the best on disk"
        yield Finding(
            FindingKind.KEEP,
            f"keep {keep.name}: {best}, {run_text.position_text(run, keep.x or 0.0)}, {cost(run, keep)}",
        )
    if review.equal:
        yield Finding(
            FindingKind.EQUAL,
            f"no worse than the best within its noise of {format_loss(review.noise)}: {_names(review.equal)}",
        )
    if review.could_go:
        size = format_bytes(sum(one.size for one in review.could_go))
        count = plural(len(review.could_go), "checkpoint")
        yield Finding(
            FindingKind.COULD_GO,
            f"could go: {count} of {size}, clearly worse and not the newest: {_names(review.could_go)}",
        )


def _will_be_deleted(run: RunSnapshot, review: CheckpointReview, keep: Checkpoint) -> str:
    assert review.rotation is not None
    assert review.will_be_deleted is not None
    saves, kept = review.will_be_deleted, review.rotation.kept
    when = "when it saves the next" if saves == 1 else f"when it has saved {saves} more"
    seconds = run_text.seconds_per_unit(run.history)
    if seconds is not None and len(kept) > 1:
        spacing = (kept[-1].x or 0.0) - (kept[-2].x or 0.0)
        when += f", in about {format_duration(saves * spacing * seconds)}"
    held = "the best" if review.is_best_saved else "the best on disk"
    newest = f"its newest {len(kept)} checkpoints" if len(kept) > 1 else "its newest checkpoint"
    keeps = "keeps" if review.rotation.was_seen else "seems to keep"
    danger = f"the training {keeps} only {newest}, and will delete it {when}, unless it protects its best"
    return f"copy {keep.name}, {held}, now: {danger}"


def _missing(run: RunSnapshot, review: CheckpointReview) -> str:
    history, best = run.history, review.best
    assert history is not None
    assert best is not None
    at = run_text.position_text(run, float(history.x[best]))
    beside = [(where, one) for where, one in (("before", review.before), ("after", review.after)) if one is not None]
    near = [f"the nearest {where} is {_described(run, one)}" for where, one in beside]
    text = f"the best evaluation, {at}, {format_loss(float(history.judged[best]))}, {_verb(run, review)}"
    return "; ".join([text, *near])


def _verb(run: RunSnapshot, review: CheckpointReview) -> str:
    """Return what became of the best evaluation: ``was never saved``."""
    empty = [one for one in run.checkpoints if one.is_empty and one.evaluation == review.best]
    if empty:
        return f"is not on disk: {empty[0].name} is empty"
    if review.deleted is not None:
        return f"is no longer on disk: {review.deleted.name} was deleted"
    if review.rotation is not None:
        return f"is no longer on disk: the training seems to keep only its newest {len(review.rotation.kept)}"
    return f"was {review.absence}" if review.absence == "never saved" else f"is {review.absence}"


def _described(run: RunSnapshot, checkpoint: Checkpoint) -> str:
    at = run_text.position_text(run, checkpoint.x or 0.0)
    told = cost(run, checkpoint) or "not evaluated"
    return f"{checkpoint.name} ({at}, {told}{_defect(checkpoint)})"


def _defect(checkpoint: Checkpoint) -> str:
    if checkpoint.is_empty:
        return ", empty"
    return "" if checkpoint.has_weights else ", without weights"


def _names(checkpoints: Iterable[Checkpoint]) -> str:
    """Return the names of the first few, and how many more there are."""
    names = [one.name for one in checkpoints]
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
