"""Turn bytes from a terminal, including hostile ones, into key presses and clicks."""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import Callable, Iterable

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.message import Message

_MAX_READ_SIZE = 1024
"""Bytes read at once."""
_ESCAPE_SECONDS = 0.12
"""A little more than the 0.1 s that Textual's parser waits before an escape byte becomes the escape key."""


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
        self._parser = XTermParser()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def start(self) -> None:
        """Start to read."""
        self._loop.add_reader(self._fd, self._read)

    def stop(self) -> None:
        """Stop reading."""
        self._loop.remove_reader(self._fd)

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
        self._loop.call_later(_ESCAPE_SECONDS, self._end_escape)

    def feed(self, data: bytes) -> None:
        """Deliver the keys and clicks in *data*; ignore everything else."""
        if text := self._decode(data):
            self._deliver(self._parser.feed(text))

    def _end_escape(self) -> None:
        """Deliver a lone escape byte as the escape key."""
        self._deliver(self._parser.tick())

    def _deliver(self, messages: Iterable[Message]) -> None:
        try:
            for message in messages:
                # The rest is not used: the size of the terminal, for instance, comes from the kernel.
                if isinstance(message, (events.Key, events.MouseEvent, events.Paste)):
                    self._on_message(message)
        except (ParseError, ValueError, OverflowError):
            # The parser fails on numbers that no terminal sends, and cannot continue after that.
            self._parser = XTermParser()
