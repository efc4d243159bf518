"""The timeline on the screen: it opens at its end, keeps its place, answers pointer and keys, and paints a bubble at once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
import ui_samples as sample
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication, QHelpEvent, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_samples import MAYA, ME, NOW, make_row

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.conversation_pane import ConversationPane
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.pictures import Pictures
from chinwag_desktop.ui.timeline.view import TimelineView
from chinwag_desktop.ui.widgets.menu import Menu

COUNT = 100_000
_WORDS = ["tide", "quay", "cradle", "shaft", "line", "slot", "yard", "crane", "soup", "anchor", "morning", "survey"]


class Endless:
    """A reader of 100,000 messages that makes them as they are read."""

    def page(self, conversation: UUID, first: int, last: int) -> list[TimelineRow]:
        return [made(seq) for seq in range(max(1, first), min(last, COUNT + 200) + 1)]


def made(seq: int, sender: UUID | None = None, text: str = "") -> TimelineRow:
    words = text or " ".join(_WORDS[(seq * k) % 12] for k in range(1, 3 + seq * 7 % 23))
    who = sender or (ME if seq % 5 == 0 else MAYA)
    return make_row(seq, who, NOW - timedelta(seconds=45 * (COUNT - seq)), words, key=UUID(int=seq + 1))


@pytest.fixture
def model() -> TimelineModel:
    return TimelineModel(
        Endless(),
        sample.PEOPLE,
        conversation_id=sample.GROUP,
        me=ME,
        names=True,
        last_seq=COUNT,
        now=lambda: NOW,
        zone=sample.UTC,
    )


@pytest.fixture
def view(themes: ThemeSource, model: TimelineModel, show: Callable[..., None]) -> TimelineView:
    view = TimelineView(themes, Pictures(sample.SamplePictures()))
    view.show_model(model)
    show(view, 700, 600)
    return view


def tab_into(view: TimelineView) -> None:
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)


def first(view: TimelineView) -> tuple[int, float]:
    placed = view.window_.placed[0]
    return view._timeline.seq_at(placed.row), placed.top


def shot(view: TimelineView) -> QImage:
    return view.viewport().grab().toImage()


def pending(text: str = "Now", **more: object) -> TimelineRow:
    return make_row(0, ME, NOW, text, state=more.pop("state", DeliveryState.SAVING), key=uuid4(), **more)  # type: ignore[arg-type]


def test_it_opens_at_the_end(view: TimelineView) -> None:
    assert view.at_end
    assert view.window_.placed[-1].row == COUNT - 1
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_a_bubble_is_painted_in_the_frame_of_the_key_press(view: TimelineView, model: TimelineModel) -> None:
    painted: list[int] = []
    paint = view.paint_row

    def spy(painter: object, row: int, layout: object) -> None:
        painted.append(row)
        paint(painter, row, layout)  # type: ignore[arg-type]

    view.paint_row = spy  # type: ignore[method-assign]
    before = shot(view)
    painted.clear()
    model.apply_rows([pending()])
    QApplication.sendPostedEvents()  # the very next paint, no timer in between
    QApplication.processEvents()
    assert COUNT in painted
    assert view.at_end
    assert shot(view) != before


def test_a_row_that_grows_at_the_end_keeps_the_end_in_view(view: TimelineView, model: TimelineModel) -> None:
    mine, told = pending(), []
    model.apply_rows([mine])
    view.end_reached.connect(told.append)
    model.apply_rows([make_row(0, ME, NOW, "Now", state=DeliveryState.FAILED, error="disk", key=mine.key)])
    assert view.at_end
    assert told == []
    model.discard(mine.key)
    assert view.at_end


def test_the_echo_moves_nothing(view: TimelineView, model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine])
    before = [(p.row, p.top) for p in view.window_.placed]
    model.place(mine.key, make_row(COUNT + 1, ME, NOW, "Now", state=DeliveryState.SENT, key=mine.key))
    assert [(p.row, p.top) for p in view.window_.placed] == before


def test_messages_that_come_while_reading_history_move_nothing(view: TimelineView, model: TimelineModel) -> None:
    told: list[bool] = []
    view.end_reached.connect(told.append)
    view.scroll_by(-500)
    here = first(view)
    model.apply_rows([made(COUNT + 1), made(COUNT + 2)])
    assert first(view) == here
    assert told == [False]
    view.glide_to_end()
    assert view.at_end
    assert told == [False, True]


def test_a_change_of_width_keeps_the_place(view: TimelineView) -> None:
    view.resize(520, 600)
    QApplication.processEvents()
    assert view.at_end
    view.scroll_by(-3000)
    anchor = view.window_.placed[-1].row
    view.resize(900, 600)
    QApplication.processEvents()
    assert abs(view.window_.placed[-1].row - anchor) <= 12


def test_the_scroll_bar_reaches_both_ends_and_stays_where_it_is_put(view: TimelineView) -> None:
    bar = view.verticalScrollBar()
    bar.setValue(bar.minimum())
    assert view.window_.placed[0].row == 0
    bar.setValue(bar.maximum())
    assert view.at_end
    for value in range(0, bar.maximum(), bar.maximum() // 37):
        bar.setValue(value)
        view.refill()
        assert abs(bar.value() - value) <= 2
        assert all(p.top == int(p.top) for p in view.window_.placed)


def test_the_wheel_scrolls(view: TimelineView) -> None:
    here = first(view)
    at = QPointF(300, 300)
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
    assert first(view) != here
    assert not view.at_end


def test_the_accessible_list_has_every_row_with_words(view: TimelineView, model: TimelineModel) -> None:
    listed = QAccessible.queryAccessibleInterface(view)
    assert listed.childCount() == COUNT
    for row in (0, 777, COUNT - 1):
        assert listed.child(row).text(QAccessible.Text.Name) == model.words(row, spoken=True)
    for placed in view.window_.placed:
        assert not listed.child(placed.row).rect().isEmpty()
    assert listed.child(5).rect().isEmpty()


# keys


def test_arrows_walk_the_rows_and_scroll(view: TimelineView, qtbot: QtBot) -> None:
    tab_into(view)
    assert view.currentIndex().row() == COUNT - 1
    assert view.ring
    for _ in range(30):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() == COUNT - 31
    assert view.window_.find(COUNT - 31) is not None
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.at_end
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.window_.placed[0].row == 0
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert view.window_.placed[0].row > 0


def test_the_ring_shows_only_for_the_keyboard(view: TimelineView, qtbot: QtBot) -> None:
    plain = shot(view)
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert shot(view) == plain
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert shot(view) != plain
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert shot(view) == plain


def fail_one(model: TimelineModel) -> TimelineRow:
    row = pending("Nope", state=DeliveryState.FAILED, error="too_large")
    model.apply_rows([row])
    return row


def centre(view: TimelineView, row: int, part: str) -> QPoint:
    placed = view.window_.find(row)
    rect = getattr(placed.layout.failure, part)
    return (rect.center() + QPointF(0, placed.top)).toPoint()


def test_retry_and_discard_by_click(view: TimelineView, model: TimelineModel, qtbot: QtBot) -> None:
    row, retried, discarded = fail_one(model), [], []
    view.retry_requested.connect(retried.append)
    view.discard_requested.connect(discarded.append)
    qtbot.mouseMove(view.viewport(), centre(view, COUNT, "retry"))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, COUNT, "retry"))
    assert (retried, discarded) == ([row.key], [])
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, COUNT, "discard"))
    assert (retried, discarded) == ([row.key], [row.key])
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=centre(view, COUNT, "retry"))
    assert len(retried) == 1


def test_retry_and_discard_by_keyboard(view: TimelineView, model: TimelineModel, qtbot: QtBot) -> None:
    row, retried, discarded = fail_one(model), [], []
    view.retry_requested.connect(retried.append)
    view.discard_requested.connect(discarded.append)
    tab_into(view)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert (retried, discarded) == ([row.key], [row.key])
    qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert discarded == [row.key]


def test_links_and_files_open_by_enter_and_click(themes: ThemeSource, show: Callable[..., None], qtbot: QtBot) -> None:
    model = sample.timeline(sample.talk())
    view = TimelineView(themes, Pictures(sample.SamplePictures()))
    view.show_model(model)
    show(view, 700, 2000)
    links, files = [], []
    view.link_activated.connect(links.append)
    view.picture_activated.connect(lambda item, row: files.append(item.name))
    tab_into(view)
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert links == ["https://tides.example.org/harbour/2026-11-24?datum=lat&unit=cm"]
    placed = view.window_.find(8)
    qtbot.mouseClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        pos=(placed.layout.pictures[0].rect.center() + QPointF(0, placed.top)).toPoint(),
    )
    assert files == ["quay.jpg"]


def test_escape_goes_back_and_copy_copies(view: TimelineView, qtbot: QtBot) -> None:
    escaped: list[bool] = []
    view.escaped.connect(lambda: escaped.append(True))
    tab_into(view)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == made(COUNT).message.text
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert escaped == [True]


def test_the_menu_of_a_failed_row(view: TimelineView, model: TimelineModel, qtbot: QtBot) -> None:
    row, retried = fail_one(model), []
    view.retry_requested.connect(retried.append)
    tab_into(view)
    QApplication.sendEvent(
        view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
    )
    menu = view.findChild(Menu)
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["Retry", "Discard", "Copy text", "Details…"]
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert retried == [row.key]


def test_what_was_seen_is_told_and_only_grows(
    themes: ThemeSource, model: TimelineModel, show: Callable[..., None]
) -> None:
    view = TimelineView(themes, Pictures(None))
    seen: list[int] = []
    view.seen_upto.connect(seen.append)
    view.show_model(model)
    show(view, 700, 600)
    view.scroll_by(-2000)
    model.apply_rows([made(COUNT + 1)])
    view.to_end()
    assert seen == [COUNT, COUNT + 1]


class Slow:
    """Pictures that come when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[bytes | None], None]] = []

    def fetch(self, item: object, done: Callable[[bytes | None], None]) -> None:
        self.waiting.append(done)

    fetch_whole = fetch


