"""Hyperparameters as pairs of name and value: nested settings flattened, bounded, and safe to show."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from lossmon.core.text import sanitize

Hyperparameters: TypeAlias = "tuple[tuple[str, str], ...]"
"""Pairs of name and value, each name once; nested names are joined by dots. All text is sanitized."""

_MAX_PAIRS = 512
"""Settings of one run that are kept."""
_MAX_DEPTH = 8
"""Settings within settings that are told apart; what is deeper is left out."""
_MAX_VISITED = 20_000
"""Values of one document that are looked at."""
_MAX_NAME, _MAX_VALUE = 96, 64
"""Characters of a name and of a value."""
_MAX_LISTED = 32
"""Entries of a list that are written out."""
_DIGITS = 12
"""Significant digits by which numbers are compared, so that ``1e-3`` is ``0.001``."""
_SECRET = re.compile(r"(^|[._-])(api_?key|auth_?token|access_?token|credentials?|passw(or)?d|secret(_?key)?)($|[._-])")
"""Names of what nobody else should read; such a setting is left out."""
_WORDS = {"true": "true", "yes": "true", "false": "false", "no": "false", "none": "null", "null": "null", "~": "null"}


def flatten(document: object) -> Hyperparameters:
    """Return the settings in *document*, nested mappings, lists and scalars as ``json.loads`` returns them.

    >>> flatten({"optimizer": {"lr": 1e-3, "betas": [0.9, 0.999]}, "amp": True})
    (('optimizer.lr', '0.001'), ('optimizer.betas', '[0.9, 0.999]'), ('amp', 'true'))
    """
    return _safe((name, _text(value)) for name, value in _leaves("", document, 0, _Budget()))


def from_texts(pairs: Iterable[tuple[str, str]]) -> Hyperparameters:
    """Return settings whose values are written as text, such as those of YAML or of MLflow.

    >>> from_texts([("lr", "1e-3"), ("amp", "True"), ("name", "'a'")])
    (('lr', '0.001'), ('amp', 'true'), ('name', 'a'))
    """
    return _safe((name, _scalar_text(value)) for name, value in pairs)


def merge(sources: Iterable[Hyperparameters]) -> Hyperparameters:
    """Return the settings of all *sources*; of several values of one name that of the first source counts."""
    known = [source for source in sources if source]
    if len(known) < 2:
        return known[0] if known else ()
    merged: dict[str, str] = {}
    for source in known:
        for name, value in source:
            merged.setdefault(name, value)
    return tuple(merged.items())[:_MAX_PAIRS]


def _safe(pairs: Iterable[tuple[str, str]]) -> Hyperparameters:
    """Return the first *pairs* of each name as they may be shown."""
    safe: dict[str, str] = {}
    for name, value in pairs:
        safe_name = sanitize(name[: 4 * _MAX_NAME], _MAX_NAME)
        if safe_name and _SECRET.search(name.lower()) is None:
            safe.setdefault(safe_name, sanitize(value, _MAX_VALUE))
        if len(safe) >= _MAX_PAIRS:
            break
    return tuple(safe.items())


class _Budget:
    """Counts the values that were looked at."""

    def __init__(self) -> None:
        self.left = _MAX_VISITED

    def take(self) -> bool:
        """Return whether one more value may be looked at."""
        self.left -= 1
        return self.left >= 0


def _leaves(name: str, value: object, depth: int, budget: _Budget) -> Iterator[tuple[str, object]]:
    """Yield name and value of every setting that is not a mapping itself."""
    if isinstance(value, Mapping):
        for key, inner in value.items() if depth < _MAX_DEPTH else ():
            if not budget.take():
                return
            yield from _leaves(f"{name}.{key}" if name else str(key), inner, depth + 1, budget)
    elif name:
        yield name, value


def _text(value: object) -> str:
    """Return a value as text: numbers with up to twelve digits, lists in brackets."""
    if isinstance(value, bool) or value is None:
        return _WORDS[str(value).lower()]
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_MAX_VALUE else "large"
    if isinstance(value, list):
        shown = ", ".join(_text(one) if not isinstance(one, (dict, list)) else "…" for one in value[:_MAX_LISTED])
        return f"[{shown}]"
    return _scalar_text(value) if isinstance(value, str) else type(value).__name__


def _scalar_text(text: str) -> str:
    """Return a value that is written as text in the form that the same value has in every file."""
    text = text[: 4 * _MAX_VALUE].strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        number = float(text) if "_" not in text else None
    except ValueError:
        number = None
    return text if number is None or text.lstrip("+-").isdigit() else _number_text(number)


def _number_text(number: float) -> str:
    return f"{number:.{_DIGITS}g}" if math.isfinite(number) else str(number)
