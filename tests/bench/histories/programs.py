"""The rules by which other programs call a run overfitting, from their source; each judges a history up to now.

Of rules that also read a score, or the loss of every batch, only what they make of a train and a validation loss per
evaluation is here. A rule sees all losses so far, at each evaluation anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from statistics import fmean, median
from typing import TypeAlias

import numpy as np
from tests.bench.histories.rule import Rule

Judge: TypeAlias = Callable[[Sequence[float], Sequence[float]], bool]
"""From the train and validation losses so far to whether overfitting is reported now."""


def at_each_evaluation(judge: Judge) -> Rule:
    """Return the rule that asks *judge* after every evaluation."""

    def rule(train: Sequence[float], val: Sequence[float]) -> list[bool]:
        return [judge(train[:count], val[:count]) for count in range(1, len(val) + 1)]

    return rule


def finetune_doctor(train: Sequence[float], val: Sequence[float]) -> bool:
    """Validation is over its best by 3 %, and by twice its noise, which is told by its steps."""
    if len(val) < 4:
        return False
    steps = np.diff(val)
    noise = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / math.sqrt(2)
    return val[-1] - min(val) > 2 * noise and val[-1] - min(val) >= 0.03 * abs(min(val))


def trainproof(train: Sequence[float], val: Sequence[float]) -> bool:
    """The median of three validations since the best is over it by a fifth, and train is lower than then."""
    best = val.index(min(val))
    if len(val) - best < 4:
        return False
    return median(val[-3:]) > 1.2 * val[best] and train[-1] < train[best]


def epokio(train: Sequence[float], val: Sequence[float]) -> bool:
    """The mean of three validations since the best is over it by a tenth, and train did not double, which is diverging.

    A validation of zero or less counts as not logged.
    """
    logged = [at for at, value in enumerate(val) if value > 0]
    if len(logged) < 8:
        return False
    best, last = min(logged, key=val.__getitem__), [value for value in val[-3:] if value > 0]
    rose = best < len(val) - 3 and bool(last) and fmean(last) > 1.1 * val[best]
    lowest = train.index(min(train))
    doubled = lowest < len(val) - 3 and train[lowest] > 0 and fmean(train[-3:]) > 2 * train[lowest]
    return rose and not doubled


def sk_autod_overfitting(train: Sequence[float], val: Sequence[float]) -> bool:
    """Smoothed validation is higher than two evaluations before, and smoothed train is lower."""
    if len(val) < 5:
        return False
    smooth_train, smooth = (
        list(accumulate(losses, lambda mean, loss: 0.3 * loss + 0.7 * mean)) for losses in (train, val)
    )
    return smooth_train[-1] < smooth_train[-3] and smooth[-1] > smooth[-3]


def sk_autod_stopping(train: Sequence[float], val: Sequence[float]) -> bool:
    """Validation is 5 % over its best, which lies before the last tenth of the run."""
    best = val.index(min(val))
    return len(val) >= 5 and best < int(0.9 * len(val)) and val[-1] > 1.05 * val[best]


def runmedic(train: Sequence[float], val: Sequence[float]) -> bool:
    """The mean of three validations since the best is over it by 5 %, and smoothed train fell by 3 % since."""
    best = val.index(min(val))
    if len(val) - best < 4 or val[best] == 0:
        return False
    weight = 2 / (1 + max(2, min(50, len(train) // 10)))
    smooth = list(accumulate(train, lambda mean, loss: weight * loss + (1 - weight) * mean))
    rose = fmean(val[-3:]) - val[best] >= 0.05 * abs(val[best])
    return rose and smooth[best] != 0 and smooth[best] - smooth[-1] >= 0.03 * abs(smooth[best])


def trainspotter(train: Sequence[float], val: Sequence[float]) -> bool:
    """Validation is 1 % over its best, and the line through all since then rises with p < 0.1."""
    best = val.index(min(val))
    since = np.array(val[best:])
    if len(since) < 4 or since[-1] - since[0] < 0.01 * abs(since[0]):
        return False
    time = np.arange(len(since)) - (len(since) - 1) / 2
    slope = float(time @ since / (time @ time))
    rest = since - since.mean() - slope * time
    error = math.sqrt(float(rest @ rest) / (len(since) - 2) / float(time @ time))
    return slope > 0 and (error == 0 or math.erfc(slope / error / math.sqrt(2)) < 0.1)


def losslint(train: Sequence[float], val: Sequence[float]) -> bool:
    """Validation rose three times in a row, and the last quarter of train is 1 % below its first."""
    if len(val) < 8:
        return False
    quarter = len(train) // 4
    first, last = median(train[:quarter]), median(train[-quarter:])
    return all(a < b for a, b in pairwise(val[-4:])) and first > 0 and first - last >= 0.01 * first


def training_doctor(train: Sequence[float], val: Sequence[float]) -> bool:
    """The last third of validation is 5 % over the middle one, and train fell by 2 % between their middles.

    The program also speaks of overfitting if validation exceeds train by a tenth; without a rise, that is the rule of
    SageMaker, and not counted here.
    """
    third = len(val) // 3
    if third < 2:
        return False
    middle, last = fmean(val[third : 2 * third]), fmean(val[2 * third :])
    before, after = train[third + third // 2], train[2 * third + (len(val) - 2 * third) // 2]
    return 0 < 1.05 * middle < last and 0 < after < 0.98 * before


PROGRAMS: dict[str, Rule] = {
    "finetune-doctor 0.2.2": at_each_evaluation(finetune_doctor),
    "runmedic 0.1.1": at_each_evaluation(runmedic),
    "epokio 0.9.5": at_each_evaluation(epokio),
    "trainproof 0.22": at_each_evaluation(trainproof),
    "sk-autod 0.1.1, missed early stopping": at_each_evaluation(sk_autod_stopping),
    "sk-autod 0.1.1, overfitting": at_each_evaluation(sk_autod_overfitting),
    "trainspotter 0.2.6": at_each_evaluation(trainspotter),
    "losslint 0.4.1": at_each_evaluation(losslint),
    "training-doctor 0.1.0, rise": at_each_evaluation(training_doctor),
}
