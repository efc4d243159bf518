"""A whole worker in the test's own process: `asgi.serve_worker` on a free port, over real engines."""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from foreign_client import ForeignClient

from chinwag_server.asgi import serve_worker
from chinwag_server.config import Settings
from chinwag_server.listeners import listen
from chinwag_server.tasks import TaskOwner
from chinwag_server.worker_context import WorkerContext

PASSWORD = "correct horse battery"
Session = dict[str, Any]


@dataclass
class Node:
    """A worker that serves."""

    url: str
    http: httpx.AsyncClient
    stopping: asyncio.Event

    async def register(self, username: str, **more: Any) -> Session:
        """A new account, signed in."""
        answer = await self.http.post("/auth/register", json={"username": username, "password": PASSWORD} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def login(self, username: str, **more: Any) -> Session:
        """Another session of an account."""
        answer = await self.http.post("/auth/login", json={"username": username, "password": PASSWORD} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def connect(self, session: Session, **how: Any) -> contextlib.AbstractAsyncContextManager[ForeignClient]:
        """A socket of the session, registered unless told otherwise."""
        return ForeignClient.connect(
            self.url, token=session["accessToken"], user_id=how.pop("user_id", session["user"]["id"]), **how
        )


def bearer(session: Session) -> dict[str, str]:
    """The header that signs a request."""
    return {"Authorization": f"Bearer {session['accessToken']}"}


@contextlib.asynccontextmanager
async def node(
    database_url: str, data_dir: Path, *, valkey_url: str | None = None, **given: Any
) -> AsyncIterator[Node]:
    """Serve until the end of the block; `given` are fields of `Settings`; registration is open unless it is among them."""
    settings = Settings(data_dir=data_dir, **{"registration": "open"} | given)
    listener = listen("127.0.0.1", 0)[0]
    ready, stopping = asyncio.Event(), asyncio.Event()
    context = WorkerContext(
        number=0,
        workers=1,
        node_id=secrets.token_hex(8),
        listener=listener,
        database_url=database_url,
        redis_url=valkey_url,
        stopping=stopping,
        ready=ready.set,
    )
    tasks = TaskOwner("node")
    serving = tasks.spawn(serve_worker(settings, context), "serve")
    waiting = tasks.spawn(ready.wait(), "ready")
    with listener:
        url = f"{settings.scheme}://127.0.0.1:{listener.getsockname()[1]}"
        try:
            await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
            files = settings.certificate
            tls = ssl.create_default_context(cafile=files.cert) if files is not None else True
            async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=30, trust_env=False, verify=tls) as http:
                try:
                    yield Node(url, http, stopping)
                finally:  # also when the test fails: uvloop does not close while somebody listens
                    stopping.set()
                    await serving
        finally:
            await tasks.close()
