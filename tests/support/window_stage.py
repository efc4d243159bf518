"""The main window on the stores of one signed-in session, over the sync layer and a world in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from desktop_builders import ME, TALK, group, member, settings, signed_in, talk, uid
from fake_link import FakeLink
from fake_world import World, inbound
from outbox_stage import OutboxStage
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from sync_stage import sync_stage

from chinwag_desktop.app.window_presenter import WindowPresenter
from chinwag_desktop.cache.people import LAST_OPENED
from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, Phase
from chinwag_desktop.core.entities import Draft
from chinwag_desktop.stores.account_store import AccountStore
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.stores.connection_store import ConnectionStore
from chinwag_desktop.stores.group_store import GroupStore
from chinwag_desktop.stores.journey_log import JourneyLog
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.sync.message_changer import MessageChanger
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.hit import Target, hit
from chinwag_desktop.ui.widgets.toast import Toast
from chinwag_protocol.http import (
    ConversationPatch,
    GroupRequest,
    MemberList,
    MembersRequest,
    MessageList,
    MessagePage,
    PasswordRequest,
    ProfilePatch,
    RolePatch,
    SessionInfo,
    SessionList,
    SettingsPatch,
    UserList,
)
from chinwag_protocol.objects import Conversation, Member, Settings, User, UserStatus

HARBOUR = uid("harbour")


class ChatServer:
    """What a window asks the server for, answered from the world; `failure` refuses all of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.failure: Exception | None = None
        self.asked: list[tuple[Any, ...]] = []
        self.group: Conversation | None = None
        self.members: tuple[Member, ...] = ()
        self.devices: list[SessionInfo] = []
        self.blocked: set[UUID] = set()

    async def direct(self, user_id: UUID) -> Conversation:
        self.ask("direct", user_id)
        name = next(person.username for person in self.world.users if person.id == user_id)
        return talk(f"with {name}", member("me"), member(name))

    async def create_group(self, request: GroupRequest, *, idempotency_key: str) -> Conversation:
        self.ask("group", request.title, set(request.member_ids))
        return group("made", member("me"), member("ann"), member("bob"), title=request.title)

    async def configure(self, conversation_id: UUID, patch: SettingsPatch) -> Settings:
        self.ask("configure", conversation_id, patch)
        return settings()

    async def users(self, *, query: str | None = None, cursor: str | None = None, limit: int | None = None) -> UserList:
        self.ask("users", query)
        return UserList(users=tuple(person for person in self.world.users if query is None or query in person.username))

    async def messages(self, conversation_id: UUID, **page: Any) -> MessagePage:
        self.ask("messages", page.get("after"), page.get("limit"))
        return await self.world.messages(conversation_id, **page)

    async def pins(self, conversation_id: UUID) -> MessageList:
        if self.failure is not None:
            raise self.failure
        found = self.world.talks[conversation_id].messages if conversation_id in self.world.talks else []
        pinned = [message for message in found if message.pinned_at is not None]
        return MessageList(messages=tuple(sorted(pinned, key=lambda message: str(message.pinned_at), reverse=True)))

    async def download(self, url: str, target: Path, *, at_most: int) -> None:
        self.ask("download", url)
        target.write_bytes(b"the file")  # noqa: ASYNC240 - a fake

    async def account(self) -> "AccountServer":
        return AccountServer(self)

    async def groups(self) -> "GroupServer":
        return GroupServer(self)

    def ask(self, *what: Any) -> None:
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure


class GroupServer:
    """What the details of a group ask the server for; `members` come two a page."""

    def __init__(self, server: ChatServer) -> None:
        self._server = server

    async def change(self, group_id: UUID, patch: ConversationPatch) -> Conversation:
        self._server.ask("change", patch)
        known = self._server.group
        assert known is not None
        values = {key: value for key, value in msgspec.structs.asdict(patch).items() if value is not msgspec.UNSET}
        self._server.group = msgspec.structs.replace(known, rev=known.rev + 1, **values)
        return self._server.group

    async def members(self, group_id: UUID, *, query: str | None = None, cursor: str | None = None) -> MemberList:
        self._server.ask("members", query, cursor)
        start, everybody = int(cursor or 0), self._server.members
        return MemberList(
            members=everybody[start : start + 2], next=str(start + 2) if len(everybody) > start + 2 else None
        )

    async def set_picture(self, group_id: UUID, picture: bytes) -> Conversation:
        self._server.ask("group picture", picture)
        assert self._server.group is not None
        self._server.group = msgspec.structs.replace(self._server.group, avatar_url="/api/v1/files/group")
        return self._server.group

    async def remove_picture(self, group_id: UUID) -> None:
        self._server.ask("no group picture")

    async def add(self, group_id: UUID, request: MembersRequest) -> Conversation:
        self._server.ask("add", *request.user_ids)
        assert self._server.group is not None
        return self._server.group

    async def set_role(self, group_id: UUID, user_id: UUID, patch: RolePatch) -> Member:
        self._server.ask("role", user_id, patch.role)
        return member("ann")

    async def remove(self, group_id: UUID, user_id: UUID) -> None:
        self._server.ask("remove", user_id)

    async def leave(self, group_id: UUID) -> None:
        self._server.ask("leave", group_id)


