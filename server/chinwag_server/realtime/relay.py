"""Workers of one port: a connection that asks for another worker's session goes to that worker.

The kernel shares connections out among workers, but a session of Engine.IO that polls, or moves to a WebSocket, lives in one
of them, whose number its sid begins with. Whoever gets such a request passes the connection itself on (SCM_RIGHTS),
with what was read of it; from then on it is the other worker's, and nothing is copied. A connection that is kept alive may
so go from worker to worker, and never over more than one. TLS cannot be passed on: there the other worker gets one end
of a pair of sockets, and this one stays in between (`splice.py`).

Each worker has a datagram socket in a folder that only this account can enter. Whoever writes there is another worker:
the client's address in a message is believed. A worker that is not there refuses at once, and its sids are then as unknown as
any other; to one that is behind, a message waits for a moment. The socket also asks: `gather` is how `/metrics` sums.
"""

import array
import asyncio
import logging
import os
import socket
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from chinwag_protocol.errors import ErrorCode
from chinwag_server.realtime.encoding import http_refusal
from chinwag_server.realtime.splice import Splices
from chinwag_server.tasks import TaskOwner
from chinwag_server.worker_context import worker_socket

_MESSAGE_BYTES: Final = 512 * 1024
"""More than the head of a request and what is read at once."""
_ANSWER_BYTES: Final = 1024 * 1024
PATIENCE_S: Final = 2.0
"""How long another worker may take to take a connection, or to answer."""
_AGAIN_S: Final = 0.005
_A_TURN: Final = 64
_log: Final = logging.getLogger(__name__)


class Passed(msgspec.Struct, frozen=True, array_like=True, tag="passed"):
    """What goes along with a connection: who is at its other end, and what was read of the request that has begun."""

    client: tuple[str, int] | None
    secure: bool
    read: bytes


class Asked(msgspec.Struct, frozen=True, array_like=True, tag="asked"):
    """The answer goes into the connection, and ends it."""


Adopt = Callable[[asyncio.Transport, Passed], None]
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Passed | Asked).decode


