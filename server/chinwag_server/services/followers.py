"""Who is here: the users with a registered socket on this node, and the conversations that are followed for them.

Whoever registers is owed every fact from where the database has their conversations at that moment. What came before, they
ask `/sync` for.
"""

import asyncio
from collections.abc import Iterable, Mapping
from uuid import UUID

from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Unavailable
from chinwag_server.storage.heads import HeadRepository
from chinwag_server.tasks import TaskOwner


class Followers:
    """`start` and `close` bracket its use; all else is called on the loop."""

    def __init__(self, heads: HeadRepository, *, fanout: Fanout) -> None:
        self._heads = heads
        self._fanout = fanout
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
                heads = await self._heads.list_of_users(list(waiting))
            except Unavailable as away:
                _answer(waiting, away)
                continue
            except BaseException:
                _answer(waiting, Unavailable("the conversations could not be read"))
                raise
            for id_, head in heads.items():
                self._fanout.follow(id_, rev=head.rev, seq=head.seq)
            self.fresh.update(heads)
            self.users.update(waiting)
            _answer(waiting, None)


def _answer(waiting: Mapping[UUID, asyncio.Future[None]], error: Unavailable | None) -> None:
    for future in waiting.values():
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # whoever waited may have gone
