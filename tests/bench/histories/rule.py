"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

Rule: TypeAlias = Callable[[Sequence[float], Sequence[float]], list[bool]]
"""From train and validation losses to whether overfitting is reported at each evaluation."""
