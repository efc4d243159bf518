"""One socket of a foreign client."""

from __future__ import annotations

import time
from typing import Any, Final

import httpx
import websockets
from foreign_client import Closed, ConnectRefused, ForeignClient

BROKEN: Final = (Closed, ConnectRefused, httpx.HTTPError, websockets.WebSocketException, OSError, TimeoutError)
"""What any call raises when the link is not what it was."""


def ignore(_name: str, _payload: Any) -> None:
    """What comes to a second and third socket comes to the first one too."""


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

    async def register(self, *, transport: str, token: str, user_id: str) -> None:
        """Open, CONNECT, `register-user`."""
        await self.open(transport)
        await self.send_connect({"token": token, "userId": user_id, "protocol": 1})
        answer = await self.call("register-user", {"userId": user_id})
        if "error" in answer:
            raise Closed(str(answer))
