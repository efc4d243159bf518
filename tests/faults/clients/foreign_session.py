"""The session of a foreign client: tokens over HTTP, one refresh at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx

from faults.clients.sign_in import PASSWORD


class ForeignSession:
    """Signs in when it has to. `http` is for calls below `/api/v1`. Errors of httpx pass."""

    def __init__(self, *, url: str, username: str, tls: Any, note: Callable[[str], None]) -> None:
        self.http = httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=10, trust_env=False, verify=tls)
        self.good_until = 0.0
        self._username = username
        self._note = note
        self._session: dict[str, Any] = {}
        self._refreshing = asyncio.Lock()

    async def token(self) -> str:
        """An access token that is good for five more seconds."""
        if time.monotonic() > self.good_until - 5:
            await self.refresh()
        return self._session["accessToken"]

    async def refresh(self) -> None:
        """Get a new one."""
        async with self._refreshing:
            answer = None
            if self._session:
                body = {"refreshToken": self._session["refreshToken"]}
                answer = await self.http.post("/auth/refresh", json=body)
                if answer.status_code == 401:
                    self._note(f"signed out: {answer.text}")
                    self._session = {}
            if not self._session or answer is None:
                login = {"username": self._username, "password": PASSWORD}
                answer = await self.http.post("/auth/login", json=login)
            answer.raise_for_status()
            self._session = answer.json()
            self.good_until = time.monotonic() + self._session["expiresInMs"] / 1000

    async def close(self) -> None:
        """Close all connections."""
        await self.http.aclose()
