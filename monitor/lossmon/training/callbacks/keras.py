"""Callback for Keras 3."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import keras

from lossmon.training.callbacks.best_weights import BestWeights
from lossmon.training.callbacks.decision import PROBABILITY, Action, Outcome, StopDecision
from lossmon.training.scores import Mode


class KerasCallback(keras.callbacks.Callback):
    """Stops ``model.fit`` when it overfits or has diverged, and restores the weights of the best epoch.

    The probability of overfitting is added to the logs of each epoch, so that callbacks behind this one log it. A copy
    of the weights is kept with *restore_best*. See :class:`StopDecision` for the other options.
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
        on_stop = ", whose weights are restored" if restore_best else ""
        self.decision = StopDecision("keras", action=action, monitor=monitor, train=train, mode=mode, on_stop=on_stop)
        self._best = BestWeights(self.decision, restore_best=restore_best)

    def on_train_begin(self, logs: MutableMapping[str, Any] | None = None) -> None:
        """Begin anew."""
        self.decision.start()
        self._best.start()

    def on_epoch_end(self, epoch: int, logs: MutableMapping[str, Any] | None = None) -> None:
        """Judge the epoch."""
        outcome = self.decision.attempt(lambda: self.decision.see(logs, at=epoch + 1), Outcome())
        self._best.follow(outcome, self.model.get_weights)
        if logs is not None:  # also after an error: a logger behind this expects the same metrics at each epoch
            logs[PROBABILITY] = (self.decision.probabilities or [0.0])[-1]
        if outcome.stop:
            self.model.stop_training = True

    def on_train_end(self, logs: MutableMapping[str, Any] | None = None) -> None:
        """Restore the best weights."""
        self._best.restore(self.model.set_weights)
