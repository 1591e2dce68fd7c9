"""The filter of the run list: words, fields such as ``verdict:over``, and comparisons such as ``val<0.3``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from lossmon.core.points import Floats
from lossmon.core.snapshot import RunSnapshot

_Test: TypeAlias = Callable[[RunSnapshot], bool]

_COMPARISON = re.compile(r"([a-z]+)(<=|>=|<|>)(.*)")
_FIELD = re.compile(r"([a-z]+):(.*)")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Query:
    """A filter that was understood, and what of it was not."""

    words: tuple[str, ...] = ()
    tests: tuple[_Test, ...] = ()
    error: str = ""
    """What part was not understood, and therefore does not filter; empty where all was."""

    def among(self, runs: Iterable[RunSnapshot]) -> list[RunSnapshot]:
        """Return the *runs* that pass, in their order.

        A word must be part of the name, verdict, status or format. Where that leaves nothing, it is enough that its
        letters come in the name in this order.
        """
        passing = [view for view in runs if all(test(view) for test in self.tests)]
        found = [view for view in passing if all(word in _described(view) for word in self.words)]
        return found or [view for view in passing if all(_scattered(word, view) for word in self.words)]


@lru_cache(maxsize=16)
def parse_filter(text: str) -> Query:
    """Return the query that *text* is."""
    words: list[str] = []
    tests: list[_Test] = []
    errors: list[str] = []
    for term in text.casefold().split():
        try:
            test = _test(term)
        except ValueError as error:
            errors.append(str(error))
            continue
        if test is None:
            words.append(term)
        else:
            tests.append(test)
    return Query(tuple(words), tuple(tests), "; ".join(errors))


def _test(term: str) -> _Test | None:
    """Return what a field or a comparison asks of a run; None for a word. Raises ValueError with what is wrong."""
    if compared := _COMPARISON.fullmatch(term):
        return _comparison(*compared.groups())
    if field := _FIELD.fullmatch(term):
        return _field(*field.groups())
    return None


def _comparison(name: str, sign: str, limit: str) -> _Test:
    figure = _FIGURES.get(name)
    if figure is None:
        raise ValueError(f"no figure {name}: {' '.join(_FIGURES)}")
    try:
        number = float(limit)
    except ValueError:
        raise ValueError(f"{name}{sign} needs a number") from None
    return lambda view: _OPERATORS[sign](figure(view), number)


def _field(name: str, wanted: str) -> _Test:
    field = _FIELDS.get(name)
    if field is None:
        raise ValueError(f"no field {name}: {' '.join(f'{known}:' for known in _FIELDS)}")
    return lambda view: any(wanted in text.casefold() for text in field(view))


def _last(values: Floats | None) -> float:
    return float(values[-1]) if values is not None and len(values) else math.nan


def _known(value: float | None) -> float:
    return math.nan if value is None else value


_FIELDS: dict[str, Callable[[RunSnapshot], Iterable[str]]] = {
    "tag": lambda view: (curve.tag.text for curve in view.metrics),
    "verdict": lambda view: (view.assessment.verdict.value,),
    "status": lambda view: (view.status.value,),
    "format": lambda view: (view.format,),
}
_FIGURES: dict[str, Callable[[RunSnapshot], float]] = {
    "val": lambda view: _last(view.history.val if view.history else None),
    "train": lambda view: _last(view.history.train if view.history else None),
    "best": lambda view: _known(view.assessment.best_value),
    "gap": lambda view: _known(view.assessment.gap),
}


def _described(view: RunSnapshot) -> str:
    return f"{view.name.text} {view.assessment.verdict.value} {view.status.value} {view.format}".casefold()


def _scattered(word: str, view: RunSnapshot) -> bool:
    letters = iter(view.name.text.casefold())
    return all(letter in letters for letter in word)
