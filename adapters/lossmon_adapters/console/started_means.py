"""Leave out means that start at 0: their first values are not those of a loss."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.metric_names import MEAN_WORDS, SPLIT_PREFIX_LENGTH, is_loss
from lossmon_adapters.console.values import SPLIT_WORD
from lossmon_adapters.shared.columns import MAX_TAGS

_MUCH_LESS = 0.1
"""A mean below this share of the first value has 0 in it."""


class StartedMeans:
    """Tells the tags of exponential means that start at 0, by their first value beside the first loss itself.

    Such a mean rises while the loss falls, ``Loss function: 22.58, Average Loss: 0.023``.
    """

    def __init__(self) -> None:
        self._is_mean_from_zero: dict[str, bool] = {}
        self._has_any = False

    def without(self, values: Sequence[tuple[str, float]]) -> Sequence[tuple[str, float]]:
        """Return *values*, which one line shows, without those means."""
        if len(values) > 1 and any(tag not in self._is_mean_from_zero for tag, _ in values):
            self._note_first(values)
        if not self._has_any:
            return values
        return [(tag, value) for tag, value in values if not self._is_mean_from_zero.get(tag)]

    def _note_first(self, values: Sequence[tuple[str, float]]) -> None:
        new = [(tag, value) for tag, value in values if tag not in self._is_mean_from_zero]
        if not new or len(self._is_mean_from_zero) >= MAX_TAGS:
            return
        for tag, value in new:
            others = (loss for other, loss in values if _is_loss_itself(other) and _split(other) == _split(tag))
            is_mean = _is_mean(tag) and is_loss(tag.lower())
            self._is_mean_from_zero[tag] = is_mean and any(0 <= value < _MUCH_LESS * loss for loss in others)
            self._has_any = self._has_any or self._is_mean_from_zero[tag]


def _is_loss_itself(tag: str) -> bool:
    return is_loss(tag.lower()) and not _is_mean(tag)


def _split(tag: str) -> str:
    match = SPLIT_WORD.search(tag)
    return match.group(1).lower()[:SPLIT_PREFIX_LENGTH] if match else ""


def _is_mean(tag: str) -> bool:
    return not MEAN_WORDS.isdisjoint(tag.lower().replace("_", " ").split())
