"""Says in the advice which file holds the checkpoint that it asks for, or that it is not on disk."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from lossmon.advice.facts import number, percent
from lossmon.core.assessment import Advice
from lossmon.core.checkpoint import Checkpoint, CheckpointRole
from lossmon.core.snapshot import RunSnapshot
from lossmon.runs.checkpoint_review import review_checkpoints


def with_checkpoints(run: RunSnapshot, checkpoints: tuple[Checkpoint, ...]) -> RunSnapshot:
    """Return *run* with its *checkpoints*, which its advice names."""
    run = replace(run, checkpoints=checkpoints)
    advice = tuple(_named(piece, run) for piece in run.advice)
    return run if advice == run.advice else replace(run, advice=advice)


def _named(piece: Advice, run: RunSnapshot) -> Advice:
    """Return *piece* with the file behind each evaluation whose checkpoint it asks for."""
    if run.history is None or not piece.keeps:
        return piece
    call = f": {piece.call}" if piece.call else ""
    action = piece.do.removesuffix(call)
    for index in piece.keeps:
        label = re.escape(run.history.label(index))
        found = re.search(rf"{label}(?![\d.]*\d)", action)
        if found and (note := where_saved(run, index)):
            action = f"{action[: found.end()]} ({note}){action[found.end() :]}"
    return replace(piece, do=action + call)


def where_saved(run: RunSnapshot, index: int) -> str:
    """Return which file holds the evaluation *index*, or that none does: ``never saved; …``; empty if it is unknown."""
    found = [one for one in run.checkpoints if one.is_usable and one.evaluation == index]
    review = review_checkpoints(run)
    if found:
        return review.keep.name if review.keep in found else found[0].name
    if index != review.best:
        return ""
    if review.is_best_saved and review.keep is not None:
        return f"{review.keep.name} is no worse, {cost(run, review.keep)}"
    if review.is_best_saved is None:
        own = next((one for one in review.unknown if one.role is CheckpointRole.BEST), None)
        return f"perhaps {own.name}, the best by the training's own measure" if own else ""
    return missing_best(run)


def missing_best(run: RunSnapshot) -> str:
    """Return that the best evaluation is not on disk, and what to take instead: ``never saved; the best …``."""
    review = review_checkpoints(run)
    if review.keep is not None:
        return f"{review.absence}; the best on disk is {review.keep.name}, {cost(run, review.keep)}"
    nearest = review.after or review.before
    if nearest is None or nearest.is_usable:
        return review.absence
    return f"{review.absence}; {nearest.name} {'is empty' if nearest.is_empty else 'holds no weights'}"


def cost(run: RunSnapshot, checkpoint: Checkpoint) -> str:
    """Return the loss of a checkpoint against the best: ``0.7118, 41 % higher``; empty if it was not evaluated."""
    history, best = run.history, run.assessment.best
    if history is None or best is None or checkpoint.evaluation is None:
        return ""
    loss, least = float(history.judged[checkpoint.evaluation]), float(history.judged[best])
    if (loss >= least) if run.higher_is_better else (loss <= least):
        return number(loss)
    if checkpoint in review_checkpoints(run).equal:
        return f"{number(loss)}, equal within the noise"
    share = (least - loss if run.higher_is_better else loss - least) / least if least > 0 else math.nan
    worse = f"{percent(share)} {'lower' if run.higher_is_better else 'higher'}" if math.isfinite(share) else ""
    return ", ".join(filter(None, [number(loss), worse]))
