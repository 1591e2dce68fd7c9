from __future__ import annotations

import pytest
from tests.support.alerts import an_alert

from lossmon.alerts.alert import Alert
from lossmon.alerts.terminal import TerminalChannel

BODY = an_alert().message
KITTY = f"\x1b]99;i=lossmon:d=0;lossmon: overfitting\x1b\\\x1b]99;i=lossmon:p=body;{BODY}\x1b\\"


def rung(environ: dict[str, str], tmux: str = "", alert: Alert | None = None) -> str:
    """Return what is written to a terminal with these variables, in which tmux answers *tmux*."""
    written: list[str] = []
    TerminalChannel(written.append, environ, ask_tmux=lambda: tmux).send(alert or an_alert())
    return "".join(written)


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        ({"TERM": "xterm-kitty"}, KITTY),
        ({"TERM_PROGRAM": "ghostty"}, f"\x1b]777;notify;lossmon: overfitting;{BODY.replace(';', ',')}\x1b\\"),
        ({"TERM": "foot"}, f"\x1b]777;notify;lossmon: overfitting;{BODY.replace(';', ',')}\x1b\\"),
        ({"TERM_PROGRAM": "iTerm.app"}, f"\x1b]9;lossmon: {BODY}\x1b\\"),
        ({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, f"\x1b]9;lossmon: {BODY}\x1b\\"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, ""),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "xterm-kitty", "STY": "1.pts"}, ""),
        ({}, ""),
    ],
)
def test_the_bell_rings_and_the_terminal_gets_the_one_notification_that_it_knows(
    environ: dict[str, str], sequence: str
) -> None:
    assert rung(environ) == "\a" + sequence


@pytest.mark.parametrize("passes", ["on", "all", "1"])
def test_in_tmux_the_notification_for_the_terminal_around_it_is_passed_through(passes: str) -> None:
    doubled = KITTY.replace("\x1b", "\x1b\x1b")
    environ = {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}
    assert rung(environ, f"|xterm-kitty|{passes}\n") == f"\a\x1bPtmux;{doubled}\x1b\\"
    assert rung(environ, f"iTerm2 3.5.0|xterm-256color|{passes}\n").startswith("\a\x1bPtmux;\x1b\x1b]9;lossmon: ls")


@pytest.mark.parametrize("answer", ["|xterm-kitty|0\n", "|xterm-kitty|off\n", "||on\n", "", "nonsense"])
def test_in_tmux_that_passes_nothing_on_or_has_no_known_terminal_only_the_bell_rings(answer: str) -> None:
    assert rung({"TMUX": "x", "TERM": "xterm-kitty"}, answer) == "\a"


@pytest.mark.parametrize("term", ["xterm-kitty", "foot", "iterm"])
def test_text_of_a_log_can_neither_end_a_notification_nor_begin_another_command(term: str) -> None:
    alert = Alert("overfitting", "4;3;\nx\x1b\\\x1b]0;title\x07 \x9c run\n" + "x" * 5000)
    written = rung({"TERM": term}, alert=alert)
    assert written.count("\x1b") == 2 * written.count("\x1b\\")
    assert written.count("\a") == 1
    assert "\x9c" not in written
    assert "]9;4;" not in written
    assert len(written) < 600