class Relay:
    """The way of worker *number* of *workers* to the others, by sockets in *folder*. `start` and `stop` bracket its use."""

    def __init__(self, folder: Path, *, number: int, workers: int, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self.sid_prefix = f"{number}-"
        self._folder = folder
        self._number = number
        self._others = {str(other): other for other in range(workers) if other != number}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._tasks = TaskOwner("relay")
        self._splices = Splices()
        self._adopt: Adopt
        self.answer: Callable[[], bytes] = bytes
        """What this worker says when another one gathers."""

    def start(self, adopt: Adopt) -> None:
        """Begin to take connections from other workers."""
        self._adopt = adopt
        path = worker_socket(self._folder, self._number)
        path.unlink(missing_ok=True)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _MESSAGE_BYTES)
        self._socket.bind(str(path))
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    async def stop(self) -> None:
        """Take nothing more. What runs through this worker has a moment to end."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        worker_socket(self._folder, self._number).unlink(missing_ok=True)
        await self._splices.end(patience_s=self._patience_s)
        await self._tasks.close()

    def owner_of(self, target: bytes) -> int | None:
        """Find the worker that a request has to go to; None when it is this one, or nobody's."""
        if b"/socket.io" not in target:
            return None
        try:
            sids = parse_qs(urlsplit(target.decode("ascii")).query, max_num_fields=20).get("sid", ())
        except ValueError:
            return None
        return self._others.get(sids[0].partition("-")[0]) if len(sids) == 1 else None

    # ------------------------------------------------------------ away

    def pass_on(self, transport: asyncio.Transport, passed: Passed, *, to: int) -> bool:
        """Pass a connection on. False when that worker is not there; else it is no longer the caller's, who has paused it."""
        if transport.get_extra_info("sslcontext") is None:  # encrypted, if at all, elsewhere
            connection: socket.socket = transport.get_extra_info("socket")
            return self._send(passed, connection.fileno(), to=to, sent=transport.abort, lost=lambda: _refuse(transport))
        ours, theirs = _make_pair()

        def sent() -> None:
            theirs.close()
            self._tasks.spawn(self._splices.join(transport, ours), "splice")

        def lost() -> None:
            theirs.close()
            ours.close()
            _refuse(transport)

        is_there = self._send(passed, theirs.fileno(), to=to, sent=sent, lost=lost)
        if not is_there:
            theirs.close()
            ours.close()
        return is_there

    async def gather(self) -> list[bytes]:
        """Ask all other workers. One that is not there, or does not answer in time, is left out."""
        answers = await asyncio.gather(*(self._ask(other) for other in self._others.values()))
        return [answer for answer in answers if answer]

    async def _ask(self, number: int) -> bytes:
        ours, theirs = _make_pair()
        with ours:
            if not self._send(Asked(), theirs.fileno(), to=number, sent=theirs.close, lost=theirs.close):
                theirs.close()
            answer = bytearray()
            try:
                async with asyncio.timeout(self._patience_s):
                    while piece := await asyncio.get_running_loop().sock_recv(ours, _ANSWER_BYTES):
                        answer += piece
            except (OSError, TimeoutError):
                return b""
            return bytes(answer)

    def _send(
        self, message: Passed | Asked, connection: int, *, to: int, sent: Callable[[], None], lost: Callable[[], None]
    ) -> bool:
        """Send a message along with a connection. False: that worker is not there; else `sent` or `lost` is called once."""
        data = _encode(message)
        try:
            self._send_now(data, connection, to)
        except BlockingIOError:
            kept = os.dup(connection)  # the caller's may be closed meanwhile, and its number another connection's
            self._tasks.spawn(self._send_later(data, kept, to, sent=sent, lost=lost), "send")
        except OSError as error:
            _log.debug("worker %d is not there: %s", to, error)
            return False
        else:
            sent()
        return True

    def _send_now(self, data: bytes, connection: int, to: int) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [connection]))]
        self._socket.sendmsg([data], rights, 0, str(worker_socket(self._folder, to)))

    async def _send_later(
        self, data: bytes, connection: int, to: int, *, sent: Callable[[], None], lost: Callable[[], None]
    ) -> None:
        """The queue of a datagram socket is short, ten messages by default: wait for its worker to take some."""
        try:
            async with asyncio.timeout(self._patience_s):
                while True:
                    await asyncio.sleep(_AGAIN_S)
                    try:
                        self._send_now(data, connection, to)
                    except BlockingIOError:
                        continue
                    sent()
                    return
        except (OSError, TimeoutError) as error:
            _log.info("worker %d takes no connections: %s", to, type(error).__name__)
            lost()
        finally:
            os.close(connection)

    # ------------------------------------------------------------ here

    def _receive(self) -> None:
        for _ in range(_A_TURN):
            try:
                data, handles, flags, _ = socket.recv_fds(self._socket, _MESSAGE_BYTES, 1)
            except (BlockingIOError, InterruptedError):
                return
            connections = [socket.socket(fileno=handle) for handle in handles]
            try:
                self._take(_decode(data), connections[0])
            except (msgspec.MsgspecError, IndexError):
                _log.error("a connection from another worker was lost: %d bytes, flags %d", len(data), flags)
                for connection in connections:
                    connection.close()

    def _take(self, message: Passed | Asked, connection: socket.socket) -> None:
        connection.set_inheritable(False)
        connection.setblocking(False)
        if isinstance(message, Passed):
            self._tasks.spawn(self._begin(message, connection), "adopt")
        else:
            self._tasks.spawn(self._reply(connection), "reply")

    async def _begin(self, passed: Passed, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, early = await loop.connect_accepted_socket(_Early, connection)
        except OSError as error:
            _log.debug("a connection ended on its way: %s", error)
            connection.close()
            return
        if not transport.is_closing():
            self._adopt(transport, msgspec.structs.replace(passed, read=passed.read + early.read))

    async def _reply(self, connection: socket.socket) -> None:
        with connection:
            try:
                async with asyncio.timeout(self._patience_s):
                    await asyncio.get_running_loop().sock_sendall(connection, self.answer())
            except (OSError, TimeoutError) as error:
                _log.debug("another worker did not wait for an answer: %s", type(error).__name__)


class _Early(asyncio.Protocol):
    """Keeps what comes before a connection is adopted."""

    read = b""

    def data_received(self, data: bytes) -> None:
        self.read += data


def _make_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that hold back as little as a connection of a client."""
    pair = socket.socketpair()
    for end in pair:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
    return pair


def _refuse(transport: Any) -> None:
    message = "the session cannot be reached at present"
    if transport.is_closing():
        return
    transport.write(http_refusal(HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE, message))
    transport.close()
