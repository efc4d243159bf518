"""Absolute paths on this server that go into objects of the wire."""

from uuid import UUID


def attachment_url(attachment_id: UUID) -> str:
    return f"/api/v1/attachments/{attachment_id}"


def thumbnail_url(attachment_id: UUID) -> str:
    return f"/api/v1/attachments/{attachment_id}/thumbnail"


def avatar_url(avatar_id: UUID | None) -> str | None:
    """The path of a picture; None stays None."""
    return None if avatar_id is None else f"/api/v1/avatars/{avatar_id}"
