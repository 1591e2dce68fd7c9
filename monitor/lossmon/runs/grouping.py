"""Which log files belong to one run: frameworks spread a run over directories, and put several runs in one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lossmon.core.metric_names import SPLIT_WORDS
from lossmon.runs.tag_selection import TRAIN, VAL, parse_tag

EVENTS = "tensorboard"
"""The format of which a directory, not a file, is a run."""
TRAINER_STATE = "hf-trainer"
"""The format of which every checkpoint holds a copy as long as the run was then."""

MMENGINE = "mmengine"
"""The format beside which event files hold the same losses, though train and validation under one tag."""

_CHECKPOINT = re.compile(r"checkpoint-(\d+)$")
_UNIX_TIME = re.compile(r"\d{10}(\.\d+)?$")


@dataclass(frozen=True, slots=True)
class LogPlacement:
    """A log as far as its place matters."""

    path: PurePosixPath
    """Relative to the root it was found under."""
    format: str
    tags: frozenset[str] = frozenset()
    splits: frozenset[str] = frozenset()
    """Of train and validation those that its own tags name."""


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A file of a run, and what its tags are preceded by there: ``validation`` makes ``validation/epoch_loss``."""

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
    def place(self) -> PurePosixPath:
        """The one file that is read, or the directory that holds all that are."""
        paths = [member.file.path for member in self.members]
        if len(paths) == 1 and not self.is_directory:
            return paths[0]
        shared = set.intersection(*(set(path.parents) for path in paths))
        return max(shared, key=lambda path: len(path.parts))


_Directories = Mapping[PurePosixPath, list[LogPlacement]]
_Place = tuple[PurePosixPath, str]


def group_logs(files: Iterable[LogPlacement]) -> dict[PurePosixPath, RunGroup]:
    """Return the plan of each run, by the directory or file that the run is named after."""
    files = sorted(files, key=lambda file: file.path)
    directories: dict[PurePosixPath, list[LogPlacement]] = defaultdict(list)
    for file in files:
        if file.format == EVENTS:
            directories[file.path.parent].append(file)
    places = {(file.path.parent, file.path.name) for file in files}
    plans: dict[PurePosixPath, RunGroup] = {}
    for file in files:
        key, is_directory, prefix = _belongs(file, directories, places)
        plans.setdefault(key, RunGroup(is_directory)).members.append(GroupMember(file, prefix))
    for plan in plans.values():
        _keep_longest_state(plan)
    _leave_events_to_mmengine(plans)
    return plans


def _belongs(file: LogPlacement, directories: _Directories, places: Set[_Place]) -> tuple[PurePosixPath, bool, str]:
    """Return the run that *file* belongs to, whether that is a directory, and the prefix of the file's tags."""
    if file.format == EVENTS:
        home, prefix = _home(file.path.parent, directories)
        return home, True, prefix
    if file.format == TRAINER_STATE:
        home = _training_output(file)
        return (home / TRAINER_STATE, False, "") if home in directories else (home, True, "")
    return _table_home(file.path, places)


def _table_home(path: PurePosixPath, places: Set[_Place]) -> tuple[PurePosixPath, bool, str]:
    """Put ``train/loss.tsv`` together with ``val/loss.tsv``, and ``learn_error.tsv`` with ``test_error.tsv``."""
    parent, folder = path.parent, path.parent.name.lower()
    if folder in SPLIT_WORDS and any((parent.parent / word, path.name) in places for word in SPLIT_WORDS - {folder}):
        return parent.parent, True, parent.name
    words = re.split(r"([_.\-])", path.name)
    for at, said in enumerate(words[:-1]):
        others = SPLIT_WORDS - {said.lower()} if said.lower() in SPLIT_WORDS else ()
        if any((parent, "".join([*words[:at], word, *words[at + 1 :]])) in places for word in others):
            return parent / "".join(words[:at] + words[at + 1 :]).lstrip("_-"), False, said
    return path, False, ""


