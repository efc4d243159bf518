"""Conversations and messages: what can be done with them, and what has happened to them."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal, SignalInstance

from chinwag_desktop.core.changes import (
    Change,
    ConversationLeft,
    ConversationReset,
    ConversationsChanged,
    MarksChanged,
    MessageAttempted,
    Origin,
    PeopleChanged,
    RowDiscarded,
    RowPlaced,
    RowsChanged,
    StorageTroubled,
    TypingChanged,
    UploadProgressed,
)
from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.entities import Draft, OutboxEntry, OutgoingFile, TimelineRow
from chinwag_desktop.core.errors import ClientError, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.stores.ports import Changes, ChatApi, Files, Marks, Notes, Outbox, Pipeline, Reader
from chinwag_desktop.sync.ports import PickedFile
from chinwag_protocol.http import GroupRequest, MessagePage, SettingsPatch
from chinwag_protocol.ids import new_id
from chinwag_protocol.objects import Attachment, Conversation, ForwardedFrom, Message, ReplyTo
from chinwag_protocol.times import parse_time

logger = logging.getLogger(__name__)


class ChatStore(QObject):
    """Each signal but `conversation_opened`, `people_learned` and `failed` carries the `Change` of the same name."""

    rows_changed = Signal(object)
    row_placed = Signal(object)
    row_discarded = Signal(object)
    message_attempted = Signal(object)
    marks_changed = Signal(object)
    typing_changed = Signal(object)
    upload_progressed = Signal(object)
    storage_troubled = Signal(object)
    conversations_changed = Signal(object)
    conversation_reset = Signal(object)
    conversation_left = Signal(object)
    conversation_opened = Signal(object)
    """The id of a conversation that an intent found or made."""
    message_edited = Signal(object)
    """The id of an own message that has its new text."""
    archived = Signal(object)
    """The id of a conversation that was put into the archive here."""
    attachment_saved = Signal(str)
    """The path of a file that was fetched."""
    people_learned = Signal(object)
    """A frozenset of ids of people whose profiles are new or changed."""
    failed = Signal(str, object)
    """What was tried ("open", "group", "save", "fetch", "draft", "edit", "delete", "react", "pin", "unpin", "settings") and the error."""

    def __init__(
        self,
        me: UUID,
        *,
        pipeline: Pipeline,
        outbox: Outbox,
        changes: Changes,
        reader: Reader,
        notes: Notes,
        marks: Marks,
        files: Files,
        api: ChatApi,
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.me, self.reader = me, reader
        self._pipeline, self._outbox, self._notes, self._marks = pipeline, outbox, notes, marks
        self._files, self._api, self._clock, self._changes = files, api, clock, changes
        self._drafts: dict[UUID, Draft] = {}
        """What was written in this run: newer than the disk's, or the same."""
        self._tasks = TaskOwner("chat store")
        self._saves: set[asyncio.Task[None]] = set()
        self._signals: dict[type[Any], SignalInstance] = {
            RowsChanged: self.rows_changed,
            RowPlaced: self.row_placed,
            RowDiscarded: self.row_discarded,
            MessageAttempted: self.message_attempted,
            MarksChanged: self.marks_changed,
            TypingChanged: self.typing_changed,
            UploadProgressed: self.upload_progressed,
            StorageTroubled: self.storage_troubled,
            ConversationsChanged: self.conversations_changed,
            ConversationReset: self.conversation_reset,
            ConversationLeft: self.conversation_left,
        }
        self._unsubscribe = self.subscribe_to_messages()

    # messages

    def subscribe_to_messages(self) -> Callable[[], None]:
        """Hear everything that the pipeline accepts; returns what ends it."""
        return self._pipeline.subscribe(self._handle)

    def send_message(
        self,
        conversation_id: UUID,
        text: str,
        *,
        files: Sequence[OutgoingFile] = (),
        reply_to: ReplyTo | None = None,
        mentions: Sequence[UUID] = (),
        mentions_all: bool = False,
    ) -> TimelineRow:
        """Put a message on the screen now; its outbox entry and the socket follow."""
        entry = OutboxEntry(
            temp_id=new_id(),
            created_at=self._clock.now(),
            conversation_id=conversation_id,
            text=text,
            files=tuple(files),
            reply_to=reply_to,
            mentions=tuple(mentions),
            mentions_all=mentions_all,
        )
        row = self._outbox.submit(entry)
        self.rows_changed.emit(RowsChanged(conversation_id=conversation_id, rows=(row,), origin=Origin.LOCAL))
        return row

    def forward_message(self, message: Message, to: UUID, *, words: str) -> TimelineRow:
        """Send a copy of a message to another conversation; `words` stand for it until the server has made it."""
        first = message.forwarded_from or ForwardedFrom(sender_id=message.sender_id, created_at=message.created_at)
        entry = OutboxEntry(
            temp_id=new_id(),
            created_at=self._clock.now(),
            conversation_id=to,
            text=words,
            forward=message.id,
            forwarded_from=first,
        )
        row = self._outbox.submit(entry)
        self.rows_changed.emit(RowsChanged(conversation_id=to, rows=(row,), origin=Origin.LOCAL))
        return row

    def send_files(
        self,
        conversation_id: UUID,
        text: str,
        files: Sequence[PickedFile],
        *,
        reply_to: ReplyTo | None = None,
        mentions: Sequence[UUID] = (),
        mentions_all: bool = False,
    ) -> None:
        """Send files: the first with the text, each picture a message of its own. The outbox copies them into the profile."""
        planned = self._files.plan(files)
        pictures = [(file,) for file in planned if file.role == "image"]
        others = tuple(file for file in planned if file.role != "image")
        for number, part in enumerate([*pictures, others] if others else pictures):
            if number:
                self.send_message(conversation_id, "", files=part)
            else:
                said: dict[str, Any] = {"reply_to": reply_to, "mentions": mentions, "mentions_all": mentions_all}
                self.send_message(conversation_id, text, files=part, **said)

    def pending_rows(self, conversation_id: UUID) -> list[TimelineRow]:
        """The unsent messages of a conversation, oldest first; those that the disk refused are in memory only."""
        rows = self._outbox.rows(conversation_id)
        if self._outbox.loaded:
            return rows
        early = {row.key for row in rows}
        return [row for row in self.reader.pending(conversation_id) if row.key not in early] + rows

    def retry(self, key: UUID) -> None:
        """*Retry* on a failed message."""
        self._outbox.retry(key)

    def discard(self, key: UUID) -> None:
        """*Discard* on a failed message."""
        self._outbox.discard(key)

    def edit_message(self, message_id: UUID, text: str, *, mentions: Sequence[UUID] = ()) -> None:
        """Give an own message another text; answers by `message_edited`."""
        self._spawn(self._edit(message_id, text, mentions), "edit")

    def delete_message(self, message_id: UUID) -> None:
        """Take a message away from everybody."""
        self._spawn(self._changes.delete(message_id), "delete")

    def react(self, message_id: UUID, emoji: str, *, on: bool) -> None:
        """Give a message an emoji, or take one's own back."""
        self._spawn(self._changes.react(message_id, emoji, on=on), "react")

    def pin(self, message_id: UUID, *, on: bool) -> None:
        """Pin a message for everybody in the conversation, or take the pin away."""
        self._spawn(self._changes.pin(message_id, on=on), "pin" if on else "unpin")

    def fetch_pins(self, conversation_id: UUID) -> None:
        """Get the pinned messages that the cache lacks; they come as `rows_changed`."""
        self._spawn(self._fetch_pins(conversation_id), "fetch")

    def unsent(self) -> tuple[OutboxEntry, ...]:
        """Everything that no server has acknowledged."""
        return self._outbox.pending()

    def tries(self, key: UUID) -> int:
        """How many times this run has sent a message that is still unsent."""
        return self._outbox.tries(key)

    def save_attachment(self, attachment: Attachment, target: Path) -> None:
        """Fetch a file to where the person chose; answers by `attachment_saved`. It is never opened."""
        self._spawn(self._save_attachment(attachment, target), "save")

    def fetch(self, conversation_id: UUID, first_seq: int, last_seq: int) -> None:
        """Get messages that the timeline shows and the cache lacks; they come as `rows_changed`."""
        self._spawn(self._fetch(conversation_id, first_seq, last_seq), "fetch")

    async def first_since(self, conversation_id: UUID, at: datetime) -> int:
        """The `seq` of the first message not older than `at`, else of the last one: by halves, from the cache or, where it has a hole, over HTTP.

        0 in an empty conversation. Raises ClientError.
        """
        extent = self.reader.extent(conversation_id)
        low, high = extent.first_seq, extent.last_seq
        if high < low:
            return 0
        while low < high:
            middle = (low + high) // 2
            if await self._written_at(conversation_id, middle) < at:
                low = middle + 1
            else:
                high = middle
        return low

    async def _written_at(self, conversation_id: UUID, seq: int) -> datetime:
        """When a message was written. One that is gone for good counts as older than all."""
        held = self.reader.page(conversation_id, seq, seq)
        messages = [row.message for row in held]
        if not messages:
            page = await self._api.messages(conversation_id, after=seq - 1, limit=1)
            messages = list(page.messages)
        return parse_time(messages[0].created_at) if messages else datetime.min.replace(tzinfo=UTC)

    def mark_read(self, conversation_id: UUID, seq: int) -> None:
        """The user has seen everything up to `seq`."""
        self._marks.mark_read(conversation_id, seq)

    def set_typing(self, conversation_id: UUID, typing: bool) -> None:
        """The user began or stopped typing."""
        self._marks.typing(conversation_id, typing)

    def save_draft(self, conversation_id: UUID, text: str, *, reply_to: ReplyTo | None = None) -> None:
        """Keep what stands in the composer."""
        draft = self._drafts[conversation_id] = Draft(conversation_id=conversation_id, text=text, reply_to=reply_to)
        self._save(self._save_draft(draft), "draft")

    def draft(self, conversation_id: UUID) -> Draft:
        """What stood in the composer last, whether the disk has it yet or not."""
        kept = self._drafts.get(conversation_id) or self.reader.draft(conversation_id)
        return kept or Draft(conversation_id=conversation_id, text="")

    # conversations and people

    def remember_opened(self, conversation_id: UUID) -> None:
        """This conversation is painted first at the next start."""
        self._save(self._notes.save_last_opened(conversation_id), "open")

    def open_direct(self, user_id: UUID) -> None:
        """Find or make the conversation with somebody: at once when it is known here."""
        known = self.reader.direct_with(user_id)
        if known is not None:
            self.conversation_opened.emit(known)
        else:
            self._spawn(self._open(self._api.direct(user_id)), "open")

    def create_group(self, title: str, member_ids: Sequence[UUID]) -> None:
        """Make a group and open it."""
        request = GroupRequest(title=title, member_ids=tuple(member_ids))
        self._spawn(self._open(self._api.create_group(request, idempotency_key=str(new_id()))), "group")

    def configure(self, conversation_id: UUID, patch: SettingsPatch) -> None:
        """Mute, pin, archive or mark unread, for oneself; all devices hear of it, this one too. Only over a connection."""
        self._spawn(self._configure(conversation_id, patch), "settings")

    async def find_people(self, query: str) -> list[UUID]:
        """Ids of people on the server whose names match; their profiles are known when this returns. Raises ClientError."""
        found = await self._api.users(query=query or None, limit=50)
        await self._pipeline.apply_users(found.users)
        return [user.id for user in found.users if user.id != self.me]

    def learn_people(self, user_ids: Sequence[UUID]) -> None:
        """Have the profiles of people fetched who are online and not known here; asking again changes nothing."""
        self._pipeline.want_people(frozenset(user_ids))

    async def close(self) -> None:
        """Hear no more and stop what is under way, once the drafts are on the disk."""
        self._unsubscribe()
        while self._saves:
            await asyncio.gather(*self._saves, return_exceptions=True)
        await self._tasks.close()

    # how

    def _handle(self, change: Change) -> None:
        if isinstance(change, PeopleChanged):
            self.people_learned.emit(change.ids)
        elif (signal := self._signals.get(type(change))) is not None:
            signal.emit(change)
        if isinstance(change, RowsChanged) and not all(row.message.seq for row in change.rows):
            # the list shows what waits in the outbox, too
            self.conversations_changed.emit(ConversationsChanged(ids=frozenset({change.conversation_id})))

    def _spawn(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        return self._tasks.spawn(self._guarded(work, what), what)

    def _save(self, work: Coroutine[Any, Any, None], what: str) -> None:
        task = self._spawn(work, what)
        self._saves.add(task)
        task.add_done_callback(self._saves.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None], what: str) -> None:
        try:
            await work
        except (ClientError, StorageError, OSError) as error:
            logger.info("%s failed: %s", what, error)
            self.failed.emit(what, error)

    async def _fetch(self, conversation_id: UUID, first_seq: int, last_seq: int) -> None:
        after = first_seq - 1
        while after < last_seq:
            page = await self._api.messages(conversation_id, after=after, limit=min(200, last_seq - after))
            await self._pipeline.apply_history(conversation_id, page)
            if not page.messages or not page.has_more_after:
                return
            after = page.messages[-1].seq

    async def _fetch_pins(self, conversation_id: UUID) -> None:
        known = {message.id: message.rev for message in self.reader.pinned(conversation_id)}
        for message in (await self._api.pins(conversation_id)).messages:
            if known.get(message.id, 0) < message.rev:
                page = MessagePage(messages=(message,), has_more_before=True, has_more_after=True)
                await self._pipeline.apply_history(conversation_id, page)

    async def _edit(self, message_id: UUID, text: str, mentions: Sequence[UUID]) -> None:
        await self._changes.edit(message_id, text, mentions=mentions)
        self.message_edited.emit(message_id)

    async def _save_attachment(self, attachment: Attachment, target: Path) -> None:
        await self._api.download(attachment.url, target, at_most=attachment.size)
        self.attachment_saved.emit(str(target))

    async def _open(self, call: Coroutine[Any, Any, Conversation]) -> None:
        conversation = await call
        await self._pipeline.apply_conversations([conversation])
        self.conversation_opened.emit(conversation.id)

    async def _configure(self, conversation_id: UUID, patch: SettingsPatch) -> None:
        await self._api.configure(conversation_id, patch)
        if patch.archived is True:
            self.archived.emit(conversation_id)

    async def _save_draft(self, draft: Draft) -> None:
        await self._notes.save_draft(draft)
        self.conversations_changed.emit(ConversationsChanged(ids=frozenset({draft.conversation_id})))
