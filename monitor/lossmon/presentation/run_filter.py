"""The filter of the run list: words, fields (``verdict:over``), comparisons (``val<0.3``, ``dropout=0.5``), ``!``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from lossmon.core.points import Floats
from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.core.verdict import Verdict

_Condition: TypeAlias = Callable[[RunSnapshot], bool]

_COMPARISON = re.compile(r"([^\W\d][\w.-]*)(<=|>=|<|>)(.*)")
_EQUALITY = re.compile(r"([^\W\d][\w.-]*)=(.+)")
_FIELD = re.compile(r"([a-z]+):(.*)")
_NOT = "!"
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


_OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class RunFilter:
    """A parsed filter."""

    words: tuple[str, ...] = ()
    conditions: tuple[_Condition, ...] = ()
    setting_conditions: tuple[tuple[str, _Condition], ...] = ()
    """Comparisons with a hyperparameter, by its name."""
    error: str = ""
    """Why a part is invalid; such a part is ignored. Empty if all parts are valid."""

    def select(self, runs: Iterable[RunSnapshot]) -> list[RunSnapshot]:
        """Return the *runs* that pass every part, in their order.

        Each word must be part of the name, verdict, status or format. If no run passes, it is enough that the letters
        of the word occur in the name in the same order. A comparison with what no run states is ignored.
        """
        runs = list(runs)
        of_settings = (condition for name, condition in self.setting_conditions if _is_stated(name, runs))
        conditions = [*self.conditions, *of_settings]
        candidates = [run for run in runs if all(condition(run) for condition in conditions)]
        exact = [run for run in candidates if all(word in _searchable_text(run) for word in self.words)]
        return exact or [run for run in candidates if all(_is_subsequence(word, run) for word in self.words)]

    def error_for(self, runs: Sequence[RunSnapshot]) -> str:
        """Return why a part is invalid, also because none of *runs* states such a hyperparameter; else nothing."""
        unknown = (name for name, _ in self.setting_conditions if not _is_stated(name, runs))
        name = next(unknown, "")
        return self.error or (f"unknown number {name}, use {' '.join(_FIGURES)} or a setting" if name else "")


@lru_cache(maxsize=16)
def parse_filter(text: str) -> RunFilter:
    """Return the filter that *text* describes.

    >>> parse_filter("lstm val<0.3").words, parse_filter("val<low").error
    (('lstm',), 'val< needs a number')

    A part that begins with ``!`` leaves out what it would else select: ``!cnn !verdict:learning``.
    """
    words: list[str] = []
    conditions: list[_Condition] = []
    of_settings: list[tuple[str, _Condition]] = []
    errors: list[str] = []
    for term in text.casefold().split():
        try:
            condition = _parse_condition(term)
        except ValueError as error:
            errors.append(str(error))
            continue
        if condition is None:
            words.append(term)
        elif name := _compared_setting(term):
            of_settings.append((name, condition))
        else:
            conditions.append(condition)
    return RunFilter(tuple(words), tuple(conditions), tuple(of_settings), "; ".join(errors))


def _parse_condition(term: str) -> _Condition | None:
    """Return the condition of a part; None for a plain word. Raises ValueError with what is wrong."""
    if term.startswith(_NOT):
        return _negated(term.removeprefix(_NOT))
    if match := _COMPARISON.fullmatch(term):
        return _comparison(*match.groups())
    if match := _EQUALITY.fullmatch(term):
        return _setting_equals(term, *match.groups())
    if match := _FIELD.fullmatch(term):
        return _field_contains(*match.groups())
    return None


def _negated(term: str) -> _Condition:
    """Return the condition that *term* does not hold; a number that is not known satisfies neither."""
    if not term:
        raise ValueError(f"{_NOT} needs what to leave out")
    if term.startswith(_NOT):
        raise ValueError(f"{_NOT} stands once before what to leave out")
    condition = _parse_condition(term)
    if match := _COMPARISON.fullmatch(term):
        name, sign, limit = match.groups()
        return _comparison(name, _OPPOSITES[sign], limit)
    return lambda run: not (condition(run) if condition else term in _searchable_text(run))


def _comparison(name: str, sign: str, limit: str) -> _Condition:
    try:
        number = float(limit)
    except ValueError:
        raise ValueError(f"{name}{sign} needs a number") from None
    if get_figure := _FIGURES.get(name):
        return lambda run: _OPERATORS[sign](get_figure(run), number)
    return lambda run: any(_OPERATORS[sign](_number(value), number) for value in _stated_values(name, run))


def _compared_setting(term: str) -> str:
    """Return the hyperparameter that a comparison is about; empty for one of a loss, and for any other part."""
    match = _COMPARISON.fullmatch(term.removeprefix(_NOT))
    return match[1] if match and match[1] not in _FIGURES else ""


def _setting_equals(term: str, name: str, wanted: str) -> _Condition:
    """Return the condition that a hyperparameter has a value, or that *term* is part of the name of the run."""
    number = _number(wanted)
    return lambda run: (
        term in _searchable_text(run)
        or any(value.casefold() == wanted or _number(value) == number for value in _stated_values(name, run))
    )


def _stated_values(name: str, run: RunSnapshot) -> Iterator[str]:
    """Yield the values of the hyperparameters called *name*, or whose last part is: ``lr`` for ``optimizer.lr``."""
    for stated, value in run.hyperparameters:
        known = stated.casefold()
        if known == name or known.endswith(f".{name}"):
            yield value


def _is_stated(name: str, runs: Iterable[RunSnapshot]) -> bool:
    return any(True for run in runs for _ in _stated_values(name, run))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _field_contains(name: str, part: str) -> _Condition:
    get_texts = _FIELDS.get(name)
    if get_texts is None:
        raise ValueError(f"unknown field {name}, use {' '.join(f'{known}:' for known in _FIELDS)}")
    known = _WORDS.get(name, ())
    if known and not any(part in word for word in known):
        raise ValueError(f"no {name} is called {part}, use {' '.join(known)}")
    return lambda run: any(part in text.casefold() for text in get_texts(run))


def _last(values: Floats | None) -> float:
    return float(values[-1]) if values is not None and len(values) else math.nan


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


_FIELDS: dict[str, Callable[[RunSnapshot], Iterable[str]]] = {
    "tag": lambda run: (curve.tag.text for curve in run.metrics),
    "verdict": lambda run: (run.assessment.verdict.value, run.assessment.word),
    "status": lambda run: (run.status.value,),
    "format": lambda run: (run.format,),
}
_WORDS = {
    "verdict": (*(verdict.value for verdict in Verdict), "maybe", "cannot"),
    "status": tuple(status.value for status in RunStatus),
}
"""All texts of a field that has only some."""
_FIGURES: dict[str, Callable[[RunSnapshot], float]] = {
    "val": lambda run: _last(run.history.val if run.history else None),
    "train": lambda run: _last(run.history.train if run.history else None),
    "best": lambda run: _or_nan(run.assessment.best_value),
    "gap": lambda run: _or_nan(run.assessment.gap),
}


def _searchable_text(run: RunSnapshot) -> str:
    assessment = run.assessment
    return f"{run.name.text} {assessment.verdict.value} {assessment.word} {run.status.value} {run.format}".casefold()


def _is_subsequence(word: str, run: RunSnapshot) -> bool:
    """Return whether the letters of *word* occur in the name in the same order."""
    letters = iter(run.name.text.casefold())
    return all(letter in letters for letter in word)
