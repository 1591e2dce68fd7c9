"""Finds train loss, validation loss and scores among the metrics that a framework hands to its callbacks."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lossmon.core.text import Name
from lossmon.runs.score import FoundScore, find_score, score_name
from lossmon.runs.tag_parser import TRAIN, VAL, parse_tag
from lossmon.runs.tag_selection import TagSelection, choose_tags
from lossmon.training.scores import Mode

_POINTS = 9
"""Every metric counts as logged so often: which one has more points is not known in a callback."""


class Measured(NamedTuple):
    """What was measured at one evaluation; None where it was not."""

    train: float | None
    val: float | None
    scores: dict[str, float]


@dataclass(slots=True)
class MetricChoice:
    """Chooses the metrics as the program does for logs; a choice that has a validation loss stays.

    *train* and *val* are globs that replace the automatic choice, *mode* says which way the metric improves.

    >>> choice = MetricChoice()
    >>> choice.measured({"loss": 0.5, "val_loss": 0.6, "val_accuracy": 0.8})
    Measured(train=0.5, val=0.6, scores={'accuracy': 0.8})
    """

    train: str | None = None
    val: str | None = None
    mode: Mode | None = None
    selection: TagSelection = field(default_factory=TagSelection)
    scores: list[FoundScore] = field(default_factory=list)

    def measured(self, metrics: Mapping[str, float]) -> Measured:
        """Return the losses among *metrics*; choose first, unless train and validation are known already."""
        if not (self.selection.train and self.selection.val):
            self._choose([Name.of(tag) for tag in metrics])
        values = {Name.of(tag): value for tag, value in metrics.items()}
        scores = {score_name(one.tag): values[one.tag] for one in self.scores if one.tag in values}
        return Measured(_sum(self.selection.train, values), _sum(self.selection.val, values), scores)

    @property
    def modes(self) -> dict[str, Mode]:
        """Which way each score improves."""
        return {score_name(one.tag): "max" if one.higher_is_better else "min" for one in self.scores}

    def _choose(self, tags: list[Name]) -> None:
        known = self.selection.val
        val = glob.escape(known[0].text) if len(known) == 1 else self.val
        self.selection = choose_tags(dict.fromkeys(tags, _POINTS), self.train, val, self.mode)
        self.scores, left = [], list(tags)
        while found := find_score(left, self.selection):
            self.scores.append(found)
            left.remove(found.tag)


def _sum(tags: Iterable[Name], values: Mapping[Name, float]) -> float | None:
    """Return the sum of the values of *tags*; None if one is missing, or if there are no tags."""
    found = [values.get(tag) for tag in tags]
    known = [value for value in found if value is not None]
    return sum(known) if known and len(known) == len(found) else None


def numbers(metrics: Mapping[str, object] | None) -> dict[str, float]:
    """Return those of *metrics* that are numbers; a framework may pass tensors, and text beside them.

    >>> numbers({"loss": 1, "note": "warm", "val_loss": float("nan")})
    {'loss': 1.0, 'val_loss': nan}
    """
    known = {str(tag): _number(value) for tag, value in (metrics or {}).items()}
    return {tag: value for tag, value in known.items() if value is not None}


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, RuntimeError):  # the last: torch, for a tensor with several values
        return None


def newest_values(log: Mapping[str, Mapping[str, Sequence[Any]]]) -> dict[str, dict[str, float]]:
    """Return the newest value of each metric of each data set; *log* has all values, in the order of the rounds.

    A value of cross-validation is its mean and its standard deviation over the folds.

    >>> newest_values({"valid": {"rmse": [2.0, 1.0], "mae": [], "auc": [(0.5, 0.1)]}})
    {'valid': {'rmse': 1.0, 'auc': 0.5}}
    """
    return {
        name: {metric: _mean(values[-1]) for metric, values in metrics.items() if len(values)}
        for name, metrics in log.items()
    }


def _mean(value: Any) -> float:
    return float(value[0] if isinstance(value, tuple) else value)


def boosting_metrics(results: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the metrics of boosted trees by their tag; *results* has the metrics of each data set.

    Where no data set has a name that tells validation, it is the last one that is not train: boosters stop early by
    their last data set.

    >>> boosting_metrics({"a": {"rmse": 1.0}, "b": {"rmse": 2.0}})
    {'train/a-rmse': 1.0, 'val/b-rmse': 2.0}
    """
    splits = {name: parse_tag(f"{name}-rmse").split for name in results}
    prefixes = dict.fromkeys(results, "")
    unnamed = [name for name, split in splits.items() if split is None]
    if VAL not in splits.values() and unnamed:
        *first, last = unnamed
        prefixes[last] = "val/"
        if first and TRAIN not in splits.values():
            prefixes[first[0]] = "train/"
    return {f"{prefixes[name]}{name}-{metric}": value for name, one in results.items() for metric, value in one.items()}
