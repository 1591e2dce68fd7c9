"""Tell the output of a training from other text.

Most texts are none, so that is decided without parsing them: they have no value of a metric, by the marks that stand
before a value, and no header of a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lossmon.core.metric_names import (
    COUNTER_ABBREVIATIONS,
    EPOCH_NAMES,
    SPLIT_PREFIX_LENGTH,
    SPLITS_BEFORE_NUMBER,
    STEP_NAMES,
    TRAIN_AND_VALIDATION_PREFIXES,
)
from lossmon_adapters.console import framework_lines
from lossmon_adapters.console.history import BEGIN_OF_CURVE, parse_history
from lossmon_adapters.console.line_parser import (
    IRRELEVANT,
    ParsedLine,
    has_train_and_held_out,
    splits_of_metrics,
    splits_with_loss,
)
from lossmon_adapters.console.line_plan import plan_line
from lossmon_adapters.console.output_parser import LONGEST_LINE, OutputParser
from lossmon_adapters.console.plain_text import ESCAPE, SYSLOG_TAB, plain_text
from lossmon_adapters.console.tables import parse_table_header
from lossmon_adapters.console.values import LONGEST_NAME, MOST_WORDS, NAME_SEPARATOR, SPLIT_WORD
from lossmon_adapters.shared.lines import SEGMENT_ENDS, SegmentSplitter, segments_of

_ESCAPES = re.compile(ESCAPE.encode())
_NEWLINES = bytes.maketrans(SEGMENT_ENDS, b"\n" * len(SEGMENT_ENDS))
# Any byte of a character that is not ASCII may be a part of a blank.
_BLANK = rb"[ \t\v\f\x1c-\x1f\x80-\xff]"
_NUMBER_START = rb"[-+]?(?:\.?[0-9]|nan|inf)"
_WRAPPER = rb"(?:(?:[a-z]{1,12}\.)?(?:eager|device)?(?:tensor|array|float(?:16|32|64)?)\([\s\[]{0,10})?"
_BEFORE_NUMBER = rb"[ \t\v\f\x1c-\x1f\x80-\xff'\"\[(]{0,64}" + _WRAPPER + rb"(?=" + _NUMBER_START + rb")"
_BEFORE_FRACTION = _BLANK + rb"{1,16}\[?" + _WRAPPER + rb"[0-9]{1,9}\."
_SHORT_SPLITS = sorted({word[:SPLIT_PREFIX_LENGTH].encode() for word in SPLITS_BEFORE_NUMBER})
_NAMED_VALUES = (
    # Neither the minutes of a clock, nor its seconds.
    (b":", rb":(?<!:[0-9][0-9].)(?![0-9]{1,16}:\S)>?" + _BEFORE_NUMBER),
    (b"=", rb"=>?" + _BEFORE_NUMBER),
    (b"->", rb"->" + _BEFORE_NUMBER),
    (b"loss", rb"loss(?=" + _BLANK + rb")" + _BEFORE_NUMBER),
    *((word, word + rb"[a-z]{0,8}" + _BEFORE_FRACTION) for word in _SHORT_SPLITS),
    (b"is", rb"is(?<=" + _BLANK + rb"is)" + _BLANK + rb"{1,16}" + _BEFORE_NUMBER),
)
"""What is between a name and its value, in lower case: a text, and a pattern that begins with it."""
_OTHER_VALUES = (
    (b"loss", rb"(?:[0-9]\.?|nan|inf|infinity)" + _BLANK + rb"{1,16}(?:[a-z]{1,8}" + _BLANK + rb"{1,16})?loss"),
    *framework_lines.UNMARKED_VALUES,
)
"""The same for all other values."""
_NAMED = tuple((word, re.compile(pattern)) for word, pattern in _NAMED_VALUES)
_OTHERS = tuple((word, re.compile(pattern)) for word, pattern in _OTHER_VALUES)
_CURVE = re.compile(rb"['\"]: \[")
_SEPARATOR = re.compile(NAME_SEPARATOR.pattern.encode())
_DIGITS = b"0123456789"
_BLANKS = bytes([*b" \t\v\f|,", *range(0x1C, 0x20), *range(0x80, 0x100)])
"""What is between the cells of a table, or may be a part of it."""
_CELLS = bytes.maketrans(_DIGITS + _BLANKS, b"0" * len(_DIGITS) + b" " * len(_BLANKS))
_NO_CELLS = bytes({*range(256)} - {*_DIGITS, *_BLANKS, *b"\n"})
_TWO_NUMBERS = re.compile(b"0 +0")
_NOT_FINITE = tuple((word, re.compile(word + rb"(?:inity)?(?=[\s|,\x80-\xff])")) for word in (b"nan", b"inf"))
_COUNTER_CELLS = frozenset(name.encode() for name in (*STEP_NAMES, *EPOCH_NAMES, *COUNTER_ABBREVIATIONS))
_CELL_ENDS = re.compile(rb"[^a-z0-9_/#]+|(?<=#)(?=[a-z])")


def is_training_output(head: bytes, positions: int = 1) -> bool:
    r"""Return whether *head* has an epoch or step, and then a loss, or another metric of both train and validation.

    Losses of both train and validation are enough without epoch and step. There must be such values at as many
    different *positions*.

    >>> is_training_output(b"Epoch 1/20, Train Loss: 0.0982\n"), is_training_output(b"packet loss: 3\n")
    (True, False)
    """
    text = SegmentSplitter(LONGEST_LINE).complete(head + b"\n")
    return _may_have_values(text) and _has_evidence(text, positions)


def _has_evidence(text: bytes, positions: int) -> bool:
    evidence, parser = _Evidence(), OutputParser()
    for segment, end in segments_of(text):
        if len(segment) > LONGEST_LINE:
            continue
        if BEGIN_OF_CURVE in segment and parse_history(segment.decode("utf-8", "replace")):
            return True
        line = parser.parse(segment, end)
        if line is not IRRELEVANT and evidence.add(line) >= positions:
            return True
    return False


def _may_have_values(text: bytes) -> bool:
    """Return whether a line of *text* has a value of a metric, or may be the header of a table of them."""
    text = _ESCAPES.sub(b"", text) if b"\x1b" in text else text
    lines = text.translate(_NEWLINES).replace(SYSLOG_TAB, b"\t")
    lower = lines.lower()
    return (
        any(plan_line(line)[0].values for line in _lines_with_values(lines, lower))
        or any(parse_history(line.decode("utf-8", "replace")) for line in _lines_with(_CURVE, lines, lower))
        or any(parse_table_header(plain_text(line.decode("utf-8", "replace"))) for line in _headers(lines, lower))
    )


def _lines_with_values(text: bytes, lower: bytes) -> Iterator[bytes]:
    for word, pattern in _NAMED:
        if word in lower:
            yield from _lines_with(pattern, text, lower, _may_be_name)
    for word, pattern in _OTHERS:
        if word in lower:
            yield from _lines_with(pattern, text, lower)


def _lines_with(
    pattern: re.Pattern[bytes], text: bytes, lower: bytes, fits_behind: Callable[[bytes], bool] | None = None
) -> Iterator[bytes]:
    """Yield the lines of *text* that have *pattern*, in lower case, where it *fits_behind* what is before it."""
    match = pattern.search(lower)
    while match:
        end = text.find(b"\n", match.end())
        begin = text.rfind(b"\n", 0, match.start()) + 1
        is_short = end - begin <= LONGEST_LINE
        before = text[max(begin, match.start() - LONGEST_NAME) : match.start()]
        fits = fits_behind is None or fits_behind(before)
        if is_short and fits:
            yield text[begin:end]
        match = pattern.search(lower, end if fits or not is_short else match.end())


def _may_be_name(before: bytes) -> bool:
    """Return whether the end of *before*, as far as a name goes back, may be one; what has many words is prose."""
    words = _SEPARATOR.split(before.rstrip())[-1].split()
    numbers = [at for at, word in enumerate(words) if word[:1].isdigit()]
    return len(words) - (numbers[-1] + 1 if numbers else 0) <= MOST_WORDS or not before.isascii()


def _headers(text: bytes, lower: bytes) -> Iterator[bytes]:
    """Yield the lines of *text* that may be the header of a table that has rows."""
    if _may_have_rows(lower):
        yield from (line for line in text.split(b"\n") if _has_counter(line.lower()))
    if b"|" in text:
        yield from (line for line in text.split(b"\n") if b"|" in line and _has_splits(line))


def _may_have_rows(lower: bytes) -> bool:
    """Return whether a line has two numbers with a blank or a delimiter between them, or NaN or infinity as a cell."""
    cells = lower.translate(_CELLS, _NO_CELLS)
    return _TWO_NUMBERS.search(cells) is not None or any(
        word in lower and pattern.search(lower) for word, pattern in _NOT_FINITE
    )


def _has_counter(lower: bytes) -> bool:
    return not _COUNTER_CELLS.isdisjoint(_CELL_ENDS.split(lower))


def _has_splits(line: bytes) -> bool:
    return len(SPLIT_WORD.findall(line.decode("utf-8", "replace"))) > 1


class _Evidence:
    """Counts the places in output where a training must have printed its values."""

    def __init__(self) -> None:
        self._position: tuple[float | None, int | None] | None = None
        self._positions: set[tuple[float | None, int | None]] = set()
        self._loss_splits: set[str] = set()
        self._metrics: set[tuple[str, str]] = set()
        self._pairs = 0

    def add(self, line: ParsedLine) -> int:
        """Take a line and return the number of places so far."""
        if line.has_position:
            self._position = line.epoch, line.step
            self._metrics |= splits_of_metrics(line)
        splits = splits_with_loss(line)
        if self._position and (
            splits or has_train_and_held_out(splits_of_metrics(line)) or has_train_and_held_out(self._metrics)
        ):
            self._positions.add(self._position)
        self._loss_splits |= splits
        if self._loss_splits >= TRAIN_AND_VALIDATION_PREFIXES:
            self._pairs, self._loss_splits = self._pairs + 1, set()
        return max(len(self._positions), self._pairs)
