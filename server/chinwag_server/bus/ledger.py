"""The common level of token buckets, in Valkey: one call debits many keys and answers with what is left of each."""

from collections.abc import Callable, Mapping
from typing import Final, cast

from redis.asyncio import Redis

from chinwag_server.bus.redis_client import close, connect

_CALL_TIMEOUT_S: Final = 1.0
_CHUNK: Final = 500

_SETTLE: Final = """
local t = redis.call('TIME') local now = t[1] + t[2] / 1000000
local rate, burst, levels = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for i, key in ipairs(KEYS) do
  local known = redis.call('HMGET', key, 'level', 'at')
  local level, at = tonumber(known[1]) or burst, tonumber(known[2]) or now
  level = math.min(burst, level + math.max(0, now - at) * rate) - tonumber(ARGV[i + 2])
  level = math.max(-burst, level)
  redis.call('HSET', key, 'level', tostring(level), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', key, math.ceil((burst - level) / rate * 1000) + 1000)
  levels[i] = tostring(level)
end
return levels
"""
"""KEYS: the buckets. ARGV: rate, burst, then what was spent of each. A bucket that is full again is forgotten.
No debt is larger than a burst: a Valkey that was frozen runs, when it goes on, all the calls that were given up meanwhile."""


class ValkeyLedger:
    """A `Ledger` over Valkey. A node without peers settles with nobody, and asks nothing."""

    def __init__(self, url: str, *, has_peers: Callable[[], bool]) -> None:
        self._url = url
        self._has_peers = has_peers
        self._client: Redis | None = None

    async def settle(self, name: str, *, rate: float, burst: int, spent: Mapping[str, int]) -> Mapping[str, float]:
        """Debit each key; the levels of all nodes together, none of them while there is only this one.

        Raises what redis-py raises.
        """
        if not self._has_peers():
            return {}
        if self._client is None:
            self._client = connect(self._url, timeout_s=_CALL_TIMEOUT_S)
        levels: dict[str, float] = {}
        keys = list(spent)
        for start in range(0, len(keys), _CHUNK):
            part = keys[start : start + _CHUNK]
            names = [f"chinwag:bucket:{name}:{key}" for key in part]
            answer = cast(
                "list[bytes]",
                await self._client.eval(_SETTLE, len(part), *names, rate, burst, *(spent[key] for key in part)),
            )
            levels.update(zip(part, map(float, answer), strict=True))
        return levels

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            await close(client)
