"""Makes the pictures of this directory from the running program: ``python screenshots/make.py``.

The demo's histories are written at once by the real writers and watched by the real monitor; the screen is Textual's,
without a terminal, and the page of ``lossmon report`` is Chromium's. Needs ``rsvg-convert`` (Debian: librsvg2-bin),
``chromium``, and a font with braille, such as DejaVu.
"""

from __future__ import annotations

import asyncio
import html
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lossmon.cli import main as lossmon
from lossmon.demo import open_demo
from lossmon.monitor import Monitor
from lossmon.tui.app import MonitorApp
from lossmon.tui.settings import DisplayOptions
from lossmon_adapters import BUILTIN

HERE = Path(__file__).parent
PATIENCE = 600
RUNS = 6
REPORT_SIZE = (1000, 1480)
"""Pixels of the picture of the page."""
TEXT = re.compile(
    r'<text(?P<before>[^>]*) x="(?P<x>[^"]+)" (?P<rest>y="[^"]+") textLength="(?P<length>[^"]+)"[^>]*>'
    r"(?P<text>[^<]*)</text>"
)


@dataclass(frozen=True)
class Shot:
    """One picture: the size of the terminal, in cells, and the keys pressed before it is taken."""

    name: str
    size: tuple[int, int]
    keys: Sequence[str] = ()
    options: DisplayOptions = field(default_factory=DisplayOptions)


SHOTS = (
    Shot("watch", (120, 36), ("down",), DisplayOptions(color_depth=24)),
    Shot("diverged", (120, 36)),
    Shot("light", (120, 36), ("down",), DisplayOptions(theme="light", color_depth=24)),
    Shot("compare", (120, 36), ("slash", *"lstm", "enter", "space", "down", "space", "c")),
    Shot("metrics", (120, 36), ("down", "m")),
    Shot("timeline", (120, 36), ("down", "t")),
    Shot("help", (120, 36), ("question_mark",)),
    Shot("80x24", (80, 24), ("down",)),
    Shot("40x10", (40, 10), ("down",)),
    Shot("200x60", (200, 60), ("down",)),
    Shot("16-colours", (100, 30), ("down",), DisplayOptions(color_depth=4)),
    Shot("ascii", (100, 30), ("down",), DisplayOptions(ascii=True)),
)


async def take(shot: Shot, logs: Path) -> str:
    """Return the screen as SVG, once all runs are read and the keys have had their effect."""
    app = MonitorApp(Monitor([str(logs)], BUILTIN), None, "runs/", shot.options)
    async with app.run_test(size=shot.size) as pilot:
        for _ in range(PATIENCE):
            await pilot.pause(0.05)
            if app.state.snapshot and len(app.state.listed_runs) == RUNS and app.state.snapshot.share_read is None:
                break
        else:
            sys.exit(f"{shot.name}: the demo's runs did not appear")
        await pilot.press(*shot.keys)
        await pilot.pause(0.2)
        return app.export_screenshot(title=f"lossmon watch runs/   {shot.size[0]}x{shot.size[1]}")


def to_png(svg: str, target: Path) -> None:
    """Render *svg*, with a font of this machine instead of one from the network."""
    local = re.sub(r"@font-face\s*{[^}]*}", "", svg).replace("Fira Code", "DejaVu Sans Mono")
    with tempfile.NamedTemporaryFile("w", suffix=".svg", encoding="utf-8") as file:
        file.write(TEXT.sub(on_grid, local))
        file.flush()
        subprocess.run(["rsvg-convert", "--zoom", "1.2", "--output", str(target), file.name], check=True)


def on_grid(match: re.Match[str]) -> str:
    """Give every character the place of its cell: no font has braille exactly as wide as its letters."""
    text = html.unescape(match["text"])
    step = float(match["length"]) / max(len(text), 1)
    cells = ((float(match["x"]) + index * step, char) for index, char in enumerate(text) if not char.isspace())
    return "".join(
        f'<text{match["before"]} x="{x:.2f}" {match["rest"]}>{html.escape(char)}</text>' for x, char in cells
    )


def photograph_report(logs: Path, target: Path) -> None:
    """Write a picture of the beginning of the page about *logs*, without the run that would come first."""
    with tempfile.TemporaryDirectory() as directory:
        runs, page = Path(directory, "runs"), Path(directory, "report.html")
        shutil.copytree(logs, runs, ignore=shutil.ignore_patterns("rnn*"))
        if lossmon(["report", str(runs), "-o", str(page)]):
            sys.exit("report: the page was not written")
        flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={directory}/b",
        ]
        shot = [f"--window-size={REPORT_SIZE[0]},{REPORT_SIZE[1]}", f"--screenshot={target}", page.as_uri()]
        subprocess.run(["chromium", *flags, *shot], check=True, capture_output=True, timeout=PATIENCE)


def main() -> None:
    """Take every picture, or those named on the command line."""
    if shutil.which("rsvg-convert") is None:
        sys.exit("rsvg-convert is missing: install librsvg2-bin")
    wanted = set(sys.argv[1:])
    with open_demo(0, None) as logs:
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                to_png(asyncio.run(take(shot, logs)), HERE / f"{shot.name}.png")
                print(shot.name)
        if (not wanted or "report" in wanted) and shutil.which("chromium"):
            photograph_report(logs, HERE / "report.png")
            print("report")


if __name__ == "__main__":
    main()
