"""`/sync` on a real PostgreSQL, up to the service: what a client gets, and that what it applies equals the database."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from chinwag_protocol.bodies import SyncAnswer, SyncRequest
from chinwag_protocol.errors import TextError
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_server.domain.errors import Invalid
from chinwag_server.domain.records import Principal
from chinwag_server.services.sync import Sync
from chinwag_server.storage.message_rows import MESSAGE_SELECT, MessageExtra, encode_extra, message_from_row
from chinwag_server.storage.server_state import ServerState
from chinwag_server.storage.sync import SyncRepository

if TYPE_CHECKING:
    from uuid import UUID


class Client:
    """Applies answers as the contract tells a client to."""

    def __init__(self, sync: Sync, user_id: UUID) -> None:
        self._sync = sync
        self.principal = Principal(
            user_id=user_id, session_id=new_id(), role="member", expires_at=datetime.now(UTC), address=""
        )
        self.epoch: str | None = None
        self.cursors: dict[UUID, int] = {}
        self.conversations: dict[UUID, Any] = {}
        self.messages: dict[UUID, dict[int, Any]] = {}
        self.marks: dict[tuple[UUID, UUID], tuple[int, int]] = {}
        self.settings: dict[UUID, Any] = {}
        self.users: dict[UUID, Any] = {}
        self.marks_cursor: str | None = None
        self.users_cursor: str | None = None

    async def page(self, **more: Any) -> SyncAnswer:
        request = SyncRequest(
            **(
                {
                    "epoch": self.epoch,
                    "cursors": self.cursors,
                    "marks_since": self.marks_cursor,
                    "users_since": self.users_cursor,
                }
                | more
            )
        )
        answer = await self._sync.sync(self.principal, request)
        self.apply(answer)
        return answer

    def apply(self, answer: SyncAnswer) -> None:
        self.epoch = answer.epoch
        for id_ in answer.left:
            del self.cursors[id_], self.conversations[id_], self.messages[id_]
        for id_ in answer.reset:
            self.messages[id_] = {}
        for conversation in answer.conversations:
            self.conversations[conversation.id] = conversation
            self.cursors[conversation.id] = conversation.rev
            self.messages.setdefault(conversation.id, {})
            self._mark(conversation.id, conversation.members)
        for message in answer.messages:
            self.messages[message.conversation_id][message.seq] = message
        for mark in answer.marks:
            self._mark(mark.conversation_id, [mark])
        self.settings |= {row.conversation_id: row.settings for row in answer.settings}
        self.users |= {user.id: user for user in answer.users}

    def _mark(self, conversation_id: UUID, marks: Any) -> None:
        for mark in marks:
            old = self.marks.get((conversation_id, mark.user_id), (0, 0))
            self.marks[conversation_id, mark.user_id] = (max(old[0], mark.delivered_seq), max(old[1], mark.read_seq))

    async def catch_up(self, **more: Any) -> list[SyncAnswer]:
        answers = [await self.page(**more)]
        while answers[-1].more:
            answers.append(await self.page(**more))
        self.marks_cursor, self.users_cursor = answers[-1].marks_cursor, answers[-1].users_cursor
        return answers


@pytest.fixture
async def sync(database: Any) -> Sync:
    state = ServerState(database)
    await state.prepare()
    return Sync(SyncRepository(database, state), is_online=lambda _: False, limits=Limits())


async def test_a_new_client_gets_everything_once_and_then_nothing(world: Any, sync: Sync) -> None:
    ann, bob, eve = await world.users(3)
    ours, theirs = await world.group([ann, bob]), await world.group([bob, eve])
    for i in range(60):
        await world.say(ours, (ann, bob)[i % 2], str(i))
    await world.say(theirs, eve, "secret")
    client = Client(sync, ann)
    [answer] = await client.catch_up()
    assert [c.id for c in answer.conversations] == [ours]
    assert [m.seq for m in answer.messages] == list(range(11, 61))
    assert (answer.reset, answer.left, answer.members, answer.marks) == ((), (), (), ())
    assert {user.id for user in answer.users} == {ann, bob}
    [again] = await client.catch_up()
    assert (again.conversations, again.messages, again.marks, again.settings, again.more) == ((), (), (), (), False)
    assert {user.id for user in again.users} <= {ann}


async def test_the_callers_own_view(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    everyone = encode_extra(MessageExtra(mentions_all=True))
    only_bob = encode_extra(MessageExtra(mentions=(bob,)))
    for text, extra in (("1", None), ("2", everyone), ("3", only_bob), ("4", only_bob), ("5", None)):
        await world.say(group, ann, text, extra=extra)
    await world.database.execute(
        "UPDATE messages SET deleted_at = now(), changed = true, text = '', extra = NULL WHERE seq = 4"
    )
    [answer] = await Client(sync, bob).catch_up()
    [view] = answer.conversations
    assert (view.unread_count, view.mention_count) == (4, 2)
    assert view.last_message.text == "5"
    assert view.settings.notify == "all"
    [answer] = await Client(sync, ann).catch_up()
    assert (answer.conversations[0].unread_count, answer.conversations[0].mention_count) == (0, 0)

    await world.say(group, bob, "6")  # moves bob's marks over all of it
    [answer] = await Client(sync, bob).catch_up()
    assert (answer.conversations[0].unread_count, answer.conversations[0].mention_count) == (0, 0)
    await world.database.execute(
        """UPDATE members SET settings = '{"notify":"all","pinned":false,"archived":false,"unreadFromSeq":3}',
           settings_xid = pg_current_xact_id() WHERE user_id = $1""",
        bob,
    )
    [answer] = await Client(sync, bob).catch_up()
    view = answer.conversations[0]
    assert (view.unread_count, view.mention_count, view.settings.unread_from_seq) == (2, 1, 3)


async def test_a_direct_conversation_without_messages_exists_only_for_whoever_opened_it(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    direct = await world.direct(ann, bob)
    [answer] = await Client(sync, ann).catch_up()
    assert [c.id for c in answer.conversations] == [direct]
    client = Client(sync, bob)
    [answer] = await client.catch_up()
    assert answer.conversations == ()
    await world.say(direct, ann, "hello")
    [answer] = await client.catch_up()
    assert [m.text for m in answer.messages] == ["hello"]


async def test_only_what_is_above_the_cursor_also_of_old_messages(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    for i in range(30):
        await world.say(group, ann, str(i))
    client = Client(sync, bob)
    await client.catch_up()
    await world.say(group, ann, "new")
    async with world.database.transaction() as conn:
        rev = await conn.fetchval("UPDATE conversations SET rev = rev + 1 RETURNING rev")
        await conn.execute(
            "UPDATE messages SET text = 'edited', edited_at = now(), changed = true, rev = $1 WHERE seq = 3", rev
        )
    [answer] = await client.catch_up()
    assert [(m.seq, m.text) for m in answer.messages] == [(31, "new"), (3, "edited")]
    assert answer.conversations[0].rev == rev


async def test_members_who_came_left_and_changed(world: Any, sync: Sync) -> None:
    ann, bob, eve, dan = await world.users(4)
    group = await world.group([ann, bob, eve])
    client = Client(sync, bob)
    await client.catch_up()
    await world.remove(group, eve, actor=ann)
    await world.join(group, dan, actor=ann)
    async with world.database.transaction() as conn:
        rev = await conn.fetchval("UPDATE conversations SET rev = rev + 1 RETURNING rev")
        await conn.execute("UPDATE members SET role = 'admin', changed_rev = $1 WHERE user_id = $2", rev, ann)
    [answer] = await client.catch_up()
    [changes] = answer.members
    assert ([m.user_id for m in changes.joined], changes.left, [m.role for m in changes.changed]) == (
        [dan],
        (eve,),
        ["admin"],
    )
    assert [m.system.type for m in answer.messages] == ["removed", "joined"]
    assert dan in {user.id for user in answer.users}


async def test_who_is_removed_hears_it_and_added_again_begins_anew(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    await world.say(group, ann, "before")
    client = Client(sync, bob)
    await client.catch_up()
    await world.remove(group, bob, actor=ann)
    [answer] = await client.catch_up()
    assert (answer.left, answer.conversations, answer.messages) == ((group,), (), ())
    await world.say(group, ann, "while away")
    await world.join(group, bob, actor=ann)
    client.cursors[group] = 2
    client.messages[group] = {1: "stale"}
    [answer] = await client.catch_up()
    assert answer.reset == (group,)
    assert answer.members == ()
    assert [m.text for m in answer.messages] == ["before", "", "while away", ""]


async def test_left_names_every_id_that_is_not_the_callers(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    other, invented = await world.group([bob]), new_id()
    answer = await Client(sync, ann)._sync.sync(
        Client(sync, ann).principal, SyncRequest(cursors={other: 1, invented: 9})
    )
    assert set(answer.left) == {other, invented}


@pytest.mark.parametrize("ahead", [True, False])
async def test_too_much_or_a_cursor_from_the_future_begins_anew(world: Any, sync: Sync, ahead: bool) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    for i in range(70):
        await world.say(group, ann, str(i))
    client = Client(sync, bob)
    client.cursors, client.messages = {group: 10_000 if ahead else 1}, {group: {}}
    [answer] = await client.catch_up(limit=69)
    assert answer.reset == (group,)
    assert [m.seq for m in answer.messages] == list(range(21, 71))


async def test_exactly_the_limit_does_not_begin_anew(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    for i in range(70):
        await world.say(group, ann, str(i))
    client = Client(sync, bob)
    client.cursors, client.messages = {group: 1}, {group: {}}
    [answer] = await client.catch_up(limit=70)
    assert answer.reset == ()
    assert len(answer.messages) == 70


async def test_history_joined_hides_what_was_before(world: Any, sync: Sync) -> None:
    ann, bob, eve = await world.users(3)
    group = await world.group([ann, bob], history="joined")
    await world.say(group, ann, "before")
    await world.join(group, eve, actor=ann)
    await world.say(group, ann, "after", reply_seq=1)
    client = Client(sync, eve)
    [answer] = await client.catch_up()
    assert [(m.seq, m.kind, m.text) for m in answer.messages] == [(2, "system", ""), (3, "text", "after")]
    assert answer.messages[1].reply_to.excerpt == ""
    assert answer.conversations[0].unread_count == 1
    async with world.database.transaction() as conn:
        rev = await conn.fetchval("UPDATE conversations SET rev = rev + 1 RETURNING rev")
        await conn.execute("UPDATE messages SET text = 'edited', changed = true, rev = $1 WHERE seq = 1", rev)
    [answer] = await client.catch_up()
    assert answer.messages == ()
    assert answer.conversations[0].rev == rev


async def test_marks_and_settings_since(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    await world.say(group, ann, "hello")
    client = Client(sync, ann)
    await client.catch_up()
    await world.database.execute(
        "UPDATE members SET read_seq = 1, delivered_seq = 1, marks_xid = pg_current_xact_id() WHERE user_id = $1", bob
    )
    await world.database.execute(
        """UPDATE members SET settings = '{"notify":"none","pinned":false,"archived":false}', settings_xid = pg_current_xact_id()"""
    )
    [answer] = await client.catch_up()
    assert client.marks[group, bob] == (1, 1)
    assert [(row.conversation_id, row.settings.notify) for row in answer.settings] == [(group, "none")]
    [answer] = await client.catch_up()
    assert (answer.marks, answer.settings) == ((), ())


async def test_a_mark_that_commits_late_is_not_missed(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    await world.say(group, ann, "hello")
    client = Client(sync, ann)
    await client.catch_up()
    async with world.database.transaction() as conn:
        await conn.execute("UPDATE members SET read_seq = 1, marks_xid = pg_current_xact_id() WHERE user_id = $1", bob)
        await world.user()  # a later transaction commits before it
        await client.catch_up()
        assert client.marks[group, bob] == (0, 0)
    await client.catch_up()
    assert client.marks[group, bob] == (0, 1)


async def test_nothing_that_moves_between_two_pages_is_missed(
    world: Any, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chinwag_server.storage.sync_pages.SYNC_PAGE_MESSAGES", 3)
    ann, bob = await world.users(2)
    groups = sorted([await world.group([ann, bob]) for _ in range(3)])
    for group in groups:
        for i in range(3):
            await world.say(group, ann, str(i))
    client = Client(sync, ann)
    first = await client.page()
    assert ([c.id for c in first.conversations], first.more) == ([groups[0]], True)
    await world.database.execute(
        "UPDATE members SET read_seq = 2, marks_xid = pg_current_xact_id() WHERE user_id = $1 AND conversation_id = $2",
        bob,
        groups[0],
    )
    await world.database.execute("UPDATE users SET display_name = 'Robert' WHERE id = $1", bob)
    answers = await client.catch_up()
    assert [[c.id for c in a.conversations] for a in answers] == [[groups[1]], [groups[2]]]
    assert [a.more for a in answers] == [True, False]
    assert client.marks[groups[0], bob] == (0, 2)
    assert client.users[bob].display_name == "Robert"


async def test_a_page_ends_after_a_mebibyte(world: Any, sync: Sync) -> None:
    ann, bob = await world.users(2)
    groups = sorted([await world.group([ann, bob]) for _ in range(3)])
    for group in groups:
        for _ in range(50):
            await world.say(group, ann, "x" * 8000)
    client = Client(sync, bob)
    answers = await client.catch_up()
    assert [len(a.conversations) for a in answers] == [3]
    for group in groups:
        for _ in range(80):
            await world.say(group, ann, "x" * 8000)
    answers = await client.catch_up()
    assert [len(a.conversations) for a in answers] == [2, 1]


async def test_changed_users_are_told(world: Any, sync: Sync) -> None:
    ann, bob, eve = await world.users(3)
    await world.group([ann, bob])
    client = Client(sync, ann)
    await client.catch_up()
    await world.database.execute(
        "UPDATE users SET display_name = 'Bobby', status = $2::jsonb WHERE id = $1", bob, '{"text":"away","dnd":true}'
    )
    await world.database.execute("UPDATE users SET password_hash = 'x' WHERE id = $1", ann)
    [answer] = await client.catch_up()
    changed = {user.id: user for user in answer.users}
    assert (changed[bob].display_name, changed[bob].status.text) == ("Bobby", "away")
    assert eve not in changed


async def test_another_epoch_empties_the_cursors(world: Any, sync: Sync, database: Any) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    await world.say(group, ann, "hello")
    client = Client(sync, ann)
    await client.catch_up()
    before = client.epoch
    await ServerState(database).renew_epoch()
    client.messages[group] = {}
    [answer] = await client.catch_up()
    assert answer.epoch != before
    assert (answer.reset, [m.text for m in answer.messages]) == ((group,), ["hello"])
    assert client.users[bob].username == "user2"


@pytest.mark.parametrize("field", ["marks_since", "users_since"])
@pytest.mark.parametrize("cursor", ["", "x", "0" * 24 + ".", "0" * 24 + "." + "9" * 19, "0" * 24 + ".1\n"])
async def test_an_invented_cursor_is_invalid(world: Any, sync: Sync, field: str, cursor: str) -> None:
    client = Client(sync, await world.user())
    with pytest.raises(Invalid) as refused:
        await client.page(**{field: cursor})
    assert refused.value.field == field.split("_")[0] + "Since"


async def test_too_many_cursors_are_invalid(world: Any, database: Any) -> None:
    sync = Sync(
        SyncRepository(database, ServerState(database)), is_online=lambda _: True, limits=Limits(sync_cursors=2)
    )
    client = Client(sync, await world.user())
    with pytest.raises(TextError) as refused:
        await client.page(cursors={new_id(): 1 for _ in range(3)})
    assert refused.value.field == "cursors"


async def test_a_client_that_syncs_at_any_moment_holds_what_the_database_holds(world: Any, sync: Sync) -> None:
    rand = random.Random(5)
    people = await world.users(4)
    groups = [await world.group(people) for _ in range(4)]
    client = Client(sync, people[0])
    for _ in range(40):
        for _ in range(rand.randrange(8)):
            group = rand.choice(groups)
            last = await world.database.fetchval("SELECT last_seq FROM conversations WHERE id = $1", group)
            if rand.random() < 0.6 or not last:
                await world.say(group, rand.choice(people), "new")
                continue
            async with world.database.transaction() as conn:
                rev = await conn.fetchval("UPDATE conversations SET rev = rev + 1 WHERE id = $1 RETURNING rev", group)
                if rand.random() < 0.7:  # the rest are facts without a message
                    await conn.execute(
                        "UPDATE messages SET text = $3, rev = $2, changed = true WHERE conversation_id = $1 AND seq = $4",
                        group,
                        rev,
                        f"edit {rev}",
                        rand.randint(1, last),
                    )
        await client.catch_up(limit=rand.choice([5, 500]))
        for group in groups:
            held = client.messages.get(group, {})
            rows = await world.database.fetch(f"{MESSAGE_SELECT} WHERE m.conversation_id = $1", group)
            stored = {row["seq"]: message_from_row(row) for row in rows}
            assert held == {seq: message for seq, message in stored.items() if seq >= min(held, default=0)}
            assert len(held) >= min(50, len(stored))
