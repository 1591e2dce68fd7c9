"""Groups of runs that repeat one training, with other seeds or on other folds."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lossmon.core.hyperparameters import Hyperparameters
from lossmon.core.metric_names import RUN_KEY_WORDS
from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation.differences import is_path
from lossmon.presentation.numbers import format_value
from lossmon.presentation.short_names import common_length

_NUMBER = re.compile(r"\d+")
_LAST_WORD = re.compile(r"[^-_./ :=]*$")
_REPEATED = re.compile(rf"(?:^|[^a-z])(?:{'|'.join(sorted(RUN_KEY_WORDS | {'rep', 'repetition', 's'}))})[ _=.:-]?$")
"""Stands before the number that tells repeated trainings apart."""
_REPETITION_SETTING = re.compile(
    r"(?:^|[._-])(?:seed|random_?state|rng|fold|fold_?(?:idx|id|index|num)|split_?(?:idx|id)?|trial|repeat|run_?(?:id|name)"
    r"|name|id|exp_?name|version|output_?dir|log_?dir|save_?dir|logdir|device|gpus?|port|timestamp|date|time)$|seed",
    re.IGNORECASE,
)
"""Settings that repetitions of one training may differ in."""

_MAX_CACHED = 8192


@dataclass(frozen=True, slots=True, eq=False)
class RunGroup:
    """Runs that repeat one training; at least two."""

    name: str
    """The name that they share, with ``*`` in place of what differs."""
    runs: tuple[RunSnapshot, ...]

    @property
    def best_values(self) -> tuple[float, ...]:
        """The best values that are known, in ascending order."""
        bests = (run.assessment.best_value for run in self.runs)
        return tuple(sorted(value for value in bests if value is not None and math.isfinite(value)))

    @property
    def spread(self) -> str:
        """The lowest and the highest of the best values: ``0.41–0.47``; empty if none is known."""
        bests = self.best_values
        texts = dict.fromkeys(format_value(value) for value in bests[:1] + bests[-1:])
        return "–".join(texts)

    @property
    def settings(self) -> dict[str, str]:
        """The settings that all members share."""
        first, *others = (dict(run.hyperparameters) for run in self.runs)
        return {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}


def group_runs(runs: Sequence[RunSnapshot]) -> tuple[RunGroup, ...]:
    """Return the groups among *runs*, each of at least two; a run is in at most one.

    Runs belong together if their names differ only in one number that follows a word such as ``seed``, or that counts
    on from run to run; else if their settings differ, but only in a seed or a fold, and their names begin with the
    same words: what they begin with may be the model, which no setting states. Runs whose settings differ in anything
    else never do.
    """
    left = list(runs)
    groups: list[RunGroup] = []
    for key in (_by_name, _by_settings):
        groups += [RunGroup(_common_name(members), tuple(members)) for members in _gathered(left, key)]
        grouped = {run.name for group in groups for run in group.runs}
        left = [run for run in left if run.name not in grouped]
    return tuple(groups)


def _gathered(runs: Iterable[RunSnapshot], key: Callable[[RunSnapshot], Iterable[Hashable]]) -> list[list[RunSnapshot]]:
    """Return runs with a common key, the largest groups first; each run in one of them."""
    by_key: dict[Hashable, list[RunSnapshot]] = defaultdict(list)
    for run in runs:
        for each in key(run):
            by_key[each].append(run)
    taken: set[int] = set()
    gathered: list[list[RunSnapshot]] = []
    for members in sorted(by_key.values(), key=len, reverse=True):
        free = [run for run in members if id(run) not in taken]
        if len(free) > 1 and _are_repetitions(free):
            gathered.append(free)
            taken.update(map(id, free))
    return gathered


def _by_name(run: RunSnapshot) -> Iterable[Hashable]:
    """Yield, for each number in the name, what must be equal: the name without it, and the settings."""
    name = run.name.text
    for match in _NUMBER.finditer(name):
        yield name[: match.start()], name[match.end() :], _constant_settings(run.hyperparameters), run.format


def _by_settings(run: RunSnapshot) -> Iterable[Hashable]:
    constant, beginning = _constant_settings(run.hyperparameters), _beginning(run.name.text)
    if beginning and constant and len(constant) < len(run.hyperparameters):
        yield beginning, constant, run.format


def _beginning(name: str) -> str:
    """Return what *name* has before its first number, else before its last word; of a date or time only its shape.

    >>> _beginning("cnn-41"), _beginning("exp-calm"), _beginning("2026-01-31/9"), _beginning("calm")
    ('cnn-', 'exp-', '--/', '')
    """
    number = _NUMBER.search(name)
    if number is None:
        return _LAST_WORD.sub("", name)
    return name[: number.start()] or _NUMBER.sub("", name)


@lru_cache(maxsize=_MAX_CACHED)
def _constant_settings(pairs: Hyperparameters) -> frozenset[tuple[str, str]]:
    """Return the settings that do not differ between repetitions."""
    return frozenset((name, value) for name, value in pairs if not _may_vary(name) and not is_path({value}))


@lru_cache(maxsize=_MAX_CACHED)
def _may_vary(name: str) -> bool:
    return _REPETITION_SETTING.search(name) is not None


def _are_repetitions(runs: Sequence[RunSnapshot]) -> bool:
    """Return whether what differs says that it counts repetitions: a word before a number, a row of numbers, a seed."""
    if any(_seeds(run) != _seeds(runs[0]) for run in runs) and _constant_settings(runs[0].hyperparameters):
        return True
    names = [run.name.text for run in runs]
    before, after = _common_ends(names)
    numbers = [name[len(before) : len(name) - len(after)] for name in names]
    if not all(number.isdigit() for number in numbers):
        return False
    if _REPEATED.search(before.lower()):
        return True
    values = sorted(map(int, (number[:9] for number in numbers)))
    return values == list(range(values[0], values[0] + len(values))) and values[0] <= 1


def _seeds(run: RunSnapshot) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in run.hyperparameters if _may_vary(name))


def _common_ends(names: Sequence[str]) -> tuple[str, str]:
    """Return what all *names* begin and end with; numbers are not divided.

    >>> _common_ends(["seed10/a", "seed11/a"])
    ('seed', '/a')
    """
    before = names[0][: common_length(names)].rstrip("0123456789")
    rests = [name[len(before) :][::-1] for name in names]
    return before, rests[0][: common_length(rests)].rstrip("0123456789")[::-1]


def _common_name(runs: Sequence[RunSnapshot]) -> str:
    return "*".join(_common_ends([run.name.text for run in runs]))
