"""Choose the tags of a run that are its train and its validation loss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import chain, pairwise

from lossmon.core.metric_names import (
    DATASET_NUMBER_WORDS,
    ERROR_WORDS,
    FILLER_WORDS,
    GRADIENT_WORDS,
    KNOWN_METRIC_WORDS,
    LOSS_PART_WORDS,
    LOSS_WORDS,
    MEAN_WORDS,
    METRIC_SYNONYMS,
    PERPLEXITY_WORDS,
    SCORE_WORDS,
    SPLIT_WORDS,
    TOTAL_WORD,
    TRAIN_WORDS,
    UNINFORMATIVE_LOSS_WORDS,
    UNIT_WORDS,
    VALIDATION_RANKS,
    YOLO_LOSS_PARTS,
)
from lossmon.core.text import Name

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


@dataclass(frozen=True, slots=True)
class TagSelection:
    """The tags to evaluate; if a split has several, their values are added up."""

    train: tuple[Name, ...] = ()
    val: tuple[Name, ...] = ()
    higher_is_better: bool = False
    same_metric: bool = True
    """Whether train and validation can be compared with each other."""
    is_direction_known: bool = True
    """Whether it is known which way the metric improves. If not, there is no verdict: it could be wrong."""
    other_vals: tuple[Name, ...] = ()
    """The same metric of the other validation sets, one tag each."""


_MAX_OTHER_SETS = 15
"""Validation sets of a run that are evaluated beside the first; more are left out, because each costs as much."""
_CACHED_TAGS = 4096
"""Tags whose parts are remembered."""
_UNDIVIDED_WORDS = KNOWN_METRIC_WORDS - LOSS_WORDS
"""Metrics that are one word however they are capitalised, as ``mIoU``; of losses the parts tell more."""
_NAMED_SET = re.compile(r"eval[_/](.+)_loss")
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
    for previous, word in pairwise(["", *_words(tag)]):
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


def _words(tag: str) -> list[str]:
    """Return the lower-case words of *tag*: ``trainLoss/step_1`` gives ``train``, ``loss``, ``step``, ``1``."""
    parts = re.split(r"[^A-Za-z0-9']+|'s\b", tag[:_MAX_TAG_LENGTH])
    return [word for part in parts for word in _split_camel_case(part)]


def _split_camel_case(part: str) -> list[str]:
    """Return the lower-case words of ``trainLoss``; ``mIoU`` and other metrics are one word."""
    if part.lower() in _UNDIVIDED_WORDS:
        return [part.lower()]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def is_gradient_norm(tag: str) -> bool:
    """Return whether *tag* is the norm of a gradient.

    >>> is_gradient_norm("train/grad_norm")
    True
    """
    words = _words(tag)
    return "gnorm" in words or ("norm" in words and not GRADIENT_WORDS.isdisjoint(words))


def choose_tags(
    sizes: Mapping[Name, int], train: str | None = None, val: str | None = None, mode: str | None = None
) -> TagSelection:
    """Choose the train and the validation tag of a run.

    *sizes* are the number of points of each tag, or its logarithm. *train* and *val* are globs that replace the
    automatic choice. A score such as accuracy is chosen only if the run logs no loss. *mode* is ``min`` or ``max`` if
    the user says which way the metric improves.

    >>> choose_tags({Name.of("loss"): 9, Name.of("val_loss"): 9}).val[0].text
    'val_loss'
    """
    tags = sorted((tag for tag, size in sizes.items() if size), key=lambda tag: tag.text)
    return _apply_mode(_choose(tags, sizes, train, val), mode)


def _choose(tags: Sequence[Name], sizes: Mapping[Name, int], train: str | None, val: str | None) -> TagSelection:
    if train is None and val is None:
        return _select_yolo_parts(tags) or _select_named_sets(tags, sizes) or _select_with_other_sets(tags, sizes)
    globs = {TRAIN: train, VAL: val}
    named = {split: _match(tags, sizes, glob) for split, glob in globs.items() if glob is not None}
    automatic = _select_counterparts(tags, sizes, [*chain.from_iterable(named.values())])
    return _make_selection(named.get(TRAIN, automatic.train), named.get(VAL, automatic.val))


def _apply_mode(selection: TagSelection, mode: str | None) -> TagSelection:
    """Return *selection* with the direction that the user gave, else with what the names of the tags tell."""
    if mode is not None:
        return replace(selection, higher_is_better=mode == "max", is_direction_known=True)
    metrics = [parse_tag(tag.text).metric for tag in selection.val or selection.train]
    return replace(selection, is_direction_known=all(not one or _kind(one) is not _Kind.OTHER for one in metrics))


def _select_counterparts(tags: Sequence[Name], sizes: Mapping[Name, int], named: Sequence[Name]) -> TagSelection:
    """Return the other tags of the metrics of the *named* tags; a split without one gets its tag of the best pair."""
    metrics = {parse_tag(tag.text).metric for tag in named}
    others = [tag for tag in tags if tag not in named and parse_tag(tag.text).metric in metrics]
    same_metric, best = _select_best_pair(others, sizes), _select_best_pair(tags, sizes)
    return TagSelection(same_metric.train or best.train, same_metric.val or best.val)


def _match(tags: Sequence[Name], sizes: Mapping[Name, int], glob: str) -> tuple[Name, ...]:
    """Return the tag with the most points that matches *glob*."""
    matching = [tag for tag in tags if fnmatchcase(tag.text, glob)]
    return tuple(sorted(matching, key=lambda tag: -sizes[tag])[:1])


def _make_selection(train: tuple[Name, ...], val: tuple[Name, ...]) -> TagSelection:
    higher = _are_scores(val or train)
    if val and _are_scores(train) != higher:
        train = ()  # a loss beside a score: while both improve, one falls and the other rises
    metrics = [{parse_tag(tag.text).metric for tag in tags} for tags in (train, val)]
    same_metric = not (train and val) or metrics[0] == metrics[1]
    return TagSelection(train, val, higher_is_better=higher, same_metric=same_metric)


def _are_scores(tags: tuple[Name, ...]) -> bool:
    return min((_kind(parse_tag(tag.text).metric) for tag in tags), default=_Kind.LOSS) == _Kind.SCORE


class _Kind(IntEnum):
    """Kinds of metrics; the lower, the more likely it is what the run minimises."""

    LOSS = 0
    """The metric ``loss`` itself."""
    NAMED_LOSS = 1
    """A loss with a name, for instance ``cross entropy``."""
    ERROR = 2
    """An error rate or a perplexity, which falls with the loss."""
    UNINFORMATIVE = 3
    """A loss that shows no progress."""
    SCORE = 4
    """Higher is better."""
    OTHER = 5


def _kind(metric: str) -> _Kind:
    words = metric.split()
    if metric == "loss":
        return _Kind.LOSS
    if PERPLEXITY_WORDS.intersection(words):
        return _Kind.ERROR
    if UNINFORMATIVE_LOSS_WORDS.intersection(words):
        return _Kind.UNINFORMATIVE
    if LOSS_WORDS.intersection(words):
        return _Kind.NAMED_LOSS
    if ERROR_WORDS.intersection(words):
        return _Kind.ERROR
    return _Kind.SCORE if SCORE_WORDS.intersection(words) else _Kind.OTHER


def _select_best_pair(tags: Iterable[Name], sizes: Mapping[Name, int]) -> TagSelection:
    """Return train and validation of one metric: the most likely one that has both, else the most likely one."""
    by_metric: dict[str, dict[str | None, list[Name]]] = {}
    for tag in tags:
        parsed = parse_tag(tag.text)
        if _kind(parsed.metric) is not _Kind.OTHER or (parsed.split and not parsed.metric):
            by_metric.setdefault(parsed.metric, {}).setdefault(parsed.split, []).append(tag)
    pairs = {metric: _pair_splits(splits, sizes) for metric, splits in by_metric.items()}
    if not pairs:
        return TagSelection()
    return _complete_pair(min(pairs.items(), key=_pair_order)[1], pairs)


def _pair_order(item: tuple[str, TagSelection]) -> tuple[bool, bool, int, int, str]:
    """Return a sort key of a metric and its pair, the best first."""
    metric, pair = item
    kind = _kind(metric)
    return kind is _Kind.SCORE, not (pair.train and pair.val), kind, len(metric), metric


def _pair_splits(splits: Mapping[str | None, list[Name]], sizes: Mapping[Name, int]) -> TagSelection:
    """Return the best train and the best validation tag of one metric."""

    def best(names: Sequence[Name]) -> tuple[Name, ...]:
        return tuple(sorted(names, key=lambda name: _tag_order(name, sizes))[:1])

    train, val = splits.get(TRAIN, []), splits.get(VAL, [])
    if not train:
        train, val = _separate_numbered_sets(val) or (train, val)
    return _make_selection(best([*train, *splits.get(None, [])]), best(val))


def _separate_numbered_sets(tags: Sequence[Name]) -> tuple[list[Name], list[Name]] | None:
    """Return train and validation tags of XGBoost's scikit-learn estimators, in whose manual set 0 is train."""
    first = [tag for tag in tags if tag.text.startswith("validation_0-")]
    rest = [tag for tag in tags if tag.text.startswith("validation_") and tag not in first]
    return (first, rest) if first and rest else None


