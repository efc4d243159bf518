"""HttpTransport: one HTTP exchange with the server, with a deadline, and with every way it can fail told apart.

``ApiClient`` says what is asked; this says how it is asked. Nothing here knows of tokens beyond passing one on.
"""

import asyncio
import logging
import os
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import httpx
import msgspec

from chinwag_desktop.core.errors import NotChinwag, TimedOut
from chinwag_desktop.net.answers import chunks, refusal, understood
from chinwag_desktop.net.failures import failure_of

CALL_S: Final = 10.0
"""The deadline of an ordinary call, from the first byte out to the last one in."""
TRANSFER_TIMEOUT: Final = httpx.Timeout(connect=5, read=60, write=20, pool=5)
SLOWEST_BYTES_PER_S: Final = 16_384
"""A transfer slower than this on the whole is given up."""

Progress = Callable[[int, int], None]
_T = TypeVar("_T")

logger = logging.getLogger(__name__)


class _Pool:
    """Connections, and how many calls use them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._users = 0
        self._retired = False

    @asynccontextmanager
    async def used(self) -> AsyncGenerator[httpx.AsyncClient]:
        self._users += 1
        try:
            yield self._client
        finally:
            self._users -= 1
            if self._retired and not self._users:
                await self._client.aclose()

    async def retire(self, *, at_once: bool) -> None:
        """No new calls come: close with the last one, or at once, which ends those that are under way."""
        self._retired = True
        if at_once or not self._users:
            await self._client.aclose()


class HttpTransport:
    """A connection pool to one server."""

    def __init__(self, server_url: str, *, ssl_context: ssl.SSLContext, use_system_proxy: bool = True) -> None:
        self._root = server_url.rstrip("/")
        self._use_system_proxy = use_system_proxy
        self._ssl_context = ssl_context
        self._pool = _Pool(self._connect(ssl_context))

    def _connect(self, ssl_context: ssl.SSLContext) -> httpx.AsyncClient:
        host = urlsplit(self._root).hostname
        options: dict[str, Any] = {
            "verify": ssl_context,
            "timeout": httpx.Timeout(CALL_S, connect=5),
            # what is not compressed cannot grow
            "headers": {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Chinwag"},
        }
        trust_env = self._use_system_proxy and host not in {"localhost", "127.0.0.1", "::1"}
        try:
            return httpx.AsyncClient(trust_env=trust_env, **options)
        except (ImportError, ValueError) as error:
            logger.warning("the system's proxy settings cannot be used: %s", error)
            return httpx.AsyncClient(trust_env=False, **options)

    async def trust(self, ssl_context: ssl.SSLContext) -> None:
        """From now on verify by this context; what is under way ends."""
        self._ssl_context = ssl_context
        await self.renew_connections(at_once=True)

    async def renew_connections(self, *, at_once: bool) -> None:
        """Use none of the present connections again: they may be as dead as the socket beside them.

        What is under way goes on to its end, but for ``at_once``: then it fails.
        """
        former, self._pool = self._pool, _Pool(self._connect(self._ssl_context))
        await former.retire(at_once=at_once)

    async def call(
        self,
        method: str,
        path: str,
        answer: type[_T],
        *,
        body: msgspec.Struct | bytes | None = None,
        query: Mapping[str, str | int | None] | None = None,
        headers: Mapping[str, str] | None = None,
        deadline_s: float = CALL_S,
    ) -> _T:
        """One call; ``path`` is below ``/api/v1``, ``answer`` is ``type(None)`` for those that return nothing.

        A ``body`` of bytes, a picture, is sent as it is. Raises a ClientError.
        """
        content = msgspec.json.encode(body) if isinstance(body, msgspec.Struct) else body
        sent = dict(headers or {})
        if content is not None:
            sent["Content-Type"] = "application/octet-stream" if content is body else "application/json"
            deadline_s += len(content) / SLOWEST_BYTES_PER_S
        parameters = {name: str(value) for name, value in (query or {}).items() if value is not None}
        what = f"{method} {path.split('?')[0]}"
        async with (
            _failures(deadline_s),
            self._pool.used() as client,
            client.stream(
                method, f"{self._root}/api/v1{path}", content=content, params=parameters, headers=sent
            ) as response,
        ):
            return await understood(response, answer, what)

    async def upload(
        self,
        path: str,
        file: Path,
        answer: type[_T],
        *,
        name: str,
        headers: Mapping[str, str],
        on_progress: Progress | None,
    ) -> _T:
        """Stream a file as multipart field ``file``. Raises a ClientError, FileNotFoundError or another OSError."""
        with file.open("rb") as source:
            total = os.fstat(source.fileno()).st_size
            watched = _Watched(source, total, on_progress)
            async with (
                _failures(60 + total / SLOWEST_BYTES_PER_S),
                self._pool.used() as client,
                client.stream(
                    "POST",
                    f"{self._root}/api/v1{path}",
                    files={"file": (name, cast("IO[bytes]", watched))},
                    headers=dict(headers),
                    timeout=TRANSFER_TIMEOUT,
                ) as response,
            ):
                return await understood(response, answer, f"POST {path}")

    async def download(
        self, url: str, target: Path, *, at_most: int, headers: Mapping[str, str], on_progress: Progress | None
    ) -> None:
        """Fetch an absolute path of the same server; ``target`` appears when all of it, ``at_most`` bytes, is there.

        Raises a ClientError or an OSError.
        """
        if not url.startswith("/") or url.startswith("//"):
            raise NotChinwag("an address outside of the server")
        part = target.with_name(target.name + ".part")
        try:
            async with (
                _failures(24 * 3_600),
                self._stream(url, headers) as response,
                aclosing(chunks(response, "GET a file", at_most=at_most)) as pieces,
            ):
                if response.status_code != 200:
                    raise await refusal(response, "GET a file")
                total = int(response.headers.get("Content-Length", 0))
                done = 0
                with part.open("wb") as sink:
                    async for chunk in pieces:
                        sink.write(chunk)
                        done += len(chunk)
                        if on_progress is not None:
                            on_progress(done, max(total, done))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.retire(at_once=True)

    @asynccontextmanager
    async def _stream(self, url: str, headers: Mapping[str, str]) -> AsyncGenerator[httpx.Response]:
        sent = {**headers, "Accept": "*/*"}
        async with (
            self._pool.used() as client,
            client.stream("GET", self._root + url, headers=sent, timeout=TRANSFER_TIMEOUT) as response,
        ):
            yield response


class _Watched:
    """A file that tells how much of it has been read."""

    def __init__(self, source: IO[bytes], total: int, on_progress: Progress | None) -> None:
        self._source = source
        self._total = total
        self._sent = 0
        self._on_progress = on_progress

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self._sent += len(chunk)
        if self._on_progress is not None and chunk:
            self._on_progress(self._sent, self._total)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


@asynccontextmanager
async def _failures(deadline_s: float) -> AsyncGenerator[None]:
    """Raise what httpx raises as errors of our tree, and TimedOut after the deadline."""
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except TimeoutError:
        raise TimedOut(f"no answer within {deadline_s:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise failure_of(error) from error
