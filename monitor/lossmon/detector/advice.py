"""Suggests what to try against the state of a run, with the framework's own call for it where one is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lossmon.core.assessment import Advice, Assessment
from lossmon.core.verdict import Severity, Verdict
from lossmon.detector.thresholds import DEFAULTS, Thresholds

FRAMEWORK_CALLS = {
    "keras": {
        "early stopping": 'EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)',
        "weight decay": "kernel_regularizer=keras.regularizers.L2(1e-4), or AdamW(weight_decay=1e-2)",
        "dropout": "keras.layers.Dropout(0.3) after the widest layers",
        "learning rate": 'ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience=3)',
        "clipping": "Adam(..., clipnorm=1.0)",
        "one batch": "model.fit(x[:32], y[:32], epochs=100)",
    },
    "lightning": {
        "early stopping": 'EarlyStopping(monitor="val_loss", patience=5) and ModelCheckpoint(monitor="val_loss")',
        "weight decay": "torch.optim.AdamW(..., weight_decay=1e-2) in configure_optimizers",
        "dropout": "torch.nn.Dropout(0.3) after the widest layers",
        "learning rate": "ReduceLROnPlateau(optimizer, factor=0.3, patience=3) in configure_optimizers",
        "clipping": "Trainer(gradient_clip_val=1.0)",
        "one batch": "Trainer(overfit_batches=1)",
    },
    "huggingface": {
        "early stopping": (
            "TrainingArguments(load_best_model_at_end=True) and EarlyStoppingCallback(early_stopping_patience=3)"
        ),
        "weight decay": "TrainingArguments(weight_decay=0.01)",
        "dropout": "hidden_dropout_prob=0.2 in the model's configuration",
        "learning rate": 'TrainingArguments(learning_rate=1e-5, lr_scheduler_type="cosine", warmup_ratio=0.1)',
        "clipping": "TrainingArguments(max_grad_norm=0.5)",
        "one batch": "TrainingArguments(max_steps=200) on 32 examples",
    },
    "pytorch": {
        "weight decay": "torch.optim.AdamW(..., weight_decay=1e-2)",
        "dropout": "torch.nn.Dropout(0.3) after the widest layers",
        "learning rate": "torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=3)",
        "clipping": "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
    },
    "xgboost": {
        "early stopping": "early_stopping_rounds=20",
        "weight decay": "reg_lambda=5",
        "model size": "max_depth=4",
        "learning rate": "eta=0.03",
    },
    "lightgbm": {
        "early stopping": "lightgbm.early_stopping(20)",
        "weight decay": "lambda_l2=5",
        "model size": "num_leaves=15",
        "learning rate": "learning_rate=0.03",
    },
    "catboost": {
        "early stopping": "od_type='Iter', od_wait=20, use_best_model=True",
        "weight decay": "l2_leaf_reg=10",
        "model size": "depth=4",
        "learning rate": "learning_rate=0.03",
    },
    "ultralytics": {
        "early stopping": "model.train(patience=20)",
        "weight decay": "model.train(weight_decay=0.001)",
        "learning rate": "model.train(lr0=0.001)",
    },
    "fastai": {
        "early stopping": "SaveModelCallback() and EarlyStoppingCallback(patience=5)",
        "weight decay": "learn.fit_one_cycle(..., wd=0.1)",
        "learning rate": "learn.lr_find()",
        "clipping": "GradientClip(1.0)",
    },
}
"""For each framework, the code that does what a suggestion asks for, by its ``technique``."""


class _Suggestion(NamedTuple):
    action: str
    reason: str
    technique: str = ""
    """Key into ``FRAMEWORK_CALLS``; empty if no framework has a call for it."""


_COMPARE_DATA = _Suggestion(
    "Compare how train and validation data are made",
    "the gap was there from the first evaluation: the two sets may differ, or augmentation was cached once",
)
_FIXED_SUGGESTIONS = {
    Verdict.UNDERFITTING: (
        _Suggestion("Raise the learning rate tenfold", "the loss has hardly moved from where it began"),
        _Suggestion(
            "Overfit one batch first", "a model that cannot do that has a bug in model, loss or labels", "one batch"
        ),
        _Suggestion(
            "Check inputs and labels: scale, order, shuffling", "a loss stuck at chance often means broken data"
        ),
    ),
    Verdict.UNSTABLE: (
        _Suggestion(
            "Lower the learning rate threefold", "swings this wide are steps that are too large", "learning rate"
        ),
        _Suggestion("Use larger batches, or more validation data", "a small sample makes a loss jump by itself"),
        _Suggestion("Clip gradients", "single batches throw the weights about", "clipping"),
    ),
}
"""Suggestions that depend on nothing but the verdict."""


def advise(assessment: Assessment, framework: str, thresholds: Thresholds = DEFAULTS) -> tuple[Advice, ...]:
    """Return a few things to try, the most likely to help first; nothing for a run that needs no action.

    *framework* is a key of ``FRAMEWORK_CALLS``; advice for any other name comes without calls. ``{best}`` in the
    action stands for the best evaluation.

    >>> advise(Assessment(Verdict.UNSTABLE), "keras")[0].do
    'Lower the learning rate threefold: ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience=3)'
    """
    suggestions = islice(_suggestions(assessment, thresholds), thresholds.max_suggestions)
    return tuple(_with_call(suggestion, framework) for suggestion in suggestions)


def _suggestions(assessment: Assessment, t: Thresholds) -> Iterable[_Suggestion]:
    if assessment.verdict is Verdict.OVERFITTING:
        return _against_overfitting(assessment, t)
    if assessment.verdict is Verdict.DIVERGED:
        return _against_divergence(assessment)
    if assessment.verdict is Verdict.CONVERGED:
        return _after_convergence(assessment)
    return _FIXED_SUGGESTIONS.get(assessment.verdict, ())


def _with_call(suggestion: _Suggestion, framework: str) -> Advice:
    call = FRAMEWORK_CALLS.get(framework, {}).get(suggestion.technique)
    return Advice(f"{suggestion.action}: {call}" if call else suggestion.action, suggestion.reason)


def _against_overfitting(assessment: Assessment, t: Thresholds) -> Iterator[_Suggestion]:
    yield _Suggestion(
        "Stop here and keep the checkpoint of {best}",
        "the model only got worse on new data since",
        "early stopping",
    )
    if "gap-from-start" in assessment.flags:
        yield _COMPARE_DATA
    if (assessment.onset or 0) <= t.early_onset and assessment.severity is not Severity.MILD:
        yield _Suggestion(
            "Make the model smaller: fewer layers or units",
            "it turned early and rose far: too much capacity for this much data",
            "model size",
        )
        yield _Suggestion("Add dropout", "it memorises faster than it generalises", "dropout")
    else:
        yield _Suggestion(
            "Add weight decay",
            "it had learned before it turned: a little regularisation moves the turn further on",
            "weight decay",
        )
        yield _Suggestion(
            "Lower the learning rate towards the end", "smaller steps stay near the best longer", "learning rate"
        )
    yield _Suggestion(
        "Get more data, or augment it", "train and validation part because there is too little to learn from"
    )


def _against_divergence(assessment: Assessment) -> Iterator[_Suggestion]:
    yield _Suggestion(
        "Go back to the best checkpoint and lower the learning rate", "the loss left its range and will not return"
    )
    yield _Suggestion("Clip gradients", "one exploding step is enough", "clipping")
    if "non-finite" in assessment.flags:
        yield _Suggestion(
            "Look for NaN in the data, log(0), and float16 overflow", "a loss that is not finite has such a source"
        )


def _after_convergence(assessment: Assessment) -> Iterator[_Suggestion]:
    if "val-far-below-train" in assessment.flags:
        yield _Suggestion(
            "Check that no validation example is in the training set",
            "validation is much better than train: leakage between the sets, or dropout and augmentation on train only",
        )
    if "gap-from-start" in assessment.flags:
        yield _COMPARE_DATA
    yield _Suggestion(
        "Stop here, or lower the learning rate once more", "it gains little by now, if anything", "learning rate"
    )
