"""Captured output of a training: text for people, with losses in its lines or tables."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import METRIC_HINTS
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.shared.heads import is_binary, lower_text, suffix_of

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_OUTPUT_SUFFIXES = frozenset({".log", ".txt", ".out", ".err", ".stdout", ".stderr"})
_OUTPUT_NAMES = frozenset({"stdout", "stderr", "log", "output", "console"})
_OTHER_SUFFIXES = frozenset({
    # programs
    ".asm", ".bash", ".bat", ".bzl", ".c", ".cc", ".cjs", ".clj", ".cmake", ".cpp", ".cs", ".css", ".cu", ".cuh",
    ".cxx", ".dart", ".el", ".erl", ".ex", ".f", ".f90", ".fish", ".go", ".gradle", ".groovy", ".h", ".hpp", ".hs",
    ".htm", ".html", ".java", ".jl", ".js", ".jsx", ".kt", ".lisp", ".lua", ".m", ".mjs", ".ml", ".mm", ".nim", ".php",
    ".pl", ".pm", ".proto", ".ps1", ".pxd", ".py", ".pyi", ".pyx", ".r", ".rb", ".rs", ".s", ".sbatch", ".sbt",
    ".scala", ".sh", ".slurm", ".sql", ".swift", ".tcl", ".td", ".ts", ".tsx", ".v", ".vue", ".zig", ".zsh",
    # prose and markup
    ".adoc", ".bib", ".cls", ".dot", ".markdown", ".md", ".mdx", ".org", ".po", ".pod", ".rmd", ".rst", ".rtf", ".srt",
    ".sty", ".svg", ".tex", ".vtt", ".xml", ".xsl",
    # settings and data
    ".arff", ".cfg", ".conf", ".csv", ".diff", ".env", ".gin", ".ini", ".ipynb", ".json", ".json5", ".jsonl",
    ".jsonnet", ".libsvm", ".lock", ".ndjson", ".obj", ".patch", ".ply", ".properties", ".prototxt", ".toml", ".tsv",
    ".yaml", ".yml", ".in", ".am", ".ac", ".mk", ".template", ".tmpl", ".j2", ".example", ".sample",
})  # fmt: skip
"""Files whose names say that they are something else; they may quote the output of a training."""
_OTHER_NAMES = frozenset({
    "authors", "changelog", "changes", "contributing", "copying", "dockerfile", "license", "makefile",
    "news", "notice", "readme", "todo",
})  # fmt: skip
_MODEL_CARD = re.compile(rb"^\| *Training Loss *\| *Epoch *\| *Step *\| *Validation Loss *\|", re.MULTILINE)
"""The table that Hugging Face's Trainer writes into the README.md of a model."""
_FLAIR_HEADER = b"EPOCH\tTIMESTAMP\tBAD_EPOCHS\tLEARNING_RATE\tTRAIN_LOSS\t"
"""Of loss.tsv. In old versions its rows have a field more than the header, so they are no table of other readers."""
_METRIC_HINTS = tuple(hint.encode() for hint in METRIC_HINTS)
_FRAMEWORK_HINTS = (b"score at iteration", b": cost ", b"g ", "损失".encode())


class ConsoleOutput(BaseAdapter):
    """Output of any training that gives the epoch or step of its losses, line by line or in tables."""

    name = "text"
    priority = 10

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* has a loss or a metric of train and validation, and its epoch or step.

        A file whose name does not say that it is output, such as ``job.o1234``, must have two of them. Output often
        begins with something else, so a file that was not claimed may be when it has grown.
        """
        suffix, name = suffix_of(path), path.name.lower()
        if (suffix == ".md" and _MODEL_CARD.search(head)) or (suffix == ".tsv" and head.startswith(_FLAIR_HEADER)):
            return True
        if suffix in _OTHER_SUFFIXES or path.stem.lower() in _OTHER_NAMES or is_binary(head) or not _has_hint(head):
            return False
        from lossmon_adapters.console.claims import is_training_output

        is_named = suffix in _OUTPUT_SUFFIXES or name in _OUTPUT_NAMES
        return is_training_output(head, positions=1 if is_named else 2)

    def framework(self, tags: Collection[str]) -> str:
        """Return which program trains by boosting, by its *tags*; other programs do not say who they are."""
        from lossmon_adapters.console.boosters import booster_of

        return booster_of(tags)

    def decoder(self) -> Decoder:
        """Return a new decoder for one log."""
        from lossmon_adapters.console.decoder import ConsoleDecoder

        return ConsoleDecoder()


def _has_hint(head: bytes) -> bool:
    lower = lower_text(head)
    return any(hint in lower for hint in (*_METRIC_HINTS, *_FRAMEWORK_HINTS))
