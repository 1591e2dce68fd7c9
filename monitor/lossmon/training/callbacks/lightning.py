"""Callback for Lightning 2, of the package ``lightning`` or ``pytorch_lightning``."""

from __future__ import annotations

import math
import sys
from typing import Any

from lossmon.training.callbacks.best_weights import BestWeights, copied_state
from lossmon.training.callbacks.decision import PROBABILITY, Action, Outcome, StopDecision
from lossmon.training.scores import Mode


def _base() -> Any:
    """Return the callback of the package that is in use; hooks are the same, so either works in a trainer of both."""
    if "lightning.pytorch" not in sys.modules and "pytorch_lightning" in sys.modules:
        from pytorch_lightning import Callback
    else:
        try:
            from lightning.pytorch import Callback
        except ImportError:
            from pytorch_lightning import Callback
    return Callback


_SAME_WEIGHTS = ("SingleDeviceStrategy", "DDPStrategy")
"""Strategies, also derived ones, in which each process has all weights."""


class LightningCallback(_base()):  # type: ignore[misc]
    """Stops ``Trainer.fit`` when it overfits or has diverged, and restores the weights of the best epoch.

    The process with rank 0 decides for all, so each must have this callback. The probability of overfitting goes to
    the loggers of the trainer. With *restore_best* a copy of the weights is kept in memory, unless they are sharded.
    See :class:`StopDecision` for the other options.
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
        self.decision = StopDecision(
            "lightning", action=action, monitor=monitor, train=train, mode=mode, on_stop=on_stop
        )
        self._best = BestWeights(self.decision, restore_best=restore_best)
        self._is_validated = False

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin anew."""
        self.decision.start()
        self._best.start()
        self._is_validated = False

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Judge a validation in the middle of an epoch; that at its end is judged with the train loss of the epoch."""
        if trainer.sanity_checking:
            return
        self._is_validated = True
        if _validates_within_epoch(trainer):
            self._evaluate(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Judge the epoch, unless its validation was judged already."""
        if self._is_validated or not trainer.enable_validation:
            self._evaluate(trainer, pl_module)

    def _evaluate(self, trainer: Any, pl_module: Any) -> None:
        self._is_validated = False
        decided = Outcome()
        if trainer.is_global_zero:
            decided = self.decision.attempt(lambda: self._see(trainer), Outcome())
        if trainer.world_size > 1:
            decided = Outcome(*trainer.strategy.broadcast(tuple(decided), src=0))
        self._best.follow(decided, lambda: copied_state(pl_module) if _has_all_weights(trainer) else None)
        if decided.stop:
            trainer.should_stop = True

    def _see(self, trainer: Any) -> Outcome:
        is_endless = trainer.num_training_batches == math.inf
        self.decision.unit = "step" if is_endless else "epoch"
        at = trainer.global_step if is_endless else _epochs_done(trainer)
        outcome = self.decision.see(trainer.callback_metrics, at=at)
        if self.decision.judgement is not None:
            metrics, step = {PROBABILITY: self.decision.judgement.probability}, max(0, trainer.global_step - 1)
            for logger in trainer.loggers:
                logger.log_metrics(metrics, step=step)
        return outcome

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Restore the best weights."""
        self._best.restore(pl_module.load_state_dict)


def _has_all_weights(trainer: Any) -> bool:
    """Return whether this process has all weights of the model."""
    return any(base.__name__ in _SAME_WEIGHTS for base in type(trainer.strategy).__mro__)


def _validates_within_epoch(trainer: Any) -> bool:
    """Return whether there are evaluations before the end of an epoch, each of which is judged at once."""
    return bool(trainer.val_check_batch < trainer.num_training_batches)


def _epochs_done(trainer: Any) -> float:
    """Return how many epochs were trained: 2.5 in the middle of the third."""
    if not _validates_within_epoch(trainer):
        return float(trainer.current_epoch + 1)
    share = (trainer.fit_loop.epoch_loop.batch_idx + 1) / trainer.num_training_batches
    return float(round(trainer.current_epoch + share, 3))
