"""Parse a history that was printed as a whole: ``{'loss': [0.9, 0.7], 'val_loss': [1.0, 0.8]}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lossmon.core.metric_names import is_metric
from lossmon_adapters.console.plain_text import NUMBER, unwrap_numbers

_FEWEST_POINTS = 2
"""A list of one number is no curve."""
_MOST_CURVES = 64
"""Curves of one history that are read; the others are left out."""
BEGIN_OF_CURVE = b": ["
"""A line without it has no history."""
_NAME = re.compile(r"""(['"])([A-Za-z][\w /@.-]{0,47})\1\s?:\s?\[(?=[^\[\]'"])""")
_NUMBER = re.compile(rf"\s{{0,8}}({NUMBER})\s{{0,8}}", re.IGNORECASE)


def parse_history(text: str) -> list[tuple[str, list[float]]]:
    """Return names and values of the curves of a history in *text*; none if they are of different length.

    >>> parse_history("{'loss': [0.9, 0.7]}")
    [('loss', [0.9, 0.7])]
    """
    if "': [" not in text and '": [' not in text:
        return []
    curves = list(islice(_curves(text), _MOST_CURVES))
    lengths = {len(values) for _, values in curves}
    if len(lengths) != 1 or min(lengths) < _FEWEST_POINTS or not any(is_metric(name.lower()) for name, _ in curves):
        return []
    return curves


def _curves(text: str) -> Iterator[tuple[str, list[float]]]:
    for match in _NAME.finditer(text):
        end = text.find("]", match.end())
        items = unwrap_numbers(text[match.end() : end]).split(",") if end > 0 else []
        numbers = [_NUMBER.fullmatch(item) for item in items]
        if all(numbers):
            yield match.group(2), [float(number.group(1)) for number in numbers if number]