class AccountServer:
    """What the person's own dialogs ask the server for; `blocked` and `devices` of the `ChatServer` are its state."""

    def __init__(self, server: ChatServer) -> None:
        self._server = server

    @property
    def _me(self) -> User:
        return next(person for person in self._server.world.users if person.id == ME)

    def _become(self, **fields: Any) -> User:
        world = self._server.world
        made = msgspec.structs.replace(self._me, **fields)
        world.users = [made if person.id == ME else person for person in world.users]
        return made

    async def me(self) -> User:
        return self._me

    async def change(self, patch: ProfilePatch) -> User:
        self._server.ask("profile", patch)
        fields: dict[str, Any] = {}
        if patch.display_name is not msgspec.UNSET:
            fields["display_name"] = patch.display_name
        if patch.status is not msgspec.UNSET:
            new = patch.status
            fields["status"] = new and UserStatus(text=new.text, until=new.until, dnd=bool(new.dnd))
        return self._become(**fields)

    async def set_picture(self, picture: bytes) -> User:
        self._server.ask("picture", picture)
        return self._become(avatar_url="/api/v1/files/me")

    async def remove_picture(self) -> None:
        self._server.ask("no picture")
        self._become(avatar_url=None)

    async def change_password(self, request: PasswordRequest) -> None:
        self._server.ask("password", request.current_password, request.new_password)

    async def sessions(self) -> SessionList:
        self._server.ask("sessions")
        return SessionList(sessions=tuple(self._server.devices))

    async def revoke_session(self, session_id: UUID) -> None:
        self._server.ask("revoke", session_id)
        self._server.devices = [one for one in self._server.devices if one.id != session_id]

    async def blocks(self, *, cursor: str | None = None) -> UserList:
        self._server.ask("blocks")
        found = sorted(self._server.blocked)
        users = [person for person in self._server.world.users if person.id in found]
        at = int(cursor or 0)
        return UserList(users=tuple(users[at : at + 1]), next=str(at + 1) if len(users) > at + 1 else None)

    async def block(self, user_id: UUID) -> None:
        self._server.ask("block", user_id)
        self._server.blocked.add(user_id)

    async def unblock(self, user_id: UUID) -> None:
        self._server.ask("unblock", user_id)
        self._server.blocked.discard(user_id)


class FakeMonitor:
    """The state of a link that a test plays."""

    def __init__(self, link: FakeLink) -> None:
        self._link = link
        self.state = ConnectionState(phase=Phase.CONNECTING)
        self.metrics = ConnectionMetrics()
        self.retries = 0

    def subscribe(self, listener: Callable[[ConnectionState], None]) -> Callable[[], None]:
        return self._link.subscribe(listener)

    def retry_now(self) -> None:
        self.retries += 1


