"""ChatStore by itself: what each intent asks of the layers below, what it answers with, and what it says when that fails."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from desktop_builders import ANN, BOB, ME, TALK, message, talk, uid, user
from fake_clock import FakeClock

from chinwag_desktop.core.changes import Change, ConversationLeft, Origin, PeopleChanged, RowsChanged, TypingChanged
from chinwag_desktop.core.entities import DeliveryState, Draft, OutboxEntry, OutgoingFile, TimelineRow
from chinwag_desktop.core.errors import DiskFull, Refused, Unreachable
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.sync.ports import PickedFile
from chinwag_protocol.http import GroupRequest, MessagePage, UserList
from chinwag_protocol.objects import Attachment, Conversation, Message, User


class Below:
    """All the layers below, as far as a test fills them in; `asked` is what they were asked for, `refuse` fails all of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.refuse: Exception | None = None
        self.listeners: list[Callable[[Change], None]] = []
        self.loaded = True
        self.own: list[TimelineRow] = []
        self.entries: tuple[OutboxEntry, ...] = ()
        self.on_disk: list[TimelineRow] = []
        self.known_talk: UUID | None = None
        self.pages: list[MessagePage] = []
        self.may_save = asyncio.Event()
        self.may_save.set()

    def _ask(self, *what: Any) -> None:
        self.asked.append(what)
        if self.refuse is not None:
            raise self.refuse

    # the pipeline

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.clear()

    def tell(self, change: Change) -> None:
        for listener in list(self.listeners):
            listener(change)

    async def apply_history(self, conversation_id: UUID, page: MessagePage) -> None:
        self._ask("history", conversation_id, tuple(found.seq for found in page.messages))

    async def apply_conversations(self, conversations: Sequence[Conversation]) -> None:
        self._ask("conversations", tuple(found.id for found in conversations))

    async def apply_users(self, users: Sequence[User]) -> None:
        self._ask("users", tuple(found.id for found in users))

    def want_people(self, user_ids: frozenset[UUID]) -> None:
        self._ask("people", user_ids)

    # the outbox

    def submit(self, entry: OutboxEntry) -> TimelineRow:
        self._ask("submit", entry.text, tuple(file.name for file in entry.files))
        return pending(entry.text)

    def rows(self, _lane: UUID) -> list[TimelineRow]:
        return self.own

    def retry(self, temp_id: UUID) -> None:
        self._ask("retry", temp_id)

    def discard(self, temp_id: UUID) -> None:
        self._ask("discard", temp_id)

    # what is done to messages

    async def edit(self, message_id: UUID, text: str, *, mentions: Sequence[UUID] = ()) -> None:
        self._ask("edit", message_id, text, *mentions)

    async def delete(self, message_id: UUID) -> None:
        self._ask("delete", message_id)

    async def react(self, message_id: UUID, emoji: str, *, on: bool) -> None:
        self._ask("react", message_id, emoji, on)

    # marks

    def mark_read(self, conversation_id: UUID, seq: int) -> None:
        self._ask("read", conversation_id, seq)

    def typing(self, conversation_id: UUID, typing: bool) -> None:
        self._ask("typing", conversation_id, typing)

    # the reader

    def pending(self, lane: UUID | None = None) -> Any:
        """The reader's with a lane, the outbox's without."""
        return self.entries if lane is None else self.on_disk

    def draft(self, conversation_id: UUID) -> Draft | None:
        return Draft(conversation_id=conversation_id, text="from the disk") if conversation_id == TALK else None

    def direct_with(self, _user_id: UUID) -> UUID | None:
        return self.known_talk

    # notes

    async def save_draft(self, draft: Draft) -> None:
        await self.may_save.wait()
        self._ask("draft", draft.text)

    async def save_last_opened(self, conversation_id: UUID) -> None:
        await self.may_save.wait()
        self._ask("opened", conversation_id)

    # files

    def plan(self, files: Sequence[PickedFile]) -> tuple[OutgoingFile, ...]:
        return tuple(planned(file.name, "image" if file.name.endswith("png") else "file") for file in files)

    # the server

    async def direct(self, user_id: UUID) -> Conversation:
        self._ask("direct", user_id)
        return talk("new")

    async def create_group(self, request: GroupRequest, *, idempotency_key: str) -> Conversation:
        assert UUID(idempotency_key)
        self._ask("group", request.title, request.member_ids)
        return talk("group")

    async def download(self, url: str, target: Path, *, at_most: int) -> None:
        self._ask("download", url, target, at_most)

    async def users(self, *, query: str | None = None, cursor: str | None = None, limit: int | None = None) -> UserList:
        self._ask("find", query)
        return UserList(users=(user("me"), user("ann"), user("bob")))

    async def messages(self, _conversation_id: UUID, *, after: int, limit: int, **_: Any) -> MessagePage:
        self._ask("messages", after, limit)
        return self.pages.pop(0)


