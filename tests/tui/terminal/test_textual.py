"""What the driver uses of Textual without being promised it; a new Textual that changes any of it fails here."""

from __future__ import annotations

import inspect
import sys

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver

from lossmon.tui.settings import DisplayOptions
from lossmon.tui.terminal import driver_class
from lossmon.tui.terminal.driver import TerminalDriver


def test_the_parser_turns_text_into_messages_and_is_asked_again_after_a_while() -> None:
    parser = XTermParser()
    assert [type(message) for message in parser.feed("j\x1b[<0;1;1M")] == [events.Key, events.MouseDown]
    assert list(parser.feed("\x1b")) == []
    assert list(parser.tick()) == []


def test_a_driver_is_what_it_was() -> None:
    assert list(inspect.signature(Driver.__init__).parameters) == ["self", "app", "debug", "mouse", "size"]
    assert Driver.__abstractmethods__ == {"write", "start_application_mode", "disable_input", "stop_application_mode"}
    for name in ("flush", "close", "process_message", "send_message", "can_suspend"):
        assert hasattr(Driver, name)


def test_every_picture_is_followed_by_a_flush_and_sized_by_the_driver() -> None:
    assert "self._driver.flush()" in inspect.getsource(App._display)
    assert "self._driver._size" in inspect.getsource(App.size.fget)  # type: ignore[attr-defined]
    assert "self._driver: Driver | None" in inspect.getsource(App.__init__)
    assert "driver_class" in inspect.signature(App.__init__).parameters


def test_where_it_cannot_be_had_textuals_own_driver_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    assert driver_class() is TerminalDriver
    assert driver_class(stock=DisplayOptions(stock_driver=True).stock_driver) is None
    monkeypatch.setitem(sys.modules, "lossmon.tui.terminal.driver", None)
    assert driver_class() is None
