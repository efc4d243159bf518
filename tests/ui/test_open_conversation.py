"""The open conversation joined to the chat store: what is heard stands in the timeline, what is done in the pane is passed on."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from desktop_builders import ANN, BOB, ME, TALK, uid, user
from fake_world import inbound
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from window_stage import HARBOUR, WindowStage, online, window_stage

from chinwag_desktop.core.changes import ConversationReset, UploadProgressed
from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.core.errors import Refused, Unreachable
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.hit import Target


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def rows_of(stage: WindowStage) -> list[TimelineRow]:
    model = stage.window.pane.model
    assert model is not None
    return [row for number in range(model.rowCount()) if (row := model.row_at(number)) is not None]


def states(stage: WindowStage) -> list[DeliveryState]:
    return [row.state for row in rows_of(stage)]


async def fails(stage: WindowStage, text: str) -> None:
    """Write a message that the server refuses."""
    stage.link.socket.answers["sendMessage"] = lambda _: Refused(code="forbidden")
    stage.link.connect()
    stage.type(text)
    stage.enter()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.FAILED)


# ---------------------------------------------------------------- sending


async def test_enter_puts_the_message_on_the_screen_and_sends_it(stage: WindowStage) -> None:
    stage.type("on my way")
    stage.enter()
    assert (stage.shown, states(stage)[-1]) == (["hello", "on my way"], DeliveryState.SAVING)
    assert rows_of(stage)[-1].message.created_at == "2026-11-24T20:00:00.000Z"
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENDING)
    stage.link.connect()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENT)
    assert stage.shown == ["hello", "on my way"]


async def test_files_stand_on_the_screen_in_the_frame_of_the_key_press_and_nothing_overtakes_them(
    stage: WindowStage, tmp_path: Path
) -> None:
    stage.link.connect()
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    stage.window.pane.composer.add_paths([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")])
    stage.type("both")
    stage.enter()
    stage.type("after")
    stage.enter()
    assert stage.shown == ["hello", "both", "after"]
    await stage.until(lambda: not stage.pending)
    assert stage.sent == ["both", "after"]
    assert [name for name, _ in stage.world.uploads] == ["a.txt", "b.txt"]


async def test_each_picture_is_a_message_and_the_first_has_the_words(stage: WindowStage, tmp_path: Path) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    for name in ("a.png", "b.png"):
        assert image.save(str(tmp_path / name))
    (tmp_path / "c.txt").write_text("c")
    stage.window.pane.composer.add_paths([str(tmp_path / name) for name in ("a.png", "c.txt", "b.png")])
    stage.type("look")
    stage.enter()
    rows = rows_of(stage)[1:]
    assert [(row.message.text, row.message.kind) for row in rows] == [("look", "image"), ("", "image"), ("", "file")]
    await stage.until(lambda: states(stage)[1:] == [DeliveryState.SENDING] * 3)


async def test_text_with_a_file_that_is_gone_stays_on_the_screen(stage: WindowStage, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a")
    stage.window.pane.composer.add_paths([str(file)])
    stage.type("precious")
    file.unlink()
    stage.enter()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.FAILED)
    assert (stage.shown[-1], rows_of(stage)[-1].error) == ("precious", "file_missing")
    file.write_text("there again")
    stage.click_on("precious", Target.RETRY)
    stage.link.connect()
    await stage.until(lambda: not stage.pending)
    assert stage.sent == ["precious"]


async def test_how_much_of_a_file_is_up_shows_on_its_bubble(stage: WindowStage, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a")
    stage.window.pane.composer.add_paths([str(file)])
    stage.enter()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENDING)
    waiting = stage.window.pane.timeline.grab().toImage()
    key = rows_of(stage)[-1].key
    stage.pipeline.publish(UploadProgressed(key=uid("another"), sent=1, total=4))
    stage.pipeline.publish(UploadProgressed(key=key, sent=1, total=4))
    assert rows_of(stage)[-1].uploaded == 0.25
    quarter = stage.window.pane.timeline.grab().toImage()
    stage.pipeline.publish(UploadProgressed(key=key, sent=4, total=4))
    assert waiting != quarter
    assert quarter != stage.window.pane.timeline.grab().toImage()


async def test_retry_on_a_bubble_sends_it_again(stage: WindowStage) -> None:
    await fails(stage, "again")
    stage.link.socket.answers["sendMessage"] = stage.store
    stage.click_on("again", Target.RETRY)
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENT)


async def test_discard_on_a_bubble_takes_it_away(stage: WindowStage) -> None:
    await fails(stage, "never mind")
    stage.click_on("never mind", Target.DISCARD)
    assert stage.shown == ["hello"]
    stage.presenter.open(HARBOUR)
    stage.presenter.open(TALK)
    assert stage.shown == ["hello"]
    await stage.until(lambda: not stage.pending)
    assert stage.pending == []


async def test_what_the_disk_refused_is_there_again_after_switching(
    stage: WindowStage, expect_log: Callable[[str], None]
) -> None:
    expect_log("could not be saved")
    await stage.thread.run(lambda: stage.outbox_db._connection.execute("PRAGMA max_page_count = 1"))
    text = "x" * 3_900
    for _ in range(4):
        stage.window.pane.composer.editor.set_text(text)
        stage.enter()
    await stage.until(lambda: DeliveryState.FAILED in states(stage))
    before = states(stage)
    stage.presenter.open(HARBOUR)
    stage.presenter.open(TALK)
    assert states(stage) == before
    stage.presenter.open(HARBOUR)
    assert stage.shown == ["ahoy"]
    await stage.idle()


async def test_before_the_outbox_is_read_what_it_holds_is_shown(stage: WindowStage) -> None:
    stage.type("left over")
    stage.enter()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENDING)
    await stage.worker.close()
    stage.worker = stage.chat._outbox = stage.new_worker()
    stage.presenter.open(HARBOUR)
    stage.presenter.open(TALK)
    assert stage.shown == ["hello", "left over"]
    stage.type("early")
    stage.enter()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENDING)
    stage.presenter.open(HARBOUR)
    stage.presenter.open(TALK)
    assert stage.shown == ["hello", "left over", "early"]
    await stage.worker.start()
    assert sorted(stage.pending) == ["early", "left over"]


# ---------------------------------------------------------------- hearing


async def test_what_is_said_and_changed_stands_in_the_timeline(stage: WindowStage) -> None:
    await stage.says(stage.world.say("and now"), stage.world.say("elsewhere", "bob", to="harbour"))
    assert stage.shown == ["hello", "and now"]
    await stage.says(stage.world.edit(2, "and then"))
    assert stage.shown == ["hello", "and then"]


async def test_ticks_move_when_others_read(stage: WindowStage) -> None:
    stage.link.connect()
    stage.type("read me")
    stage.enter()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENT)
    await stage.says(stage.world.read("ann", 2))
    assert states(stage)[-1] is DeliveryState.READ


async def test_who_types_stands_under_the_title(stage: WindowStage) -> None:
    await stage.says(inbound("typing", {"conversationId": TALK, "userId": ANN, "typing": True}))
    assert stage.status == "typing…"
    await stage.says(inbound("typing", {"conversationId": TALK, "userId": ANN, "typing": False}))
    assert stage.status != "typing…"
    await stage.says(inbound("typing", {"conversationId": HARBOUR, "userId": BOB, "typing": True}))
    assert stage.status != "typing…"


async def test_a_group_says_how_many_there_are(stage: WindowStage) -> None:
    stage.presenter.open(HARBOUR)
    assert stage.status == "3 members"
    await stage.says(online(ME, ANN))
    assert stage.status == "3 members, 2 online"
    await stage.says(inbound("typing", {"conversationId": HARBOUR, "userId": BOB, "typing": True}))
    assert stage.status == "Bob typing…"


async def test_who_wrote_is_called_as_they_call_themselves_now(stage: WindowStage) -> None:
    stage.presenter.open(HARBOUR)
    placed = stage.window.pane.timeline.window_.placed
    assert [p.layout.name[1] for p in placed if p.layout.name] == ["Bob"]
    await stage.pipeline.apply_users([user("bob", display_name="Robert")])
    await stage.idle()
    placed = stage.window.pane.timeline.window_.placed
    assert [p.layout.name[1] for p in placed if p.layout.name] == ["Robert"]


async def test_a_group_that_grows_says_so(stage: WindowStage) -> None:
    stage.presenter.open(HARBOUR)
    talk = stage.world.talks[HARBOUR]
    talk.base = msgspec.structs.replace(talk.base, member_count=12)
    await stage.says(stage.world.rename("Harbour", to="harbour"))
    assert stage.status == "12 members"


async def test_a_conversation_that_begins_anew_shows_what_there_is(stage: WindowStage) -> None:
    await stage.says(stage.world.say("two"), stage.world.say("three"))
    stage.type("mine")
    stage.enter()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENDING)
    resets: list[int] = []
    model = stage.window.pane.model
    assert model is not None
    model.modelReset.connect(lambda: resets.append(1))
    stage.pipeline.publish(ConversationReset(conversation_id=HARBOUR))
    assert resets == []
    stage.pipeline.publish(ConversationReset(conversation_id=TALK))
    assert resets == [1]
    assert stage.shown == ["hello", "two", "three", "mine"]


# ----------------------------------------------------- what the pane tells


async def test_typing_is_told(stage: WindowStage) -> None:
    stage.type("x")
    assert stage.typed == [(TALK, True)]
    stage.enter()
    assert stage.typed == [(TALK, True), (TALK, False)]


async def test_what_is_on_the_screen_is_read(stage: WindowStage) -> None:
    await stage.until(lambda: stage.read)
    assert stage.read == [(TALK, 1)]
    await stage.says(stage.world.say("more"))
    await stage.until(lambda: stage.read[-1] == (TALK, 2))


async def test_a_window_behind_others_has_read_nothing(stage: WindowStage) -> None:
    await stage.until(lambda: stage.read)
    another = type(stage.window)(stage.window.themes)
    another.show()
    another.activateWindow()
    await stage.until(lambda: not stage.window.isActiveWindow())
    await stage.says(stage.world.say("unseen"))
    assert stage.shown == ["hello", "unseen"]
    assert stage.window.isVisible()
    assert stage.read == [(TALK, 1)]
    another.close()
    another.deleteLater()
    stage.window.activateWindow()
    await stage.until(lambda: stage.read[-1] == (TALK, 2))


async def test_the_draft_of_a_pause_is_saved(stage: WindowStage) -> None:
    stage.type("half")
    stage.window.pane.composer._draft_timer.timeout.emit()
    await stage.until(lambda: (draft := stage.reader.draft(TALK)) is not None and draft.text == "half")


async def test_messages_that_the_cache_lacks_are_fetched_and_again_once_the_link_is_back(stage: WindowStage) -> None:
    for number in range(2, 6):
        stage.world.say(f"{number}")
    stage.server.failure = Unreachable()
    await stage.says(stage.world.rename("x"))
    await stage.says(stage.world.say("6"))
    await stage.pipeline.apply_conversations([stage.world.talks[TALK].view()])
    stage.presenter.open(HARBOUR)
    stage.presenter.open(TALK)
    await stage.until(lambda: ("messages", 1, 5) in stage.server.asked)
    asked = len(stage.server.asked)
    stage.server.failure = None
    await stage.idle()
    assert len(stage.server.asked) == asked
    stage.link.connect()
    await stage.until(lambda: stage.shown == ["hello", "2", "3", "4", "5", "6"])


# ------------------------------------------------------ files and switching


async def test_a_picture_that_is_ready_late_waits_where_it_was_pasted(stage: WindowStage) -> None:
    QGuiApplication.clipboard().setImage(QImage(300, 200, QImage.Format.Format_RGB32))
    composer = stage.window.pane.composer
    QTest.keyClick(composer.editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    stage.presenter.open(HARBOUR)
    stage.type("to the harbour")
    stage.enter()
    assert stage.shown == ["ahoy", "to the harbour"]
    await stage.until(lambda: composer.files._kept.get(TALK))
    assert composer.chips.files() == ()
    stage.presenter.open(TALK)
    assert [file.name for file in composer.chips.files()] == ["pasted-picture.png"]
    stage.enter()
    assert rows_of(stage)[-1].message.kind == "image"
    stage.presenter.open(HARBOUR)
    stage.presenter.open(TALK)
    assert composer.chips.files() == ()
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENDING)


async def test_a_pasted_picture_shows_once_it_is_a_file(stage: WindowStage) -> None:
    QGuiApplication.clipboard().setImage(QImage(300, 200, QImage.Format.Format_RGB32))
    pane = stage.window.pane
    QTest.keyClick(pane.composer.editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    await stage.until(pane.composer.can_send)
    stage.enter()
    pane.timeline.grab()  # painted while it is in memory only
    await stage.until(lambda: states(stage)[-1] is DeliveryState.SENDING)
    pane.timeline.grab()
    await stage.until(lambda: not pane.pictures._waiting)
    assert [made is not None for made in pane.pictures._made.values()] == [True]


async def test_a_picture_that_becomes_a_file_elsewhere_holds_up_only_its_own_conversation(stage: WindowStage) -> None:
    QGuiApplication.clipboard().setImage(QImage(300, 200, QImage.Format.Format_RGB32))
    composer = stage.window.pane.composer
    stage.type("with it")
    QTest.keyClick(composer.editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    stage.presenter.open(HARBOUR)
    stage.presenter.open(TALK)
    assert not composer.can_send()
    await stage.until(composer.can_send)
    assert len(composer.chips.files()) == 1


async def test_files_wait_with_the_draft_of_their_conversation(stage: WindowStage, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    composer = stage.window.pane.composer
    composer.attach.click()
    dialog = composer.findChild(QFileDialog)
    stage.type("see")
    stage.presenter.open(HARBOUR)
    dialog.filesSelected.emit([str(tmp_path / "a.txt")])
    dialog.reject()
    assert (stage.composed, composer.chips.files()) == ("", ())
    stage.presenter.open(TALK)
    assert (stage.composed, [file.name for file in composer.chips.files()]) == ("see", ["a.txt"])
    stage.presenter.open(HARBOUR)
    assert composer.chips.files() == ()
    stage.presenter.open(TALK)
    assert [file.name for file in composer.chips.files()] == ["a.txt"]
