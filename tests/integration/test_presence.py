"""Who is online, and who hears of it: the service on a real database and a real Valkey, with short waits."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from accounts_app import RecordingSink
from valkey_proxy import run_proxy

from chinwag_protocol.ids import new_id
from chinwag_protocol.times import parse_time
from chinwag_server.bus.leases import Leases
from chinwag_server.domain.records import Principal
from chinwag_server.services.presence import Presence
from chinwag_server.storage.database import Database
from chinwag_server.storage.users import UserRepository

OFFLINE_AFTER_S = 0.25
LEASE_S = 0.8


class PresenceNode:
    """One node's presence."""

    def __init__(self, database: Database, valkey_url: str | None, **given: Any) -> None:
        self.sink = RecordingSink()
        self.leases = Leases(valkey_url, lease_s=LEASE_S, renew_s=LEASE_S / 3)
        self.presence = Presence(
            sink=self.sink,
            leases=self.leases,
            users=UserRepository(database),
            has_peers=lambda: valkey_url is not None,
            offline_after_s=OFFLINE_AFTER_S,
            window_s=0.05,
            watch_every_s=0.05,
            **given,
        )

    async def start(self) -> None:
        await self.leases.start()
        self.presence.start()

    async def stop(self) -> None:
        await self.presence.close()
        await self.leases.stop()

    def kill(self) -> None:
        """As if the process died: nothing is given back, nothing renewed."""
        self.leases._held.clear()
        self.presence._here.clear()
        self.presence._calls.clear()

    def connect(self, user_id: UUID, connection: str = "s1") -> None:
        self.presence.connected(principal(user_id), connection)

    def disconnect(self, user_id: UUID, connection: str = "s1") -> None:
        self.presence.disconnected(user_id, connection)

    def heard(self, name: str, user_id: UUID) -> list[Any]:
        return [payload for payload in self.sink.events(name) if payload["userId"] == str(user_id)]


def principal(user_id: UUID) -> Principal:
    return Principal(
        user_id=user_id, session_id=uuid4(), role="member", expires_at=datetime.max.replace(tzinfo=UTC), address=""
    )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def make_node(database: Database, valkey_url: str) -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as held:

        async def make(*, alone: bool = False, valkey: str = valkey_url, **given: Any) -> PresenceNode:
            made = PresenceNode(database, None if alone else valkey, **given)
            await made.start()
            held.push_async_callback(made.stop)
            return made

        yield make


async def people(database: Database, count: int) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    for number, user_id in enumerate(ids):
        await UserRepository(database).create(
            user_id=user_id, username=f"user{number}", display_name="x", role="member", password_hash=None
        )
    return ids


@pytest.mark.parametrize("alone", [True, False])
async def test_coming_and_going_is_told_once(database: Database, make_node: Any, eventually: Any, alone: bool) -> None:
    [ada] = await people(database, 1)
    node = await make_node(alone=alone)
    node.connect(ada)
    assert node.presence.is_online(ada)
    await eventually(lambda: node.heard("userOnline", ada))
    [(users, name, _, skipped)] = node.sink.told
    assert (users, name, skipped) == (None, "userOnline", ada.int)
    node.connect(ada, "s2")
    node.disconnect(ada, "s1")
    node.disconnect(ada, "s1")
    before = datetime.now(UTC)
    node.disconnect(ada, "s2")
    assert node.presence.is_online(ada)
    [told] = await eventually(lambda: node.heard("userOffline", ada))
    assert not node.presence.is_online(ada)
    assert len(node.sink.told) == 2
    seen = await database.fetchval("SELECT last_seen_at FROM users")
    assert told["lastSeenAt"] == seen.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert abs((parse_time(told["lastSeenAt"]) - before).total_seconds()) < 0.2


async def test_a_quick_return_is_silent(database: Database, make_node: Any, eventually: Any) -> None:
    ada, bob = await people(database, 2)
    node = await make_node(alone=True)
    node.connect(ada)
    await eventually(lambda: node.heard("userOnline", ada))
    node.disconnect(ada)
    await eventually(lambda: ada in node.presence._leaving)
    node.connect(ada, "s2")
    node.connect(bob)
    node.disconnect(bob)
    await eventually(lambda: node.heard("userOffline", bob))
    assert len(node.heard("userOnline", ada)) == 1
    assert not node.heard("userOffline", ada)
    assert node.presence.is_online(ada)


async def test_nobody_is_gone_before_the_time_is_up(database: Database, make_node: Any, eventually: Any) -> None:
    now = 0.0
    ada, bob, eve = await people(database, 3)
    node = await make_node(alone=True, clock=lambda: now)
    node.connect(ada)
    await eventually(lambda: node.heard("userOnline", ada))
    node.disconnect(ada)
    await eventually(lambda: ada in node.presence._leaving)
    now += 0.9 * OFFLINE_AFTER_S
    node.connect(bob)
    await eventually(lambda: node.heard("userOnline", bob))  # what is due by then would have been told before
    assert node.presence.is_online(ada)
    assert not node.heard("userOffline", ada)
    now += 0.2 * OFFLINE_AFTER_S
    node.connect(eve)
    await eventually(lambda: node.heard("userOffline", ada))


