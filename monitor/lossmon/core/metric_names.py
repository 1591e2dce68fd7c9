"""The words by which training logs name losses, scores, data splits, counters and times; all in lower case.

Three kinds of sets: ``..._WORDS`` are compared with the single words of a name (``val/epoch_loss`` has three),
``..._NAMES`` with a whole name, and ``..._HINTS`` are searched anywhere in a line of text.
"""

from __future__ import annotations

import re
from collections.abc import Collection

LOSS_WORDS = frozenset({
    "bce", "ce", "cost", "crossentropy", "elbo", "entropy", "logloss", "loss", "losses", "mlogloss", "nll", "objective",
    "smoothl1",
})  # fmt: skip
"""What training minimises."""
COMMON_ERROR_WORDS = frozenset({"bpb", "err", "error", "l1", "l2", "mae", "mape", "merror", "mse", "rmse"})
"""Lower is better, but it is often measured beside the loss that is minimised."""
ERROR_WORDS = COMMON_ERROR_WORDS | frozenset({
    "ade", "bpc", "brier", "cer", "eer", "epe", "fde", "fid", "kid", "lpips", "mcd", "mpjpe", "msle", "rmsle", "smape",
    "ter", "wer",
})  # fmt: skip
"""Lower is better; the rarer ones among them may mean something else outside training logs."""
UNINFORMATIVE_LOSS_WORDS = frozenset({"surrogate"})
"""A loss with one of these stays near 0 however the training goes; another loss is chosen where there is one."""
PERPLEXITY_WORDS = frozenset({"perplexity", "ppl"})
"""The exponential of a loss."""
COMMON_SCORE_WORDS = frozenset({
    "acc", "accuracy", "auc", "auroc", "bleu", "dice", "f1", "iou", "map", "miou", "precision", "r2", "recall", "rouge",
})  # fmt: skip
"""Higher is better. These words alone show that a table with a step or an epoch is a training log."""
SCORE_WORDS = COMMON_SCORE_WORDS | frozenset({
    "accuracies", "ap", "ap50", "ap75", "auprc", "chrf", "cider", "f1score", "hits", "hmean", "jaccard", "kappa",
    "map50", "mcc", "meteor", "mrr", "ndcg", "pck", "pearson", "pesq", "psnr", "reward", "sacrebleu", "sdr",
    "sensitivity", "sisdr", "snr", "spearman", "specificity", "ssim", "stoi", "success", "top1", "top5", "winrate",
})  # fmt: skip
"""Higher is better."""
DECISION_ERROR_WORDS = frozenset({"cer", "eer", "err", "error", "merror", "ter", "wer"})
"""Share of decisions that are wrong; unlike a loss it does not say how sure they were."""
DATA_SET_SCORE_WORDS = frozenset({"ap50", "ap75", "map", "map50"})
"""Scores that are taken over a whole data set, so that one without a split is of validation."""
PREFERRED_SCORE_WORDS = ("accuracy", "acc", "top1", "f1", "map", "map50", "auc", "auroc", "dice", "iou", "miou")
"""Of several scores of a data set the first of these is shown."""
EPISODE_REWARD_NAMES = frozenset({
    "ep_rew_mean", "episode_reward", "episode_reward_mean", "episode_return", "episode_return_mean", "episodic_return",
    "rlhf_reward",
})  # fmt: skip
"""The last part of a tag that only reinforcement learning logs: the reward, which it maximises."""
REWARD_NAMES = EPISODE_REWARD_NAMES | {"avg_reward", "average_reward", "mean_reward", "reward", "reward_mean"}
"""The same, also those that the training of a reward model may log."""
REINFORCEMENT_WORDS = frozenset({
    "actor", "clipfrac", "completion", "completions", "critic", "episode", "kl", "policy", "ppo", "rollout",
    "rollouts",
})  # fmt: skip
"""Words in the other tags of a run that learns by reinforcement."""
METRIC_WORDS = LOSS_WORDS | COMMON_ERROR_WORDS | PERPLEXITY_WORDS | COMMON_SCORE_WORDS
"""Words that name a loss or a usual metric; beside a step or an epoch they show that a table is a training log."""

KNOWN_METRIC_WORDS = METRIC_WORDS | ERROR_WORDS | SCORE_WORDS
"""Every word whose direction is known."""

