"""What a foreign client sends: one message at a time in each conversation, the same again until it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from chinwag_desktop.core.tasks import TaskOwner
from chinwag_protocol.ids import new_id
from faults.checker import BUTTED_OUT, EDITED
from faults.clients.lean_client import BROKEN, LeanClient
from faults.records import Acked, Changed, ClientLog, Queued, Refused, Saved, Sent

HOLDS: Final = frozenset({"unavailable", "rate_limited", "internal"})
CHANGED: Final = 0.04
"""The part of its own messages that it changes afterwards."""
REPEATED: Final = 0.02
"""… and that it sends again at once: half of them with another text, which must be refused."""
ACK_S: Final = 12.0

Queue = deque[tuple[str, dict[str, Any]]]


class ForeignOutbox:
    """Keeps what is unsent in memory. `open_twin` opens one more socket of the same user."""

    def __init__(self, *, log: ClientLog, draw: random.Random, open_twin: Callable[[], Awaitable[LeanClient]]) -> None:
        self.acked: set[str] = set()
        self.twins = 0
        """So many messages go over three sockets at once."""
        self._log = log
        self._draw = draw
        self._open_twin = open_twin
        self._queues: dict[str, Queue] = {}
        self._work = asyncio.Event()

    @property
    def unsent(self) -> int:
        """How many messages wait."""
        return sum(map(len, self._queues.values()))

    def say(self, *, text: str, conversation_id: object = None, receiver_id: object = None) -> None:
        """Write a message. `{id}` in the text becomes the tempId."""
        temp_id = str(new_id())
        target = {"conversationId": str(conversation_id)} if conversation_id else {"receiverId": str(receiver_id)}
        lane = str(conversation_id or receiver_id)
        now = time.monotonic()
        self._log.write(Queued(now, temp_id, lane))
        payload = {"tempId": temp_id, "text": text.replace("{id}", temp_id)} | target
        self._queues.setdefault(lane, deque()).append((temp_id, payload))
        self._log.write(Saved(now, temp_id))
        self._work.set()

    async def send_all(self, client: LeanClient, number: int, link: TaskOwner) -> None:
        """Send over this link, until it ends."""
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

    async def _send_lane(self, client: LeanClient, number: int, queue: Queue) -> None:
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
        if self.twins <= 0:
            return await client.call("sendMessage", payload, timeout_s=ACK_S)
        self.twins -= 1
        return await self._send_thrice(client, payload)

    async def _send_thrice(self, client: LeanClient, payload: dict[str, Any]) -> dict[str, Any]:
        """The same message on three sockets at once: all have to be told the same."""
        others = list[LeanClient]()
        try:
            for _ in range(2):
                others.append(await self._open_twin())
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
        self.acked.add(temp_id)
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
