"""One run: its logs put together, its losses chosen, aligned and evaluated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from lossmon.core.hyperparameters import Hyperparameters, merge
from lossmon.core.nearest_names import NO_TAG_MATCHES, by_nearness
from lossmon.core.snapshot import ENDED, Curve, RunSnapshot, RunStatus
from lossmon.core.text import Name, sanitize
from lossmon.runs.activity import Activity
from lossmon.runs.companions import read_companions
from lossmon.runs.facts import with_unit
from lossmon.runs.liveness import latest
from lossmon.runs.log_run import LogRun
from lossmon.runs.planned_end import planned_x
from lossmon.runs.selected_series import SelectedSeries
from lossmon.runs.series import Series, merge_series
from lossmon.runs.tag_selection import TagSelection, choose_tags
from lossmon.runs.unmoving import name_numbers, unmoving_warnings
from lossmon.runs.validation_sets import LogState, SetEvaluators, describe_other_sets
from lossmon.sources.open_files import OpenFiles
from lossmon.sources.protocol import RunInfo
from lossmon.sources.settings_files import SettingsFiles

_TAGS_OFFERED = 4
"""Tags that are named in place of one that does not exist."""


@dataclass(frozen=True, slots=True)
class TagOverride:
    """Globs that name the tags to evaluate, in place of the automatic choice."""

    train: str | None = None
    val: str | None = None
    mode: str | None = None
    """``min`` or ``max``: which way the metric improves; None to tell it by its name."""


class Run:
    """Puts the logs of one run together and evaluates them; its snapshot changes only by ``update``."""

    def __init__(
        self, name: str, path: str, override: TagOverride, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = Name.of(name)
        self.path = Name.of(path)
        self.logs: tuple[LogRun, ...] = ()
        self._prefixes: tuple[str, ...] = ()
        self._override = override
        self._selection = TagSelection()
        self._tag_sizes: dict[Name, int] = {}
        """The sizes of the tags when ``_selection`` was chosen."""
        self._evaluators = SetEvaluators()
        self._snapshot: RunSnapshot | None = None
        self.updated_at = 0.0
        """When it was last evaluated, in seconds of the clock."""
        self._versions: tuple[int, ...] = ()
        """The versions of the logs in ``_snapshot``."""
        self._planned_by_duplicate: float | None = None
        self._clock = clock
        self.activity = Activity()
        self._writers = 1
        self._settings = SettingsFiles()
        self._inherited: Hyperparameters = ()
        """The hyperparameters that duplicates of the run state."""

    def set_logs(self, logs: Sequence[tuple[LogRun, str]], writers: int = 1) -> None:
        """Set the logs of the run, each with the prefix of its tags; *writers* write to its directory at a time."""
        self._writers = writers
        members, prefixes = tuple(log for log, _ in logs), tuple(prefix for _, prefix in logs)
        if (members, prefixes) != (self.logs, self._prefixes):
            self.logs, self._prefixes, self._versions = members, prefixes, ()

    def rename(self, name: str) -> None:
        """Give the run another name, because other runs were found in its log."""
        if (new := Name.of(name)) != self.name:
            self.name, self._versions = new, ()

    def set_planned_end(self, x: float | None) -> None:
        """Set the last x of the run, as another log of the same training says; None if none says so."""
        if x != self._planned_by_duplicate:
            self._planned_by_duplicate, self._versions = x, ()

    def set_settings_directories(self, paths: Sequence[str]) -> None:
        """Set the directories in which files state the hyperparameters of the run, the innermost first."""
        if self._settings.use(paths):
            self._renew_hyperparameters()

    @property
    def settings_paths(self) -> list[str]:
        """The files beside its logs that state hyperparameters of the run."""
        return self._settings.paths

    def inherit(self, hyperparameters: Hyperparameters) -> None:
        """Set the hyperparameters that another log of the same training states, beside those of the run itself."""
        if hyperparameters != self._inherited:
            self._inherited = hyperparameters
            self._renew_hyperparameters()

    def _renew_hyperparameters(self) -> None:
        """Show the present hyperparameters without an evaluation of the losses."""
        shown = self._snapshot
        if shown is not None and (hyperparameters := self._hyperparameters()) != shown.hyperparameters:
            self._snapshot = replace(shown, hyperparameters=hyperparameters)

    def _hyperparameters(self) -> Hyperparameters:
        return merge([*(log.info.hyperparameters for log in self.logs), self._settings.read(), self._inherited])

    @property
    def is_known(self) -> bool:
        """Whether it was evaluated before."""
        return self._snapshot is not None

    @property
    def is_stale(self) -> bool:
        """Whether a log has changed since the last ``update``."""
        return self._log_versions() != self._versions

    def update(self) -> None:
        """Align and evaluate what was read of the logs."""
        self.adopt(self.fresh_snapshot())

    def adopt(self, snapshot: RunSnapshot) -> None:
        """Take *snapshot*, made by ``fresh_snapshot`` here or in a copy of this process, as the result of ``update``.

        Its hyperparameters are read here, so that this process knows in which files they were found.
        """
        status = self._snapshot.status if self._snapshot else RunStatus.ENDED
        self._snapshot = replace(snapshot.with_status(status, None), hyperparameters=self._hyperparameters())
        self._versions, self.updated_at = self._log_versions(), self._clock()
        self.activity.take(snapshot.last_write)

    def release(self) -> None:
        """Free the memory that is needed only to continue; a later update evaluates from the start."""
        self._evaluators.release()

    def snapshot(self, now: float, open_files: OpenFiles | None = None) -> RunSnapshot | None:
        """Return the run as of the last ``update``, with its status at *now* in seconds since 1970.

        It is None before the first update. The same object is returned as long as nothing changes.
        """
        if self._snapshot is None:
            return None
        shown, share = self._snapshot, self._share_read()
        status = self.activity.status(shown, self.logs, open_files, now=now, ticks=self._clock())
        last_write = self.activity.last_write
        if (status, share, last_write) != (shown.status, shown.share_read, shown.last_write):
            self._snapshot = replace(shown.with_status(status, share), last_write=last_write)
        if status in ENDED and share is None:
            self.release()
        return self._snapshot

    def _log_versions(self) -> tuple[int, ...]:
        return tuple([log.version for log in self.logs])

    def _share_read(self) -> float | None:
        """Return the share of the bytes of the logs that was read, 0 to 1; None if all were."""
        unfinished = [log for log in self.logs if log.has_more]
        if not any(log.version for log in unfinished):
            return 0.0 if unfinished else None
        return round(1 - sum(log.unread for log in self.logs) / max(1, sum(log.size for log in self.logs)), 2)

    def fresh_snapshot(self) -> RunSnapshot:
        """Return what the losses in the logs make now; ``adopt`` adds the rest."""
        series = {tag: merge_series(parts) for tag, parts in self._series_by_tag().items()}
        # Sizes are rough, so that the choice does not change unless a curve doubles.
        self._select_tags({tag: one.logged.bit_length() for tag, one in series.items()})
        selected = SelectedSeries(series, self._selection, self.logs)
        train, vals = selected.curves()
        info, is_judged = self._info(series), self._selection.is_direction_known
        sets = self._evaluators.evaluate(train, vals, self._log_state(), judge=is_judged)
        sets = [with_unit(one, info.framework) for one in sets]
        flags = selected.flags(train, sets[0].val)
        sets = [name_numbers(one, flags) for one in sets]
        shown = sets[0]
        metrics = tuple(_metrics(series, train))
        stated = [log.planned_end for log in self.logs]
        planned_end = planned_x(shown.history, stated, self._planned_by_duplicate, metrics)
        companions = read_companions(series, self._selection, train, shown, info, flags=flags, planned_end=planned_end)
        return RunSnapshot(
            name=self.name,
            path=self.path,
            format=self.logs[0].log.format.name,
            train=train,
            val=shown.val,
            history=shown.history,
            assessment=companions.assessment,
            timeline=companions.timeline,
            probabilities=shown.probabilities,
            evidence=(*companions.evidence, *describe_other_sets(sets)),
            advice=companions.advice,
            metrics=metrics,
            other_sets=tuple(sets[1:]),
            earlier_attempts=tuple(selected.earlier_curves()),
            warnings=tuple(dict.fromkeys(chain(unmoving_warnings(flags), self._warnings()))),
            last_write=self._last_write(train, shown.val),
            planned_end=planned_end,
            score=companions.score,
            higher_is_better=self._selection.higher_is_better,
            is_new=all(log.is_new for log in self.logs),
            restarts=selected.restarts,
        )

    def _info(self, tags: Iterable[Name]) -> RunInfo:
        """Return what the logs say of the run, with the program that trains, as its format tells."""
        infos = [log.info for log in self.logs]
        info = next((one for one in infos if one.best_metric), infos[0])
        framework = next((one.framework for one in infos if one.framework), "")
        return replace(info, framework=framework or self.logs[0].log.format.framework([tag.text for tag in tags]))

    def _log_state(self) -> LogState:
        return LogState(
            modified=max(log.modified for log in self.logs),
            ticks=self._clock(),
            has_new_evaluation=any(log.has_grown for log in self.logs) and not any(log.has_more for log in self.logs),
            is_preview=any(log.preview for log in self.logs),
        )

    def _series_by_tag(self) -> dict[Name, list[Series]]:
        tags: dict[Name, list[Series]] = {}
        for log, prefix in zip(self.logs, self._prefixes, strict=True):
            for tag, series in log.undeclared.items():
                if (known := tags.get(_prefixed(prefix, tag))) is not None:
                    known.append(series)
            for tag, series in log.current_series.items():
                tags.setdefault(_prefixed(prefix, tag), []).append(series)
        return tags

    def _select_tags(self, sizes: dict[Name, int]) -> None:
        """Choose the tags to evaluate again if the *sizes* of the tags have changed."""
        if sizes == self._tag_sizes:
            return
        self._tag_sizes = sizes
        selection = choose_tags(sizes, self._override.train, self._override.val, self._override.mode)
        if selection.higher_is_better != self._evaluators.higher_is_better:
            self._evaluators = SetEvaluators(higher_is_better=selection.higher_is_better)
        self._selection = selection

    def _last_write(self, *curves: Curve | None) -> float | None:
        """Return the time of the newest point, or of the files if the logs have no times."""
        times = [latest(curve.wall_time[-1:]) for curve in curves if curve is not None]
        known = [time for time in times if time is not None]
        return max(known) if known else max((log.modified for log in self.logs), default=None)

    def _warnings(self) -> Iterable[str]:
        for option, glob, tags in (
            ("--train", self._override.train, self._selection.train),
            ("--val", self._override.val, self._selection.val),
        ):
            if glob is not None and self._tag_sizes and not tags:
                nearest = by_nearness(glob, frozenset(tag.text for tag in self._tag_sizes))[:_TAGS_OFFERED]
                yield f"{NO_TAG_MATCHES} {option} {sanitize(glob)}; there are {', '.join(nearest)}"
        if self._writers > 1:
            yield f"{self._writers} writers log to this directory at the same time; each is shown as a run"
        if not self._selection.is_direction_known:
            yield "no verdict: it is unknown whether this metric should rise or fall; give --mode max or --mode min"
        for log in self.logs:
            if log.error:
                yield log.error
            yield from log.warnings


def _prefixed(prefix: str, tag: Name) -> Name:
    return Name.of(prefix.encode("utf-8", "surrogateescape") + b"/" + tag.raw) if prefix else tag


def _metrics(series: dict[Name, Series], train: Curve | None) -> Iterable[Curve]:
    """Yield every curve in the order of the tags; *train*, whose masked NaN were restored, as it is."""
    for tag in sorted(series, key=lambda tag: tag.text):
        curve = train if train and train.tag == tag else series[tag].curve()
        yield curve if curve.tag == tag else replace(curve, tag=tag)
