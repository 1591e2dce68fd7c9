"""Group log files into runs: frameworks spread a run over directories, and put several runs in one directory."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lossmon.core.metric_names import SPLIT_WORDS, VALIDATION_RANKS, is_loss
from lossmon.runs.tag_parser import TRAIN, VAL, parse_tag
from lossmon.sources.protocol import RunLayout

_CHECKPOINT = re.compile(r"checkpoint-(\d+)$")
"""A directory to which Hugging Face's Trainer saves its state at a step."""
_UNIX_TIME = re.compile(r"\d{10}(\.\d+)?$")
"""A directory that torch's ``add_hparams`` makes inside of a run."""
_METRIC_DIRECTORIES = (("plots", "metrics"), ("scalars",), ("dvclive",))
"""Directories in which DVCLive writes a file for each metric, in directories named after parts of its name."""
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class LogPlacement:
    """What grouping must know of a log file."""

    path: PurePosixPath
    """Relative to the root it was found under."""
    format: str
    layout: RunLayout = RunLayout.FILE
    tags: frozenset[str] = frozenset()
    """Needed only of a log that has a single tag; see ``_is_named_after_its_tag``."""
    splits: frozenset[str] = frozenset()
    """Which of train and validation its own tags name."""
    is_directory: bool = False
    """Whether it is a directory that is read as a whole."""


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A file of a run, and the prefix of its tags: ``validation`` makes ``validation/epoch_loss``."""

    file: LogPlacement
    prefix: str = ""


@dataclass(slots=True)
class RunGroup:
    """The files of one run, and copies of the same log that are not read."""

    is_directory: bool = False
    """Whether the run is named after a directory, not after a file."""
    members: list[GroupMember] = field(default_factory=list)
    copies: list[LogPlacement] = field(default_factory=list)

    @property
    def path(self) -> PurePosixPath:
        """The only file that is read, or the directory that contains all that are."""
        paths = [member.file.path for member in self.members]
        if len(paths) == 1 and (not self.is_directory or self.members[0].file.is_directory):
            return paths[0]
        common = set.intersection(*(set(path.parents) for path in paths))
        return max(common, key=lambda path: len(path.parts))


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a file belongs."""

    key: PurePosixPath
    """The directory or file that the run is named after."""
    is_directory: bool = False
    prefix: str = ""
    """Prefix of the tags of the file."""


_Directories = Mapping[PurePosixPath, list[LogPlacement]]
"""The files of layout ``DIRECTORY``, by their directory."""
_FileNames = Set[tuple[PurePosixPath, str]]
"""Directory and name of every file; to look up a path would take longer."""


def group_logs(files: Iterable[LogPlacement]) -> dict[PurePosixPath, RunGroup]:
    """Group *files* into runs, by the directory or file that each run is named after.

    >>> group_logs([LogPlacement(PurePosixPath("a/log.csv"), "csv")]).keys()
    dict_keys([PurePosixPath('a/log.csv')])
    """
    files = sorted(files, key=_reading_order)
    directories: dict[PurePosixPath, list[LogPlacement]] = defaultdict(list)
    for file in files:
        if file.layout is RunLayout.DIRECTORY:
            directories[file.path.parent].append(file)
    names = {(file.path.parent, file.path.name) for file in files}
    groups: dict[PurePosixPath, RunGroup] = {}
    for file in files:
        home = _find_home(file, directories, names)
        groups.setdefault(home.key, RunGroup(home.is_directory)).members.append(GroupMember(file, home.prefix))
    _drop_metrics_without_loss(groups)
    for group in groups.values():
        _keep_newest_checkpoint(group)
    _drop_directories_beside_files(groups)
    return groups


def _find_home(file: LogPlacement, directories: _Directories, names: _FileNames) -> _Home:
    """Return the run that *file* belongs to."""
    if file.is_directory:
        return _Home(file.path, is_directory=True)
    if file.layout is RunLayout.DIRECTORY:
        return _find_directory_home(file.path.parent, directories)
    if file.layout is RunLayout.NEWEST_CHECKPOINT:
        output = _training_output(file)
        return _Home(output / file.format) if output in directories else _Home(output, is_directory=True)
    if file.layout is RunLayout.FILE_PER_EPOCH:
        return _Home(file.path.parent / _NUMBER.sub("", file.path.name))
    metrics = _metric_directory(file.path)
    if metrics:
        return _Home(metrics, is_directory=True, prefix=_relative_prefix(file.path.parent, metrics))
    home = _find_file_home(file.path, names)
    if file.layout is RunLayout.METRIC_FILE and not home.prefix:
        return _Home(home.key, prefix=next(filter(is_split, re.split(r"[_.\-]", file.path.stem)), ""))
    return home


