"""The metrics of a run in pairs: train and validation of the same scalar belong on one chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lossmon.core.metric_names import ERROR_WORDS, SYSTEM_WORDS, is_loss
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.runs.score import direction
from lossmon.runs.tag_parser import TRAIN, VAL, ParsedTag, parse_tag, words_of_tag

_PREFERRED_UNITS = ("epoch", None)
"""Of train curves that are means over different spans, those that a validation curve is compared with first."""


@dataclass(frozen=True, slots=True, eq=False)
class MetricPair:
    """Train and validation curve of one scalar; at least one of them is there."""

    name: str
    """What it is called: ``accuracy``; the whole tag of a curve that has no partner."""
    train: Curve | None
    """Also a curve that is of neither train nor validation, such as the learning rate."""
    val: Curve | None
    higher_is_better: bool | None
    """Which way it improves; None if that is not known."""

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves, that of train first."""
        return tuple(curve for curve in (self.train, self.val) if curve is not None)

    @property
    def tag(self) -> Name:
        """The tag that identifies the pair."""
        return self.curves[-1].tag

    @property
    def tags(self) -> tuple[Name, ...]:
        """The tags of the curves."""
        return tuple(curve.tag for curve in self.curves)

    @property
    def arrow(self) -> str:
        """Which way it improves, as an arrow; empty if that is not known."""
        return "" if self.higher_is_better is None else "↑" if self.higher_is_better else "↓"

    @property
    def best(self) -> tuple[Curve, int] | None:
        """The curve of validation, else of train, and the index of its first best value.

        None if it is not known which way it improves, or if it never changes.
        """
        curve = self.curves[-1]
        finite = np.flatnonzero(np.isfinite(curve.value))
        values = curve.value[finite]
        if self.higher_is_better is None or not len(finite) or values.min() == values.max():
            return None
        return curve, int(finite[values.argmax() if self.higher_is_better else values.argmin()])


@lru_cache(maxsize=4)
def metric_pairs(run: RunSnapshot) -> tuple[MetricPair, ...]:
    """Return all metrics of *run*: what is judged, losses and scores, others, and at last loads, times and counters.

    Among those of one kind pairs come first.
    """
    by_tag = {curve.tag: curve for curve in run.metrics}
    partners = _partners(run, by_tag)
    paired = set(partners.values())
    pairs = [
        _pair(run, by_tag.get(partners[tag]) if tag in partners else None, curve)
        for tag, curve in by_tag.items()
        if tag not in paired
    ]
    return tuple(sorted(pairs, key=lambda pair: (_rank(run, pair), len(pair.curves) < 2)))


def _pair(run: RunSnapshot, train: Curve | None, curve: Curve) -> MetricPair:
    parsed = parse_tag(curve.tag.text)
    if train is not None:
        return MetricPair(parsed.metric or curve.tag.text, train, curve, _improves(run, curve))
    is_val = parsed.split == VAL or (run.val is not None and curve.tag == run.val.tag)
    return MetricPair(curve.tag.text, None if is_val else curve, curve if is_val else None, _improves(run, curve))


def _improves(run: RunSnapshot, curve: Curve) -> bool | None:
    """Return whether higher values of *curve* are better; None if that is not known."""
    judged = run.val or run.train
    if judged is not None and curve.tag == judged.tag and "unknown-direction" not in run.assessment.flags:
        return run.higher_is_better
    metric = parse_tag(curve.tag.text).metric
    by_score = direction(metric)
    if by_score is None and (is_loss(curve.tag.text.lower()) or not ERROR_WORDS.isdisjoint(metric.split())):
        return False
    return by_score


def _partners(run: RunSnapshot, by_tag: dict[Name, Curve]) -> dict[Name, Name]:
    """Return the train tag that belongs to each validation tag that has one."""
    partners: dict[Name, Name] = {}
    if run.train and run.val and run.train.tag in by_tag and run.val.tag in by_tag and run.train.tag != run.val.tag:
        partners[run.val.tag] = run.train.tag
    of_train: dict[str, list[Curve]] = {}
    of_val: list[Curve] = []
    for curve in by_tag.values():
        parsed = parse_tag(curve.tag.text)
        if parsed.split == VAL:
            of_val.append(curve)
        else:
            of_train.setdefault(parsed.metric, []).append(curve)
    taken = set(partners.values())
    for val in sorted(of_val, key=_order_of_sets):
        same = of_train.get(parse_tag(val.tag.text).metric, ())
        candidates = [one for one in same if one.tag not in taken and one.axis == val.axis]
        if candidates and val.tag not in partners:
            partners[val.tag] = _best_partner(val, candidates).tag
            taken.add(partners[val.tag])
    return partners


def _order_of_sets(curve: Curve) -> tuple[int, str, str]:
    """Return the key that puts the validation set first that shares a chart with train."""
    parsed = parse_tag(curve.tag.text)
    return parsed.rank, parsed.dataset, curve.tag.text


def _best_partner(val: Curve, candidates: Sequence[Curve]) -> Curve:
    """Return which train curve is compared with *val*: one that goes on, over the same span, with the word train."""
    wanted = parse_tag(val.tag.text)

    def key(curve: Curve) -> tuple[bool, bool, int, bool, str]:
        """Return the key that puts the curve that is most like *val* first."""
        parsed = parse_tag(curve.tag.text)
        return (
            len(curve.x) < 2 < len(val.x),  # a mean over the whole training, written at its end
            parsed.unit != wanted.unit,
            _unit_rank(parsed),
            parsed.split != TRAIN,
            curve.tag.text,
        )

    return min(candidates, key=key)


def _unit_rank(parsed: ParsedTag) -> int:
    return _PREFERRED_UNITS.index(parsed.unit) if parsed.unit in _PREFERRED_UNITS else len(_PREFERRED_UNITS)


def _rank(run: RunSnapshot, pair: MetricPair) -> int:
    """Return how early a pair comes: 0 for the one that is judged, to 3 for loads, times and counters."""
    judged = run.val or run.train
    if judged is not None and judged.tag in pair.tags:
        return 0
    if _is_about_system(pair.tags):
        return 3
    return 2 if pair.higher_is_better is None else 1


def _is_about_system(tags: Iterable[Name]) -> bool:
    words = {word for tag in tags for word in words_of_tag(tag.text)}
    return not SYSTEM_WORDS.isdisjoint(words) or words <= {"epoch", "step", "train", "training"}
