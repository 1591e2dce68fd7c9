"""The text that a program writes to a terminal: its lines as they are shown, and the line that says how it failed."""

from __future__ import annotations

import re
from collections import Counter

from lossmon.core.text import sanitize

MAX_LINE_LENGTH = 1000
"""Characters of a line that are kept."""

# ECMA-48: control sequences, strings such as a title, which may be cut off, and two-character sequences.
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-OQ-WYZ\\`-~])")


def shown_line(raw: bytes) -> str:
    r"""Return a line as a terminal would show it in the end: without escape sequences, after its last carriage return.

    >>> shown_line(b"10%\r20%\r"), shown_line(b"\x1b[31mloss\x1b[0m\t0.5")
    ('20%', 'loss    0.5')
    """
    text = raw[-8 * MAX_LINE_LENGTH :].decode("utf-8", "replace")
    text = _ESCAPE_SEQUENCE.sub("", text) if "\x1b" in text else text
    last = next((part for part in reversed(text.split("\r")) if part), "")
    return sanitize(last.expandtabs(8).rstrip(), MAX_LINE_LENGTH)


_TRACEBACK = "Traceback (most recent call last)"
_MAX_TRACEBACK_LINES = 400
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:: .*)?")
"""The last line of a traceback."""
_DEATH = (
    r"(?:Killed|Aborted|Terminated|Segmentation fault|Bus error|Illegal instruction|Floating point exception)"
    r"(?: \(core dumped\))?"
)
_FATAL = re.compile(
    rf"{_DEATH}|.{{0,200}}: (?:line )?\d{{1,6}}: +\d+ {_DEATH}.*|Fatal Python error: .*|"
    r"terminate called after throwing an instance of .*|.*CUDA out of memory.*|slurmstepd: error: .*"
)
"""How shells, Python, C++, CUDA and Slurm say that a program ended, as a whole line."""
_PROCESS_PREFIX = re.compile(r"\[(?:rank|default)\s?\d{1,6}\]:\s?|\([\w .]{0,60}pid=\d{1,9}[^()]{0,60}\)\s")
"""What launchers of several processes put before each line."""
_LAUNCHER_ERROR = "ChildFailedError"
"""torchrun's own error, which says only that a process failed."""
_NUMBER = re.compile(r"\d[\w.,:+%-]*")
_OTHER = re.compile(r"[^A-Za-z#]+")
_MAX_SHAPES = 2000
_REPEATS = 3
"""So many lines of one kind after an error mean that the program went on, for example with a smaller batch."""


class FailureDetector:
    """Finds the line by which a program says that it failed, and forgets it if the program goes on.

    A program goes on if it prints a line with numbers that looks like one from before the error.
    """

    def __init__(self) -> None:
        self.failure = ""
        """The line; empty if nothing says that the program failed."""
        self._shapes: dict[str, None] = {}
        """The kinds of lines before the error, oldest first."""
        self._after: Counter[str] = Counter()
        self._traceback_lines = 0

    def add(self, line: str) -> None:
        """Take the next line, as it is shown."""
        text = _PROCESS_PREFIX.sub("", line, count=1)
        if _TRACEBACK in text:
            self._traceback_lines = 1
        elif self._traceback_lines:
            self._add_to_traceback(text)
        elif _FATAL.fullmatch(text):
            self._fail(text)
        elif "#" in (shape := _shape(text)):
            self._add_shape(shape)

    def _add_to_traceback(self, text: str) -> None:
        self._traceback_lines += 1
        if _EXCEPTION.fullmatch(text):
            self._fail(text)
        elif self._traceback_lines > _MAX_TRACEBACK_LINES:
            self._traceback_lines = 0

    def _fail(self, text: str) -> None:
        self._traceback_lines = 0
        if not (self.failure and _LAUNCHER_ERROR in text):
            self.failure = text
        self._after.clear()

    def _add_shape(self, shape: str) -> None:
        if self.failure and not self._goes_on(shape):
            return
        self.failure = ""
        self._shapes.pop(shape, None)
        self._shapes[shape] = None
        if len(self._shapes) > _MAX_SHAPES:
            del self._shapes[next(iter(self._shapes))]

    def _goes_on(self, shape: str) -> bool:
        """Return whether a line of this kind after the error shows that the program goes on."""
        self._after[shape] += 1
        return shape in self._shapes or self._after[shape] >= _REPEATS


def _shape(text: str) -> str:
    """Return the letters of a line with ``#`` for each number: what lines of one kind share."""
    return _OTHER.sub(" ", _NUMBER.sub("#", text))


def brief_failure(failure: str) -> str:
    """Return the name of an exception without its module and message; another line as it is.

    >>> brief_failure("torch.OutOfMemoryError: CUDA out of memory."), brief_failure("Killed")
    ('OutOfMemoryError', 'Killed')
    """
    name = failure.partition(":")[0] if _EXCEPTION.fullmatch(failure) else failure
    return name.rpartition(".")[2] if " " not in name else name
