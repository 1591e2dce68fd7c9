"""Bytes from a terminal, hostile ones included, as keys and clicks."""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import Callable, Iterable

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.message import Message

_CHUNK = 1024
_ESCAPE_SECONDS = 0.12
"""A little longer than the parser waits before it takes an escape byte for the escape key."""


class Keyboard:
    """Reads a non-blocking terminal from the event loop; nothing wakes up while no key is pressed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fd: int,
        deliver: Callable[[Message], None],
        gone: Callable[[], None],
    ) -> None:
        self._loop, self._fd = loop, fd
        self._deliver, self._gone = deliver, gone
        self._parser = XTermParser()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def start(self) -> None:
        """Begin to read."""
        self._loop.add_reader(self._fd, self._read)

    def stop(self) -> None:
        """Read no more."""
        self._loop.remove_reader(self._fd)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.stop()
            self._gone()
            return
        self.take(data)
        self._loop.call_later(_ESCAPE_SECONDS, self._tick)

    def take(self, data: bytes) -> None:
        """Deliver the keys and clicks in *data*; what is neither is ignored."""
        if text := self._decode(data):
            self._pass_on(self._parser.feed(text))

    def _tick(self) -> None:
        self._pass_on(self._parser.tick())

    def _pass_on(self, messages: Iterable[Message]) -> None:
        try:
            for message in messages:
                # A terminal may answer what nobody asked: its size comes from the kernel, and the rest is not used.
                if isinstance(message, (events.Key, events.MouseEvent, events.Paste)):
                    self._deliver(message)
        except (ParseError, ValueError, OverflowError):
            # The parser gives up on numbers no terminal sends, and cannot go on after that.
            self._parser = XTermParser()
