"""One run: its logs put together, its losses found, aligned and judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from lossmon.core.assessment import Advice, Assessment, Evidence
from lossmon.core.points import Floats
from lossmon.core.snapshot import ENDED, Curve, EvaluationHistory, RunSnapshot, RunStatus
from lossmon.core.text import Name, sanitize
from lossmon.detector.advice import advise
from lossmon.runs.alignment import align
from lossmon.runs.evaluation import Evaluator
from lossmon.runs.hidden import restore_masked_nan
from lossmon.runs.liveness import ArrivalTimes, newest, status, write_interval
from lossmon.runs.log_file import LogFile
from lossmon.runs.series import Series, merge_series
from lossmon.runs.tag_selection import TagSelection, choose_tags, is_gradient_norm


@dataclass(frozen=True, slots=True)
class TagOverride:
    """Globs that name the tags to judge, where the automatic choice is not wanted."""

    train: str | None = None
    val: str | None = None


class Run:
    """Puts the logs of one run together and judges them; what is seen changes only by ``look``."""

    def __init__(self, name: str, path: str, override: TagOverride) -> None:
        self.name = Name.of(name)
        self.path = Name.of(path)
        self.logs: tuple[LogFile, ...] = ()
        self._prefixes: tuple[str, ...] = ()
        self._override = override
        self._roles = TagSelection()
        self._chosen_among: dict[Name, int] = {}
        self._judge = Evaluator()
        self._arrivals = ArrivalTimes()
        self._view: RunSnapshot | None = None
        self._versions: tuple[int, ...] = ()
        self._planned_elsewhere: float | None = None
        self._rhythm = 0.0

    def consist_of(self, logs: Sequence[tuple[LogFile, str]]) -> None:
        """Set its logs, each with what its tags are preceded by."""
        members, prefixes = tuple(log for log, _ in logs), tuple(prefix for _, prefix in logs)
        if (members, prefixes) != (self.logs, self._prefixes):
            self.logs, self._prefixes, self._versions = members, prefixes, ()

    def plan(self, end: float | None) -> None:
        """Take note of the x up to which the run goes, if another log of the same training says so."""
        if end != self._planned_elsewhere:
            self._planned_elsewhere, self._versions = end, ()

    @property
    def stale(self) -> bool:
        """Whether a log has changed since the last look."""
        return tuple([log.version for log in self.logs]) != self._versions

    def look(self) -> None:
        """Align and judge what was read of the logs."""
        self._versions = tuple([log.version for log in self.logs])
        self._view = self._look()
        self._rhythm = write_interval(self._view.history)

    def view(self, now: float) -> RunSnapshot | None:
        """Return all there was to know at the last look, None before it, and how the run is at *now* (since 1970)."""
        if self._view is None:
            return None
        state, share = self._status(self._view, now), self._catching_up()
        if (state, share) != (self._view.status, self._view.catching_up):
            self._view = replace(self._view, status=state, catching_up=share)
        if state in ENDED and share is None:
            self._judge.rest()
        return self._view

    def _status(self, view: RunSnapshot, now: float) -> RunStatus:
        if all(log.gone for log in self.logs):
            return RunStatus.GONE
        if all(log.trouble for log in self.logs):
            return RunStatus.UNREADABLE
        grew = any(log.grew for log in self.logs)
        ended = view.planned is not None and view.history is not None and float(view.history.x[-1]) >= view.planned
        return status(view.last_write, self._rhythm, grew=grew, ended=ended, now=now)

    def _catching_up(self) -> float | None:
        behind = [log for log in self.logs if log.more]
        if not any(log.version for log in behind):
            return 0.0 if behind else None
        return round(sum(log.offset for log in self.logs) / max(1, sum(log.size for log in self.logs)), 2)

    def _look(self) -> RunSnapshot:
        tags = self._tags()
        series = {tag: merge_series(parts) for tag, parts in tags.items()}
        # Of a run that grows the choice stays the same for as long as its curves do not double.
        self._choose({tag: one.logged.bit_length() for tag, one in series.items()})
        train, val = self._judged_curves(series)
        history = self._history(train, val)
        # What was seen of a large log so far has gaps, so it is shown but not judged.
        whole = not any(log.preview for log in self.logs)
        assessment, timeline = self._judge.evaluate(history) if history and whole else (Assessment(), ())
        flags = tuple(dict.fromkeys(assessment.flags + self._flags(series, train, val)))
        assessment = assessment if flags == assessment.flags else replace(assessment, flags=flags)
        return RunSnapshot(
            name=self.name,
            path=self.path,
            format=self.logs[0].format,
            train=train,
            val=val,
            history=history,
            assessment=assessment,
            timeline=timeline,
            evidence=_sentences(assessment.evidence, history),
            advice=_about(advise(assessment, framework(self.logs[0].format, series)), assessment, history),
            metrics=tuple(_metrics(series, train)),
            earlier=tuple(self._earlier(series)),
            trouble=tuple(dict.fromkeys(self._troubles())),
            last_write=self._last_write(train, val),
            planned=self._planned(history),
            status=self._view.status if self._view else RunStatus.FINISHED,
        )

    def _tags(self) -> dict[Name, list[Series]]:
        tags: dict[Name, list[Series]] = {}
        for log, prefix in zip(self.logs, self._prefixes, strict=True):
            for tag, series in log.shown.items():
                tags.setdefault(_prefixed(prefix, tag), []).append(series)
        return tags

    def _choose(self, sizes: dict[Name, int]) -> None:
        """Choose the tags to judge anew only when tags appear or grow by much, so that the choice is steady."""
        if sizes == self._chosen_among:
            return
        self._chosen_among = sizes
        roles = choose_tags(sizes, self._override.train, self._override.val)
        if roles.higher_is_better != self._roles.higher_is_better:
            self._judge = Evaluator(higher_is_better=roles.higher_is_better)
        self._roles = roles

    def _judged_curves(self, series: dict[Name, Series]) -> tuple[Curve | None, Curve | None]:
        train, val = _curve(self._roles.train, series), _curve(self._roles.val, series)
        if train is None:
            return None, val
        gradients = (one.curve() for tag, one in series.items() if is_gradient_norm(tag.text))
        return restore_masked_nan(train, chain([val] if val else [], gradients)), val

    def _history(self, train: Curve | None, val: Curve | None) -> EvaluationHistory | None:
        history = align(train, val)
        if history is None:
            return None
        new = any(log.grew for log in self.logs) and not any(log.more for log in self.logs)
        return self._arrivals.timed(history, max(log.modified for log in self.logs), new=new)

    def _planned(self, history: EvaluationHistory | None) -> float | None:
        if history is None:
            return None
        said = max((log.planned.get(history.axis, 0.0) for log in self.logs), default=0.0)
        planned = said or self._planned_elsewhere
        return planned if planned is not None and planned >= history.x[-1] else None

    def _last_write(self, *curves: Curve | None) -> float | None:
        points = [newest(curve.wall[-1:]) for curve in curves if curve is not None]
        known = [when for when in points if when is not None]
        return max(known) if known else max((log.modified for log in self.logs), default=None)

    def _flags(self, series: dict[Name, Series], train: Curve | None, val: Curve | None) -> tuple[str, ...]:
        judged = [curve for curve in (train, val) if curve is not None]
        found = {
            "no-loss": not judged,
            "different-metrics": not self._roles.same_metric,
            "restarted": any(series[tag].restarts for tag in self._judged_tags(series)) or bool(self._rewritten()),
            "non-finite": any(not np.isfinite(curve.value).all() for curve in judged),
            "thinned": any(series[tag].thinned for tag in self._judged_tags(series)),
        }
        return tuple(flag for flag, holds in found.items() if holds)

    def _judged_tags(self, series: dict[Name, Series]) -> list[Name]:
        return [tag for tag in self._roles.train + self._roles.val if tag in series]

    def _rewritten(self) -> list[Series]:
        """Return what a log held before it was written anew with other losses; a new header alone is no restart."""
        return [
            old
            for log in self.logs
            for tag, old in log.replaced.items()
            if tag in log.series and not _continues(old.curve(), log.series[tag].curve())
        ]

    def _earlier(self, series: dict[Name, Series]) -> Iterable[Curve]:
        before = {old.tag: old.curve() for old in self._rewritten()}
        for tag in self._judged_tags(series):
            curve = series[tag].earlier_curve()
            if len(curve.x):
                yield curve
            elif tag in before:
                yield before[tag]

    def _troubles(self) -> Iterable[str]:
        for option, glob, tags in (
            ("--train", self._override.train, self._roles.train),
            ("--val", self._override.val, self._roles.val),
        ):
            if glob is not None and self._chosen_among and not tags:
                yield f"no tag matches {option} {sanitize(glob)}"
        for log in self.logs:
            if log.trouble:
                yield log.trouble
            yield from log.notices


def framework(log_format: str, tags: Iterable[Name]) -> str:
    """Return the name of the framework that wrote a log of this format and with these tags; empty where unknown."""
    if log_format != "tensorboard":
        family = log_format.split("-")[0]
        return "huggingface" if family == "hf" else family
    texts = {tag.text for tag in tags}
    if any(text.endswith("epoch_loss") for text in texts):
        return "keras"
    if "epoch" in texts:
        return "lightning"
    if any(text.startswith("learn/") for text in texts):
        return "catboost"
    return "huggingface" if {"train/loss", "train/epoch"} <= texts else "pytorch"


def evaluation_label(history: EvaluationHistory, index: int) -> str:
    """Return how a person calls an evaluation: ``epoch 10``."""
    return f"{history.axis} {history.x[index]:.12g}"


def _prefixed(prefix: str, tag: Name) -> Name:
    return Name.of(prefix.encode("utf-8", "surrogateescape") + b"/" + tag.raw) if prefix else tag


def _curve(tags: tuple[Name, ...], series: dict[Name, Series]) -> Curve | None:
    """Return the curve of one tag, or the sum of several where all of them were logged."""
    curves = [series[tag].curve() for tag in tags if tag in series]
    if not curves:
        return None
    whole = curves[0] if curves[0].tag == tags[0] else replace(curves[0], tag=tags[0])
    for other in curves[1:]:
        x, mine, theirs = np.intersect1d(whole.x, other.x, return_indices=True)
        values: Floats = whole.value[mine] + other.value[theirs]
        tag = Name.of(f"{whole.tag.text} + {other.tag.text}")
        whole = replace(whole, tag=tag, x=x, wall=whole.wall[mine], value=values)
    return whole


def _continues(old: Curve, new: Curve) -> bool:
    """Say whether *new* begins with the points of *old*, as far as it has come."""
    length = min(len(old.x), len(new.x))
    same_x = np.array_equal(old.x[:length], new.x[:length])
    return same_x and np.array_equal(old.value[:length], new.value[:length], equal_nan=True)


def _metrics(series: dict[Name, Series], train: Curve | None) -> Iterable[Curve]:
    """Yield every curve in the order of the names; of train what it was seen to have been."""
    for tag in sorted(series, key=lambda tag: tag.text):
        yield train if train and train.tag == tag else replace(series[tag].curve(), tag=tag)


def _about(pieces: Iterable[Advice], assessment: Assessment, history: EvaluationHistory | None) -> tuple[Advice, ...]:
    best = (
        evaluation_label(history, assessment.best) if history and assessment.best is not None else "the best evaluation"
    )
    return tuple(replace(advice, do=advice.do.replace("{best}", best)) for advice in pieces)


def _sentences(facts: Iterable[Evidence], history: EvaluationHistory | None) -> tuple[str, ...]:
    if history is None:
        return ()
    return tuple(fact.text.format(*(evaluation_label(history, index) for index in fact.at)) for fact in facts)
