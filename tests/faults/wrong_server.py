"""`python -m faults.wrong_server DEFECT serve …`: a real chat-server that is wrong in one way. The fault run must find it out.

acks-before-commit    one message in twenty is acknowledged and told, and its transaction is then lost
events-go-back        one fact in twenty is delivered after its successors
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import sys
from typing import Any, Final

ONE_IN: Final = 20


def ack_before_commit() -> None:
    """The transaction of every twentieth batch is rolled back after its numbers were read."""
    from chinwag_server.storage.writer_sql import WriterConnection

    commit: Any = WriterConnection.commit
    count = itertools.count(1)

    async def lose_some(self: Any, batch: Any, *, look_first: bool) -> bool:
        if look_first or next(count) % ONE_IN:
            return await commit(self, batch, look_first=look_first)
        transaction = self.conn.transaction()
        await transaction.start()
        looked = await commit(self, batch, look_first=look_first)
        await transaction.rollback()
        return looked

    setattr(WriterConnection, "commit", lose_some)  # noqa: B010 - the type checker holds methods to be final


def let_events_go_back() -> None:
    """Every twentieth packet reaches the sockets a moment after those that were to follow it."""
    from chinwag_server.realtime.server import SocketServer

    deliver: Any = SocketServer.deliver
    count = itertools.count(1)

    def late(self: Any, users: Any, packet: bytes, **how: Any) -> None:
        if next(count) % ONE_IN:
            deliver(self, users, packet, **how)
        else:
            again = functools.partial(deliver, self, list(users), packet, **how)
            asyncio.get_running_loop().call_later(0.2, again)

    setattr(SocketServer, "deliver", late)  # noqa: B010 - the same


DEFECTS: Final = {"acks-before-commit": ack_before_commit, "events-go-back": let_events_go_back}


def main() -> None:
    """Be the worker, or the server whose workers are these."""
    defect, *words = sys.argv[1:]
    if words[:1] == ["worker"]:
        from chinwag_server.asgi import serve_worker
        from chinwag_server.worker import run

        DEFECTS[defect]()
        sys.exit(run(serve_worker))
    from chinwag_server import worker_process

    command = (sys.executable, "-m", "faults.wrong_server", defect, "worker")
    setattr(worker_process, "WORKER_COMMAND", command)  # noqa: B010 - a constant everywhere else
    sys.argv = ["chat-server", *words]
    from chinwag_server.cli import main as serve

    serve()


if __name__ == "__main__":
    main()
