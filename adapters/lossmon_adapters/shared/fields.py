"""What the fields of a record mean: its numbers, data split, training and metric.

A module of its own so that a log can be recognised without importing NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lossmon.core.metric_names import (
    EPOCH_NAMES,
    METRIC_COLUMN_NAMES,
    RUN_COLUMN_NAMES,
    SETTINGS_NAMES,
    SPLIT_COLUMN_NAMES,
    SPLIT_WORDS,
    STEP_NAMES,
    VALUE_COLUMN_NAMES,
    VARIANT_COLUMN_NAMES,
)
from lossmon_adapters.shared.numbers import parse_count, parse_number

MAX_DEPTH = 4
"""How deep objects inside an object are searched for numbers."""
_COUNTER_NAMES = frozenset({*STEP_NAMES, *EPOCH_NAMES})
_LONGEST_NAME = 256
"""Characters of the name of a metric or of a training; what is longer is data."""
_LONGEST_NUMBER = 400
"""Characters of a text that may be a number."""


class RecordFields(NamedTuple):
    """The fields of a record that say what its numbers are; None where it has no such field."""

    splits: tuple[str, ...]
    """Those that may hold a split word."""
    run: str | None
    metric: str | None
    """Names the metric of ``value``, the only number of the record."""
    value: str | None
    variant: str | None
    """Tells series of one metric apart."""

    @property
    def texts(self) -> frozenset[str]:
        """All fields but the value."""
        others = (self.run, self.metric, self.variant)
        return frozenset(self.splits) | {name for name in others if name is not None}


def find_fields(names: Iterable[str]) -> RecordFields:
    """Return which of *names* say what the numbers beside them are.

    >>> find_fields(["epoch", "split", "loss"]).splits
    ('split',)
    """
    lower = {name.lower(): name for name in names}

    def first(known: frozenset[str]) -> str | None:
        return next((name for key, name in lower.items() if key in known), None)

    splits = tuple(name for key, name in lower.items() if key in SPLIT_COLUMN_NAMES)
    metric, value = first(METRIC_COLUMN_NAMES), first(VALUE_COLUMN_NAMES)
    is_long = metric is not None and value is not None
    long = (metric, value, first(VARIANT_COLUMN_NAMES)) if is_long else (None, None, None)
    return RecordFields(splits, first(RUN_COLUMN_NAMES), *long)


def split_of(fields: RecordFields, record: Mapping[str, object]) -> str:
    """Return the split word in one of *fields*, in lower case; empty if none has one."""
    texts = (record.get(name) for name in fields.splits)
    words = (text.strip().lower() for text in texts if isinstance(text, str))
    return next((word for word in words if word in SPLIT_WORDS), "")


def run_name(name: str | None, record: Mapping[str, object]) -> str:
    """Return the name of the training by the field *name*: ``fold 1``; empty if it has none."""
    value = record.get(name) if name is not None else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{name} {value:.12g}"
    if not isinstance(value, str):
        return ""
    text = value.strip()[:_LONGEST_NAME]
    return f"{name} {text}" if text[:1].isdigit() else text


def single_value(fields: RecordFields, record: Mapping[str, object], value: float | None) -> dict[str, float]:
    """Return *value*, the only one of a record, by the metric and the variant that its *fields* name."""
    name, variant = (record.get(field) if field is not None else None for field in (fields.metric, fields.variant))
    if not isinstance(name, str) or not name or value is None:
        return {}
    if isinstance(variant, str) and variant.strip().lower() not in SPLIT_WORDS:
        name = f"{name}/{variant}"
    return {name[:_LONGEST_NAME]: value}


def numbers_of(record: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield names and numbers of *record*; a number of an object in it has both names, with a slash between."""
    for key, value in record.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield prefix + key, float(value)
        elif isinstance(value, dict) and depth < MAX_DEPTH and key not in SETTINGS_NAMES:
            yield from numbers_of(value, f"{prefix}{key}/", depth + 1)
        elif isinstance(value, (str, list)):
            number = _number_in(key, value)
            if number is not None:
                yield prefix + key, number


def _number_in(key: str, value: str | list[object]) -> float | None:
    """Return the number in a text, or in a list of one number: some programs write arrays as they are."""
    if isinstance(value, list):
        only = value[0] if len(value) == 1 else None
        return float(only) if isinstance(only, (int, float)) and not isinstance(only, bool) else None
    if len(value) > _LONGEST_NUMBER:
        return None
    return parse_count(value) if is_counter(key) else parse_number(value)


def tag_of(name: str, split: str) -> str:
    """Return the tag of the number called *name* of the data split *split*; counters belong to no split.

    >>> tag_of("loss", "val"), tag_of("epoch", "val")
    ('val/loss', 'epoch')
    """
    return f"{split}/{name}" if split and not is_counter(name) else name


def number_names(record: Mapping[str, object]) -> list[str]:
    """Return the names of the numbers in *record*, in lower case, as its points will be called."""
    fields = find_fields(record)
    numbers = dict(numbers_of(record))
    if fields.value is not None:
        numbers |= single_value(fields, record, numbers.get(fields.value))
    split = split_of(fields, record)
    return [tag_of(name, split).lower() for name in numbers]


def is_counter(name: str) -> bool:
    """Return whether *name* is that of a step or an epoch."""
    return name.lower() in _COUNTER_NAMES
