"""What an evaluation costs in the detector: CPU time, and calls, which do not depend on what else the machine does.

    python -m tests.bench.detector

The runs are those of ``tests.bench.load``; the time is the least of several rounds.
"""

from __future__ import annotations

import sys
import time

from tests.bench.load_files import losses
from tests.support.calls import count_calls

from lossmon.detector import Detector

_RUNS = 30
_EVALUATIONS = 100
_ROUNDS = 10

_Run = tuple[list[float], list[float]]


def main() -> None:
    """Measure, and print a line."""
    runs = [losses(_EVALUATIONS, seed) for seed in range(_RUNS)]
    seconds, calls = min(_cpu_time(runs) for _ in range(_ROUNDS)), count_calls(lambda: _judge(runs))
    count = _RUNS * _EVALUATIONS
    sys.stdout.write(f"{1e6 * seconds / count:.1f} us CPU, {calls / count:.0f} calls an evaluation\n")


def _judge(runs: list[_Run]) -> None:
    for train, val in runs:
        detector = Detector()
        for pair in zip(train, val, strict=True):
            detector.update_verdict(*pair)
        detector.assessment()


def _cpu_time(runs: list[_Run]) -> float:
    began = time.process_time()
    _judge(runs)
    return time.process_time() - began


if __name__ == "__main__":
    main()