TRAINING_ONLY_WORDS = frozenset({"nll", "crossentropy", "smoothl1"} | PERPLEXITY_WORDS)
"""Words that only training logs contain. Like ``loss``, they identify one even where no step or epoch is logged."""
METRIC_SYNONYMS = {"ppl": "perplexity", "acc": "accuracy", "err": "error"}
"""Short forms of a metric, and the word they stand for."""
PRINTED_LOSS_NAMES = frozenset({"cost", "learn", "test", "trl", "tel"})
"""Names of a loss in captured output: ``learn`` and ``test`` of CatBoost, ``trl`` and ``tel`` of llm.c."""
YOLO_LOSS_PARTS = frozenset({"box loss", "cls loss", "dfl loss", "obj loss", "seg loss", "pose loss", "kobj loss"})
"""The parts of a YOLO loss, which has no tag for its total; words separated by a space."""
LOSS_PART_WORDS = LOSS_WORDS | ERROR_WORDS | frozenset({
    "actor", "adv", "attention", "aux", "auxiliary", "bbox", "box", "cls", "commitment", "content", "contrastive",
    "critic", "ctc", "decoder", "dfl", "disc", "discriminator", "distillation", "encoder", "focal", "gan", "gen",
    "generator", "head", "kl", "kld", "lm", "mask", "mlm", "mmd", "nsp", "obj", "perceptual", "policy", "pose", "recon",
    "reconstruction", "reg", "regularization", "rpn", "seg", "sop", "style", "triplet", "value", "vq",
})  # fmt: skip
"""Words before ``loss`` that name a part of it: ``eval_kl_loss`` is no evaluation set called kl."""
DATASET_NUMBER_WORDS = frozenset({"dataloader", "idx"})
"""Words before the number of a data set, as in Lightning's ``val_loss/dataloader_idx_1``."""
GRADIENT_WORDS = frozenset({"grad", "gradient"})
"""Beside ``norm`` they name the norm of the gradient, which is not a loss but shows when one is not finite."""

MEAN_WORDS = frozenset({"avg", "average", "mean"})
"""The value is a mean over many batches."""
TOTAL_WORD = "total"
"""The value is the sum of several losses."""
FILLER_WORDS = MEAN_WORDS | {"running", TOTAL_WORD, "metrics", "metric"}
"""Words of a tag that do not change which metric it is."""
SUMMARY_WORDS = frozenset({
    "best", "final", "lowest", "min", "max", "minimum", "maximum", "patience", "threshold", "improved",
})  # fmt: skip
"""In captured output: the number sums up the training or is a setting, so it is not a point of a curve."""
NOT_METRIC_NAMES = frozenset({"time", "eta", "elapsed", "total", "remaining", "v_num"})
"""Numbers in captured output that belong to no curve."""
SYSTEM_WORDS = frozenset({
    "cpu", "disk", "duration", "elapsed", "eta", "flops", "flos", "fps", "gpu", "memory", "power", "ram", "runtime",
    "samples", "sec", "second", "seconds", "speed", "system", "temperature", "throughput", "time", "timestamp",
    "utilization",
})  # fmt: skip
"""Words in the tag of a load, a time or a speed; it says nothing of what is learned."""
TIME_WORDS = ("time", "gpu", "memory")
"""Before or behind ``cost`` they say what is spent: ``Time cost`` is no loss."""
SETTINGS_NAMES = frozenset({"config"})
"""Objects in a JSON record that hold settings, not measurements."""
SPLIT_COLUMN_NAMES = frozenset({
    "data", "dataset", "mode", "part", "partition", "phase", "series", "set", "split", "stage", "subset", "type",
    "variant",
})  # fmt: skip
"""Names of a column that may say to which data split a row belongs: its values are split words."""
RUN_COLUMN_NAMES = frozenset({
    "cv_fold", "fold", "fold_id", "fold_idx", "kfold", "repeat", "run", "run_name", "trial", "trial_number",
})  # fmt: skip
"""Names of a column that tells several trainings in one log apart."""
RUN_KEY_WORDS = frozenset({"cv", "experiment", "fold", "repeat", "run", "seed", "trial"})
"""Before a number, the key of one of several trainings in a document: ``fold_1``."""
METRIC_COLUMN_NAMES = frozenset({"key", "metric", "metric_name", "name", "scalar", "tag", "variable"})
"""Names of a column that says which metric is in a row, where each row holds a single value."""
VARIANT_COLUMN_NAMES = frozenset({"series", "variant"})
"""Names of a column beside it that tells several series of one metric apart."""
VALUE_COLUMN_NAMES = frozenset({"metric_value", "scalar_value", "val", "value"})
"""Names of the column with that single value."""
HISTORY_NAMES = frozenset({
    "curves", "data", "history", "log", "log_history", "logs", "metrics", "records", "results",
    "train_history", "training_history",
})  # fmt: skip
"""Keys of a document under which the whole history is; they are no part of the name of a metric."""
MESSAGE_NAMES = ("message", "msg", "log", "text", "event", "line")
"""Fields of a structured log line that hold the text that a program printed."""
ROW_PER_TRAINING_WORDS = frozenset({
    "arch", "architecture", "batch_size", "dropout", "hidden", "max_depth", "model", "n_estimators", "num_layers",
    "optimizer", "param", "params", "seed", "trial", "units", "weight_decay",
})  # fmt: skip
"""Columns of settings: where they change from row to row, each row is a training, not an epoch."""
LOSS_SETTING_WORDS = frozenset({
    "alpha", "coef", "coeff", "coefficient", "factor", "factors", "fn", "lambda", "multiplier", "scale", "smoothing",
    "type", "weight", "weights",
})  # fmt: skip
"""Beside ``loss`` they name a setting: ``loss_weights``."""
LEARNING_RATE_NAMES = frozenset({"learning_rate", "lr"})
"""A list with this name may come first in a document that holds a history."""

