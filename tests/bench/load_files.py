"""Write many runs, and many files that are no logs, for measuring how lossmon copes with large directories."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from tests.support.decoding import event, record, simple, version

_START = 1.7e9
"""Wall time of the first event, seconds since 1970."""
_FILES_PER_DIRECTORY = 100


def losses(evaluations: int, seed: int) -> tuple[list[float], list[float]]:
    """Return a train and a validation loss; every third run overfits."""
    noise = np.random.default_rng(seed).normal(0.0, 0.01, (2, evaluations))
    epochs = np.arange(evaluations)
    train = 0.2 + np.exp(-epochs / 20) + noise[0]
    val = 0.3 + np.exp(-epochs / 20) + noise[1] + (0.01 * np.maximum(0, epochs - 30) if seed % 3 == 0 else 0.0)
    return train.tolist(), val.tolist()


def csv_run(directory: Path, evaluations: int, seed: int) -> None:
    """Write a run as Keras' CSVLogger does."""
    directory.mkdir(parents=True)
    rows = zip(range(evaluations), *losses(evaluations, seed), strict=True)
    lines = ["epoch,loss,val_loss", *(f"{epoch},{train:.6f},{val:.6f}" for epoch, train, val in rows)]
    (directory / "training.log").write_text("\n".join([*lines, ""]))


def event_run(directory: Path, evaluations: int, seed: int) -> None:
    """Write a run as torch's SummaryWriter does."""
    directory.mkdir(parents=True)
    pairs = enumerate(zip(*losses(evaluations, seed), strict=True))
    events = [
        record(event(_START + step, step, simple(tag, value)))
        for step, pair in pairs
        for tag, value in zip((b"train/loss", b"val/loss"), pair, strict=True)
    ]
    (directory / f"events.out.tfevents.{1_700_000_000 + seed}.host.1.0").write_bytes(
        b"".join([record(version()), *events])
    )


def mixed_run(directory: Path, evaluations: int, seed: int) -> None:
    """Write a run as the one or the other does."""
    (csv_run if seed % 2 else event_run)(directory, evaluations, seed)


RUNS: Mapping[str, Callable[[Path, int, int], None]] = {"csv": csv_run, "events": event_run, "mix": mixed_run}


def make_runs(root: Path, kind: str, count: int, evaluations: int) -> None:
    """Write *count* runs of one of the kinds of ``RUNS``, each in a directory of its own."""
    for seed in range(count):
        RUNS[kind](root / f"run{seed:05}", evaluations, seed)


def make_texts(root: Path, count: int, size: int) -> None:
    """Write *count* text files of about *size* bytes that are no logs: prose with numbers in it."""
    chance = random.Random(0)
    words = ["the", "model", "of", "data", "we", "train", "with", "figures", "error", "follows", "in", "step", "result"]
    for number in range(count):
        directory = root / f"texts{number // _FILES_PER_DIRECTORY}"
        directory.mkdir(parents=True, exist_ok=True)
        lines, length = [], 0
        while length < size:
            line = " ".join([*chance.choices(words, k=12), f"{chance.random():.3f}", *chance.choices(words, k=4)])
            lines.append(line)
            length += len(line) + 1
        (directory / f"notes{number}.txt").write_text("\n".join(lines))


def make_unrelated(root: Path, count: int) -> None:
    """Write *count* files of other kinds: sources, images, JSON, tables of prices, objects of git."""
    chance = random.Random(1)
    for number in range(count):
        directory = root / f"part{number // _FILES_PER_DIRECTORY}"
        directory.mkdir(parents=True, exist_ok=True)
        suffix, content = next(_unrelated(number, chance))
        (directory / f"file{number}{suffix}").write_bytes(content)


def _unrelated(number: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield the suffix and the content of one file of the kind that *number* stands for."""
    kind = number % 5
    if kind == 0:
        body = "\n".join(f"    value_{line} = compute({line}, rate={chance.random():.4f})" for line in range(80))
        yield ".py", f'"""Module {number}."""\n\nimport os\n\n\ndef main():\n{body}\n'.encode()
    elif kind == 1:
        yield ".png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + chance.randbytes(6000)
    elif kind == 2:
        items = [{"id": item, "name": f"item {item}", "price": chance.random()} for item in range(60)]
        yield ".json", json.dumps({"items": items, "total": len(items)}, indent=1).encode()
    elif kind == 3:
        rows = "\n".join(
            f"2024-01-{day % 28 + 1:02},{chance.random() * 100:.2f},{chance.random() * 100:.2f},{day * 1000}"
            for day in range(150)
        )
        yield ".csv", f"date,open,close,volume\n{rows}\n".encode()
    else:
        yield "", zlib.compress(f"blob {number}\0".encode() + chance.randbytes(3000))


def make_directories(root: Path, outer: int, inner: int) -> None:
    """Make *outer* times *inner* empty directories, and one run after all of them in the order of names."""
    for one in range(outer):
        for other in range(inner):
            (root / f"d{one:03}" / f"e{other:04}").mkdir(parents=True)
    csv_run(root / "zz" / "run", 12, 0)


def make_repeated_headings(path: Path, headings: int) -> None:
    """Write a table whose heading is repeated before each row."""
    train, val = losses(headings, 0)
    rows = zip(range(headings), train, val, strict=True)
    path.write_text("".join(f"epoch,loss,val_loss\n{epoch % 5},{one:.5f},{two:.5f}\n" for epoch, one, two in rows))
