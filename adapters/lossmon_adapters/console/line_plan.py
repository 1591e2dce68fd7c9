"""Read a line of output by its plan: which bytes are counters and values in every line that differs in digits only.

Line after line of a log has the same words around other numbers. A plan is made from a line whose digits are all 0,
but for those that matter as they are, such as the 1 of ``valid_1``; with it such lines are read without a search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from lossmon.core.metric_names import EVALUATION_HEADING_WORDS, EVALUATION_START_WORDS, EVALUATION_VERBS
from lossmon_adapters.console import trainings
from lossmon_adapters.console.counters import NO_SPANS, CounterReader, Span, lower_same_length
from lossmon_adapters.console.history import BEGIN_OF_CURVE
from lossmon_adapters.console.line_parser import Bar, ParsedLine, parse_line
from lossmon_adapters.console.line_spans import LineSpans
from lossmon_adapters.console.named_splits import are_counts, with_split_of_first
from lossmon_adapters.console.news import HINTS, may_say_something
from lossmon_adapters.console.plain_text import SYSLOG_TAB, origins_of_plain, plain_text
from lossmon_adapters.console.repeats import has_no_validation_yet, is_bar, is_block_bar
from lossmon_adapters.console.sections import name_of_section
from lossmon_adapters.console.tables import EpochTable, SplitTable, may_be_table_header, parse_table_header
from lossmon_adapters.console.translations import in_english
from lossmon_adapters.console.values import SPLIT_WORD, split_noun

_MOST_PLANS = 2048
_LONGEST_PLANNED = 1024
"""Bytes of a line whose plan is kept."""
_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_DIGITS = re.compile(rb"[0-9]+")
_DIGIT_RUN = re.compile(r"[0-9]+")
_DIGITS_IN_HINT = sorted(
    {(hint[: found.start()], len(found[0])) for hint in HINTS if (found := _DIGIT_RUN.search(hint))}
)
# Part of a word that a line with news must have, of an escape sequence, and of a type of numbers.
_DIGITS_OF_WORDS = re.compile(
    "|".join(
        (
            *(f"(?<={re.escape(word)})[0-9]{{{count}}}" for word, count in _DIGITS_IN_HINT),
            r"(?<=\x1b\()[0-9]",
            "(?<=float)[0-9]{1,2}",
        )
    ).encode(),
    re.IGNORECASE,
)
_PICTURE = re.compile(rb"%\|(?:[ #0-9]|\xe2\x96[\x88-\x8f])*\|")
"""The picture of a bar of tqdm."""
_HEADING = re.compile(
    rf"\b({'|'.join(EVALUATION_VERBS)})\b|^\W{{0,8}}(testing)\b|\b(eval|{'|'.join(EVALUATION_START_WORDS)}) begin|"
    rf"\brunning ({'|'.join(EVALUATION_START_WORDS)})\b|"
    rf"^\s{{0,8}}({'|'.join(EVALUATION_HEADING_WORDS)})\b[a-z ]{{0,16}}:\s*$|"
    rf"^[^\w{{}}()]{{0,40}}({'|'.join(EVALUATION_START_WORDS)}|eval)(?:\s(?:results?|performance|phase|stage|loop|metrics))?[^\w{{}}()]{{0,40}}$",
    re.IGNORECASE,
)
_TRAINING_STARTS = re.compile(r"\btraining\W{0,8}$", re.IGNORECASE)
_BEST_FOLLOWS = re.compile(r"\bbest (?:iteration|epoch|step|round)(?: is)?:\s*$", re.IGNORECASE)
"""Ends the line before that of the best evaluation, which boosters print again after early stopping."""
_BEST_MODEL = re.compile(
    r"\b(?:load|restor|sav|us|revert)(?:e|ed|es|ing|s)?\b.{0,40}\bbest (?:model|checkpoint|weights|epoch)\b",
    re.IGNORECASE,
)
"""What is done with the best model, which is that of an earlier epoch."""
_SUMMARY_TITLE = re.compile(r"\*{3,8} \w{1,16} metrics \*{3,8}")


_NO_COUNTERS = CounterReader(NO_SPANS)


class LinePlan(NamedTuple):
    """What all lines of one kind say; the places are those of bytes."""

    may_matter: bool = False
    """Whether it has a word that a line with news must have; if not, nothing else is known of it."""
    counters: CounterReader = _NO_COUNTERS
    values: Sequence[tuple[str, slice]] = ()
    has_decimal_comma: bool = False
    is_evaluation: bool = False
    keras_bar: tuple[slice, slice] | None = None
    is_redrawn_at_end: bool = False
    bar: Bar = Bar.NONE
    is_block_bar: bool = False
    has_no_validation_yet: bool = False
    training: slice | None = None
    """The name of the training that the line begins with."""
    is_training_heading: bool = False
    """Whether it is the heading of a training; of which one only the line itself says."""
    starts_program: bool = False
    is_of_round: bool = False
    section: str = ""
    """The section that it is the heading of."""
    heading: str = ""
    """The data split that it is the heading of."""
    is_upper_case: bool = False
    """Whether it is all in upper case, as are the sections of settings that yacs prints before a training."""
    starts_training: bool = False
    table: EpochTable | SplitTable | None = None
    """The table whose header it is."""
    best_follows: bool = False
    is_of_best_model: bool = False
    """Whether its values are those of an earlier epoch."""
    is_summary_title: bool = False
    is_indented: bool = False
    only_line: ParsedLine | None = None
    """What the line says, where the plan is that of a single line."""

    is_inert: bool = False
    """Whether the line says nothing but that the summary before it, or the best evaluation, does not go on."""

    def read(self, line: bytes) -> ParsedLine:
        """Return the counters and values of *line*, which is of this kind."""
        if self.only_line:
            return self.only_line
        if self.has_decimal_comma:
            line = _with_points(line, self.values)
        values = [(tag, float(line[place])) for tag, place in self.values]
        is_redrawn = self.is_redrawn_at_end or (self.keras_bar is not None and _is_before_end(line, *self.keras_bar))
        missing, training = self.has_no_validation_yet, _training_of(line, self.training) if self.training else ""
        counters = self.counters.read(line)
        return ParsedLine(counters, values, is_redrawn, self.is_evaluation, self.bar, False, missing, "", training)


_NO_NEWS = LinePlan()


def _is_before_end(line: bytes, step: slice, total: slice) -> bool:
    return int(line[step]) < int(line[total])


def _training_of(line: bytes, place: slice) -> str:
    return trainings.training_of_line(line[place].decode("utf-8", "replace").lower())


def _with_points(line: bytes, values: Iterable[tuple[str, slice]]) -> bytes:
    """Return *line* with points for the commas in *values*."""
    for _, place in values:
        line = line[: place.start] + line[place].replace(b",", b".") + line[place.stop :]
    return line


def plan_line(line: bytes) -> tuple[LinePlan, bytes]:
    """Return the plan of *line*, and the bytes that it is the plan of: of a bar they lack the picture."""
    if SYSLOG_TAB in line:
        line = line.replace(SYSLOG_TAB, b"\t")
    if b"%|" in line:
        line = _PICTURE.sub(b"%||", line)
    if len(line) > _LONGEST_PLANNED:
        return make_plan(line)[0], line
    key = line.translate(_ZEROS)
    plan, names = _cached_plan(key)
    while names:
        before, key = key, _with_digits(key, line, names)
        if key == before:
            break
        plan, names = _cached_plan(key)
    return plan, line


def is_inert(line: bytes) -> bool:
    """Return whether *line* is known to say nothing; a quick test that may miss some."""
    if len(line) > _LONGEST_PLANNED or SYSLOG_TAB in line or b"%|" in line:
        return False
    plan, names = _cached_plan(line.translate(_ZEROS))
    return plan.is_inert and not names


def _with_digits(key: bytes, line: bytes, names: Iterable[Span]) -> bytes:
    """Return *key* with the digits that *line* has in the places of *names*."""
    text = bytearray(key)
    for begin, end in names:
        text[begin:end] = line[begin:end]
    return bytes(text)


def make_plan(line: bytes) -> tuple[LinePlan, tuple[Span, ...]]:
    """Return the plan of *line*, and the places of the digits that matter as they are."""
    words = tuple(match.span() for match in _DIGITS_OF_WORDS.finditer(line))
    if not may_say_something(line.lower()):
        return _NO_NEWS, words
    decoded = line.decode("utf-8", "replace")
    plain = plain_text(decoded)
    text = in_english(plain)
    found = _with_named_splits(text, parse_line(text))
    found = found._replace(training=trainings.span_of_training(lower_same_length(text)))
    origins = origins_of_plain(line, decoded, text) if text is plain else None
    moved = found.moved(origins) if origins else None
    if origins is None or moved is None or (not found.values and may_be_table_header(text)):
        # Its numbers are nowhere in the line as they are, or each of its digits matters.
        plan = _plan_of_text(text, found, found)
        only = plan.read(text.encode("ascii", "replace"))
        return plan._replace(only_line=only), tuple(match.span() for match in _DIGITS.finditer(line))
    plan = _plan_of_text(text, found, moved)
    names = tuple(span for name in moved.names for span in _digits_of(line, name))
    return plan._replace(is_inert=True) if _is_inert(line, plan) else plan, (*words, *names)


def _digits_of(line: bytes, span: Span) -> Iterable[Span]:
    return (match.span() for match in _DIGITS.finditer(line, *span))


def _is_inert(line: bytes, plan: LinePlan) -> bool:
    speaks = plan.values or plan.heading or plan.starts_training or plan.table or plan.best_follows
    heads = plan.is_training_heading or plan.is_summary_title or BEGIN_OF_CURVE in line
    heads = heads or plan.starts_program or plan.is_of_round or bool(plan.section)
    return not (speaks or heads or plan.is_evaluation) and plan.counters is _NO_COUNTERS


_cached_plan = lru_cache(maxsize=_MOST_PLANS)(make_plan)


def _plan_of_text(text: str, found: LineSpans, moved: LineSpans) -> LinePlan:
    """Return the plan of the line *text*, in which *found* was found; *moved* has the places in its bytes."""
    lower = lower_same_length(text)
    counters, bar = found.counters, moved.bar
    has_position = found.has_position
    is_shown = bool(found.values) or has_position
    training = moved.training if has_position and found.values else None
    plan = LinePlan(
        may_matter=True,
        counters=_NO_COUNTERS if counters == NO_SPANS else CounterReader(moved.counters),
        values=[(number.tag, slice(number.begin, number.end)) for number in moved.values],
        has_decimal_comma=any(number.has_decimal_comma for number in found.values),
        is_evaluation=found.is_evaluation,
        keras_bar=(slice(*bar[0]), slice(*bar[1])) if bar else None,
        is_redrawn_at_end=found.is_redrawn_at_end,
        bar=Bar.LINE if is_shown and is_bar(text) else Bar.NONE,
        is_block_bar=is_shown and is_block_bar(text),
        has_no_validation_yet=is_shown and has_no_validation_yet(lower),
        training=slice(*training) if training else None,
        is_training_heading=not found.values and bool(trainings.heading_of_training(lower)),
        starts_program=trainings.starts_program(lower),
        is_of_round=trainings.is_of_round(lower),
        section=name_of_section(text),
        best_follows="best " in lower and _BEST_FOLLOWS.search(lower) is not None,
        is_of_best_model="best" in text and _BEST_MODEL.search(text) is not None,
        is_summary_title="metrics" in text and _SUMMARY_TITLE.search(text) is not None,
        is_indented=text.startswith("  "),
    )
    return plan if found.values else _with_heading(plan, text, may_be_header=not has_position)


def _with_named_splits(text: str, found: LineSpans) -> LineSpans:
    """Return what was *found* in *text*, with names that have the split if the whole line tells it."""
    values, names = found.values, [number.tag for number in found.values]
    if not found.has_position and are_counts(names, [text[number.begin : number.end] for number in values]):
        return found._replace(values=[number for number in values if SPLIT_WORD.fullmatch(number.tag) is None])
    named = zip(values, with_split_of_first(names), strict=True)
    return found._replace(values=[number._replace(tag=name) for number, name in named])


def _with_heading(plan: LinePlan, text: str, *, may_be_header: bool) -> LinePlan:
    """Return the *plan* of a line without values with what it is the heading of."""
    heading = _HEADING.search(text)
    if heading:
        split = split_noun(next(word for word in heading.groups() if word).lower())
        return plan._replace(heading=split, is_upper_case=text.isupper())
    starts_training = _TRAINING_STARTS.search(text) is not None
    table = parse_table_header(text) if may_be_header and not starts_training else None
    return plan._replace(starts_training=starts_training, table=table)