def _tag_order(tag: Name, sizes: Mapping[Name, int]) -> tuple[int, bool, bool, bool, bool, bool, int]:
    """Return a sort key of a tag of one split and metric, the best first.

    Validation comes before test, many points before a single summary, the value of an epoch before that of a batch,
    a mean before a single value, and a total before its parts.
    """
    parsed = parse_tag(tag.text)
    is_summary = sizes[tag] == 1 and max(sizes.values()) > 1
    words = _words(tag.text)
    is_mean, is_total = not MEAN_WORDS.isdisjoint(words), TOTAL_WORD in words
    return parsed.rank, is_summary, parsed.split is None, parsed.unit != "epoch", not is_mean, not is_total, -sizes[tag]


def _complete_pair(pair: TagSelection, pairs: Mapping[str, TagSelection]) -> TagSelection:
    """Return *pair*; if a loss lacks train or validation, with the tag of the next likely loss."""
    if pair.higher_is_better or (pair.train and pair.val):
        return pair
    losses = [other for _, other in sorted(pairs.items(), key=_pair_order) if not other.higher_is_better]
    train = pair.train or next((other.train for other in losses if other.train), ())
    val = pair.val or next((other.val for other in losses if other.val), ())
    return _make_selection(train, val)


def _select_with_other_sets(tags: Sequence[Name], sizes: Mapping[Name, int]) -> TagSelection:
    """Return the best pair, with the same metric of the run's other validation sets."""
    pair = _select_best_pair(tags, sizes)
    return replace(pair, other_vals=_other_sets(pair, tags, sizes)[:_MAX_OTHER_SETS])