def _reading_order(file: LogPlacement) -> tuple[PurePosixPath, int]:
    """Return a sort key of a file: its path; the numbers in the names of ``FILE_PER_EPOCH`` count as numbers."""
    if file.layout is not RunLayout.FILE_PER_EPOCH:
        return file.path, 0
    numbers = _NUMBER.findall(file.path.name)
    return file.path.with_name(_NUMBER.sub("", file.path.name)), int(numbers[-1]) if numbers else 0


def _metric_directory(path: PurePosixPath) -> PurePosixPath | None:
    """Return the directory in which DVCLive wrote the metric at *path*, and those beside it; None if it did not.

    >>> _metric_directory(PurePosixPath("a/dvclive/plots/metrics/val/loss.tsv"))
    PurePosixPath('a/dvclive/plots/metrics')
    """
    if path.suffix.lower() != ".tsv":
        return None
    for names in _METRIC_DIRECTORIES:
        for parent in path.parents:
            if parent.parts[-len(names) :] == names:
                return parent
    return None


def _relative_prefix(directory: PurePosixPath, run: PurePosixPath) -> str:
    return "" if directory == run else str(directory.relative_to(run))


def _drop_metrics_without_loss(groups: dict[PurePosixPath, RunGroup]) -> None:
    """Drop what DVCLive wrote of other things than a training, such as the scores of a finished model."""
    for key, group in list(groups.items()):
        paths = [member.file.path for member in group.members]
        if all(map(_metric_directory, paths)) and not any(is_loss(path.stem.lower()) for path in paths):
            del groups[key]


def _find_file_home(path: PurePosixPath, names: _FileNames) -> _Home:
    """Put ``train/loss.tsv`` together with ``val/loss.tsv``, and ``learn_error.tsv`` with ``test_error.tsv``.

    ``val_loss.txt`` belongs to ``loss.txt``, too.
    """
    parent, folder = path.parent, path.parent.name.lower()
    if folder in SPLIT_WORDS and any((parent.parent / word, path.name) in names for word in SPLIT_WORDS - {folder}):
        return _Home(parent.parent, is_directory=True, prefix=parent.name)
    words = re.split(r"([_.\-])", path.name)
    for index, word in enumerate(words[:-1]):
        if word.lower() not in SPLIT_WORDS:
            continue
        before, after = words[:index], words[index + 1 :]
        if any((parent, "".join([*before, other, *after])) in names for other in SPLIT_WORDS - {word.lower()}):
            return _Home(parent / "".join(before + after).lstrip("_-"), prefix=word)
        without = "".join([*before[:-1], *after]) if before else "".join(after[1:])
        if word.lower() in VALIDATION_RANKS and (parent, without) in names:
            return _Home(parent / without, prefix=word)
    return _Home(path)


def run_names(groups: Mapping[PurePosixPath, RunGroup]) -> dict[PurePosixPath, PurePosixPath]:
    """Return the name of each run: its directory if no other run is there, else its file.

    >>> run_names({PurePosixPath("a/log.csv"): RunGroup()})
    {PurePosixPath('a/log.csv'): PurePosixPath('a')}
    """
    keys = set(groups)
    runs_in = Counter(key.parent for key in keys)

    def name(key: PurePosixPath) -> PurePosixPath:
        """Return the directory, or the file if the directory is not its own."""
        shared = runs_in[key.parent] > 1 or key.parent in keys or not key.parent.name
        return key if shared else key.parent

    return {key: key if groups[key].is_directory else name(key) for key in keys}


def _training_output(file: LogPlacement) -> PurePosixPath:
    """Return the output directory of a training from the path of one of its checkpoint files."""
    parent = file.path.parent
    return parent.parent if _CHECKPOINT.match(parent.name) else parent


