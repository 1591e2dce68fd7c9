"""Tell gradient boosting apart from other trainings, by the names of its metrics in captured output."""

from __future__ import annotations

import re
from collections.abc import Collection

_METRICS = (
    "aft-nloglik|auc|aucpr|cox-nloglik|error|gamma-deviance|gamma-nloglik|logloss|mae|map|mape|merror|mlogloss|mphe|"
    "ndcg|poisson-nloglik|pre|quantile|rmse|rmsle|tweedie-nloglik"
)
_XGBOOST = re.compile(rf"[a-z0-9_]{{1,40}}-(?:{_METRICS})(?:@[0-9.]{{1,8}})?-?(?:-mean|-std)?")
_LIGHTGBM = re.compile(r"\w{1,40}'s [a-z]\w{0,40}")
_CATBOOST = frozenset({"learn", "learn_error"})


def booster_of(tags: Collection[str]) -> str:
    """Return which program trains by boosting, by the *tags* of its metrics; empty if none does.

    >>> booster_of(["validation_0-logloss"]), booster_of(["valid_0's l2"]), booster_of(["learn"]), booster_of(["loss"])
    ('xgboost', 'lightgbm', 'catboost', '')
    """
    if any(map(_XGBOOST.fullmatch, tags)):
        return "xgboost"
    if any(map(_LIGHTGBM.fullmatch, tags)):
        return "lightgbm"
    return "catboost" if not _CATBOOST.isdisjoint(tags) else ""
