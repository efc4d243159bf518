"""Presence leases: one a connection, in Valkey, gone 15 s after its node stopped renewing it.

A user is online as long as a lease of theirs is left on any node. Valkey's own clock decides, so that clocks of nodes
may differ. While Valkey is away each node knows only of its own connections and tries once a second to renew what it holds. One
that forgot everything without being missed is noticed by the next look at it, for which a node misses its own users.

More leases of a user than `most` are a crowd. Each node confirms the leases of the crowd that are its own; some seconds later
those confirmed are the sockets that really are there, and of these the oldest are too many (their ids are UUIDs of version
7: in the order of time). A node that died confirms nothing, so that no living socket makes room for a dead one.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, cast
from uuid import UUID

from redis.asyncio import Redis

from chinwag_server.bus.redis_client import LOST, close, connect
from chinwag_server.tasks import TaskOwner

LEASE_S: Final = 15.0
RENEW_S: Final = 5.0
_CALL_TIMEOUT_S: Final = 1.0
_PAUSE_S: Final = 1.0
CONFIRM_S: Final = 2.5
"""How long nodes have to confirm their leases of a crowd: they look once a second."""
_CHUNK: Final = 500
_ONLINE: Final = "chinwag:online"
_CROWDS: Final = "chinwag:crowds"
_log = logging.getLogger(__name__)

_NOW: Final = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "

_COUNT: Final = """
local function count(leases, user, most)
  if redis.call('ZCARD', leases) > most and redis.call('ZCOUNT', leases, '(' .. now, '+inf') > most then
    redis.call('ZADD', KEYS[2], 'NX', now, user)
  end
end
"""

_ACQUIRE: Final = (
    _NOW
    + _COUNT
    + """
local known = redis.call('ZSCORE', KEYS[1], ARGV[3])
local leases = KEYS[1] .. ':' .. ARGV[3]
redis.call('ZADD', leases, now + ARGV[1], ARGV[4])
redis.call('PEXPIRE', leases, ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[3])
count(leases, ARGV[3], tonumber(ARGV[2]))
return known and 0 or 1
"""
)
"""KEYS: all users online, crowds. ARGV: milliseconds, most, user, connection."""

_RELEASE: Final = (
    _NOW
    + """
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) > 0 then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])
"""
)
"""KEYS as above. ARGV: user, connection. Gives 1 to the one caller who ended it."""

_DROP: Final = "return redis.call('ZREM', KEYS[1], ARGV[1])"

_RENEW: Final = (
    _NOW
    + _COUNT
    + """
for i = 3, #ARGV, 2 do
  local leases = KEYS[1] .. ':' .. ARGV[i]
  redis.call('ZADD', leases, now + ARGV[1], ARGV[i + 1])
  redis.call('PEXPIRE', leases, ARGV[1])
  redis.call('ZADD', KEYS[1], 'GT', now + ARGV[1], ARGV[i])
  count(leases, ARGV[i], tonumber(ARGV[2]))
end
"""
)
"""KEYS: all users online, crowds. ARGV: milliseconds, most, then pairs of user and connection."""

_LIST_CROWDS: Final = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
return redis.call('ZRANGE', KEYS[1], 0, 999)
"""
)
"""KEYS: crowds. One that nobody has looked after for a minute is none."""

_CROWD_OUT: Final = (
    _NOW
    + """
local out = {}
for i = 4, #ARGV do
  local leases, since = KEYS[1] .. ':' .. ARGV[i], tonumber(redis.call('ZSCORE', KEYS[2], ARGV[i]) or now)
  if now >= since + ARGV[3] then
    local there = redis.call('ZRANGEBYSCORE', leases, since + ARGV[1], '+inf')
    table.sort(there)
    for n = 1, #there - ARGV[2] do out[#out + 1] = there[n] end
    if now >= since + 2 * ARGV[3] then
      redis.call('ZREM', KEYS[2], ARGV[i])
      if #there > tonumber(ARGV[2]) then redis.call('ZADD', KEYS[2], now, ARGV[i]) end
    end
  end
end
return out
"""
)
"""KEYS: all users online, crowds. ARGV: milliseconds of a lease, most, milliseconds to confirm, users. Gives connections."""

_SWEEP: Final = (
    _NOW
    + """
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1000)
if #ended > 0 then redis.call('ZREM', KEYS[1], unpack(ended)) end
return ended
"""
)

_LIST: Final = _NOW + "return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')"
_NOTHING: Final = "return 0"


