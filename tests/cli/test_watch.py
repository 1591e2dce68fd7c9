"""``lossmon watch`` on a terminal: what it draws with."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.ptys import Terminal, lossmon, terminal

BRAILLE = re.compile("[\u2800-\u28ff]")
BACKGROUND = re.compile(r"48;[25];")


def overfitting(runs: Path) -> None:
    rows = [f"{at},{0.9**at:.4f},{0.5 + abs(at - 8) / 20:.4f}\n" for at in range(1, 41)]
    (runs / "lstm.csv").write_text("epoch,loss,val_loss\n" + "".join(rows))


def shown(opened: Terminal) -> str:
    """Return what was written up to the first frame, the verdict in it."""
    opened.shows("overfitting since epoch 8")
    opened.send(b"q")
    opened.ends()
    return opened.output.decode()


def test_by_default_curves_are_of_braille_and_the_stretch_since_the_onset_is_tinted(tmp_path: Path) -> None:
    overfitting(tmp_path)
    with terminal(lossmon("watch", "--no-gpu", str(tmp_path))) as opened:
        output = shown(opened)
    assert BRAILLE.search(output)
    assert BACKGROUND.search(output)


def test_with_ascii_everything_is_ascii(tmp_path: Path) -> None:
    overfitting(tmp_path)
    with terminal(lossmon("watch", "--ascii", "--no-gpu", str(tmp_path))) as opened:
        assert shown(opened).isascii()


def test_on_the_linux_console_there_are_half_blocks_and_16_colours(tmp_path: Path) -> None:
    overfitting(tmp_path)
    with terminal(lossmon("watch", "--no-gpu", str(tmp_path)), TERM="linux", COLORTERM="") as opened:
        output = shown(opened)
    assert "▀" in output
    assert "░" in output
    assert not BRAILLE.search(output)
    assert not BACKGROUND.search(output)
