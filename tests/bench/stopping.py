"""What stopping costs and saves in real trainings: the callbacks beside early stopping with a patience.

``python -m tests.bench.stopping FRAMEWORK... --seeds 8 > rows.jsonl`` trains small models on the CPU, in an environment
with these frameworks; ``python -m tests.bench.stopping --table rows.jsonl...`` prints the table. Every training runs to
its end, with the callback only warning, so that all rules are judged on the same losses, and so that it is known what
going on would have brought.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tests.bench.histories.table import TRUE_RISE
from tests.bench.stopping_trainings import KINDS, TRAINERS, draw
from tests.made_parts import table

import lossmon

PATIENCES = (3, 5, 10, 20)


@dataclass(frozen=True)
class Run:
    """One training to its end."""

    framework: str
    kind: str
    seed: int
    val: list[float]
    truth: list[float]
    """Loss on the test set after each epoch or round."""
    stopped: int | None
    """Index of the evaluation at which the callback would have stopped it."""
    why: str

    @property
    def overfits(self) -> bool:
        """Whether stopping would have been right, by the truth."""
        finite = [loss for loss in self.truth if math.isfinite(loss)]
        has_diverged = len(finite) < len(self.truth) or finite[-1] > max(2.0, 3 * finite[0])
        return has_diverged or finite[-1] >= (1 + TRUE_RISE) * min(finite)


def train(framework: str, kind: str, seed: int) -> Run:
    """Train one model to its end, with the callback of its framework."""
    name, trainer = TRAINERS[framework]
    callback = getattr(lossmon, name)(action="warn")
    val, truth = trainer(draw(kind, seed), kind, seed, callback)
    decision = callback.decision
    first = 1 if framework in ("keras", "lightning") else 0
    stopped = None if decision.stopped_at is None else int(decision.stopped_at) - first
    why = decision.judgement.verdict if decision.judgement else ""
    return Run(framework, kind, seed, [float(v) for v in val], [float(t) for t in truth], stopped, why)


def patience_stop(val: Sequence[float], patience: int) -> int | None:
    """Return the evaluation at which early stopping ends a training: so many without a new best; None if never."""
    best, at = math.inf, 0
    for index, loss in enumerate(val):
        if loss < best:
            best, at = loss, index
        elif index - at >= patience:
            return index
    return None


def lost(run: Run, stop: int | None) -> float:
    """Return by which share the true loss of the model that is kept is above that after going on to the end.

    Kept is the evaluation with the best validation loss so far.
    """
    vals = np.nan_to_num(np.array(run.val), nan=math.inf)
    kept = int(np.argmin(vals if stop is None else vals[: stop + 1]))
    share = run.truth[kept] / run.truth[int(np.argmin(vals))] - 1
    return share if math.isfinite(share) else 0.0


def _could_go_on(run: Run) -> bool:
    return run.overfits and run.kind != "diverges"


def row(name: str, runs: Sequence[Run], stops: Sequence[int | None]) -> tuple[str, ...]:
    """Return the row of a rule."""
    pairs = list(zip(runs, stops, strict=True))
    wrong = [stop is not None for run, stop in pairs if not run.overfits]
    right = [stop is not None for run, stop in pairs if run.overfits]
    saved = [1 - (stop + 1) / len(run.val) for run, stop in pairs if _could_go_on(run) and stop is not None]
    losses = [100 * lost(run, stop) for run, stop in pairs]
    return (
        name,
        f"{sum(wrong)} of {len(wrong)}",
        f"{sum(right)} of {len(right)}",
        f"{100 * statistics.median(saved):.0f} %" if saved else "-",
        f"{statistics.mean(losses):.2f} %",
        f"{max(losses):.1f} %",
    )


def summary(runs: Sequence[Run]) -> str:
    """Return the table of all rules."""
    rows = [row(f"patience {p}", runs, [patience_stop(run.val, p) for run in runs]) for p in PATIENCES]
    rows.append(row("**lossmon**", runs, [run.stopped for run in runs]))
    head = (
        "rule",
        "stopped, healthy",
        "stopped, overfitting or diverged",
        "epochs saved of those that overfit",
        "true loss lost, mean",
        "most",
    )
    return table(head, rows)


def read_rows(paths: Iterable[str]) -> list[Run]:
    """Return the trainings that were written before."""
    return [Run(**json.loads(line)) for path in paths for line in Path(path).read_text().splitlines()]


def main() -> None:
    """Train, or print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("frameworks", nargs="*", choices=[[], *TRAINERS])
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--table", nargs="+", default=[])
    arguments = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    if arguments.table:
        print(summary(read_rows(arguments.table)))  # noqa: T201 - what it is run for
        return
    for framework in arguments.frameworks:
        for kind in arguments.kinds:
            for seed in range(arguments.seeds):
                print(json.dumps(asdict(train(framework, kind, seed))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
