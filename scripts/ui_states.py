"""The table of everything the interface can look like. `grab_states.py` makes pictures of it, `tests/ui` checks every entry.

A state is a name, a size and a function that makes the widget for a theme. `prepare` runs when it is on the screen.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import ui_samples as sample
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from ui_samples_markup import forwarded_rows, marked_rows, meaning_rows
from ui_states_details import details
from ui_states_emoji import completion as emoji_completion
from ui_states_emoji import picker as emoji_picker
from ui_states_people import DIALOGS as PEOPLE_DIALOGS
from ui_states_pins import bars as pin_bars
from ui_states_pins import day_picker, listed, pinned_rows, select_across
from ui_states_settings import settings_at

from chinwag_desktop.app.failure_words import storage_words
from chinwag_desktop.core.availability import CountedHour
from chinwag_desktop.core.certificates import CertificateFacts, Doubt, ServerCertificate
from chinwag_desktop.core.changes import StorageProblem
from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, LatencySample, Phase
from chinwag_desktop.core.entities import Presence, TimelineRow
from chinwag_desktop.core.errors import ClientError, Problem
from chinwag_desktop.models.conversation_list_model import ConversationItem
from chinwag_desktop.models.members_model import MembersModel
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.row_rights import Rights
from chinwag_desktop.models.sidebar_model import Filter
from chinwag_desktop.ui.attaching import ComposedFile
from chinwag_desktop.ui.banner_view import banner_view
from chinwag_desktop.ui.certificate_dialog import CertificateDialog
from chinwag_desktop.ui.composer import Composer
from chinwag_desktop.ui.connection_panel import ConnectionPanel
from chinwag_desktop.ui.forward_dialog import ForwardDialog
from chinwag_desktop.ui.group_panel import GroupPanel
from chinwag_desktop.ui.group_questions import (
    hand_over_question,
    leave_question,
    owner_stays_notice,
    remove_question,
)
from chinwag_desktop.ui.header import Header, LatencyPill
from chinwag_desktop.ui.latest_button import LatestButton
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.new_conversation_dialog import AddPeopleDialog, NewConversationDialog
from chinwag_desktop.ui.questions import (
    delete_question,
    keyring_question,
    link_question,
    notes_question,
    sign_out_question,
)
from chinwag_desktop.ui.shortcut_sheet import ShortcutSheet
from chinwag_desktop.ui.sidebar import Sidebar
from chinwag_desktop.ui.sign_in_window import SignInWindow
from chinwag_desktop.ui.socket_connection_status import SocketConnectionStatus
from chinwag_desktop.ui.storage_notice import outbox_closed_notice, outbox_salvaged_notice
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.hit import Hit, Target
from chinwag_desktop.ui.timeline.pictures import Pictures
from chinwag_desktop.ui.timeline.reaction_picker import EMOJI, ReactionPicker
from chinwag_desktop.ui.timeline.row_menu import row_menu
from chinwag_desktop.ui.timeline.view import TimelineView
from chinwag_desktop.ui.trouble_notice import trouble_notice
from chinwag_desktop.ui.widgets.button import Button, IconButton
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_desktop.ui.widgets.empty_state import EmptyState
from chinwag_desktop.ui.widgets.field import Field, SearchField
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_desktop.ui.widgets.toast import Toast
from chinwag_protocol.objects import MemberRole

Make = Callable[[ThemeSource], QWidget]


class State(NamedTuple):
    """One look. `height` 0 takes the widget's own."""

    name: str
    width: int
    height: int
    make: Make
    prepare: Callable[[QWidget], None] | None = None


# the banner: name -> (state of the connection, seconds until the next try)


def _connection(
    phase: Phase, attempt: int = 0, *, left: float = 0.0, wait: float = 0.0, **more: Any
) -> ConnectionState:
    return ConnectionState(phase=phase, attempt=attempt, retry_at=100 + left if wait else None, wait_s=wait, **more)  # type: ignore[arg-type]


