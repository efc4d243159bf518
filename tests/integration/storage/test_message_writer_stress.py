"""Two nodes' writers on one database, with repeats, conflicts, poison, members who come and go, backends terminated and answers
to COMMIT lost; then everything that was sent, told and stored is compared."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from chinwag_protocol.ids import new_id
from chinwag_protocol.rules import body_hash
from chinwag_server.domain.errors import ChatError
from chinwag_server.storage.marks_writer import MarksWriter
from chinwag_server.storage.message_writer import MessageWriter, WriteRequest, WriteStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 3.0
USERS, DIRECT, GROUPS, IN_FLIGHT = 40, 12, 6, 3
DONE = (WriteStatus.STORED, WriteStatus.REPEATED)
GONE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ChatError)


class Node:
    """A writer, the senders on it, and a log of everything they asked for and were told."""

    def __init__(self, number: int, database: Any, streams: Sequence[tuple[UUID, UUID]], seed: int) -> None:
        self.number, self.random, self.streams = number, random.Random(seed * 10 + number), streams
        self.writer = MessageWriter(database, on_commit=self._told, lanes=3, give_up_s=30)
        self._connect, self.writer.connect = self.writer.connect, self._faulty  # type: ignore[method-assign]
        self.sent: defaultdict[tuple[UUID, UUID], list[tuple[UUID, str]]] = defaultdict(list)
        self.given = 0
        self.told: list[tuple[str, WriteRequest]] = []
        self.lost = 0
        self.until = 0.0

    async def _faulty(self) -> Any:
        """A connection on which the answer to every fiftieth COMMIT is lost."""
        made = await self._connect()
        inner = made.commit

        async def commit(batch: Sequence[WriteRequest], *, look_first: bool) -> bool:
            looked = await inner(batch, look_first=look_first)
            if self.random.random() < 0.02:
                self.lost += 1
                raise asyncpg.ConnectionDoesNotExistError("the answer to COMMIT was lost")
            return looked

        made.commit = commit
        return made

    async def start(self) -> None:
        await self.writer.start()
        self.until = time.monotonic() + SECONDS
        for stream in self.streams:
            for _ in range(IN_FLIGHT):
                self._send(stream)

    def _send(self, stream: tuple[UUID, UUID]) -> None:
        sender, conversation = stream
        known, dice = self.sent[stream], self.random.random()
        temp, text, want = new_id(), f"{self.number} {len(known)}", "new"
        if dice < 0.05 and known:  # one of the last ten again, perhaps still under way
            (temp, text), want = self.random.choice(known[-10:]), "repeat"
        elif dice < 0.08:  # through both nodes at about the same time
            tick = int(time.time() * 4)
            temp, text, want = UUID(int=(sender.int ^ conversation.int) + tick), f"both {tick}", "either"
        elif dice < 0.09 and known:
            temp, text, want = self.random.choice(known)[0], "another body", "conflict"
        elif dice < 0.10:  # the same tempId in several conversations: several lanes, two nodes
            tick = int(time.time() * 2)
            temp, text, want = UUID(int=sender.int + tick), f"cross {tick}", "any"
        elif dice < 0.102:
            text, want = self.random.choice(["nul \0", "surrogate \ud800"]), "poison"
        elif dice < 0.105:
            conversation, want = new_id(), "nowhere"
        if want == "new":
            known.append((temp, text))
        hash_ = body_hash(
            conversation_id=conversation,
            text=text.replace("\ud800", "?"),
            attachment_ids=(),
            reply_to=None,
            forward=None,
        )
        self.given += 1
        self.writer.submit(
            WriteRequest(
                conversation_id=conversation,
                sender_id=sender,
                temp_id=temp,
                body_hash=hash_,
                message_id=new_id(),
                text=text,
                context=(want, stream),
            )
        )

    def _told(self, batch: list[WriteRequest]) -> None:
        go_on = time.monotonic() < self.until
        for request in batch:
            self.told.append((request.context[0], request))
            if go_on:
                self._send(request.context[1])


async def churn(world: Any, groups: dict[UUID, list[UUID]], until: float) -> None:
    """Members are removed and added again, under the conversation's lock, as the service does it."""
    rand = random.Random(1)
    away: set[tuple[UUID, UUID]] = set()
    while time.monotonic() < until:
        group = rand.choice(list(groups))
        owner, user = groups[group][0], rand.choice(groups[group][1:])
        with suppress(*GONE):
            if (group, user) in away:
                await world.join(group, user, actor=owner)
                away.discard((group, user))
            else:
                await world.remove(group, user, actor=owner)
                away.add((group, user))
        await asyncio.sleep(0.02)


async def read(marks: MarksWriter, streams: Sequence[tuple[UUID, UUID]], until: float) -> None:
    rand = random.Random(2)
    while time.monotonic() < until:
        for sender, conversation in rand.sample(streams, 20):
            with suppress(ChatError):
                await marks.move(conversation, sender, read_seq=rand.randrange(10_000))


async def terminate(url: str, until: float) -> int:
    """Ends a backend that is at work every now and then."""
    count = 0
    conn = await asyncpg.connect(url)
    while time.monotonic() < until:
        await asyncio.sleep(random.uniform(0.1, 0.3))
        count += await conn.fetchval(
            """SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database()
               AND query LIKE '%FROM send_%' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) x"""
        )
    await conn.close()
    return count


