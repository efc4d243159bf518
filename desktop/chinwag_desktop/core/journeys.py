"""What happens to a message on its way: the steps, and when it took them. Pure."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct, field


class Step(StrEnum):
    """The steps of a message, in their order."""

    WRITTEN = "written"
    SAVED = "saved"
    SENT = "sent"
    STORED = "stored"
    DELIVERED = "delivered"
    READ = "read"


class Journey(Struct):
    """One message: when it took a step first, and how often it was sent."""

    conversation_id: UUID
    steps: dict[Step, datetime] = field(default_factory=dict[Step, datetime])
    attempts: int = 0
    seq: int = 0