def planned(name: str, role: str) -> OutgoingFile:
    return OutgoingFile(path=f"/copies/{name}", name=name, role=role)


def pending(text: str) -> TimelineRow:
    return TimelineRow(key=uid(text), message=message(0, text=text), state=DeliveryState.SAVING)


def page(*seqs: int, more: bool) -> MessagePage:
    rows: tuple[Message, ...] = tuple(message(seq) for seq in seqs)
    return MessagePage(messages=rows, has_more_before=False, has_more_after=more)


@pytest.fixture
def below() -> Below:
    return Below()


class Told:
    """Everything a store told, by signal; `failed` by what was tried."""

    def __init__(self, store: ChatStore) -> None:
        self.heard: list[tuple[str, Any]] = []
        for name in ("rows_changed", "typing_changed", "conversations_changed", "conversation_left",
                     "conversation_opened", "attachment_saved", "people_learned", "message_edited"):  # fmt: skip
            getattr(store, name).connect(lambda what, name=name: self.heard.append((name, what)))
        store.failed.connect(lambda what, error: self.heard.append(("failed", (what, error))))

    def of(self, name: str) -> list[Any]:
        return [what for heard, what in self.heard if heard == name]


@pytest.fixture
async def store(below: Below) -> AsyncIterator[ChatStore]:
    parts: Any = dict.fromkeys(("pipeline", "outbox", "changes", "reader", "notes", "marks", "files", "api"), below)
    made = ChatStore(ME, clock=FakeClock(), **parts)
    yield made
    below.may_save.set()
    await made.close()


@pytest.fixture
def told(store: ChatStore) -> Told:
    return Told(store)


async def test_each_change_has_its_signal(store: ChatStore, below: Below, told: Told) -> None:
    typing = TypingChanged(conversation_id=TALK, user_id=ANN, typing=True)
    left = ConversationLeft(conversation_id=TALK)
    for change in (typing, left, PeopleChanged(ids=frozenset({ANN}))):
        below.tell(change)
    assert told.heard == [
        ("typing_changed", typing),
        ("conversation_left", left),
        ("people_learned", frozenset({ANN})),
    ]


async def test_the_list_hears_of_what_waits_but_not_twice_of_what_has_its_place(
    store: ChatStore, below: Below, told: Told
) -> None:
    placed = TimelineRow(key=uid("x"), message=message(7), state=DeliveryState.SENT)
    below.tell(RowsChanged(conversation_id=TALK, rows=(placed,)))
    assert told.of("conversations_changed") == []
    below.tell(RowsChanged(conversation_id=TALK, rows=(pending("waits"),)))
    assert [change.ids for change in told.of("conversations_changed")] == [frozenset({TALK})]


async def test_a_message_is_on_the_screen_before_send_returns(store: ChatStore, below: Below, told: Told) -> None:
    row = store.send_message(TALK, "hello")
    [change] = told.of("rows_changed")
    assert (change.rows, change.origin) == ((row,), Origin.LOCAL)
    assert below.asked == [("submit", "hello", ())]


