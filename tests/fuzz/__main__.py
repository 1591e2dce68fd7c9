"""Damage all sample logs at random and read them: ``python -m tests.fuzz --minutes 10``.

For every built-in format it is checked that nothing raises, that no input takes long, and that the points are the same
however the bytes are cut. Inputs that fail are kept in a folder.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz.inputs import Case, Failure, all_cases

_HANG_SECONDS = 120.0
"""After which an input that never ends is reported with a traceback."""


def main() -> int:
    """Run; return 1 if an input failed."""
    options = _parse_options()
    cases = [case for case in all_cases() if options.only in case.format_name]
    weights = _weights(cases)
    tried: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    end = time.monotonic() + 60 * options.minutes
    seed = options.seed
    while time.monotonic() < end:
        seed += 1
        randomness = Random(seed)
        (case,) = randomness.choices(cases, weights)
        faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
        failure = case.try_one(randomness)
        tried[case.format_name] += 1
        if failure:
            failed[case.format_name] += 1
            _keep(options.keep, seed, case, failure)
    faulthandler.cancel_dump_traceback_later()
    for name, count in sorted(tried.items()):
        print(f"{name:20} {count:8,} inputs {failed[name]:6,} failed")  # noqa: T201
    return int(bool(failed))


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to go on")
    parser.add_argument("--seed", type=int, default=0, help="number of the first input, to repeat one")
    parser.add_argument("--only", default="", help="part of the name of the formats")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="folder for inputs that fail")
    return parser.parse_args()


def _weights(cases: list[Case]) -> list[float]:
    """Return weights by which each format is tried equally often."""
    counts = Counter(case.format_name for case in cases)
    return [1 / counts[case.format_name] for case in cases]


def _keep(folder: Path, seed: int, case: Case, failure: Failure) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{case.format_name}-{seed}").write_bytes(failure.data)
    print(f"seed {seed - 1}: {case.format_name} {case.path}: {failure.what}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