BANNERS: dict[str, ConnectionState] = {
    "connecting": _connection(Phase.CONNECTING),
    "disconnected": _connection(Phase.WAITING, 1, left=1, wait=1),
    "waiting": _connection(Phase.WAITING, 3, left=3.2, wait=4, problem=Problem.UNREACHABLE),
    "trying": _connection(Phase.CONNECTING, 4),
    "restarting": _connection(Phase.WAITING, 1, left=4, wait=6, server_restarting=True),
    "lost": _connection(Phase.RETRYING_SLOWLY, 10, problem=Problem.TIMED_OUT),
    "connected": _connection(Phase.ONLINE, latency_ms=31),
    "offline": _connection(Phase.OFFLINE),
    "slow": _connection(Phase.ONLINE, latency_ms=850, slow=True),
    "signed-out-elsewhere": _connection(Phase.REFUSED, refused_code="revoked"),
    "password-changed": _connection(Phase.REFUSED, refused_code="password_changed"),
    "used-twice": _connection(Phase.REFUSED, refused_code="refresh_reused"),
    "disabled": _connection(Phase.REFUSED, refused_code="user_disabled"),
    "run-out": _connection(Phase.REFUSED, refused_code="unauthorized"),
    "protocol": _connection(Phase.REFUSED, problem=Problem.PROTOCOL, refused_code="unsupported_protocol"),
    "blocked": _connection(Phase.WAITING, 4, left=7, wait=8, problem=Problem.BLOCKED),
    "not-chinwag": _connection(Phase.WAITING, 4, left=7, wait=8, problem=Problem.NOT_CHINWAG),
    "certificate-nobody": _connection(Phase.WAITING, 1, left=1, wait=1, problem=Problem.CERTIFICATE),
    "certificate-changed": _connection(Phase.WAITING, 5, left=12, wait=16, problem=Problem.CERTIFICATE),
    "waiting-tls": _connection(Phase.WAITING, 5, left=12, wait=16, problem=Problem.TLS),
    "waiting-keyring": _connection(Phase.WAITING, 2, left=2, wait=2, problem=Problem.KEYRING),
    "waiting-name": _connection(Phase.WAITING, 6, left=20, wait=30, problem=Problem.NAME_NOT_FOUND),
}


def certificate(*, doubt: Doubt | None = Doubt.NO_AUTHORITY, changed: bool = False) -> CertificateFacts:
    """What a look at the harbour's certificate has shown."""
    shown, before = (hashlib.sha256(words).hexdigest().upper() for words in (b"new", b"old"))
    return CertificateFacts(
        host="chat.harbour.example",
        shown=ServerCertificate(pem="", sha256=shown),
        doubt=doubt,
        pinned=before if changed else None,
    )


LOOKS: dict[str, CertificateFacts] = {
    "certificate-nobody": certificate(),
    "certificate-changed": certificate(changed=True),
}


def _banner(name: str) -> Make:
    def make(themes: ThemeSource) -> QWidget:
        state = BANNERS[name]
        page = Strip(themes, "canvas")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        header = Header(themes)
        header.show_conversation(sample.MAYA, "Maya Lindqvist", group=False)
        header.show_status(
            "typing…" if name == "slow" else "online" if name == "connected" else "last seen at 09:32",
            typing=name == "slow",
        )
        header.latency.set_latency(state.latency_ms, slow=state.slow)
        status = SocketConnectionStatus(themes, clock=lambda: 100.0)
        since = 99.0 if name == "connected" else None
        status.show_state(banner_view(state, 100.0, online_since=since, certificate=LOOKS.get(name)))
        column.addWidget(header)
        column.addWidget(status)
        column.addStretch(1)
        return page

    return make


# bubbles


def _view(rows: Callable[[], list[TimelineRow]], *, last_seq: int | None = None, unread: int = 0) -> Make:
    def make(themes: ThemeSource) -> QWidget:
        view = TimelineView(themes, Pictures(sample.SamplePictures()))
        model = sample.timeline(rows(), last_seq=last_seq, unread_from=unread, unread_count=3 if unread else 0)
        model.setParent(view)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.show_model(model)
        return view

    return make


def has_cjk() -> bool:
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.Japanese))


def _focus_failed(widget: QWidget) -> None:
    assert isinstance(widget, TimelineView)
    widget.activateWindow()
    widget.setFocus(Qt.FocusReason.TabFocusReason)


# composer


def _composer(
    text: str = "", files: tuple[ComposedFile, ...] = (), *, focus: bool = True
) -> tuple[Make, Callable[[QWidget], None]]:
    def make(themes: ThemeSource) -> QWidget:
        composer = Composer(themes)
        composer.show_draft(text)
        return composer

    def prepare(widget: QWidget) -> None:
        assert isinstance(widget, Composer)
        for file in files:
            widget.chips.add(file)
        widget.activateWindow()
        widget.focus() if focus else widget.editor.clearFocus()
        widget.setFixedHeight(widget.sizeHint().height())

    return make, prepare


def _composer_for(purpose: Callable[[Composer], object]) -> tuple[Make, Callable[[QWidget], None]]:
    make, show = _composer("See you at six")

    def prepare(widget: QWidget) -> None:
        assert isinstance(widget, Composer)
        purpose(widget)
        show(widget)

    return make, prepare


def _reply(composer: Composer) -> None:
    composer.reply(sample.reply_to(sample.answer_rows()[0]), "Tomás Herrera")


def _edit(composer: Composer) -> None:
    composer.edit(
        sample.ME, "High water is 18:40. If we leave the mooring at six there is time for one try and a second."
    )


