"""What a node tells the others when a PUBLISH of its fails: the same again, in the same order, over a new connection."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chinwag_server.bus import publisher
from chinwag_server.bus.channel import BusTiming, read_envelope
from chinwag_server.bus.items import ForgetRoster
from chinwag_server.bus.redis_bus import RedisBus
from chinwag_server.bus.redis_client import connect

if TYPE_CHECKING:
    import pytest

QUICK = BusTiming(hello_s=0.05, again_s=0.01)


async def test_what_fails_to_go_out_goes_out_again_in_its_order(
    valkey_url: str, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([True])

    def connect_badly(url: str, *, timeout_s: float | None) -> Any:
        client: Any = connect(url, timeout_s=timeout_s)
        inner = client.publish

        async def publish(channel: str, message: bytes) -> Any:
            if read_envelope(message).kind == "items" and next(failures, False):
                raise ConnectionResetError("lost on the way")
            return await inner(channel, message)

        client.publish = publish
        return client

    told: list[Any] = []
    there, here = (
        RedisBus(valkey_url, node_id="there", timing=QUICK),
        RedisBus(valkey_url, node_id="here", timing=QUICK),
    )
    async with AsyncExitStack() as running:
        there.start(told.extend, recovered=lambda: None)
        running.push_async_callback(there.stop)
        monkeypatch.setattr(publisher, "connect", connect_badly)
        here.start(lambda _: None, recovered=lambda: None)
        running.push_async_callback(here.stop)
        await eventually(lambda: there.peers == {"here"} and here.peers == {"there"})
        for number in range(5):
            here.send(ForgetRoster(UUID(int=number)))
        await eventually(lambda: len(told) == 5)
        assert [item.conversation_id.int for item in told] == list(range(5))
        assert next(failures, None) is None, "nothing failed"
        assert here.lost == 0
