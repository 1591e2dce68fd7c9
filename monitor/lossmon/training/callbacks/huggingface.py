"""Callback for the Trainer of Hugging Face, which TRL uses too."""

from __future__ import annotations

from typing import Any

import transformers

from lossmon.training.callbacks.decision import (
    PROBABILITY,
    Action,
    Outcome,
    StopDecision,
    decided_by_rank_zero,
)
from lossmon.training.scores import Mode


class HuggingFaceCallback(transformers.TrainerCallback):
    """Stops ``Trainer.train`` when it overfits or has diverged.

    The process with rank 0 decides for all, so each must have this callback. The best checkpoint is restored by the
    Trainer, with ``load_best_model_at_end=True`` in its arguments. The probability of overfitting is added to the
    history in ``trainer_state.json``. See :class:`StopDecision` for the options.
    """

    def __init__(
        self,
        *,
        action: Action = "stop",
        monitor: str | None = None,
        train: str | None = None,
        mode: Mode | None = None,
    ) -> None:
        self.decision = StopDecision("huggingface", unit="step", action=action, monitor=monitor, train=train, mode=mode)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin anew."""
        self.decision.start()

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Keep the train loss."""
        if logs and "loss" in logs:
            self.decision.attempt(lambda: self.decision.note(logs), None)

    def on_evaluate(
        self,
        args: Any,
        state: Any,
        control: Any,
        metrics: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Judge the evaluation."""
        if decided_by_rank_zero(self.decision, lambda: self._see(state, metrics)).stop:
            control.should_training_stop = True

    def _see(self, state: Any, metrics: dict[str, Any] | None) -> Outcome:
        outcome = self.decision.see(metrics, at=state.global_step)
        if self.decision.judgement is not None:
            probability = round(self.decision.judgement.probability, 4)
            state.log_history.append({PROBABILITY: probability, "epoch": state.epoch, "step": state.global_step})
        return outcome
