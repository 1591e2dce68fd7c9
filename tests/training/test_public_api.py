"""What is public stays as it is: a name or an argument that changes must be changed here, and told in CHANGELOG."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import fields

import pytest

import lossmon

PUBLIC = ["JudgedScore", "Judgement", "LoggedRun", "Monitor", "check", "judge", "read"]
CALLBACKS = [
    "CatBoostCallback", "FastaiCallback", "HuggingFaceCallback", "KerasCallback", "LightGBMCallback",
    "LightningCallback", "XGBoostCallback",
]  # fmt: skip
SIGNATURES = {
    "judge": (
        "(train: 'Iterable[float | None] | None' = None, val: 'Iterable[float | None] | None' = None, *, "
        "higher_is_better: 'bool' = False, unit: 'str' = 'epoch', first: 'int' = 1, framework: 'str' = '') "
        "-> 'Judgement'"
    ),
    "Monitor": (
        "(*, higher_is_better: 'bool' = False, unit: 'str' = 'epoch', first: 'int' = 1, framework: 'str' = '', "
        "planned: 'int' = 0, modes: 'Mapping[str, Mode] | None' = None) -> 'None'"
    ),
    "Monitor.update": (
        "(self, train: 'float | None' = None, val: 'float | None' = None, *, at: 'float | None' = None, "
        "**scores: 'float | None') -> 'Judgement'"
    ),
    "Monitor.judgement": "(self) -> 'Judgement'",
    "read": (
        "(*paths: 'str | os.PathLike[str]', train: 'str | None' = None, val: 'str | None' = None, "
        "mode: \"Literal['min', 'max'] | None\" = None) -> 'list[LoggedRun]'"
    ),
    "check": (
        "(*paths: 'str | os.PathLike[str]', train: 'str | None' = None, val: 'str | None' = None, "
        "mode: \"Literal['min', 'max'] | None\" = None) -> 'Iterator[dict[str, Any]]'"
    ),
    "LoggedRun.to_pandas": "(self, axis: 'Axis | None' = None) -> 'pandas.DataFrame'",
}
FIELDS = {
    "Judgement": [
        "verdict", "word", "severity", "is_weak", "probability", "confidence", "onset", "best", "best_value",
        "evaluations", "stop", "evidence", "advice", "flags", "score",
    ],
    "JudgedScore": ["name", "higher_is_better", "best", "best_value", "last_value", "trend"],
    "LoggedRun": ["name", "path", "format", "axis", "x", "train", "val", "curves"],
}  # fmt: skip


def test_the_public_names_are_these_and_each_has_a_docstring() -> None:
    assert lossmon.__all__ == PUBLIC
    assert sorted(lossmon._CALLBACKS) == CALLBACKS
    for name in PUBLIC:
        assert getattr(lossmon, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        lossmon.nothing  # noqa: B018


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_public_function_keeps_its_arguments(name: str) -> None:
    first, _, method = name.partition(".")
    found = getattr(lossmon, first)
    assert str(inspect.signature(getattr(found, method) if method else found)) == SIGNATURES[name]


@pytest.mark.parametrize("name", FIELDS)
def test_a_public_value_keeps_its_fields(name: str) -> None:
    assert [field.name for field in fields(getattr(lossmon, name))] == FIELDS[name]


def test_importing_the_package_imports_neither_numpy_nor_any_of_its_own_modules() -> None:
    code = "import sys, lossmon; print(sorted(name for name in sys.modules if name.startswith(('lossmon', 'numpy'))))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['lossmon']"
