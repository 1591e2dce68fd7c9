"""Turn bytes from a terminal, including hostile ones, into key presses and clicks.

Textual only names the keys: its parser keeps a state that some sequences destroy or never end.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress

from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message

from lossmon.tui.terminal.key_sequences import CTRL_C, KeySplitter, Pasted

_MAX_READ_SIZE = 1 << 16
"""Bytes read at once."""
_ESCAPE_SECONDS = 0.12
"""How long after an escape byte nothing must come until it is the escape key."""
_UNFINISHED_SECONDS = 1.0
"""How long after its last byte a sequence or a paste without an end is given up."""
_MAX_TYPED = 512
"""More keys in one read than this were not typed, but pasted on a terminal that does not say so."""

_CURSOR_REPORT = re.compile(r"\x1b\[\d+;\d+R")
"""Where the cursor is; the same letter names a key."""


class Keyboard:
    """Reads a non-blocking terminal from the event loop; nothing runs while no key is pressed.

    *on_message* gets each key press, click and paste; *on_hangup* is called once when the terminal is gone.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fd: int,
        on_message: Callable[[Message], None],
        on_hangup: Callable[[], None],
    ) -> None:
        self._loop, self._fd = loop, fd
        self._on_message, self._on_hangup = on_message, on_hangup
        self._naming = XTermParser()
        self._splitter = KeySplitter()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start to read."""
        self._loop.add_reader(self._fd, self._read)

    def stop(self) -> None:
        """Stop reading."""
        self._loop.remove_reader(self._fd)
        self._set_timer(None)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _MAX_READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.stop()
            self._on_hangup()
            return
        self.feed(data)
        self._set_timer(self._end_escape if self._splitter.is_waiting else None, _ESCAPE_SECONDS)

    def feed(self, data: bytes) -> None:
        """Deliver the keys, clicks and pastes in *data*; ignore everything else."""
        tokens = [*self._splitter.feed(self._decode(data))]
        if len(tokens) > _MAX_TYPED:
            tokens = [token for token in tokens if isinstance(token, Pasted) or token == CTRL_C]
        self._deliver(tokens)

    def _set_timer(self, call: Callable[[], None] | None, seconds: float = 0.0) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, call) if call else None

    def _end_escape(self) -> None:
        self._deliver(self._splitter.end_escape())
        if self._splitter.is_waiting:
            self._set_timer(self._splitter.give_up, _UNFINISHED_SECONDS - _ESCAPE_SECONDS)

    def _deliver(self, tokens: Iterable[str | Pasted]) -> None:
        for token in tokens:
            for message in self._messages(token):
                self._on_message(message)

    def _messages(self, token: str | Pasted) -> list[Message]:
        """Return the keys or clicks that *token* stands for; none if that is not known.

        The size of the terminal, for instance, is not read from its answers: it comes from the kernel.
        """
        if isinstance(token, Pasted):
            return [events.Paste(token.text)]
        if _CURSOR_REPORT.fullmatch(token):
            return []
        # Textual's tables of names raise various errors for numbers that no terminal sends.
        with suppress(Exception):
            if token.startswith("\x1b[<"):
                return [*filter(None, [self._naming.parse_mouse_code(token)])]
            keys = [*self._naming._sequence_to_key_events(token)]
            if not keys and len(token) == 2:
                keys = [*self._naming._sequence_to_key_events(token[1], alt=True)]
            return [key for key in keys if key.key != Keys.Ignore]
        return []
