"""Which tags of a run are its train and its validation loss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import chain, pairwise

from lossmon.core.metric_names import (
    ERROR_WORDS,
    FILLER_WORDS,
    GRADIENT_WORDS,
    LOSS_WORDS,
    MEAN_WORDS,
    METRIC_SYNONYMS,
    PERPLEXITY_WORDS,
    SCORE_WORDS,
    SPLIT_WORDS,
    TRAIN_WORDS,
    UNIT_WORDS,
    VALIDATION_RANKS,
    YOLO_LOSS_PARTS,
)
from lossmon.core.text import Name

TRAIN, VAL = "train", "val"

_NUMBERED = 10


@dataclass(frozen=True, slots=True)
class ParsedTag:
    """A tag taken apart: ``val/epoch_loss`` is split ``val``, unit ``epoch``, metric ``loss``."""

    split: str | None
    """``train``, ``val``, or None where the tag does not say."""
    rank: int
    """Among tags of one split and metric the lower is preferred: validation before test."""
    unit: str | None
    metric: str


@dataclass(frozen=True, slots=True)
class TagSelection:
    """The tags to judge; where there are several their points are added up."""

    train: tuple[Name, ...] = ()
    val: tuple[Name, ...] = ()
    higher_is_better: bool = False
    same_metric: bool = True
    """Whether the gap between the two means anything."""


@lru_cache(maxsize=4096)
def parse_tag(tag: str) -> ParsedTag:
    """Take *tag* apart into split, unit and metric."""
    split, rank, unit = None, 0, None
    metric: list[str] = []
    for before, word in pairwise(["", *_words(tag)]):
        if before in SPLIT_WORDS and word.isdigit():
            rank += _NUMBERED  # one of several sets, as LightGBM's "valid_1's l2"
            continue
        if word in TRAIN_WORDS and split is None:
            split = TRAIN
        elif word in VALIDATION_RANKS and split is None:
            split, rank = VAL, VALIDATION_RANKS[word]
        elif word in TRAIN_WORDS or word in VALIDATION_RANKS:
            continue
        elif word in UNIT_WORDS:
            unit = word
        elif word not in FILLER_WORDS and METRIC_SYNONYMS.get(word, word) not in metric:
            metric.append(METRIC_SYNONYMS.get(word, word))
    return ParsedTag(split, rank, unit, " ".join(metric))


def _words(tag: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|'s\b", " ", tag[:256])
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def is_gradient_norm(tag: str) -> bool:
    """Say whether *tag* is of the norm of a gradient."""
    words = _words(tag)
    return "gnorm" in words or ("norm" in words and not GRADIENT_WORDS.isdisjoint(words))


def choose_tags(counts: Mapping[Name, int], train: str | None = None, val: str | None = None) -> TagSelection:
    """Choose train and validation among tags; *train* and *val* are globs that override.

    *counts* says how many points each has, or what grows with that.

    A run that logs no loss is judged by a score, such as accuracy, where it logs one for validation.
    """
    tags = sorted((tag for tag, points in counts.items() if points), key=lambda tag: tag.text)
    if train is None and val is None:
        return _summed_parts(tags) or _best_pair(tags, counts)
    chosen = {TRAIN: train, VAL: val}
    named = {split: _match(tags, counts, glob) for split, glob in chosen.items() if glob is not None}
    found = _counterpart(tags, counts, [*chain.from_iterable(named.values())])
    return _roles(named.get(TRAIN, found.train), named.get(VAL, found.val))


def _counterpart(tags: Sequence[Name], counts: Mapping[Name, int], named: Sequence[Name]) -> TagSelection:
    """Return train and validation of the metric that was *named*, what it lacks from the best pair there is."""
    metrics = {parse_tag(tag.text).metric for tag in named}
    same = _best_pair([tag for tag in tags if tag not in named and parse_tag(tag.text).metric in metrics], counts)
    best = _best_pair(tags, counts)
    return TagSelection(same.train or best.train, same.val or best.val)


def _match(tags: Sequence[Name], counts: Mapping[Name, int], glob: str) -> tuple[Name, ...]:
    matching = [tag for tag in tags if fnmatchcase(tag.text, glob)]
    return tuple(sorted(matching, key=lambda tag: -counts[tag])[:1])


def _roles(train: tuple[Name, ...], val: tuple[Name, ...]) -> TagSelection:
    higher = _are_scores(val or train)
    if val and _are_scores(train) != higher:
        train = ()  # a loss beside a score: while both improve, one falls and the other rises
    same = not (train and val) or {parse_tag(t.text).metric for t in train} == {parse_tag(t.text).metric for t in val}
    return TagSelection(train, val, higher_is_better=higher, same_metric=same)


def _are_scores(tags: tuple[Name, ...]) -> bool:
    return min((_grade(parse_tag(tag.text).metric) for tag in tags), default=0) == _SCORE_GRADE


_LOSS_GRADE, _SOME_LOSS_GRADE, _ERROR_GRADE, _SCORE_GRADE, _NO_GRADE = range(5)


def _grade(metric: str) -> int:
    """How surely *metric* is what the run minimises; the lower the surer."""
    words = metric.split()
    if metric == "loss":
        return _LOSS_GRADE
    if PERPLEXITY_WORDS.intersection(words):
        return _ERROR_GRADE
    if LOSS_WORDS.intersection(words):
        return _SOME_LOSS_GRADE
    if ERROR_WORDS.intersection(words):
        return _ERROR_GRADE
    return _SCORE_GRADE if SCORE_WORDS.intersection(words) else _NO_GRADE


def _best_pair(tags: Iterable[Name], counts: Mapping[Name, int]) -> TagSelection:
    """Pair train and validation of one metric: the surest metric that has both, else the surest there is."""
    by_metric: dict[str, dict[str | None, list[Name]]] = {}
    for tag in tags:
        spelling = parse_tag(tag.text)
        if _grade(spelling.metric) < _NO_GRADE or (spelling.split and not spelling.metric):
            by_metric.setdefault(spelling.metric, {}).setdefault(spelling.split, []).append(tag)
    pairs = {metric: _pair(splits, counts) for metric, splits in by_metric.items()}
    if not pairs:
        return TagSelection()
    return _complete(min(pairs.items(), key=_order)[1], pairs)


def _order(item: tuple[str, TagSelection]) -> tuple[bool, bool, int, int, str]:
    metric, pair = item
    grade = _grade(metric)
    return grade == _SCORE_GRADE, not (pair.train and pair.val), grade, len(metric), metric


def _pair(splits: Mapping[str | None, list[Name]], counts: Mapping[Name, int]) -> TagSelection:
    def best(names: Sequence[Name]) -> tuple[Name, ...]:
        return tuple(sorted(names, key=lambda name: _preference(name, counts))[:1])

    train, val = splits.get(TRAIN, []), splits.get(VAL, [])
    if not train:
        train, val = _numbered_sets(val) or (train, val)
    return _roles(best([*train, *splits.get(None, [])]), best(val))


def _numbered_sets(tags: Sequence[Name]) -> tuple[list[Name], list[Name]] | None:
    """Tell train from validation as XGBoost's manual passes them to its scikit-learn estimators: train is number 0."""
    first = [tag for tag in tags if tag.text.startswith("validation_0-")]
    rest = [tag for tag in tags if tag.text.startswith("validation_") and tag not in first]
    return (first, rest) if first and rest else None