def _picker(themes: ThemeSource) -> QWidget:
    page = Strip(themes, "canvas")
    picker = ReactionPicker(themes, frozenset({EMOJI[1]}), page)
    picker.setParent(page, Qt.WindowType.Widget)
    picker.move(QPoint(8, 8))
    picker.show()
    return page


def _point_at(number: int) -> Callable[[QWidget], None]:
    def prepare(view: QWidget) -> None:
        assert isinstance(view, TimelineView)
        placed = view.window_.placed[number]
        assert placed.layout.bubble is not None
        at = placed.layout.bubble.center() + QPointF(0, placed.top)
        QTest.mouseMove(view.viewport(), at.toPoint())

    return prepare


def _row_menu(themes: ThemeSource) -> QWidget:
    page = Strip(themes, "canvas")
    rows = [sample.make_row(1, sample.ME, sample.at(sample.TODAY, "10:00"), "High water is 18:40.")]
    view = _view(lambda: rows)(themes)
    assert isinstance(view, TimelineView)
    view.setParent(page)
    view.hide()
    menu = row_menu(view, rows[0], Hit(Target.BUBBLE), rights=Rights(sample.ME))
    menu.setActiveAction(menu.actions()[0])
    menu.setParent(page, Qt.WindowType.Widget)
    menu.move(QPoint(16, 16))
    menu.show()
    return page


def _organised(themes: ThemeSource) -> Sidebar:
    """One conversation is pinned, the muted one is archived."""
    sidebar = Sidebar(themes, now=lambda: sample.NOW, zone=sample.UTC)
    sidebar.show_account(sample.ME, "Robin Okafor", place="Harbour Works")
    summaries = [
        msgspec.structs.replace(one, pinned=one.id == sample.GROUP, archived=one.muted) for one in sample.summaries()
    ]
    model = sample.sidebar_model(summaries)
    model.setParent(sidebar)
    sidebar.show_model(model)
    return sidebar


def _found(themes: ThemeSource) -> QWidget:
    """Archived ones, as the search finds them."""
    sidebar = _organised(themes)
    sidebar.search.set_text("r")
    return sidebar


def _conversation_menu(themes: ThemeSource) -> QWidget:
    page = Strip(themes, "sidebar")
    sidebar = _organised(themes)
    sidebar.setParent(page)
    sidebar.hide()
    assert sidebar.model is not None
    item = sidebar.model.item(0)
    assert isinstance(item, ConversationItem)
    menu = sidebar.menu_of(item)
    menu.setActiveAction(menu.actions()[1])
    menu.setParent(page, Qt.WindowType.Widget)
    menu.move(QPoint(16, 16))
    menu.show()
    return page


def _long_text(over: int) -> str:
    return ("The tide tables say otherwise. " * 300)[: 8000 + over]


# sign-in


SIGN_IN_ERRORS: dict[str, tuple[ClientError, bool]] = {
    "wrong-password": (ClientError(code="unauthorized"), False),
    "disabled": (ClientError(code="forbidden"), False),
    "bad-invite": (ClientError(code="forbidden", field="inviteCode"), True),
    "closed": (ClientError(code="forbidden"), True),
    "name-taken": (ClientError(code="conflict", field="username"), True),
    "bad-name": (ClientError(code="invalid", field="username"), True),
    "bad-password": (ClientError(code="invalid", field="password"), True),
    "too-many": (ClientError(code="rate_limited", retry_after_s=30), False),
    "protocol": (ClientError(code="unsupported_protocol"), False),
    "not-found": (ClientError(code="not_found"), False),
    "internal": (ClientError(code="internal"), False),
    "unavailable": (ClientError(code="unavailable"), False),
}


def _with_problem(problem: Problem) -> ClientError:
    error = ClientError()
    error.problem = problem
    return error


for _problem in (
    Problem.UNREACHABLE,
    Problem.NAME_NOT_FOUND,
    Problem.TIMED_OUT,
    Problem.TLS,
    Problem.CERTIFICATE,
    Problem.BLOCKED,
    Problem.NOT_CHINWAG,
    Problem.SERVER_BUSY,
    Problem.LINK_LOST,
):
    SIGN_IN_ERRORS[str(_problem).replace("_", "-")] = (_with_problem(_problem), False)


