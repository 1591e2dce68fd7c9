"""Decide by all values of a line of output which data splits they are of."""

from __future__ import annotations

from functools import lru_cache

from lossmon.core.metric_names import is_metric
from lossmon_adapters.console.line_parser import ParsedLine
from lossmon_adapters.console.values import SPLIT_WORD


def without_counts(line: ParsedLine) -> ParsedLine:
    """Return *line* without whole numbers that have only a split for a name, unless it has a counter.

    They are sizes of data sets, ``Train: 345,960  Val: 43,245``, or the percentages of a bar.
    """
    if line.has_position:
        return line
    counts = [(tag, number) for tag, number in line.values if SPLIT_WORD.fullmatch(tag)]
    if not counts or not all(number.is_integer() for _, number in counts):
        return line
    return line._replace(values=[value for value in line.values if value not in counts])


def with_named_splits(line: ParsedLine) -> ParsedLine:
    """Return *line* with the split of its first name, ``test acc: 0.9, loss: 0.3``, for those that have none."""
    if len(line.values) < 2:
        return line
    tags = tuple(tag for tag, _ in line.values)
    named = _with_split_of_first(tags)
    if named == tags:
        return line
    return line._replace(values=[(tag, number) for tag, (_, number) in zip(named, line.values, strict=True)])


@lru_cache(maxsize=1024)
def _with_split_of_first(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return *tags* with the split of the first, if it begins with a word for one and no other tag names any.

    >>> _with_split_of_first(("test acc", "loss")), _with_split_of_first(("val_acc", "loss"))
    (('test acc', 'test/loss'), ('val_acc', 'loss'))
    """
    first, *rest = tags
    split, _, metric = first.partition(" ")
    if not is_metric(metric.lower()) or SPLIT_WORD.fullmatch(split) is None or any(map(SPLIT_WORD.search, rest)):
        return tags
    return first, *(f"{split.lower()}/{tag}" if is_metric(tag.lower()) else tag for tag in rest)