def _keep_newest_checkpoint(group: RunGroup) -> None:
    """Read only the newest checkpoint file of a run: it holds everything that the older ones hold."""
    if group.members[0].file.layout is not RunLayout.NEWEST_CHECKPOINT:
        return

    def step(member: GroupMember) -> float:
        """Return the step in the name of its directory; that of the output directory is the newest."""
        checkpoint = _CHECKPOINT.match(member.file.path.parent.name)
        return int(checkpoint[1]) if checkpoint else float("inf")

    *older, newest = sorted(group.members, key=step)
    group.members, group.copies = [newest], [member.file for member in older]


def _drop_directories_beside_files(groups: dict[PurePosixPath, RunGroup]) -> None:
    """Make the files of a directory run copies of a file beside them that holds the same losses."""
    for group in list(groups.values()):
        file = group.members[0].file
        beside = groups.get(file.path.parent)
        if file.layout is not RunLayout.FILE_INSTEAD_OF_DIRECTORY or beside is None:
            continue
        if all(member.file.layout is RunLayout.DIRECTORY for member in beside.members):
            group.copies += [member.file for member in beside.members]
            del groups[file.path.parent]


def _find_directory_home(directory: PurePosixPath, directories: _Directories) -> _Home:
    """Return the run that the files of layout ``DIRECTORY`` in *directory* belong to."""
    parent, name = directory.parent, directory.name
    if not name:
        return _Home(directory, is_directory=True)
    if parent in directories and _UNIX_TIME.match(name):
        return _Home(parent, is_directory=True)
    if is_split(name) and not _names_both_splits(directory, directories):
        run = _find_run_with_tag(directory, directories)
        prefix = str(directory.relative_to(run)) if run else name
        return _Home(run or parent, is_directory=True, prefix=prefix)
    if _is_named_after_its_tag(directory, directories) or _has_counterpart(directory, directories):
        run = parent if parent in directories else parent / _without_split(name)
        return _Home(run, is_directory=True, prefix=name)
    return _Home(directory, is_directory=True)


def is_split(name: str) -> bool:
    """Return whether a directory of this *name* holds train or validation.

    >>> is_split("eval"), is_split("eval_loss")
    (True, False)
    """
    return parse_tag(name).split is not None and not parse_tag(name).metric


def _names_both_splits(directory: PurePosixPath, directories: _Directories) -> bool:
    """Return whether the tags name both train and validation: then it is a run that happens to be called ``test``."""
    return {split for file in directories[directory] for split in file.splits} >= {TRAIN, VAL}


def _find_run_with_tag(directory: PurePosixPath, directories: _Directories) -> PurePosixPath | None:
    """Return the run whose tag ``a/b`` tensorboardX's ``add_scalars`` wrote to its directory ``a/b/train``."""
    tags = _tags(directory, directories)
    for ancestor in directory.parent.parents:
        if ancestor in directories and tags == {str(directory.parent.relative_to(ancestor))}:
            return ancestor
    return None


def _is_named_after_its_tag(directory: PurePosixPath, directories: _Directories) -> bool:
    """Return whether torch's ``add_scalars`` made it: ``loss_train`` beside files of the run, for the tag ``loss``."""
    tags = _tags(directory, directories)
    if directory.parent not in directories or len(tags) != 1:
        return False
    return directory.name.startswith(next(iter(tags)).replace("/", "_") + "_")


def _has_counterpart(directory: PurePosixPath, directories: _Directories) -> bool:
    """Return whether it is one of a pair such as ``exp_train`` and ``exp_val``."""
    stem = _without_split(directory.name)
    if stem == directory.name:
        return False
    separator = directory.name[len(stem)]
    others = (directory.parent / f"{stem}{separator}{word}" for word in SPLIT_WORDS)
    return any(other in directories and other != directory for other in others)


def _without_split(name: str) -> str:
    """Return *name* without a last word that means train or validation: ``exp_val`` gives ``exp``."""
    words = re.split(r"([_.\-])", name)
    return "".join(words[:-2]) if len(words) > 2 and parse_tag(words[-1]).split else name


def _tags(directory: PurePosixPath, directories: _Directories) -> set[str]:
    return {tag for file in directories[directory] for tag in file.tags}