def _other_sets(pair: TagSelection, tags: Sequence[Name], sizes: Mapping[Name, int]) -> tuple[Name, ...]:
    if len(pair.val) != 1:
        return ()
    chosen = parse_tag(pair.val[0].text)
    sets: dict[tuple[int, str], list[Name]] = {}
    for tag in tags:
        parsed = parse_tag(tag.text)
        if (parsed.split, parsed.metric) == (VAL, chosen.metric) and sizes[tag] > 1 and tag not in pair.train:
            sets.setdefault((parsed.rank, parsed.dataset), []).append(tag)
    sets.pop((chosen.rank, chosen.dataset), None)
    return tuple(min(one_set, key=lambda tag: _tag_order(tag, sizes)) for _, one_set in sorted(sets.items()))


def _select_named_sets(tags: Sequence[Name], sizes: Mapping[Name, int]) -> TagSelection | None:
    """Return the losses of named evaluation sets, which Hugging Face Trainer logs as ``eval_<name>_loss``.

    The parts of a loss look alike. Therefore the train loss must have no parts, and no name may be that of a loss.
    """
    named = {tag: match[1] for tag in tags if (match := _NAMED_SET.fullmatch(tag.text))}
    rest = [tag for tag in tags if parse_tag(tag.text).split != VAL]
    whole = [tag for tag in rest if parse_tag(tag.text).metric == "loss"]
    parts = {parse_tag(tag.text).metric for tag in tags if tag not in named}
    if len(named) < 2 or not whole or any(_is_part(name, parts) for name in named.values()):
        return None
    train = _select_best_pair(whole, sizes).train
    first, *others = sorted(named, key=lambda tag: (-sizes[tag], tag.text))
    return TagSelection(train, (first,), other_vals=tuple(others[:_MAX_OTHER_SETS]))


def _is_part(name: str, metrics: Set[str]) -> bool:
    """Return whether *name* of ``eval_<name>_loss`` is a part of the loss and not a data set."""
    words = _words(name)
    return not LOSS_PART_WORDS.isdisjoint(words) or f"{' '.join(words)} loss" in metrics


def _select_yolo_parts(tags: Iterable[Name]) -> TagSelection | None:
    """Return the parts of a YOLO loss, which has no total: those that train and validation share, or all of train."""
    parts: dict[str, dict[str, Name]] = {TRAIN: {}, VAL: {}}
    for tag in tags:
        parsed = parse_tag(tag.text)
        if parsed.metric == "loss":
            return None
        if parsed.metric in YOLO_LOSS_PARTS:
            parts[parsed.split or TRAIN].setdefault(parsed.metric, tag)
    train, val = parts[TRAIN], parts[VAL]
    common = sorted(train.keys() & (val or train).keys())
    if len(common) < 2:
        return None
    return TagSelection(tuple(train[part] for part in common), tuple(val[part] for part in common if val))
