"""Two workers whose Valkey goes: messages are acknowledged as ever and reach everybody, and when it is back all is as before."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from own_valkey import OwnValkey, run_valkey
from valkey_proxy import ValkeyProxy, run_proxy
from worker_rig import Node, node

from chinwag_protocol.ids import new_id
from chinwag_server.bus.leases import LEASE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ACKED_S = 0.5
"""Far more than any ack takes, far less than any call to a Valkey that is away."""
TOLD_S = 10.0
SLACK_S = 1.0


class Fault:
    """What happens to Valkey, and how it ends."""

    def __init__(self, name: str, valkey: OwnValkey, proxy: ValkeyProxy) -> None:
        self._name = name
        self._valkey = valkey
        self._proxy = proxy

    async def begin(self) -> None:
        match self._name:
            case "restarted":
                self._valkey.kill()
            case "frozen":
                self._valkey.freeze()
            case _:
                await self._proxy.cut()

    async def end(self) -> None:
        match self._name:
            case "restarted":
                await asyncio.to_thread(self._valkey.start)
            case "frozen":
                self._valkey.thaw()
            case _:
                await self._proxy.mend()


@pytest.fixture(params=["restarted", "frozen", "unreachable"])
async def fault(request: pytest.FixtureRequest, reachable_folder: Path) -> AsyncIterator[tuple[Fault, str]]:
    with run_valkey(reachable_folder) as valkey:
        async with run_proxy(valkey.url) as proxy:
            yield Fault(request.param, valkey, proxy), proxy.url if request.param == "unreachable" else valkey.url


async def test_valkey_goes_and_comes_back(
    fault: tuple[Fault, str], database_url: str, tmp_path: Path, eventually: Any, expect_log: Any
) -> None:
    """FAULTS 13–15: acks unaffected, fan-out repaired in 10 s, presence right again in one lease, degraded meanwhile only."""
    what, url = fault
    async with contextlib.AsyncExitStack() as held:
        a, b = [
            await held.enter_async_context(node(database_url, tmp_path / name, valkey_url=url)) for name in ("a", "b")
        ]
        people = {name: await a.register(name) for name in ("ada", "bob", "eve", "dan")}
        ids = {name: session["user"]["id"] for name, session in people.items()}
        ada, bob = [await held.enter_async_context(one.connect(people[name])) for one, name in ((a, "ada"), (b, "bob"))]
        dan = await held.enter_async_context(a.connect(people["dan"]))
        await bob.wait_for("userOnline", lambda told: told["userId"] == ids["dan"])
        sent = [await say(ada, ids["bob"], f"before {number}") for number in range(5)]
        await hears_all(bob, sent, within_s=TOLD_S)

        await what.begin()
        await eventually(lambda: say_they_are_degraded(a, b), timeout_s=12)
        began = time.monotonic()
        eve = await held.enter_async_context(a.connect(people["eve"]))
        await dan.disconnect()

        async def goes_on() -> bool:
            if time.monotonic() - began > (len(sent) - 5) * 0.1:  # ten a second
                sent.append(await say(ada, ids["bob"], f"meanwhile {len(sent)}"))
                assert (await eve.call("ping", {}))["serverTime"]
            return time.monotonic() - began > 5

        read = {"conversationId": sent[0]["conversationId"], "seq": 5}
        assert await bob.call("messagesRead", read) == read
        await eventually(goes_on)
        await ada.wait_for(
            "messagesRead", lambda told: (told["userId"], told["seq"]) == (ids["bob"], 5), timeout_s=TOLD_S
        )
        await hears_all(bob, sent, within_s=TOLD_S)

        await what.end()
        over = time.monotonic()
        await eventually(lambda: say_they_are_well(a, b), timeout_s=5)
        message = await say(ada, ids["bob"], "after")
        await bob.wait_for("newMessage", lambda told: told["id"] == message["id"], timeout_s=1)
        sent.append(message)
        heard = bob.of("newMessage")
        assert [told["id"] for told in heard] == [told["id"] for told in sent]
        for event, name in (("userOnline", "eve"), ("userOffline", "dan")):
            left_s = over + LEASE_S + SLACK_S - time.monotonic()
            await bob.wait_for(event, lambda told, name=name: told["userId"] == ids[name], timeout_s=left_s)
        assert not [told for told in bob.of("userOffline") if told["userId"] != ids["dan"]]
        answer = await b.http.get("/users", headers={"Authorization": f"Bearer {people['bob']['accessToken']}"})
        online = {user["username"] for user in answer.json()["users"] if user["online"]}
        assert online == {"ada", "bob", "eve"}


async def say(socket: Any, to: str, text: str) -> Any:
    """Send, and see that the ack is there at once."""
    began = time.monotonic()
    ack = await socket.call("sendMessage", {"tempId": str(new_id()), "receiverId": to, "text": text})
    assert time.monotonic() - began < ACKED_S
    return ack["message"]


async def hears_all(socket: Any, sent: list[Any], *, within_s: float) -> None:
    began = time.monotonic()
    last = sent[-1]["id"]
    if last not in [told["id"] for told in socket.of("newMessage")]:
        await socket.wait_for("newMessage", lambda told: told["id"] == last, timeout_s=within_s)
    assert time.monotonic() - began < within_s
    assert [told["id"] for told in socket.of("newMessage")] == [message["id"] for message in sent]


async def say_they_are_degraded(*nodes: Node) -> bool:
    return [await state(one) for one in nodes] == [(200, ["valkey"], 1.0)] * len(nodes)


async def say_they_are_well(*nodes: Node) -> bool:
    return [await state(one) for one in nodes] == [(200, [], 0.0)] * len(nodes)


async def state(one: Node) -> tuple[int, list[str], float]:
    """What `/readyz` and `/metrics` say."""
    ready = await one.http.get(f"{one.url}/readyz")
    metrics = await one.http.get(f"{one.url}/metrics")
    [degraded] = re.findall(r"^chinwag_bus_degraded(?:\{.*\})? (\S+)$", metrics.text, re.MULTILINE)
    return ready.status_code, ready.json()["degraded"], float(degraded)
