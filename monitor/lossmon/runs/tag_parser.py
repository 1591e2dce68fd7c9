"""Take the tag of a metric apart: the data split, the metric, and what its values are means of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from lossmon.core.metric_names import (
    DATASET_NUMBER_WORDS,
    FILLER_WORDS,
    GRADIENT_WORDS,
    KNOWN_METRIC_WORDS,
    LOSS_WORDS,
    METRIC_SYNONYMS,
    SPLIT_WORDS,
    TRAIN_WORDS,
    UNIT_WORDS,
    VALIDATION_RANKS,
)

TRAIN, VAL = "train", "val"

_NUMBERED_SET_RANK = 10
"""Added to the rank of a tag that has a number, so that the unnumbered set is preferred."""


@dataclass(frozen=True, slots=True)
class ParsedTag:
    """The parts of a tag: ``val/epoch_loss`` has the split ``val``, the unit ``epoch`` and the metric ``loss``."""

    split: str | None
    """``train``, ``val``, or None if the tag names neither."""
    rank: int
    """Of two tags with the same split and metric the lower rank is preferred: validation before test."""
    unit: str | None
    """What the value is a mean of, for instance ``epoch`` or ``batch``."""
    metric: str
    dataset: str = ""
    """The number of the set if a split has several, as in ``val_loss/dataloader_idx_1``."""


_CACHED_TAGS = 4096
"""Tags whose parts are remembered."""
_UNDIVIDED_WORDS = KNOWN_METRIC_WORDS - LOSS_WORDS
"""Metrics that are one word however they are capitalised, as ``mIoU``; of losses the parts tell more."""
_MAX_TAG_LENGTH = 256
"""Characters of a tag that are looked at."""


@lru_cache(maxsize=_CACHED_TAGS)
def parse_tag(tag: str) -> ParsedTag:
    """Return split, unit and metric of *tag*.

    >>> parse_tag("val/epoch_loss")
    ParsedTag(split='val', rank=0, unit='epoch', metric='loss', dataset='')
    """
    split, rank, unit, dataset = None, 0, None, ""
    metric: list[str] = []
    for previous, word in pairwise(["", *words_of_tag(tag)]):
        if (previous in SPLIT_WORDS or previous in DATASET_NUMBER_WORDS) and word.isdigit():
            rank, dataset = rank + _NUMBERED_SET_RANK, word  # one of several sets, as LightGBM's "valid_1's l2"
            continue
        if word in TRAIN_WORDS and split is None:
            split = TRAIN
        elif word in VALIDATION_RANKS and split is None:
            split, rank = VAL, VALIDATION_RANKS[word]
        elif word in TRAIN_WORDS or word in VALIDATION_RANKS:
            continue
        elif word in UNIT_WORDS:
            unit = word
        elif word in DATASET_NUMBER_WORDS:
            continue
        elif word not in FILLER_WORDS and METRIC_SYNONYMS.get(word, word) not in metric:
            metric.append(METRIC_SYNONYMS.get(word, word))
    return ParsedTag(split, rank, unit, " ".join(metric), dataset)


def words_of_tag(tag: str) -> list[str]:
    """Return the lower-case words of *tag*: ``trainLoss/step_1`` gives ``train``, ``loss``, ``step``, ``1``."""
    parts = re.split(r"[^A-Za-z0-9']+|'s\b", tag[:_MAX_TAG_LENGTH])
    return [word for part in parts for word in _split_camel_case(part)]


def _split_camel_case(part: str) -> list[str]:
    """Return the lower-case words of ``trainLoss``; ``mIoU`` and other metrics are one word."""
    if part.lower() in _UNDIVIDED_WORDS:
        return [part.lower()]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


@lru_cache(maxsize=_CACHED_TAGS)
def is_gradient_norm(tag: str) -> bool:
    """Return whether *tag* is the norm of a gradient.

    >>> is_gradient_norm("train/grad_norm")
    True
    """
    words = words_of_tag(tag)
    return "gnorm" in words or ("norm" in words and not GRADIENT_WORDS.isdisjoint(words))


@lru_cache(maxsize=_CACHED_TAGS)
def is_learning_rate(tag: str) -> bool:
    """Return whether *tag* is a learning rate, of all parameters or of one group.

    >>> is_learning_rate("train/learning_rate"), is_learning_rate("lr-AdamW/pg1"), is_learning_rate("learning_curve")
    (True, True, False)
    """
    words = words_of_tag(tag)
    return "lr" in words or ("learning", "rate") in pairwise(words)
