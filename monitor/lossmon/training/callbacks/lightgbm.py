"""Callback for LightGBM."""

from __future__ import annotations

from typing import Any

from lightgbm.callback import EarlyStopException

from lossmon.training.callbacks.decision import Action, Outcome, StopDecision
from lossmon.training.callbacks.metrics import boosting_metrics
from lossmon.training.scores import Mode


class LightGBMCallback:
    """Stops ``lightgbm.train``, ``lightgbm.cv`` or ``fit`` when it overfits, and sets ``best_iteration``.

    LightGBM predicts with the trees up to ``best_iteration``. Where several machines train, it only warns: each has
    metrics of its own, and one that stops alone would leave the others waiting. See :class:`StopDecision` for the
    options.
    """

    order = 30
    """When LightGBM calls it: with its own early stopping."""
    before_iteration = False

    def __init__(
        self,
        *,
        action: Action = "stop",
        monitor: str | None = None,
        train: str | None = None,
        mode: Mode | None = None,
    ) -> None:
        on_stop = ", with which the model predicts"
        self.decision = StopDecision(
            "lightgbm", unit="round", action=action, monitor=monitor, train=train, mode=mode, on_stop=on_stop
        )
        self._best_results: list[Any] = []
        self._next = 0

    def __call__(self, env: Any) -> None:
        """Judge the round; raise LightGBM's EarlyStopException to stop."""
        outcome = self.decision.attempt(lambda: self._see(env), Outcome())
        if outcome.stop and self.decision.best_at is not None and not _is_one_of_several(env):
            raise EarlyStopException(int(self.decision.best_at), self._best_results)

    def _see(self, env: Any) -> Outcome:
        if env.iteration == env.begin_iteration:
            self.decision.start()
        results: dict[str, dict[str, float]] = {}
        for data, metric, value, *_ in env.evaluation_result_list or ():
            # Before version 4, cross-validation names both in the metric: ("cv_agg", "valid l2", …).
            name, _, rest = metric.partition(" ") if data == "cv_agg" else (data, "", metric)
            results.setdefault(name, {})[rest or metric] = value
        outcome = self.decision.see(boosting_metrics(results), at=env.iteration)
        if outcome.is_best:
            self._best_results = list(env.evaluation_result_list)
        return outcome


def _is_one_of_several(env: Any) -> bool:
    """Return whether other machines take part."""
    return int((env.params or {}).get("num_machines", 1)) > 1
