"""What is said: messages, their changes, receipts, typing, conversations, history, sync, attachments."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from chinwag_server.assembly.bus import Bus
from chinwag_server.assembly.people import People
from chinwag_server.assembly.storage import Storage
from chinwag_server.config import Settings
from chinwag_server.services.attachments import Attachments
from chinwag_server.services.conversations import Conversations
from chinwag_server.services.history import History
from chinwag_server.services.members import Members
from chinwag_server.services.message_changes import MessageChanges
from chinwag_server.services.message_parts import PartsFinder
from chinwag_server.services.message_placing import Placer
from chinwag_server.services.messages import Messages
from chinwag_server.services.receipts import Receipts
from chinwag_server.services.sync import Sync
from chinwag_server.services.typing import TypingSignals
from chinwag_server.services.uploads import UploadFolder
from chinwag_server.storage.blobs import BlobStore
from chinwag_server.storage.images import ImageProcessor
from chinwag_server.storage.marks_writer import MarksWriter
from chinwag_server.storage.message_changes import MessageChangeRepository
from chinwag_server.storage.message_writer import MessageWriter
from chinwag_server.storage.receipts import ReceiptRepository
from chinwag_server.storage.sync import SyncRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    messages: Messages
    changes: MessageChanges
    receipts: Receipts
    typing: TypingSignals
    conversations: Conversations
    members: Members
    history: History
    sync: Sync
    attachments: Attachments


async def start_talk(settings: Settings, storage: Storage, bus: Bus, people: People, held: AsyncExitStack) -> Talk:
    limits, fanout = settings.limits, bus.fanout
    rows: dict[str, Any] = {"conversations": storage.conversations, "members": storage.members, "facts": storage.facts}
    parts = PartsFinder(
        members=storage.members, messages=storage.messages, find_uploads=storage.attachments.find_uploads
    )
    messages = Messages(
        make_writer=lambda committed: MessageWriter(storage.database, on_commit=committed),
        messages=storage.messages,
        placer=Placer(conversations=storage.conversations, messages=storage.messages, parts=parts, fanout=fanout),
        fanout=fanout,
        rates=bus.rate_limits,
        limits=limits,
    )
    await messages.start()
    held.push_async_callback(messages.close)
    receipts = Receipts(
        make_writer=lambda moved: MarksWriter(storage.database, on_moved=moved),
        members=storage.members,
        receipts=ReceiptRepository(storage.database),
        fanout=fanout,
    )
    await receipts.start()
    held.push_async_callback(receipts.close)
    attachments = Attachments(
        storage.attachments,
        blobs=BlobStore.open(settings.blobs_url or settings.blobs_dir),
        images=ImageProcessor(max_pixels=limits.image_pixels),
        folder=UploadFolder(settings.data_dir / "uploads"),
        limits=limits,
    )
    await attachments.start()
    held.push_async_callback(attachments.close)
    return Talk(
        messages=messages,
        changes=MessageChanges(
            facts=storage.facts,
            members=storage.members,
            changes=MessageChangeRepository(),
            fanout=fanout,
            limits=limits,
        ),
        receipts=receipts,
        typing=TypingSignals(members=storage.members, fanout=fanout),
        conversations=Conversations(**rows, fanout=fanout, limits=limits),
        members=Members(**rows, fanout=fanout, limits=limits),
        history=History(members=storage.members, messages=storage.messages),
        sync=Sync(SyncRepository(storage.database, storage.state), is_online=people.presence.is_online, limits=limits),
        attachments=attachments,
    )