async def test_each_picture_is_a_message_other_files_share_one_and_the_first_has_the_words(
    store: ChatStore, below: Below
) -> None:
    picked: Any = [SimpleNamespace(name=name) for name in ("a.txt", "b.png", "c.zip", "d.png")]
    store.send_files(TALK, "look", picked)
    store.send_files(TALK, "only files", picked[:1])
    assert below.asked == [
        ("submit", "look", ("b.png",)),
        ("submit", "", ("d.png",)),
        ("submit", "", ("a.txt", "c.zip")),
        ("submit", "only files", ("a.txt",)),
    ]


async def test_what_waits_is_the_outboxs_and_until_it_is_read_the_disks_too(store: ChatStore, below: Below) -> None:
    below.own, below.on_disk = [pending("b")], [pending("a"), pending("b")]
    assert store.pending_rows(TALK) == [pending("b")]
    below.loaded = False
    assert store.pending_rows(TALK) == [pending("a"), pending("b")]


async def test_what_a_person_does_to_a_bubble_reaches_who_does_it(
    store: ChatStore, below: Below, told: Told, eventually: Callable[..., Any]
) -> None:
    bubble = uid("bubble")
    store.retry(bubble)
    store.discard(bubble)
    store.mark_read(TALK, 7)
    store.set_typing(TALK, True)
    store.edit_message(bubble, "better")
    store.delete_message(bubble)
    store.react(bubble, "👏", on=True)
    await eventually(lambda: len(below.asked) == 7)
    assert below.asked == [
        ("retry", bubble),
        ("discard", bubble),
        ("read", TALK, 7),
        ("typing", TALK, True),
        ("edit", bubble, "better"),
        ("delete", bubble),
        ("react", bubble, "👏", True),
    ]
    assert told.heard == [("message_edited", bubble)]


async def test_what_is_unsent_is_what_the_outbox_says(store: ChatStore, below: Below) -> None:
    entry = OutboxEntry(temp_id=uid("x"), created_at=FakeClock().now(), conversation_id=TALK, text="waits")
    below.entries = (entry,)
    assert store.unsent() == (entry,)


async def test_a_file_is_fetched_up_to_its_announced_size(
    store: ChatStore, below: Below, told: Told, eventually: Callable[..., Any], tmp_path: Path
) -> None:
    file = Attachment(id=uid("file"), name="a", media_type="text/plain", size=77, url="/api/v1/attachments/1")
    store.save_attachment(file, tmp_path / "a")
    await eventually(lambda: told.of("attachment_saved"))
    assert below.asked == [("download", "/api/v1/attachments/1", tmp_path / "a", 77)]
    assert told.of("attachment_saved") == [str(tmp_path / "a")]


async def test_what_the_timeline_lacks_is_fetched_page_by_page_as_far_as_it_goes(
    store: ChatStore, below: Below, eventually: Callable[..., Any]
) -> None:
    below.pages = [page(5, 6, more=True), page(7, 9, more=True), page(more=True)]
    store.fetch(TALK, 5, 8)
    await eventually(lambda: len(below.asked) == 4)
    assert below.asked == [
        ("messages", 4, 4),
        ("history", TALK, (5, 6)),
        ("messages", 6, 2),
        ("history", TALK, (7, 9)),
    ]


@pytest.mark.parametrize("last", [page(more=True), page(5, more=False)])
async def test_a_server_that_has_no_more_is_not_asked_again(
    store: ChatStore, below: Below, eventually: Callable[..., Any], last: MessagePage
) -> None:
    below.pages = [last]
    store.fetch(TALK, 5, 500)
    await eventually(lambda: len(below.asked) == 2)
    await asyncio.sleep(0)
    assert below.asked[0] == ("messages", 4, 200)
    assert len(below.asked) == 2


