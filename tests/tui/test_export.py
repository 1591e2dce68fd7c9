from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.support.screen import SMALL, WIDE, app_of, shown, text, until
from tests.support.scripted import curve, four_runs, run_snapshot, snapshot

from lossmon.core.atomic_write import replace_file, write_new
from lossmon.core.text import Name
from lossmon.tui.export import csv_lines, escape_formula, export, file_stem


def test_every_point_of_every_tag_is_a_row() -> None:
    values = np.array([0.5, np.nan, -np.inf])
    lines = list(
        csv_lines([curve("val/loss", values), replace(curve("lr", values[:1], "step"), wall_time=np.array([np.nan]))])
    )
    assert lines == [
        "tag,axis,x,unix_seconds,value\n",
        "val/loss,epoch,1,1700000042.000000,0.5\n",
        "val/loss,epoch,2,1700000084.000000,nan\n",
        "val/loss,epoch,3,1700000126.000000,-inf\n",
        "lr,step,1,,0.5\n",
    ]


@pytest.mark.parametrize("tag", ["=1+1", "+A1", "-A1", "@SUM(A1)", '=HYPERLINK("a","b")'])
def test_a_tag_never_becomes_a_formula_in_a_spreadsheet(tag: str) -> None:
    (row,) = list(csv.reader(list(csv_lines([curve(tag, np.zeros(1))]))[1:]))
    assert row[0] == f"'{tag}"
    assert escape_formula("loss-1") == "loss-1"


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a/b c", "a_b_c"), ("../../etc", "etc"), ("..", "run"), ("", "run"), ("é" * 9, "run"), ("x" * 200, "x" * 80)],
)
def test_any_run_name_becomes_a_safe_file_name(name: str, stem: str) -> None:
    assert file_stem(name) == stem


def test_nothing_is_overwritten_and_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "lossmon-lstm-512.svg").write_text("mine")
    (tmp_path / "lossmon-lstm-512.csv").symlink_to(tmp_path / "elsewhere")
    notice = export(run_snapshot(), "<svg/>", tmp_path)
    assert notice == f"saved lossmon-lstm-512-2.svg and lossmon-lstm-512-2.csv in {tmp_path}"
    assert (tmp_path / "lossmon-lstm-512.svg").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_a_directory_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    directory = tmp_path / "missing"
    assert export(run_snapshot(), "", directory) == f"not saved: {directory}: No such file or directory"


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> object:
        yield "half"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_new(tmp_path / "a", broken())  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state"
    replace_file(path, "one")
    replace_file(path, "two")
    assert path.read_text() == "two"
    assert [one.name for one in path.parent.iterdir()] == ["state"]


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_export_key_saves_the_screen_and_the_last_line_names_the_files(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hostile = replace(run_snapshot("../a b"), name=Name.of("../a b"))
    async with shown(snapshot(hostile, *four_runs()), size=size) as pilot:
        app_of(pilot).state = app_of(pilot).state.with_view(selected=hostile.name)
        await pilot.press("E")
        await until(pilot, lambda: bool(app_of(pilot).state.notice))
        assert " saved lossmon-a_b.svg" in text(pilot)
        await pilot.press("j")
        assert "saved" not in text(pilot)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lossmon-a_b.csv", "lossmon-a_b.svg"]
    assert "lossmon" in (tmp_path / "lossmon-a_b.svg").read_text()


@pytest.mark.parametrize("name", ["\x1b]0;x\x07loss", "<script>&amp;]]>", "a\x00b\x0b\udcff\ufffe", "\u202eloss"])
async def test_a_saved_screen_is_valid_xml_whatever_a_run_is_called(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with shown(snapshot(run_snapshot(name))) as pilot:
        await pilot.press("E")
        await until(pilot, lambda: bool(app_of(pilot).state.notice))
    (picture,) = tmp_path.glob("*.svg")
    assert ElementTree.fromstring(picture.read_text()).tag.endswith("svg")
    assert not set(picture.read_text()) & set("\x00\x07\x0b\x1b\u202e")
