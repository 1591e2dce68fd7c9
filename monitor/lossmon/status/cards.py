"""What the line of ``lossmon status`` says of a run, taken from all there is to know of it."""

from __future__ import annotations

from lossmon.snapshot import RunView
from lossmon.status.cache import Card, Loss
from lossmon.ui import words
from lossmon.ui.order import troubled, urgency


def card(view: RunView) -> Card:
    """Return the card of a run."""
    return Card(view.name.text, words.word(view), words.since(view), words.role(view), urgency(view), troubled(view))


def losses(view: RunView) -> tuple[Loss, Loss]:
    """Return the train and the validation loss of a run, as far as others are compared with them."""
    train, val = (Loss(curve.tag.text, len(curve.x)) if curve else Loss("", 0) for curve in (view.train, view.val))
    return train, val
