"""Type at random, and check after every thousand sequences that the screen still answers.

    python -m tests.bench.keys [--count N] [--seed N] [--seconds N]

Keys, escape sequences, pastes, answers of terminals and noise, cut anywhere, go through the keyboard to the screen in a
headless terminal. Keys that quit or write files are left out. The exit code is 1 if the screen stopped to answer.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable

from tests.support.screen import app_of, shown
from tests.support.scripted import four_runs, gpus, snapshot
from textual import events
from textual.message import Message
from textual.pilot import Pilot

from lossmon.tui.settings import Page
from lossmon.tui.terminal.keyboard import Keyboard

_LEFT_OUT = frozenset({"q", "ctrl+c", "ctrl+z", "e"})
"""Keys that quit, suspend, or write files."""
_ROUND = 1000
_NAMED = (
    b"\x1b[A",
    b"\x1b[B",
    b"\x1b[C",
    b"\x1b[D",
    b"\x1b[5~",
    b"\x1b[6~",
    b"\x1b[H",
    b"\x1b[F",
    b"\r",
    b"\x1b",
    b"\x7f",
)
_KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    lambda chance: chance.choice(b"abcdfghijklmnoprstuvwxyzNSTG?/:<>+-=0 ").to_bytes(1, "big"),
    lambda chance: chance.choice(_NAMED),
    lambda chance: b"\x1b[<%d;%d;%d%c" % (*(chance.randrange(200) for _ in range(3)), chance.choice(b"Mm")),
    lambda chance: b"\x1b[48;%d;%d;%d;%dt" % tuple(chance.choice((0, 1, 36, 120, 99999)) for _ in range(4)),
    lambda chance: b"\x1b[%d;%d%c" % (chance.randrange(1 << 40), chance.randrange(300), chance.choice(b"u~AHPRy")),
    lambda chance: b"\x1b[200~" + chance.randbytes(chance.randrange(40)) + b"\x1b[201~" * chance.randrange(2),
    lambda chance: b"\x1b" + chance.choice(b"]PX^_O[").to_bytes(1, "big") + chance.randbytes(chance.randrange(9)),
    lambda chance: chance.randbytes(chance.randrange(1, 9)),
)


class Typist:
    """Sends random sequences, in pieces, to a keyboard whose messages go to *post*."""

    def __init__(self, seed: int, post: Callable[[Message], object]) -> None:
        self._chance, self._post = random.Random(seed), post
        self.keyboard = Keyboard(asyncio.get_running_loop(), -1, self._deliver, lambda: None)
        self.delivered = 0

    def type(self, count: int) -> None:
        """Send *count* sequences."""
        data = b"".join(self._chance.choice(_KINDS)(self._chance) for _ in range(count))
        while data:
            size = self._chance.randrange(1, 30)
            self.keyboard.feed(data[:size])
            data = data[size:]

    def _deliver(self, message: Message) -> None:
        if isinstance(message, events.Key) and message.key in _LEFT_OUT:
            return
        self.delivered += 1
        self._post(message)


async def answers(pilot: Pilot[None], typist: Typist) -> bool:
    """Return whether the keys still do what they should: escape until nothing is open, then help."""
    await pilot.pause()
    typist.keyboard.feed(b"\x03")
    await pilot.press(*["escape"] * 8)
    if page(pilot) is not Page.RUN or app_of(pilot).failure is not None:
        return False
    typist.keyboard.feed(b"?")
    await pilot.pause()
    is_open = page(pilot) is Page.HELP
    await pilot.press("escape")
    return is_open


def page(pilot: Pilot[None]) -> Page:
    return app_of(pilot).state.view.page


async def fuzz(arguments: argparse.Namespace) -> int:
    """Type until the count or the time is reached, and return the number of sequences after which it failed, or 0."""
    start, typed = time.monotonic(), 0
    async with shown(snapshot(*four_runs()), gpus=gpus()) as pilot:
        typist = Typist(arguments.seed, app_of(pilot).post_message)
        while typed < arguments.count and time.monotonic() - start < arguments.seconds:
            typist.type(_ROUND)
            typed += _ROUND
            if not await answers(pilot, typist):
                return typed
    sys.stdout.write(f"{typed:,} sequences, {typist.delivered:,} keys and clicks, {time.monotonic() - start:.0f} s\n")
    return 0


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=900.0)
    failed = asyncio.run(fuzz(parser.parse_args()))
    if failed:
        sys.stdout.write(f"the screen did not answer after {failed:,} sequences\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
