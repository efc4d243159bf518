"""Pictures of people and groups: fetched when they are painted, shown wherever initials were, changed when another one is set."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desktop_builders import ANN, user
from fake_world import inbound
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage
from window_stage import WindowStage, window_stage

from chinwag_desktop.app.avatar_loader import KEPT, AvatarLoader
from chinwag_desktop.app.pictures import SessionPictures
from chinwag_desktop.ui.theme.avatars import avatar
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_protocol.ids import new_id

RED, BLUE = QColor("#FF0000"), QColor("#0000FF")


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        stage.avatars.update({"/avatars/red": png(RED), "/avatars/blue": png(BLUE), "/avatars/broken": b"<svg/>"})
        yield stage


def png(colour: QColor) -> bytes:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(colour)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def face(themes: ThemeSource) -> QColor:
    """The colour in the middle of Ann's avatar, a little off so that no initial is hit."""
    return avatar(themes.faces, ANN, "Ann", 44, ratio=1).toImage().pixelColor(22, 6)


async def get_picture(stage: WindowStage, url: str | None) -> None:
    await stage.says(inbound("userUpdated", {"user": user("ann", avatar_url=url)}))


async def test_a_picture_takes_the_place_of_the_initials_and_gives_it_back(
    stage: WindowStage, themes: ThemeSource
) -> None:
    initials = face(themes)
    await get_picture(stage, "/avatars/red")
    await stage.until(lambda: face(themes) == RED)
    await stage.until(lambda: stage.window.pane.header.avatar.grab().toImage().pixelColor(20, 8) == RED)
    await get_picture(stage, "/avatars/blue")
    await stage.until(lambda: face(themes) == BLUE)
    await get_picture(stage, None)
    assert face(themes) == initials
    assert [asked for asked in stage.server.asked if asked[0] == "avatar"] == [
        ("avatar", "/avatars/red"),
        ("avatar", "/avatars/blue"),
    ]


async def test_another_session_has_pictures_of_its_own(stage: WindowStage, themes: ThemeSource) -> None:
    other = ThemeSource()
    initials = face(other)
    await get_picture(stage, "/avatars/red")
    await stage.until(lambda: face(themes) == RED)
    assert face(other) == initials


@pytest.mark.parametrize("url", ["/avatars/broken", "/avatars/none"])
async def test_what_cannot_be_had_leaves_the_initials_and_is_asked_for_once_a_connection(
    stage: WindowStage, themes: ThemeSource, url: str
) -> None:
    initials = face(themes)
    await get_picture(stage, url)
    for _ in range(3):
        assert face(themes) == initials
    assert stage.server.asked == [("avatar", url)]
    stage.link.connect()
    assert face(themes) == initials
    assert stage.server.asked == [("avatar", url)] * 2


async def test_no_more_than_a_bounded_number_is_kept(stage: WindowStage) -> None:
    loader = AvatarLoader(lambda _: "/avatars/red", stage.fetch_avatar, stage.window)
    owners = [new_id() for _ in range(KEPT + 5)]
    for owner in owners:
        loader.picture(owner)
    await stage.until(lambda: len(loader._held) == KEPT and not loader._asked)


async def test_it_is_fetched_once_and_then_read_from_the_profile(tmp_path: Path) -> None:
    asked: list[str] = []

    class Downloads:
        async def download(self, url: str, target: Path, *, at_most: int) -> None:
            asked.append(url)
            target.write_bytes(url.encode())  # noqa: ASYNC240 - a fake

    for _ in range(2):
        pictures = SessionPictures(tmp_path / "pictures", Downloads())
        for url in ("/avatars/../../red", "/avatars/blue"):
            told: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
            pictures.fetch_avatar(url, told.set_result)
            assert await told == url.encode()
        await pictures.close()
    assert asked == ["/avatars/../../red", "/avatars/blue"]
    assert len(list((tmp_path / "pictures").glob("*.avatar"))) == 2
