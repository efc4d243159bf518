"""Who is in a conversation: a bounded cache in front of the database, one roster a conversation.

A roster holds `UUID.int`, which hash and compare in a tenth of the time of UUIDs. It is known by the `members_version`
that every change of the membership raises; a fact that carries a newer one makes it load again. What is loaded may be
newer than the fact that asked: so it also says at which `rev` each came, and a fact of before reaches nobody too many.
Ephemera carry no version: they take any roster, but none that is older than `max_age_s` while the other nodes cannot be heard.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

import msgspec

from chinwag_server.tasks import TaskOwner

LoadMembers = Callable[[UUID], Awaitable[Mapping[UUID, int]]]
"""Gives the members of a conversation, and the `rev` at which each joined."""

ANY_VERSION: Final = -1
MAX_MEMBERS: Final = 1_000_000
_LOAD_TIMEOUT_S: Final = 10.0
_log = logging.getLogger(__name__)


class Roster(msgspec.Struct, frozen=True, gc=False):
    """Who is in a conversation. `joined` has the `rev` at which each came, `newest` is the highest of them."""

    users: tuple[int, ...]
    joined: tuple[int, ...]
    newest: int

    def at(self, rev: int) -> tuple[int, ...]:
        """Those who were in when `rev` was taken, or at least are not known to have come later."""
        if rev >= self.newest:
            return self.users
        return tuple([user for user, joined in zip(self.users, self.joined, strict=True) if joined <= rev])


Waiter = Callable[[Roster | None], None]


class RosterCache:
    """Rosters by conversation, the least recently used dropped once they hold `max_members` ids together."""

    def __init__(
        self,
        load: LoadMembers,
        *,
        tasks: TaskOwner,
        max_members: int = MAX_MEMBERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._tasks = tasks
        self._max_members = max_members
        self._clock = clock
        self._size = 0
        self._rosters: OrderedDict[int, tuple[int, Roster, float]] = OrderedDict()
        self._waiting: dict[tuple[int, int], list[Waiter]] = {}

    def __len__(self) -> int:
        return len(self._rosters)

    def get(self, conversation_id: UUID, version: int, *, max_age_s: float | None = None) -> Roster | None:
        """Find the roster if it is of this version or a newer one, and was loaded at most `max_age_s` ago."""
        entry = self._rosters.get(conversation_id.int)
        if entry is None or entry[0] < version:
            return None
        if max_age_s is not None and self._clock() - entry[2] > max_age_s:
            return None
        self._rosters.move_to_end(conversation_id.int)
        return entry[1]

    def fetch(self, conversation_id: UUID, version: int, done: Waiter) -> None:
        """Load the roster, which is then of `version` at least, and hand it to `done`: None when it cannot be had.

        Calls for one conversation and version share one query.
        """
        key = (conversation_id.int, version)
        waiters = self._waiting.get(key)
        if waiters is not None:
            waiters.append(done)
            return
        self._waiting[key] = [done]
        self._tasks.spawn(self._fetch(conversation_id, version), "load roster")

    def forget(self, conversation_id: UUID) -> None:
        """Drop a roster: the next fact loads it."""
        entry = self._rosters.pop(conversation_id.int, None)
        if entry is not None:
            self._size -= len(entry[1].users)

    async def _fetch(self, conversation_id: UUID, version: int) -> None:
        known, began_at = self._version(conversation_id), self._clock()
        roster: Roster | None = None
        try:
            async with asyncio.timeout(_LOAD_TIMEOUT_S):
                roster = _roster(await self._load(conversation_id))
        except Exception as error:  # noqa: BLE001 - a boundary: clients notice the gap in rev and ask for it
            _log.warning("roster of %s cannot be loaded: %s", conversation_id, type(error).__name__)
        else:
            current = self._version(conversation_id)
            if version >= current or current == known:  # else one that may be newer was loaded meanwhile
                self._keep(conversation_id, max(version, current), roster, began_at)
        finally:
            waiters = self._waiting.pop((conversation_id.int, version))
        for done in waiters:
            done(roster)

    def _version(self, conversation_id: UUID) -> int:
        entry = self._rosters.get(conversation_id.int)
        return ANY_VERSION if entry is None else entry[0]

    def _keep(self, conversation_id: UUID, version: int, roster: Roster, loaded_at: float) -> None:
        self.forget(conversation_id)
        self._rosters[conversation_id.int] = (version, roster, loaded_at)
        self._size += len(roster.users)
        while self._size > self._max_members and len(self._rosters) > 1:
            _, (_, dropped, _) = self._rosters.popitem(last=False)
            self._size -= len(dropped.users)


def _roster(members: Mapping[UUID, int]) -> Roster:
    return Roster(tuple([id_.int for id_ in members]), tuple(members.values()), max(members.values(), default=0))