class WindowStage(OutboxStage):
    """`window` is filled by `presenter`; `read` and `typed` is what the stores were told to tell the server."""

    window: MainWindow
    presenter: WindowPresenter

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = ChatServer(self.world)
        self.presence = PresenceStore(ME)
        self.monitor = FakeMonitor(self.link)
        self.connection = ConnectionStore(self.monitor)
        self.avatars: dict[str, bytes] = {}
        self.read: list[tuple[UUID, int]] = []
        self.typed: list[tuple[UUID, bool]] = []
        self.chat = ChatStore(
            ME,
            pipeline=self.pipeline,
            outbox=self.worker,
            changes=MessageChanger(link=self.link, pipeline=self.pipeline),
            reader=self.reader,
            notes=self,
            marks=self,
            files=self.files,
            api=self.server,
            clock=self.clock,
        )
        self.account_store = AccountStore(self.server.account, pipeline=self.pipeline)
        self.journeys = JourneyLog(self.chat, self.clock)
        self.groups = GroupStore(self.server.groups, pipeline=self.pipeline, reader=self.reader)
        self.pipeline.subscribe(self.presence.apply)

    def show(self, themes: ThemeSource) -> None:
        """Put up a window, as the app does at its start."""
        self.window = MainWindow(themes)
        self.window.resize(1100, 760)
        self.presenter = WindowPresenter(
            self.window,
            account=signed_in(),
            chat=self.chat,
            groups=self.groups,
            account_store=self.account_store,
            journeys=self.journeys,
            presence=self.presence,
            connection=self.connection,
            pictures=self.fetch_avatar,
        )
        self.window.show()
        self.window.activateWindow()

    def fetch_avatar(self, url: str, done: Callable[[bytes | None], None]) -> None:
        """The pictures of people and groups: `avatars` by their paths."""
        self.server.asked.append(("avatar", url))
        done(self.avatars.get(url))

    # `stores.ports.Notes` and `Marks`

    async def save_draft(self, draft: Draft) -> None:
        await self.outbox_db.save_draft(draft)

    async def save_last_opened(self, conversation_id: UUID) -> None:
        await self.cache.write(lambda tx: tx.meta.set(LAST_OPENED, str(conversation_id)))

    def mark_read(self, conversation_id: UUID, seq: int) -> None:
        self.read.append((conversation_id, seq))

    def typing(self, conversation_id: UUID, typing: bool) -> None:
        self.typed.append((conversation_id, typing))

    # what is on the screen

    @property
    def composed(self) -> str:
        return self.window.pane.composer.editor.toPlainText()

    @property
    def title(self) -> str:
        return self.window.pane.header.title.text()

    @property
    def status(self) -> str:
        return self.window.pane.header.status.text()

    @property
    def toast(self) -> str:
        """The words of the last toast."""
        toasts = self.window.pane.findChildren(Toast)
        return toasts[-1].accessibleName() if toasts else ""

    @property
    def shown(self) -> list[str]:
        """The texts of the timeline, top to bottom."""
        model = self.window.pane.model
        rows = [model.row_at(number) for number in range(model.rowCount())] if model is not None else []
        return [row.message.text for row in rows if row is not None]

    @property
    def listed(self) -> list[str]:
        """The names in the sidebar."""
        model = self.window.sidebar.list.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    # what the person does

    def type(self, text: str) -> None:
        """Keys into the composer."""
        QTest.keyClicks(self.window.pane.composer.editor, text)

    def enter(self) -> None:
        """Enter in the composer."""
        QTest.keyClick(self.window.pane.composer.editor, Qt.Key.Key_Return)

    def click_in_list(self, name: str) -> None:
        """A click on a row of the sidebar."""
        view = self.window.sidebar.list
        index = view.model().index(self.listed.index(name), 0)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())

    def click_on(self, text: str, target: Target) -> None:
        """A click on a part of the bubble with this text."""
        timeline = self.window.pane.timeline
        placed = next(p for p in timeline.window_.placed if p.row == self.shown.index(text))
        point = next(
            QPoint(x, y)
            for y in range(0, round(placed.layout.height), 2)
            for x in range(0, timeline.viewport().width(), 4)
            if hit(placed.layout, QPointF(x, y)).target is target
        )
        QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=point + QPoint(0, round(placed.top)))

    async def says(self, *events: Any) -> None:
        """Events of the server come in, and what they bring about is done."""
        await self.hear(*events)
        await self.idle()
        await self.until(lambda: not self.presenter._changed)  # the list shows at once what comes alone


@asynccontextmanager
async def window_stage(folder: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    """A window with a talk with Ann and the group Harbour (with Ann and Bob); the talk is open."""
    async with sync_stage(folder, WindowStage) as stage:
        world = stage.world
        await stage.pipeline.apply_users(world.users)
        people = (member("me"), member("ann"), member("bob"))
        await stage.hear(world.open(), world.open("harbour", *people, kind="group", title="Harbour", member_count=3))
        await stage.hear(world.say("hello"), world.say("ahoy", "bob", to="harbour"))
        await stage.save_last_opened(TALK)
        await stage.worker.start()
        stage.show(themes)
        await stage.idle()
        try:
            yield stage
        finally:
            await stage.presenter.close()
            await stage.chat.close()
            await stage.worker.close()
            stage.connection.close()
            stage.window.close()
            stage.window.deleteLater()


def online(*user_ids: UUID) -> Any:
    """Who is online, as the server tells it first."""
    return inbound("onlineUsers", {"userIds": list(user_ids)})
