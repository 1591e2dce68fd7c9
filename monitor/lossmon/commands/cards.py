"""What the line of ``lossmon status`` says of a run, taken from all there is to know of it."""

from __future__ import annotations

from lossmon.commands.memory import Card
from lossmon.snapshot import RunView
from lossmon.ui import words
from lossmon.ui.order import troubled, urgency


def card(view: RunView) -> Card:
    """Return the card of a run."""
    return Card(view.name.text, words.word(view), words.since(view), words.role(view), urgency(view), troubled(view))
