"""What differs between runs: of what is known about each, that of which there are several values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

_PATH_STARTS = ("/", "~", "./", "../", "\\")


def differing(facts: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of the facts whose values differ, in their order; a missing one is a value, too.

    >>> differing([{"lr": "0.1", "seed": "1"}, {"lr": "0.1", "seed": "2"}])
    ['seed']
    """
    names = dict.fromkeys(name for each in facts for name in each)
    return [name for name in names if len({each.get(name, "") for each in facts}) > 1]


def differing_settings(settings: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of the settings of which runs state several values; paths, which mostly differ, come last.

    What only some runs state comes behind what all state. A setting that a run does not state is unknown: it may have
    the same value by default.

    >>> differing_settings([{"out": "/a", "lr": "1", "seed": "1"}, {"out": "/b", "lr": "2", "seed": "1"}, {}])
    ['lr', 'out']
    """
    stated = Counter(name for each in settings for name in each)
    values = {name: {each[name] for each in settings if name in each} for name, count in stated.items() if count > 1}
    names = [name for name, known in values.items() if len(known) > 1]
    return sorted(names, key=lambda name: (is_path(values[name]), -stated[name]))


def is_path(values: set[str]) -> bool:
    """Return whether one of *values* looks like the path of a file."""
    return any(value.startswith(_PATH_STARTS) or value[1:3] == ":\\" for value in values)


def setting_heads(names: Sequence[str]) -> dict[str, str]:
    """Map each of *names* to its last part, or to the whole name if the last parts of several are the same.

    >>> setting_heads(["optim.lr", "model.depth", "data.depth"])
    {'optim.lr': 'lr', 'model.depth': 'model.depth', 'data.depth': 'data.depth'}
    """
    counts = Counter(name.rpartition(".")[2] for name in names)
    return {name: last if counts[last := name.rpartition(".")[2]] == 1 and last else name for name in names}
