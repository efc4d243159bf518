"""Marks, settings and people that changed while this node did not hear the others, told to its sockets from the database.

They take no `rev`: nothing shows that one is missing. So all that changed since this node last knew that it hears is told to
those it concerns here, whether they have heard of it or not; to be told twice changes nothing.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from uuid import UUID

from chinwag_protocol.notices import MarkMoved, SettingsUpdated, UserUpdated
from chinwag_protocol.objects import User
from chinwag_protocol.times import format_time
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.records import UserRecord
from chinwag_server.storage.changes import ChangedMark, ChangeRepository
from chinwag_server.storage.users import UserRepository


class MissedChanges:
    """`look` is called whenever the heads are compared. `connected` gives users with a socket here."""

    def __init__(
        self,
        changes: ChangeRepository,
        *,
        users: UserRepository,
        show: Callable[[UserRecord], User],
        fanout: Fanout,
        connected: Callable[[], Iterable[UUID]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._changes = changes
        self._users = users
        self._show = show
        self._fanout = fanout
        self._connected = connected
        self._now = now
        self._last: str | None = None
        self._since: str | None = None

    async def look(self, *, deaf: bool) -> None:
        """Note up to where all was heard; or, when this node is `deaf` or was until now, tell what changed since. Raises Unavailable.

        That something was lost is noticed late: it counts from the look before the last one.
        """
        now = await self._changes.now()
        if deaf and self._since is not None:
            await self._tell(self._since)
            self._since = now
        else:
            self._since = self._last if self._last is not None else now
        self._last = now

    async def _tell(self, since: str) -> None:
        connected = list(self._connected())
        if not connected:
            return
        followed = [UUID(int=key) for key in self._fanout.list_followed()]
        for mark in await self._changes.list_marks(followed, since=since):
            self._tell_mark(mark)
        for user_id, conversation_id, settings in await self._changes.list_settings(connected, since=since):
            notice = SettingsUpdated(conversation_id=conversation_id, settings=settings)
            self._fanout.to_users([user_id], "settingsUpdated", notice, here=True)
        changed = await self._users.list_by_id(await self._changes.list_users(since=since))
        peers = await self._users.list_peers([record.id for record in changed]) if changed else {}
        for record in changed:
            to = [record.id, *peers.get(record.id, ())]
            self._fanout.to_users(to, "userUpdated", UserUpdated(user=self._show(record)), here=True)

    def _tell_mark(self, mark: ChangedMark) -> None:
        id_, user_id, at = mark.conversation_id, mark.user_id, format_time(self._now())
        moved = {"messagesRead": mark.read_seq, "messagesDelivered": mark.delivered_seq}
        if mark.delivered_seq <= mark.read_seq:
            del moved["messagesDelivered"]
        for event, seq in moved.items():
            notice = MarkMoved(conversation_id=id_, user_id=user_id, seq=seq, at=at)
            if mark.is_small:
                self._fanout.to_conversation(id_, event, notice, here=True)
            else:
                self._fanout.to_users([user_id], event, notice, here=True)
