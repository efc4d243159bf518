"""The picture viewer, with real keys and a real mouse, over the main window."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import ui_samples as sample
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chinwag_desktop.app.pictures import make_room
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.new_conversation_dialog import NewConversationDialog
from chinwag_desktop.ui.picture_viewer import MOST_ZOOM, PictureViewer
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_protocol.objects import Attachment

LEFT = Qt.MouseButton.LeftButton


def picture(name: str, *, number: int) -> Attachment:
    return sample.attachment(name, "image/png", 900, width=600, height=400, number=number)


@pytest.fixture
def window(themes: ThemeSource, show: Callable[..., None]) -> MainWindow:
    window = MainWindow(themes, pictures=sample.SamplePictures())
    rows = [
        sample.make_row(1, sample.MAYA, sample.at(sample.TODAY, "09:00"), attachments=[picture("a.png", number=1)]),
        sample.make_row(2, sample.MAYA, sample.at(sample.TODAY, "09:10"), "between"),
        sample.make_row(3, sample.TOMAS, sample.at(sample.TODAY, "09:20"), attachments=[picture("b.png", number=2)]),
        sample.make_row(
            4, sample.TOMAS, sample.at(sample.TODAY, "09:30"), attachments=[picture("gone.webp", number=3)]
        ),
    ]
    model = sample.timeline(rows)
    model.setParent(window)
    window.show_conversation(model, owner=sample.GROUP, title="Harbour", group=True)
    show(window, 1000, 900)
    return window


@pytest.fixture
def viewer(window: MainWindow, wait_until: Callable[..., object]) -> PictureViewer:
    """Opened by a click on the second picture."""
    timeline = window.pane.timeline
    placed = timeline.window_.find(2)
    assert placed is not None
    at = placed.layout.pictures[0].rect.center() + QPointF(0, placed.top)
    QTest.mouseClick(timeline.viewport(), LEFT, pos=at.toPoint())
    [viewer] = window.findChildren(PictureViewer)
    wait_until(lambda: (QApplication.processEvents(), viewer.picture)[1])
    return viewer


def gone(window: MainWindow) -> bool:
    return not [viewer for viewer in window.findChildren(PictureViewer) if viewer.isVisible()]


def test_a_click_shows_the_picture_over_the_whole_window(window: MainWindow, viewer: PictureViewer) -> None:
    assert viewer.geometry() == window.rect()
    assert viewer.accessibleName() == "b.png, Tomás Herrera · Tuesday, 24 November, 09:20"
    place = viewer.place()
    assert place.width() / place.height() == pytest.approx(600 / 400, rel=0.01)
    assert window.rect().contains(place.toRect())
    window.resize(700, 500)
    assert viewer.geometry() == window.rect()
    assert window.rect().contains(viewer.place().toRect())


@pytest.mark.parametrize("how", ["escape", "cross", "beside"])
def test_it_closes_and_the_keyboard_is_where_it_was(window: MainWindow, viewer: PictureViewer, how: str) -> None:
    if how == "escape":
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
    elif how == "cross":
        QTest.mouseClick(viewer.buttons["close"], LEFT)
    else:
        QTest.mouseClick(viewer, LEFT, pos=QPoint(40, viewer.height() - 8))
    assert gone(window)
    assert window.pane.timeline.hasFocus()


def test_a_click_on_the_picture_does_not_close_it(window: MainWindow, viewer: PictureViewer) -> None:
    QTest.mouseClick(viewer, LEFT, pos=viewer.place().center().toPoint())
    assert not gone(window)


def test_arrow_keys_go_to_the_next_and_stop_at_the_ends(
    viewer: PictureViewer, wait_until: Callable[..., object]
) -> None:
    assert [viewer.buttons[name].isVisible() for name in ("back", "forward")] == [True, True]
    QTest.keyClick(viewer, Qt.Key.Key_Left)
    assert viewer.accessibleName().startswith("a.png")
    assert [viewer.buttons[name].isVisible() for name in ("back", "forward")] == [False, True]
    QTest.keyClick(viewer, Qt.Key.Key_Left)
    assert viewer.accessibleName().startswith("a.png")
    for _ in range(4):
        QTest.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.accessibleName().startswith("gone.webp")
    wait_until(lambda: (QApplication.processEvents(), viewer.failed)[1])
    assert viewer.picture is None
    assert not viewer.buttons["forward"].isVisible()


def test_a_picture_that_comes_late_does_not_take_the_place_of_another(
    themes: ThemeSource, window: MainWindow, viewer: PictureViewer, wait_until: Callable[..., object]
) -> None:
    first = viewer.items[viewer.at]
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    wait_until(lambda: (QApplication.processEvents(), viewer.failed)[1])
    viewer._decoded.emit(first, sample_image())
    QApplication.processEvents()
    assert viewer.picture is None


def sample_image() -> QImage:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(0)
    return image


def wheel(viewer: PictureViewer, at: QPointF, steps: int) -> None:
    event = QWheelEvent(
        at,
        viewer.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewer, event)


def test_zooming_keeps_what_is_under_the_pointer(viewer: PictureViewer) -> None:
    QTest.keyClick(viewer, Qt.Key.Key_Plus)
    QTest.keyClick(viewer, Qt.Key.Key_Plus)
    QTest.keyClick(viewer, Qt.Key.Key_Plus)
    before = viewer.place()
    at = before.center() + QPointF(before.width() / 8, 10)
    share = (at.x() - before.left()) / before.width()
    wheel(viewer, at, 2)
    after = viewer.place()
    assert after.width() > before.width()
    assert (at.x() - after.left()) / after.width() == pytest.approx(share, abs=0.01)
    wheel(viewer, at, 60)
    assert viewer.zoom == MOST_ZOOM
    QTest.keyClick(viewer, Qt.Key.Key_0)
    assert viewer.zoom == 1.0


def test_a_drag_moves_it_but_never_out_of_the_window(viewer: PictureViewer, qtbot: QtBot) -> None:
    for _ in range(8):
        QTest.keyClick(viewer, Qt.Key.Key_Plus)
    left = viewer.place().left()
    middle = viewer.rect().center()
    QTest.mousePress(viewer, LEFT, pos=middle)
    QTest.mouseMove(viewer, middle + QPoint(40, 0))
    assert viewer.place().left() == pytest.approx(left + 40)
    QTest.mouseMove(viewer, middle + QPoint(9_000, 9_000))
    QTest.mouseRelease(viewer, LEFT, pos=middle + QPoint(9_000, 9_000))
    assert viewer.isVisible()
    assert 0 <= viewer.place().left() <= 40


def test_tab_stays_on_the_viewer(viewer: PictureViewer) -> None:
    seen = []
    for _ in range(5):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is viewer or viewer.isAncestorOf(focused)
        seen.append(focused)
    assert len(set(seen)) == 5
    assert seen[-1] is viewer


def test_shortcuts_of_the_window_are_not_heard_under_it(window: MainWindow, viewer: PictureViewer) -> None:
    window.directory = PeopleModel(me=sample.ME, parent=window)
    QTest.keyClick(viewer, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert not window.findChildren(NewConversationDialog)
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.findChildren(NewConversationDialog)


def test_saving_asks_for_this_very_picture(window: MainWindow, viewer: PictureViewer) -> None:
    saved: list[tuple[str, int]] = []
    window.pane.timeline.attachment_activated.connect(lambda item, row: saved.append((item.name, row.message.seq)))
    QTest.keyClick(viewer, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseClick(viewer.buttons["download"], LEFT)
    assert saved == [("b.png", 3), ("b.png", 3)]


def test_whole_pictures_take_no_more_than_their_share_of_the_disk(tmp_path: Path) -> None:
    for number, name in enumerate(("old.picture", "new.picture", "old.thumbnail", "newest.picture")):
        (tmp_path / name).write_bytes(b"x" * 10)
        os.utime(tmp_path / name, (number, number))
    make_room(tmp_path, "picture", 20)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.picture", "newest.picture", "old.thumbnail"]
    make_room(tmp_path / "nowhere", "picture", 20)
