"""Names and texts from other people are shown as text: no HTML, no file is loaded, no line is broken, no direction is turned."""

import html
from collections.abc import Callable
from uuid import UUID

import msgspec
import pytest
import ui_samples as sample
from PySide6 import QtGui
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from ui_samples import ME, NOW, SampleReader, make_row

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import ConversationSummary, Draft, Person
from chinwag_desktop.models.conversation_list_model import ConversationListModel
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.plain import one_line, tooltip
from chinwag_desktop.models.sidebar_model import SidebarModel
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.new_conversation_dialog import NewConversationDialog
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.text import Paragraph, Text
from chinwag_desktop.ui.widgets.toast import Toast
from chinwag_protocol.objects import SystemFact

HOSTILE = [
    '<img src="file:///etc/hostname">',
    "<b>bold</b> & <i>it</i> &lt;s&gt;",
    "<!DOCTYPE html><html><body onload=x>",
    '<a href="file:///etc/passwd">click</a>',
    "\u202eevil\u202c robin",
    "\u2066\u2067\u2068nested\u2069\u2069\u2069",
    "line\nbreak\r\n\tand\u2028more\u2029end",
    "nul\x00bell\x07del\x7f",
    "\ud800lone surrogate",
    "Z̷̢̛͈̙a̸͙͌l̷̰̇g̴͚̈́o̶͎͝" * 6,
    "x" * 5000,
    "👨‍👩‍👧‍👦" * 200,
    "%n {name} {0} %1 %s",
    " \u200b\u00ad ",
    "",
    "مرحبا <b>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_one_line_is_one_line(name: str) -> None:
    line = one_line(name)
    assert len(line) <= 200
    assert not set(line) & set("\n\r\t\x00\x07\x7f\u2028\u2029\u202e\u2066\u2067\u2068\u2069\u202c")
    line.encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_tooltip_holds_no_tag_of_theirs(name: str) -> None:
    inside = tooltip(name).removeprefix("<span>").removesuffix("</span>")
    assert "<" not in inside
    assert html.unescape(inside) == one_line(name)


def test_nothing_to_say_is_no_tooltip() -> None:
    assert tooltip("") == tooltip(" \u202e") == ""


def crowd(name: str) -> dict[UUID, Person]:
    return {user: msgspec.structs.replace(person, display_name=name) for user, person in sample.PEOPLE.items()}


def window_of(themes: ThemeSource, name: str) -> MainWindow:
    people = crowd(name)
    window = MainWindow(themes, now=lambda: NOW, zone=sample.UTC)
    listed = ConversationListModel(people, me=ME, parent=window)
    listed.set_all(
        [
            ConversationSummary(
                id=sample.GROUP, kind="group", title=name, excerpt=name, last_sender_id=sample.MAYA, last_at=NOW
            ),
            ConversationSummary(
                id=sample.LUNCH, kind="direct", title=name, peer_id=sample.NOOR, draft=name, last_at=NOW
            ),
        ]
    )
    known = PeopleModel(me=ME, parent=window)
    known.set_all(people.values())
    window.directory = PeopleModel(me=ME, parent=window)
    window.directory.set_all(people.values())
    window.show_account(ME, name, place=name)
    window.show_sidebar(SidebarModel(listed, known, parent=window))
    rows = [
        make_row(1, sample.MAYA, NOW, system=SystemFact(type="created", actor_id=sample.MAYA, title=name)),
        make_row(2, sample.MAYA, NOW, name or "x"),
        make_row(3, sample.TOMAS, NOW, attachments=[sample.attachment(name, "application/pdf", 3)]),
        make_row(4, ME, NOW, name or "x"),
    ]
    model = TimelineModel(
        SampleReader(rows),
        people,
        conversation_id=sample.GROUP,
        me=ME,
        names=True,
        last_seq=4,
        now=lambda: NOW,
        zone=sample.UTC,
        parent=window,
    )
    window.show_conversation(
        model, owner=sample.GROUP, title=name, group=True, draft=Draft(conversation_id=sample.GROUP, text=name)
    )
    window.pane.header.show_status(name)
    window.pane.show_connection(ConnectionState(phase=Phase.ONLINE, latency_ms=9))
    return window


@pytest.mark.parametrize("name", HOSTILE)
def test_the_whole_window_shows_it_as_text(
    name: str, themes: ThemeSource, show: Callable[..., None], qtbot: QtBot
) -> None:
    window = window_of(themes, name)
    show(window, 1000, 700)
    dialog = window.open_new_conversation()
    assert isinstance(dialog, NewConversationDialog)
    window.pane.toast(name)
    for rail in (False, True):
        window.sidebar.set_rail(rail)
        assert not window.grab().toImage().isNull()
    for label in window.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
    for widget in [window, *window.findChildren(QWidget)]:
        assert not QtGui.Qt.mightBeRichText(widget.toolTip()) or widget.toolTip().startswith("<span>")
        assert "\n" not in widget.windowTitle()
        assert "\n" not in widget.accessibleName()
    dialog.choose("")


def test_html_in_a_name_is_drawn_as_its_letters(themes: ThemeSource, show: Callable[..., None]) -> None:
    plain, bold = Text(themes, "body", text="<b>x</b>"), Text(themes, "body", text="x")
    show(plain, 200, 20)
    show(bold, 200, 20)
    assert plain.sizeHint().width() > 3 * bold.sizeHint().width()
    assert plain.grab().toImage() != bold.grab().toImage()


def test_paragraphs_and_toasts_draw_letters_too(themes: ThemeSource, qtbot: QtBot) -> None:
    paragraph = Paragraph(themes, "body", "text", "<h1>x</h1>", width=300)
    qtbot.addWidget(paragraph)
    assert paragraph.height() == 20
    toast = Toast(themes, None, "<img src='file:///etc/hostname'>\nmore")
    qtbot.addWidget(toast)
    assert toast.accessibleName() == "<img src='file:///etc/hostname'> more"


def test_pasting_html_gives_text(themes: ThemeSource, show: Callable[..., None]) -> None:
    window = window_of(themes, "Robin")
    show(window, 900, 600)
    editor = window.pane.composer.editor
    assert not editor.acceptRichText()
    editor.set_text("<b>x</b>")
    assert editor.toPlainText() == "<b>x</b>"
