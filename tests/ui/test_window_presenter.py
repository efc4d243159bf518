"""The window joined to the stores: each connection of `WindowPresenter` seen from the screen, with real keys and clicks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from desktop_builders import ANN, BOB, ME, TALK, WHEN, member, settings, uid, user
from fake_world import inbound
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from window_stage import HARBOUR, WindowStage, online, window_stage

from chinwag_desktop.core.changes import StorageProblem, StorageTroubled
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import Draft, Presence
from chinwag_desktop.core.errors import DiskFull, Unreachable
from chinwag_desktop.ui.connection_panel import ConnectionPanel
from chinwag_desktop.ui.new_conversation_dialog import NewConversationDialog
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.hit import Target
from chinwag_desktop.ui.widgets.text import Text
from chinwag_protocol.objects import Attachment
from chinwag_protocol.times import format_time

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
REPORT = Attachment(id=uid("a"), name="report.pdf", media_type="application/pdf", size=9, url="/attachments/a")


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def dialog_of(stage: WindowStage) -> NewConversationDialog:
    dialog = stage.window.open_new_conversation()
    assert dialog is not None
    return dialog


def drafts_listed(stage: WindowStage) -> dict[str, str]:
    items = stage.presenter._conversations.items()
    return {item.title: item.summary.draft for item in items if item.summary.draft}


# ------------------------------------------------------- opening and names


async def test_the_conversation_that_was_open_last_is_there_at_once(stage: WindowStage) -> None:
    assert (stage.presenter.opened, stage.title, stage.shown) == (TALK, "Ann", ["hello"])
    assert stage.window.windowTitle() == "(2) Ann · Chinwag"
    assert stage.listed == ["Harbour", "Ann"]
    assert stage.window.sidebar.top.name.text() == "Me"


async def test_a_click_in_the_list_opens_it_and_the_next_start_shows_it(stage: WindowStage) -> None:
    stage.click_in_list("Harbour")
    assert (stage.title, stage.shown) == ("Harbour", ["ahoy"])
    await stage.until(lambda: stage.reader.last_opened() == HARBOUR)


async def test_a_group_that_is_renamed_is_called_so_everywhere(stage: WindowStage) -> None:
    stage.presenter.open(HARBOUR)
    await stage.says(stage.world.rename("Dry dock", to="harbour"))
    assert (stage.title, stage.window.windowTitle()) == ("Dry dock", "(2) Dry dock · Chinwag")
    assert stage.listed == ["Dry dock", "Ann"]


async def test_a_person_who_changes_their_name_is_called_so_everywhere(stage: WindowStage) -> None:
    await stage.pipeline.apply_users([user("ann", display_name="Anna Berg")])
    await stage.idle()
    assert (stage.title, stage.window.windowTitle()) == ("Anna Berg", "(2) Anna Berg · Chinwag")
    assert stage.listed == ["Harbour", "Anna Berg"]


async def test_a_new_conversation_stands_in_the_list(stage: WindowStage) -> None:
    await stage.says(stage.world.open("other", member("me"), member("bob"), kind="group", title="Other"))
    assert "Other" in stage.listed


async def test_a_conversation_that_one_left_goes_from_list_and_screen(stage: WindowStage) -> None:
    await stage.says(stage.world.leave(to="talk"))
    assert stage.presenter.opened is None
    assert stage.listed == ["Harbour"]
    assert stage.title == ""
    assert stage.window.windowTitle() == "(1) Chinwag"
    await stage.says(stage.world.leave(to="harbour"))
    assert stage.listed == []


async def test_leaving_another_conversation_leaves_the_open_one(stage: WindowStage) -> None:
    await stage.says(stage.world.leave(to="harbour"))
    assert (stage.presenter.opened, stage.title) == (TALK, "Ann")


async def test_the_keys_of_the_window_walk_the_list(stage: WindowStage) -> None:
    stage.window.sidebar.open_next(-1)
    assert stage.title == "Harbour"


# ----------------------------------------------------------------- drafts


async def test_clicking_the_open_conversation_again_leaves_what_is_written(stage: WindowStage) -> None:
    stage.type("half a sentence")
    cursor = stage.window.pane.composer.editor.textCursor()
    cursor.setPosition(4)
    stage.window.pane.composer.editor.setTextCursor(cursor)
    model = stage.window.pane.model
    stage.window.sidebar.list.setFocus()
    stage.click_in_list("Ann")
    assert stage.composed == "half a sentence"
    assert stage.window.pane.composer.editor.textCursor().position() == 4
    assert stage.window.pane.model is model
    assert stage.window.focusWidget() is stage.window.pane.composer.editor
    await stage.idle()
    assert stage.composed == "half a sentence"


async def test_going_away_and_back_at_once_shows_what_was_written_last(stage: WindowStage) -> None:
    stage.click_in_list("Harbour")
    await stage.save_draft(Draft(conversation_id=TALK, text="old"))
    stage.click_in_list("Ann")
    assert stage.composed == "old"
    stage.window.pane.composer.editor.selectAll()
    stage.type("new")
    stage.click_in_list("Harbour")
    assert stage.composed == ""
    stage.click_in_list("Ann")
    assert stage.composed == "new"
    stage.type("er")
    stage.click_in_list("Harbour")
    stage.click_in_list("Ann")
    assert stage.composed == "newer"
    await stage.until(lambda: (draft := stage.reader.draft(TALK)) is not None and draft.text == "newer")


async def test_a_draft_that_was_sent_does_not_come_back(stage: WindowStage) -> None:
    stage.type("done")
    stage.click_in_list("Harbour")
    await stage.idle()
    stage.click_in_list("Ann")
    stage.enter()
    stage.click_in_list("Harbour")
    stage.click_in_list("Ann")
    assert stage.composed == ""
    assert stage.shown == ["hello", "done"]
    await stage.until(lambda: stage.reader.draft(TALK) is None)


async def test_quitting_right_after_the_last_key_keeps_the_draft(stage: WindowStage) -> None:
    stage.type("the last key")
    await stage.presenter.close()
    await stage.chat.close()
    assert (await stage.outbox_db.drafts())[TALK].text == "the last key"


async def test_a_draft_stands_in_the_list_once_it_is_saved(stage: WindowStage) -> None:
    stage.type("to do")
    stage.click_in_list("Harbour")
    await stage.until(lambda: drafts_listed(stage) == {"Ann": "to do"})


# ----------------------------------------------------------------- people


async def test_people_come_and_go(stage: WindowStage) -> None:
    await stage.says(online(ME, ANN))
    assert stage.listed == ["Harbour", "Ann", "Online · 1", "Ann"]
    assert stage.status == "online"
    await stage.says(online(ME))
    assert stage.listed == ["Harbour", "Ann"]
    assert stage.status == "offline"


async def test_a_person_in_the_list_is_talked_to(stage: WindowStage) -> None:
    await stage.says(online(ME, BOB))
    stage.click_in_list("Bob")
    await stage.until(lambda: stage.title == "Bob")
    assert stage.server.asked == [("direct", BOB)]


async def test_sixty_strangers_online_are_asked_for_once_each(stage: WindowStage) -> None:
    strangers = [user(f"stranger {number}") for number in range(60)]
    stage.world.users += strangers
    stage.catch_up.link_up()
    await stage.says(online(ME, *[person.id for person in strangers]))
    await stage.says(inbound("userOnline", {"userId": ANN}))
    await stage.until(lambda: not stage.presence.unknown_online())
    assert sorted(stage.world.asked) == sorted(person.id for person in strangers)
    assert f"Online · {61}" in stage.listed


async def test_a_stranger_whom_the_server_does_not_know_is_asked_for_once(stage: WindowStage) -> None:
    stage.catch_up.link_up()
    await stage.says(online(ME, uid("ghost")))
    for _ in range(3):
        await stage.says(
            inbound("userOnline", {"userId": ANN}), inbound("userOffline", {"userId": ANN, "lastSeenAt": WHEN})
        )
    assert stage.world.asked == [uid("ghost")]


# ------------------------------------------------------- new conversations


async def test_the_dialog_opens_a_talk_that_is_known_at_once(stage: WindowStage) -> None:
    stage.presenter.open(HARBOUR)
    dialog = dialog_of(stage)
    QTest.keyClicks(dialog.search.edit, "ann")
    QTest.keyClick(dialog.search.edit, Qt.Key.Key_Return)
    assert (stage.presenter.opened, stage.server.asked) == (TALK, [])


async def test_the_dialog_makes_a_group(stage: WindowStage) -> None:
    dialog = dialog_of(stage)
    for row in range(2):
        dialog.list.setCurrentIndex(dialog.model.index(row))
        QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    QTest.keyClicks(dialog.group_title.edit, "Crew")
    QTest.keyClick(dialog.group_title.edit, Qt.Key.Key_Return)
    await stage.until(lambda: stage.title == "Crew")
    assert stage.server.asked == [("group", "Crew", {ANN, BOB})]


async def test_the_dialog_searches_the_directory(stage: WindowStage) -> None:
    stage.world.users.append(user("carol"))
    dialog = dialog_of(stage)
    QTest.keyClicks(dialog.search.edit, "carol")
    assert dialog.model.rowCount() == 0
    dialog.picker._query.timeout.emit()
    await stage.until(lambda: dialog.model.rowCount() == 1)
    assert stage.server.asked == [("users", "carol")]
    dialog.choose("")


async def test_a_directory_that_cannot_be_searched_is_said(stage: WindowStage) -> None:
    stage.server.failure = Unreachable()
    dialog = dialog_of(stage)
    QTest.keyClicks(dialog.search.edit, "carol")
    dialog.picker._query.timeout.emit()
    await stage.until(lambda: stage.toast)
    assert stage.toast.startswith("The server cannot be asked now")
    dialog.choose("")


async def test_what_failed_is_said_and_a_page_that_comes_again_is_not(stage: WindowStage) -> None:
    stage.server.failure = Unreachable()
    await stage.says(online(ME, BOB))
    stage.chat.fetch(TALK, 1, 1)
    await stage.idle()
    assert stage.toast == ""
    stage.click_in_list("Bob")
    await stage.until(lambda: stage.toast)
    assert stage.toast.startswith("The conversation could not be opened")


# ------------------------------------------------------------- connection


async def test_retry_now_in_the_banner(stage: WindowStage) -> None:
    stage.connection.state_changed.emit(
        ConnectionState(phase=Phase.WAITING, attempt=3, retry_at=1e9, wait_s=4, reason="transport close")
    )
    stage.window.sidebar.list.setFocus()
    banner = stage.window.pane.status
    assert banner.view is not None
    QTest.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    assert stage.monitor.retries == 1
    assert stage.window.focusWidget() is stage.window.pane.composer.editor
    stage.connection.state_changed.emit(ConnectionState(phase=Phase.STOPPED))  # no more countdown


async def test_the_account_shows_whether_there_is_a_connection(stage: WindowStage) -> None:
    account = stage.window.sidebar.top.account
    assert account._presence is Presence.OFFLINE
    stage.link.connect()
    assert account._presence is Presence.ONLINE
    stage.link.lose()
    assert account._presence is Presence.OFFLINE
    stage.connection.state_changed.emit(ConnectionState(phase=Phase.STOPPED))


async def test_the_panel_shows_the_figures_of_the_connection(stage: WindowStage) -> None:
    QTest.mouseClick(stage.window.pane.header.latency, Qt.MouseButton.LeftButton)
    panel = stage.window._dialog
    assert isinstance(panel, ConnectionPanel)
    panel.choose("")


# ---------------------------------------------------------------- the disk


async def test_a_disk_that_refuses_is_said(stage: WindowStage) -> None:
    stage.pipeline.publish(StorageTroubled(problem=StorageProblem.OUTBOX_FAILED))
    assert "disk refused" in stage.toast


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        (StorageProblem.OUTBOX_CLOSED, "Nothing can be sent now"),
        (StorageProblem.OUTBOX_SALVAGED, "Unsent messages may be missing"),
    ],
)
async def test_an_outbox_in_trouble_is_a_question_of_its_own(
    stage: WindowStage, problem: StorageProblem, title: str, tmp_path: Path
) -> None:
    stage.pipeline.publish(StorageTroubled(problem=problem, path=tmp_path / "outbox.db"))
    await stage.idle()
    dialog = stage.window._dialog
    assert dialog is not None
    assert title in [text.text() for text in dialog.findChildren(Text)]
    dialog.choose("")
    await stage.idle()


async def test_a_draft_that_the_disk_refuses_is_said_and_stays_in_memory(
    stage: WindowStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_draft: Any) -> None:
        raise DiskFull("full")

    monkeypatch.setattr(stage.outbox_db, "save_draft", refuse)
    stage.type("precious")
    stage.click_in_list("Harbour")
    await stage.until(lambda: stage.toast)
    assert stage.toast.startswith("The draft could not be saved")
    stage.click_in_list("Ann")
    assert stage.composed == "precious"


# ------------------------------------------------------ links, attachments


async def test_a_link_in_a_message_is_opened_by_the_system(stage: WindowStage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    await stage.says(stage.world.say("https://example.org/quay"))
    stage.click_on("https://example.org/quay", Target.LINK)
    assert [url.toString() for url in opened] == ["https://example.org/quay"]


async def test_a_server_does_not_choose_the_folder_of_a_saved_file(stage: WindowStage) -> None:
    evil = msgspec.structs.replace(REPORT, name="/srv/autostart/evil.desktop")
    await stage.says(stage.world.say("look", kind="file", attachments=(evil,)))
    stage.click_on("look", Target.ATTACHMENT)
    dialog = stage.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.selectedFiles()[0].endswith("/evil.desktop")
    assert "autostart" not in dialog.selectedFiles()[0]
    dialog.reject()


async def test_an_attachment_is_saved_where_the_person_says(stage: WindowStage, tmp_path: Path) -> None:
    await stage.says(stage.world.say("look", kind="file", attachments=(REPORT,)))
    stage.click_on("look", Target.ATTACHMENT)
    dialog = stage.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.selectedFiles()[0].endswith("report.pdf")
    target = tmp_path / "kept.pdf"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    await stage.until(lambda: stage.toast)
    assert target.read_bytes() == b"the file"
    assert stage.toast == "Saved as kept.pdf"
    assert stage.server.asked == [("download", "/attachments/a")]


# ----------------------------------------------------------------- the end


async def test_when_the_session_ends_nothing_of_it_is_shown(stage: WindowStage) -> None:
    await stage.presenter.close()
    assert (stage.presenter.opened, stage.title, stage.window.windowTitle()) == (None, "", "Chinwag")


async def test_a_conversation_that_is_not_here_is_not_opened(stage: WindowStage) -> None:
    stage.presenter.open(uid("nowhere"))
    assert (stage.presenter.opened, stage.title) == (TALK, "Ann")


async def test_the_title_counts_what_is_unread_and_not_muted(stage: WindowStage) -> None:
    await stage.says(stage.world.say("one", "ann"))
    assert stage.window.windowTitle() == "(3) Ann · Chinwag"
    await stage.says(stage.world.read("me", 2))
    assert stage.window.windowTitle() == "(1) Ann · Chinwag"
    muted = settings(muted_until="9999-12-31T00:00:00.000Z")
    await stage.says(inbound("settingsUpdated", {"conversationId": HARBOUR, "settings": muted}))
    assert stage.window.windowTitle() == "Ann · Chinwag"


async def test_a_silence_that_has_run_out_is_seen_to_be_over(stage: WindowStage) -> None:
    until = format_time(stage.clock.now() + timedelta(hours=1))
    await stage.says(inbound("settingsUpdated", {"conversationId": HARBOUR, "settings": settings(muted_until=until)}))
    model = stage.window.sidebar.model
    assert model is not None

    def silent() -> bool:
        return any(", muted" in model.words_of(item, spoken=True) for item in model.items())

    assert silent()
    stage.clock.jump(3601)
    stage.presenter._mutes.timeout.emit()
    assert not silent()


async def test_a_burst_of_messages_lays_the_list_out_a_few_times_and_ends_true(stage: WindowStage) -> None:
    shown: list[int] = []
    stage.presenter._conversations.shown.connect(lambda: shown.append(1))
    for number in range(40):
        await stage.hear(stage.world.say(f"ahoy {number}", "bob", to="harbour"))
    await stage.until(lambda: not stage.presenter._changed)
    assert len(shown) < 20
    item = stage.presenter._conversations.item_of(HARBOUR)
    assert item is not None
    assert item.excerpt == "Bob: ahoy 39"
