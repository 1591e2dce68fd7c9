"""Parse one line of output: which epoch or step it is of, and which values it has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lossmon.core.metric_names import (
    EVALUATION_BATCH_WORDS,
    EVALUATION_HEADING_WORDS,
    EVALUATION_PREFIXES,
    KERAS_VALIDATION_PREFIX,
    PRINTED_LOSS_NAMES,
    PRINTED_STEP_WORDS,
    SPLIT_PREFIX_LENGTH,
    TRAIN_PREFIXES,
    is_loss,
    is_metric,
)
from lossmon_adapters.console.counters import (
    NO_COUNTERS,
    Counters,
    CounterSpans,
    has_position,
    lower_same_length,
    parse_counters,
)
from lossmon_adapters.console.framework_lines import parse_framework_line
from lossmon_adapters.console.line_spans import LineSpans
from lossmon_adapters.console.plain_text import NUMBER, unwrap_with_origins
from lossmon_adapters.console.values import SPLIT_WORD, NamedNumber, parse_values

_MOST_VALUES = 64
"""Values of one line that are read; the others are left out."""

_EVALUATION_BATCH = re.compile(
    rf"\b({'|'.join(EVALUATION_BATCH_WORDS)})\b(?:\s\(([a-z0-9_]{{1,16}})\))?:?\s{{0,4}}"
    r"\[\s{0,8}([0-9]{1,9})\s{0,4}/\s{0,8}([0-9]{1,9})\]"
)
# "epoch: 3 val step: 10" and "[Eval][Epoch 3][Iter: 10/50]".
_EVALUATION_STEP = re.compile(
    rf"\b(?:{'|'.join(EVALUATION_HEADING_WORDS)})\b(?:[\s:|-]{{1,4}}|\]\[)(?:{'|'.join(PRINTED_STEP_WORDS)})\b|"
    rf"\s{{0,8}}\[(?:{'|'.join(EVALUATION_HEADING_WORDS)})\]\s?\["
)
_CHECKPOINT_COMMENT = re.compile(r"\bepoch [0-9]{1,9}: \w{1,64} (?:improved|did not improve)", re.IGNORECASE)
# A line of a configuration in YAML as yacs prints it: "  LOSS_WEIGHT: 0.5". Its numbers are settings.
_SETTING = re.compile(r"\s{2,40}[A-Z][A-Z0-9_]{1,60}: \S{1,40}\s{0,4}")
_KERAS_SECONDS = re.compile(r"(?<=\s)([0-9])s\s[0-9.]{1,9}[mu]?s/step - ")
"""The seconds left, 0 at the last step."""
_KERAS_BAR = re.compile(r"\s{0,8}([0-9]{1,9})/([0-9]{1,9})\s")
_SET_NUMBER = re.compile(r"[_ ]?([0-9]{1,2})(?![0-9])")


_BEST_SO_FAR = re.compile(
    rf"\bbest\b[\w -]{{0,24}}(?:[:=]|\s-)\s{{0,4}}(?!\s|['\"]?{NUMBER})|\bbest so far\b", re.IGNORECASE
)


class Bar(Enum):
    """Whether a line is a progress bar."""

    NONE = 0
    LINE = 1
    """A bar on one line, which overwrites itself."""
    LIVE = 2
    """Part of a display of several lines that is drawn again and again."""


class ParsedLine(NamedTuple):
    """The counters and values of one line."""

    counters: Counters
    values: list[tuple[str, float]]
    """Tags and numbers; empty if none of them is a loss or a usual metric."""
    is_redrawn: bool = False
    """It is a Keras bar that is drawn again: before its last step, or maybe before validation is added to it."""
    is_evaluation: bool = False
    """Its counters are those of an evaluation; its values are means so far, where the line has them in brackets."""

    bar: Bar = Bar.NONE
    is_before_first_batch: bool = False
    """It is a bar at the very start of its epoch."""
    has_no_validation_yet: bool = False
    """It shows ``n/a`` where it will repeat the last validation loss from the first evaluation on."""
    heading: str = ""
    """The training that it is the heading of; see ``heading_of_training``."""
    training: str = ""
    """The training that it says it is of."""
    starts_program: bool = False
    """A program that trains says that it starts; its epochs may begin again."""
    is_of_round: bool = False
    """It speaks of a round of federated learning, in each of which the epochs begin again."""

    @property
    def epoch(self) -> float | None:
        """The epoch of the line."""
        return self.counters.epoch

    @property
    def step(self) -> int | None:
        """The step of the line."""
        return self.counters.step

    @property
    def tags(self) -> set[str]:
        """The tags of its values."""
        return {tag for tag, _ in self.values}

    @property
    def has_position(self) -> bool:
        """Whether it has an epoch or a step of the training."""
        return has_position(self.counters, is_evaluation=self.is_evaluation)

    @property
    def is_open_batch(self) -> bool:
        """Whether it is a batch of an evaluation, and does not say of how many."""
        step, total = self.counters.step, self.counters.total_steps
        return self.is_evaluation and self.counters.epoch is not None and step is not None and total is None

    @property
    def is_before_last_step(self) -> bool:
        """Whether its step is below the total that it prints."""
        step, total = self.counters.step, self.counters.total_steps
        return step is not None and total is not None and step < total


IRRELEVANT = ParsedLine(NO_COUNTERS, [])
"""A line without counters and values that matter."""


_NOTHING = LineSpans()


def parse_line(text: str) -> LineSpans:
    """Return what *text* says; nothing for a comment on a loss or the summary of a run.

    >>> [number.tag for number in parse_line("step 250: train loss 2.4, val loss 2.5").values]
    ['train loss', 'val loss']
    """
    if _SETTING.fullmatch(text) or "train_runtime" in text or ("improve" in text and _CHECKPOINT_COMMENT.search(text)):
        return _NOTHING
    known = parse_framework_line(text)
    if known and known.is_whole:
        return LineSpans(known.counters, known.values, [number.name for number in known.values])
    lower = lower_same_length(text)
    batch = _EVALUATION_BATCH.search(lower) if "[" in text and "/" in text else None
    counters, masked = parse_counters(text)
    counters = known.counters if known else counters
    if batch and counters.epoch is None and counters.step is None:
        counters = CounterSpans(step=batch.span(3), total_steps=batch.span(4))
    is_evaluation = batch is not None or _counts_evaluation_steps(counters) or _is_evaluation_batch(counters, lower)
    values = _parse_values(masked, counters, is_evaluation=is_evaluation)
    names = [number.name for number in values]
    if batch and batch.group(2):
        # "Test (EMA): [48/48]" is of another model than "Test: [48/48]".
        split = f"{batch.group(1)}_{batch.group(2)}"
        values = [number._replace(tag=f"{split}/{number.tag.rpartition('/')[2]}") for number in values]
        names.append(batch.span(2))
    spans = LineSpans(counters, values if has_metric([number.tag for number in values]) else [], names, is_evaluation)
    return _with_bar(spans, masked, values) if "s/step" in text or "ETA" in text else spans


def _parse_values(text: str, counters: CounterSpans, *, is_evaluation: bool) -> list[NamedNumber]:
    """Return the named numbers of *text*, with their places in it."""
    unwrapped, origins = unwrap_with_origins(text)
    split = counters.mode if SPLIT_WORD.fullmatch(counters.mode) else ""
    found = list(islice(parse_values(_without_best(unwrapped), split, prefer_means=is_evaluation), _MOST_VALUES))
    return found if unwrapped is text else [number.at_origins(origins) for number in found]


def _without_best(text: str) -> str:
    """Return *text* without what follows words such as ``current best:``, which is no state of now."""
    best = _BEST_SO_FAR.search(text) if "est" in text else None
    return text[: best.start()] if best else text


def _with_bar(spans: LineSpans, text: str, values: Sequence[NamedNumber]) -> LineSpans:
    """Return *spans* with what *text* shows as a Keras bar, which is drawn again, perhaps on a line of its own."""
    text = _without_best(text)
    bar = _KERAS_BAR.match(text)
    has_validation = any(number.tag.startswith(KERAS_VALIDATION_PREFIX) for number in values)
    seconds = [] if has_validation else [match.span(1) for match in _KERAS_SECONDS.finditer(text)]
    at_end = any(text[begin:end] == "0" for begin, end in seconds)
    progress = (bar.span(1), bar.span(2)) if bar else None
    return spans._replace(bar=progress, is_redrawn_at_end=at_end, names=[*spans.names, *seconds])


def _counts_evaluation_steps(counters: CounterSpans) -> bool:
    """Return whether *counters* are those of an evaluation, as in ``Iter(val) [50/500]``."""
    return (
        counters.epoch is None
        and counters.total_steps is not None
        and counters.mode.lower().startswith(EVALUATION_PREFIXES)
    )


def _is_evaluation_batch(counters: CounterSpans, lower: str) -> bool:
    """Return whether the step of a line with an epoch counts the batches of an evaluation."""
    return counters.epoch is not None and counters.step is not None and bool(_EVALUATION_STEP.search(lower))


def has_metric(tags: Collection[str]) -> bool:
    """Return whether one of *tags* is that of a loss or of a usual metric."""
    return any(map(_is_metric, tags)) or _is_unnamed_pair(tags)


def _is_unnamed_pair(tags: Iterable[str]) -> bool:
    """Return whether *tags* are those of train and of another split, and neither says what it is.

    >>> _is_unnamed_pair(["train", "val"])
    True
    """
    splits = {tag.lower()[:SPLIT_PREFIX_LENGTH] for tag in tags if SPLIT_WORD.fullmatch(tag)}
    return len(splits) > 1 and bool(splits & TRAIN_PREFIXES)


@lru_cache(maxsize=1024)
def _is_metric(tag: str) -> bool:
    return is_metric(_metric_name(tag))


def _metric_name(tag: str) -> str:
    """Return *tag* in lower case, or ``loss`` where it is a program's own name of its loss."""
    lower = tag.lower()
    return "loss" if lower in PRINTED_LOSS_NAMES else lower


