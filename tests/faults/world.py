"""The people and conversations of a fault run, made over HTTP as any client would."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec

from faults.clients.sign_in import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WARDEN: Final = "warden"
PATIENCE_S: Final = 120.0


class Person(msgspec.Struct, frozen=True):
    """An account."""

    username: str
    user_id: str


class Warden:
    """Owns all groups, and adds and removes people while they talk. `node` names a server that is up."""

    def __init__(self, node: Callable[[], str]) -> None:
        self._node = node
        self._http = httpx.AsyncClient(timeout=8, trust_env=False)
        self._session: dict[str, Any] = {}

    async def close(self) -> None:
        """End."""
        await self._http.aclose()

    async def register(self, username: str) -> Person:
        """Make an account."""
        body = {"username": username, "password": PASSWORD}
        answer = await self._http.post(f"{self._node()}/api/v1/auth/register", json=body)
        answer.raise_for_status()
        if username == WARDEN:
            self._session = answer.json()
        return Person(username, answer.json()["user"]["id"])

    async def make_group(self, title: str, members: Sequence[str]) -> str:
        """Make a group; returns its id."""
        answer = await self._call("POST", "/conversations", {"title": title, "memberIds": list(members)})
        return answer.json()["id"]

    async def add(self, group: str, user_id: str) -> bool:
        """Add somebody. Whether the server said yes."""
        answer = await self._call("POST", f"/conversations/{group}/members", {"userIds": [user_id]})
        return answer.status_code == 200

    async def remove(self, group: str, user_id: str) -> bool:
        """Remove somebody. Whether the server said yes."""
        answer = await self._call("DELETE", f"/conversations/{group}/members/{user_id}")
        return answer.status_code == 204

    async def members(self, group: str) -> list[str]:
        """Who is in it now, but for the warden."""
        answer = await self._call("GET", f"/conversations/{group}")
        mine = self._session["user"]["id"]
        return [member["userId"] for member in answer.json()["members"] if member["userId"] != mine]

    async def _call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Try until somebody answers: nodes and engines die while this goes on."""
        answer: httpx.Response | None = None
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            headers = {"Authorization": f"Bearer {self._session['accessToken']}"}
            try:
                answer = await self._http.request(method, f"{self._node()}/api/v1{path}", headers=headers, json=body)
                if answer.status_code == 401:
                    await self._sign_in()
                elif answer.status_code not in (429, 500, 503):
                    return answer
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
        raise RuntimeError(f"{method} {path}: {answer.text if answer is not None else 'no answer'}")

    async def _sign_in(self) -> None:
        body = {"username": WARDEN, "password": PASSWORD}
        answer = await self._http.post(f"{self._node()}/api/v1/auth/login", json=body)
        if answer.status_code == 200:
            self._session = answer.json()


def choose_groups(people: Sequence[Person], *, count: int, size: int, draw: random.Random) -> list[list[str]]:
    """Who is in which group: everybody in some."""
    groups: list[list[str]] = []
    ids = [person.user_id for person in people]
    for number in range(count):
        always = ids[number::count]
        others = [id_ for id_ in ids if id_ not in always]
        groups.append([*always, *draw.sample(others, max(min(size - len(always), len(others)), 0))])
    return groups


def choose_friends(people: Sequence[Person], *, count: int, draw: random.Random) -> dict[str, tuple[str, ...]]:
    """Whom each user writes to directly."""
    ids = [person.user_id for person in people]
    return {id_: tuple(draw.sample([other for other in ids if other != id_], min(count, len(ids) - 1))) for id_ in ids}
