"""What a node hears on the channel, over one connection that is replaced when it fails or is found deaf.

Whether it is deaf is asked only when nothing waits to be read: a loop that stood still reads first. And only the bus can tell, by
a hello that Valkey has confirmed: silence alone says nothing, Valkey may be frozen, and then this connection is the first to
hear of it when it goes on.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from redis.asyncio import Redis

from chinwag_server.bus.channel import CALL_TIMEOUT_S, CHANNEL, BusTiming
from chinwag_server.bus.redis_client import LOST, close, connect

_log = logging.getLogger(__name__)


class Listener:
    """`run` for ever. `heard` gets each message; `is_deaf` is asked after each wait that brought none."""

    def __init__(
        self,
        url: str,
        *,
        timing: BusTiming,
        heard: Callable[[bytes], None],
        is_deaf: Callable[[], bool],
        subscribed: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self._url = url
        self._timing = timing
        self._heard = heard
        self._is_deaf = is_deaf
        self._subscribed = subscribed
        self._lost = lost

    async def run(self) -> None:
        """Listen for ever; cancel it."""
        while True:
            client = connect(self._url, timeout_s=None)
            try:
                await self._listen(client)
            except LOST as lost:
                _log.debug("cannot listen: %s", type(lost).__name__)
            finally:
                await close(client)
            self._lost()
            await asyncio.sleep(self._timing.again_s)

    async def _listen(self, client: Redis) -> None:
        async with client.pubsub(ignore_subscribe_messages=True) as channel:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await channel.subscribe(CHANNEL)
            self._subscribed()
            while True:
                message = cast("dict[str, Any] | None", await channel.get_message(timeout=self._timing.wait_s))
                if message is not None:
                    if message["type"] == "message":
                        self._heard(message["data"])
                elif self._is_deaf():
                    return
