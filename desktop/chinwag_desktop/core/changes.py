"""What the sync layer tells those above it, each after the transaction that made it true.

``EventPipeline.subscribe`` delivers these on the loop's thread, in the order in which they happened.
"""

from enum import StrEnum
from pathlib import Path
from uuid import UUID

from msgspec import Struct

from chinwag_desktop.core.entities import TimelineRow


class Origin(StrEnum):
    """Where rows came from; only LIVE ones are news that may notify."""

    LIVE = "live"
    CATCH_UP = "catch_up"
    HISTORY = "history"
    LOCAL = "local"


class RowsChanged(Struct, frozen=True, kw_only=True):
    """Rows that are new or look different now, in ``seq`` order, pending ones last."""

    conversation_id: UUID
    rows: tuple[TimelineRow, ...]
    origin: Origin = Origin.LIVE


class RowPlaced(Struct, frozen=True, kw_only=True):
    """A pending row of this device got its ``seq``: ``row`` replaces the one with the same ``key``."""

    conversation_id: UUID
    key: UUID
    row: TimelineRow


class MessageAttempted(Struct, frozen=True, kw_only=True):
    """A message of this device goes out now, for the ``number``-th time in this run."""

    key: UUID
    number: int


class RowDiscarded(Struct, frozen=True, kw_only=True):
    """A pending row is gone: the user discarded it."""

    lane: UUID
    key: UUID


class ConversationsChanged(Struct, frozen=True, kw_only=True):
    """Rows of the conversation list that are new or look different now."""

    ids: frozenset[UUID]


class ConversationReset(Struct, frozen=True, kw_only=True):
    """Everything held of this conversation was dropped and begins anew with what the cache has now."""

    conversation_id: UUID


class ConversationLeft(Struct, frozen=True, kw_only=True):
    """The user is no longer a member; nothing of the conversation is kept."""

    conversation_id: UUID


class MarksChanged(Struct, frozen=True, kw_only=True):
    """A member's marks moved. Own messages up to ``read_upto`` are read by all others, up to
    ``delivered_upto`` delivered to all others."""

    conversation_id: UUID
    user_id: UUID
    delivered_seq: int
    read_seq: int
    delivered_upto: int = 0
    read_upto: int = 0


class PeopleChanged(Struct, frozen=True, kw_only=True):
    """Profiles that are new or changed."""

    ids: frozenset[UUID]


class PresenceChanged(Struct, frozen=True, kw_only=True):
    """Who came and who went; with ``whole`` everybody not in ``online`` is offline."""

    online: frozenset[UUID]
    offline: frozenset[UUID] = frozenset()
    whole: bool = False


class TypingChanged(Struct, frozen=True, kw_only=True):
    """Somebody began or stopped typing; the pipeline itself ends it after 5 s."""

    conversation_id: UUID
    user_id: UUID
    typing: bool


class UploadProgressed(Struct, frozen=True, kw_only=True):
    """Bytes of a message's files that have been uploaded."""

    key: UUID
    sent: int
    total: int


class StorageProblem(StrEnum):
    """What is wrong with the disk."""

    CACHE_FULL = "cache_full"
    CACHE_REBUILT = "cache_rebuilt"
    OUTBOX_FAILED = "outbox_failed"
    OUTBOX_CLOSED = "outbox_closed"
    OUTBOX_SALVAGED = "outbox_salvaged"


class StorageTroubled(Struct, frozen=True, kw_only=True):
    """The disk refused; nothing acknowledged is lost, but the user should know. `path` is the file that the user may look for."""

    problem: StorageProblem
    path: Path | None = None


Change = (
    RowsChanged
    | RowPlaced
    | MessageAttempted
    | RowDiscarded
    | ConversationsChanged
    | ConversationReset
    | ConversationLeft
    | MarksChanged
    | PeopleChanged
    | PresenceChanged
    | TypingChanged
    | UploadProgressed
    | StorageTroubled
)
