"""Logs become runs: files are grouped, losses chosen, aligned and evaluated, and duplicates left out."""

from lossmon.runs.alignment import align, restore_masked_nan
from lossmon.runs.catalog import Catalog
from lossmon.runs.deduplication import Deduplicator, DuplicateThresholds, find_duplicates
from lossmon.runs.evaluation import Evaluator, span_edges
from lossmon.runs.grouping import LogPlacement, RunGroup, group_logs, run_names
from lossmon.runs.limits import Limits
from lossmon.runs.liveness import LivenessThresholds, run_status
from lossmon.runs.log import Log
from lossmon.runs.log_run import LogRun
from lossmon.runs.run import Run, TagOverride
from lossmon.runs.series import Series, merge_series
from lossmon.runs.tag_selection import TagSelection, choose_tags

__all__ = [
    "Catalog",
    "Deduplicator",
    "DuplicateThresholds",
    "Evaluator",
    "Limits",
    "LivenessThresholds",
    "Log",
    "LogPlacement",
    "LogRun",
    "Run",
    "RunGroup",
    "Series",
    "TagOverride",
    "TagSelection",
    "align",
    "choose_tags",
    "find_duplicates",
    "group_logs",
    "merge_series",
    "restore_masked_nan",
    "run_names",
    "run_status",
    "span_edges",
]
