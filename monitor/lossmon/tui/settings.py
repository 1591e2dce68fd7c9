"""Settings of the screen: from the command line, chosen with keys, and kept in a file from one start to the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from lossmon.core.atomic_write import replace_file
from lossmon.core.own_files import UnusableFileError, read_own_file
from lossmon.core.text import Name
from lossmon.presentation.axes import XAxis
from lossmon.presentation.sorting import Sort
from lossmon.tui.announcements import Announcements
from lossmon.tui.charts.glyphs import ASCII, BLOCKS, UNICODE, Glyphs
from lossmon.tui.column_choice import ColumnChoice, parse_choice
from lossmon.tui.theme import DEFAULT_THEME, THEMES, ColorDepth

SMOOTHING = (0.0, 0.3, 0.6, 0.9, 0.97)
"""The weights that the smoothing key goes through; 0.6 is where TensorBoard's slider begins."""
_MAX_FILE_SIZE = 1 << 16
"""Bytes of the largest settings file that is read; what lossmon writes has a few hundred."""


class Page(Enum):
    """What fills the area to the right of the list of runs."""

    RUN = "run"
    METRICS = "metrics"
    COMPARE = "compare"
    TIMELINE = "timeline"
    NOTES = "notes"
    CHANGES = "changes"
    OUTPUT = "output"
    HELP = "help"
    COMMANDS = "commands"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """How the screen starts, as the command line and the environment say."""

    x: str | None = None
    """A key of ``X_AXES``; None for what the log counts."""
    ascii: bool = False
    """Draw with ASCII only."""
    no_color: bool = False
    """Write no colours; bold and reverse video remain."""
    theme: str | None = None
    """A key of ``THEMES``; None for the one used last, or else the one for the terminal's background."""
    stock_driver: bool = False
    """Draw with Textual's own terminal driver instead of ours."""
    has_program: bool = False
    """Whether a program writes to standard input: leaving the screen must not stop it."""
    interrupt: Callable[[], bool] | None = None
    """Passes ctrl+c on to the program that is watched, and returns whether it still runs; None if there is none."""
    no_mouse: bool = False
    """Leave the mouse to the terminal, which selects text with it."""
    color_depth: ColorDepth = 8
    """How many colours the terminal has."""
    blocks: bool = False
    """Draw with what the font of the Linux console has: half blocks instead of braille."""
    announcements: Announcements | None = None
    """What other threads have to say; None if nobody has."""


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """What the user has chosen to look at and how. Everything else on the screen follows from the snapshots."""

    options: DisplayOptions = field(default_factory=DisplayOptions)
    page: Page = Page.RUN
    selected: Name | None = None
    """The name of the run that was chosen; None shows the first of the list, the most urgent one."""
    marked: tuple[Name, ...] = ()
    """The names of the runs that are marked for comparison."""
    sort: Sort = Sort.TROUBLE
    run_filter: str = ""
    hide_finished: bool = False
    """Leave finished runs out of the list, as long as there are others."""
    metric_filter: str = ""
    output_search: str = ""
    """What is searched in the output of the program."""
    palette_filter: str = ""
    """What is typed to find a command in the palette."""
    palette_index: int = 0
    """The chosen row among the commands that match."""
    page_behind_palette: Page = Page.RUN
    """The page from which the palette was opened, and on which its commands act."""
    typing: bool = False
    """Whether keys go to a filter."""
    theme: str = DEFAULT_THEME
    smoothing: float = 0.0
    """The weight of the exponential moving average, 0 to 1; 0 for none."""
    log: bool | None = None
    """Whether the y axis is logarithmic; None lets the chart decide."""
    x_axis: XAxis = XAxis.COUNT
    cursor: float | None = None
    """Where values are read off the curve, in units of the x axis."""
    x_range: tuple[float, float] | None = None
    """The part of the x axis that is shown; None for all of it."""
    metric_index: int = 0
    """The small chart that is chosen on the page of metrics."""
    metric: Name | None = None
    """A tag of the metric that is drawn large instead of the losses, with its partner of train or validation."""
    forgotten: frozenset[Name] = frozenset()
    """The names of vanished runs that are not shown any more, unless they come back."""
    next_advice: int = 0
    """The piece of advice that is copied next; it goes round."""
    grouped: bool = False
    """Show runs that repeat one training, with other seeds or on other folds, as one."""
    columns: ColumnChoice = ()
    """The columns of the list of runs that the user has chosen."""
    column_class: str = ""
    """The class of widths whose columns are being chosen."""
    column_index: int = 0
    """The chosen row on the page of columns."""

    @property
    def glyphs(self) -> Glyphs:
        """The characters that curves are drawn with."""
        return ASCII if self.options.ascii else BLOCKS if self.options.blocks else UNICODE

    @property
    def chart_settings(self) -> ViewSettings:
        """The settings on which a chart depends, with defaults for all others."""
        return ViewSettings(
            options=self.options,
            smoothing=self.smoothing,
            log=self.log,
            x_axis=self.x_axis,
            cursor=self.cursor,
            x_range=self.x_range,
            metric=self.metric,
        )


def load_settings(path: Path, defaults: ViewSettings) -> tuple[ViewSettings, str]:
    """Return *defaults* with the choices stored in *path*, and a message if it is unusable."""
    try:
        return _with_stored(defaults, json.loads(read_own_file(path, _MAX_FILE_SIZE))), ""
    except FileNotFoundError:
        return defaults, ""
    except UnusableFileError as error:
        return defaults, f"display settings not loaded: {path}: {error}"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return defaults, f"display settings not loaded: {path} is damaged"


def save_settings(path: Path, settings: ViewSettings) -> None:
    """Write to *path* what ``load_settings`` reads, if it differs from what is stored; errors are ignored.

    What hides or sorts runs or changes curves is not kept: who starts anew sees all runs, the most urgent first, and
    the values as they were logged.
    """
    columns = {name: list(keys) for name, keys in settings.columns}
    stored = {"theme": settings.theme, "columns": columns}
    if load_settings(path, ViewSettings())[0] != _with_stored(ViewSettings(), stored):
        with suppress(OSError):
            replace_file(path, json.dumps(stored))


def _with_stored(settings: ViewSettings, stored: Mapping[str, Any]) -> ViewSettings:
    """Return *settings* with the values *stored*; raises ValueError, TypeError or KeyError for invalid ones."""
    theme = stored["theme"]
    if theme not in THEMES:
        raise ValueError
    columns = parse_choice(stored.get("columns", {}))
    return replace(settings, theme=theme, columns=columns)
