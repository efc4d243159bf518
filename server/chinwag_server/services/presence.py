"""Presence: who is online, on any node, and who hears of it.

Each node keeps a view of its own and tells only its own sockets, so that nobody has to agree with anybody. Its own
connections are in the view at once; those of other nodes come from the leases (`bus/leases.py`), read once a second
while other nodes exist. Who is gone stays in the view for five seconds: a return within them is silent.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from chinwag_protocol.limits import OFFLINE_AFTER_MS, PRESENCE_BUNDLE_OVER, PRESENCE_WINDOW_MS
from chinwag_protocol.notices import PresenceChanged, UserOffline, UserOnline
from chinwag_protocol.times import format_time
from chinwag_protocol.wire import Record
from chinwag_server.bus.fanout import Sink, encode_event
from chinwag_server.bus.leases import LEASE_S, Leases
from chinwag_server.domain.records import Principal
from chinwag_server.storage.users import UserRepository
from chinwag_server.tasks import TaskOwner

WATCH_EVERY_S: Final = 1.0
EVERYBODY_UP_TO: Final = 1_000
"""Servers with more users tell presence only to those who share a conversation."""
_COUNT_EVERY_S: Final = 60.0
_DATABASE_PATIENCE_S: Final = 2.0
_NOBODY: Final[frozenset[UUID]] = frozenset()

log = logging.getLogger(__name__)


class Presence:
    """`start` and `close` bracket its use. `connected` and `disconnected` return at once, whatever Valkey does."""

    def __init__(
        self,
        *,
        sink: Sink,
        leases: Leases,
        users: UserRepository,
        has_peers: Callable[[], bool] = lambda: False,
        offline_after_s: float = OFFLINE_AFTER_MS / 1_000,
        window_s: float = PRESENCE_WINDOW_MS / 1_000,
        watch_every_s: float = WATCH_EVERY_S,
        everybody_up_to: int = EVERYBODY_UP_TO,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._leases = leases
        self._users = users
        self._has_peers = has_peers
        self._offline_after_s = offline_after_s
        self._window_s = window_s
        self._watch_every_s = watch_every_s
        self._everybody_up_to = everybody_up_to
        self._now = now
        self._clock = clock
        self._here: dict[UUID, set[str]] = {}
        self._elsewhere: frozenset[UUID] = _NOBODY
        self._online: set[UUID] = set()
        self._arrived: set[UUID] = set()
        self._leaving: dict[UUID, tuple[float, datetime]] = {}
        self._told_at: deque[float] = deque()
        self._calls: deque[tuple[bool, UUID, str]] = deque()
        self._call_came = asyncio.Event()
        self._changed = asyncio.Event()
        self._unsure_until = 0.0
        self._small = True
        self._counted_at: float | None = None
        self._tasks = TaskOwner("presence")

    def start(self) -> None:
        """Begin to keep leases and to tell changes."""
        self._tasks.spawn(self._keep_leases(), "leases")
        self._tasks.spawn(self._tell_for_ever(), "tell")

    async def close(self) -> None:
        """Give back the leases, and note when those who are still here were last seen."""
        await self._tasks.close()
        try:
            async with asyncio.timeout(_DATABASE_PATIENCE_S):
                await self._make_calls()
                await self._store_last_seen({user_id: self._now() for user_id in self._here})
        except TimeoutError:
            log.warning("leases were not given back in time: they end by themselves")

    def connected(self, principal: Principal, connection_id: str) -> None:
        """A socket of the user has registered."""
        user_id = principal.user_id
        connections = self._here.setdefault(user_id, set())
        if connection_id in connections:
            return
        connections.add(connection_id)
        self._is_here(user_id)
        self._call(True, user_id, connection_id)

    def disconnected(self, user_id: UUID, connection_id: str) -> None:
        """A registered socket of the user is gone."""
        connections = self._here.get(user_id, set())
        if connection_id not in connections:
            return
        connections.discard(connection_id)
        if not connections:
            del self._here[user_id]
        self._call(False, user_id, connection_id)

    def is_online(self, user_id: UUID) -> bool:
        """Whether the user has a socket on any node, or had one less than five seconds ago."""
        return user_id in self._online

    async def online_users(self, for_user: UUID) -> list[UUID]:
        """Who is online among those whom the user may know of, themselves included."""
        await self._count()
        if self._small:
            return sorted(self._online)
        peers = (await self._users.list_peers([for_user])).get(for_user, set())
        return sorted(self._online & (peers | {for_user}))

    @property
    def count(self) -> int:
        """How many users are online, as far as this node knows."""
        return len(self._online)

    # ------------------------------------------------------------ the view

    def _is_here(self, user_id: UUID) -> None:
        self._leaving.pop(user_id, None)
        if user_id not in self._online:
            self._online.add(user_id)
            self._arrived.add(user_id)
            self._changed.set()

    def _is_gone(self, user_id: UUID, at: datetime) -> None:
        if user_id in self._online and user_id not in self._here and user_id not in self._leaving:
            self._leaving[user_id] = (self._clock(), at)
            self._changed.set()

    def _see(self, online: frozenset[UUID]) -> None:
        """Take over what the leases say."""
        for user_id in online - self._online | online & self._leaving.keys():
            self._is_here(user_id)
        if self._clock() >= self._unsure_until:
            at = self._now()
            for user_id in self._elsewhere - online:
                self._is_gone(user_id, at)
            self._elsewhere = online
        else:
            self._elsewhere |= online

    # ---------------------------------------------------------- the leases

    def _call(self, acquire: bool, user_id: UUID, connection_id: str) -> None:
        self._calls.append((acquire, user_id, connection_id))
        self._call_came.set()

    async def _keep_leases(self) -> None:
        watched_at = self._clock()
        while True:
            try:
                async with asyncio.timeout(self._watch_every_s):
                    await self._call_came.wait()
            except TimeoutError:
                pass
            await self._make_calls()
            if self._clock() - watched_at >= self._watch_every_s:
                watched_at = self._clock()
                await self._watch()

    async def _make_calls(self) -> None:
        self._call_came.clear()
        gone: dict[UUID, datetime] = {}
        while self._calls:
            acquire, user_id, connection_id = self._calls.popleft()
            if acquire:
                await self._leases.acquire(user_id, connection_id)
            elif await self._leases.release(user_id, connection_id):
                gone[user_id] = self._now()
                self._elsewhere -= {user_id}
                self._is_gone(user_id, gone[user_id])
        await self._store_last_seen({user_id: at for user_id, at in gone.items() if user_id not in self._here})

    async def _watch(self) -> None:
        """Look at the other nodes' users. While Valkey is away, and for half a lease after, nobody there counts as gone.

        By then every living node has renewed its leases several times.
        """
        if not self._has_peers() and not self._elsewhere:
            return
        ended = await self._leases.sweep()
        online = await self._leases.online()
        if self._leases.degraded:
            self._unsure_until = self._clock() + LEASE_S / 2
        self._see(frozenset(online) - ended)
        if ended:
            await self._store_last_seen(dict.fromkeys(ended, self._now()))

    # --------------------------------------------------------------- words

    async def _tell_for_ever(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._next_departure_s()):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            if await self._tell():
                await asyncio.sleep(self._window_s)

    def _next_departure_s(self) -> float | None:
        if not self._leaving:
            return None
        first = min(left_at for left_at, _ in self._leaving.values())
        return max(0.0, first + self._offline_after_s - self._clock())

    async def _tell(self) -> bool:
        """Tell what changed since the last time to the sockets of this node; false when nothing did."""
        arrived, self._arrived = self._arrived, set()
        due = self._clock() - self._offline_after_s
        departed = {user_id: at for user_id, (left_at, at) in self._leaving.items() if left_at <= due}
        for user_id in departed:
            del self._leaving[user_id]
            self._online.discard(user_id)
        arrived -= departed.keys()
        if not arrived and not departed:
            return False
        await self._count()
        seen_at = await self._last_seen(departed)
        if self._small:
            self._tell_everybody(arrived, seen_at)
        else:
            await self._tell_peers(arrived, seen_at)
        return True

    def _tell_everybody(self, arrived: set[UUID], departed: dict[UUID, datetime]) -> None:
        now = self._clock()
        self._told_at.extend([now] * (len(arrived) + len(departed)))
        while self._told_at and self._told_at[0] <= now - self._window_s:
            self._told_at.popleft()
        if len(self._told_at) > PRESENCE_BUNDLE_OVER:
            self._sink.deliver_to_all(encode_event("presenceChanged", _bundle(arrived, departed)))
            return
        for user_id, name, payload in _singles(arrived, departed):
            self._sink.deliver_to_all(encode_event(name, payload), skip_user=user_id.int)

    async def _tell_peers(self, arrived: set[UUID], departed: dict[UUID, datetime]) -> None:
        changed = [*arrived, *departed]
        try:
            peers = await self._users.list_peers(changed)
        except Exception as failed:  # noqa: BLE001 - presence is no fact: those who miss it hear it at the next connect
            log.warning("presence of %d users was not told: %s", len(changed), type(failed).__name__)
            return
        listeners: dict[UUID, set[UUID]] = {}
        for user_id, others in peers.items():
            for other in others:
                listeners.setdefault(other, set()).add(user_id)
        for listener, about in listeners.items():
            if listener not in self._here:
                continue
            came, went = arrived & about, {user_id: departed[user_id] for user_id in departed.keys() & about}
            if len(about) > PRESENCE_BUNDLE_OVER:
                self._sink.deliver((listener.int,), encode_event("presenceChanged", _bundle(came, went)))
                continue
            for _, name, payload in _singles(came, went):
                self._sink.deliver((listener.int,), encode_event(name, payload))

    # ------------------------------------------------------------ database

    async def _count(self) -> None:
        now = self._clock()
        if self._counted_at is not None and now - self._counted_at < _COUNT_EVERY_S:
            return
        self._counted_at = now
        try:
            async with asyncio.timeout(_DATABASE_PATIENCE_S):
                self._small = await self._users.count() <= self._everybody_up_to
        except Exception as failed:  # noqa: BLE001 - what was known stays true for a while
            log.info("users were not counted: %s", type(failed).__name__)

    async def _last_seen(self, departed: dict[UUID, datetime]) -> dict[UUID, datetime]:
        """When those were last seen, as the node stored it that saw them last; else as this one noticed."""
        if not departed:
            return departed
        try:
            async with asyncio.timeout(_DATABASE_PATIENCE_S):
                records = await self._users.list_by_id(departed)
        except Exception as failed:  # noqa: BLE001 - what this node noticed is near enough
            log.info("lastSeenAt was not read: %s", type(failed).__name__)
            return departed
        return departed | {record.id: record.last_seen_at for record in records if record.last_seen_at is not None}

    async def _store_last_seen(self, seen: dict[UUID, datetime]) -> None:
        if not seen:
            return
        try:
            await self._users.store_last_seen(seen)
        except Exception as failed:  # noqa: BLE001 - lost for this once
            log.info("lastSeenAt was not stored: %s", type(failed).__name__)


def _bundle(arrived: Iterable[UUID], departed: Iterable[UUID]) -> PresenceChanged:
    return PresenceChanged(online=tuple(sorted(arrived)), offline=tuple(sorted(departed)))


def _singles(arrived: Iterable[UUID], departed: dict[UUID, datetime]) -> list[tuple[UUID, str, Record]]:
    came = [(user_id, "userOnline", UserOnline(user_id=user_id)) for user_id in arrived]
    went = [
        (user_id, "userOffline", UserOffline(user_id=user_id, last_seen_at=format_time(at)))
        for user_id, at in departed.items()
    ]
    return [*came, *went]
