"""The validation sets of one run, each evaluated for itself; the one with the most urgent verdict is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lossmon.core.snapshot import Curve, EvaluatedSet
from lossmon.core.text import Name
from lossmon.runs.alignment import align
from lossmon.runs.arrival_times import ArrivalTimes
from lossmon.runs.evaluation import Evaluator


@dataclass(frozen=True, slots=True)
class LogState:
    """What the logs of a run tell about its curves beside their points."""

    modified: float
    """When a log was last written, in seconds since 1970."""
    ticks: float
    """Now, in seconds of the monotonic clock."""
    has_new_evaluation: bool
    """Whether the newest evaluation was written while lossmon watched."""
    is_preview: bool
    """Whether most of a large log is still unread. Its curves have gaps and are not evaluated."""


class SetEvaluators:
    """Evaluates a run on each of its validation sets, or by its train loss if it has none."""

    def __init__(self, *, higher_is_better: bool = False) -> None:
        self.higher_is_better = higher_is_better
        self._by_tags: dict[tuple[Name, ...], tuple[Evaluator, ArrivalTimes]] = {}

    def release(self) -> None:
        """Free the memory that is needed only to continue."""
        for evaluator, _ in self._by_tags.values():
            evaluator.release()

    def evaluate(
        self, train: Curve | None, vals: Mapping[tuple[Name, ...], Curve | None], state: LogState, *, judge: bool = True
    ) -> list[EvaluatedSet]:
        """Return the evaluation on each of *vals*, the curves by their tags, the most urgent verdict first.

        Without *judge* the curves are aligned but get no verdict.
        """
        has_verdict = judge and not state.is_preview
        sets = [self._evaluate(train, tags, val, state, has_verdict) for tags, val in vals.items()]
        return sorted(sets, key=lambda one: one.assessment.urgency)

    def _evaluate(
        self, train: Curve | None, tags: tuple[Name, ...], val: Curve | None, state: LogState, has_verdict: bool
    ) -> EvaluatedSet:
        if tags not in self._by_tags:
            self._by_tags[tags] = Evaluator(higher_is_better=self.higher_is_better), ArrivalTimes()
        evaluator, arrivals = self._by_tags[tags]
        history = align(train, val)
        if history is None:
            return EvaluatedSet(val)
        history = arrivals.add_times(history, state.modified, state.ticks, is_new=state.has_new_evaluation)
        if not has_verdict:
            return EvaluatedSet(val, history)
        return EvaluatedSet(val, history, *evaluator.evaluate(history))


def describe_other_sets(sets: Sequence[EvaluatedSet]) -> tuple[str, ...]:
    """Return a sentence that names the set that is shown and the verdicts on the others; nothing if there are none."""
    if len(sets) < 2 or sets[0].val is None:
        return ()
    verdicts = Counter(one.assessment.verdict.value for one in sets[1:])
    others = ", ".join(verdict if count == 1 else f"{count} {verdict}" for verdict, count in verdicts.items())
    return (f"shown is {sets[0].val.tag.text}, one of {len(sets)} validation sets; the others: {others}",)