def _sign_in(
    *, error: str = "", registering: bool = False, busy: bool = False, filled: bool = True, asked: bool = False
) -> tuple[Make, Callable[[QWidget], None]]:
    def make(themes: ThemeSource) -> QWidget:
        window = SignInWindow(themes)
        window.show_mode(registering=registering or bool(error and SIGN_IN_ERRORS[error][1]))
        if filled:
            window.fill(server="chat.harbour.example", username="robin", invite="harbour-2026" if registering else "")
            window.fields["password"].set_text("correct horse")
        return window

    def prepare(widget: QWidget) -> None:
        assert isinstance(widget, SignInWindow)
        widget.activateWindow()
        if error:
            widget.show_error(SIGN_IN_ERRORS[error][0])
        elif busy or asked:
            widget.set_busy(True)
            if asked:
                CertificateDialog(widget.themes, widget, LOOKS["certificate-nobody"]).open()
        else:
            widget.fields["server"].setFocus(Qt.FocusReason.TabFocusReason)
            widget.fields["server"].edit.deselect()

    return make, prepare


# windows


def make_main(themes: ThemeSource, rows: list[TimelineRow] | None = None) -> MainWindow:
    """The main window with the demo conversation."""
    window = MainWindow(themes, pictures=sample.SamplePictures(), now=lambda: sample.NOW, zone=sample.UTC)
    model = sample.sidebar_model()
    model.setParent(window)
    window.show_account(sample.ME, "Robin Okafor", place="Harbour Works")
    window.sidebar.top.account.set_presence(Presence.ONLINE)
    window.show_sidebar(model)
    talk = sample.timeline(
        sample.talk() if rows is None else rows, unread_from=13 if rows is None else 0, unread_count=3
    )
    talk.setParent(window)
    window.show_conversation(talk, owner=sample.GROUP, title="Harbour refit", group=True)
    window.pane.header.show_status("7 members, 4 online")
    window.pane.show_connection(ConnectionState(phase=Phase.ONLINE, latency_ms=24))
    return window


def _forward(themes: ThemeSource, window: QWidget) -> Dialog:
    model = sample.sidebar_model(people=())
    model.setParent(window)
    words = "High water is 18:40. If we leave the mooring at six there is time for one try"
    return ForwardDialog(themes, window, model, words, now=lambda: sample.NOW, zone=sample.UTC)


def _meaning(window: MainWindow) -> None:
    window.pane.mentions.set_people(PeopleModel(me=sample.ME, parent=window), lambda: list(sample.PEOPLE.values()))
    window.activateWindow()
    window.pane.composer.focus()
    window.pane.composer.editor.insertPlainText("Ask @")


def _compact(window: MainWindow) -> None:
    window.themes.set_compact(True)


def _main(prepare: Callable[[MainWindow], object] | None = None) -> tuple[Make, Callable[[QWidget], None]]:
    def run(widget: QWidget) -> None:
        assert isinstance(widget, MainWindow)
        widget.pane.composer.editor.clearFocus()
        if prepare is not None:
            prepare(widget)

    return make_main, run


def _reconnecting(window: MainWindow) -> None:
    window.pane.status.show_state(banner_view(BANNERS["waiting"], 100.0))
    _offline(window)


def _offline(window: MainWindow) -> None:
    """Without a link nobody is known to be online."""
    window.pane.header.latency.set_latency(None)
    window.pane.header.show_status("7 members")
    window.sidebar.top.account.set_presence(Presence.OFFLINE)
    model = sample.sidebar_model(online=False)
    model.setParent(window)
    window.show_sidebar(model)
    window.sidebar.set_opened(sample.GROUP)


def _blocked(window: MainWindow) -> None:
    window.pane.status.show_state(
        banner_view(BANNERS["certificate-changed"], 100.0, certificate=LOOKS["certificate-changed"])
    )
    _offline(window)


def _compared(window: MainWindow) -> None:
    _blocked(window)
    CertificateDialog(window.themes, window, LOOKS["certificate-changed"]).open()


def _scrolled(window: MainWindow) -> None:
    window.pane.timeline.scroll_by(-430)
    window.pane.latest.set_count(2)


def _writing(window: MainWindow) -> None:
    window.activateWindow()
    window.pane.composer.show_draft("Then let us meet at 18:00 at the quay.\nBring gloves.")
    window.pane.composer.focus()


def _viewing(window: MainWindow) -> None:
    picture = next(item for row in sample.talk() for item in row.message.attachments if item.width)
    window.open_pictures(picture)


def _unopened(window: MainWindow) -> None:
    window.show_nothing()


