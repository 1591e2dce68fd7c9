from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import lossmon
import lossmon_adapters

ROOTS = [Path(str(package.__file__)).parents[1] for package in (lossmon, lossmon_adapters)]
WITH_EXAMPLES = sorted(
    path.relative_to(root)
    for root in ROOTS
    for path in root.glob("lossmon*/**/*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=str)
def test_the_examples_in_docstrings_are_right(path: Path) -> None:
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    assert doctest.testmod(module).failed == 0
