"""Cards of people, one's own profile, password, devices and blocks: opened, changed, refused in words, quiet offline."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from desktop_builders import ANN, BOB, ME, uid, user
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from window_stage import HARBOUR, WindowStage, online, window_stage

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import Person
from chinwag_desktop.core.errors import Refused, Unreachable
from chinwag_desktop.models.person_words import header_words
from chinwag_desktop.stores.settings_store import SettingsStore
from chinwag_desktop.ui.action_list import ActionListDialog
from chinwag_desktop.ui.own_profile import HOUR, SAVE, OwnProfileDialog
from chinwag_desktop.ui.password_dialog import CHANGE, PasswordDialog
from chinwag_desktop.ui.profile_card import BLOCK, MESSAGE, ProfileCard
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.hit import Target
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_protocol.http import ProfilePatch, SessionInfo, StatusPatch
from chinwag_protocol.objects import UserStatus

D = TypeVar("D", bound=Dialog)


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        stage.link.connect()
        stage.monitor.state = ConnectionState(phase=Phase.ONLINE)
        yield stage


def dialog_of(stage: WindowStage, kind: type[D]) -> D:
    dialog = stage.window._dialog
    assert isinstance(dialog, kind)
    return dialog


def press(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


async def card_of(stage: WindowStage, name: str = "Ann") -> ProfileCard:
    """Opened from the header, once the server has said whether they are blocked."""
    stage.click_in_list(name)
    press(stage.window.pane.header.name)
    card = dialog_of(stage, ProfileCard)
    await stage.until(lambda: card.buttons[BLOCK].isEnabled())
    return card


# ---------------------------------------------------------------- the card of somebody


async def test_the_name_in_the_header_of_a_direct_conversation_opens_the_card(stage: WindowStage) -> None:
    away = UserStatus(text="at the mast", until=None, dnd=False)
    await stage.pipeline.apply_users([user("ann", status=away)])
    await stage.says(online(ANN))
    card = await card_of(stage)
    assert (card.name.text(), card.username.text(), card.here.text()) == ("Ann", "@ann", "online")
    assert card.status.text() == "at the mast"
    await stage.pipeline.apply_users([user("ann", display_name="Ann Lee", status=None)])
    assert (card.name.text(), card.status.isHidden()) == ("Ann Lee", True)
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert stage.window._dialog is None


async def test_a_name_in_the_talk_leads_to_the_card(stage: WindowStage) -> None:
    stage.click_in_list("Harbour")
    await stage.says(stage.world.say("@ann look", "bob", to="harbour", mentions=(ANN,)))
    stage.click_on("ahoy", Target.PERSON)  # the first of the run: its name
    assert dialog_of(stage, ProfileCard).username.text() == "@bob"


async def test_a_click_on_a_mention_means_who_is_mentioned(stage: WindowStage) -> None:
    await stage.says(stage.world.say("ask @bob", "ann", mentions=(BOB,)))
    stage.click_on("ask @bob", Target.PERSON)
    assert dialog_of(stage, ProfileCard).username.text() == "@bob"


async def test_one_writes_to_somebody_from_the_card(stage: WindowStage) -> None:
    stage.presenter.open(HARBOUR)
    stage.presenter._cards.open(ANN)
    press(dialog_of(stage, ProfileCard).buttons[MESSAGE])
    assert stage.title == "Ann"


async def test_the_menu_of_a_person_and_of_a_conversation_lead_to_the_card(stage: WindowStage) -> None:
    await stage.says(online(BOB))
    sidebar = stage.window.sidebar
    found = {str(getattr(item, "title", getattr(item, "display_name", ""))): item for item in sidebar.model.items()}
    for menu in (sidebar.menu_of_person(found["Bob"]), sidebar.menu_of(found["Ann"])):
        next(action for action in menu.actions() if action.text() == "Profile").trigger()
        menu.deleteLater()
        names = dialog_of(stage, ProfileCard).username.text()
        assert names in ("@bob", "@ann")
    assert names == "@ann"


async def test_somebody_is_blocked_after_a_question_and_unblocked_without_one(stage: WindowStage) -> None:
    press((await card_of(stage)).buttons[BLOCK])
    await stage.until(lambda: not isinstance(stage.window._dialog, ProfileCard))
    press(dialog_of(stage, Dialog).buttons[BLOCK])
    await stage.until(lambda: isinstance(stage.window._dialog, ProfileCard))
    card = dialog_of(stage, ProfileCard)
    await stage.until(lambda: card.buttons[BLOCK].text() == "Unblock")
    assert "You block this person" in card.note.text()
    assert stage.server.blocked == {ANN}
    press(card.buttons[BLOCK])
    await stage.until(lambda: not stage.server.blocked)
    await stage.until(lambda: stage.window._dialog is not card)
    card = dialog_of(stage, ProfileCard)
    await stage.until(lambda: card.buttons[BLOCK].isEnabled())
    assert (card.buttons[BLOCK].text(), card.note.isHidden()) == ("Block…", True)


async def test_what_the_server_refuses_is_said_on_the_card(stage: WindowStage) -> None:
    press((await card_of(stage)).buttons[BLOCK])
    await stage.until(lambda: not isinstance(stage.window._dialog, ProfileCard))
    stage.server.failure = Unreachable()
    press(dialog_of(stage, Dialog).buttons[BLOCK])
    await stage.until(lambda: isinstance(stage.window._dialog, ProfileCard))
    assert dialog_of(stage, ProfileCard).note.text().startswith("Nobody was blocked")


async def test_offline_nobody_is_blocked(stage: WindowStage) -> None:
    card = await card_of(stage)
    stage.monitor.state = ConnectionState(phase=Phase.CONNECTING)
    stage.link.lose()
    await stage.until(lambda: not card.buttons[BLOCK].isEnabled())
    assert card.buttons[MESSAGE].isEnabled()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"online": True}, "online"),
        ({"online": True, "status": UserStatus(text="sailing", dnd=False)}, "online · sailing"),
        ({"online": True, "status": UserStatus(text="", dnd=True)}, "do not disturb"),
        ({"status": UserStatus(text="sailing\nfar", dnd=True)}, "offline · sailing far"),
        ({"online": True, "disabled": True}, "account disabled"),
    ],
)
def test_what_the_header_says_of_somebody(fields: dict[str, object], words: str) -> None:
    person = Person(id=ANN, username="ann", display_name="Ann", **fields)  # type: ignore[arg-type]
    assert header_words(person, datetime(2026, 11, 24, 20, tzinfo=UTC)) == words


# ---------------------------------------------------------------- one's own profile


async def own_of(stage: WindowStage) -> OwnProfileDialog:
    stage.window.profile_requested.emit()
    dialog = dialog_of(stage, OwnProfileDialog)
    await stage.until(lambda: dialog.name.isEnabled())
    return dialog


async def test_name_and_status_are_saved_by_enter_and_seen_at_once(stage: WindowStage) -> None:
    dialog = await own_of(stage)
    dialog.name.edit.selectAll()
    QTest.keyClicks(dialog.name.edit, "Ada Lovelace")
    QTest.keyClicks(dialog.status.edit, "on holiday")
    QTest.keyClick(dialog.status.edit, Qt.Key.Key_Return)
    await stage.until(lambda: stage.window._dialog is None)
    assert stage.server.asked[-2:] == [
        ("profile", ProfilePatch(display_name="Ada Lovelace")),
        ("profile", ProfilePatch(status=StatusPatch(text="on holiday", dnd=False))),
    ]
    await stage.until(lambda: stage.window.sidebar.top.name.text() == "Ada Lovelace")


async def test_only_what_changed_is_sent(stage: WindowStage) -> None:
    dialog = await own_of(stage)
    before = len(stage.server.asked)
    press(dialog.buttons[SAVE])
    await stage.until(lambda: stage.window._dialog is None)
    assert len(stage.server.asked) == before


async def test_do_not_disturb_for_an_hour_shows_at_the_own_picture(stage: WindowStage) -> None:
    dialog = await own_of(stage)
    press(dialog.quiet)
    dialog.until.choose(HOUR)
    press(dialog.buttons[SAVE])
    await stage.until(lambda: stage.window._dialog is None)
    [(_, patch)] = [asked for asked in stage.server.asked if asked[0] == "profile"]
    assert patch.status.dnd
    assert patch.status.until is not None
    await stage.until(lambda: stage.window.sidebar.top.account._presence.value == "busy")
    dialog = await own_of(stage)
    assert dialog.quiet.isChecked()
    assert dialog.until.text().startswith("as it is")
    press(dialog.quiet)
    press(dialog.buttons[SAVE])
    await stage.until(lambda: stage.window._dialog is None)
    assert stage.server.asked[-1] == ("profile", ProfilePatch(status=None))


async def test_what_is_refused_keeps_the_dialog_and_says_why(stage: WindowStage) -> None:
    dialog = await own_of(stage)
    stage.server.failure = Unreachable()
    QTest.keyClicks(dialog.name.edit, "!")
    QTest.keyClick(dialog.name.edit, Qt.Key.Key_Return)
    await stage.until(lambda: dialog.note.text().startswith("Your profile was not changed"))
    assert (dialog.name.text(), dialog.isVisible()) == ("Me!", True)


async def test_without_a_name_nothing_can_be_saved_and_offline_nothing_changed(stage: WindowStage) -> None:
    dialog = await own_of(stage)
    dialog.name.set_text("  ")
    assert not dialog.buttons[SAVE].isEnabled()
    stage.monitor.state = ConnectionState(phase=Phase.CONNECTING)
    stage.link.lose()
    await stage.until(lambda: not dialog.name.isEnabled())
    assert dialog.note.text().startswith("You are offline")


async def test_a_picture_is_chosen_made_square_and_taken_away_again(stage: WindowStage, tmp_path: Path) -> None:
    red = QImage(300, 200, QImage.Format.Format_RGB32)
    red.fill(QColor("#FF0000"))
    assert red.save(str(tmp_path / "red.png"))
    dialog = await own_of(stage)
    assert dialog.remove_picture.isHidden()
    press(dialog.choose_picture)
    chooser = stage.window.findChild(QFileDialog)
    assert chooser is not None
    chooser.fileSelected.emit(str(tmp_path / "red.png"))
    chooser.close()
    await stage.until(lambda: not dialog.remove_picture.isHidden() and dialog.remove_picture.isEnabled())
    [sent] = [asked[1] for asked in stage.server.asked if asked[0] == "picture"]
    made = QImage.fromData(sent)
    assert (made.width(), made.height(), made.pixelColor(100, 100).red() > 250) == (200, 200, True)
    press(dialog.remove_picture)
    await stage.until(lambda: dialog.remove_picture.isHidden())
    assert stage.server.asked[-1] == ("no picture",)


async def test_a_file_that_is_no_picture_is_said_so(stage: WindowStage, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    dialog = await own_of(stage)
    press(dialog.choose_picture)
    chooser = stage.window.findChild(QFileDialog)
    assert chooser is not None
    chooser.fileSelected.emit(str(tmp_path / "notes.png"))
    chooser.close()
    await stage.until(lambda: "no picture that can be read" in dialog.note.text())


# ---------------------------------------------------------------- password, devices, blocks


async def test_the_password_is_changed(stage: WindowStage) -> None:
    stage.window.password_requested.emit()
    dialog = dialog_of(stage, PasswordDialog)
    QTest.keyClicks(QApplication.focusWidget(), "old words here")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClicks(QApplication.focusWidget(), "new words here")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    await stage.until(lambda: stage.window._dialog is None)
    assert stage.server.asked[-1] == ("password", "old words here", "new words here")
    assert "password is changed" in stage.toast
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("current", "new", "failure", "words"),
    [
        ("", "new words here", None, "Type your present password"),
        ("old", "short", None, "A password has 10 to 256 characters"),
        ("old", "new words here", Refused(code="forbidden"), "That is not your present password"),
        ("old", "new words here", Unreachable(), "Your password was not changed"),
    ],
)
async def test_what_is_wrong_with_a_password_is_said(
    stage: WindowStage, current: str, new: str, failure: Exception | None, words: str
) -> None:
    stage.window.password_requested.emit()
    dialog = dialog_of(stage, PasswordDialog)
    dialog.current.set_text(current)
    dialog.new.set_text(new)
    stage.server.failure = failure
    press(dialog.buttons[CHANGE])
    await stage.until(lambda: dialog.note.text().startswith(words))
    assert dialog.isVisible()


def device(name: str, *, current: bool = False) -> SessionInfo:
    when = f"2026-11-24T2{len(name)}:00:00.000Z"
    return SessionInfo(
        id=uid(name), device_name=name, created_at=when, last_seen_at=when, address="192.0.2.7", current=current
    )


async def test_a_device_is_signed_out_from_another(stage: WindowStage) -> None:
    stage.server.devices = [device("a"), device("lap", current=True), device("bb")]
    stage.window.devices_requested.emit()
    dialog = dialog_of(stage, ActionListDialog)
    await stage.until(lambda: dialog.buttons_of)
    assert list(dialog.buttons_of) == [uid("bb"), uid("a")]  # never this one; the one seen last first
    press(dialog.buttons_of[uid("a")])
    await stage.until(lambda: list(dialog.buttons_of) == [uid("bb")])
    assert ("revoke", uid("a")) in stage.server.asked
    stage.server.failure = Unreachable()
    press(dialog.buttons_of[uid("bb")])
    await stage.until(lambda: dialog.note.text().startswith("The device was not signed out"))
    assert dialog.buttons_of[uid("bb")].isEnabled()


async def test_the_blocked_are_listed_from_all_pages_and_unblocked(stage: WindowStage) -> None:
    stage.server.blocked = {ANN, BOB}
    stage.window.blocks_requested.emit()
    dialog = dialog_of(stage, ActionListDialog)
    await stage.until(lambda: dialog.buttons_of)
    assert set(dialog.buttons_of) == {ANN, BOB}
    press(dialog.buttons_of[ANN])
    await stage.until(lambda: list(dialog.buttons_of) == [BOB])
    press(dialog.buttons_of[BOB])
    await stage.until(lambda: dialog.note.text().startswith("You block nobody"))


async def test_the_dialogs_are_reached_from_the_menu_and_the_settings(stage: WindowStage) -> None:
    menu = stage.window.build_account_menu()
    next(action for action in menu.actions() if action.text() == "Your profile…").trigger()
    assert dialog_of(stage, OwnProfileDialog).name.text() == "Me"
    assert stage.presence.get(ME) is not None


# ---------------------------------------------------------------- what comes in between


async def test_a_device_is_signed_out_though_the_list_is_closed_at_once(stage: WindowStage) -> None:
    stage.server.devices = [device("lap", current=True), device("bb")]
    stage.window.devices_requested.emit()
    dialog = dialog_of(stage, ActionListDialog)
    await stage.until(lambda: dialog.buttons_of)
    press(dialog.buttons_of[uid("bb")])
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await stage.until(lambda: ("revoke", uid("bb")) in stage.server.asked)


async def test_what_another_device_changes_meanwhile_is_not_written_back(stage: WindowStage) -> None:
    dialog = await own_of(stage)
    await stage.pipeline.apply_users([user("me", display_name="Ada", status=UserStatus(text="at sea", dnd=True))])
    await stage.until(lambda: stage.window.sidebar.top.name.text() == "Ada")
    before = len(stage.server.asked)
    press(dialog.buttons[SAVE])
    await stage.until(lambda: stage.window._dialog is None)
    assert len(stage.server.asked) == before


async def test_blocking_is_possible_again_once_the_connection_is_back(stage: WindowStage) -> None:
    card = await card_of(stage)
    stage.monitor.state = ConnectionState(phase=Phase.CONNECTING)
    stage.link.lose()
    await stage.until(lambda: not card.buttons[BLOCK].isEnabled())
    stage.monitor.state = ConnectionState(phase=Phase.ONLINE)
    stage.link.connect()
    await stage.until(lambda: card.buttons[BLOCK].isEnabled())


async def test_what_went_wrong_with_a_profile_stays_until_it_is_tried_again(stage: WindowStage) -> None:
    dialog = await own_of(stage)
    stage.server.failure = Unreachable()
    QTest.keyClicks(dialog.name.edit, "!")
    QTest.keyClick(dialog.name.edit, Qt.Key.Key_Return)
    await stage.until(lambda: dialog.note.text().startswith("Your profile was not changed"))
    stage.connection.state_changed.emit(stage.monitor.state)  # a ping was answered
    assert dialog.note.text().startswith("Your profile was not changed")


async def test_there_is_no_card_of_all(stage: WindowStage) -> None:
    await stage.says(stage.world.say("@all look", "ann", mentions_all=True))
    placed = stage.window.pane.timeline.window_.placed[-1]
    assert [part.mentions for part in placed.layout.texts] == [()]


async def test_the_settings_lead_to_each_of_them(stage: WindowStage, tmp_path: Path) -> None:
    stage.window.settings = SettingsStore(tmp_path / "settings")
    for name, kind in (
        ("profile", OwnProfileDialog),
        ("password", PasswordDialog),
        ("devices", ActionListDialog),
        ("blocks", ActionListDialog),
    ):
        settings = stage.window.open_settings()
        assert settings is not None
        getattr(settings, name).click()
        await stage.idle()
        assert isinstance(stage.window._dialog, kind)


async def test_a_status_that_has_ended_leaves_the_header_by_the_clock(stage: WindowStage) -> None:
    told: list[frozenset[UUID]] = []
    ended = UserStatus(text="at lunch", until="2020-01-01T12:00:00.000Z", dnd=False)
    await stage.pipeline.apply_users([user("ann", status=ended)])
    stage.presence.people_changed.connect(told.append)
    stage.presenter._mutes.timeout.emit()
    assert told == [frozenset({ANN})]
