"""Callback for CatBoost."""

from __future__ import annotations

from typing import Any

from lossmon.training.callbacks.decision import Action, Outcome, StopDecision
from lossmon.training.callbacks.metrics import boosting_metrics, newest_values
from lossmon.training.scores import Mode


class CatBoostCallback:
    """Stops ``fit`` when it overfits; CatBoost allows callbacks only on the CPU.

    ``fit(..., use_best_model=True)``, the default with an ``eval_set``, cuts the model after its best round. See
    :class:`StopDecision` for the options.
    """

    def __init__(
        self,
        *,
        action: Action = "stop",
        monitor: str | None = None,
        train: str | None = None,
        mode: Mode | None = None,
    ) -> None:
        self.decision = StopDecision("catboost", unit="round", action=action, monitor=monitor, train=train, mode=mode)

    def after_iteration(self, info: Any) -> bool:
        """Judge the round; return whether to go on."""
        return not self.decision.attempt(lambda: self._see(info), Outcome()).stop

    def _see(self, info: Any) -> Outcome:
        if info.iteration == 1:
            self.decision.start()
        return self.decision.see(boosting_metrics(newest_values(info.metrics)), at=info.iteration - 1)
