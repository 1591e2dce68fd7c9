"""``lossmon status``: one line for a status bar, the runs in most trouble first."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing

from lossmon.commands.memory import Card, Entry, Memory, Part, Past, facts
from lossmon.commands.paths import existing, feed
from lossmon.commands.renewal import renewed
from lossmon.options import configured
from lossmon.watch import Discovery, Found

_NAMED = 2
_TRUSTED = 600.0
"""Seconds after which all logs are read anew once one has changed."""
_TMUX = {"overfitting": "colour208", "diverged": "red", "unstable": "yellow", "underfitting": "magenta"}


def run(arguments: argparse.Namespace) -> int:
    """Print the line and return 0."""
    arguments = configured(arguments)
    paths = existing(arguments.paths)
    memory, found = Memory(paths, arguments.train, arguments.val), files_below(paths)
    past = memory.recall()
    if past is None or past.files != facts(found):
        past = _looked(past, paths, found, arguments)
        memory.keep(past)
    line = in_tmux(past.line) if arguments.tmux else " · ".join(text for text, _ in past.line)
    print(line.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
    return 0


def files_below(paths: Sequence[str]) -> list[Found]:
    """Return all files in which a log may be."""
    discovery = Discovery(paths)
    while not discovery.complete:
        discovery.tick(0.0)
    return discovery.files


def _looked(past: Past | None, paths: list[str], found: Sequence[Found], arguments: argparse.Namespace) -> Past:
    """Return what is known now, having read of the logs no more than needed."""

    def look(some: Sequence[Found]) -> list[Entry]:
        from lossmon.commands.cards import card, losses

        with closing(feed(paths, arguments, once=True, found=some)) as source:
            views = source.read_all().runs
            return [Entry(tuple(source.logs_of(view.name)), losses(view), card(view)) for view in views]

    now = time.time()
    trusted = past is not None and 0 <= now - past.taken < _TRUSTED
    entries = renewed(past, found, look) if past and trusted else None
    taken = past.taken if past and entries is not None else now
    entries = look(found) if entries is None else entries
    return Past(taken, facts(found), parts_of([entry.card for entry in entries]), entries)


def parts_of(cards: Sequence[Card]) -> list[Part]:
    """Return the line for the runs on *cards*: two in trouble by name, how many more are, how many are well."""
    from lossmon.ui.labels import labels

    if not cards:
        return [("no runs", "")]
    short = labels(tuple(card.name for card in cards))
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
