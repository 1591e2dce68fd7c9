"""One run: its logs put together, its losses chosen, aligned and evaluated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from lossmon.core.nearest_names import NO_TAG_MATCHES, by_nearness
from lossmon.core.snapshot import ENDED, Curve, RunSnapshot, RunStatus
from lossmon.core.text import Name, sanitize
from lossmon.runs.activity import Activity
from lossmon.runs.alignment import is_of_earlier_attempt, restore_masked_nan
from lossmon.runs.causes import gradient_norms, has_no_loss
from lossmon.runs.companions import read_companions
from lossmon.runs.curves import selected_curve
from lossmon.runs.facts import with_unit
from lossmon.runs.liveness import latest
from lossmon.runs.log_run import LogRun
from lossmon.runs.placeholders import drop_unevaluated
from lossmon.runs.planned_end import planned_x
from lossmon.runs.series import Series, continues, merge_series
from lossmon.runs.tag_selection import TagSelection, choose_tags
from lossmon.runs.unmoving import UNMOVING_FLAG, count_points, is_unmoving, name_numbers, unmoving_warnings
from lossmon.runs.validation_sets import LogState, SetEvaluators, describe_other_sets
from lossmon.sources.open_files import OpenFiles
from lossmon.sources.protocol import RunInfo

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
        """Take *snapshot*, which another process made of the same logs, as the result of ``update``."""
        self._versions = self._log_versions()
        self._snapshot, self.updated_at = snapshot, self._clock()
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
        """Return what ``update`` would make of the logs now."""
        series = {tag: merge_series(parts) for tag, parts in self._series_by_tag().items()}
        # Sizes are rough, so that the choice does not change unless a curve doubles.
        self._select_tags({tag: one.logged.bit_length() for tag, one in series.items()})
        train, vals = self._selected_curves(series)
        info, is_judged = self._info(series), self._selection.is_direction_known
        sets = self._evaluators.evaluate(train, vals, self._log_state(), judge=is_judged)
        sets = [with_unit(one, info.framework) for one in sets]
        flags = self._flags(series, train, sets[0].val)
        sets = [name_numbers(one, flags) for one in sets]
        shown = sets[0]
        metrics = tuple(_metrics(series, train))
        stated = [log.planned_end for log in self.logs]
        planned_end = planned_x(shown.history, stated, self._planned_by_duplicate, metrics)
        companions = read_companions(series, self._selection, train, shown, info, flags=flags, planned_end=planned_end)
        status = self._snapshot.status if self._snapshot else RunStatus.ENDED
        snapshot = RunSnapshot(
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
            earlier_attempts=tuple(self._earlier_curves(series)),
            warnings=tuple(dict.fromkeys(chain(unmoving_warnings(flags), self._warnings()))),
            last_write=self._last_write(train, shown.val),
            planned_end=planned_end,
            score=companions.score,
            higher_is_better=self._selection.higher_is_better,
            is_new=all(log.is_new for log in self.logs),
            restarts=self._restarts(series),
        )
        return snapshot.with_status(status, None)

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

    def _selected_curves(self, series: dict[Name, Series]) -> tuple[Curve | None, dict[tuple[Name, ...], Curve | None]]:
        """Return the train curve, and the curve of each validation set by its tags; at least one, which may be None."""
        sets = [self._selection.val, *((tag,) for tag in self._selection.other_vals)]
        vals = {tags: selected_curve(tags, series) for tags in sets}
        train, vals = count_points(selected_curve(self._selection.train, series), vals)
        if train is None:
            return None, vals
        present = {tags: val for tags, val in vals.items() if val and not is_of_earlier_attempt(val, train)}
        vals = {tags: drop_unevaluated(present[tags], train) if tags in present else None for tags in vals}
        gradients = gradient_norms(series)
        if has_no_loss(train, gradients):
            return train, vals
        return restore_masked_nan(train, chain(filter(None, vals.values()), gradients)), vals

    def _last_write(self, *curves: Curve | None) -> float | None:
        """Return the time of the newest point, or of the files if the logs have no times."""
        times = [latest(curve.wall_time[-1:]) for curve in curves if curve is not None]
        known = [time for time in times if time is not None]
        return max(known) if known else max((log.modified for log in self.logs), default=None)

    def _flags(self, series: dict[Name, Series], train: Curve | None, val: Curve | None) -> tuple[str, ...]:
        curves = [curve for curve in (train, val) if curve is not None]
        selected = [series[tag] for tag in self._selected_tags(series)]
        conditions = {
            "no-loss": not curves,
            "unknown-direction": not self._selection.is_direction_known,
            "different-metrics": not self._selection.same_metric,
            "restarted": self._restarts(series) > 0,
            UNMOVING_FLAG: any(is_unmoving(one.curve()) for one in selected),
            "non-finite": any(not np.isfinite(curve.value).all() for curve in curves),
            "thinned": any(one.is_thinned for one in selected),
        }
        return tuple(flag for flag, holds in conditions.items() if holds)

    def _restarts(self, series: dict[Name, Series]) -> int:
        selected = [series[tag].restarts for tag in self._selected_tags(series)]
        return max(selected, default=0) + bool(self._overwritten_series())

    def _selected_tags(self, series: dict[Name, Series]) -> list[Name]:
        selection = self._selection
        return [tag for tag in selection.train + selection.val + selection.other_vals if tag in series]

    def _overwritten_series(self) -> list[Series]:
        """Return what a log held before it was overwritten with other losses; a new header alone is not a restart."""
        return [
            old
            for log in self.logs
            for tag, old in log.replaced.items()
            if tag in log.series and not continues(old.curve(), log.series[tag].curve())
        ]

    def _earlier_curves(self, series: dict[Name, Series]) -> Iterable[Curve]:
        """Yield the selected curves of the attempt before the last restart."""
        overwritten = {old.tag: old.curve() for old in self._overwritten_series()}
        for tag in self._selected_tags(series):
            curve = series[tag].earlier_curve()
            if len(curve.x):
                yield curve
            elif tag in overwritten:
                yield overwritten[tag]

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