def splits_with_loss(line: ParsedLine) -> set[str]:
    """Return the splits of the losses in *line*: ``tra``, ``val`` and so on; empty where the tag has none."""
    named = {_split_of(tag)[:SPLIT_PREFIX_LENGTH] for tag, _ in line.values if is_loss(_metric_name(tag))}
    return named or ({_split_of(tag) for tag in line.tags} if _is_unnamed_pair(line.tags) else set())


def splits_of_metrics(line: ParsedLine) -> set[tuple[str, str]]:
    """Return split and name of each usual metric in *line* whose tag has a split."""
    found = {(_split_of(tag), _name_without_split(tag)) for tag, _ in line.values if _is_metric(tag)}
    return {(split, name) for split, name in found if split}


def has_train_and_held_out(metrics: set[tuple[str, str]]) -> bool:
    """Return whether, of (split, name) pairs, one name is of train and of another split, or of two numbered sets.

    >>> has_train_and_held_out({("tra", "mse"), ("val", "mse")}), has_train_and_held_out({("tra", "mse")})
    (True, False)
    """
    by_name: dict[str, set[str]] = {}
    for split, name in metrics:
        by_name.setdefault(name, set()).add(split)
    return any(len(splits) > 1 and not splits <= TRAIN_PREFIXES for splits in by_name.values())


@lru_cache(maxsize=1024)
def _name_without_split(tag: str) -> str:
    split = SPLIT_WORD.search(tag)
    number = split and _SET_NUMBER.match(tag, split.end())
    name = tag[(number or split).end() :] if split else tag
    return name.strip("/_-. ").lower()


@lru_cache(maxsize=1024)
def _split_of(tag: str) -> str:
    """Return the first letters of the split word in *tag*, with the number of the set behind it; else ``""``."""
    split = SPLIT_WORD.search(tag)
    if not split:
        return ""
    number = _SET_NUMBER.match(tag, split.end())
    return split.group(1).lower()[:SPLIT_PREFIX_LENGTH] + (number.group(1) if number else "")
