"""The framework's own call for a suggestion."""

from __future__ import annotations

import re

from lossmon.advice.facts import LOWER_RATE, MIN_PLATEAU, PLATEAUS_IN_PATIENCE, RunFacts

_CALIBRATED = "sklearn's CalibratedClassifierCV(FrozenEstimator(model))"

FRAMEWORK_CALLS = {
    "keras": {
        "early stopping": 'EarlyStopping(monitor="val_loss", patience={patience}, restore_best_weights=True)',
        "keep by score": 'ModelCheckpoint("best.keras", monitor="{score}", mode="{mode}", save_best_only=True)',
        "label smoothing": "CategoricalCrossentropy(label_smoothing=0.1)",
        "weight decay": "kernel_regularizer=keras.regularizers.L2(1e-4), or AdamW(weight_decay=1e-2)",
        "dropout": "keras.layers.Dropout(0.3) after the widest layers",
        "learning rate": 'ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience={plateau})',
        "schedule": "keras.optimizers.schedules.CosineDecay(initial_learning_rate, decay_steps)",
        "more data": "keras.layers.RandomFlip, RandomRotation, RandomZoom in the model, after any cache()",
        "clipping": "Adam(..., clipnorm=1.0)",
        "one batch": "model.fit(x[:32], y[:32], epochs=100)",
        "trained parameters": "layer.trainable for each of model.layers, then compile again",
        "anomaly": "tf.debugging.enable_check_numerics()",
        "validation": "model.fit(..., validation_split=0.1)",
    },
    "lightning": {
        "early stopping": (
            'EarlyStopping(monitor="val_loss", patience={patience}) and ModelCheckpoint(monitor="val_loss")'
        ),
        "keep by score": 'ModelCheckpoint(monitor="{score}", mode="{mode}")',
        "label smoothing": "torch.nn.CrossEntropyLoss(label_smoothing=0.1)",
        "weight decay": "torch.optim.AdamW(..., weight_decay=1e-2) in configure_optimizers",
        "dropout": "torch.nn.Dropout(0.3) after the widest layers",
        "learning rate": "ReduceLROnPlateau(optimizer, factor=0.3, patience={plateau}) in configure_optimizers",
        "schedule": "CosineAnnealingLR(optimizer, T_max=max_epochs) in configure_optimizers",
        "shorter schedule": "Trainer(max_epochs={epochs}), with T_max of the schedule the same",
        "evaluate more often": "Trainer(val_check_interval=0.25)",
        "clipping": "Trainer(gradient_clip_val=1.0)",
        "one batch": "Trainer(overfit_batches=1)",
        "trained parameters": "p.requires_grad for each of model.named_parameters()",
        "anomaly": "Trainer(detect_anomaly=True)",
        "validation": 'a validation_step with self.log("val_loss", loss), and a val dataloader for fit()',
    },
    "huggingface": {
        "early stopping": (
            "TrainingArguments(load_best_model_at_end=True) and "
            "EarlyStoppingCallback(early_stopping_patience={patience})"
        ),
        "keep by score": (
            'TrainingArguments(load_best_model_at_end=True, metric_for_best_model="{score}", '
            "greater_is_better={greater})"
        ),
        "label smoothing": "TrainingArguments(label_smoothing_factor=0.1)",
        "weight decay": "TrainingArguments(weight_decay=0.01)",
        "dropout": "hidden_dropout_prob=0.2 in the model's configuration",
        "model size": "peft.LoraConfig(r=8), or requires_grad_(False)",
        "learning rate": 'TrainingArguments(learning_rate={rate|1e-5}, lr_scheduler_type="cosine", warmup_ratio=0.1)',
        "higher learning rate": "TrainingArguments(learning_rate=...)",
        "schedule": 'TrainingArguments(lr_scheduler_type="cosine"), with max_steps or num_train_epochs as planned',
        "shorter schedule": "TrainingArguments(num_train_epochs={epochs})",
        "evaluate more often": 'TrainingArguments(eval_strategy="steps", eval_steps=0.05)',
        "clipping": "TrainingArguments(max_grad_norm=0.5)",
        "one batch": "TrainingArguments(max_steps=200) on 32 examples",
        "labels": "(batch['labels'] != -100).sum()",
        "trained parameters": (
            "model.print_trainable_parameters(), and model.enable_input_require_grads() with gradient checkpointing"
        ),
        "anomaly": "TrainingArguments(bf16=True, fp16=False)",
        "validation": 'Trainer(eval_dataset=...) and TrainingArguments(eval_strategy="steps", eval_steps=0.05)',
    },
    "pytorch": {
        "label smoothing": "torch.nn.CrossEntropyLoss(label_smoothing=0.1)",
        "weight decay": "torch.optim.AdamW(..., weight_decay=1e-2)",
        "dropout": "torch.nn.Dropout(0.3) after the widest layers",
        "learning rate": "torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience={plateau})",
        "schedule": "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)",
        "clipping": "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        "trained parameters": "p.requires_grad for each of model.named_parameters()",
        "anomaly": "torch.autograd.set_detect_anomaly(True)",
    },
    "xgboost": {
        "early stopping": "early_stopping_rounds={patience}",
        "weight decay": "reg_lambda=5",
        "model size": "max_depth=4",
        "leaf size": "min_child_weight=10",
        "sampling": "subsample=0.8, colsample_bytree=0.8",
        "learning rate": "learning_rate={rate|0.03}",
        "calibration": _CALIBRATED,
        "validation": 'xgboost.train(..., evals=[(train, "train"), (validation, "validation")])',
    },
    "lightgbm": {
        "early stopping": "lightgbm.early_stopping({patience})",
        "weight decay": "lambda_l2=5",
        "model size": "num_leaves=15",
        "leaf size": "min_data_in_leaf=100",
        "sampling": "bagging_fraction=0.8, bagging_freq=1, feature_fraction=0.8",
        "learning rate": "learning_rate={rate|0.03}",
        "calibration": _CALIBRATED,
        "validation": "lightgbm.train(..., valid_sets=[train, validation])",
    },
    "catboost": {
        "early stopping": "od_type='Iter', od_wait={patience}, use_best_model=True",
        "weight decay": "l2_leaf_reg=10",
        "model size": "depth=4",
        "sampling": "subsample=0.8, rsm=0.8",
        "learning rate": "learning_rate={rate|0.03}",
        "calibration": _CALIBRATED,
        "validation": "fit(..., eval_set=validation)",
    },
    "ultralytics": {
        "early stopping": "model.train(patience={patience})",
        "weight decay": "model.train(weight_decay=0.001)",
        "model size": "model.train(freeze=10)",
        "learning rate": "model.train(lr0={rate|0.001})",
        "schedule": "model.train(cos_lr=True)",
        "shorter schedule": "model.train(epochs={epochs})",
        "more data": "model.train(mixup=0.1, degrees=10)",
    },
    "fastai": {
        "early stopping": "SaveModelCallback() and EarlyStoppingCallback(patience={patience})",
        "keep by score": 'SaveModelCallback(monitor="{score}")',
        "label smoothing": "LabelSmoothingCrossEntropy()",
        "weight decay": "learn.fit_one_cycle(..., wd=0.1)",
        "learning rate": "learn.lr_find()",
        "shorter schedule": "learn.fit_one_cycle({epochs})",
        "more data": "aug_transforms() as batch_tfms",
        "clipping": "GradientClip(1.0)",
    },
}
"""For each framework, the code that does what a suggestion asks for, by its ``technique``.

In braces stands what this run fills in: ``{patience}`` and the shorter ``{plateau}`` in evaluations, ``{epochs}`` up to
the best evaluation, a lower learning rate ``{rate}``, and ``{score}``, ``{mode}`` and ``{greater}``, the name and the
direction of the score. After ``|`` stands what is taken if it is unknown.
"""


