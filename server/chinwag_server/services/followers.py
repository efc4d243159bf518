"""Who is here: the users with a registered socket on this node, and the conversations that are followed for them.

Whoever registers is owed every fact from where the database has their conversations at that moment. What came before, they
ask `/sync` for. Where somebody who is here already came to be in such a conversation since, and did not hear of it yet, it is
followed from where they have to.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Unavailable
from chinwag_server.storage.heads import Head, HeadRepository
from chinwag_server.tasks import TaskOwner


class Followers:
    """`start` and `close` bracket its use; all else is called on the loop. `follow_new` follows what is new to others here."""

    def __init__(self, heads: HeadRepository, *, fanout: Fanout, follow_new: Callable[[UUID, Head], None]) -> None:
        self._heads = heads
        self._fanout = fanout
        self._follow_new = follow_new
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._someone_waits = asyncio.Event()
        self._tasks = TaskOwner("followers")
        self.users: set[UUID] = set()
        self.fresh: set[UUID] = set()
        """Conversations that came to be followed since this was cleared last."""

    def start(self) -> None:
        """Begin to answer `follow`."""
        self._tasks.spawn(self._run(), "follow")

    async def close(self) -> None:
        """Stop; whoever waits is refused."""
        await self._tasks.close()
        _answer(self._waiting, Unavailable("the server is shutting down"))

    async def follow(self, user_id: UUID) -> None:
        """Owe a user everything from now on: to be awaited before their socket registers. Raises Unavailable.

        Calls that come while the database is asked are asked about together.
        """
        future = self._waiting.get(user_id)
        if future is None:
            future = self._waiting[user_id] = asyncio.get_running_loop().create_future()
            self._someone_waits.set()
        await asyncio.shield(future)

    def keep(self, connected: Iterable[UUID]) -> list[UUID]:
        """Forget those who are not connected any more; gives those who are left."""
        self.users.intersection_update(connected)
        return list(self.users)

    async def _run(self) -> None:
        while True:
            await self._someone_waits.wait()
            self._someone_waits.clear()
            waiting, self._waiting = self._waiting, {}
            try:
                await self._follow(set(waiting))
            except Unavailable as away:
                _answer(waiting, away)
            except BaseException:
                _answer(waiting, Unavailable("the conversations could not be read"))
                raise
            else:
                _answer(waiting, None)

    async def _follow(self, newcomers: set[UUID]) -> None:
        heads = await self._heads.list_of_users(list(newcomers))
        unchecked = [id_ for id_ in heads if (stand := self._fanout.stand(id_)) is None or not stand.checked]
        others = list(self.users - newcomers)
        first_revs = await self._heads.list_first_revs(unchecked, others) if unchecked and others else {}
        for id_, head in heads.items():
            if id_ in first_revs:
                self._follow_new(id_, Head(head.rev, head.seq, first_revs[id_]))
            else:
                self._fanout.follow(id_, rev=head.rev, seq=head.seq)
        self.fresh.update(heads)
        self.users |= newcomers


def _answer(waiting: Mapping[UUID, asyncio.Future[None]], error: Unavailable | None) -> None:
    for future in waiting.values():
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # whoever waited may have gone
