"""The series of one run that were selected to be evaluated: their curves, restarts and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from lossmon.core.snapshot import Curve
from lossmon.core.text import Name
from lossmon.runs.alignment import is_of_earlier_attempt, restore_masked_nan
from lossmon.runs.causes import gradient_norms, has_no_loss
from lossmon.runs.curves import selected_curve
from lossmon.runs.log_run import LogRun
from lossmon.runs.placeholders import drop_unevaluated
from lossmon.runs.series import Series, continues
from lossmon.runs.tag_selection import TagSelection
from lossmon.runs.unmoving import UNMOVING_FLAG, count_points, is_unmoving


@dataclass(frozen=True)
class SelectedSeries:
    """All series of a run by their tags, and which of them are evaluated."""

    series: Mapping[Name, Series]
    selection: TagSelection
    logs: Sequence[LogRun]

    def curves(self) -> tuple[Curve | None, dict[tuple[Name, ...], Curve | None]]:
        """Return the train curve, and the curve of each validation set by its tags; at least one, which may be None."""
        sets = [self.selection.val, *((tag,) for tag in self.selection.other_vals)]
        vals = {tags: selected_curve(tags, self.series) for tags in sets}
        train, vals = count_points(selected_curve(self.selection.train, self.series), vals)
        if train is None:
            return None, vals
        present = {tags: val for tags, val in vals.items() if val and not is_of_earlier_attempt(val, train)}
        vals = {tags: drop_unevaluated(present[tags], train) if tags in present else None for tags in vals}
        gradients = gradient_norms(self.series)
        if has_no_loss(train, gradients):
            return train, vals
        return restore_masked_nan(train, chain(filter(None, vals.values()), gradients)), vals

    def flags(self, train: Curve | None, val: Curve | None) -> tuple[str, ...]:
        """Return the conditions of the curves *train* and *val* that are reported with any verdict."""
        curves = [curve for curve in (train, val) if curve is not None]
        selected = [self.series[tag] for tag in self._tags]
        conditions = {
            "no-loss": not curves,
            "unknown-direction": not self.selection.is_direction_known,
            "different-metrics": not self.selection.same_metric,
            "restarted": self.restarts > 0,
            UNMOVING_FLAG: any(is_unmoving(one.curve()) for one in selected),
            "non-finite": any(not np.isfinite(curve.value).all() for curve in curves),
            "thinned": any(one.is_thinned for one in selected),
        }
        return tuple(flag for flag, holds in conditions.items() if holds)

    @property
    def restarts(self) -> int:
        """How often a log went back to an earlier x, or was overwritten with other losses."""
        selected = [self.series[tag].restarts for tag in self._tags]
        return max(selected, default=0) + bool(self._overwritten)

    def earlier_curves(self) -> Iterable[Curve]:
        """Yield the selected curves of the attempt before the last restart."""
        overwritten = {old.tag: old.curve() for old in self._overwritten}
        for tag in self._tags:
            curve = self.series[tag].earlier_curve()
            if len(curve.x):
                yield curve
            elif tag in overwritten:
                yield overwritten[tag]

    @cached_property
    def _tags(self) -> list[Name]:
        selection = self.selection
        return [tag for tag in selection.train + selection.val + selection.other_vals if tag in self.series]

    @cached_property
    def _overwritten(self) -> list[Series]:
        """What a log held before it was overwritten with other losses; a new header alone is not a restart."""
        return [
            old
            for log in self.logs
            for tag, old in log.replaced.items()
            if tag in log.series and not continues(old.curve(), log.series[tag].curve())
        ]