def test_a_picture_that_comes_repaints_its_row_and_moves_nothing(
    themes: ThemeSource, show: Callable[..., None], wait_until: Callable[..., None]
) -> None:
    slow = Slow()
    view = TimelineView(themes, Pictures(slow))
    view.show_model(sample.timeline(sample.file_rows()))
    show(view, 640, 700)
    before = [(p.row, p.top) for p in view.window_.placed]
    blank = shot(view)
    asked = len(slow.waiting)
    assert asked
    shot(view)
    assert len(slow.waiting) == asked  # asked for once, however often it is painted
    for done in slow.waiting:
        done(sample.dusk())
    wait_until(lambda: (QApplication.processEvents(), shot(view) != blank)[1])
    assert [(p.row, p.top) for p in view.window_.placed] == before


def test_another_conversation_starts_anew(view: TimelineView, qtbot: QtBot) -> None:
    view.scroll_by(-900)
    other = sample.timeline(sample.talk())
    view.show_model(other)
    assert view.at_end
    assert view.window_.count == other.rowCount()
    view.show_model(None)
    assert view.window_.placed == []
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.viewport().rect().size() == QRect(view.viewport().rect()).size()


def test_names_that_change_are_painted(themes: ThemeSource, show: Callable[..., None]) -> None:
    people = dict(sample.PEOPLE)
    model = sample.timeline(sample.talk())
    model.people = people
    view = TimelineView(themes, Pictures(None))
    view.show_model(model)
    show(view, 700, 900)
    before = shot(view)
    people[sample.TOMAS] = msgspec.structs.replace(people[sample.TOMAS], display_name="Tom")
    model.people_changed()
    assert shot(view) != before


