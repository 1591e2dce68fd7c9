"""Choose the tags of a run that are its train and its validation loss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import chain

from lossmon.core.metric_names import (
    ERROR_WORDS,
    LOSS_PART_WORDS,
    LOSS_WORDS,
    MEAN_WORDS,
    PERPLEXITY_WORDS,
    SCORE_WORDS,
    TOTAL_WORD,
    UNINFORMATIVE_LOSS_WORDS,
    YOLO_LOSS_PARTS,
    is_metric,
)
from lossmon.core.text import Name
from lossmon.runs.rewards import choose_rewards
from lossmon.runs.tag_parser import TRAIN, VAL, parse_tag, words_of_tag


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
    is_reward: bool = False
    """Whether it is the reward of reinforcement learning, in which the loss is no measure of success."""
    other_vals: tuple[Name, ...] = ()
    """The same metric of the other validation sets, one tag each."""


_MAX_OTHER_SETS = 15
"""Validation sets of a run that are evaluated beside the first; more are left out, because each costs as much."""
_SELDOM = 2
"""A train loss with so many fewer binary digits of points than validation sums up much longer times: a fourth."""
_NAMED_SET = re.compile(r"eval[_/](.+)_loss")


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
    return _choose_once(tuple(sizes.items()), train, val, mode)


@lru_cache(maxsize=16)
def _choose_once(
    sizes: tuple[tuple[Name, int], ...], train: str | None, val: str | None, mode: str | None
) -> TagSelection:
    """Choose the tags as ``choose_tags`` does; the many runs of a sweep have the same tags."""
    tags = sorted((tag for tag, size in sizes if size), key=lambda tag: tag.text)
    return _apply_mode(_choose(tags, dict(sizes), train, val), mode)


def _choose(tags: Sequence[Name], sizes: Mapping[Name, int], train: str | None, val: str | None) -> TagSelection:
    if train is None and val is None:
        return (
            _select_reward(tags, sizes)
            or _select_yolo_parts(tags)
            or _select_named_sets(tags, sizes)
            or _select_with_other_sets(tags, sizes)
        )
    globs = {TRAIN: train, VAL: val}
    named = {split: _match(tags, sizes, glob) for split, glob in globs.items() if glob is not None}
    automatic = _select_counterparts(tags, sizes, [*chain.from_iterable(named.values())])
    return _make_selection(named.get(TRAIN, automatic.train), named.get(VAL, automatic.val))


def _apply_mode(selection: TagSelection, mode: str | None) -> TagSelection:
    """Return *selection* with the direction that the user gave, else with what the names of the tags tell."""
    if mode is not None:
        return replace(selection, higher_is_better=mode == "max", is_direction_known=True)
    if selection.is_reward:
        return selection
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
        return _Kind.NAMED_LOSS if is_metric(metric) else _Kind.OTHER
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


def _pair_order(item: tuple[str, TagSelection]) -> tuple[bool, bool, int, bool, int, str]:
    """Return a sort key of a metric and its pair, the best first."""
    metric, pair = item
    kind = _kind(metric)
    is_part = kind is _Kind.NAMED_LOSS and LOSS_PART_WORDS.issuperset(metric.split())
    return kind is _Kind.SCORE, not (pair.train and pair.val), kind, is_part, len(metric), metric


def _pair_splits(splits: Mapping[str | None, list[Name]], sizes: Mapping[Name, int]) -> TagSelection:
    """Return the best train and the best validation tag of one metric."""

    def best(names: Sequence[Name]) -> tuple[Name, ...]:
        return tuple(sorted(names, key=lambda name: _tag_order(name, sizes))[:1])

    train, val = splits.get(TRAIN, []), splits.get(VAL, [])
    if not train:
        train, val = _separate_numbered_sets(val) or (train, val)
    train = [*train, *splits.get(None, [])]
    evaluations = max((sizes[tag] for tag in val), default=0)
    often = [tag for tag in train if sizes[tag] + _SELDOM > evaluations]
    return _make_selection(best(often or train), best(val))


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
    words = words_of_tag(tag.text)
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


def named_set(tag: Name) -> str:
    """Return the name of an evaluation set that Hugging Face Trainer was given; empty for a tag without one.

    >>> named_set(Name.of("eval_french_loss")), named_set(Name.of("eval_loss"))
    ('french', '')
    """
    match = _NAMED_SET.fullmatch(tag.text)
    return match[1] if match else ""


def _is_part(name: str, metrics: Set[str]) -> bool:
    """Return whether *name* of ``eval_<name>_loss`` is a part of the loss and not a data set."""
    words = words_of_tag(name)
    return not LOSS_PART_WORDS.isdisjoint(words) or f"{' '.join(words)} loss" in metrics


def _select_reward(tags: Sequence[Name], sizes: Mapping[Name, int]) -> TagSelection | None:
    """Return the reward of a run that learns by reinforcement; None for any other run."""
    train, val = choose_rewards(tags, sizes)
    return TagSelection(train, val, higher_is_better=True, is_reward=True) if train or val else None


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
