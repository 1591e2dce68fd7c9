"""Whether captured output says that the training is over: that it has come to its end, or has failed."""

from __future__ import annotations

import re

from lossmon.core.program_text import FailureDetector, shown_line
from lossmon.sources.protocol import RunState

_TAIL_BYTES = 1 << 14
"""Newest bytes in which the end is looked for; a traceback of some libraries has 100 lines."""
_HINTS = re.compile(
    rb"Traceback \(|Killed|Abort|Terminated|Segmentation|Bus error|Illegal|Floating point|Fatal|terminate called|"
    rb"CUDA out|slurmstepd|[Ss]topp|early stop|STOPP|train_runtime|[Cc]omplete|COMPLETE|[Ff]inish|FINISH|[Dd]one|DONE|"
    rb"[Oo]verall training|[Tt]otal training|patience|Signaling"
)
"""What every line that says so has in it."""
_BY_PROGRAM = re.compile(
    # Keras; fastai; Lightning; Hugging Face's Trainer
    r"epoch \d{1,9}: early stopping|no improvement since epoch \d{1,9}: early stopping|"
    r"`?trainer\.fit`? stopped: .{1,80} reached\.?|.{0,300}signaling trainer to stop\.?|"
    r"\{.{0,300}'train_runtime': .{1,300}|training completed\. do not forget to share your model .{1,80}|"
    # Ultralytics; LightGBM and XGBoost; CatBoost
    r"\d{1,9} epochs completed in \d.{0,40}|(?:earlystopping: )?training stopped early as .{1,300}|"
    r"stopping training early as .{1,300}|early stopping, best iteration is:?.{0,80}|"
    r"did not meet early stopping\. best iteration is:?.{0,80}|stopping\. best iteration:?.{0,80}|"
    r"stopped by overfitting detector\b.{0,80}|"
    # fairseq; AllenNLP; skorch; Ignite; Detectron2
    r"early stop since valid performance .{1,100}|done training in \d.{0,40}|"
    r"ran out of patience\. stopping training\.?|"
    r"stopping since \w{1,60} has not improved in the last \d{1,9} epochs\.?|earlystopping: stop training|"
    r"engine run complete\. time taken:? .{1,40}|overall training speed: .{1,100}|total training time: .{1,60}"
)
"""The lines of well-known programs, in lower case and without what a logger writes before them."""
_WHEN = (
    r"(?: (?:at|after) (?:epoch|step|iteration):? ?#?\d{1,9}\b.{0,80}|"
    r" after \d{1,9} (?:epoch|step|iteration)s?\b.{0,80}|"
    r" (?:in|after):? \d[\d.,]{0,15} ?(?:s|sec|seconds|m|min|minutes|h|hours|d|days)\b.{0,60}|"
    r" (?:in|after):? \d[\d:.]{3,20})?"
)
_BY_PEOPLE = re.compile(
    rf"(?:early[ -]?stopp(?:ing|ed)(?: (?:triggered|activated))?|stopp(?:ing|ed)(?: training)? early|"
    rf"training (?:is |was |has |has been )?(?:stopped early|early stopped)|"
    rf"(?:the )?training (?:is |was |has |has been |run )?(?:now )?(?:complete|completed|finished|done|over)|"
    rf"(?:finished|completed|done) training){_WHEN}[\s.!:=*#-]{{0,80}}"
)
"""What people print themselves. Without more, ``Training finished for epoch 3`` is not the end."""
_LOGGER = re.compile(
    r"(?:[\s=*#>|-]|\[[^\]]{0,60}\]|\([^)]{0,60}\)|\d{4}-\d\d-\d\d[t ]|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?|"
    r"(?:info|warning|debug|root|print|notice)\b:?|[\w.]{1,60}:(?:[\w.<>]{1,60}:)?\d{1,6}:?|[\w.]{1,40}\s?[:|-]\s|✅|🎉|✔)*"
)
_GOES_ON = re.compile(
    r"(?<!best )(?<!best_)\b(?:epoch|step|iter|iteration|round|batch|fold)s?\b[\s:=#/\[(]{0,4}\d|"
    r"^\W{0,4}\[\d{1,9}\]\t|\d\s?/\s?\d{1,9}\s?\["
)
"""What a line of a training has that goes on."""


class Ending:
    """Looks at the newest lines of output; what follows an end shows whether there was one."""

    def __init__(self) -> None:
        self._tail = b""
        self._state: RunState | None = "unknown"

    def feed(self, data: bytes | memoryview) -> None:
        """Take more bytes."""
        self._tail = (self._tail + bytes(data[-_TAIL_BYTES:]))[-_TAIL_BYTES:]
        self._state = None

    @property
    def state(self) -> RunState:
        """Whether the training has finished or failed; unknown if the output does not say so, or goes on after it."""
        if self._state is None:
            self._state = _state_of(self._tail) if _HINTS.search(self._tail) else "unknown"
        return self._state


def _state_of(tail: bytes) -> RunState:
    failure, is_over = FailureDetector(), False
    for line in map(shown_line, tail.split(b"\n")):
        failure.add(line)
        is_over = says_end(line) or (is_over and not _GOES_ON.search(line.lower()))
    return "failed" if failure.failure else "finished" if is_over else "unknown"


def says_end(line: str) -> bool:
    """Return whether a line says that the training is over.

    >>> says_end("Epoch 12: early stopping"), says_end("EarlyStopping counter: 3 out of 7")
    (True, False)
    """
    text = line[:600].lower()
    text = text[_LOGGER.match(text).end() :]  # type: ignore[union-attr]
    return any(pattern.fullmatch(text) for pattern in (_BY_PROGRAM, _BY_PEOPLE))
