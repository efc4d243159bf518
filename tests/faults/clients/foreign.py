"""A client that shares nothing with ours: httpx and websockets, over polling only, a WebSocket, or the upgrade between them.

Its outbox is in memory, so its process is frozen but never killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import time
from collections import deque
from typing import Any, Final

import httpx
import websockets
from foreign_client import Closed, ConnectRefused, ForeignClient

from chinwag_desktop.core.tasks import TaskOwner
from chinwag_protocol.ids import new_id
from faults.checker import BUTTED_OUT, EDITED
from faults.clients.foreign_cache import ForeignCache
from faults.clients.sign_in import PASSWORD
from faults.clients.spec import ClientSpec, Standing
from faults.clients.wire import fact_of
from faults.records import Acked, Began, Changed, ClientLog, Phase, Queued, Refused, Saved, Sent, Shown

HOLDS: Final = frozenset({"unavailable", "rate_limited", "internal"})
CHANGED: Final = 0.04
"""The part of its own messages that it changes afterwards."""
REPEATED: Final = 0.02
"""… and that it sends again at once: half of them with another text, which must be refused."""
ACK_S: Final = 12.0
SILENCE_S: Final = 20.0
"""A server pings every ten seconds: one that says nothing for so long is gone."""
BROKEN: Final = (Closed, ConnectRefused, httpx.HTTPError, websockets.WebSocketException, OSError, TimeoutError)


def _ignore(_name: str, _payload: Any) -> None:
    """What comes to the second and third socket comes to the first one too."""


class LeanClient(ForeignClient):
    """Hands each event over at once and keeps nothing."""

    def __init__(self, url: str, heard: Any, tls: Any) -> None:
        super().__init__(url, tls=tls)
        self._heard = heard
        self.heard_at = time.monotonic()

    def _take(self, packet: str | bytes) -> None:
        super()._take(packet)
        self.heard_at = time.monotonic()
        if isinstance(packet, str) and packet[0] not in "0" and packet[:2] not in ("40", "44"):
            self.packets.clear()
        events, self.events = self.events, []
        for name, payload in events:
            self._heard(name, payload)


class ForeignPerson:
    """One user on one device."""

    def __init__(self, spec: ClientSpec, *, tls: Any) -> None:
        self.spec = spec
        self.cache = ForeignCache()
        self._acked: set[str] = set()
        self._tls = tls
        self._log = ClientLog(spec.log)
        self._log.write(Began(time.monotonic(), spec.pid))
        self._queues: dict[str, deque[tuple[str, dict[str, Any]]]] = {}
        self._work = asyncio.Event()
        self._http = httpx.AsyncClient(base_url=f"{spec.url}/api/v1", timeout=10, trust_env=False, verify=tls)
        self._session: dict[str, Any] = {}
        self._good_until = 0.0
        self._refreshing = asyncio.Lock()
        self._client: LeanClient | None = None
        self._links = 0
        self._wants_sync = asyncio.Event()
        self._twins = 0
        self._tasks = TaskOwner(spec.name)
        self._draw = random.Random(spec.seed)

    async def start(self) -> None:
        """Begin to connect."""
        self._tasks.spawn(self._live(), "life")

    async def close(self) -> None:
        """End."""
        await self._tasks.close()
        await self._http.aclose()
        self._log.close()

    # ------------------------------------------------------------ what its user does

    async def groups(self) -> list[str]:
        """The groups it knows: whatever has more than two members."""
        return [id_ for id_, held in self.cache.conversations.items() if len(held.members) > 2]

    def say(self, *, text: str, conversation_id: object = None, receiver_id: object = None) -> None:
        """Write a message."""
        temp_id = str(new_id())
        target = {"conversationId": str(conversation_id)} if conversation_id else {"receiverId": str(receiver_id)}
        lane = str(conversation_id or receiver_id)
        now = time.monotonic()
        self._log.write(Queued(now, temp_id, lane))
        self._queues.setdefault(lane, deque()).append(
            (temp_id, {"tempId": temp_id, "text": text.replace("{id}", temp_id)} | target)
        )
        self._log.write(Saved(now, temp_id))
        self._work.set()

    def read_all(self) -> None:
        """It shows no ticks."""

    def focus(self) -> None:
        """The user looks at it."""
        self._wants_sync.set()

    @property
    def unsent(self) -> int:
        """How many messages wait."""
        return sum(map(len, self._queues.values()))

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
        self._twins += count

    async def renew(self) -> None:
        """Ask for a new access token now."""
        await self._refresh()

    async def standing(self) -> Standing:
        """How far it is."""
        online = self._client is not None and not self._client.closed.is_set() and not self.cache.syncing
        return Standing(
            name=self.spec.name,
            acked=len(self._acked),
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
        token = await self._token()
        self._links += 1
        number = self._links
        client = LeanClient(self.spec.url, functools.partial(self._heard, number), self._tls)
        link = TaskOwner(f"{self.spec.name}-link-{number}")
        self.cache.syncing = True  # what comes from here on waits for the sync
        try:
            async with asyncio.timeout(10):
                await self._register(client, token)
            self._client = client
            self._wants_sync.set()
            running = [
                link.spawn(self._keep_synced(), "sync"),
                link.spawn(self._send_all(client, number, link), "send"),
            ]
            running += [link.spawn(self._watch(client), "watch"), link.spawn(self._renew(client), "token")]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._client = None
            await link.close()
            with contextlib.suppress(*BROKEN):
                async with asyncio.timeout(2):
                    await client.close()

    async def _register(self, client: LeanClient, token: str) -> None:
        await client.open(self.spec.transport)
        await client.send_connect({"token": token, "userId": self.spec.user_id, "protocol": 1})
        answer = await client.call("register-user", {"userId": self.spec.user_id})
        if "error" in answer:
            raise Closed(str(answer))

    async def _watch(self, client: LeanClient) -> None:
        while not client.closed.is_set() and time.monotonic() - client.heard_at < SILENCE_S:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(client.closed.wait(), 1)

    async def _renew(self, client: LeanClient) -> None:
        """In band over a WebSocket; over polling it lets the server end the link."""
        while True:
            await asyncio.sleep(max(self._good_until - time.monotonic() - 5, 0.5))
            if self.spec.transport == "polling":
                continue
            with contextlib.suppress(httpx.HTTPError):
                await self._refresh()
                with contextlib.suppress(*BROKEN):
                    await client.call("renewToken", {"token": self._session["accessToken"]})

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
            headers = {"Authorization": f"Bearer {await self._token()}"}
            answer = await self._http.post("/sync", json=self.cache.request(), headers=headers)
            answer.raise_for_status()
            page = answer.json()
            self.cache.apply_page(page)
            more = page["more"]

    # ------------------------------------------------------------ out

    async def _send_all(self, client: LeanClient, number: int, link: TaskOwner) -> None:
        busy: dict[str, asyncio.Task[None]] = {}
        while True:
            for lane, queue in self._queues.items():
                if queue and (lane not in busy or busy[lane].done()):
                    try:
                        busy[lane] = link.spawn(self._send_lane(client, number, queue), "lane")
                    except RuntimeError:
                        return  # the link was closed while this was waking up
            self._work.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), 0.5)

    async def _send_lane(self, client: LeanClient, number: int, queue: deque[tuple[str, dict[str, Any]]]) -> None:
        while queue:
            temp_id, payload = queue[0]
            self._log.write(Sent(time.monotonic(), number, temp_id))
            try:
                answer = await self._exchange(client, payload)
            except BROKEN:
                return  # unknown: the next link sends it again; one that only lost the answer, this one in a moment
            error = answer.get("error")
            if error and error["code"] in HOLDS:
                await asyncio.sleep(error.get("retryAfterMs", 1000) / 1000)
                continue
            queue.popleft()
            if error:
                self._log.write(Refused(time.monotonic(), temp_id, error["code"]))
                continue
            self._log_ack(number, temp_id, answer["message"])
            with contextlib.suppress(*BROKEN):
                if self._draw.random() < REPEATED:
                    await self._repeat(client, number, payload)
                if self._draw.random() < CHANGED:
                    await self._change(client, answer["message"])

    async def _exchange(self, client: LeanClient, payload: dict[str, Any]) -> dict[str, Any]:
        if self._twins <= 0:
            return await client.call("sendMessage", payload, timeout_s=ACK_S)
        self._twins -= 1
        return await self._send_thrice(client, payload)

    async def _send_thrice(self, client: LeanClient, payload: dict[str, Any]) -> dict[str, Any]:
        """The same message on three sockets at once: all have to be told the same."""
        others = [LeanClient(self.spec.url, _ignore, self._tls) for _ in range(2)]
        try:
            for other in others:
                await self._register(other, await self._token())
            calls = [one.call("sendMessage", payload, timeout_s=ACK_S) for one in (client, *others)]
            answers: list[Any] = list(await asyncio.gather(*calls, return_exceptions=True))
        finally:
            for other in others:
                with contextlib.suppress(*BROKEN):
                    await other.close()
        for number, answer in enumerate(answers, start=1):
            if not isinstance(answer, BaseException) and "message" in answer:
                self._log_ack(-number, payload["tempId"], answer["message"])
        if isinstance(answers[0], BaseException):
            raise answers[0]
        return answers[0]

    async def _repeat(self, client: LeanClient, number: int, payload: dict[str, Any]) -> None:
        """Send it again: the same is acknowledged as it is, another body is a conflict."""
        temp_id, other = payload["tempId"], self._draw.random() < 0.5
        again = payload | ({"text": "something else"} if other else {})
        answer = await client.call("sendMessage", again, timeout_s=ACK_S)
        error = answer.get("error")
        if error and error["code"] in HOLDS:
            return
        if other and (error is None or (error["code"], error.get("field")) != ("conflict", "tempId")):
            self._log.note(f"another text under the tempId {temp_id} was answered {answer}")
        elif not other and error:
            self._log.note(f"a repeat of {temp_id} was answered {answer}")
        elif not other:
            self._log_ack(number, temp_id, answer["message"])

    async def _change(self, client: LeanClient, message: dict[str, Any]) -> None:
        """Edit it, delete it, or react to it; once, and whatever becomes of it."""
        what = self._draw.choice(("edit", "edit", "react", "delete"))
        target = {"messageId": message["id"]}
        event, payload = {
            "edit": ("editMessage", target | {"text": message["text"] + EDITED}),
            "react": ("react", target | {"emoji": "👍", "on": True}),
            "delete": ("deleteMessage", target),
        }[what]
        answer = await client.call(event, payload, timeout_s=ACK_S)
        if "message" in answer:
            changed = answer["message"]
            self._log.write(Changed(time.monotonic(), changed["conversationId"], changed["id"], changed["rev"], what))
        elif answer["error"]["code"] not in HOLDS | BUTTED_OUT:
            self._log.note(f"{event} of {message['id']} was answered {answer}")

    def _log_ack(self, number: int, temp_id: str, message: dict[str, Any]) -> None:
        self._acked.add(temp_id)
        self._log.write(
            Acked(
                time.monotonic(),
                number,
                temp_id,
                message["conversationId"],
                message["id"],
                message["seq"],
                message["rev"],
            )
        )

    # ------------------------------------------------------------ session

    async def _token(self) -> str:
        if time.monotonic() > self._good_until - 5:
            await self._refresh()
        return self._session["accessToken"]

    async def _refresh(self) -> None:
        async with self._refreshing:
            await self._refresh_alone()

    async def _refresh_alone(self) -> None:
        answer = None
        if self._session:
            answer = await self._http.post("/auth/refresh", json={"refreshToken": self._session["refreshToken"]})
            if answer.status_code == 401:
                self._log.note(f"signed out: {answer.text}")
                self._session = {}
        if not self._session or answer is None:
            login = {"username": self.spec.username, "password": PASSWORD}
            answer = await self._http.post("/auth/login", json=login)
        answer.raise_for_status()
        self._session = answer.json()
        self._good_until = time.monotonic() + self._session["expiresInMs"] / 1000
