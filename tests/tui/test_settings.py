from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.screen import app_of, shown, text
from tests.support.scripted import Script, four_runs, snapshot

from lossmon.cli.parser import parse
from lossmon.presentation.sorting import Sort
from lossmon.tui.app import MonitorApp
from lossmon.tui.memory import recalled, remember
from lossmon.tui.settings import DisplayOptions
from lossmon.tui.state import ViewSettings
from lossmon.tui.theme import THEMES, Palette, following_theme, usual_theme

CHOSEN = ViewSettings(sort=Sort.GAP, smoothing=0.6, theme="okabe-ito", hide_finished=True)
VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["dark", "gap", 0.6, [], {}])


def test_the_looks_survive_a_restart_and_what_was_looked_at_does_not(tmp_path: Path) -> None:
    path = tmp_path / "new" / "view.json"
    remember(path, replace(CHOSEN, run_filter="lstm", typing=True))
    assert recalled(path, ViewSettings()) == (CHOSEN, "")


def test_nothing_is_written_while_nothing_was_chosen(tmp_path: Path) -> None:
    remember(tmp_path / "view.json", ViewSettings())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff", b'{"sort": "gap"}', b"[" * 20_000])
def test_a_file_that_is_not_understood_is_said_and_ignored(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "view.json"
    path.write_bytes(content)
    choices, notice = recalled(path, ViewSettings())
    assert choices == ViewSettings()
    assert notice.endswith("cannot be understood")


@given(st.fixed_dictionaries(dict.fromkeys(("sort", "smoothing", "theme", "hide_finished"), VALUES)))
def test_no_value_that_was_never_kept_is_taken(tmp_path_factory: pytest.TempPathFactory, found: object) -> None:
    path = tmp_path_factory.mktemp("state") / "view.json"
    path.write_text(json.dumps(found))
    choices, notice = recalled(path, ViewSettings())
    assert notice or isinstance(choices.sort, Sort)
    assert choices.theme in THEMES


def test_a_directory_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "view.json", CHOSEN)
    assert recalled(tmp_path / "file" / "view.json", ViewSettings())[0] == ViewSettings()


async def test_the_screen_begins_as_it_was_left() -> None:
    app = MonitorApp(Script(snapshot(*four_runs())), None, "runs/", DisplayOptions(theme="contrast"), CHOSEN, "a word")
    async with app.run_test(size=(120, 36)):
        assert app.state.choices.sort is Sort.GAP
        assert app.state.choices.theme == "contrast"
        assert app.state.notice == "a word"


async def test_a_key_changes_the_colours_and_a_word_names_them() -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        before = pilot.app.export_screenshot()
        await pilot.press("T")
        assert app_of(pilot).state.choices.theme == "light"
        assert "light" in text(pilot).splitlines()[-1]
        assert pilot.app.export_screenshot() != before


def test_every_theme_colours_the_same_roles() -> None:
    assert len({frozenset(theme) for theme in THEMES.values()}) == 1
    assert Palette("dark").style("val").color != Palette("contrast").style("val").color


def test_the_themes_come_round_and_can_all_be_asked_for() -> None:
    seen = [following_theme(theme) for theme in THEMES]
    assert sorted(seen) == sorted(THEMES)
    assert [parse(["watch", "--theme", theme]).theme for theme in THEMES] == list(THEMES)


@pytest.mark.parametrize(("ground", "theme"), [("0;15", "light"), ("15;default;0", "dark"), ("", "dark")])
def test_a_terminal_that_says_its_background_gets_colours_for_it(ground: str, theme: str) -> None:
    assert usual_theme({"COLORFGBG": ground}) == theme
