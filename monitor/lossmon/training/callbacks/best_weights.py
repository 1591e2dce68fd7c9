"""Keeps the weights of the best evaluation, and loads them into the model after a stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lossmon.training.callbacks.decision import Outcome, StopDecision


class BestWeights:
    """A copy of the best weights of one training, kept only where *restore_best* and the action ask for it."""

    def __init__(self, decision: StopDecision, *, restore_best: bool) -> None:
        self._decision = decision
        self._is_wanted = restore_best and decision.can_stop
        self.start()

    def start(self) -> None:
        """Forget what was kept: another training begins."""
        self._weights: Any = None
        self._has_stopped = False

    def follow(self, outcome: Outcome, copy: Callable[[], Any]) -> None:
        """Keep what *copy* returns if the evaluation is the best; None for weights that cannot be kept."""
        if outcome.is_best and self._is_wanted:
            self._weights = self._decision.attempt(copy, self._weights)
        self._has_stopped |= outcome.stop

    def restore(self, load: Callable[[Any], object]) -> None:
        """Pass the best weights to *load* if the training was stopped, and forget them."""
        best, self._weights = self._weights, None
        if self._has_stopped and best is not None:
            self._decision.attempt(lambda: load(best), None)


def copied_state(module: Any) -> dict[str, Any]:
    """Return a copy of the weights of a module of torch, in the memory of the CPU."""
    return {name: value.detach().cpu().clone() for name, value in module.state_dict().items()}
