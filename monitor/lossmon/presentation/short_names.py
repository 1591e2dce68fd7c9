"""Shorten the names of runs to the parts that tell them apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from lossmon.core.directory_names import COMMON_DIRECTORY, TIMESTAMP_DIRECTORY, VERSION_DIRECTORY
from lossmon.core.text import cell_width, crop, truncate

_HEAD_SHARES = (1 / 3, 0.0, 2 / 3, 1.0)
"""Shares of the width that the start of a cut name may take, the best first; its end takes the rest."""
_MIN_HEAD = 3
"""Cells of a directory that must remain visible before a last segment that is kept whole."""
_MIN_WIDTH = 8
"""In fewer cells than this a name is cut only at its end."""


class ShortNames:
    """The short names of some runs, which can be cut further to any width."""

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self._short = short_names(names)
        self._common = len(names[0]) - len("/".join(_without_common_directory(names)[0])) if names else 0
        self._truncated: dict[int, dict[str, str]] = {}
        self.width = max(map(cell_width, self._short.values()), default=0)
        """Cells of the longest."""

    def of(self, name: str, width: int | None = None) -> str:
        """Return the short form of *name*, in at most *width* cells."""
        short = self._short.get(name, name)
        if width is None:
            return short
        if width not in self._truncated:
            self._truncated[width] = truncate_names(tuple(self._short.values()), width)
        return self._truncated[width].get(short) or truncate(short, width)

    def of_group(self, name: str) -> str:
        """Return the name of a group of runs without the directories that contain all runs."""
        return name[self._common :] if len(name) > self._common else name


@lru_cache(maxsize=4)
def cached_short_names(names: tuple[str, ...]) -> ShortNames:
    """Return the short names of *names*; repeated calls cost nothing."""
    return ShortNames(names)


def short_names(names: tuple[str, ...]) -> dict[str, str]:
    """Map each of *names*, paths with ``/``, to its shortest form that is unique among them.

    >>> short_names(("exp/a/lightning_logs/version_0", "exp/b/runs"))
    {'exp/a/lightning_logs/version_0': 'a', 'exp/b/runs': 'b'}
    """
    forms = dict(zip(names, map(_forms, _without_common_directory(names)), strict=True))
    return {name: name if form is None else form for name, form in _first_unique(forms).items()}


def truncate_names(names: tuple[str, ...], width: int) -> dict[str, str]:
    """Map each of *names* to a form of at most *width* cells, cut where what remains is unique among them.

    >>> truncate_names(("attempt1_small", "attempt2_small"), 12)
    {'attempt1_small': 'atte…1_small', 'attempt2_small': 'atte…2_small'}
    """
    forms = {name: _truncated_forms(name, width) for name in names}
    alike: dict[str, list[str]] = {}
    for name, own_forms in forms.items():
        alike.setdefault(own_forms[0], []).append(name)
    for group in alike.values():
        start = common_length(group) if len(group) > 1 else 0
        for name in group if start else ():
            forms[name].append(_middle_form(name, start, width))
    return {name: forms[name][0] if form is None else form for name, form in _first_unique(forms).items()}


def common_length(names: Sequence[str]) -> int:
    """Return how many characters at the start all of *names* share.

    >>> common_length(["seed10", "seed11", "seen"])
    3
    """
    first, last = min(names), max(names)
    return next((index for index, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))


def _middle_form(name: str, start: int, width: int) -> str:
    """Return the part of *name* round the character *start* in *width* cells, with marks for what is left out.

    >>> _middle_form("ray/exp/f_00001_lr=0.5_2026-11-22", 16, 12)
    '…_lr=0.5_20…'
    """
    return truncate(f"…{name[max(0, start - 1) :]}", width)


def _first_unique(forms: dict[str, list[str]]) -> dict[str, str | None]:
    """Map each key to the first of its forms that no other key has; None if there is none."""
    counts = Counter(form for own_forms in forms.values() for form in dict.fromkeys(own_forms))
    return {key: next((form for form in own_forms if counts[form] == 1), None) for key, own_forms in forms.items()}


def _without_common_directory(names: Sequence[str]) -> list[list[str]]:
    """Return the segments of each name below the directory that contains all of them."""
    paths = [name.split("/") for name in names]
    depth = 0
    while len(paths) > 1 and all(len(path) > depth + 1 and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return [path[depth:] for path in paths]


def _forms(path: Sequence[str]) -> list[str]:
    """Return the forms of a name, the shortest first."""
    without_common = _without(path, COMMON_DIRECTORY)
    without_version = _without(without_common, VERSION_DIRECTORY)
    without_timestamp = _without(without_version, TIMESTAMP_DIRECTORY)
    return ["/".join(form) for form in (without_timestamp, without_version, without_common, path)]


def _without(path: Sequence[str], pattern: re.Pattern[str]) -> Sequence[str]:
    """Return the segments that do not match *pattern*; all of them if all match."""
    return [segment for segment in path if not pattern.fullmatch(segment)] or path


def _truncated_forms(name: str, width: int) -> list[str]:
    """Return forms of *name* with at most *width* cells, the best first."""
    if cell_width(name) <= width or width < _MIN_WIDTH:
        return [truncate(name, width)]
    last_segment = name.rpartition("/")[2]
    tail = cell_width(last_segment) + 1
    tails = [tail] if last_segment != name and tail + 1 + _MIN_HEAD <= width else []
    tails += [round((width - 1) * (1 - share)) for share in _HEAD_SHARES]
    return [f"{crop(name, width - 1 - tail)}…{crop(name[::-1], tail)[::-1]}" for tail in tails]