class SampleFacts:
    """What the connection panel shows: an hour with one bad quarter."""

    def __init__(self, state: ConnectionState) -> None:
        self._state = state

    def connection_state(self) -> ConnectionState:
        return self._state

    def connection_metrics(self) -> ConnectionMetrics:
        samples = tuple(
            LatencySample(
                at=3600 + i * 30, latency_ms=24 + (i * 37 % 23) + (560 if 70 < i < 78 else 180 if 64 < i < 84 else 0)
            )
            for i in range(120)
        )
        return ConnectionMetrics(
            attempts=14,
            connects=3,
            drops={"transport close": 2},
            uptime_s=7130,
            availability=0.9931,
            online_since=900.0,
            latencies=samples,
            bytes_sent=482_000,
            bytes_received=3_904_000,
        )

    def server(self) -> str:
        return "Harbour Works 1.4.0"

    def counted_hours(self) -> list[CountedHour]:
        """Five days of work, one with a long outage, two with short ones."""
        last = int(self.now().timestamp()) // 3600
        lost = {last - 3: 90.0, last - 26: 3600.0, last - 27: 2400.0, last - 75: 12.0}
        ago = [n for n in range(24 * 5) if 6 <= (last - n) % 24 <= 22]
        return [CountedHour(last - n, 3600 - lost.get(last - n, 0.0), lost.get(last - n, 0.0)) for n in ago]

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 20, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return 7200.0


def _dialog(make: Callable[[ThemeSource, QWidget], Dialog]) -> tuple[Make, Callable[[QWidget], None]]:
    """A dialog over an empty window."""

    def make_page(themes: ThemeSource) -> QWidget:
        page = Strip(themes, "canvas")
        page.dialog = make(themes, page)  # type: ignore[attr-defined]
        return page

    def prepare(page: QWidget) -> None:
        page.dialog.open()  # type: ignore[attr-defined]

    return make_page, prepare


def _canvas(themes: ThemeSource) -> QWidget:
    return Strip(themes, "canvas")


def _sheet_at(width: int, height: int) -> Callable[[QWidget], None]:
    """The sheet takes its width from the window, which has it only now."""

    def prepare(page: QWidget) -> None:
        assert isinstance(page, Strip)
        page.resize(width, height)
        ShortcutSheet(page.themes, page).open()

    return prepare


def _people_dialog(chosen: int) -> Callable[[ThemeSource, QWidget], Dialog]:
    def make(themes: ThemeSource, window: QWidget) -> Dialog:
        model = PeopleModel(me=sample.ME, parent=window)
        model.set_all(sample.PEOPLE.values())
        dialog = NewConversationDialog(themes, window, model)
        for row in range(chosen):
            dialog.list.toggled.emit(model.index(row))
        if chosen > 1:
            dialog.group_title.set_text("Mast and rigging")
        return dialog

    return make


def _add_people(themes: ThemeSource, window: QWidget) -> Dialog:
    model = PeopleModel(me=sample.ME, parent=window)
    model.set_all(sample.PEOPLE.values())
    dialog = AddPeopleDialog(themes, window, model)
    dialog.picker.list.toggled.emit(model.index(1))
    return dialog


def _group_panel(role: MemberRole, *, online: bool = True) -> Callable[[ThemeSource, QWidget], GroupPanel]:
    def make(themes: ThemeSource, window: QWidget) -> GroupPanel:
        group = sample.group_of(role)
        model = MembersModel(sample.PEOPLE, me=sample.ME, parent=window)
        model.set_all(group.members)
        panel = GroupPanel(themes, window, model, group_id=group.id)
        panel.show_group(group, role)
        panel.set_online(online)
        return panel

    return make


def _group_rename() -> tuple[Make, Callable[[QWidget], None]]:
    make, open_it = _dialog(_group_panel("owner"))

    def prepare(page: QWidget) -> None:
        open_it(page)
        panel = page.findChild(GroupPanel)
        assert panel is not None
        panel.edit.click()
        panel.title_field.set_text("Mast, rigging and sails")
        panel.end_rename("The name was not changed: there is no connection.")

    return make, prepare


def _member_menu(themes: ThemeSource) -> QWidget:
    page = Strip(themes, "canvas")
    window = Strip(themes, "canvas")  # never shown
    window.setParent(page)
    window.hide()
    panel = _group_panel("owner")(themes, window)
    menu = panel.build_member_menu(panel.model.item(2))
    menu.setActiveAction(menu.actions()[1])
    menu.setParent(page, Qt.WindowType.Widget)
    menu.move(QPoint(16, 16))
    menu.show()
    return page


def _menu(themes: ThemeSource) -> QWidget:
    page = Strip(themes, "sidebar")
    window = make_main(themes)
    window.setParent(page)
    window.hide()
    menu = window.build_account_menu()
    menu.setActiveAction(menu.actions()[3])
    menu.setParent(page, Qt.WindowType.Widget)
    menu.move(QPoint(16, 16))
    menu.show()
    return page


