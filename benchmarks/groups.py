"""Groups on a chat-server, for benchmarks that need many."""

from __future__ import annotations

import httpx
from sockets import User

LIMITS = ("MESSAGES_PER_SECOND", "MESSAGE_BURST", "HTTP_PER_SECOND", "HTTP_BURST")
GENEROUS = {f"CHAT_SERVER_{name}": "1000000" for name in LIMITS}  # the defaults are for people


async def make_group(http: httpx.AsyncClient, owner: User, others: list[User], number: int) -> str:
    """A group of three."""
    answer = await http.post(
        "/api/v1/conversations",
        json={"title": f"Group {number}", "memberIds": [others[0].id, others[1 + number % (len(others) - 1)].id]},
        headers={"Authorization": f"Bearer {owner.token}", "Idempotency-Key": f"group-{number}"},
    )
    answer.raise_for_status()
    return answer.json()["id"]
