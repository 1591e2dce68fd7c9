"""The bell and the desktop notification of a terminal.

A notification is OSC 9 (iTerm2 and others), OSC 777 (urxvt, foot, Ghostty, WezTerm) or OSC 99 (kitty): one of them, by
the name of the terminal, because others would print its text. In tmux it needs the option ``allow-passthrough``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping

from lossmon.alerts.alert import Alert
from lossmon.core.text import sanitize
from lossmon.core.tmux import passed_through

BELL = "\a"
_MAX_CHARACTERS = 200
_TMUX_SECONDS = 2.0
_TMUX_QUESTION = ("tmux", "display-message", "-p", "#{client_termtype}|#{client_termname}|#{allow-passthrough}")
_PASSING = ("1", "on", "all")
"""How tmux says that it passes sequences on; it is a switch in version 3.3 and a word from 3.4 on."""
_OSC_NUMBERS = {"kitty": 99, "ghostty": 777, "wezterm": 777, "foot": 777, "rxvt-unicode": 777, "iterm": 9}
"""For a part of the name of a terminal, the notification that it shows."""
_NAME_VARIABLES = ("TERM_PROGRAM", "LC_TERMINAL", "TERM")
"""Where the name of the terminal is; ssh passes on the last two."""


class TerminalChannel:
    """Rings the bell of the terminal, and shows a notification where the terminal can."""

    name = "terminal"

    def __init__(
        self,
        write: Callable[[str], None],
        environ: Mapping[str, str] | None = None,
        *,
        ask_tmux: Callable[[], str] | None = None,
    ) -> None:
        """Ring with *write*, which must lead to a terminal; *ask_tmux* returns what tmux answers to our question."""
        self._write = write
        self._environ = os.environ if environ is None else environ
        self._ask_tmux = ask_tmux or _ask_tmux

    def send(self, alert: Alert) -> str:
        """Ring, and return how."""
        number, in_tmux = self._ability()
        self._write(BELL + (_notification(number, alert, in_tmux=in_tmux) if number else ""))
        return f"bell and notification (OSC {number})" if number else "bell"

    def _ability(self) -> tuple[int, bool]:
        """Return the number of the notification that the terminal shows, 0 for none, and whether it is behind tmux."""
        if self._environ.get("STY"):
            return 0, False  # GNU screen shows such text
        if not self._environ.get("TMUX"):
            return _osc_number(*(self._environ.get(name, "") for name in _NAME_VARIABLES)), False
        *names, passes = self._ask_tmux().strip().split("|")
        return (_osc_number(*names) if passes in _PASSING else 0), True


def _osc_number(*names: str) -> int:
    """Return the number for the first of the *names* of a terminal that is known; 0 if none is.

    >>> _osc_number("", "xterm-kitty"), _osc_number("Apple_Terminal", "xterm-256color")
    (99, 0)
    """
    for name in names:
        for part, number in _OSC_NUMBERS.items():
            if part in name.lower():
                return number
    return 0


def _notification(number: int, alert: Alert, *, in_tmux: bool) -> str:
    """Return the escape sequences of a notification; the text in them holds no control characters."""
    title, body = (sanitize(text.replace("\n", " "), _MAX_CHARACTERS) for text in (alert.title, alert.message))
    if number == 99:
        parts = [f"99;i=lossmon:d=0;{title}", f"99;i=lossmon:p=body;{body}"]
    elif number == 777:
        parts = [f"777;notify;{title.replace(';', ',')};{body.replace(';', ',')}"]
    else:
        parts = [f"9;lossmon: {body}"]  # a number at the start would be another command, such as a progress bar
    sequences = "".join(f"\x1b]{part}\x1b\\" for part in parts)
    return passed_through(sequences) if in_tmux else sequences


def _ask_tmux() -> str:
    """Return the names of the terminal that tmux runs in, and whether it passes sequences on; empty if it is mute."""
    try:
        answer = subprocess.run(  # noqa: S603 - a constant
            _TMUX_QUESTION, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TMUX_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return answer.stdout
