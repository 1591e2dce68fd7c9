"""What is written to the terminal: few bytes, the newest frame, nothing harmful, and never more than it takes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.grammar import forbidden_output
from tests.support.ptys import Terminal, live, lossmon, picture, terminal

FOOTER = "quit"
"""Text at the end of the first frame."""
EPOCH = re.compile(r"epoch (\d+)")


def shown_epoch(shown: Terminal) -> int:
    found = EPOCH.search("\n".join(picture(shown.output)))
    assert found
    return int(found[1])


def test_the_first_frame_is_small_and_nothing_is_written_while_nothing_changes() -> None:
    with terminal(live("0")) as shown:
        shown.shows(FOOTER)
        shown.read(0.3)
        assert len(shown.output) <= 16 << 10
        assert forbidden_output(shown.output) == []
        assert "lossmon  runs/" in picture(shown.output)[0]
        assert shown.read(1.5) == b""


def test_a_terminal_that_nobody_reads_costs_no_memory_and_later_shows_the_newest_frame() -> None:
    with terminal(live("10")) as shown:
        shown.shows(FOOTER)
        shown.read(0.5)
        before, memory = shown_epoch(shown), shown.allocated()
        time.sleep(2.5)
        assert shown.allocated() - memory < 5
        shown.read(0.5)
        assert shown_epoch(shown) >= before + 25
        shown.send(b"q")
        assert shown.ends(3) == 0


def test_the_screen_can_be_ended_on_a_terminal_that_nobody_reads() -> None:
    with terminal(live("10")) as shown:
        shown.shows(FOOTER)
        time.sleep(2)
        os.kill(shown.pid, signal.SIGTERM)
        assert shown.process.wait(3) == 128 + signal.SIGTERM
        shown.read(0.1)
        assert shown.is_as_before()


def test_at_five_kilobytes_a_second_the_newest_frame_is_shown_and_q_ends_at_once() -> None:
    with terminal(live("1", "--from", "100")) as shown:
        shown.until(lambda: FOOTER.encode() in shown.output, rate=5000)
        shown.read(1.0, rate=5000)
        first, start = shown_epoch(shown), time.monotonic()
        shown.read(3.0, rate=5000)
        assert shown_epoch(shown) >= first + int(time.monotonic() - start) - 1
        shown.send(b"jkjkjk")
        shown.send(b"q")
        assert shown.ends(1.5, rate=5000) == 0
        assert shown.is_as_before()


def test_noise_from_the_terminal_is_ignored() -> None:
    with terminal(live("0")) as shown:
        shown.shows(FOOTER)
        shown.send(b"\xff\x80\x1b[48;99999;99999;9;9t\x1b[99999999u\x1bP" + b"z" * 2000 + b"\x1b\\")
        shown.read(0.3)
        shown.output.clear()
        shown.send(b"\x1b[200~q\x1b[201~?")
        shown.shows("sort")
        shown.read(0.3)
        assert shown.process.poll() is None
        assert forbidden_output(shown.output) == []


def test_after_many_resizes_the_frame_has_the_last_size() -> None:
    with terminal(live("0")) as shown:
        shown.shows(FOOTER)
        for number in range(200):
            shown.resize(40 + number % 90, 10 + number % 31)
        for size in ((0, 0), (1, 1), (1000, 500), (65535, 65535), (90, 30)):
            shown.resize(*size)
        shown.read(1.0)
        shown.output.clear()
        shown.resize(100, 30)
        shown.shows(FOOTER)
        shown.read(0.3)
        rows = picture(shown.output, (100, 30))
        assert "lossmon  runs/" in rows[0]
        assert FOOTER in rows[-1]


@pytest.mark.parametrize("name", ["\x1b]52;c;aGk=\x07\x1b[2J\x9b?1049l", "\u202e[@click=app.quit]\x7f\r\n\x90q\x9c"])
def test_control_characters_in_a_name_never_reach_the_terminal_on_any_page(name: str) -> None:
    with terminal(live("0", "--name", name)) as shown:
        shown.shows(FOOTER)
        for key in (b"m", b"\x1b", b" ", b"c", b"t", b"i", b"?", b"\x1b", b"/", b"e", b"\r"):
            shown.send(key)
            shown.read(0.08)
        for size in ((80, 24), (40, 10), (24, 4)):
            shown.resize(*size)
            shown.read(0.3)
        assert shown.process.poll() is None
        assert forbidden_output(shown.output) == []


def test_environment_variables_of_textual_have_no_effect(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with terminal(
        lossmon("demo", "--speed", "50", "--no-gpu"),
        TEXTUAL_PRESS="q",
        TEXTUAL_LOG=str(log),
        TEXTUAL_SCREENSHOT="0",
        TEXTUAL_DRIVER="no.such:Driver",
    ) as shown:
        shown.shows(FOOTER)
        shown.read(1.0)
        assert shown.process.poll() is None
        assert not log.exists()


def test_the_demo_says_that_its_trainings_are_recorded() -> None:
    with terminal(lossmon("demo", "--no-gpu")) as shown:
        shown.shows("demo: recorded trainings, replayed")


def test_with_no_color_no_colour_is_written() -> None:
    with terminal(lossmon("demo", "--speed", "50", "--no-gpu"), NO_COLOR="1") as shown:
        shown.shows(FOOTER)
        shown.read(0.5)
        codes = set(re.findall(rb"\x1b\[([0-9;]*)m", shown.output))
        assert codes <= {b"", b"1", b"2", b"7", b"0;1", b"0;2", b"0;7", b"0;1;7", b"0;1;2", b"0;2;7", b"1;7", b"2;7"}


@pytest.mark.parametrize("term", ["vt100", "linux", "screen", "tmux-256color"])
def test_any_other_terminal_with_an_ascii_locale_gets_ascii_and_known_sequences(term: str) -> None:
    with terminal(lossmon("demo", "--speed", "50", "--no-gpu"), TERM=term, LC_ALL="C", PYTHONUTF8="0") as shown:
        shown.shows(FOOTER)
        shown.read(0.3)
        assert shown.output.isascii()
        assert forbidden_output(shown.output) == []
        shown.send(b"q")
        assert shown.ends() == 0
        assert shown.is_as_before()


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_gets_one_line_without_escape_sequences(term: str) -> None:
    with terminal(lossmon("watch", "."), TERM=term) as shown:
        assert shown.ends() == 2
        assert b"\x1b" not in shown.output
        assert shown.output.count(b"\n") == 1
        assert b"lossmon tail" in shown.output


@pytest.mark.parametrize("source", ["<&-", "</dev/null", "< <(:)"])
def test_standard_input_that_is_no_terminal_is_an_error_in_one_line(source: str) -> None:
    with terminal(["bash", "-c", f'"{sys.executable}" -m lossmon watch . {source}']) as shown:
        assert shown.ends() == 2
        assert bytes(shown.output).startswith(b"lossmon: no terminal to draw on")
        assert shown.output.count(b"\n") == 1


def test_output_to_a_file_is_refused_without_escape_sequences(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with terminal(["sh", "-c", f'"{sys.executable}" -m lossmon watch . > {target}']) as shown:
        assert shown.ends() == 2
        assert b"\x1b" not in shown.output
        assert target.read_bytes() == b""


def test_a_terminal_that_cannot_be_opened_is_an_error_in_one_line() -> None:
    with terminal(live("0", "--fail", "terminal")) as shown:
        assert shown.ends() == 2
        assert shown.output == b"lossmon: the terminal cannot be opened: Permission denied; try --stock-driver\r\n"


@pytest.mark.parametrize(
    ("options", "is_on"), [((), True), (("--no-mouse",), False), (("--stock-driver", "--no-mouse"), False)]
)
def test_the_mouse_is_left_to_the_terminal_on_request(options: tuple[str, ...], is_on: bool) -> None:
    with terminal(lossmon("demo", "--speed", "50", "--no-gpu", *options)) as shown:
        shown.shows(FOOTER)
        shown.send(b"q")
        assert shown.ends() == 0
        assert (b"\x1b[?1000h" in shown.output) == is_on
        assert shown.is_as_before()


def test_the_stock_driver_option_draws_with_textuals_driver() -> None:
    with terminal(live("0", "--stock")) as shown:
        shown.shows(FOOTER)
        assert forbidden_output(shown.output)
        shown.send(b"q")
        assert shown.ends() == 0
        assert shown.is_as_before()


def test_the_supervisor_is_small_and_imports_nothing_large() -> None:
    code = "import sys, lossmon.cli.watch; print(*sys.modules)"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert not {"numpy", "textual", "rich", "ctypes", "hashlib", "dataclasses"} & set(done.stdout.split())
    with terminal(lossmon("demo", "--no-gpu")) as shown:
        shown.shows(FOOTER)
        pages = int(Path(f"/proc/{shown.pid}/statm").read_text().split()[1])
        assert pages * os.sysconf("SC_PAGE_SIZE") < 16e6
