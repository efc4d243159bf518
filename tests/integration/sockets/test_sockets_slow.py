"""Readers that do not read: cut off by size and by time, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from foreign_client import ForeignClient
from raw_websocket import raw_connection, raw_websocket
from socket_rig import SHORT, SocketRig, User, run_rig

from chinwag_protocol.limits import Limits

if TYPE_CHECKING:
    from raw_websocket import RawWebSocket

PACKET = b'42["userOnline","' + b"x" * 1_000 + b'"]'


async def register(raw: RawWebSocket, user: User) -> None:
    raw.send("40" + json.dumps(user.auth()))
    await raw.recv_text()
    raw.send('421["register-user",' + json.dumps({"userId": str(user.id)}) + "]")
    await raw.recv_text()
    raw.writer.transport.pause_reading()  # type: ignore[attr-defined]


async def test_a_zero_window_reader_is_cut_off_by_size(eventually: Any) -> None:
    limits = Limits(backlog_bytes=500_000, backlog_ms=60_000)
    async with run_rig(limits=limits) as rig:
        slow, quick = rig.user(), rig.user()
        async with raw_websocket(rig.url, receive_buffer=4_096) as raw, rig.client(quick) as client:
            await register(raw, slow)
            for number in range(2_000):
                rig.sockets.deliver([slow.id.int, quick.id.int], PACKET)
                if number % 10 == 0:
                    await asyncio.sleep(0)
            await eventually(lambda: rig.ended)
            assert [(connection.principal.user_id, reason) for connection, reason in rig.ended] == [
                (slow.id, "slow reader")
            ]
            await eventually(lambda: len(client.of("userOnline")) == 2_000)
            assert len(rig.sockets.engine.sockets) == 1


async def test_a_zero_window_reader_is_cut_off_by_time(eventually: Any) -> None:
    limits = Limits(backlog_ms=500)
    async with run_rig(limits=limits) as rig:
        user = rig.user()
        async with raw_websocket(rig.url, receive_buffer=4_096) as raw:
            await register(raw, user)
            for _ in range(700):  # more than the kernel takes, less than the size that cuts off
                rig.sockets.deliver([user.id.int], PACKET)
            started = time.monotonic()
            await eventually(lambda: rig.ended)
            assert 0.4 < time.monotonic() - started < 1.5
            assert rig.ended[0][1] == "slow reader"


@pytest.mark.parametrize(("sip_bytes", "every_s"), [(1, 0.05), (4_096, 0.01)])
async def test_a_reader_of_a_little_now_and_then_is_cut_off(eventually: Any, sip_bytes: int, every_s: float) -> None:
    async with run_rig(limits=Limits(backlog_ms=500)) as rig:
        user = rig.user()
        async with raw_websocket(rig.url, receive_buffer=4_096) as raw:
            await register(raw, user)
            for _ in range(1_500):
                rig.sockets.deliver([user.id.int], PACKET)
            with socket.socket(fileno=os.dup(raw.writer.get_extra_info("socket").fileno())) as connection:

                async def sip() -> bool:
                    await asyncio.sleep(every_s)
                    with contextlib.suppress(BlockingIOError, ConnectionResetError):
                        connection.recv(sip_bytes)
                    return bool(rig.ended)

                await eventually(sip, timeout_s=3)


async def test_a_reader_that_catches_up_stays(eventually: Any) -> None:
    """It is behind for longer than the limit, but never by more than the limit."""
    async with run_rig(limits=Limits(backlog_ms=600)) as rig:
        user = rig.user()
        async with raw_websocket(rig.url, receive_buffer=4_096) as raw:
            await register(raw, user)
            transport: Any = raw.writer.transport
            started = time.monotonic()
            while time.monotonic() - started < 1.5:
                for _ in range(200):
                    rig.sockets.deliver([user.id.int], PACKET)
                await asyncio.sleep(0.05)
                transport.resume_reading()
                for _ in range(150):
                    await raw.recv_text()
                transport.pause_reading()
            assert rig.ended == []


async def test_a_zero_window_reader_does_not_hold_up_shutdown(eventually: Any) -> None:
    async with run_rig(timing=SHORT, limits=Limits(backlog_ms=60_000)) as rig:
        user = rig.user()
        async with raw_websocket(rig.url, receive_buffer=4_096) as raw:
            await register(raw, user)
            for _ in range(1_000):
                rig.sockets.deliver([user.id.int], PACKET)
            await asyncio.sleep(0)
            started = time.monotonic()
            await rig.sockets.drain()
            assert time.monotonic() - started < 1
            assert not rig.sockets.engine.sockets


@pytest.mark.parametrize("limits", [Limits(backlog_ms=300), Limits(backlog_bytes=100_000)])
async def test_a_poller_that_does_not_come_back(limits: Limits, eventually: Any) -> None:
    async with run_rig(limits=limits) as rig:
        user = rig.user()
        async with rig.client(user, "polling") as client:
            for task in client._tasks:
                task.cancel()  # no GET any more
            await eventually(lambda: not client._tasks)
            client.closed.clear()
            for _ in range(150):
                rig.sockets.deliver([user.id.int], PACKET)
                await asyncio.sleep(0)
            await eventually(lambda: rig.ended)
            assert rig.ended[0][1] == "slow reader"
            assert (await client.get()).status_code == 400


async def test_a_poller_that_does_not_read_its_answer(rig: SocketRig, eventually: Any) -> None:
    """The answer is lost with its connection, and the session with its heartbeat: nothing stays behind."""
    async with (
        run_rig(timing=SHORT) as rig,
        ForeignClient.connect(rig.url, transport="polling", open_only=True) as client,
    ):
        user = rig.user()
        await client.send_connect(user.auth())
        await client.call("register-user", {"userId": str(user.id)})
        for task in client._tasks:
            task.cancel()
        async with raw_connection(rig.url, receive_buffer=4_096, limit=1_024) as raw:
            raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
            for _ in range(1_000):
                rig.sockets.deliver([user.id.int], PACKET)
            raw.writer.write(f"GET {client.polling_url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await eventually(lambda: rig.ended)
            await eventually(lambda: not rig.sockets.engine.sockets)
