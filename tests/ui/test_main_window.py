"""The main window whole: opening, sending, keys, menus, themes, sizes, geometry, and names for screen readers."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import ui_samples as sample
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot
from ui_states import SampleFacts, make_main

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import DeliveryState, Draft
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.ui.attaching import Composed
from chinwag_desktop.ui.connection_panel import ConnectionPanel
from chinwag_desktop.ui.main_window import FIRST_SIZE, MainWindow
from chinwag_desktop.ui.theme.theme import ThemeChoice, ThemeSource
from chinwag_desktop.ui.theme.tokens import Size
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_desktop.ui.widgets.toast import Toast
from chinwag_protocol.objects import Attachment

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(themes: ThemeSource, show: Callable[..., None]) -> MainWindow:
    made = make_main(themes)
    made.facts = SampleFacts(ConnectionState(phase=Phase.ONLINE, latency_ms=24))
    made.directory = PeopleModel(me=sample.ME, parent=made)
    made.directory.set_all(sample.PEOPLE.values())
    show(made, 1200, 800)
    return made


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def test_opening_a_conversation_puts_the_cursor_into_the_composer(window: MainWindow) -> None:
    assert window.pane.composer.editor.hasFocus()
    assert window.windowTitle() == "Harbour refit · Chinwag"
    assert window.pane.timeline.at_end


def test_enter_puts_a_bubble_on_the_screen(window: MainWindow, qtbot: QtBot) -> None:
    model = window.pane.model
    assert model is not None

    def send(composed: Composed) -> None:
        model.apply_rows(
            [sample.make_row(0, sample.ME, sample.NOW, composed.text, state=DeliveryState.SAVING, key=uuid4())]
        )

    window.pane.composer.sent.connect(send)
    before = model.rowCount()
    qtbot.keyClicks(focused(), "On my way")
    qtbot.keyClick(focused(), Qt.Key.Key_Return)
    assert model.rowCount() == before + 1
    assert window.pane.timeline.window_.placed[-1].row == before  # laid out before the key press returns
    assert window.pane.timeline.at_end


def test_an_own_message_is_seen_even_from_history(window: MainWindow) -> None:
    model = window.pane.model
    window.resize(720, 480)
    QApplication.processEvents()
    window.pane.timeline.scroll_by(-600)
    assert window.pane.latest.isVisible()
    model.apply_rows([sample.make_row(16, sample.MAYA, sample.NOW, "news")])
    assert window.pane.latest.count == 1
    assert not window.pane.timeline.at_end
    model.apply_rows([sample.make_row(0, sample.ME, sample.NOW, "mine", state=DeliveryState.SAVING, key=uuid4())])
    assert window.pane.timeline.at_end
    assert not window.pane.latest.isVisible()
    assert window.pane.latest.count == 0


def test_the_latest_button_by_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(720, 480)
    QApplication.processEvents()
    window.pane.timeline.scroll_by(-600)
    qtbot.keyClick(window.pane.latest, Qt.Key.Key_Return)
    assert window.pane.timeline.at_end


def test_letters_typed_in_the_timeline_go_into_the_composer(window: MainWindow, qtbot: QtBot) -> None:
    window.pane.timeline.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(window.pane.timeline, Qt.Key.Key_H)
    assert window.pane.composer.editor.hasFocus()
    assert window.pane.composer.editor.toPlainText() == "h"
    window.pane.timeline.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(window.pane.timeline, Qt.Key.Key_Escape)
    assert window.pane.composer.editor.hasFocus()


def test_the_first_message_takes_the_place_of_the_empty_page(window: MainWindow) -> None:
    empty = sample.timeline([], group=False)
    window.show_conversation(empty, owner=sample.NOOR, title="Noor Haddad", group=False)
    assert window.pane.beginning.isVisible()
    assert "Noor Haddad" in window.pane.beginning.words.text()
    empty.apply_rows([sample.make_row(1, sample.NOOR, sample.NOW, "Hello")])
    assert window.pane.timeline.isVisible()
    window.show_nothing()
    assert window.pane.unopened.isVisible()
    assert not window.pane.composer.isVisible()
    assert window.windowTitle() == "Chinwag"


def test_drafts_are_told_before_another_conversation_opens(window: MainWindow, qtbot: QtBot) -> None:
    drafts: list[str] = []
    window.pane.composer.draft_changed.connect(lambda text, _reply: drafts.append(text))
    qtbot.keyClicks(focused(), "half")
    other = sample.timeline(sample.talk()[:2])
    window.show_conversation(
        other,
        owner=sample.LUNCH,
        title="Lunch",
        group=True,
        draft=Draft(conversation_id=sample.LUNCH, text="other half"),
    )
    assert drafts == ["half"]
    assert window.pane.composer.editor.toPlainText() == "other half"


def test_what_is_on_the_screen_of_an_active_window_counts_as_read(
    themes: ThemeSource, show: Callable[..., None]
) -> None:
    window = make_main(themes)
    read: list[int] = []
    window.pane.read_upto.connect(read.append)
    assert read == []
    show(window, 1200, 800)
    assert read == [15]
    window.pane.model.apply_rows([sample.make_row(16, sample.MAYA, sample.NOW, "news")])
    assert read == [15, 16]


# keys, menus, dialogs


def test_control_n_opens_and_escape_closes(window: MainWindow, qtbot: QtBot) -> None:
    asked: list[UUID] = []
    window.direct_requested.connect(asked.append)
    qtbot.keyClick(focused(), Qt.Key.Key_N, CONTROL)
    dialog = window.findChild(Dialog)
    assert dialog is not None
    qtbot.keyClick(focused(), Qt.Key.Key_N, CONTROL)
    assert len(window.findChildren(Dialog)) == 1
    qtbot.keyClicks(focused(), "maya")
    qtbot.keyClick(focused(), Qt.Key.Key_Return)
    assert asked == [sample.MAYA]
    assert window.pane.composer.editor.hasFocus()


def test_control_k_searches(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(focused(), Qt.Key.Key_K, CONTROL)
    assert window.sidebar.search.edit.hasFocus()


def test_alt_and_arrows_walk_the_conversations(window: MainWindow, qtbot: QtBot) -> None:
    opened: list[UUID] = []
    window.sidebar.conversation_opened.connect(opened.append)
    qtbot.keyClick(focused(), Qt.Key.Key_Down, ALT)
    assert opened == [sample.conversation_id(1)]


def test_the_account_menu_switches_the_look(window: MainWindow, themes: ThemeSource, qtbot: QtBot) -> None:
    chosen: list[ThemeChoice] = []
    window.theme_chosen.connect(chosen.append)
    menu = window.build_account_menu()
    labels = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert labels == [
        "Robin Okafor",
        "Your profile…",
        "Look of the system",
        "Light",
        "Dark",
        "New conversation",
        "Mentions of you",
        "Connection",
        "Keyboard shortcuts",
        "Settings",
        "Sign out…",
    ]
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["Light"]
    before = window.grab().toImage()
    menu.popup(QPoint(10, 60))
    for _ in range(4):
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert chosen == [ThemeChoice.DARK]
    assert themes.now.dark
    assert window.grab().toImage() != before


def test_signing_out_is_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    asked: list[int] = []
    window.sign_out_requested.connect(lambda: asked.append(1))
    menu = window.build_account_menu()
    menu.popup(QPoint(10, 60))
    qtbot.keyClick(menu, Qt.Key.Key_Up)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert asked == [1]


def test_the_latency_opens_the_connection_panel(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window.pane.header.latency, Qt.Key.Key_Space)
    panel = window.findChild(Dialog)
    assert panel is not None
    panel.choose("")


def test_a_click_on_the_banner_opens_the_connection_panel(window: MainWindow, qtbot: QtBot) -> None:
    banner = window.pane.status
    window.pane.show_connection(ConnectionState(phase=Phase.WAITING, attempt=2, retry_at=1e12, wait_s=2))
    banner.setFixedHeight(Size.BANNER)
    qtbot.mouseClick(banner.words, Qt.MouseButton.LeftButton)
    panel = window.findChild(ConnectionPanel)
    assert panel is not None
    assert panel.rows["server"].text() == "Harbour Works 1.4.0"
    panel.choose("")
    window.pane.show_connection(ConnectionState(phase=Phase.STOPPED))  # no more countdown


def test_the_connection_panel_by_key_and_its_report(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    panel = window.findChild(Dialog)
    assert panel is not None
    qtbot.mouseClick(panel.buttons["copy"], Qt.MouseButton.LeftButton)
    report = QGuiApplication.clipboard().text().splitlines()
    assert report[0] == panel.words.text()
    assert any(line.startswith("Attempts: ") for line in report)
    assert sum("day: " in line for line in report) == 7
    assert window.findChild(Toast).accessibleName() == "Report copied"


def test_latency_is_amber_when_slow_and_grey_without_a_link(window: MainWindow) -> None:
    pill = window.pane.header.latency
    looks = []
    for state in (
        ConnectionState(phase=Phase.ONLINE, latency_ms=24.4),
        ConnectionState(phase=Phase.ONLINE, latency_ms=850, slow=True),
        ConnectionState(phase=Phase.WAITING, attempt=2, retry_at=1e12, wait_s=2),
    ):
        window.pane.show_connection(state)
        looks.append((pill.words(), pill.accessibleName()))
    assert looks == [
        ("24 ms", "Round trip 24 milliseconds"),
        ("850 ms", "Round trip 850 milliseconds"),
        ("offline", "Not connected"),
    ]
    assert window.pane.status.view is not None
    window.pane.show_connection(ConnectionState(phase=Phase.STOPPED))


def test_plain_links_open_at_once_and_odd_ones_are_asked_about(window: MainWindow, qtbot: QtBot) -> None:
    opened: list[str] = []
    window.link_opened.connect(opened.append)
    window.open_link("https://example.org/")
    window.open_link("file:///etc/passwd")
    assert opened == ["https://example.org/"]
    window.open_link("https://exаmple.org/")
    dialog = window.findChild(Dialog)
    assert "xn--" in dialog.accessibleDescription()
    qtbot.keyClick(focused(), Qt.Key.Key_Escape)
    assert len(opened) == 1
    window.open_link("https://exаmple.org/")
    qtbot.keyClick(focused(), Qt.Key.Key_Tab)
    qtbot.keyClick(focused(), Qt.Key.Key_Return)
    assert len(opened) == 2


def test_what_the_composer_refuses_is_said(window: MainWindow) -> None:
    window.pane.composer.add_paths(["/nowhere/at/all"])
    toast = window.findChild(Toast)
    assert toast is not None
    assert "cannot be attached" in toast.accessibleName()


def test_dropping_a_file_attaches_it(window: MainWindow, tmp_path) -> None:
    place = tmp_path / "plan.pdf"
    place.write_bytes(b"%PDF-1.7")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(place))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window.pane, QDragEnterEvent(QPoint(9, 99), copy, mime, Qt.MouseButton.LeftButton, none))
    assert window.pane._sheet.isVisible()
    QApplication.sendEvent(window.pane, QDropEvent(QPointF(9, 99), copy, mime, Qt.MouseButton.LeftButton, none))
    assert not window.pane._sheet.isVisible()
    assert [file.name for file in window.pane.composer.chips.files()] == ["plan.pdf"]


# sizes


def test_a_narrow_window_has_a_rail(window: MainWindow) -> None:
    window.resize(Size.RAIL_UNDER - 1, 600)
    QApplication.processEvents()
    assert window.sidebar.rail
    window.resize(Size.RAIL_UNDER, 600)
    QApplication.processEvents()
    assert not window.sidebar.rail


@pytest.mark.parametrize(("width", "height"), [(480, 360), (720, 480), (1200, 800), (2400, 1400)])
def test_talk_and_composer_stand_on_one_column(window: MainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    QApplication.processEvents()
    composer = window.pane.composer
    assert composer.width() == window.pane.width()
    edges = {
        round(p.layout.bubble.right()) for p in window.pane.timeline.window_.placed if p.layout.own and p.layout.bubble
    }
    assert len(edges) <= 1
    margins = composer.layout().contentsMargins()
    assert not edges or edges == {composer.width() - margins.right() + 6}
    for part in (window.pane.header, window.pane.timeline, composer):
        assert window.pane.rect().contains(part.geometry())


def test_geometry_is_remembered(window: MainWindow, themes: ThemeSource, qtbot: QtBot) -> None:
    window.resize(717, 505)
    saved = window.save_geometry()
    again = MainWindow(themes)
    qtbot.addWidget(again)
    again.restore_geometry(saved)
    assert (again.width(), again.height()) == (717, 505)
    again.restore_geometry(b"nonsense")
    assert again.size() == FIRST_SIZE.boundedTo(again.screen().availableSize())


def test_closing_is_told_once_and_keeps_the_draft(window: MainWindow, qtbot: QtBot) -> None:
    told: list[str] = []
    window.closed.connect(lambda: told.append("closed"))
    window.pane.composer.draft_changed.connect(lambda text, _reply: told.append(text))
    qtbot.keyClicks(focused(), "half")
    window.close()
    assert told == ["half", "closed"]


# for everybody


def test_every_control_has_a_name(window: MainWindow) -> None:
    nameless = []
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QAbstractButton | QLineEdit | QTextEdit) and widget.isVisible():
            accessible = QAccessible.queryAccessibleInterface(widget)
            if not accessible.text(QAccessible.Text.Name):
                nameless.append(widget)
    assert nameless == []


def test_tab_reaches_every_part(window: MainWindow, qtbot: QtBot) -> None:
    window.sidebar.top.account.setFocus(Qt.FocusReason.TabFocusReason)
    seen = [focused()]
    for _ in range(12):
        qtbot.keyClick(focused(), Qt.Key.Key_Tab)
        seen.append(focused())
    pane, side = window.pane, window.sidebar
    order = [
        side.top.account,
        side.top.new,
        side.search.edit,
        side.list,
        pane.header.latency,
        pane.timeline,
        pane.composer.attach,
        pane.composer.editor,
    ]
    assert [widget for widget in seen if widget in order][: len(order)] == order


def test_a_theme_switch_lays_nothing_out_again(window: MainWindow, themes: ThemeSource) -> None:
    placed = list(window.pane.timeline.window_.placed)
    themes.choose(ThemeChoice.DARK)
    QApplication.processEvents()
    assert all(a.layout is b.layout for a, b in zip(placed, window.pane.timeline.window_.placed, strict=True))


def test_only_the_last_toast_stands(window: MainWindow, wait_until: Callable[..., object]) -> None:
    window.pane.toast("one")
    window.pane.toast("two")
    wait_until(lambda: (QApplication.sendPostedEvents(None, 52), len(window.findChildren(Toast)) == 1)[1])


def test_pictures_are_tried_again_when_the_link_is_back(themes: ThemeSource, show: Callable[..., None]) -> None:
    asked: list[str] = []

    class Lost:
        def fetch(self, item: Attachment, done: Callable[[bytes | None], None]) -> None:
            asked.append(item.name)
            done(None)

        fetch_whole = fetch

    window = MainWindow(themes, pictures=Lost())
    rows = [
        sample.make_row(
            1, sample.MAYA, sample.NOW, attachments=[sample.attachment("a.png", "image/png", 9, width=90, height=90)]
        )
    ]
    model = sample.timeline(rows)
    model.setParent(window)
    window.show_conversation(model, owner=sample.GROUP, title="x", group=True)
    show(window, 900, 600)
    window.grab()
    assert asked == ["a.png"]
    window.pane.show_connection(ConnectionState(phase=Phase.ONLINE, latency_ms=9))
    window.grab()
    assert asked == ["a.png", "a.png"]


def test_photos_that_keep_their_cameras_notes_are_attached_only_after_a_question(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = []
    for name in ("one.heic", "notes.txt", "two.heic"):
        (tmp_path / name).write_bytes(b"\x00\x00\x00\x18ftypheic" if name.endswith("heic") else b"words")
        paths.append(str(tmp_path / name))

    def waiting() -> list[str]:
        return [file.name for file in window.pane.composer.files.files()]

    window.pane.composer.add_paths(paths)
    assert waiting() == ["notes.txt"]
    assert "one.heic, two.heic" in window.findChild(Dialog).accessibleDescription()
    qtbot.keyClick(focused(), Qt.Key.Key_Escape)
    assert waiting() == ["notes.txt"]
    window.pane.composer.add_paths(paths[:1])
    qtbot.keyClick(focused(), Qt.Key.Key_Tab)
    qtbot.keyClick(focused(), Qt.Key.Key_Return)
    assert waiting() == ["notes.txt", "one.heic"]
