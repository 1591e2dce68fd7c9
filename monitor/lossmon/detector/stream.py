"""The detector: one evaluation in, one judgement out."""

from __future__ import annotations

import math

from lossmon.detector import evidence, noise, rules
from lossmon.detector.features import Features, share_of
from lossmon.detector.verdict import Judgement, Verdict
from lossmon.detector.window import RECENT, WIDTHS, Level, median

_WITHDRAW = 3
"""Evaluations without a sign of overfitting before the verdict is withdrawn."""


class _Series:
    """The judged series, lower is better, and the train loss beside it."""

    def __init__(self) -> None:
        self.count = 0
        self.recent: list[float] = []
        self.train: list[float] = []
        self.levels = [Level(width) for width in WIDTHS]
        self.opening: list[float] = []
        self.best = math.inf
        self.best_at = 0
        self.since = 0
        self.train_then: float | None = None
        self.train_first: float | None = None
        self.train_best: float | None = None
        self.climb = 0

    def fork(self) -> _Series:
        twin = _Series()
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, list) else value)
        twin.levels = [level.fork() for level in self.levels]
        return twin

    def add(self, index: int, value: float, train: float | None) -> None:
        self.count += 1
        self.climb = self.climb + 1 if self.recent and value > self.recent[-1] else 0
        self.recent = [*self.recent[1 - RECENT :], value]
        if train is not None:
            self.train = [*self.train[1 - RECENT :], train]
            self.train_first = train if self.train_first is None else self.train_first
            self.train_best = train if self.train_best is None else min(train, self.train_best)
        if len(self.opening) < 3:
            self.opening.append(value)
        for level in self.levels:
            level.add(self.recent)
        self.since += 1
        if value < self.best:
            self.best, self.best_at, self.since, self.train_then = value, index, 0, train

    def measure(self, n: int, has_val: bool) -> Features:
        if not self.recent:
            return Features(n, has_val)
        window = self.recent[-min(RECENT, max(8, self.count * 2 // 3)) :]
        noisy = noise.estimate(window, self.since)
        level = median(self.recent[-3:])
        quarter = min(max(3, self.count // 4), RECENT // 2)
        before = self.recent[-2 * quarter : -quarter] or self.recent
        return Features(
            n=n,
            has_val=has_val,
            best=self.best,
            best_at=self.best_at,
            since=self.since,
            level=level,
            noise=noisy,
            rise_z=self._rise(noisy),
            best_z=share_of(level - self.best, noisy.sigma),
            share=share_of(level - self.best, self.best),
            first=self.opening[0],
            drop=median(self.opening) - self.best,
            gain=median(before) - median(self.recent[-quarter:]),
            gain_noise=1.25 * noisy.sigma * math.sqrt(2 / quarter),
            train_first=self.train_first,
            train_then=self.train_then,
            train_now=median(self.train[-3:]) if self.train else None,
            train_best=self.train_best,
        )

    def _rise(self, noisy: noise.Noise) -> float:
        lucky = self.best + noisy.sigma * math.sqrt(2 * math.log(max(self.count, 2)))
        found = 0.0
        for level in self.levels:
            if level.now is None or self.since < level.width:
                continue
            floor = lucky if level.lowest is None else min(level.lowest, lucky)
            reach = math.sqrt(2 * math.log(max(self.count / max(level.width, noisy.memory), 1.5)))
            above = sum(value > floor for value in self.recent[-level.width :])
            if above >= level.width - max(1, level.width // 4):
                found = max(found, share_of(level.now - floor, noisy.of_block(level.width) * reach))
        if 3 <= self.climb == self.since < 8 and self.recent[-1] - self.best > 3 * noisy.sigma:
            found = max(found, 2.0)
        return found


class Detector:
    """Judges one run, one evaluation at a time; a pure function of what it was shown.

    An evaluation costs the same however many came before it, and memory stays bounded. Nothing it is shown raises.
    """

    def __init__(self, *, higher_is_better: bool = False) -> None:
        self._sign = -1.0 if higher_is_better else 1.0
        self._n = 0
        self._has_val = False
        self._series = _Series()
        self._broken = 0
        self._calm = 0
        self._said = Verdict.WARMING_UP
        self._said_at = 0

    def fork(self) -> Detector:
        """Return an independent copy, so that the next evaluation can be judged twice."""
        twin = Detector()
        vars(twin).update(vars(self))
        twin._series = self._series.fork()
        return twin

    def observe(self, train: float | None, val: float | None) -> Judgement:
        """Judge the run after one more evaluation; None stands for what was not logged, NaN and infinities are data."""
        index = self._n
        self._n += 1
        if val is not None and not self._has_val:
            self._has_val, self._series = True, _Series()
        value = val if self._has_val else train
        if value is not None:
            if math.isfinite(value) and (train is None or math.isfinite(train)):
                self._broken = max(0, self._broken - 1)
                beside = self._sign * train if self._has_val and train is not None else None
                self._series.add(index, self._sign * value, beside)
            else:
                self._broken = 3
        return self._judge(index, train, val)

    def _judge(self, index: int, train: float | None, val: float | None) -> Judgement:
        f = self._series.measure(self._n, self._has_val)
        verdict = Verdict.DIVERGED if self._broken else self._persist(rules.state(f), f)
        if verdict is not self._said:
            self._said, self._said_at = verdict, index
        over = verdict is Verdict.OVERFITTING
        return Judgement(
            verdict=verdict,
            severity=rules.severity(f) if over else None,
            confidence=0.0 if verdict is Verdict.WARMING_UP else 0.9 if self._n >= 8 else 0.6,
            onset=f.best_at if over else None,
            detected=self._said_at,
            best=None if f.best is None else f.best_at,
            best_value=None if f.best is None else self._sign * f.best,
            gap=val - train if val is not None and train is not None else None,
            flags=self._flags(f),
            evidence=evidence.facts(f, verdict, f.best_at if over else None),
        )

    def _persist(self, state: Verdict, f: Features) -> Verdict:
        if state is Verdict.OVERFITTING:
            self._calm = 0
            return state
        self._calm += 1
        if self._said is Verdict.OVERFITTING and self._calm < _WITHDRAW and f.since:
            return Verdict.OVERFITTING
        return state

    def _flags(self, f: Features) -> tuple[str, ...]:
        flags = []
        if not self._has_val:
            flags.append("no-validation")
        if f.has_val and f.below_train:
            flags.append("val-below-train")
        if self._broken:
            flags.append("non-finite")
        return tuple(flags)
