"""Valkey as the storage of counted windows, for the `limits` library."""

from limits.aio.storage import RedisStorage, Storage

from chinwag_server.bus.redis_client import close, connect

_CALL_TIMEOUT_S = 1.0


class ValkeyWindows:
    """Owns the connections that `storage` uses."""

    def __init__(self, url: str) -> None:
        self._client = connect(url, timeout_s=_CALL_TIMEOUT_S)
        # the URI only names the kind: the pool knows where to connect
        self.storage: Storage = RedisStorage(
            "async+redis://valkey:6379",
            implementation="redispy",
            key_prefix="chinwag:windows",
            connection_pool=self._client.connection_pool,  # pyright: ignore[reportArgumentType] - annotated for plain values only
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await close(self._client)
        await self._client.connection_pool.aclose()
