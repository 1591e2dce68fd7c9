"""Callback for XGBoost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xgboost

from lossmon.training.callbacks.decision import Action, StopDecision
from lossmon.training.callbacks.metrics import boosting_metrics, newest_values
from lossmon.training.scores import Mode


class XGBoostCallback(xgboost.callback.TrainingCallback):
    """Stops ``xgboost.train``, ``xgboost.cv`` or ``fit`` when it overfits, and cuts the model after its best round.

    The model is cut only with *restore_best* and after a stop; its ``best_iteration`` is set. See
    :class:`StopDecision` for the other options.
    """

    def __init__(
        self,
        *,
        action: Action = "stop",
        monitor: str | None = None,
        train: str | None = None,
        mode: Mode | None = None,
        restore_best: bool = True,
    ) -> None:
        super().__init__()
        on_stop = ", after which the model is cut" if restore_best else ""
        self.decision = StopDecision(
            "xgboost", unit="round", action=action, monitor=monitor, train=train, mode=mode, on_stop=on_stop
        )
        self._restores_best = restore_best
        self._last, self._has_stopped = 0, False

    def before_training(self, model: Any) -> Any:
        """Begin anew."""
        self.decision.start()
        self._has_stopped = False
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Any]]) -> bool:
        """Judge the round; return whether to stop. All processes have the same metrics, and so decide the same."""
        self._last = epoch
        self._has_stopped = self.decision.attempt(lambda: self._is_last(model, evals_log), False)
        return self._has_stopped

    def _is_last(self, model: Any, evals_log: Mapping[str, Mapping[str, Any]]) -> bool:
        outcome = self.decision.see(boosting_metrics(newest_values(evals_log)), at=self._last, speaks=_rank() == 0)
        if outcome.stop:
            self._set_best(model, int(self.decision.best_at or 0))
        return outcome.stop

    def _set_best(self, model: Any, iteration: int) -> None:
        """Say which round was the best, where XGBoost's estimators and its cross-validation look for it."""
        model.set_attr(best_iteration=str(iteration), best_score=str(self.decision.best_value))

    def after_training(self, model: Any) -> Any:
        """Return the model, cut after its best round."""
        if not (self._has_stopped and self._restores_best and isinstance(model, xgboost.Booster)):
            return model
        return self.decision.attempt(lambda: self._cut(model), model)

    def _cut(self, model: Any) -> Any:
        rounds = model.num_boosted_rounds() - (self._last - int(self.decision.best_at or 0))
        cut = model[:rounds]
        self._set_best(cut, rounds - 1)
        return cut


def _rank() -> int:
    """Return the number of this process."""
    try:
        from xgboost import collective
    except ImportError:
        from xgboost import rabit as collective  # before 1.7
    return int(collective.get_rank())
