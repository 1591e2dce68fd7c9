"""What the screen remembers from one start to the next: how to look, never what at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from lossmon.core.atomic_write import replace_file
from lossmon.presentation.sorting import Sort
from lossmon.tui.state import SMOOTHING, ViewSettings
from lossmon.tui.theme import THEMES

_AT_MOST = 1 << 16


def recalled(path: Path, fresh: ViewSettings) -> tuple[ViewSettings, str]:
    """Return *fresh* with what *path* remembers of the last time, and a word where it cannot be understood."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_AT_MOST))
        return _taken(fresh, found), ""
    except FileNotFoundError:
        return fresh, ""
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return fresh, f"how the screen looked last time is not known: {path} cannot be understood"


def remember(path: Path, choices: ViewSettings) -> None:
    """Keep what *choices* say of the looks for the next time, where that is possible and differs from what is kept."""
    kept = {
        "sort": choices.sort.value,
        "smoothing": choices.smoothing,
        "theme": choices.theme,
        "hide_finished": choices.hide_finished,
    }
    if recalled(path, ViewSettings())[0] != _taken(ViewSettings(), kept):
        with suppress(OSError):
            replace_file(path, json.dumps(kept))


def _taken(fresh: ViewSettings, found: Mapping[str, Any]) -> ViewSettings:
    """Return *fresh* with the choices *found*; raises ValueError, TypeError or KeyError for what never was kept."""
    smoothing, theme, hide = found["smoothing"], found["theme"], found["hide_finished"]
    if smoothing not in SMOOTHING or theme not in THEMES or not isinstance(hide, bool):
        raise ValueError
    return replace(fresh, sort=Sort(found["sort"]), smoothing=float(smoothing), theme=theme, hide_finished=hide)
