"""A client that shares nothing with ours: httpx and websockets, over polling only, a WebSocket, or the upgrade between them.

Its outbox is in memory, so its process is frozen but never killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import time
from typing import Any, Final

import httpx

from chinwag_desktop.core.tasks import TaskOwner
from faults.clients.foreign_cache import ForeignCache
from faults.clients.foreign_outbox import ForeignOutbox
from faults.clients.foreign_session import ForeignSession
from faults.clients.lean_client import BROKEN, LeanClient, ignore
from faults.clients.spec import ClientSpec, Standing
from faults.clients.wire import fact_of
from faults.records import Began, ClientLog, Phase, Shown

SILENCE_S: Final = 20.0
"""A server pings every ten seconds: one that says nothing for so long is gone."""


class ForeignPerson:
    """One user on one device."""

    def __init__(self, spec: ClientSpec, *, tls: Any) -> None:
        self.spec = spec
        self.cache = ForeignCache()
        self._tls = tls
        self._log = ClientLog(spec.log)
        self._log.write(Began(time.monotonic(), spec.pid))
        self._draw = random.Random(spec.seed)
        self._outbox = ForeignOutbox(log=self._log, draw=self._draw, open_twin=self._open_twin)
        self._session = ForeignSession(url=spec.url, username=spec.username, tls=tls, note=self._log.note)
        self._client: LeanClient | None = None
        self._links = 0
        self._wants_sync = asyncio.Event()
        self._tasks = TaskOwner(spec.name)

    async def start(self) -> None:
        """Begin to connect."""
        self._tasks.spawn(self._live(), "life")

    async def close(self) -> None:
        """End."""
        await self._tasks.close()
        await self._session.close()
        self._log.close()

    # ------------------------------------------------------------ what its user does

    async def groups(self) -> list[str]:
        """The groups it knows: whatever has more than two members."""
        return [id_ for id_, held in self.cache.conversations.items() if len(held.members) > 2]

    def say(self, *, text: str, conversation_id: object = None, receiver_id: object = None) -> None:
        """Write a message."""
        self._outbox.say(text=text, conversation_id=conversation_id, receiver_id=receiver_id)

    def read_all(self) -> None:
        """It shows no ticks."""

    def focus(self) -> None:
        """The user looks at it."""
        self._wants_sync.set()

    @property
    def unsent(self) -> int:
        """How many messages wait."""
        return self._outbox.unsent

    async def fill_disk(self) -> None:
        """It has none."""

    async def free_disk(self) -> None:
        """It has none."""

    def woke(self) -> None:
        """It does not hear of that."""

    def set_clock(self, hours: float) -> None:
        """It has no clock."""

    def twins(self, count: int) -> None:
        """Send the next messages on three sockets at once."""
        self._outbox.twins += count

    async def renew(self) -> None:
        """Ask for a new access token now."""
        await self._session.refresh()

    async def standing(self) -> Standing:
        """How far it is."""
        online = self._client is not None and not self._client.closed.is_set() and not self.cache.syncing
        return Standing(
            name=self.spec.name,
            acked=len(self._outbox.acked),
            unsent=self.unsent,
            online=online,
            phase="online" if online else "offline",
        )

    # ------------------------------------------------------------ one link after another

    async def _live(self) -> None:
        wait_s = 0.2
        while True:
            began = time.monotonic()
            try:
                await self._link()
            except BROKEN:
                pass
            except AssertionError as error:
                self._log.note(f"a foreign client does not understand the server: {error}")
            self._log.write(Phase(time.monotonic(), "offline"))
            wait_s = 0.2 if time.monotonic() - began > 5 else min(wait_s * 2, 5.0)
            await asyncio.sleep(wait_s * self._draw.uniform(0.8, 1.2))

    async def _link(self) -> None:
        token = await self._session.token()
        self._links += 1
        number = self._links
        client = LeanClient(self.spec.url, functools.partial(self._heard, number), self._tls)
        link = TaskOwner(f"{self.spec.name}-link-{number}")
        self.cache.syncing = True  # what comes from here on waits for the sync
        try:
            async with asyncio.timeout(10):
                await client.register(transport=self.spec.transport, token=token, user_id=self.spec.user_id)
            self._client = client
            self._wants_sync.set()
            running = [
                link.spawn(self._keep_synced(), "sync"),
                link.spawn(self._outbox.send_all(client, number, link), "send"),
            ]
            running += [link.spawn(self._watch(client), "watch"), link.spawn(self._renew(client), "token")]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._client = None
            await link.close()
            with contextlib.suppress(*BROKEN):
                async with asyncio.timeout(2):
                    await client.close()

    async def _open_twin(self) -> LeanClient:
        client = LeanClient(self.spec.url, ignore, self._tls)
        token = await self._session.token()
        await client.register(transport=self.spec.transport, token=token, user_id=self.spec.user_id)
        return client

    async def _watch(self, client: LeanClient) -> None:
        while not client.closed.is_set() and time.monotonic() - client.heard_at < SILENCE_S:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(client.closed.wait(), 1)

    async def _renew(self, client: LeanClient) -> None:
        """In band over a WebSocket; over polling it lets the server end the link."""
        while True:
            await asyncio.sleep(max(self._session.good_until - time.monotonic() - 5, 0.5))
            if self.spec.transport == "polling":
                continue
            with contextlib.suppress(httpx.HTTPError):
                await self._session.refresh()
                with contextlib.suppress(*BROKEN):
                    await client.call("renewToken", {"token": await self._session.token()})

    # ------------------------------------------------------------ in

    def _heard(self, number: int, name: str, payload: Any) -> None:
        fact = fact_of(name, payload, link=number)
        if fact is None:
            return
        self._log.write(fact)
        if name == "newMessage" and payload["senderId"] != self.spec.user_id:
            self._log.write(Shown(fact.at, fact.conversation_id, fact.seq, fact.id, True))
        if not self.cache.take(name, payload):
            self._wants_sync.set()

    async def _keep_synced(self) -> None:
        while True:
            await self._wants_sync.wait()
            if not self.cache.syncing:
                self.cache.syncing = True
                await asyncio.sleep(0.3)  # the missing one may be on its way
            self._wants_sync.clear()
            try:
                await self._sync()
            except (httpx.HTTPError, KeyError):
                await asyncio.sleep(1)
                self._wants_sync.set()
                continue
            if not self.cache.synced():
                self._wants_sync.set()
            else:
                self._log.write(Phase(time.monotonic(), "online"))

    async def _sync(self) -> None:
        more = True
        while more:
            headers = {"Authorization": f"Bearer {await self._session.token()}"}
            answer = await self._session.http.post("/sync", json=self.cache.request(), headers=headers)
            answer.raise_for_status()
            page = answer.json()
            self.cache.apply_page(page)
            more = page["more"]
