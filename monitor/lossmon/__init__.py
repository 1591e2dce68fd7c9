"""Read training logs, or losses at hand, and report whether the model overfits.

>>> import lossmon
>>> lossmon.judge(train=[0.9, 0.7, 0.5, 0.4], val=[1.0, 0.8, 0.7, 0.65]).verdict
'learning'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lossmon.training.judgement import Judgement
    from lossmon.training.monitor import Monitor, judge

_PUBLIC = {
    "Judgement": "lossmon.training.judgement",
    "Monitor": "lossmon.training.monitor",
    "judge": "lossmon.training.monitor",
}
"""Where each public name is defined; it is imported when it is first used."""

__all__ = ["Judgement", "Monitor", "judge"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type of each name is declared above
    """Import a public name."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'lossmon' has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*globals(), *__all__})
