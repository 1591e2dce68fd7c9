"""Where in a line of output its counters and values are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lossmon_adapters.console.counters import NO_SPANS, CounterSpans, Span, has_position
from lossmon_adapters.console.plain_text import origin
from lossmon_adapters.console.values import NamedNumber


class LineSpans(NamedTuple):
    """Where in a line its counters and values are, and what else it says whatever its numbers are."""

    counters: CounterSpans = NO_SPANS
    values: Sequence[NamedNumber] = ()
    """Empty if none of them is a loss or a usual metric."""
    names: Sequence[Span] = ()
    """The parts of the line whose digits matter as they are, such as the names that its numbers have."""
    is_evaluation: bool = False
    bar: tuple[Span, Span] | None = None
    """The step that a Keras bar shows, and its total: it is drawn again until they are equal."""
    is_redrawn_at_end: bool = False
    """It is a Keras bar that may be drawn again, with validation, even at its last step."""
    training: Span | None = None
    """The name of the training that the line begins with."""

    @property
    def has_position(self) -> bool:
        """Whether the line has an epoch or a step of the training."""
        return has_position(self.counters, is_evaluation=self.is_evaluation)

    def moved(self, origins: Sequence[int]) -> LineSpans | None:
        """Return the places in the line from which each character was taken, by its place there.

        *origins* are consecutive where they are a range. None if a number is interrupted there.
        """
        if isinstance(origins, range) and origins.start == 0:
            return self
        numbers = [(number.begin, number.end) for number in self.values]
        solid = [*self.counters.spans, *(self.bar or ()), self.training, *numbers]
        if any(span and origins[span[1] - 1] - origins[span[0]] != span[1] - span[0] - 1 for span in solid):
            return None
        counters = [span and origin(span, origins) for span in self.counters.spans]
        return self._replace(
            counters=CounterSpans.of(counters, self.counters.mode),
            values=[number.at_origins(origins) for number in self.values],
            names=[origin(span, origins) for span in self.names if span[1] > span[0]],
            bar=self.bar and (origin(self.bar[0], origins), origin(self.bar[1], origins)),
            training=self.training and origin(self.training, origins),
        )
