"""A world of people who talk: the real services on a real database, and ears that record what each session hears."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from chinwag_protocol.commands import MarkMessages, SendMessage, Typing
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.objects import Conversation, Message
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import ChatError
from chinwag_server.domain.records import Principal
from chinwag_server.services.conversations import Conversations
from chinwag_server.services.history import History
from chinwag_server.services.lines import Lines
from chinwag_server.services.members import Members
from chinwag_server.services.message_changes import MessageChanges
from chinwag_server.services.message_parts import PartsFinder
from chinwag_server.services.message_placing import Placer
from chinwag_server.services.messages import Messages
from chinwag_server.services.receipts import Receipts
from chinwag_server.services.typing import TypingSignals
from chinwag_server.storage.attachments import AttachmentRepository
from chinwag_server.storage.conversations import ConversationRepository
from chinwag_server.storage.database import Database
from chinwag_server.storage.facts import FactRepository
from chinwag_server.storage.marks_writer import MarksWriter
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.message_changes import MessageChangeRepository
from chinwag_server.storage.message_writer import MessageWriter
from chinwag_server.storage.messages import MessageRepository
from chinwag_server.storage.receipts import ReceiptRepository
from chinwag_server.storage.users import insert_user

Heard = tuple[str, dict[str, Any]]


class Ears:
    """A Sink: what every registered session heard, in order."""

    def __init__(self) -> None:
        self.heard: dict[UUID, list[Heard]] = {}
        self.owner: dict[UUID, int] = {}

    def register(self, principal: Principal) -> None:
        self.heard[principal.session_id] = []
        self.owner[principal.session_id] = principal.user_id.int

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> bool:
        wanted = set(users) - {skip_user}
        assert packet.startswith(b"42")
        name, payload = json.loads(packet[2:])
        reached = [id_ for id_, user in self.owner.items() if user in wanted and id_ != skip_session]
        for session_id in reached:
            self.heard[session_id].append((name, payload))
        return bool(reached)

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None:
        raise AssertionError("nothing of a conversation goes to everybody")

    def disconnect(self, **_: object) -> None:
        raise AssertionError("nobody is disconnected here")


class Rates:
    """Lets everybody send, but for whom it names a wait in milliseconds."""

    def __init__(self) -> None:
        self.wait_ms: dict[UUID, int] = {}

    def message(self, user_id: UUID) -> int:
        return self.wait_ms.get(user_id, 0)


class Person:
    """A signed-in user with one session or more."""

    def __init__(self, talk: Talk, principal: Principal, name: str) -> None:
        self.talk = talk
        self.principal = principal
        self.name = name

    def __repr__(self) -> str:
        return self.name

    @property
    def id(self) -> UUID:
        return self.principal.user_id

    @property
    def heard(self) -> list[Heard]:
        return self.talk.ears.heard[self.principal.session_id]

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]

    def forget(self) -> None:
        self.heard.clear()

    def another_session(self) -> Person:
        principal = Principal(
            user_id=self.id,
            session_id=uuid4(),
            role="member",
            expires_at=datetime.max.replace(tzinfo=UTC),
            address="127.0.0.1",
        )
        self.talk.ears.register(principal)
        return Person(self.talk, principal, f"{self.name}'")

    async def send(self, to: Conversation | Person | UUID, text: str | None = None, **more: Any) -> Message:
        """Send and wait for the ack. Raises what the ack says."""
        outcome = await self.send_outcome(to, text, **more)
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome

    def send_outcome(
        self, to: Conversation | Person | UUID, text: str | None = None, **more: Any
    ) -> asyncio.Future[Message | ChatError]:
        target: dict[str, Any] = {"receiver_id": to.id} if isinstance(to, Person) else {}
        if not target:
            target = {"conversation_id": to.id if isinstance(to, Conversation) else to}
        command = SendMessage(**{"temp_id": new_id(), "text": text} | target | more)
        future: asyncio.Future[Message | ChatError] = asyncio.get_running_loop().create_future()
        self.talk.messages.send(self.principal, command, future.set_result)
        return future

    async def read(self, conversation: Conversation | UUID, seq: int) -> int:
        id_ = conversation.id if isinstance(conversation, Conversation) else conversation
        ack = await self.talk.receipts.read(self.principal, MarkMessages(conversation_id=id_, seq=seq))
        return ack.seq

    async def deliver(self, conversation: Conversation | UUID, seq: int) -> int:
        id_ = conversation.id if isinstance(conversation, Conversation) else conversation
        ack = await self.talk.receipts.delivered(self.principal, MarkMessages(conversation_id=id_, seq=seq))
        return ack.seq

    async def type(self, conversation: Conversation, typing: bool) -> None:
        await self.talk.typing.set(self.principal, Typing(conversation_id=conversation.id, typing=typing))

    async def view(self, conversation: Conversation | UUID) -> Conversation:
        id_ = conversation.id if isinstance(conversation, Conversation) else conversation
        return await self.talk.conversations.get(self.principal, id_)


class Talk:
    """All services of conversations, wired as asgi.py wires them."""

    def __init__(self, database: Database, *, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.database = database
        self.ears = Ears()
        self.rates = Rates()
        self.now = 1_000.0
        conversations, members = ConversationRepository(database), MemberRepository(database)
        messages, facts = MessageRepository(database), FactRepository(database)
        self.fanout = Fanout(self.ears, rosters=members.load_roster)
        shared: dict[str, Any] = {"members": members, "fanout": self.fanout}
        self.conversations = Conversations(conversations=conversations, facts=facts, limits=limits, **shared)
        self.members = Members(conversations=conversations, facts=facts, limits=limits, **shared)
        self.history = History(members=members, messages=messages)
        parts = PartsFinder(
            members=members, messages=messages, find_uploads=AttachmentRepository(database).find_uploads
        )
        self.messages = Messages(
            make_writer=lambda on_commit: MessageWriter(database, on_commit=on_commit),
            messages=messages,
            placer=Placer(conversations=conversations, messages=messages, parts=parts, fanout=self.fanout),
            fanout=self.fanout,
            rates=self.rates,
            limits=limits,
            lines=Lines(clock=self.clock),
        )
        self.changes = MessageChanges(facts=facts, changes=MessageChangeRepository(), limits=limits, **shared)
        self.receipts = Receipts(
            make_writer=lambda on_moved: MarksWriter(database, on_moved=on_moved, flush_s=0.005),
            receipts=ReceiptRepository(database),
            **shared,
        )
        self.typing = TypingSignals(clock=self.clock, **shared)

    def clock(self) -> float:
        return self.now

    async def start(self) -> None:
        await self.fanout.start()
        await self.messages.start()
        await self.receipts.start()

    async def close(self) -> None:
        await self.messages.close()
        await self.receipts.close()
        await self.fanout.stop()

    async def person(self, name: str) -> Person:
        async with self.database.transaction() as conn:
            user_id = new_id()
            await insert_user(
                conn, user_id=user_id, username=name, display_name=name.title(), role="member", password_hash=None
            )
        principal = Principal(
            user_id=user_id,
            session_id=uuid4(),
            role="member",
            expires_at=datetime.max.replace(tzinfo=UTC),
            address="127.0.0.1",
        )
        self.ears.register(principal)
        return Person(self, principal, name)

    async def people(self, *names: str) -> list[Person]:
        return [await self.person(name) for name in names]

    async def group(self, owner: Person, *others: Person, title: str = "Team", history: Any = None) -> Conversation:
        from chinwag_protocol.bodies import GroupRequest

        request = GroupRequest(title=title, member_ids=tuple(p.id for p in others), history=history)
        return await self.conversations.create_group(owner.principal, request)

    async def direct(self, one: Person, other: Person) -> Conversation:
        conversation, _ = await self.conversations.open_direct(one.principal, other.id)
        return conversation

    async def disable(self, person: Person, disabled: bool = True) -> None:
        await self.database.execute("UPDATE users SET disabled = $2 WHERE id = $1", person.id, disabled)

    async def block(self, person: Person, other: Person) -> None:
        await self.database.execute("INSERT INTO blocks (user_id, blocked_id) VALUES ($1, $2)", person.id, other.id)

    async def settled(self) -> None:
        """Until facts that wait for a roster have gone out."""
        while self.fanout._tasks:  # noqa: ASYNC110 - no event is set for tests
            await asyncio.sleep(0)

    def forget_all(self) -> None:
        for heard in self.ears.heard.values():
            heard.clear()


@pytest.fixture
async def database(database_url: str) -> Any:
    opened = Database(database_url, size=4)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def talk(database: Database) -> Any:
    made = Talk(database)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def make_talk(database: Database) -> Callable[..., Talk]:
    """Another node on the same database, or one with other limits; the test starts and closes it."""
    return lambda **options: Talk(database, **options)
