"""Decide by all names on a line of output which data splits its values are of."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.metric_names import is_metric
from lossmon_adapters.console.values import SPLIT_WORD


def are_counts(names: Sequence[str], numbers: Sequence[str]) -> bool:
    """Return whether all *numbers* that have only a split for a name are whole ones: sizes of data sets, percentages.

    >>> are_counts(["Train", "Val", "loss"], ["345", "43", "0.5"]), are_counts(["train", "val"], ["2.5", "2.6"])
    (True, False)
    """
    unnamed = [number for name, number in zip(names, numbers, strict=True) if SPLIT_WORD.fullmatch(name)]
    return bool(unnamed) and all(number.isdecimal() for number in unnamed)


def with_split_of_first(names: Sequence[str]) -> Sequence[str]:
    """Return *names* with the split of the first, if it begins with a word for one and no other name has any.

    >>> with_split_of_first(["test acc", "loss"]), with_split_of_first(["val_acc", "loss"])
    (['test acc', 'test/loss'], ['val_acc', 'loss'])
    """
    if len(names) < 2:
        return names
    first, *rest = names
    split, _, metric = first.partition(" ")
    if not is_metric(metric.lower()) or SPLIT_WORD.fullmatch(split) is None or any(map(SPLIT_WORD.search, rest)):
        return names
    return [first, *(f"{split.lower()}/{name}" if is_metric(name.lower()) else name for name in rest)]