async def test_a_known_talk_is_opened_at_once_and_another_is_asked_for(
    store: ChatStore, below: Below, told: Told, eventually: Callable[..., Any]
) -> None:
    below.known_talk = TALK
    store.open_direct(ANN)
    assert told.of("conversation_opened") == [TALK]
    assert below.asked == []
    below.known_talk = None
    store.open_direct(BOB)
    await eventually(lambda: len(told.of("conversation_opened")) == 2)
    assert below.asked == [("direct", BOB), ("conversations", (uid("new"),))]
    assert told.of("conversation_opened")[1] == uid("new")


async def test_a_group_is_known_here_before_it_is_opened(
    store: ChatStore, below: Below, told: Told, eventually: Callable[..., Any]
) -> None:
    store.create_group("Harbour", [ANN, BOB])
    await eventually(lambda: told.of("conversation_opened"))
    assert below.asked == [("group", "Harbour", (ANN, BOB)), ("conversations", (uid("group"),))]


async def test_who_is_found_is_known_when_the_search_returns_and_oneself_is_not_found(
    store: ChatStore, below: Below
) -> None:
    assert await store.find_people("a") == [ANN, BOB]
    assert await store.find_people("") == [ANN, BOB]
    assert below.asked == [("find", "a"), ("users", (ME, ANN, BOB)), ("find", None), ("users", (ME, ANN, BOB))]


async def test_people_are_asked_for_all_at_once(store: ChatStore, below: Below) -> None:
    store.learn_people([ANN, BOB, ANN])
    assert below.asked == [("people", frozenset({ANN, BOB}))]


async def test_the_draft_of_this_run_is_newer_than_the_disks(store: ChatStore, below: Below, told: Told) -> None:
    assert store.draft(TALK).text == "from the disk"
    assert store.draft(uid("other")) == Draft(conversation_id=uid("other"), text="")
    below.may_save.clear()
    store.save_draft(TALK, "typed")
    assert store.draft(TALK).text == "typed"


async def test_closing_waits_for_drafts_and_then_hears_no_more(store: ChatStore, below: Below) -> None:
    below.may_save.clear()
    store.save_draft(TALK, "typed")
    store.remember_opened(TALK)
    closing = asyncio.get_running_loop().create_task(store.close())
    await asyncio.sleep(0)
    assert not closing.done()
    below.may_save.set()
    await closing
    assert below.asked == [("draft", "typed"), ("opened", TALK)]
    assert below.listeners == []


async def test_closing_ends_what_is_under_way(store: ChatStore, below: Below, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, over = asyncio.Event(), asyncio.Event()

    async def for_ever(_user_id: UUID) -> Conversation:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            over.set()
        return talk("never")

    monkeypatch.setattr(below, "direct", for_ever)
    store.open_direct(ANN)
    await asked.wait()
    await store.close()
    assert over.is_set()


@pytest.mark.parametrize("error", [Refused("no", code="forbidden"), Unreachable(), DiskFull(), OSError()])
@pytest.mark.parametrize(
    ("what", "intent"),
    [
        ("open", lambda store: store.open_direct(ANN)),
        ("group", lambda store: store.create_group("x", [ANN])),
        ("fetch", lambda store: store.fetch(TALK, 1, 2)),
        ("draft", lambda store: store.save_draft(TALK, "x")),
        ("open", lambda store: store.remember_opened(TALK)),
        ("edit", lambda store: store.edit_message(TALK, "x")),
        ("delete", lambda store: store.delete_message(TALK)),
        ("react", lambda store: store.react(TALK, "👏", on=False)),
        (
            "save",
            lambda store: store.save_attachment(
                Attachment(id=uid("file"), name="a", media_type="text/plain", size=1, url="/x"), Path("nowhere")
            ),
        ),
    ],
)
async def test_what_failed_is_told_by_what_was_tried(
    store: ChatStore,
    below: Below,
    told: Told,
    eventually: Callable[..., Any],
    what: str,
    intent: Callable[[ChatStore], None],
    error: Exception,
) -> None:
    below.refuse = error
    intent(store)
    await eventually(lambda: told.of("failed"))
    assert told.heard == [("failed", (what, error))]
