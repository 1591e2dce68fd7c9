"""Short names for runs: what tells them apart stays, what says nothing goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len

from lossmon.tui.styled_text import cut

_SILENT = re.compile(r"runs?|logs?|tb|tensorboard_logs|lightning_logs|vis_data|plots")
_VERSION = re.compile(r"version_\d+")
_STAMP = re.compile(r"(\w{3}\d\d|\d{4}-?\d\d-?\d\d)[_T-]\d\d-?\d\d-?\d\d(_\S*)?")
"""``Nov22_21-55-10_host`` and ``20261122_220619``, as frameworks name the directory of a run."""
_SHARES = (1 / 3, 0.0, 2 / 3, 1.0)
_LEAST_HEAD = 3
_SHORTEST = 8


class ShortNames:
    """The short names of runs; how each is cut to a width is found out once."""

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self._short = short_names(names)
        self._cropped: dict[int, dict[str, str]] = {}
        self.width = max(map(cell_len, self._short.values()), default=0)
        """Cells of the longest."""

    def of(self, name: str, width: int | None = None) -> str:
        """Return the short form of *name*, in at most *width* cells."""
        label = self._short.get(name, name)
        if width is None:
            return label
        if width not in self._cropped:
            self._cropped[width] = cropped(tuple(self._short.values()), width)
        return self._cropped[width].get(label) or cut(label, width)


@lru_cache(maxsize=4)
def with_short_names(names: tuple[str, ...]) -> ShortNames:
    """Return the short names of *names*."""
    return ShortNames(names)


def short_names(names: tuple[str, ...]) -> dict[str, str]:
    """Map each of *names*, paths with ``/``, to the shortest form that no other of them could have."""
    forms = dict(zip(names, map(_forms, _below_common(names)), strict=True))
    taken = Counter(form for every in forms.values() for form in dict.fromkeys(every))
    return {name: next((form for form in every if taken[form] == 1), name) for name, every in forms.items()}


def cropped(shown: tuple[str, ...], width: int) -> dict[str, str]:
    """Map each of the labels *shown* to at most *width* cells, cut where the rest still tells it from the others."""
    crops = {label: _crops(label, width) for label in shown}
    taken = Counter(crop for every in crops.values() for crop in dict.fromkeys(every))
    return {label: next((crop for crop in every if taken[crop] == 1), every[0]) for label, every in crops.items()}


def _below_common(names: Sequence[str]) -> list[list[str]]:
    """Return the segments of each name below the directory that all of them are in."""
    paths = [name.split("/") for name in names]
    depth = 0
    while len(paths) > 1 and all(len(path) > depth + 1 and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return [path[depth:] for path in paths]


def _forms(path: Sequence[str]) -> list[str]:
    """Return the forms of a name, the shortest first."""
    spoken = _without(path, _SILENT)
    named = _without(spoken, _VERSION)
    return ["/".join(form) for form in (_without(named, _STAMP), named, spoken, path)]


def _without(path: Sequence[str], silent: re.Pattern[str]) -> Sequence[str]:
    return [segment for segment in path if not silent.fullmatch(segment)] or path


def _crops(label: str, width: int) -> list[str]:
    """Return what may be left of a label in *width* cells, the best first."""
    if cell_len(label) <= width or width < _SHORTEST:
        return [cut(label, width)]
    last = label.rpartition("/")[2]
    ends = [cell_len(last) + 1] if last != label and cell_len(last) + _LEAST_HEAD + 2 <= width else []
    ends += [round((width - 1) * (1 - share)) for share in _SHARES]
    return [f"{_start(label, width - 1 - end)}…{_start(label[::-1], end)[::-1]}" for end in ends]


def _start(text: str, width: int) -> str:
    """Return as many of the first characters as take at most *width* cells."""
    kept = ""
    for char in text:
        width -= cell_len(char)
        if width < 0:
            break
        kept += char
    return kept
