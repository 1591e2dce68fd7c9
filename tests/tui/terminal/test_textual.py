"""The undocumented parts of Textual that our driver uses: these tests fail if a new version changes them."""

from __future__ import annotations

import inspect
import sys

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver

from lossmon.tui.terminal import driver_class


def test_the_parser_names_keys_and_clicks() -> None:
    parser = XTermParser()
    assert [key.key for key in parser._sequence_to_key_events("\x1b[A")] == ["up"]
    assert [key.key for key in parser._sequence_to_key_events("j", alt=True)] == ["alt+j"]
    assert isinstance(parser.parse_mouse_code("\x1b[<0;1;1M"), events.MouseDown)


def test_a_driver_has_the_methods_that_ours_overrides_or_calls() -> None:
    assert list(inspect.signature(Driver.__init__).parameters) == ["self", "app", "debug", "mouse", "size"]
    assert Driver.__abstractmethods__ == {"write", "start_application_mode", "disable_input", "stop_application_mode"}
    for name in ("flush", "close", "process_message", "send_message", "can_suspend"):
        assert hasattr(Driver, name)


def test_the_application_flushes_the_driver_after_each_frame_and_takes_its_size_from_it() -> None:
    assert "self._driver.flush()" in inspect.getsource(App._display)
    assert "self._driver._size" in inspect.getsource(App.size.fget)  # type: ignore[attr-defined]
    assert "self._driver: Driver | None" in inspect.getsource(App.__init__)
    assert "driver_class" in inspect.signature(App.__init__).parameters


def test_textuals_driver_is_used_on_request_or_if_ours_cannot_be_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = driver_class()
    assert ours is not None
    assert issubclass(ours, Driver)
    assert driver_class(stock=True) is None
    monkeypatch.setitem(sys.modules, "lossmon.tui.terminal.driver", None)
    assert driver_class() is None