def call_for(facts: RunFacts, technique: str) -> str:
    """Return the call of the run's framework for *technique*; empty if it has none, or if a number is unknown.

    Where a score is judged, callbacks monitor that score.

    >>> call_for(RunFacts("ultralytics"), "learning rate")
    'model.train(lr0=0.001)'
    """
    call = FRAMEWORK_CALLS.get(facts.framework, {}).get(technique, "")
    if facts.higher_is_better:
        call = call.replace('monitor="val_loss"', f'monitor="{facts.judged_score}", mode="max"')
    values = _values(facts)
    unknown = [name for name, default in _FILLED_IN.findall(call) if not values[name] and not default]
    return "" if unknown else _FILLED_IN.sub(lambda found: values[found[1]] or found[2], call)


_FILLED_IN = re.compile(r"\{(\w+)\|?([^{}]*)\}")


def _values(facts: RunFacts) -> dict[str, str]:
    """Return what stands in braces, empty where it is unknown."""
    epochs, score, rate = facts.epochs_to_best, facts.score, facts.learning_rate
    return {
        "patience": str(facts.patience),
        "plateau": str(max(MIN_PLATEAU, facts.patience // PLATEAUS_IN_PATIENCE)),
        "epochs": str(epochs) if epochs else "",
        "rate": f"{LOWER_RATE * rate.highest:.1g}" if rate and rate.highest else "",
        "score": score.tag.text if score else "",
        "mode": ("max" if score.higher_is_better else "min") if score else "",
        "greater": str(score.higher_is_better) if score else "",
    }