TRAIN_WORDS = frozenset({"train", "training", "trn", "tr", "learn", "trl"})
"""The tag is of the training set."""
VALIDATION_RANKS = {
    word: rank
    for rank, words in enumerate(
        [
            ("val", "valid", "validation", "valdation", "validate", "dev", "va", "vali", "cv"),
            ("eval", "evaluation", "holdout", "tel"),
            ("test", "testing", "te"),
        ]
    )
    for word in words
}
"""Words for data that is not trained on; of several the lowest rank is judged: validation before test."""
SPLIT_WORDS = frozenset(TRAIN_WORDS | VALIDATION_RANKS.keys())
"""A tag, or a directory, with one of these names holds train or validation losses."""

SPLIT_OF_VERB = {"validate": "validation", "validating": "validation", "evaluating": "evaluation"}
"""Verb forms in captured output, and the split that is meant."""
_NOT_PRINTED_SPLITS = frozenset({"tel", "tr", "trl", "te", "va"})
"""Short forms that are also parts of other phrases in captured output."""
PRINTED_SPLIT_WORDS = tuple(sorted((SPLIT_WORDS | SPLIT_OF_VERB.keys()) - _NOT_PRINTED_SPLITS))
"""The split words of captured output; with verb forms, since a program prints what it is doing."""
SPLITS_BEFORE_NUMBER = ("train", "val", "valid", "test")
"""Split words that a number may follow directly: ``loss: train 0.5, val 0.6``."""
EVALUATION_BATCH_WORDS = ("test", "val", "valid", "validation", "valdation", "eval")
"""Begin a line that counts the batches of an evaluation: ``Test: [10/20]``."""
EVALUATION_HEADING_WORDS = (*EVALUATION_BATCH_WORDS, "evaluation")
"""Begin a heading, a line that ends in a colon: ``Test Error:``."""
EVALUATION_START_WORDS = ("evaluation", "validation")
"""Printed when an evaluation starts: ``Running Evaluation``, ``Validation begin``; the second also after ``Eval``."""
EVALUATION_VERBS = ("validating", "evaluating")
"""Printed while an evaluation runs, as a heading of its values."""
EVALUATION_PREFIXES = ("val", "tes", "eva")
"""First letters of the word in ``Iter(val)`` by which mmengine marks an evaluation."""
SPLIT_PREFIX_LENGTH = 3
"""Letters that suffice to tell splits apart; all spellings of one split share them (``train``, ``training``)."""
TRAIN_PREFIXES = frozenset({"tra", "trn", "lea"})
"""First letters of the ``PRINTED_SPLIT_WORDS`` that mean the training set."""
TRAIN_AND_VALIDATION_PREFIXES = frozenset({"tra", "val"})
"""Captured output with a loss of each is a training log, even if it counts no epochs or steps."""
KERAS_VALIDATION_PREFIX = "val_"
"""Keras puts it before the name of a metric of validation."""

STEP_NAMES = (
    "step", "global_step", "steps", "current_steps", "_step", "iteration", "iter", "iterations",
    "training_iteration", "num_steps", "total_steps", "time/total_timesteps", "total_timesteps", "timesteps_total",
    "timesteps", "round", "rounds", "iters", "num_updates",
)  # fmt: skip
"""Names of a column that counts steps, the most likely first."""
EPOCH_NAMES = ("epoch", "epochs", "epoch_num", "num_epoch", "ep")
"""Names of a column that counts epochs, the most likely first."""
TOTAL_COUNTER_NAMES = frozenset({
    "epochs", "steps", "iterations", "num_steps", "total_steps", "num_epoch", "iters", "rounds",
})  # fmt: skip
"""These may also say how long each of several trainings was."""
COUNTER_ABBREVIATIONS = {"e": "epoch", "#": "step", "ep": "epoch"}
"""Short names of counters in printed tables, as spaCy has them. In a file a column ``e`` may be anything."""
PRINTED_EPOCH_WORDS = ("epoch", "ep")
"""Stand before the number of an epoch in captured output."""
PRINTED_STEP_WORDS = ("step", "iter", "iteration")
"""Stand before the number of a step in captured output. Its plurals are mostly settings, so they are not counters."""
_PARTS_OF_PROSE = frozenset({
    "ade", "ap", "ce", "cer", "cost", "cv", "eer", "ep", "epe", "f1", "fde", "fid", "hits", "kid", "l1", "l2", "map",
    "objective", "r2", "reward", "success", "ter", "wer",
})  # fmt: skip
"""Words of metrics and counters that occur in nearly every text, or are parts of words that do."""


