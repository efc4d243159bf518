"""The words around a message: why it was not sent, how far it has come, how large a file is, what a screen reader says of it."""

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.core.markup import plain
from chinwag_desktop.models.dates import duration_words
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import one_line
from chinwag_protocol.objects import Attachment

_KILO = 1000


def failure_words(code: str | None) -> str:
    """Why a message failed, by error code of the protocol or of this device."""
    match code:
        case "too_large":
            return translate("Failure", "It is too large for this server.")
        case "invalid":
            return translate("Failure", "The server cannot accept a message like this.")
        case "forbidden":
            return translate("Failure", "You may not write here.")
        case "not_found":
            return translate("Failure", "You are no longer in this conversation.")
        case "conflict":
            return translate("Failure", "What it answers or forwards is gone.")
        case "disk":
            return translate("Failure", "It could not be saved: the disk is full or write-protected.")
        case "file_missing":
            return translate("Failure", "A file that belongs to it is gone.")
        case "poison":
            return translate("Failure", "The server broke off each time it was sent.")
        case _:
            return translate("Failure", "The server refused it.")


def state_words(state: DeliveryState) -> str:
    """How far an own message has come; empty for others' messages."""
    match state:
        case DeliveryState.SAVING | DeliveryState.SENDING:
            return translate("Delivery", "sending")
        case DeliveryState.SENT:
            return translate("Delivery", "sent")
        case DeliveryState.DELIVERED:
            return translate("Delivery", "delivered")
        case DeliveryState.READ:
            return translate("Delivery", "read")
        case DeliveryState.FAILED:
            return translate("Delivery", "not sent")
        case DeliveryState.RECEIVED:
            return ""


def size_words(size: int) -> str:
    """Bytes for people: "640 KB", "2.4 MB"."""
    if size < _KILO:
        return translate("Files", "{n} bytes", n=size)
    value, unit = size / _KILO, "KB"
    for larger in ("MB", "GB"):
        if value < _KILO:
            break
        value, unit = value / _KILO, larger
    return f"{value:.1f} {unit}" if value < 10 and unit != "KB" else f"{value:.0f} {unit}"


def is_picture(attachment: Attachment) -> bool:
    """Whether it is shown as a picture: a raster image whose measures are known, so that nothing jumps when it loads."""
    return attachment.media_type.startswith("image/") and bool(attachment.width and attachment.height)


def attachment_title(attachment: Attachment) -> str:
    if attachment.duration_ms is not None and attachment.media_type.startswith("audio/"):
        return translate("Files", "Voice message")
    return one_line(attachment.name) or translate("Files", "File")


def attachment_detail(attachment: Attachment) -> str:
    """The second line of a file: its length for speech, else size and type."""
    if attachment.duration_ms is not None and attachment.media_type.startswith("audio/"):
        return duration_words(attachment.duration_ms)
    suffix = attachment.name.rpartition(".")[2] if "." in attachment.name else ""
    size = size_words(attachment.size)
    return f"{size} · {one_line(suffix).upper()}" if 0 < len(suffix) <= 5 else size


def content_words(row: TimelineRow) -> str:
    """The message itself in one line of words."""
    message = row.message
    if message.deleted_at is not None:
        return translate("Row", "Message deleted")
    files = [
        translate("Row", "Picture {name}", name=one_line(item.name)) if is_picture(item) else attachment_title(item)
        for item in message.attachments
    ]
    return ", ".join([*files, one_line(plain(message.text), 4000)] if message.text else files)


def spoken_words(row: TimelineRow, *, name: str, clock: str, answers: str = "", forwarded: str = "") -> str:
    """What a screen reader says of a row; `answers` are the words of the message that it answers, `forwarded` whose it was first."""
    parts = [f"{name}, {clock}: {content_words(row)}"]
    if row.message.deleted_at is None:
        if forwarded:
            parts.append(forwarded)
        if answers:
            parts.append(translate("Row", "in reply to {words}", words=answers))
        parts += [f"{one.count} {one.emoji}" for one in row.message.reactions]
    if row.message.edited_at is not None:
        parts.append(translate("Row", "edited"))
    if words := state_words(row.state):
        parts.append(words)
    if row.state is DeliveryState.FAILED:
        parts.append(failure_words(row.error))
        parts.append(translate("Row", "Enter sends it again, Delete discards it."))
    return ", ".join(parts)
