"""The values that options of the command line may have; each function raises ArgumentTypeError for any other."""

from __future__ import annotations

import argparse

from lossmon.cli.messages import did_you_mean
from lossmon.core.verdict import Verdict

MIN_POLL_SECONDS, MAX_POLL_SECONDS = 0.05, 3600.0
"""Limits of ``--poll``: more often would keep a CPU busy, more rarely would look like a hang."""
MODES = ("min", "max")
"""Whether a metric should fall or rise."""
VERDICTS = tuple(verdict.value for verdict in Verdict)
_MAX_SPEED = 1e6


def verdicts(text: str) -> tuple[str, ...]:
    """Return the verdicts in a list with commas."""
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [verdict for verdict in chosen if verdict not in VERDICTS]
    if unknown or not chosen:
        question = did_you_mean(unknown[0], VERDICTS) if unknown else ""
        hint = f"{question} " if question else ""
        raise argparse.ArgumentTypeError(
            f"unknown verdict {', '.join(unknown) or repr(text)}: {hint}choose from {', '.join(VERDICTS)}"
        )
    return chosen


def is_poll_interval(seconds: float) -> bool:
    """Return whether ``--poll`` allows *seconds*; NaN is not allowed."""
    return MIN_POLL_SECONDS <= seconds <= MAX_POLL_SECONDS


def poll_interval(text: str) -> float:
    """Return a number of seconds between two looks."""
    seconds = _number(text)
    if not is_poll_interval(seconds):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds from {MIN_POLL_SECONDS:g} to {MAX_POLL_SECONDS:g}"
        )
    return seconds


def count(text: str) -> int:
    """Return a number of runs."""
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs from 1 on")
    return int(text)


def speed(text: str) -> float:
    """Return how many times faster than normal the demo is."""
    speed = _number(text)
    if not 0 <= speed <= _MAX_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed from 0 to {_MAX_SPEED:.0f}")
    return speed


def _number(text: str) -> float:
    """Return *text* as a number; NaN if it is not one."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
