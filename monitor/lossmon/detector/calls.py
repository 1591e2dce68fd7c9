"""The calls by which a framework does what is advised."""

from __future__ import annotations

_KERAS = {
    "stop": 'EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)',
    "decay": "kernel_regularizer=keras.regularizers.L2(1e-4), or AdamW(weight_decay=1e-2)",
    "dropout": "keras.layers.Dropout(0.3) after the widest layers",
    "slower": 'ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience=3)',
    "clip": "Adam(..., clipnorm=1.0)",
    "overfit": "model.fit(x[:32], y[:32], epochs=100)",
}
_LIGHTNING = {
    "stop": 'EarlyStopping(monitor="val_loss", patience=5) and ModelCheckpoint(monitor="val_loss")',
    "decay": "torch.optim.AdamW(..., weight_decay=1e-2) in configure_optimizers",
    "dropout": "torch.nn.Dropout(0.3) after the widest layers",
    "slower": "ReduceLROnPlateau(optimizer, factor=0.3, patience=3) in configure_optimizers",
    "clip": "Trainer(gradient_clip_val=1.0)",
    "overfit": "Trainer(overfit_batches=1)",
}
_HUGGINGFACE = {
    "stop": "TrainingArguments(load_best_model_at_end=True) and EarlyStoppingCallback(early_stopping_patience=3)",
    "decay": "TrainingArguments(weight_decay=0.01)",
    "dropout": "hidden_dropout_prob=0.2 in the model's configuration",
    "slower": 'TrainingArguments(learning_rate=1e-5, lr_scheduler_type="cosine", warmup_ratio=0.1)',
    "clip": "TrainingArguments(max_grad_norm=0.5)",
    "overfit": "TrainingArguments(max_steps=200) on 32 examples",
}
_PYTORCH = {
    "decay": "torch.optim.AdamW(..., weight_decay=1e-2)",
    "dropout": "torch.nn.Dropout(0.3) after the widest layers",
    "slower": "torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=3)",
    "clip": "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
}
_XGBOOST = {"stop": "early_stopping_rounds=20", "decay": "reg_lambda=5", "smaller": "max_depth=4", "slower": "eta=0.03"}
_LIGHTGBM = {
    "stop": "lightgbm.early_stopping(20)",
    "decay": "lambda_l2=5",
    "smaller": "num_leaves=15",
    "slower": "learning_rate=0.03",
}
_CATBOOST = {
    "stop": "od_type='Iter', od_wait=20, use_best_model=True",
    "decay": "l2_leaf_reg=10",
    "smaller": "depth=4",
    "slower": "learning_rate=0.03",
}
_ULTRALYTICS = {
    "stop": "model.train(patience=20)",
    "decay": "model.train(weight_decay=0.001)",
    "slower": "model.train(lr0=0.001)",
}
_FASTAI = {
    "stop": "SaveModelCallback() and EarlyStoppingCallback(patience=5)",
    "decay": "learn.fit_one_cycle(..., wd=0.1)",
    "slower": "learn.lr_find()",
    "clip": "GradientClip(1.0)",
}
_CALLS = {
    "keras": _KERAS,
    "lightning": _LIGHTNING,
    "huggingface": _HUGGINGFACE,
    "pytorch": _PYTORCH,
    "xgboost": _XGBOOST,
    "lightgbm": _LIGHTGBM,
    "catboost": _CATBOOST,
    "ultralytics": _ULTRALYTICS,
    "fastai": _FASTAI,
}


def call(framework: str, what: str) -> str:
    """Return *framework*'s own call for *what*, as it is written there; empty where none is known."""
    return _CALLS.get(framework, {}).get(what, "")
