"""Where the hyperparameters of a run are stated: in directories with logs of this run alone, and by its duplicates."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from lossmon.core.directory_names import COMMON_DIRECTORY, TIMESTAMP_DIRECTORY, VERSION_DIRECTORY
from lossmon.core.hyperparameters import Hyperparameters, merge
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.runs.grouping import is_split

_INNER = re.compile(
    rf"{COMMON_DIRECTORY.pattern}|{VERSION_DIRECTORY.pattern}|{TIMESTAMP_DIRECTORY.pattern}"
    r"|tensorboard|csv_logs|checkpoint-\d+|\d{10}(\.\d+)?"
)
"""Directories that frameworks make below the one that the user has named."""
_Key = TypeVar("_Key")


class PlacedFormat(NamedTuple):
    """A log: its path, the watched path it is below, and its format."""

    path: str
    root: str
    format: str


def settings_directories(runs: Mapping[_Key, Sequence[PlacedFormat]]) -> dict[_Key, tuple[str, ...]]:
    """Return the directories of each of *runs*, whose logs are given, the innermost first.

    A directory that holds several runs of one format has none of them: whose its settings are cannot be told. Logs of
    several formats are mostly of one training.

    >>> log = PlacedFormat("runs/a/version_0/metrics.csv", "runs", "csv")
    >>> settings_directories({"a": [log]})
    {'a': ('runs/a/version_0', 'runs/a')}
    """
    above = {key: tuple(dict.fromkeys(place for log in logs for place in _places(log))) for key, logs in runs.items()}
    holders: dict[str, Counter[str]] = defaultdict(Counter)
    for logs in runs.values():
        for place, name in {(place, log.format) for log in logs for place in _all_places(log)}:
            holders[place][name] += 1
    return {key: tuple(place for place in places if max(holders[place].values()) == 1) for key, places in above.items()}


def _all_places(log: PlacedFormat) -> Iterator[str]:
    """Yield every directory above a log, up to the watched path."""
    place = log.path.rpartition("/")[0]
    while place:
        yield place
        parent = place.rpartition("/")[0]
        if place == log.root or parent == place or not place.startswith(log.root):
            return
        place = parent


def _places(log: PlacedFormat) -> Iterator[str]:
    """Yield the directory of a log, and those above it as long as a framework has named what is below."""
    for place in _all_places(log):
        yield place
        name = place.rpartition("/")[2]
        if not (_INNER.fullmatch(name) or is_split(name)):
            return


def hyperparameters_of_duplicates(
    runs: Iterable[RunSnapshot], originals: Mapping[Name, RunSnapshot]
) -> dict[Name, Hyperparameters]:
    """Return what the duplicates among *runs* state, by the name of the run that is kept.

    *originals* are the runs that are kept, by the names of their duplicates.
    """
    stated: dict[Name, list[Hyperparameters]] = {}
    for run in runs:
        if run.hyperparameters and run.name in originals:
            stated.setdefault(originals[run.name].name, []).append(run.hyperparameters)
    return {name: merge(sources) for name, sources in stated.items()}