def _hints(words: Collection[str]) -> tuple[str, ...]:
    """Return what a text must have one of if it has a value of one of *words*; no hint is a part of another.

    >>> _hints({"acc", "accuracy", "cost"})
    ('acc', 'cost =', 'cost:', 'cost=')
    """
    found = {word + end for word in words for end in ((" =", ":", "=") if word in _PARTS_OF_PROSE else ("",))}
    return tuple(sorted(hint for hint in found if not any(other in hint for other in found - {hint})))


METRIC_HINTS = _hints({*METRIC_WORDS, "learn:", "tel:", "trl:", "val "})
"""Captured output that has none of these is not a training log."""
LINE_HINTS = _hints({
    *METRIC_HINTS, *KNOWN_METRIC_WORDS, *PRINTED_SPLIT_WORDS, *PRINTED_EPOCH_WORDS, *PRINTED_STEP_WORDS, "metrics",
})  # fmt: skip
"""A line of captured output that has none of these is not parsed."""
TRAINING_NUMBER_WORDS = ("fold", "trial", "seed", "run", "experiment", "repeat", "repetition", "configuration")
"""Before a number, in a heading of captured output: one of several trainings."""
SETTING_WORDS = ("lr", "learning[ _]rate", "batch[ _]size", "hidden[ _](?:size|dim)", "weight[ _]decay", "dropout")
"""Before a value, in a heading of captured output: what the trainings of a sweep differ in; patterns."""
UNIT_WORDS = frozenset({"epoch", "batch", *PRINTED_STEP_WORDS})
"""Words of a tag that say over what its values are taken: ``epoch_loss``, ``loss_step``."""

WALL_TIME_NAMES = frozenset({"wall_time", "walltime", "timestamp", "_timestamp", "time", "unix_time"})
"""Names of a column that may hold seconds since 1970; ``time`` may also be a duration."""
EARLIEST_WALL_TIME = 5e8
"""A smaller number is a duration, not seconds since 1970; it is a day in 1985."""
LATEST_WALL_TIME = 5e9
"""A larger number is not in seconds since 1970; it is a day in 2128."""

_WORDS = re.compile(r"[a-z]+[0-9]*")
_LETTERS = re.compile(r"[a-z]+")
_LOSS_SETTING = re.compile(rf"loss(?:es)?[ _.-]?(?:{'|'.join(sorted(LOSS_SETTING_WORDS))})[ _.-]?[0-9]{{0,4}}$")


def is_loss(name: str) -> bool:
    """Return whether *name*, in lower case, is that of a loss or of something else that only a training measures.

    >>> is_loss("val_loss"), is_loss("perplexity"), is_loss("mse"), is_loss("loss_scale")
    (True, True, False, False)
    """
    if "loss" in name:
        return _LOSS_SETTING.search(name) is None
    return not TRAINING_ONLY_WORDS.isdisjoint(_WORDS.findall(name))


def is_metric(name: str) -> bool:
    """Return whether *name*, in lower case, is that of a loss or of a usual metric.

    >>> is_metric("val/mse"), is_metric("acc@1"), is_metric("lr")
    (True, True, False)
    """
    words = frozenset(_WORDS.findall(name))
    # A rarer metric counts if the name says of which data it is: "val_ter" is one, "ter" may be anything.
    is_split_metric = not SPLIT_WORDS.isdisjoint(words) and not KNOWN_METRIC_WORDS.isdisjoint(words)
    is_named = is_split_metric or not METRIC_WORDS.isdisjoint(words)
    return is_loss(name) or (is_named and _LOSS_SETTING.search(name) is None)


def is_held_out(name: str) -> bool:
    """Return whether *name*, in lower case, names data that is not trained on.

    >>> is_held_out("val_loss"), is_held_out("value_loss")
    (True, False)
    """
    return not VALIDATION_RANKS.keys().isdisjoint(_LETTERS.findall(name))


def has_train_and_held_out_loss(names: Collection[str]) -> bool:
    """Return whether *names*, in lower case, have a loss of train, or of no split, and one of held-out data.

    >>> has_train_and_held_out_loss(["loss", "val_loss"]), has_train_and_held_out_loss(["core_loss", "total_loss"])
    (True, False)
    """
    return len({is_held_out(name) for name in names if is_loss(name)}) > 1
