"""Chinese words of training logs, and the English ones that all rules know."""

from __future__ import annotations

import re

_ENGLISH = {
    "训练": "train", "验证": "val", "测试": "test", "损失": "loss", "准确率": "acc", "精度": "acc", "轮次": "epoch",
    "平均": "mean", "最佳": "best", "保存": "save", "模型": "model",
}  # fmt: skip
HINTS = ("损失", "训练", "验证", "测试", "轮次")
"""A line with one of these may have news."""
_WORDS = re.compile("|".join(_ENGLISH))
_MARKS = str.maketrans("：，（）", ":,()")
_GAP_BEFORE_MARK = re.compile(r" +(?=[:=,)])")
_GAP = re.compile(r"(?<=\w) {2,}(?=\w)| {2,}(?=[A-Za-z])")


def in_english(text: str) -> str:
    """Return *text* with English words and marks for the Chinese ones that are known.

    >>> in_english("Epoch 16 | 训练损失: 4.61，验证损失：6.0")
    'Epoch 16 | train loss: 4.61, val loss:6.0'
    """
    if text.isascii() or not _WORDS.search(text):
        return text
    spaced = _WORDS.sub(lambda match: f" {_ENGLISH[match.group()]} ", text.translate(_MARKS))
    return _GAP.sub(" ", _GAP_BEFORE_MARK.sub("", spaced)).lstrip()
