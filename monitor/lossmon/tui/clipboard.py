"""Copy a text to the clipboard of the user's terminal, also over SSH and through tmux."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping
from contextlib import suppress

from textual.app import App

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import sanitize
from lossmon.core.tmux import passed_through
from lossmon.presentation import run_text
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.terminal import write_sequence

_MAX_LENGTH = 2000
"""Characters that are copied. What is longer than 4096 bytes some terminals do not take."""
_TMUX_SECONDS = 2.0
"""How long to wait for tmux."""


def text_to_copy(state: State, readout: str) -> str:
    """Return one line about the shown run: *readout*, the values at the cursor, else its next advice, else its verdict.

    It is a single line without control characters, so that a shell into which it is pasted runs nothing.
    """
    run = state.shown_run
    if run is None or state.view.page not in (Page.RUN, Page.COMPARE, Page.TIMELINE, Page.NOTES):
        return ""
    if readout:
        text = f"{_subject(state, run)}{readout}"
    elif run.advice:
        text = run_text.advice_sentence(run.advice[state.view.next_advice % len(run.advice)])
    else:
        text = " · ".join(filter(None, (f"{run.name.text}: {run_text.verdict_text(run)}", run_text.progress(run))))
    return sanitize(text, _MAX_LENGTH)


def _subject(state: State, run: RunSnapshot) -> str:
    """Return what the values at the cursor are of; nothing where they have the names of the runs beside them."""
    if state.view.page is Page.COMPARE:
        return ""
    metric = state.view.metric
    return f"{run.name.text}: " if metric is None else f"{run.name.text}, {metric.text}: "


async def copy(app: App[None], text: str) -> bool:
    """Send *text* to the clipboard; return False if nobody takes it. Whether the terminal allows it is not known."""
    if os.environ.get("TMUX") and await _copy_with_tmux(text):
        return True
    return write_sequence(app, clipboard_sequence(text, os.environ))


def clipboard_sequence(text: str, environ: Mapping[str, str]) -> str:
    r"""Return the sequence OSC 52 that sets the clipboard, in a wrapping that tmux passes on if it is inside one.

    >>> clipboard_sequence("loss", {})
    '\x1b]52;c;bG9zcw==\x07'
    """
    content = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    sequence = f"\x1b]52;c;{content}\x07"
    return passed_through(sequence) if environ.get("TMUX") else sequence


async def _copy_with_tmux(text: str) -> bool:
    """Give *text* to tmux, which as a rule takes no sequence of a program, but passes on its own buffers."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "load-buffer",
            "-w",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(text.encode("utf-8", "replace")), _TMUX_SECONDS)
    except asyncio.TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return False
    return process.returncode == 0