async def test_many_at_once_come_in_a_bundle(database: Database, make_node: Any, eventually: Any) -> None:
    crowd = await people(database, 30)
    node = await make_node(alone=True)
    for user_id in crowd:
        node.connect(user_id)
    await eventually(lambda: node.sink.events("presenceChanged"))
    told = {UUID(user_id) for bundle in node.sink.events("presenceChanged") for user_id in bundle["online"]}
    assert told | {UUID(single["userId"]) for single in node.sink.events("userOnline")} == set(crowd)
    assert len(node.sink.events("userOnline")) <= 10
    for user_id in crowd:
        node.disconnect(user_id)
    await eventually(
        lambda: (
            {user for bundle in node.sink.events("presenceChanged") for user in bundle["offline"]}
            | {single["userId"] for single in node.sink.events("userOffline")}
            == {str(user_id) for user_id in crowd}
        )
    )
    assert len(node.sink.events("userOffline")) <= 10
    assert await database.fetchval("SELECT count(*) FROM users WHERE last_seen_at IS NULL") == 0


async def test_who_is_online_is_known_on_every_node(database: Database, make_node: Any, eventually: Any) -> None:
    ada, bob = await people(database, 2)
    one, two = await make_node(), await make_node()
    one.connect(ada)
    await eventually(lambda: two.presence.is_online(ada))
    await eventually(lambda: two.heard("userOnline", ada))
    two.connect(bob)
    assert await two.presence.online_users(bob) == sorted([ada, bob])
    await eventually(lambda: one.presence.is_online(bob))

    one.disconnect(ada)
    two.connect(ada, "elsewhere")
    two.disconnect(bob)
    await eventually(lambda: one.heard("userOffline", bob))
    assert not one.heard("userOffline", ada)
    assert not two.heard("userOffline", ada)
    assert len(two.heard("userOnline", ada)) == len(one.heard("userOnline", ada)) == 1
    assert one.presence.is_online(ada)


async def test_the_sockets_of_a_dead_node_are_gone_with_their_lease(
    database: Database, make_node: Any, eventually: Any
) -> None:
    [ada] = await people(database, 1)
    one, two = await make_node(), await make_node()
    one.connect(ada)
    await eventually(lambda: two.presence.is_online(ada))
    one.kill()
    [told] = await eventually(lambda: two.heard("userOffline", ada))
    assert not two.presence.is_online(ada)
    assert await database.fetchval("SELECT last_seen_at FROM users") == parse_time(told["lastSeenAt"])


async def test_a_valkey_that_lost_everything_makes_nobody_offline(
    database: Database, make_node: Any, valkey_url: str, eventually: Any
) -> None:
    from chinwag_server.bus.redis_client import close, connect

    ada, bob = await people(database, 2)
    one, two = await make_node(), await make_node()
    one.connect(ada)
    two.connect(bob)
    await eventually(lambda: two.presence.is_online(ada) and one.presence.is_online(bob))
    client = connect(valkey_url, timeout_s=1)
    await client.flushall()
    await close(client)

    async def both_are_back() -> bool:
        return await one.leases.online() == {ada, bob}

    await eventually(both_are_back)
    assert two.presence.is_online(ada)
    assert one.presence.is_online(bob)


async def test_while_valkey_is_away_nobody_elsewhere_is_gone(
    database: Database, make_node: Any, valkey_url: str, eventually: Any
) -> None:
    ada, bob = await people(database, 2)
    async with run_proxy(valkey_url) as proxy:
        one, two = await make_node(), await make_node(valkey=proxy.url)
        one.connect(ada)
        await eventually(lambda: two.presence.is_online(ada))
        await proxy.cut()
        await eventually(lambda: two.leases.degraded)
        two.connect(bob)
        two.disconnect(bob)
        await eventually(lambda: two.heard("userOffline", bob))  # as long as anybody who is gone stays in the view
        assert two.presence.is_online(ada)
        await proxy.mend()
        await eventually(lambda: not two.leases.degraded)
        assert not two.heard("userOffline", ada)


async def test_on_large_servers_only_those_who_share_a_conversation_hear_of_each_other(
    database: Database, make_node: Any, eventually: Any
) -> None:
    ada, bob, eve = await people(database, 3)
    await database.execute(
        "INSERT INTO conversations (id, kind, member_count, last_seq) VALUES ($1, 'group', 2, 1)", new_id()
    )
    for user_id in (ada, bob):
        await database.execute(
            "INSERT INTO members (conversation_id, user_id) SELECT id, $1 FROM conversations", user_id
        )
    node = await make_node(alone=True, everybody_up_to=2)
    for user_id in (bob, eve):
        node.connect(user_id)
    await eventually(lambda: not node.presence._arrived)
    node.connect(ada)
    await eventually(lambda: node.heard("userOnline", ada))
    node.disconnect(ada)
    await eventually(lambda: node.heard("userOffline", ada))
    assert {users for users, _, payload, _ in node.sink.told if payload["userId"] == str(ada)} == {frozenset({bob.int})}
    assert await node.presence.online_users(bob) == [bob]
    node.connect(ada)
    assert await node.presence.online_users(bob) == sorted([ada, bob])
    assert await node.presence.online_users(eve) == [eve]


async def test_whoever_is_here_at_the_end_was_last_seen_then(database: Database, make_node: Any) -> None:
    [ada] = await people(database, 1)
    node = await make_node(alone=True)
    node.connect(ada)
    await node.presence.close()
    assert await database.fetchval("SELECT last_seen_at IS NOT NULL FROM users")
