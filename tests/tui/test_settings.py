from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.screen import app_of, shown, text
from tests.support.scripted import ScriptedSource, four_runs, snapshot

from lossmon.cli.parser import parse
from lossmon.presentation.sorting import Sort
from lossmon.tui.app import MonitorApp
from lossmon.tui.column_choice import COLUMNS
from lossmon.tui.settings import DisplayOptions, ViewSettings, load_settings, save_settings
from lossmon.tui.styled_text import Palette
from lossmon.tui.theme import THEMES, detect_theme, next_theme

CHOSEN = ViewSettings(theme="okabe-ito", columns=(("wide", ("best", "gap")),))
VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["dark", "gap", 0.6, [], {}])


def test_colours_and_columns_survive_a_restart_and_what_hides_or_sorts_runs_or_changes_curves_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new" / "view.json"
    save_settings(
        path, replace(CHOSEN, sort=Sort.GAP, run_filter="lstm", typing=True, hide_finished=True, smoothing=0.6)
    )
    assert load_settings(path, ViewSettings()) == (CHOSEN, "")


def test_default_settings_are_not_written(tmp_path: Path) -> None:
    save_settings(tmp_path / "view.json", ViewSettings())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff", b'{"sort": "gap"}', b"[" * 20_000])
def test_a_damaged_file_is_reported_and_ignored(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "view.json"
    path.write_bytes(content)
    settings, notice = load_settings(path, ViewSettings())
    assert settings == ViewSettings()
    assert notice.endswith("is damaged")


def test_a_file_that_says_more_is_read_as_far_as_it_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "view.json"
    path.write_text('{"sort": "gap", "smoothing": 0.3, "theme": "okabe-ito", "hide_finished": true}')
    assert load_settings(path, ViewSettings()) == (replace(CHOSEN, columns=()), "")


@given(st.fixed_dictionaries({"theme": VALUES}))
def test_invalid_values_are_not_loaded(tmp_path_factory: pytest.TempPathFactory, stored: object) -> None:
    path = tmp_path_factory.mktemp("state") / "view.json"
    path.write_text(json.dumps(stored))
    settings, _ = load_settings(path, ViewSettings())
    assert settings.theme in THEMES


@given(st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["wide", "x"]), inner)))
def test_of_the_columns_only_known_ones_are_loaded(tmp_path_factory: pytest.TempPathFactory, stored: object) -> None:
    path = tmp_path_factory.mktemp("state") / "view.json"
    usual = {"theme": "dark"}
    path.write_text(json.dumps({**usual, "columns": stored}))
    settings, notice = load_settings(path, ViewSettings())
    known = {column.key for column in COLUMNS}
    assert notice or all(known.issuperset(keys) for _, keys in settings.columns)
    assert {name for name, _ in settings.columns} <= {"wide"}


def test_a_directory_that_cannot_be_written_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    save_settings(tmp_path / "file" / "view.json", CHOSEN)
    assert load_settings(tmp_path / "file" / "view.json", ViewSettings())[0] == ViewSettings()


async def test_the_screen_starts_with_the_stored_settings_unless_the_command_line_says_otherwise() -> None:
    app = MonitorApp(
        ScriptedSource(snapshot(*four_runs())),
        None,
        "runs/",
        DisplayOptions(theme="contrast"),
        replace(CHOSEN, sort=Sort.GAP),
        "a word",
    )
    async with app.run_test(size=(120, 36)):
        assert app.state.view.sort is Sort.GAP
        assert app.state.view.theme == "contrast"
        assert app.state.notice == "a word"


async def test_a_key_changes_the_theme_and_the_last_line_names_it() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        before = pilot.app.export_screenshot()
        await pilot.press("T")
        assert app_of(pilot).state.view.theme == "light"
        assert "light" in text(pilot).splitlines()[-1]
        assert pilot.app.export_screenshot() != before


def test_every_theme_colours_the_same_roles() -> None:
    assert len({frozenset(theme) for theme in THEMES.values()}) == 1
    assert Palette("dark").style("val").color != Palette("contrast").style("val").color


def test_the_key_goes_through_all_themes_and_the_command_line_takes_each() -> None:
    seen = [next_theme(theme) for theme in THEMES]
    assert sorted(seen) == sorted(THEMES)
    assert [parse(["watch", "--theme", theme]).theme for theme in THEMES] == list(THEMES)


@pytest.mark.parametrize(("background", "theme"), [("0;15", "light"), ("15;default;0", "dark"), ("", "dark")])
def test_the_theme_follows_the_background_that_the_terminal_tells(background: str, theme: str) -> None:
    assert detect_theme({"COLORFGBG": background}) == theme


def test_help_names_the_themes_without_numpy_rich_or_dataclasses() -> None:
    code = "import sys; from lossmon.cli.parser import parser; parser().format_help(); print(*sys.modules)"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert not {"numpy", "rich", "textual", "dataclasses"} & set(done.stdout.split())