def run_names(plans: Mapping[PurePosixPath, RunGroup]) -> dict[PurePosixPath, PurePosixPath]:
    """Return what each run is called: the directory it has to itself, else its file."""
    keys = set(plans)
    crowd = Counter(key.parent for key in keys)

    def name(key: PurePosixPath) -> PurePosixPath:
        shared = crowd[key.parent] > 1 or key.parent in keys or not key.parent.name
        return key if shared else key.parent

    return {key: key if plans[key].is_directory else name(key) for key in keys}


def _training_output(file: LogPlacement) -> PurePosixPath:
    parent = file.path.parent
    return parent.parent if _CHECKPOINT.match(parent.name) else parent


def _keep_longest_state(plan: RunGroup) -> None:
    """Read only the newest trainer state of a run: each holds everything the ones before it held."""
    if plan.members[0].file.format != TRAINER_STATE:
        return

    def age(member: GroupMember) -> float:
        checkpoint = _CHECKPOINT.match(member.file.path.parent.name)
        return int(checkpoint[1]) if checkpoint else float("inf")

    *older, newest = sorted(plan.members, key=age)
    plan.members, plan.copies = [newest], [member.file for member in older]


def _leave_events_to_mmengine(plans: dict[PurePosixPath, RunGroup]) -> None:
    for plan in list(plans.values()):
        log = plan.members[0].file
        beside = plans.get(log.path.parent)
        if log.format == MMENGINE and beside and all(member.file.format == EVENTS for member in beside.members):
            plan.copies += [member.file for member in beside.members]
            del plans[log.path.parent]


def _home(directory: PurePosixPath, directories: _Directories) -> tuple[PurePosixPath, str]:
    """Return the run that the event files in *directory* belong to, and the prefix of their tags."""
    parent, name = directory.parent, directory.name
    if not name:
        return directory, ""
    if parent in directories and _UNIX_TIME.match(name):
        return parent, ""  # add_hparams
    if is_split(name) and not _names_both_splits(directory, directories):
        above = _summary_of_one_tag(directory, directories)
        return (above, str(directory.relative_to(above))) if above else (parent, name)
    if _is_named_after_its_tag(directory, directories) or _has_counterpart(directory, directories):
        return (parent if parent in directories else parent / _stem(name)), name
    return directory, ""


def is_split(name: str) -> bool:
    """Say whether a directory of this *name* holds train or validation: ``train``, ``eval``."""
    return parse_tag(name).split is not None and not parse_tag(name).metric


def _names_both_splits(directory: PurePosixPath, directories: _Directories) -> bool:
    """Say whether it is a run that is merely called ``test`` or the like."""
    return {split for file in directories[directory] for split in file.splits} >= {TRAIN, VAL}


def _summary_of_one_tag(directory: PurePosixPath, directories: _Directories) -> PurePosixPath | None:
    """Return the run whose tag ``a/b`` tensorboardX's ``add_scalars`` wrote to its directory ``a/b/train``."""
    tags = _tags(directory, directories)
    for above in directory.parent.parents:
        if above in directories and tags == {str(directory.parent.relative_to(above))}:
            return above
    return None


def _is_named_after_its_tag(directory: PurePosixPath, directories: _Directories) -> bool:
    """Say whether torch's ``add_scalars`` made it: ``loss_train`` beside the run's own events, for the tag ``loss``."""
    tags = _tags(directory, directories)
    if directory.parent not in directories or len(tags) != 1:
        return False
    return directory.name.startswith(next(iter(tags)).replace("/", "_") + "_")


def _has_counterpart(directory: PurePosixPath, directories: _Directories) -> bool:
    """Say whether it is one of a pair such as ``exp_train`` and ``exp_val``."""
    stem = _stem(directory.name)
    if stem == directory.name:
        return False
    separator = directory.name[len(stem)]
    twins = (directory.parent / f"{stem}{separator}{word}" for word in SPLIT_WORDS)
    return any(twin in directories and twin != directory for twin in twins)


def _stem(name: str) -> str:
    """Return *name* without the word that says train or validation: ``exp_val`` gives ``exp``."""
    words = re.split(r"([_.\-])", name)
    return "".join(words[:-2]) if len(words) > 2 and parse_tag(words[-1]).split else name


def _tags(directory: PurePosixPath, directories: _Directories) -> set[str]:
    return {tag for file in directories[directory] for tag in file.tags}
