"""A server in memory, as far as the client's sync layer can tell: conversations with ``rev`` and ``seq``, facts, ``/sync``."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from desktop_builders import ME, WHEN, member, settings, talk, uid, user

from chinwag_desktop.core.errors import Refused
from chinwag_desktop.core.link import Inbound
from chinwag_protocol.http import MarkRow, MessagePage, SyncAnswer, SyncRequest
from chinwag_protocol.limits import RESET_MESSAGES, SYNC_LIMIT_DEFAULT
from chinwag_protocol.objects import Attachment, Conversation, Member, Message, User


class Talk:
    """One conversation on the server."""

    def __init__(self, conversation: Conversation) -> None:
        self.base = conversation
        self.rev = conversation.rev
        self.messages: list[Message] = []
        self.marks: dict[UUID, tuple[int, int]] = {m.user_id: (0, 0) for m in conversation.members}

    def view(self) -> Conversation:
        read = self.marks.get(ME, (0, 0))[1]
        unread = [
            m for m in self.messages if m.seq > read and m.sender_id != ME and not m.deleted_at and m.kind != "system"
        ]
        return msgspec.structs.replace(
            self.base,
            rev=self.rev,
            last_seq=len(self.messages),
            members=tuple(self._member(m) for m in self.base.members),
            last_message=self.messages[-1] if self.messages else None,
            unread_count=len(unread),
            mention_count=sum(ME in m.mentions for m in unread),
            settings=self.base.settings or settings(),
        )

    def _member(self, old: Member) -> Member:
        delivered, read = self.marks[old.user_id]
        return msgspec.structs.replace(old, delivered_seq=delivered, read_seq=read)


class World:
    """Makes facts and gives them out as events; answers ``/sync`` like the server. Nothing is sent by itself."""

    def __init__(self) -> None:
        self.epoch = "epoch-1"
        self.talks: dict[UUID, Talk] = {}
        self.users = [user("me"), user("ann"), user("bob")]
        self.asked: list[UUID] = []
        self.syncs: list[SyncRequest] = []
        self.page_size: int | None = None
        """Conversations a page of ``/sync``."""
        self.failure: Exception | None = None
        self.before_answer: Callable[[], Any] | None = None
        """Called after the snapshot is taken and before the answer is given."""
        self.uploads: list[tuple[str, str]] = []
        self.upload_failure: Exception | None = None

    def open(self, name: str = "talk", *members: Member, **fields: Any) -> Inbound:
        people = members or (member("me"), member("ann"))
        conversation = talk(name, *people, **fields)
        self.talks[conversation.id] = Talk(conversation)
        return inbound("conversationUpdated", {"conversation": conversation})

    def say(
        self, text: str, sender: str = "ann", *, to: str = "talk", temp_id: UUID | None = None, **fields: Any
    ) -> Inbound:
        talk_ = self.talks[uid(to)]
        talk_.rev += 1
        seq = len(talk_.messages) + 1
        values: dict[str, Any] = {
            "id": uid(f"{to}/{seq}"),
            "conversation_id": uid(to),
            "seq": seq,
            "rev": talk_.rev,
            "sender_id": uid(sender),
            "temp_id": temp_id,
            "kind": "text",
            "text": text,
            "attachments": (),
            "mentions": (),
            "mentions_all": False,
            "reactions": (),
            "created_at": WHEN,
        }
        message = Message(**{**values, **fields})
        talk_.messages.append(message)
        if message.sender_id in talk_.marks:
            talk_.marks[message.sender_id] = (seq, seq)
        return inbound("newMessage", message)

    def change(self, seq: int, *, to: str = "talk", **changes: Any) -> Message:
        """Whatever can be changed of a message, as the next fact."""
        talk_ = self.talks[uid(to)]
        talk_.rev += 1
        message = msgspec.structs.replace(talk_.messages[seq - 1], rev=talk_.rev, **changes)
        talk_.messages[seq - 1] = message
        return message

    def edit(self, seq: int, text: str, *, to: str = "talk") -> Inbound:
        return inbound("messageUpdated", self.change(seq, to=to, text=text, edited_at=WHEN))

    def delete(self, seq: int, *, to: str = "talk") -> Inbound:
        return inbound("messageUpdated", self.change(seq, to=to, text="", deleted_at=WHEN))

    def rename(self, title: str, *, to: str = "talk") -> Inbound:
        talk_ = self.talks[uid(to)]
        talk_.rev += 1
        talk_.base = msgspec.structs.replace(talk_.base, title=title)
        event = msgspec.structs.replace(talk_.base, rev=talk_.rev, last_seq=len(talk_.messages))
        return inbound("conversationUpdated", {"conversation": event})

    def read(self, name: str, seq: int, *, to: str = "talk") -> Inbound:
        delivered, read = self.talks[uid(to)].marks[uid(name)]
        self.talks[uid(to)].marks[uid(name)] = (max(delivered, seq), max(read, seq))
        return inbound("messagesRead", {"conversationId": uid(to), "userId": uid(name), "seq": seq, "at": WHEN})

    def leave(self, *, to: str = "talk") -> Inbound:
        del self.talks[uid(to)]
        return inbound("conversationLeft", {"conversationId": uid(to)})

    def ack(self, seq: int, *, to: str = "talk") -> Message:
        return self.talks[uid(to)].messages[seq - 1]

    # what the sync layer calls

    async def sync(self, request: SyncRequest) -> SyncAnswer:
        self.syncs.append(request)
        if self.failure is not None:
            raise self.failure
        answer = self._answer(request)
        if self.before_answer is not None:
            await self.before_answer()
        return answer

    async def user(self, user_id: UUID) -> User:
        self.asked.append(user_id)
        if self.failure is not None:
            raise self.failure
        for found in self.users:
            if found.id == user_id:
                return found
        raise Refused(code="not_found")

    async def messages(
        self,
        conversation_id: UUID,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int | None = None,
    ) -> MessagePage:
        found = self.talks[conversation_id].messages
        size = limit or 50
        if before is not None:
            rows = [m for m in found if m.seq < before][-size:]
        elif after is not None:
            rows = [m for m in found if m.seq > after][:size]
        else:
            rows = found[-size:]
        return MessagePage(
            messages=tuple(rows),
            has_more_before=bool(rows) and rows[0].seq > 1,
            has_more_after=bool(rows) and rows[-1].seq < len(found),
        )

    async def upload(
        self, path: Path, *, name: str, idempotency_key: str, on_progress: Callable[[int, int], None] | None = None
    ) -> Attachment:
        size = os.path.getsize(path)  # noqa: ASYNC240 - a fake
        if self.upload_failure is not None:
            raise self.upload_failure
        self.uploads.append((name, idempotency_key))
        if on_progress is not None:
            for part in range(1, 101):
                on_progress(size * part // 100, size)
        return Attachment(id=uid(idempotency_key), name=name, media_type="x/y", size=size, url="/x")

    def _answer(self, request: SyncRequest) -> SyncAnswer:
        cursors = request.cursors if request.epoch == self.epoch else {}
        limit = request.limit or SYNC_LIMIT_DEFAULT
        changed = [t for _, t in sorted(self.talks.items()) if cursors.get(t.base.id) != t.rev]
        page = changed[: self.page_size] if self.page_size else changed
        messages: list[Message] = []
        reset: list[UUID] = []
        for talk_ in page:
            cursor = cursors.get(talk_.base.id)
            newer = [m for m in talk_.messages if cursor is not None and m.rev > cursor]
            if cursor is None or cursor > talk_.rev or len(newer) > limit:
                newer = talk_.messages[-RESET_MESSAGES:]
                if cursor is not None:
                    reset.append(talk_.base.id)
            messages += sorted(newer, key=lambda m: m.rev)
        return SyncAnswer(
            epoch=self.epoch,
            server_time=WHEN,
            conversations=tuple(t.view() for t in page),
            left=tuple(id_ for id_ in request.cursors if id_ not in self.talks),
            messages=tuple(messages),
            reset=tuple(reset),
            members=(),
            marks=tuple(
                MarkRow(conversation_id=id_, user_id=who, delivered_seq=d, read_seq=r)
                for id_, t in self.talks.items()
                for who, (d, r) in t.marks.items()
            ),
            marks_cursor="m",
            settings=(),
            users=tuple(self.users),
            users_cursor="u",
            more=len(page) < len(changed),
        )


def inbound(name: str, payload: Any) -> Inbound:
    """An event as it comes out of the socket: plain JSON values."""
    return Inbound(name, msgspec.json.decode(msgspec.json.encode(payload)))