def _preference(tag: Name, counts: Mapping[Name, int]) -> tuple[int, bool, bool, bool, bool, int]:
    """Prefer validation to test; many points to one summary; the epoch's own value to a batch's, and a mean to it."""
    spelling = parse_tag(tag.text)
    lonely = counts[tag] == 1 and max(counts.values()) > 1
    mean = not MEAN_WORDS.isdisjoint(_words(tag.text))
    return spelling.rank, lonely, spelling.split is None, spelling.unit != "epoch", not mean, -counts[tag]


def _complete(pair: TagSelection, pairs: Mapping[str, TagSelection]) -> TagSelection:
    """Give a loss that lacks one side the other side of the surest other loss, as two metrics."""
    if pair.higher_is_better or (pair.train and pair.val):
        return pair
    others = [roles for _, roles in sorted(pairs.items(), key=_order) if not roles.higher_is_better]
    train = pair.train or next((roles.train for roles in others if roles.train), ())
    val = pair.val or next((roles.val for roles in others if roles.val), ())
    return _roles(train, val)


def _summed_parts(tags: Iterable[Name]) -> TagSelection | None:
    """Sum the parts of a YOLO loss, which logs no total: those that train and validation share, or all of train."""
    parts: dict[str, dict[str, Name]] = {TRAIN: {}, VAL: {}}
    for tag in tags:
        spelling = parse_tag(tag.text)
        if spelling.metric == "loss":
            return None
        if spelling.metric in YOLO_LOSS_PARTS:
            parts[spelling.split or TRAIN].setdefault(spelling.metric, tag)
    held_out = parts[VAL]
    common = sorted(parts[TRAIN].keys() & (held_out or parts[TRAIN]).keys())
    if len(common) < 2:
        return None
    return TagSelection(
        tuple(parts[TRAIN][part] for part in common), tuple(held_out[part] for part in common if held_out)
    )
