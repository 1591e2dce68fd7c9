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
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lossmon_adapters.console.counters import CounterSpans, Span
from lossmon_adapters.console.plain_text import NUMBER
from lossmon_adapters.console.values import NamedNumber, parse_values

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
UNMARKED_VALUES = (
    (b"cost ", rb"cost [-+]?[0-9.ni]"),
    (b"score at ", rb"iteration [0-9]{1,12} is "),
    (b"g   ", rb"[0-9.]g   \s{0,13}[-+]?[0-9.ni]"),
)
"""What is around those values of these lines, in lower case, that have neither a mark nor a usual name before them: a
text that is in all of the lines, and a pattern."""
_COUNTERS = ("epoch", "step", "total_epochs", "total_steps")


class FrameworkLine(NamedTuple):
    """What a line of a known program says."""

    counters: CounterSpans
    values: list[NamedNumber]
    is_whole: bool
    """Whether these are all of its values; else the general rules find them."""


def parse_framework_line(text: str) -> FrameworkLine | None:
    """Return what *text* says if it is a line of a known program, else None.

    >>> parse_framework_line("250 val 3.9").values
    [NamedNumber(tag='val/loss', begin=8, end=11, name=(0, 0), has_decimal_comma=False)]
    """
    for word, pattern in _PATTERNS:
        match = pattern.fullmatch(text.rstrip()) if word in text else None
        if match:
            spans = {name: match.span(name) for name in pattern.groupindex if match.group(name) is not None}
            epoch, step, total_epochs, total_steps = map(spans.get, _COUNTERS)
            counters = CounterSpans(epoch, step, total_epochs=total_epochs, total_steps=total_steps)
            is_whole = not pattern.groupindex or not pattern.groupindex.keys() <= set(_COUNTERS)
            return FrameworkLine(counters, list(_values(text, spans)), is_whole)
    return None


def _values(text: str, spans: Mapping[str, Span]) -> Iterator[NamedNumber]:
    words = {name: text[begin:end] for name, (begin, end) in spans.items()}
    for name, (begin, end) in spans.items():
        if name == "losses":
            for number in parse_values(words[name], "", prefer_means=False):
                yield number.moved(begin)._replace(tag=f"{number.tag} loss")
        elif name in {"evaluation", "values"}:
            split = "eval" if name == "evaluation" else words["split"].lower()
            yield from (number.moved(begin) for number in parse_values(words[name], split, prefer_means=False))
        elif name == "value":
            tag = words.get("name", "loss")
            yield NamedNumber(f"{words['split']}/{tag}" if "split" in words else tag, begin, end)
        elif name not in {*_COUNTERS, "name", "split"}:
            yield NamedNumber(name.replace("__", "/"), begin, end)
