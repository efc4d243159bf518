"""A foreign client that takes nothing on trust: it looks at every packet, and at the order of facts. Its words are `wire_frames`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from foreign_client import ForeignClient
from wire_frames import WrongFrame, check_ack, check_connect_error, check_event

if TYPE_CHECKING:
    import asyncio

FACTS = ("newMessage", "messageUpdated", "conversationUpdated", "membersChanged", "factSkipped")
LAST_WORDS = {"sessionRevoked", "serverShutdown"}
"""What also comes to a socket that has not registered."""


class WireClient(ForeignClient):
    """A foreign client whose `complaints` have to be empty at the end; `seen` is what it saw: ("ack", "ping"), ("event", "typing")…"""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.complaints: list[str] = []
        self.proven: set[tuple[str, str]] = set()
        self.revs: dict[str, int] = {}
        """The `rev` that each conversation has reached here."""
        self._asked: dict[int, str] = {}
        self._registered = False

    async def start(self, event: str, *arguments: Any) -> asyncio.Future[Any]:
        self._asked[self._next_ack + 1] = event
        return await super().start(event, *arguments)

    def _take(self, packet: str | bytes) -> None:
        try:
            self._look(str(packet))
        except Exception as error:
            self.complaints.append(f"{type(error).__name__} {error} in {packet!r:.600}")  # the reading goes on
        super()._take(packet)

    def _look(self, packet: str) -> None:
        match packet[:2]:
            case "42":
                self._look_at_event(packet[2:])
            case "43":
                number, _, rest = packet[2:].partition("[")
                event = self._asked.pop(int(number), "")
                done = check_ack("[" + rest, event)
                self.proven.add(("ack" if done else "refusal", event))
                self._registered |= done and event == "register-user"
            case "44":
                check_connect_error(packet[packet.index("{") :])
            case "40":
                _require({*json.loads(packet[2:])} == {"sid"}, "CONNECT is answered with a sid")
            case "41":
                _require(packet == "41", "DISCONNECT of the root namespace")
            case _ if packet[0] == "0":
                _look_at_handshake(json.loads(packet[1:]))
            case _:
                _require(packet in ("1", "2", "3", "6"), "a packet of Engine.IO")

    def _look_at_event(self, raw: str) -> None:
        name = check_event(raw)
        self.proven.add(("event", name))
        _require(self._registered or name in LAST_WORDS, "nothing is sent before register-user")
        payload = json.loads(raw)[1]
        if name == "conversationLeft":
            self.revs.pop(payload["conversationId"], None)
        elif name in FACTS:
            fact = payload.get("conversation", payload)
            id_, rev = fact["id" if name == "conversationUpdated" else "conversationId"], fact["rev"]
            last = self.revs.get(id_)
            _require(last is None or rev == last + 1, f"rev {rev} of {id_} came after {last}")
            self.revs[id_] = rev


def _look_at_handshake(handshake: dict[str, Any]) -> None:
    sid, upgrades = handshake.pop("sid"), handshake.pop("upgrades")
    _require(bool(sid) and upgrades in ([], ["websocket"]), "a sid, and the upgrade that is possible")
    _require(handshake == {"pingInterval": 10_000, "pingTimeout": 8_000, "maxPayload": 131_072}, "the handshake")


def _require(fine: bool, what: str) -> None:
    if not fine:
        raise WrongFrame(what)
