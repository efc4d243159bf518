"""Brings to the sockets of this node the facts that it did not hear of, whoever lost them: the bus, or a node that died.

Two things show that one is missing: the stream, to which its successor came 300 ms ago (`missing`), and the heads of the database,
compared with what was told here every 5 s, every second while other nodes cannot be heard, and at once when they can again
(`compare`). What is missing is read, told in order to those it concerns, and only on this node. What takes no `rev` goes along
(`missed_changes.py`).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.notices import ConversationUpdated
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Unavailable
from chinwag_server.services.followers import Followers
from chinwag_server.services.missed_changes import MissedChanges
from chinwag_server.services.missed_facts import make_facts
from chinwag_server.services.telling import tell_here
from chinwag_server.storage.heads import Head, HeadRepository
from chinwag_server.storage.missed import Missed, MissedRepository
from chinwag_server.tasks import TaskOwner

COMPARE_EVERY_S: Final = 5.0
COMPARE_DEAF_EVERY_S: Final = 1.0
SETTLE_S: Final = 0.3
"""What was committed just now is on its way: it is missing when it has not come by then."""
_AGAIN_S: Final = 0.5
_AT_ONCE: Final = 50
"""Conversations that are read from one snapshot."""

log = logging.getLogger(__name__)


class Repair:
    """`start` and `close` bracket its use; all else is called on the loop. `connected` gives users with a socket here."""

    def __init__(
        self,
        *,
        heads: HeadRepository,
        missed: MissedRepository,
        fanout: Fanout,
        connected: Callable[[], Iterable[UUID]],
        changes: MissedChanges | None = None,
        compare_every_s: float = COMPARE_EVERY_S,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._followers = Followers(heads, fanout=fanout, follow_new=self._owe)
        self._heads = heads
        self._missed = missed
        self._fanout = fanout
        self._connected = connected
        self._changes = changes
        self._compare_every_s = compare_every_s
        self._settle_s = settle_s
        self._behind: set[UUID] = set()
        self._unannounced: dict[UUID, int] = {}
        self._something_missing = asyncio.Event()
        self._hurried = asyncio.Event()
        self._history_changed = False
        self._tasks = TaskOwner("repair")
        self.told = 0
        """Facts that had to be read from the database."""

    def start(self) -> None:
        """Begin to compare, and to bring what the streams miss."""
        self._fanout.watch(gap=self.missing, recovered=self.hurry)
        self._followers.start()
        self._tasks.spawn(self._mend_always(), "mend")
        self._tasks.spawn(self._compare_always(), "compare")

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()
        await self._followers.close()

    async def follow(self, user_id: UUID) -> None:
        """Owe a user everything from now on: to be awaited before their socket registers. Raises Unavailable."""
        await self._followers.follow(user_id)

    def missing(self, conversation_id: UUID) -> None:
        """A fact waits here whose predecessors did not come."""
        self._behind.add(conversation_id)
        self._something_missing.set()

    def hurry(self) -> None:
        """Compare now: the bus may have lost something."""
        self._hurried.set()

    # ---------------------------------------------------------------- what is missing

    async def compare(self) -> None:
        """Ask how far the conversations of those who are here have come, and mend what was told less far. Raises Unavailable."""
        fresh = self._followers.fresh
        fresh.clear()
        told = self._fanout.list_followed()
        users = self._followers.keep(self._connected())
        heads = await self._heads.list_of_users(users) if users else {}
        if self._history_changed or any(head.rev < told.get(id_.int, 0) for id_, head in heads.items()):
            await self._begin_anew()
            return
        gone = [UUID(int=key) for key in told.keys() - {id_.int for id_ in heads}]
        revs = await self._heads.list_revs(gone) if gone else {}
        new = {id_: head for id_, head in heads.items() if not self._is_checked(id_)}
        revs |= {id_: head.rev for id_, head in heads.items() if id_ in new or self._is_behind(id_, head.rev)}
        if revs:
            await asyncio.sleep(self._settle_s)
        for id_ in new.keys() - fresh:
            self._follow_new(id_, new[id_])
        late = [id_ for id_, rev in revs.items() if self._is_behind(id_, rev)]
        self._fanout.unfollow(id_.int for id_ in gone if id_ not in late and id_ not in fresh)
        if late:
            log.info("%d conversations have come further than was told here", len(late))
        if late or self._unannounced:
            self._behind.update(late)
            self._something_missing.set()

    def _is_behind(self, conversation_id: UUID, rev: int) -> bool:
        stand = self._fanout.stand(conversation_id)
        return stand is not None and stand.rev < rev

    def _is_checked(self, conversation_id: UUID) -> bool:
        stand = self._fanout.stand(conversation_id)
        return stand is not None and stand.checked

    def _owe(self, conversation_id: UUID, head: Head) -> None:
        """Somebody registers in a conversation that is new to others here."""
        self._follow_new(conversation_id, head)
        self.missing(conversation_id)

    def _follow_new(self, conversation_id: UUID, head: Head) -> None:
        """Somebody here came to be in this conversation since they registered: they heard of it by now, or it was lost."""
        stand, before = self._fanout.stand(conversation_id), min(head.first_rev - 1, head.rev)
        if stand is None or stand.rev < before:
            self._fanout.follow(conversation_id, rev=before, seq=None if before > 1 else 0)
            return
        if stand.began > head.first_rev:
            self._unannounced[conversation_id] = head.first_rev
        self._fanout.follow(conversation_id, rev=stand.rev, seq=stand.seq)

    async def _begin_anew(self) -> None:
        """A conversation had come further before: the database was restored or promoted. Clients ask by its epoch."""
        if not self._history_changed:
            log.warning("the history of the database is another one: what was told here counts no more")
            self._history_changed = True
            self._fanout.reset()
        for id_, head in (await self._heads.list_of_users(list(self._followers.users))).items():
            self._fanout.follow(id_, rev=head.rev, seq=head.seq)
        self._history_changed = False

    # ---------------------------------------------------------------- to bring it

    async def _mend(self, conversation_ids: Sequence[UUID]) -> None:
        stands = {id_: stand for id_ in conversation_ids if (stand := self._fanout.stand(id_)) is not None}
        after = {id_: (stand.rev, stand.seq) for id_, stand in stands.items()}
        for missed in await self._missed.list_behind({id_: rev for id_, (rev, _) in after.items()}):
            id_ = missed.conversation.id
            rev, seq = after[id_]
            if missed.after > rev:
                self._fanout.skip_to(id_, missed.after)
                seq = None
            self._announce(missed, missed.unopened, rev=1, last_seq=0)
            facts = make_facts(missed, last_seq=seq)
            tell_here(self._fanout, id_, facts, members_version=missed.members_version)
            self.told += len(facts)

    async def _announce_late(self) -> None:
        """Tell of a conversation whoever heard only later facts of it, not that they are in it."""
        if not self._unannounced:
            return
        missing = await self._missed.list_behind({id_: rev - 1 for id_, rev in self._unannounced.items()})
        self._unannounced.clear()
        for missed in missing:
            joined = [member.user_id for members in missed.joined.values() for member in members]
            self._announce(missed, [*joined, *missed.unopened])

    def _announce(self, missed: Missed, user_ids: Iterable[UUID], **then: int) -> None:
        view = msgspec.structs.replace(missed.conversation, **then)
        self._fanout.to_users(user_ids, "conversationUpdated", ConversationUpdated(conversation=view), here=True)

    # ---------------------------------------------------------------- for ever

    async def _mend_always(self) -> None:
        while True:
            await self._something_missing.wait()
            self._something_missing.clear()
            while self._behind or self._unannounced:
                some = [self._behind.pop() for _ in range(min(_AT_ONCE, len(self._behind)))]
                try:
                    await self._announce_late()
                    await self._mend(some)
                except Unavailable:
                    self._behind.update(some)
                    await asyncio.sleep(_AGAIN_S)
                except (
                    Exception
                ):  # a boundary: one conversation that cannot be told must not end the repair of all others
                    log.exception("%d conversations could not be repaired", len(some))

    async def _compare_always(self) -> None:
        every_s = 0.0
        while True:
            try:
                async with asyncio.timeout(every_s):
                    await self._hurried.wait()
            except TimeoutError:
                pass
            every_s, deaf = self._compare_every_s, self._hurried.is_set() or self._fanout.degraded
            if self._fanout.degraded:
                every_s = min(every_s, COMPARE_DEAF_EVERY_S)
            self._hurried.clear()
            try:
                await self.compare()
                if self._changes is not None:
                    await self._changes.look(deaf=deaf)
            except Unavailable:
                log.info("how far conversations have come was not compared: the database is away")
