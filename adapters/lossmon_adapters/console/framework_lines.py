"""Lines that only one program writes, and that the general rules do not understand, as patterns.

The names of the groups say what a part of the line is:

* ``epoch``, ``total_epochs``, ``step``, ``total_steps``: counters,
* ``split``, ``name``, ``value``: a number with its name and its data split,
* ``losses``: the rest of the line, all of whose named numbers are losses,
* ``evaluation``: the rest of the line, all of whose named numbers are of an evaluation,
* ``values``: the rest of the line, with named numbers,
* any other name: the tag of a number, with two underscores for the slash.

A line whose pattern has only counters has its values behind them or in the next lines. One whose pattern has no groups
is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lossmon_adapters.console.counters import Counters
from lossmon_adapters.console.plain_text import NUMBER
from lossmon_adapters.console.values import parse_values

_INT = r"[0-9]{1,12}"
_GAP = r"\s{1,16}"
_YOLO_COLUMNS = (
    "train__box_loss", "train__obj_loss", "train__cls_loss", "", "", "", "metrics__precision", "metrics__recall",
    "metrics__mAP50", "metrics__mAP50_95", "val__box_loss", "val__obj_loss", "val__cls_loss",
)  # fmt: skip
_YOLO_ROW = rf"\s{{0,16}}(?P<epoch>{_INT})/(?P<total_epochs>{_INT}){_GAP}[0-9.]{{1,8}}G{_GAP}" + _GAP.join(
    f"(?P<{name}>{NUMBER})" if name else NUMBER for name in _YOLO_COLUMNS
)

_MARIAN = rf"Ep\. (?P<epoch>{_INT}) : Up\. (?P<step>{_INT})"
_LINES = (
    # build-nanogpt
    (" train ", rf"(?P<step>{_INT}) (?P<split>train) (?P<value>[0-9]{{1,9}}\.[0-9]{{1,9}})"),
    (" val ", rf"(?P<step>{_INT}) (?P<split>val) (?P<value>[0-9]{{1,9}}\.[0-9]{{1,9}})"),
    ("hella ", rf"(?P<step>{_INT}) (?P<name>hella) (?P<value>[0-9]\.[0-9]{{1,9}})"),
    # Marian
    (" Up. ", rf"{_MARIAN} : Sen\. [0-9,]{{1,16}} : Cost (?P<train__loss>{NUMBER})\b.{{0,200}}"),
    ("[valid] ", rf"\[(?P<split>valid)\] {_MARIAN} : (?P<name>[a-z-]{{1,40}}) : (?P<value>{NUMBER}) : .{{0,200}}"),
    # DL4J
    ("Score at ", rf".{{0,200}}\bScore at iteration (?P<step>{_INT}) is (?P<loss>{NUMBER})"),
    # JoeyNMT
    ("Steps: ", rf"Steps: (?P<step>{_INT})\tLoss: (?P<val__loss>{NUMBER})\tPPL: (?P<val__ppl>{NUMBER})\t.{{0,400}}"),
    ("Steps: ", rf"Steps: (?P<step>{_INT})(?P<evaluation>(?:\t[a-z_]{{1,16}}: {NUMBER}){{1,12}})\tLR: .{{1,200}}"),
    # Flair, of whose losses the other lines have those so far in the epoch
    ("EPOCH ", rf"EPOCH (?P<epoch>{_INT}) done: loss (?P<train__loss>{NUMBER})\b.{{0,200}}"),
    # AlphaZero_Gomoku
    ("batch i:", rf"batch i:(?P<step>{_INT}), .{{0,200}}"),
    # pytorch-CycleGAN-and-pix2pix
    (
        ", iters: ",
        rf"\(epoch: (?P<epoch>{_INT}), iters: (?P<step>{_INT}), time: [0-9.]{{1,16}}, data: [0-9.]{{1,16}}\)"
        r"(?P<losses>.{1,2000})",
    ),
    # WeNet
    ("TRAIN Batch ", rf"(?P<split>TRAIN) Batch (?P<epoch>{_INT})/{_INT} (?P<values>loss .{{1,2000}})"),
    ("CV Batch ", rf"CV Batch {_INT}/{_INT} loss .{{0,2000}}"),
    # YOLOv5 up to 5.0 and YOLOv7: results.txt
    ("G   ", _YOLO_ROW),
    # TensorFlow Estimator
    ("Saving dict ", rf"Saving dict for global step (?P<step>{_INT}): (?P<evaluation>.{{1,4000}})"),
)
"""The patterns, each with a word that is in all of its lines."""
_PATTERNS = tuple((word, re.compile(pattern)) for word, pattern in _LINES)
HINTS = (" train ", "hella ", "up. ", "score at it", "batch i:", "saving dict", "g   ")
"""In lower case: a line without any of them, and without the usual hints, is none of these."""
_COUNTERS = frozenset({"epoch", "total_epochs", "step", "total_steps"})


class FrameworkLine(NamedTuple):
    """What a line of a known program says."""

    counters: Counters
    values: list[tuple[str, float]]
    is_whole: bool
    """Whether these are all of its values; else the general rules find them."""


def parse_framework_line(text: str) -> FrameworkLine | None:
    """Return what *text* says if it is a line of a known program, else None.

    >>> parse_framework_line("250 val 3.9").values
    [('val/loss', 3.9)]
    """
    for word, pattern in _PATTERNS:
        match = pattern.fullmatch(text.rstrip()) if word in text else None
        if match:
            groups = {name: part for name, part in match.groupdict().items() if part is not None}
            counters = _counters({name: int(part) for name, part in groups.items() if name in _COUNTERS})
            is_whole = not pattern.groupindex or not pattern.groupindex.keys() <= _COUNTERS
            return FrameworkLine(counters, list(_values(groups)), is_whole)
    return None


def _counters(numbers: dict[str, int]) -> Counters:
    return Counters(
        epoch=numbers.get("epoch"),
        step=numbers.get("step"),
        total_epochs=numbers.get("total_epochs"),
        total_steps=numbers.get("total_steps"),
    )


def _values(groups: dict[str, str]) -> Iterator[tuple[str, float]]:
    for name, part in groups.items():
        if name == "losses":
            yield from ((f"{tag} loss", number) for tag, number in parse_values(part, "", prefer_means=False))
        elif name in {"evaluation", "values"}:
            split = "eval" if name == "evaluation" else groups["split"].lower()
            yield from parse_values(part, split, prefer_means=False)
        elif name == "value":
            tag = groups.get("name", "loss")
            yield f"{groups['split']}/{tag}" if "split" in groups else tag, float(part)
        elif name not in _COUNTERS | {"name", "split"}:
            yield name.replace("__", "/"), float(part)
