"""Connections to Valkey as the bus wants them: short deadlines, no retries of their own."""

import asyncio
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CONNECT_TIMEOUT_S: Final = 2.0

LOST: Final = (RedisError, OSError, TimeoutError, RuntimeError)
"""What any call may raise when Valkey is away, hung or restarting. RuntimeError: uvloop's answer to a write on a connection
that has just been reset."""


def connect(url: str, *, timeout_s: float | None) -> Redis:
    """Make a client for `redis://`, `rediss://`, `unix://` or `valkey://`; nothing is connected yet.

    `timeout_s` limits each call; None is for a subscriber, which may hear nothing for long.
    """
    scheme, separator, rest = url.partition("://")
    schemes = {"valkey": "redis", "valkeys": "rediss", "valkey+unix": "unix"}
    return Redis.from_url(
        schemes.get(scheme, scheme) + separator + rest,
        socket_timeout=timeout_s,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


async def close(client: Redis) -> None:
    """Close a client; one that does not let itself be closed within 2 s is left to the collector."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await client.aclose()
    except LOST:
        pass
