"""Finds the score of a validation set, such as accuracy, and judges it beside the loss of the same set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from lossmon.core.evidence_text import NamedEvaluations
from lossmon.core.metric_names import (
    DATA_SET_SCORE_WORDS,
    DECISION_ERROR_WORDS,
    ERROR_WORDS,
    LOSS_WORDS,
    PERPLEXITY_WORDS,
    PREFERRED_SCORE_WORDS,
    SCORE_WORDS,
)
from lossmon.core.points import Floats
from lossmon.core.score import BestMetric, Score, ScoreTrend
from lossmon.core.snapshot import Curve, EvaluationHistory
from lossmon.core.text import Name
from lossmon.detector import white_noise_std
from lossmon.runs.curves import selected_curve
from lossmon.runs.series import Series
from lossmon.runs.tag_parser import VAL, ParsedTag, parse_tag
from lossmon.runs.tag_selection import TagSelection, named_set

_MIN_VALUES, _MIN_SINCE_BEST = 4, 2
"""Scores in all, and since the best loss, below which nothing is said of their trend."""
_MIN_LOGGED_SHARE = 0.5
"""Share of the evaluations that must have a score; else it belongs to other evaluations."""
_LEVEL_VALUES, _MIN_VALUES_FOR_MEDIAN = 3, 8
"""Scores whose median is a level, in a run of at least so many; in a shorter one each score is a level."""
_MAX_SCORE = 1e100
"""Larger numbers are no scores, and means of them would overflow."""
_VOTES_SHARE, _MAX_VOTES = 0.3, 15
"""The newest evaluations, as a share of those since the best loss, whose most frequent trend is the trend now."""
_NOISE_VALUES = 64
"""Newest scores from which the noise is estimated."""
_NOISE_MULTIPLE = 2.0
"""A change of level by fewer standard deviations is noise."""
_RELEVANT_SHARE, _RELEVANT_CHANGE = 0.05, 0.01
"""A change of level by a smaller share of the range of all levels, or of the best level, does not matter."""
_LASTING_LEVELS = 3
"""Levels in a row that are all below the best one, or all near it, from which a score has fallen, or is back."""


def direction(metric: str) -> bool | None:
    """Return whether a higher value of *metric* is better; None if it is no score, or not known to be one.

    >>> direction("accuracy"), direction("wer"), direction("dice loss"), direction("squared error")
    (True, False, None, None)
    """
    words = metric.split()
    if not (LOSS_WORDS | PERPLEXITY_WORDS).isdisjoint(words):
        return None
    if not SCORE_WORDS.isdisjoint(words):
        return True if ERROR_WORDS.isdisjoint(words) else None
    is_decision_error = not DECISION_ERROR_WORDS.isdisjoint(words) and not {"absolute", "squared"}.intersection(words)
    return False if is_decision_error and len(words) == 1 else None


class FoundScore(NamedTuple):
    """The tag of a score, and which way it improves."""

    tag: Name
    higher_is_better: bool


def find_score(tags: Iterable[Name], selection: TagSelection, named: BestMetric | None = None) -> FoundScore | None:
    """Return the score of the validation set whose loss is judged; None if there is none.

    *named* is the metric by which the training keeps its best checkpoint, which comes before any other.

    >>> from lossmon.runs.tag_selection import choose_tags
    >>> tags = [Name.of(tag) for tag in ("loss", "val_loss", "acc", "val_acc")]
    >>> find_score(tags, choose_tags(dict.fromkeys(tags, 9))).tag.text
    'val_acc'
    """
    if not selection.val or selection.higher_is_better:
        return None
    if named is not None and (found := _find_named(tags, named)):
        return found
    candidates = [tag for tag in tags if _is_of_same_set(tag, selection.val[0])]
    candidates = [tag for tag in candidates if direction(parse_tag(tag.text).metric) is not None]
    best = min(_unambiguous(candidates), key=_preference, default=None)
    return None if best is None else FoundScore(best, bool(direction(parse_tag(best.text).metric)))


def _find_named(tags: Iterable[Name], named: BestMetric) -> FoundScore | None:
    """Return the metric that a training was told to judge by, unless it is a loss."""
    is_named = [tag for tag in tags if tag.text == named.tag or tag.text.endswith(f"/{named.tag}")]
    words = parse_tag(named.tag).metric.split()
    is_loss = not (LOSS_WORDS | PERPLEXITY_WORDS).isdisjoint(words)
    if not is_named or is_loss or named.higher_is_better is None:
        return None
    return FoundScore(is_named[0], named.higher_is_better)


def _is_of_same_set(tag: Name, val: Name) -> bool:
    """Return whether *tag* is of the data set of the validation tag *val*."""
    parsed, chosen = parse_tag(tag.text), parse_tag(val.text)
    if parsed.split is None:
        return not DATA_SET_SCORE_WORDS.isdisjoint(parsed.metric.split()) and tag.text.startswith("metrics/")
    name = named_set(val)
    is_named = not name or re.search(rf"[_/]{re.escape(name)}[_/]", tag.text) is not None
    return is_named and (parsed.split, parsed.rank, parsed.dataset) == (VAL, chosen.rank, chosen.dataset)


def _unambiguous(tags: Sequence[Name]) -> list[Name]:
    """Leave out scores of the same kind of which none is the plain one: those of the outputs of a model with several.

    >>> [tag.text for tag in _unambiguous([Name.of(tag) for tag in ("val_a_acc", "val_b_acc", "val_f1")])]
    ['val_f1']
    """
    kinds: dict[str, set[str]] = {}
    for tag in tags:
        parsed = parse_tag(tag.text)
        kinds.setdefault(_kind(parsed), set()).add(parsed.metric)
    plain = {
        kind for kind, metrics in kinds.items() if len(metrics) == 1 or kind in metrics or kind in ("map", "map50")
    }
    return [tag for tag in tags if _kind(parse_tag(tag.text)) in plain]


def _kind(parsed: ParsedTag) -> str:
    words = parsed.metric.split()
    return next((word for word in words if word in SCORE_WORDS or word in DECISION_ERROR_WORDS), parsed.metric)


def _preference(tag: Name) -> tuple[int, int, str]:
    """Return a sort key of a score, the one to show first; of mAP the mean over all thresholds, a longer name."""
    kind = _kind(parse_tag(tag.text))
    rank = PREFERRED_SCORE_WORDS.index(kind) if kind in PREFERRED_SCORE_WORDS else len(PREFERRED_SCORE_WORDS)
    if kind in DATA_SET_SCORE_WORDS:
        return PREFERRED_SCORE_WORDS.index("map"), -len(tag.text), tag.text
    return rank, len(tag.text), tag.text


def evaluate_score(
    found: FoundScore, series: Mapping[Name, Series], history: EvaluationHistory, best_loss: int | None
) -> Score | None:
    """Return the score that was found at each evaluation of *history*; None if most evaluations have none."""
    curve = selected_curve((found.tag,), series)
    values = None if curve is None else _at_evaluations(curve, history)
    if values is None:
        return None
    name, higher_is_better = score_name(found.tag), found.higher_is_better
    return make_score(found.tag, name, values, best_loss, higher_is_better=higher_is_better)


def make_score(tag: Name, name: str, values: Floats, best_loss: int | None, *, higher_is_better: bool) -> Score | None:
    """Return the score with these *values*, one for each evaluation; None if most of them are missing.

    *best_loss* is the evaluation with the best loss, None if there is none.
    """
    logged = np.flatnonzero(np.isfinite(values))
    if len(logged) < max(1.0, _MIN_LOGGED_SHARE * len(values)):
        return None
    sign = 1.0 if higher_is_better else -1.0
    best = int(logged[np.argmax(sign * values[logged])])
    trend = score_trend(sign * values, best_loss) if best_loss is not None else ScoreTrend.UNKNOWN
    return Score(tag, name, higher_is_better, values, best, int(logged[-1]), trend)


def _at_evaluations(curve: Curve, history: EvaluationHistory) -> Floats | None:
    """Return the value of *curve* at each evaluation, NaN where it has none; None if both count different things."""
    if curve.axis != history.axis or not len(curve.x):
        return None
    at = np.minimum(np.searchsorted(curve.x, history.x), len(curve.x) - 1)
    return np.where(curve.x[at] == history.x, curve.value[at], np.nan)


def score_name(tag: Name) -> str:
    """Return what a score is called in a sentence.

    >>> score_name(Name.of("val_acc")), score_name(Name.of("metrics/mAP50-95(B)"))
    ('accuracy', 'mAP50-95(B)')
    """
    parsed = parse_tag(tag.text)
    return parsed.metric if parsed.split and parsed.metric else tag.text.rpartition("/")[2]


def score_trend(values: Floats, best_loss: int) -> ScoreTrend:
    """Return how *values*, of which higher ones are better, develop since evaluation *best_loss*.

    It is the trend that was found most often at the newest evaluations, so that one of them alone changes nothing.
    Only a new best does: of a score that is at its best nobody says that it got worse. Nor does one that has fallen
    for a while still improve or hold, however it was before.

    >>> score_trend(np.array([0.5, 0.6, 0.7, 0.75, 0.8, 0.85]), 2)
    <ScoreTrend.IMPROVING: 'improving'>
    """
    logged = np.flatnonzero(np.isfinite(values))
    scores = values[logged]
    at = int(np.searchsorted(logged, best_loss, side="right")) - 1
    votes = max(1, min(_MAX_VOTES, int(_VOTES_SHARE * (len(values) - 1 - best_loss))))
    counts = np.searchsorted(logged, len(values) - np.arange(votes)).tolist()
    medians = cache(partial(_running_medians, scores))
    trends = Counter(_trend_of_first(scores[:count], at, medians) for count in counts)
    trend = trends.most_common(1)[0][0]  # of equally many the newest, which was counted first
    if trend in (ScoreTrend.IMPROVING, ScoreTrend.HOLDING) and _has_fallen(scores, medians):
        trend = ScoreTrend.WORSENING
    is_at_best = trend is ScoreTrend.WORSENING and scores[-1] == scores.max()
    return ScoreTrend.UNKNOWN if is_at_best else trend


def _running_medians(scores: Floats, width: int) -> Floats:
    """Return the median of each *width* scores in a row."""
    with np.errstate(over="ignore"):  # of scores that are too large no trend is told
        return np.median(np.lib.stride_tricks.sliding_window_view(scores, width), axis=1)


def _has_fallen(scores: Floats, medians: Callable[[int], Floats]) -> bool:
    """Return whether the level of *scores* is below its best by more than noise, and by enough to matter, for a while.

    It takes as long to come back as to fall, so that a score near the limit does not change to and fro.
    """
    if len(scores) < _MIN_VALUES_FOR_MEDIAN:
        return False
    levels = medians(_LEVEL_VALUES)
    best = np.maximum.accumulate(levels)
    is_below = best - levels > np.maximum(_noise(scores), _RELEVANT_CHANGE * np.abs(best))
    below_of_recent = np.lib.stride_tricks.sliding_window_view(is_below, _LASTING_LEVELS).sum(axis=1)
    agreeing = below_of_recent[(below_of_recent == 0) | (below_of_recent == _LASTING_LEVELS)]
    return bool(len(agreeing) and agreeing[-1])


def _noise(scores: Floats) -> float:
    """Return the change of level of *scores* below which it may be noise."""
    return _NOISE_MULTIPLE * white_noise_std(scores[-_NOISE_VALUES:].tolist())


def _trend_of_first(scores: Floats, at: int, medians: Callable[[int], Floats]) -> ScoreTrend:
    """Return the trend by the newest of *scores* since the one *at* the best loss.

    *medians* gives the running medians of a width, of these scores and of those that came later.
    """
    if len(scores) < _MIN_VALUES or at < 0 or len(scores) - 1 - at < _MIN_SINCE_BEST:
        return ScoreTrend.UNKNOWN
    if scores.max() == scores.min() or np.abs(scores).max() > _MAX_SCORE:
        return ScoreTrend.UNKNOWN
    width = min(_LEVEL_VALUES, len(scores) - 1 - at) if len(scores) >= _MIN_VALUES_FOR_MEDIAN else 1
    levels = medians(width)[: len(scores) - width + 1]
    before = float(np.median(scores[max(0, at - width // 2) : at + 1 + width // 2]))
    return _trend(levels, before, _noise(scores), has_new_best=bool(scores.argmax() > at))


def _trend(levels: Floats, before: float, noise: float, *, has_new_best: bool) -> ScoreTrend:
    """Return the trend of *levels*, of which the one at the best loss is *before*; a change below *noise* is unsure."""
    best, now = float(levels.max()), float(levels[-1])
    irrelevant = max(_RELEVANT_SHARE * (best - float(levels.min())), _RELEVANT_CHANGE * abs(best))
    if best - now > max(noise, irrelevant):
        return ScoreTrend.WORSENING
    if best - now > irrelevant:
        return ScoreTrend.UNKNOWN
    is_better = now - before > max(noise, _RELEVANT_SHARE * (best - float(levels.min())))
    return ScoreTrend.IMPROVING if is_better and has_new_best else ScoreTrend.HOLDING


def describe_score(score: Score, history: NamedEvaluations, best_loss: int | None) -> str:
    """Return a sentence on a score beside a loss that rises; empty if its trend is not known."""
    best = f"{score.best_value:.4g} ({history.label(score.best)})"
    last = f"{score.last_value:.4g} ({history.label(score.last)})"
    now = "" if score.best == score.last else f" and is {last}"
    if score.trend is ScoreTrend.IMPROVING and best_loss is not None and np.isfinite(score.values[best_loss]):
        before = f"{score.values[best_loss]:.4g} ({history.label(best_loss)})"
        return f"{score.name} still improves: from {before} it got to its best {best}{now}"
    sentences = {
        ScoreTrend.IMPROVING: f"{score.name} still improves: its best is {best}{now and f', the newest {last}'}",
        ScoreTrend.HOLDING: f"{score.name} stays near its best: {best}{now and f', the newest {last}'}",
        ScoreTrend.WORSENING: f"{score.name} got worse too: from its best {best} to {last}",
    }
    return sentences.get(score.trend, "")