def _components(themes: ThemeSource) -> QWidget:
    page = Strip(themes, "canvas")
    column = QVBoxLayout(page)
    column.setContentsMargins(24, 20, 24, 20)
    column.setSpacing(12)

    def line(*widgets: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        row.addStretch(1)
        column.addLayout(row)

    buttons = [Button(themes, "Sign in") for _ in range(4)]
    buttons[1].setDown(True)
    buttons[2].ring = True
    buttons[3].setEnabled(False)
    line(*buttons)
    others = [
        Button(themes, "Cancel", "quiet"),
        Button(themes, "Cancel", "quiet"),
        Button(themes, "Delete", "danger"),
        Button(themes, "Retry now", "link"),
    ]
    others[1].ring = others[3].ring = True
    line(*others)
    icons = [IconButton(themes, "search", "Search") for _ in range(3)] + [
        IconButton(themes, "send", "Send", filled=True) for _ in range(3)
    ]
    icons[1].setDown(True)
    icons[2].ring = icons[5].ring = True
    icons[4].setEnabled(False)
    pill, latest = LatencyPill(themes), LatestButton(themes)
    pill.set_latency(24)
    latest.set_count(4)
    line(*icons, pill, latest)
    fields = [
        Field(themes, "Server", placeholder="Server"),
        Field(themes, "Server", placeholder="Server"),
        SearchField(themes, "Search", hint="Ctrl K"),
    ]
    fields[1].set_error(True)
    for field in fields:
        field.setFixedWidth(160)
    line(*fields)
    line(Toast(themes, None, "Link copied"))
    line(Toast(themes, None, "Conversation muted", icon="muted", action="Undo"))
    line(Toast(themes, None, storage_words(StorageProblem.CACHE_FULL), icon="alert"))
    column.addStretch(1)
    return page


def _sidebar(*, rail: bool) -> tuple[Make, Callable[[QWidget], None]]:
    def make(themes: ThemeSource) -> QWidget:
        side = Sidebar(themes, now=lambda: sample.NOW, zone=sample.UTC)
        model = sample.sidebar_model()
        model.setParent(side)
        side.show_account(sample.ME, "Robin Okafor", place="Harbour Works")
        side.top.account.set_presence(Presence.ONLINE)
        side.show_model(model)
        side.set_rail(rail)
        side.set_opened(sample.GROUP)
        return side

    def prepare(widget: QWidget) -> None:
        assert isinstance(widget, Sidebar)
        widget.activateWindow()
        widget.list.setFocus(Qt.FocusReason.TabFocusReason)
        widget.list.setCurrentIndex(widget.list.model().index(3, 0))

    return make, prepare


def _filtered(which: Filter) -> Callable[[QWidget], None]:
    def prepare(widget: QWidget) -> None:
        assert isinstance(widget, Sidebar)
        widget.set_opened(None)
        widget.filters.choose(which)
        widget.filters.pills[which].ring = which is Filter.UNREAD

    return prepare


def _empty(title: str, text: str, icon: str, action: str, ground: str) -> Make:
    return lambda themes: EmptyState(themes, title, text, icon=icon, action=action, ground=ground)


_FILES = (
    ComposedFile(name="stern-tube-rev-C.pdf", media_type="application/pdf", size=2_400_000),
    ComposedFile(name="quay.jpg", media_type="image/jpeg", size=640_000, width=680, height=420, data=b""),
)


def _with_files(widget: QWidget) -> None:
    files = (_FILES[0], msgspec.structs.replace(_FILES[1], data=sample.dusk(340, 210)))
    _composer(files=files)[1](widget)


_LINK = "This link goes to xn--exmple-cua.org, which can look like another address."
_OUTBOX = Path("/home/robin/.local/share/Chinwag/019a/outbox.db")
_LOG = Path("/home/robin/.local/share/Chinwag/default/logs/chinwag.log")

NOT_NOTED = "Written in another run or on another device: not every step was noted here."
STATES: list[State] = [
    *(State(f"banner-{name}", 640, 124, _banner(name)) for name in BANNERS),
    State("bubbles-states", 560, 610, _view(sample.delivery_rows), _focus_failed),
    State("banner-narrow-waiting", 404, 124, _banner("waiting-tls")),
    State("banner-narrow-certificate", 404, 124, _banner("certificate-changed")),
    State("banner-narrow-protocol", 404, 124, _banner("protocol")),
    State("bubbles-blank", 560, 300, _view(lambda: sample.delivery_rows()[:1], last_seq=6)),
    State("bubbles-files", 640, 1480, _view(sample.file_rows)),
    State("bubbles-uploading", 560, 620, _view(sample.uploading_rows)),
    State("bubbles-answers", 640, 900, _view(sample.answer_rows)),
    State("bubbles-hover", 560, 500, _view(sample.answer_rows), _point_at(1)),
    State("bubbles-hover-own", 560, 610, _view(sample.delivery_rows), _point_at(3)),
    State("bubbles-selected", 640, 520, _view(marked_rows), select_across),
    State("day-picker", 480, 480, *_dialog(day_picker)),
    State("bubbles-pinned", 640, 330, _view(pinned_rows)),
    State("pin-bars", 560, 140, pin_bars),
    State("message-details", 520, 620, *_dialog(details(group=True, attempts=2))),
    State("message-details-direct", 520, 360, *_dialog(details(group=False, steps=4))),
    State("message-details-small", 480, 360, *_dialog(details(group=True))),
    State(
        "message-details-old",
        520,
        360,
        *_dialog(details(group=False, note=NOT_NOTED)),
    ),
    State("emoji-picker", 410, 400, emoji_picker()),
    State("emoji-recent", 410, 400, emoji_picker(recent=("🎉", "⚓", "👍", "❤️"), walk=1)),
    State("emoji-found", 410, 400, emoji_picker(needle="cat")),
    State("emoji-none", 410, 400, emoji_picker(needle="zzzz")),
    State("emoji-completion", 320, 220, emoji_completion),
    State("pins", 640, 560, *_dialog(listed("Pinned messages", places=False))),
    State("mentions", 640, 480, *_dialog(listed("Mentions of you", places=True, most=4))),
    State("mentions-none", 640, 240, *_dialog(listed("Mentions of you", places=True, most=0))),
    State("bubbles-markup", 640, 900, _view(marked_rows)),
    State("bubbles-mentions", 640, 300, _view(meaning_rows)),
    State("bubbles-forwarded", 640, 520, _view(forwarded_rows)),
    State("dialog-forward", 640, 560, *_dialog(_forward)),
    State("mention-list", 720, 520, *_main(_meaning)),
    State("bubbles-scripts", 640, 640, _view(lambda: sample.script_rows(cjk=has_cjk()))),
    State("talk", 720, 1320, _view(sample.talk, unread=13)),
    State("composer-empty", 620, 0, *_composer(focus=False)),
    State("composer-writing", 620, 0, *_composer("See you at six")),
    State(
        "composer-lines",
        620,
        0,
        *_composer(
            "First line of a longer thought,\nsecond line, and a third that is long enough to be broken by the width of the field itself."
        ),
    ),
    State("composer-eight-lines", 620, 0, *_composer("\n".join(f"Line {n} of nine" for n in range(1, 10)))),
    State("composer-files", 620, 0, _composer("Yes, and the spare line 🍲")[0], _with_files),
    State("composer-too-long", 620, 0, *_composer(_long_text(12))),
    State("composer-reply", 620, 0, *_composer_for(_reply)),
    State("composer-edit", 620, 0, *_composer_for(_edit)),
    State("reaction-picker", 360, 70, _picker),
    State("row-menu", 260, 300, _row_menu),
    State("sign-in", 400, 560, *_sign_in()),
    State("sign-in-new", 400, 560, *_sign_in(filled=False)),
    State("sign-in-busy", 520, 660, *_sign_in(busy=True)),
    State("sign-in-certificate", 520, 660, *_sign_in(asked=True)),
    State("register", 400, 718, *_sign_in(registering=True)),
    *(
        State(f"sign-in-error-{name}", 520, 820 if registering else 660, *_sign_in(error=name))
        for name, (_, registering) in SIGN_IN_ERRORS.items()
    ),
    State(
        "empty-unopened",
        340,
        330,
        _empty("Pick a conversation", "Or start one: press Ctrl+N and type a name.", "", "New conversation", "canvas"),
    ),
    State(
        "empty-beginning",
        340,
        330,
        _empty("No messages yet", "This is the beginning of your talk with Noor Haddad.", "smile", "", "canvas"),
    ),
    State(
        "empty-search",
        340,
        330,
        _empty("Nothing found", "No conversation and no person has that name.", "search", "", "sidebar"),
    ),
    State(
        "empty-sidebar",
        340,
        330,
        _empty(
            "No conversations yet", "When someone writes to you, it shows up here.", "users", "Find people", "sidebar"
        ),
    ),
    State("components", 600, 420, _components),
    State("sidebar", 304, 760, *_sidebar(rail=False)),
    State("sidebar-found", 304, 760, _found),
    State("dialog-shortcuts", 900, 560, _canvas, _sheet_at(900, 560)),
    State("dialog-settings", 900, 680, _canvas, settings_at(900, 680, size=125)),
    State("dialog-settings-small", 480, 420, _canvas, settings_at(480, 420)),
    State("dialog-shortcuts-small", 480, 420, _canvas, _sheet_at(480, 420)),
    State("conversation-menu", 304, 410, _conversation_menu),
    State("sidebar-unread", 304, 420, _sidebar(rail=False)[0], _filtered(Filter.UNREAD)),
    State("sidebar-mentions-none", 304, 420, _sidebar(rail=False)[0], _filtered(Filter.MENTIONS)),
    State("sidebar-archive-empty", 304, 420, _sidebar(rail=False)[0], _filtered(Filter.ARCHIVED)),
    State("sidebar-rail", 76, 760, *_sidebar(rail=True)),
    State("account-menu", 290, 380, _menu),
    State("dialog-new-conversation", 520, 500, *_dialog(_people_dialog(0))),
    State("dialog-new-group", 520, 560, *_dialog(_people_dialog(3))),
    State("dialog-add-people", 520, 500, *_dialog(_add_people)),
    *(State(name, width, height, *_dialog(make)) for name, (width, height, make) in PEOPLE_DIALOGS.items()),
    State("group-owner", 520, 620, *_dialog(_group_panel("owner"))),
    State("group-member", 520, 620, *_dialog(_group_panel("member"))),
    State("group-rename-refused", 520, 620, *_group_rename()),
    State("group-offline", 520, 620, *_dialog(_group_panel("admin", online=False))),
    State("group-member-menu", 300, 260, _member_menu),
    State(
        "group-leave",
        520,
        320,
        *_dialog(lambda themes, window: leave_question(themes, window, "Mast and rigging", last=False)),
    ),
    State("group-owner-stays", 520, 320, *_dialog(owner_stays_notice)),
    State(
        "group-hand-over",
        520,
        320,
        *_dialog(lambda themes, window: hand_over_question(themes, window, "Maya Lindqvist")),
    ),
    State("group-remove", 520, 320, *_dialog(lambda themes, window: remove_question(themes, window, "Maya Lindqvist"))),
    State(
        "dialog-connection",
        620,
        680,
        *_dialog(
            lambda t, w: ConnectionPanel(
                t,
                w,
                SampleFacts(
                    ConnectionState(phase=Phase.ONLINE, latency_ms=31, transport="websocket", reason="transport close")
                ),
            )
        ),
    ),
    State(
        "dialog-connection-lost",
        620,
        680,
        *_dialog(
            lambda t, w: ConnectionPanel(
                t,
                w,
                SampleFacts(
                    ConnectionState(
                        phase=Phase.RETRYING_SLOWLY, attempt=10, reason="ping timeout", problem=Problem.TIMED_OUT
                    )
                ),
            )
        ),
    ),
    State(
        "dialog-connection-unsent",
        620,
        840,
        *_dialog(
            lambda t, w: ConnectionPanel(
                t,
                w,
                SampleFacts(
                    ConnectionState(phase=Phase.WAITING, attempt=3, retry_at=7204, wait_s=4, reason="transport close")
                ),
                outbox=sample.unsent,
            )
        ),
    ),
    State("dialog-keyring", 520, 300, *_dialog(keyring_question)),
    State("dialog-sign-out", 520, 300, *_dialog(lambda t, w: sign_out_question(t, w, unsent=0))),
    State("dialog-sign-out-unsent", 520, 300, *_dialog(lambda t, w: sign_out_question(t, w, unsent=3))),
    State("dialog-delete", 520, 300, *_dialog(lambda t, w: delete_question(t, w, "never mind"))),
    State("dialog-link", 520, 300, *_dialog(lambda t, w: link_question(t, w, _LINK))),
    State("dialog-outbox-closed", 520, 340, *_dialog(lambda t, w: outbox_closed_notice(t, w, _OUTBOX))),
    State("dialog-outbox-salvaged", 520, 340, *_dialog(lambda t, w: outbox_salvaged_notice(t, w, _OUTBOX))),
    State("dialog-notes", 520, 340, *_dialog(lambda t, w: notes_question(t, w, "IMG_0412.HEIC, IMG_0413.HEIC"))),
    State("dialog-trouble", 520, 340, *_dialog(lambda t, w: trouble_notice(t, w, _LOG))),
    *(
        State(
            f"dialog-certificate-{name}", 520, 480, *_dialog(lambda t, w, facts=facts: CertificateDialog(t, w, facts))
        )
        for name, facts in (
            ("nobody", certificate()),
            ("expired", certificate(doubt=Doubt.EXPIRED)),
            ("wrong-name", certificate(doubt=Doubt.WRONG_NAME)),
            ("changed", certificate(changed=True)),
            ("vouched", certificate(doubt=None, changed=True)),
        )
    ),
    State("main", 1200, 824, *_main()),
    State("main-reconnecting", 1200, 800, *_main(_reconnecting)),
    State("main-certificate", 1000, 640, *_main(_blocked)),
    State("main-certificate-compared", 1000, 640, *_main(_compared)),
    State("main-compact", 1200, 824, *_main(_compact)),
    State("main-large", 1600, 1000, *_main(_writing)),
    State("main-small", 720, 480, *_main()),
    State("main-small-scrolled", 720, 480, *_main(_scrolled)),
    State("main-viewer", 1000, 640, *_main(_viewing)),
    State("main-unopened", 1000, 640, *_main(_unopened)),
]
