"""A lean Socket.IO 4 client on `websockets`, nothing of ours: it stamps each message the moment that it is read."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import websockets
from msgspec import Struct

PATIENCE_S = 20.0
PASSWORD = "a password for benchmarks"


class User(Struct, frozen=True):
    """Somebody with an account, signed in."""

    id: str
    name: str
    token: str
    refresh_token: str


class RefusedError(RuntimeError):
    """The server answered with an error."""


class LoadClient:
    """One registered socket. `arrived` and `confirmed`: when messages came and acks came, by tempId, in `perf_counter` seconds."""

    def __init__(self, connection: websockets.ClientConnection, user: User) -> None:
        self.user = user
        self.arrived: dict[str, float] = {}
        self.confirmed: dict[str, float] = {}
        self.expected: set[str] = set()
        """What `received` waits for."""
        self._connection = connection
        self._unconfirmed: dict[int, str] = {}
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._changed = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, url: str, user: User) -> AsyncGenerator[LoadClient]:
        """Open, CONNECT, register; closed at the end. An error of the connection ends the body."""
        target = "ws" + url.removeprefix("http") + "/socket.io/?EIO=4&transport=websocket"
        async with websockets.connect(target, compression=None, ping_interval=None, proxy=None) as connection:
            await connection.recv()
            await connection.send("40" + json.dumps({"token": user.token, "userId": user.id, "protocol": 1}))
            answer = await asyncio.wait_for(connection.recv(), PATIENCE_S)
            if not str(answer).startswith("40"):
                raise RefusedError(f"CONNECT: {answer}")
            client = cls(connection, user)
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(client._read())
                await client._call("register-user", {"userId": user.id})
                yield client
                reading.cancel()

    async def send(self, payload: dict[str, Any]) -> tuple[str, float]:
        """Send a message: its tempId, and when the call began."""
        temp_id = new_temp_id()
        self._number += 1
        self._unconfirmed[self._number] = temp_id
        packet = f"42{self._number}{json.dumps(['sendMessage', {'tempId': temp_id, **payload}])}"
        begun = time.perf_counter()
        await self._connection.send(packet)
        return temp_id, begun

    async def drained(self, *, upto: int = 0) -> None:
        """Wait until no more than `upto` messages are unconfirmed."""
        await self._until(lambda: len(self._unconfirmed) <= upto)

    async def received(self) -> None:
        """Wait until all that is `expected` has arrived."""
        await self._until(lambda: self.expected <= self.arrived.keys())

    async def _call(self, event: str, payload: Any) -> None:
        self._number += 1
        self._calls[self._number] = answer = asyncio.get_running_loop().create_future()
        await self._connection.send(f"42{self._number}{json.dumps([event, payload])}")
        await asyncio.wait_for(answer, PATIENCE_S)

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _read(self) -> None:
        async for packet in self._connection:
            now = time.perf_counter()
            text = str(packet)
            if text == "2":
                await self._connection.send("3")
            elif text.startswith("42"):
                event, *arguments = json.loads(text[2:])
                if event == "newMessage":
                    self.arrived.setdefault(arguments[0].get("tempId", ""), now)
            elif text.startswith("43"):
                self._take_ack(text, now)
            self._changed.set()

    def _take_ack(self, packet: str, now: float) -> None:
        number, _, rest = packet[2:].partition("[")
        answer = json.loads("[" + rest)[0]
        if "error" in answer:
            raise RefusedError(answer["error"])
        if (call := self._calls.pop(int(number), None)) is not None:
            call.set_result(answer)
        else:
            self.confirmed[self._unconfirmed.pop(int(number))] = now


def new_temp_id() -> str:
    """A UUID of version 7: the time in front, so that both servers' indexes grow at their end."""
    chance = uuid4().int & ((1 << 76) - 1)
    return str(UUID(int=(time.time_ns() // 1_000_000 << 80) | (0x7 << 76) | chance))


async def register(url: str, names: list[str]) -> list[User]:
    """Make accounts on a chat-server that is open to all."""
    users: list[User] = []
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, trust_env=False) as http:
        for name in names:
            answer = await http.post("/api/v1/auth/register", json={"username": name, "password": PASSWORD})
            answer.raise_for_status()
            session = answer.json()
            users.append(User(session["user"]["id"], name, session["accessToken"], session["refreshToken"]))
    return users
