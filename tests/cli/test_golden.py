"""The output of the command line for every log in ``tests/data`` is the stored one, byte for byte.

After a change that is meant to alter a result, ``python -m tests.cli.test_golden`` writes the files again; read the
diff before you commit it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"
GOLDEN = Path(__file__).parent / "golden"
SHARES = (25, 50, 75, 100)
"""Percent of the bytes of each log that have been written when it is looked at."""
GROWING = ("tables/ultralytics.csv", "tables/catboost.tsv", "tensorboard/torch_purge.tfevents", "text/xgboost.txt")
"""Logs that are followed while they grow, in four pieces."""
LONG_AGO = 1_600_000_000


def checked(directory: Path, share: int) -> str:
    """Return the output of ``check --json`` for copies of all logs, cut at *share* percent of their bytes."""
    for source in sorted(path for path in DATA.rglob("*") if path.is_file()):
        copy = directory / source.relative_to(DATA)
        copy.parent.mkdir(parents=True, exist_ok=True)
        data = source.read_bytes()
        copy.write_bytes(data[: len(data) * share // 100])
        os.utime(copy, (LONG_AGO, LONG_AGO))
    return _output(["check", ".", "--json"], directory)


def piped(directory: Path) -> str:
    """Return the output of ``tail --json -`` for every captured output."""
    logs = sorted((DATA / "text").iterdir())
    with ThreadPoolExecutor() as pool:  # most of the time each of them waits whether more will come
        said = pool.map(lambda log: _output(["tail", "--json", "-"], directory, log.read_bytes()), logs)
        return "".join(f"# {log.name}\n{lines}" for log, lines in zip(logs, said, strict=True))


def followed(directory: Path) -> str:
    """Return the output of ``tail --json`` while the logs of ``GROWING`` are written, one after the other."""
    command = [sys.executable, "-m", "lossmon", "tail", ".", "--json"]
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout
        try:
            said = [line for name in GROWING for line in _grow(directory, DATA / name, tail.stdout)]
        finally:
            tail.kill()
    return "".join(said)


def _grow(directory: Path, source: Path, stdout: Iterator[str]) -> Iterator[str]:
    """Write a copy of *source* in pieces; after each, yield lines up to the evaluation that ``check`` calls the last.

    The runs already told are in other directories, so that every line belongs to this log.
    """
    data, copy = source.read_bytes(), directory / source.stem / source.name
    copy.parent.mkdir()
    for part in _pieces(data):
        with copy.open("ab", buffering=0) as file:
            file.write(part)
        last = _last_losses(copy.parent)
        while last is not None:
            line = next(stdout)
            yield line
            if last == {kind: json.loads(line).get(kind) for kind in last}:
                break


def _pieces(data: bytes) -> list[bytes]:
    """Return *data* in four pieces; text is cut at the ends of lines, as ``check`` also reads an incomplete one."""
    ends = [len(data) * part // 4 for part in (1, 2, 3)]
    if b"\0" not in data:
        ends = [data.rfind(b"\n", 0, end) + 1 for end in ends]
    return [data[begin:end] for begin, end in zip([0, *ends], [*ends, len(data)], strict=True)]


def _last_losses(directory: Path) -> dict[str, Any] | None:
    """Return the last validation loss, or the last train loss where there is no other; None before the first."""
    runs = json.loads(_output(["check", ".", "--json"], directory) or '{"runs": []}')["runs"]
    kinds = [kind for kind in ("val", "train") if runs and runs[0][kind]]
    return {kinds[0]: runs[0][kinds[0]]["last"]} if kinds else None


def _output(arguments: list[str], directory: Path, stdin: bytes = b"") -> str:
    command = [sys.executable, "-m", "lossmon", *arguments]
    process = subprocess.run(command, cwd=directory, input=stdin, capture_output=True, timeout=60)
    # 2 says that there is no run; a crash must not pass for an empty result.
    assert process.returncode in (0, 2), process.stderr.decode()
    assert b"Traceback" not in process.stderr, process.stderr.decode()
    return process.stdout.decode()


def _same(file: str, said: str) -> None:
    assert said == (GOLDEN / file).read_text()


@pytest.mark.parametrize("share", SHARES)
def test_check_says_the_same_of_logs_cut_anywhere(tmp_path: Path, share: int) -> None:
    _same(f"check-{share}.json", checked(tmp_path, share))


def test_tail_says_the_same_of_captured_output(tmp_path: Path) -> None:
    _same("tail-pipe.jsonl", piped(tmp_path))


def test_tail_says_the_same_of_logs_that_grow(tmp_path: Path) -> None:
    _same("tail-growing.jsonl", followed(tmp_path))


def write() -> None:
    """Write all golden files again."""
    made = {f"check-{share}.json": lambda directory, share=share: checked(directory, share) for share in SHARES}
    for file, make in {**made, "tail-pipe.jsonl": piped, "tail-growing.jsonl": followed}.items():
        with tempfile.TemporaryDirectory() as directory:
            (GOLDEN / file).write_text(make(Path(directory)))
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    write()
