"""The ways of the fault run do to connections what they say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from faults.proxy import Door, Way

SHORT_S = 0.1


@pytest.fixture
async def way() -> AsyncIterator[Way]:
    """A way to a server that sends back what it gets."""
    writers: list[asyncio.StreamWriter] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(OSError):
            while data := await reader.read(1024):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = Way(lambda: port)
    await made.open()
    yield made
    await made.close()
    server.close()
    for writer in writers:
        writer.transport.abort()
    await server.wait_closed()


class Caller:
    """A connection through the way."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, words: bytes) -> None:
        self._writer.write(words)

    async def hear(self, timeout_s: float = 5) -> bytes:
        return await asyncio.wait_for(self._reader.read(1024), timeout_s)

    async def hears_nothing(self) -> None:
        with pytest.raises(TimeoutError):
            await self.hear(SHORT_S)


@pytest.fixture
async def call(way: Way) -> AsyncIterator[Any]:
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> Caller:
        reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
        writers.append(writer)
        return Caller(reader, writer)

    yield connect
    for writer in writers:
        writer.transport.abort()


async def test_everything_passes(way: Way, call: Any) -> None:
    caller = await call()
    caller.say(b"hello")
    assert await caller.hear() == b"hello"


async def test_what_is_held_comes_later(way: Way, call: Any) -> None:
    caller = await call()
    way.down.hold()
    caller.say(b"hello")
    await caller.hears_nothing()
    way.down.open()
    assert await caller.hear() == b"hello"


async def test_what_is_swallowed_never_comes(way: Way, call: Any) -> None:
    caller = await call()
    way.up.swallows = True
    caller.say(b"lost")
    await caller.hears_nothing()
    way.up.open()
    caller.say(b"found")
    assert await caller.hear() == b"found"


async def test_a_reset_is_heard_at_once(way: Way, call: Any) -> None:
    caller = await call()
    caller.say(b"hello")
    await caller.hear()
    way.reset()
    with pytest.raises(ConnectionResetError):
        await caller.hear()


async def test_doors(way: Way, call: Any) -> None:
    await way.set_door(Door.REFUSES)
    with pytest.raises(ConnectionRefusedError):
        await call()
    await way.set_door(Door.SILENT)
    silent = await call()
    silent.say(b"anybody?")
    await silent.hears_nothing()
    await way.set_door(Door.SLAMS)
    with contextlib.suppress(ConnectionResetError):
        assert await (await call()).hear() == b""
    await way.heal()
    caller = await call()
    caller.say(b"hello")
    assert await caller.hear() == b"hello"


async def test_a_tap_can_lose_an_answer(way: Way, call: Any) -> None:
    caller = await call()
    way.tap_down = lambda line, data: None if b"secret" in data else data
    caller.say(b"hello")
    assert await caller.hear() == b"hello"
    caller.say(b"secret")
    with pytest.raises(ConnectionResetError):
        await caller.hear()
