"""Utilisation over a whole run in bounded memory."""

from __future__ import annotations

from collections import deque


class Utilisation:
    """The samples of one GPU: the last few as they are, everything older as means over equal numbers of samples.

    When *kept* means are full, neighbours are merged and every later mean spans twice as many samples. So any span of
    time is covered evenly, by *kept* / 2 means at least, which is more than a chart has columns; and because it is the
    mean that is kept, an hour half idle stays half as high, however old it is.
    """

    def __init__(self, recent: int = 240, kept: int = 1000) -> None:
        self._recent: deque[tuple[float, float]] = deque()
        self._means: list[tuple[float, float]] = []
        self._open: list[tuple[float, float]] = []
        self._span = 1
        self._recent_limit = recent
        self._kept = kept

    def add(self, when: float, percent: float) -> None:
        """Take the next sample, measured *when* seconds since 1970."""
        self._recent.append((when, percent))
        if len(self._recent) > self._recent_limit:
            self._open.append(self._recent.popleft())
        if len(self._open) == self._span:
            self._means.append(_mean(self._open))
            self._open.clear()
        if len(self._means) == self._kept:
            self._means = [_mean(self._means[at : at + 2]) for at in range(0, self._kept, 2)]
            self._span *= 2

    def points(self) -> tuple[tuple[float, float], ...]:
        """Return time and utilisation of every mean and sample kept, oldest first."""
        unfinished = [_mean(self._open)] if self._open else []
        return (*self._means, *unfinished, *self._recent)


def _mean(samples: list[tuple[float, float]]) -> tuple[float, float]:
    return samples[0][0], sum(percent for _, percent in samples) / len(samples)
