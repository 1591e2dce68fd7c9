from __future__ import annotations

import threading

from tests.support.screen import rows, shown, until
from tests.support.scripted import run_snapshot, snapshot

from lossmon.tui.announcements import Announced, Announcements
from lossmon.tui.settings import DisplayOptions


async def test_a_notice_of_another_thread_stands_in_the_last_line_until_a_key() -> None:
    announcements = Announcements()
    async with shown(snapshot(run_snapshot()), options=DisplayOptions(announcements=announcements)) as pilot:
        thread = threading.Thread(target=announcements.show, args=("alerts: slack: HTTP 404\x1b[2J",))
        thread.start()
        await until(pilot, lambda: "alerts: slack: HTTP 404␛[2J" in rows(pilot)[-1])
        thread.join()
        await pilot.press("s")
        assert "slack" not in rows(pilot)[-1]


def test_what_is_announced_while_there_is_no_screen_is_dropped() -> None:
    announcements, posted = Announcements(), list[Announced]()
    assert not announcements.show("too early")
    announcements.connect(posted.append)
    announcements.ring("\a")
    announcements.connect(None)
    announcements.ring("\a")
    assert [(one.notice, one.sequence) for one in posted] == [("", "\a")]


def test_an_application_whose_loop_has_ended_is_no_error() -> None:
    def post(_: Announced) -> None:
        raise RuntimeError("Event loop is closed")

    announcements = Announcements()
    announcements.connect(post)
    announcements.ring("\a")
    assert not announcements.show("too late")
