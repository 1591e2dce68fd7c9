"""What to try, given what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from lossmon.core.assessment import Advice, Assessment
from lossmon.core.verdict import Severity, Verdict
from lossmon.detector.calls import call

_MOST = 3
_EARLY = 5
"""A turn within so many evaluations of the start is an early one."""

_Piece: TypeAlias = tuple[str, str, str]
"""What to do, why, and the name of the framework's call for it."""

_ALWAYS: dict[Verdict, tuple[_Piece, ...]] = {
    Verdict.UNDERFITTING: (
        ("Raise the learning rate tenfold", "the loss has hardly moved from where it began", ""),
        ("Overfit one batch first", "a model that cannot do that has a bug in model, loss or labels", "overfit"),
        (
            "Check inputs and labels: scale, order, shuffling",
            "a loss stuck at chance often means broken data",
            "",
        ),
    ),
    Verdict.UNSTABLE: (
        ("Lower the learning rate threefold", "swings this wide are steps that are too large", "slower"),
        ("Use larger batches, or more validation data", "a small sample makes a loss jump by itself", ""),
        ("Clip gradients", "single batches throw the weights about", "clip"),
    ),
}


def advise(assessment: Assessment, framework: str) -> tuple[Advice, ...]:
    """Return at most three things to try, the most likely first, with *framework*'s own call where it is known.

    ``{best}`` in what to do stands for the best evaluation.
    """
    verdict = assessment.verdict
    pieces = _DEPENDING[verdict](assessment) if verdict in _DEPENDING else _ALWAYS.get(verdict, ())
    return tuple(_piece(*piece, framework) for piece, _ in zip(pieces, range(_MOST), strict=False))


def _piece(do: str, because: str, what: str, framework: str) -> Advice:
    own = call(framework, what)
    return Advice(f"{do}: {own}" if own else do, because)


def _overfitting(assessment: Assessment) -> Iterator[_Piece]:
    yield (
        "Stop here and keep the checkpoint of {best}",
        "the model only got worse on new data since",
        "stop",
    )
    if "gap-from-start" in assessment.flags:
        reason = "the gap was there from the first evaluation: the two sets may differ, or augmentation was cached once"
        yield "Compare how train and validation data are made", reason, ""
    if (assessment.onset or 0) <= _EARLY and assessment.severity is not Severity.MILD:
        yield (
            "Make the model smaller: fewer layers or units",
            "it turned early and rose far: too much capacity for this much data",
            "smaller",
        )
        yield "Add dropout", "it memorises faster than it generalises", "dropout"
    else:
        yield (
            "Add weight decay",
            "it had learned before it turned: a little regularisation moves the turn further on",
            "decay",
        )
        yield "Lower the learning rate towards the end", "smaller steps stay near the best longer", "slower"
    yield "Get more data, or augment it", "train and validation part because there is too little to learn from", ""


def _diverged(assessment: Assessment) -> Iterator[_Piece]:
    yield (
        "Go back to the best checkpoint and lower the learning rate",
        "the loss left its range and will not return",
        "",
    )
    yield "Clip gradients", "one exploding step is enough", "clip"
    if "non-finite" in assessment.flags:
        yield (
            "Look for NaN in the data, log(0), and float16 overflow",
            "a loss that is not finite has such a source",
            "",
        )


def _converged(assessment: Assessment) -> Iterator[_Piece]:
    if "val-far-below-train" in assessment.flags:
        reason = (
            "validation is much better than train: leakage between the sets, or dropout and augmentation on train only"
        )
        yield "Check that no validation example is in the training set", reason, ""
    if "gap-from-start" in assessment.flags:
        reason = "the gap was there from the first evaluation: the two sets may differ, or augmentation was cached once"
        yield "Compare how train and validation data are made", reason, ""
    yield "Stop here, or lower the learning rate once more", "it gains little by now, if anything", "slower"


_DEPENDING: dict[Verdict, Callable[[Assessment], Iterator[_Piece]]] = {
    Verdict.OVERFITTING: _overfitting,
    Verdict.DIVERGED: _diverged,
    Verdict.CONVERGED: _converged,
}