def test_tooltips_of_rows_are_nobody_elses_words(view: TimelineView) -> None:
    assert view.viewportEvent(QHelpEvent(QEvent.Type.ToolTip, QPoint(50, 500), QPoint(50, 500)))


def test_a_conversation_with_much_unread_opens_at_the_first_unread(
    themes: ThemeSource, show: Callable[..., None]
) -> None:
    model = TimelineModel(
        Endless(),
        sample.PEOPLE,
        conversation_id=sample.GROUP,
        me=ME,
        names=True,
        last_seq=COUNT,
        unread_from=COUNT - 499,
        unread_count=500,
        now=lambda: NOW,
        zone=sample.UTC,
    )
    view = TimelineView(themes, Pictures(sample.SamplePictures()))
    told: list[int] = []
    view.seen_upto.connect(told.append)
    show(view, 700, 600)
    view.show_model(model)
    assert COUNT - 499 in [model.seq_at(placed.row) for placed in view.window_.placed]
    assert not view.at_end
    assert max(told) < COUNT - 450, "what was never on the screen does not count as seen"
    view.to_end()
    assert told[-1] == COUNT


def test_a_few_unread_leave_it_at_its_end(themes: ThemeSource, show: Callable[..., None]) -> None:
    model = TimelineModel(
        Endless(),
        sample.PEOPLE,
        conversation_id=sample.GROUP,
        me=ME,
        names=True,
        last_seq=COUNT,
        unread_from=COUNT - 1,
        unread_count=2,
        now=lambda: NOW,
        zone=sample.UTC,
    )
    view = TimelineView(themes, Pictures(sample.SamplePictures()))
    show(view, 700, 600)
    view.show_model(model)
    assert view.at_end
    assert view.seen == COUNT


def test_only_what_is_laid_out_in_a_visible_view_is_seen_and_showing_it_tells(
    themes: ThemeSource, model: TimelineModel, show: Callable[..., None]
) -> None:
    view = TimelineView(themes, Pictures(sample.SamplePictures()))
    told: list[int] = []
    view.seen_upto.connect(told.append)
    view.resize(700, 600)
    view.show_model(model)
    assert (told, view.seen) == ([], 0), "nobody could see it"
    show(view, 700, 600)
    assert told[-1] == COUNT


def test_the_first_conversation_that_is_opened_counts_as_read(
    themes: ThemeSource, show: Callable[..., None], qtbot: QtBot
) -> None:
    """Its rows are laid out while the pane still shows that none is open."""
    model = TimelineModel(
        Endless(),
        sample.PEOPLE,
        conversation_id=sample.GROUP,
        me=ME,
        names=True,
        last_seq=COUNT,
        now=lambda: NOW,
        zone=sample.UTC,
    )
    pane = ConversationPane(themes)
    read: list[int] = []
    pane.read_upto.connect(read.append)
    show(pane, 900, 700)
    pane.activateWindow()
    qtbot.waitUntil(pane.isActiveWindow)
    pane.show_conversation(model, owner=sample.GROUP, title="Harbour refit", group=True)
    assert read == [COUNT]
