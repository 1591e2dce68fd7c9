"""Callback for fastai 2."""

from __future__ import annotations

from fastai.callback.core import Callback, CancelFitException

from lossmon.training.callbacks.best_weights import BestWeights, copied_state
from lossmon.training.callbacks.decision import Action, Outcome, StopDecision, decided_by_rank_zero
from lossmon.training.scores import Mode


class FastaiCallback(Callback):
    """Stops ``learn.fit`` when it overfits or has diverged, and restores the weights of the best epoch.

    The process with rank 0 decides for all, so each must have this callback. See :class:`StopDecision` for the options.
    """

    order = 60
    """After the Recorder, whose metrics it reads."""

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
        self.decision = StopDecision("fastai", action=action, monitor=monitor, train=train, mode=mode, on_stop=on_stop)
        self._best = BestWeights(self.decision, restore_best=restore_best)

    def before_fit(self) -> None:
        """Begin anew; a search for a learning rate and predictions are no training."""
        self.run = not hasattr(self.learn, "lr_finder") and not hasattr(self.learn, "gather_preds")
        self.decision.start()
        self._best.start()

    def after_epoch(self) -> None:
        """Judge the epoch; raise fastai's CancelFitException to stop."""
        decided = decided_by_rank_zero(self.decision, self._see)
        self._best.follow(decided, lambda: copied_state(self.learn.model))
        if decided.stop:
            raise CancelFitException

    def _see(self) -> Outcome:
        recorder = self.learn.recorder
        names = [_with_split(name) for name in recorder.metric_names if name not in ("epoch", "time")]
        return self.decision.see(dict(zip(names, recorder.values[-1], strict=False)), at=self.learn.epoch)

    def after_fit(self) -> None:
        """Restore the best weights."""
        self._best.restore(self.learn.model.load_state_dict)


def _with_split(name: str) -> str:
    """Return the name of a metric with its data set: without one it is of validation."""
    return name if name.startswith(("train_", "valid_")) else f"valid_{name}"
