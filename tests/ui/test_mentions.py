"""Meaning somebody: the names that are offered while one types, what is sent, and how it looks to whom it means."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from desktop_builders import ANN, BOB, ME, member
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.core.mentions import means_everybody
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_protocol.events import MessageAck


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        stage.click_in_list("Harbour")
        await stage.idle()
        yield stage


def offered(stage: WindowStage) -> list[str]:
    """The user names that can be chosen now."""
    found = stage.window.pane.mentions
    if not found.isVisible() or found.model is None:
        return []
    return [person.username for person in found.model.items()]


def press(stage: WindowStage, key: Qt.Key) -> None:
    QTest.keyClick(stage.window.pane.composer.editor, key)


async def test_the_members_are_offered_and_one_is_taken_by_the_keyboard(stage: WindowStage) -> None:
    stage.type("hello @")
    assert offered(stage) == ["ann", "bob"]
    press(stage, Qt.Key.Key_Down)
    assert stage.window.pane.mentions.list.currentIndex().data(ItemRole).id == BOB
    press(stage, Qt.Key.Key_Return)
    assert stage.composed == "hello @bob "
    assert offered(stage) == []
    assert stage.shown == ["ahoy"]  # it was not sent


async def test_what_is_typed_narrows_them_and_a_click_takes_one(stage: WindowStage) -> None:
    stage.type("@a")
    assert offered(stage) == ["ann"]
    view = stage.window.pane.mentions.list
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.model().index(0, 0)).center())
    assert stage.composed == "@ann "


async def test_escape_after_a_bare_at_puts_them_away_for_this_name(stage: WindowStage) -> None:
    stage.type("@")
    press(stage, Qt.Key.Key_Escape)
    stage.type("a")
    assert offered(stage) == []
    stage.type("nn @b")
    assert offered(stage) == ["bob"]


async def test_escape_puts_them_away_until_another_name_is_typed(stage: WindowStage) -> None:
    stage.type("@a")
    press(stage, Qt.Key.Key_Escape)
    assert offered(stage) == []
    stage.type("n")
    assert offered(stage) == []
    stage.type("n and @b")
    assert offered(stage) == ["bob"]


@pytest.mark.parametrize("text", ["mail me@", "@nobody", "@ann "])
async def test_nothing_is_offered_where_nobody_is_meant(stage: WindowStage, text: str) -> None:
    stage.type(text)
    assert offered(stage) == []


async def test_who_leads_a_group_can_mean_everybody(stage: WindowStage) -> None:
    held = stage.groups.group(HARBOUR)
    assert held is not None
    for role, meant in (("member", False), ("admin", True)):
        people = (member("me", role=role), member("ann"), member("bob"))
        rev = held.rev + 10 + meant
        await stage.pipeline.apply_conversations([msgspec.structs.replace(held, rev=rev, members=people)])
        await stage.until(lambda meant=meant: stage.presenter._open.model.rights.means_all is meant)
        stage.type("@al")
        assert offered(stage) == (["all"] if meant else [])
        if meant:
            press(stage, Qt.Key.Key_Tab)
            stage.type("to the quay")
        else:
            stage.type("l")
        stage.enter()
        await stage.idle()
        entry = stage.worker.pending()[-1]
        assert (entry.text, entry.mentions_all, entry.mentions) == (
            "@all to the quay" if meant else "@all",
            meant,
            (),
        )


async def test_everybody_is_seen_to_be_meant_but_not_in_code(stage: WindowStage) -> None:
    await stage.says(stage.world.say("@all look", "bob", to="harbour", mentions_all=True))
    stage.presenter.open(HARBOUR)
    model = stage.window.pane.model
    assert model is not None
    row = model.row_at(1)
    assert row is not None
    assert model.mentioned(row) == {"all": True}
    assert not means_everybody("`@all`")
    assert not means_everybody("mail@all")
    assert means_everybody("hey @all!")


async def test_the_list_stands_over_the_composer_inside_the_window(stage: WindowStage) -> None:
    for size in ((480, 360), (1600, 1000)):
        stage.window.resize(*size)
        stage.type(" @")
        found = stage.window.pane.mentions
        assert offered(stage)
        assert stage.window.pane.rect().contains(found.geometry())
        assert found.geometry().bottom() <= stage.window.pane.composer.geometry().top() + 20


async def test_who_is_meant_goes_with_the_message(stage: WindowStage) -> None:
    stage.type("@ann and @bob_ and @bob")
    press(stage, Qt.Key.Key_Escape)
    stage.enter()
    await stage.idle()
    [entry] = stage.worker.pending()
    assert entry.mentions == (ANN, BOB)


async def test_a_change_means_other_people(stage: WindowStage) -> None:
    await stage.says(stage.world.say("@ann come", "me", to="harbour", mentions=(ANN,)))
    heard: list[Any] = []

    def answer(payload: Any) -> MessageAck:
        heard.append(payload)
        return MessageAck(message=stage.world.change(2, to="harbour", text=payload.text))

    stage.link.socket.answers["editMessage"] = answer
    stage.link.connect()
    press(stage, Qt.Key.Key_Up)
    stage.window.pane.composer.editor.selectAll()
    stage.type("@bob come ")
    stage.enter()
    await stage.until(lambda: heard)
    assert heard[0].mentions == (BOB,)


async def test_who_is_meant_sees_it_in_the_bubble_and_in_the_list(stage: WindowStage) -> None:
    await stage.says(stage.world.say("@me and @ann", "bob", to="harbour", mentions=(ME, ANN)))
    last = stage.window.pane.timeline.window_.placed[-1].layout.texts[0]
    assert [(tint.start, tint.length, tint.ink, tint.well) for tint in last.tints] == [
        (0, 3, "accent_ink", True),
        (8, 4, "accent_ink", False),
    ]


async def test_the_list_says_that_somebody_means_me_even_where_it_is_muted(stage: WindowStage) -> None:
    stage.click_in_list("Ann")
    await stage.says(stage.world.say("@me!", "bob", to="harbour", mentions=(ME,)))
    model = stage.window.sidebar.model
    assert model is not None
    item = next(item for item in model.items() if getattr(item, "id", None) == HARBOUR)
    assert item.summary.mention_count == 1
    muted = msgspec.structs.replace(item.summary, muted=True)
    assert "you are mentioned" in model.words_of(msgspec.structs.replace(item, summary=muted), spoken=True)