class Leases:
    """The leases of this node's connections, and through Valkey, where it is, those of all nodes."""

    def __init__(
        self,
        url: str | None,
        *,
        lease_s: float = LEASE_S,
        renew_s: float = RENEW_S,
        confirm_s: float = CONFIRM_S,
        most: int = 1_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._client: Redis | None = None
        self._lease_ms = round(lease_s * 1_000)
        self._renew_s = renew_s
        self._confirm_ms = round(confirm_s * 1_000)
        self._most = most
        self._clock = clock
        self._held: dict[UUID, set[str]] = {}
        self._lost_at: float | None = None
        self._tasks = TaskOwner("leases")

    @property
    def degraded(self) -> bool:
        """Whether Valkey did not answer the last time; false where there is none."""
        return self._lost_at is not None

    async def start(self) -> None:
        """Begin to renew."""
        if self._url is not None:
            self._client = connect(self._url, timeout_s=_CALL_TIMEOUT_S)
            self._tasks.spawn(self._renew_always(), "renew")

    async def stop(self) -> None:
        """Stop renewing: what is still held ends by itself."""
        await self._tasks.close()
        client, self._client = self._client, None
        if client is not None:
            await close(client)

    async def acquire(self, user_id: UUID, connection_id: str) -> bool:
        """Take a lease; true when the user was not online before, on any node."""
        held = self._held.setdefault(user_id, set())
        first = not held
        held.add(connection_id)
        answer = await self._ask(_ACQUIRE, [_ONLINE, _CROWDS], self._lease_ms, self._most, user_id.hex, connection_id)
        return first if answer is None else answer == 1

    async def release(self, user_id: UUID, connection_id: str) -> bool:
        """Give a lease back; true, to one caller, when none of the user's is left on any node."""
        held = self._held.get(user_id, set())
        had = connection_id in held
        held.discard(connection_id)
        if not held:
            self._held.pop(user_id, None)
            answer = await self._ask(_RELEASE, self._keys(user_id), user_id.hex, connection_id)
            return had if answer is None else answer == 1
        await self._ask(_DROP, self._keys(user_id), connection_id)
        return False

    async def online(self) -> set[UUID]:
        """All users that are online, as far as this node can know."""
        answer = await self._ask(_LIST, [_ONLINE])
        if answer is None:
            return set(self._held)
        listed = {UUID(user.decode()) for user in cast("list[bytes]", answer)}
        if forgotten := self._held.keys() - listed:
            await self._renew(forgotten)
        return listed | self._held.keys()

    async def sweep(self) -> set[UUID]:
        """Take the users whose last lease ran out, as its node died. Each is given to one caller of all nodes."""
        answer = await self._ask(_SWEEP, [_ONLINE])
        return {UUID(user.decode()) for user in cast("list[bytes]", answer or [])} - set(self._held)

    def _keys(self, user_id: UUID) -> list[str]:
        return [f"{_ONLINE}:{user_id.hex}", _ONLINE]

    async def _ask(self, script: str, keys: Sequence[str], *arguments: str | int) -> object | None:
        """Run a script; None when there is no Valkey, or none that answers."""
        if self._client is None or (self._lost_at is not None and self._clock() - self._lost_at < _PAUSE_S):
            return None
        try:
            async with asyncio.timeout(_CALL_TIMEOUT_S):
                answer: object = await self._client.eval(script, len(keys), *keys, *arguments)
        except LOST as lost:
            if self._lost_at is None:
                _log.info("presence is this node's own: %s", type(lost).__name__)
            self._lost_at = self._clock()
            return None
        if self._lost_at is not None:
            self._lost_at = None
            _log.info("presence is common again")
        return 0 if answer is None else answer

    async def _renew_always(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_S if self.degraded else self._renew_s)
            await self.renew()

    async def renew(self) -> None:
        """Renew all leases of this node, and make those anew that Valkey lost."""
        if self._held:
            await self._renew(self._held)
        elif self.degraded:
            await self._ask(_NOTHING, [])  # for nobody else might ask whether Valkey is back

    async def _renew(self, user_ids: Iterable[UUID]) -> None:
        pairs = [(user_id.hex, connection) for user_id in user_ids for connection in self._held[user_id]]
        for start in range(0, len(pairs), _CHUNK):
            flat = [part for pair in pairs[start : start + _CHUNK] for part in pair]
            await self._ask(_RENEW, [_ONLINE, _CROWDS], self._lease_ms, self._most, *flat)

    async def crowded_out(self) -> set[str]:
        """Confirm this node's part of all crowds, and give the connections of any node that are too many by now."""
        crowds = cast("list[bytes]", await self._ask(_LIST_CROWDS, [_CROWDS]) or [])
        mine = [user_id for user_id in (UUID(user.decode()) for user in crowds) if user_id in self._held]
        if not mine:
            return set()
        await self._renew(mine)
        users = [user_id.hex for user_id in mine]
        answer = await self._ask(_CROWD_OUT, [_ONLINE, _CROWDS], self._lease_ms, self._most, self._confirm_ms, *users)
        return {connection.decode() for connection in cast("list[bytes]", answer or [])}