async def test_nothing_is_lost_doubled_or_out_of_order(world: Any, database_url: str, eventually: Any) -> None:
    people = await world.users(USERS)
    groups: dict[UUID, list[UUID]] = {}
    streams: list[tuple[UUID, UUID]] = []
    rand = random.Random(3)
    for i in range(DIRECT):
        pair = people[2 * i : 2 * i + 2]
        conversation = await world.group(pair)
        streams += [(user, conversation) for user in pair]
    for _ in range(GROUPS):
        members = rand.sample(people, 8)
        conversation = await world.group(members)
        groups[conversation] = members
        streams += [(user, conversation) for user in members]

    nodes = [Node(number, world.database, streams, seed=7) for number in (1, 2)]
    marks = MarksWriter(world.database, on_moved=lambda _: None, flush_s=0.01)
    await marks.start()
    for node in nodes:
        await node.start()
    until = time.monotonic() + SECONDS
    *_, terminated = await asyncio.gather(
        churn(world, groups, until), read(marks, streams, until), terminate(database_url, until)
    )
    await eventually(lambda: all(node.writer.waiting == 0 for node in nodes), timeout_s=20)
    for node in nodes:
        await node.writer.close()
    await marks.close()

    wrong = await check(world.database, nodes)
    assert {what: count for what, count in wrong.items() if count} == {}
    assert terminated > 0
    assert sum(node.lost for node in nodes) > 0
    seen = Counter((want, request.status) for node in nodes for want, request in node.told)
    assert seen["repeat", WriteStatus.REPEATED] > 0
    assert seen["conflict", WriteStatus.CONFLICT] > 0
    assert seen["new", WriteStatus.STORED] > 1000


async def check(database: Any, nodes: Sequence[Node]) -> Counter[str]:
    wrong: Counter[str] = Counter()
    rows = await database.fetch("SELECT * FROM messages ORDER BY conversation_id, seq")
    stored = {(row["sender_id"], row["temp_id"]): row for row in rows if row["temp_id"] is not None}
    wrong["doubled"] += len(stored) != sum(row["temp_id"] is not None for row in rows)
    await check_conversations(database, rows, wrong)
    told: Counter[UUID] = Counter()
    for node in nodes:
        wrong["not told once each"] += node.given != len(node.told)
        last: dict[Any, int] = {}
        for want, request in node.told:
            row = stored.get((request.sender_id, request.temp_id))
            if request.status in DONE:
                same = row is not None and row["body_hash"] == request.body_hash
                wrong["told but not there"] += not same or row["conversation_id"] != request.conversation_id
                wrong["told with other numbers"] += row is not None and (row["seq"], row["rev"]) != (
                    request.seq,
                    request.rev,
                )
                wrong["told under another id"] += row is not None and row["id"] != request.message_id
            if request.status is WriteStatus.STORED:
                told[request.message_id] += 1
                if want == "new":
                    stream = (request.sender_id, request.conversation_id)
                    wrong["out of order"] += request.seq < last.get(stream, 0)
                    last[stream] = request.seq
            check_answer(want, request, row, wrong)
    wrong["stored but not told exactly once"] += sum(told[row["id"]] != 1 for row in rows if row["temp_id"] is not None)
    return wrong


def check_answer(want: str, request: WriteRequest, row: Any, wrong: Counter[str]) -> None:
    refused = request.status not in DONE
    wrong["refused but there"] += (
        request.status in (WriteStatus.NOT_FOUND, WriteStatus.INVALID)
        and row is not None
        and row["id"] == request.message_id
    )
    wrong["a conversation out of nothing"] += want == "nowhere" and request.status is not WriteStatus.NOT_FOUND
    wrong["poison accepted"] += want == "poison" and request.status not in (WriteStatus.INVALID, WriteStatus.NOT_FOUND)
    wrong["a good one refused"] += want in ("new", "repeat") and refused and request.status is not WriteStatus.NOT_FOUND
    # a conflict with one under way that is refused itself may be asked to come again
    wrong["unavailable"] += want in ("new", "repeat") and request.status is WriteStatus.UNAVAILABLE
    wrong["internal"] += request.status in (WriteStatus.INTERNAL, WriteStatus.PENDING)


async def check_conversations(database: Any, rows: Sequence[Any], wrong: Counter[str]) -> None:
    seqs, revs, own, times = defaultdict(list), defaultdict(set), defaultdict(int), defaultdict(list)
    system = Counter(row["conversation_id"] for row in rows if row["kind"] == b"s")
    for row in rows:
        conversation = row["conversation_id"]
        seqs[conversation].append(row["seq"])
        revs[conversation].add(row["rev"])
        times[conversation].append(row["created_at"])
        own[conversation, row["sender_id"]] = row["seq"]
    heads = {row["id"]: row for row in await database.fetch("SELECT * FROM conversations")}
    for conversation, head in heads.items():
        wrong["seq gap"] += seqs[conversation] != list(range(1, head["last_seq"] + 1))
        # rev 1 made it; each change of members took one rev without a message
        wrong["rev gap"] += len(revs[conversation]) + system[conversation] + 1 != head["rev"]
        wrong["createdAt decreases"] += times[conversation] != sorted(times[conversation])
    for member in await database.fetch("SELECT * FROM members"):
        key = (member["conversation_id"], member["user_id"])
        wrong["mark beyond the last message"] += member["read_seq"] > heads[key[0]]["last_seq"]
        wrong["own message unread"] += member["read_seq"] < own[key]
