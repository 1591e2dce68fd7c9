"""CONTRIBUTING is right: its example of a format works, and the files that it names exist."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
ADAPTER, TEST, *_ = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
WRITTEN_BY_THE_READER = {"adapters/lossmon_adapters/toy.py", "tests/adapters/test_toy.py", "tests/data/toy/run.toy"}


def run(code: str) -> dict[str, Any]:
    """Run the text of a module and return its names."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(code, names)
    return names


def test_the_example_of_a_format_passes_its_own_test(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = run(ADAPTER)["Toy"]()
    assert toy.claims(PurePath("run.toy"), b"epoch 1 train 2.5 val 2.5\n")
    monkeypatch.setattr("tests.support.decoding.BUILTIN", (toy,))
    tests = [test for name, test in run(TEST).items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"(?:monitor|adapters|tests|screenshots)/[\w./]*\w", TEXT)) - WRITTEN_BY_THE_READER
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []
