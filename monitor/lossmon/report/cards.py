"""What the line of ``lossmon status`` says of a run, taken from all there is to know of it."""

from __future__ import annotations

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text as words
from lossmon.presentation.sorting import troubled, urgency
from lossmon.report.statusline_cache import Loss, RunSummary


def summarize(view: RunSnapshot) -> RunSummary:
    """Return the card of a run."""
    return RunSummary(
        view.name.text, words.word(view), words.since(view), words.role(view), urgency(view), troubled(view)
    )


def losses(view: RunSnapshot) -> tuple[Loss, Loss]:
    """Return the train and the validation loss of a run, as far as others are compared with them."""
    train, val = (Loss(curve.tag.text, len(curve.x)) if curve else Loss("", 0) for curve in (view.train, view.val))
    return train, val
