"""The one line that ``lossmon status`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.report.statusline_cache import Part, RunSummary

_NAMED = 2
"""Runs in trouble that are named."""
_TMUX = {"overfitting": "colour208", "diverged": "red", "unstable": "yellow", "underfitting": "magenta"}


def parts_of(cards: Sequence[RunSummary]) -> list[Part]:
    """Return the line for the runs on *cards*: two in trouble by name, how many more are, how many are well."""
    from lossmon.presentation.short_names import short_names

    if not cards:
        return [("no runs", "")]
    short = short_names(tuple(card.name for card in cards))
    bad = sorted((card for card in cards if card.troubled), key=lambda card: card.urgency)
    parts = [(f"{short[one.name]} {one.word.upper()} {one.since}".rstrip(), one.role) for one in bad[:_NAMED]]
    if len(bad) > _NAMED:
        parts.append((f"{len(bad) - _NAMED} more in trouble", ""))
    if len(cards) == 1 and not bad:
        return [(f"{short[cards[0].name]} {cards[0].word}", "")]
    return parts + ([(f"{len(cards) - len(bad)} ok", "")] if len(cards) > len(bad) else [])


def in_tmux(parts: Sequence[Part]) -> str:
    """Return the line with tmux's own colours; ``#`` in a name is doubled, so that it cannot act."""
    shown = []
    for text, verdict in parts:
        literal, colour = text.replace("#", "##"), _TMUX.get(verdict)
        shown.append(f"#[fg={colour}]{literal}#[default]" if colour else literal)
    return " · ".join(shown)
