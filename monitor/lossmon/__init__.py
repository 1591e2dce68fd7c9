"""Read training logs, or losses at hand, and report whether the model overfits.

>>> import lossmon
>>> lossmon.judge(train=[0.9, 0.7, 0.5, 0.4], val=[1.0, 0.8, 0.7, 0.65]).verdict
'learning'
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
"""As in ``typing``, whose import would take longer than that of this package."""
if TYPE_CHECKING:
    from typing import Any

    from lossmon.reading import LoggedRun, check, read
    from lossmon.training.callbacks.catboost import CatBoostCallback as CatBoostCallback
    from lossmon.training.callbacks.fastai import FastaiCallback as FastaiCallback
    from lossmon.training.callbacks.huggingface import HuggingFaceCallback as HuggingFaceCallback
    from lossmon.training.callbacks.keras import KerasCallback as KerasCallback
    from lossmon.training.callbacks.lightgbm import LightGBMCallback as LightGBMCallback
    from lossmon.training.callbacks.lightning import LightningCallback as LightningCallback
    from lossmon.training.callbacks.xgboost import XGBoostCallback as XGBoostCallback
    from lossmon.training.judgement import JudgedScore, Judgement
    from lossmon.training.monitor import Monitor, judge

_PUBLIC = {
    "JudgedScore": "lossmon.training.judgement",
    "Judgement": "lossmon.training.judgement",
    "LoggedRun": "lossmon.reading",
    "Monitor": "lossmon.training.monitor",
    "check": "lossmon.reading",
    "judge": "lossmon.training.monitor",
    "read": "lossmon.reading",
}
_CALLBACKS = {
    "CatBoostCallback": "lossmon.training.callbacks.catboost",
    "FastaiCallback": "lossmon.training.callbacks.fastai",
    "HuggingFaceCallback": "lossmon.training.callbacks.huggingface",
    "KerasCallback": "lossmon.training.callbacks.keras",
    "LightGBMCallback": "lossmon.training.callbacks.lightgbm",
    "LightningCallback": "lossmon.training.callbacks.lightning",
    "XGBoostCallback": "lossmon.training.callbacks.xgboost",
}
"""Not in ``__all__``: each needs its framework, which may not be installed."""
_MODULES = {**_PUBLIC, **_CALLBACKS}
"""Where each public name is defined; it is imported when it is first used, a framework with its callback."""

__all__ = ["JudgedScore", "Judgement", "LoggedRun", "Monitor", "check", "judge", "read"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type of each name is declared above
    """Import a public name."""
    if name not in _MODULES:
        raise AttributeError(f"module 'lossmon' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*globals(), *__all__})
