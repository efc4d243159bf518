"""Made-up people and talk for the pictures of the documentation and the tests of the interface. The clock stands at NOW."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QLinearGradient, QPainter, QPainterPath

from chinwag_desktop.core.entities import ConversationSummary, DeliveryState, Person, TimelineRow
from chinwag_desktop.models.conversation_list_model import ConversationListModel
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.row_words import failure_words
from chinwag_desktop.models.sidebar_model import SidebarModel
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.models.unsent import Unsent
from chinwag_protocol.objects import (
    Attachment,
    Conversation,
    ForwardedFrom,
    Member,
    MemberRole,
    Message,
    Reaction,
    ReplyTo,
    SystemFact,
)
from chinwag_protocol.times import format_time

NOW = datetime(2026, 11, 24, 9, 45, tzinfo=UTC)
TODAY = datetime(2026, 11, 24, tzinfo=UTC)
YESTERDAY = TODAY - timedelta(days=1)
SENT, DELIVERED, READ = DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ


def person_id(number: int) -> UUID:
    """Ids end in a number that picks the hue of the avatar."""
    return UUID(int=0x01930000_0000_7000_8000_000000000000 + number * 8 + number % 8)


def conversation_id(number: int) -> UUID:
    return UUID(int=0x01930001_0000_7000_8000_000000000000 + number)


ME = person_id(0)
MAYA, TOMAS, YUKI, NOOR, PRIYA, ELI, ANNEKE = (person_id(number) for number in range(1, 8))
GROUP, RELEASE, LUNCH = conversation_id(30), conversation_id(37), conversation_id(34)
_NAMES = (
    (ME, "robin", "Robin Okafor", True),
    (MAYA, "maya", "Maya Lindqvist", True),
    (TOMAS, "tomas", "Tomás Herrera", True),
    (YUKI, "yuki", "Yuki Tanaka", False),
    (NOOR, "noor", "Noor Haddad", True),
    (PRIYA, "priya", "Priya Raman", False),
    (ELI, "eli", "Eli Brandt", False),
    (ANNEKE, "anneke", "Anneke de Wit", True),
)
PEOPLE: dict[UUID, Person] = {
    user: Person(id=user, username=username, display_name=name, online=online)
    for user, username, name, online in _NAMES
}


def at(day: datetime, clock: str) -> datetime:
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def make_row(
    seq: int,
    sender: UUID,
    when: datetime,
    text: str = "",
    *,
    state: DeliveryState | None = None,
    attachments: Sequence[Attachment] = (),
    kind: str = "",
    edited: bool = False,
    deleted: bool = False,
    system: SystemFact | None = None,
    error: str | None = None,
    local_path: str | None = None,
    uploaded: float | None = None,
    key: UUID | None = None,
    conversation: UUID = GROUP,
    reply_to: ReplyTo | None = None,
    reactions: Sequence[Reaction] = (),
    mentions: Sequence[UUID] = (),
    forwarded: UUID | None = None,
) -> TimelineRow:
    """A row; `seq` 0 makes it pending. The state defaults to READ for one's own."""
    key = key or UUID(int=0x01930002_0000_7000_8000_000000000000 + seq + when.second * 1000 + when.minute * 100_000)
    own = sender == ME and system is None
    message = Message(
        id=key,
        conversation_id=conversation,
        seq=seq,
        rev=seq,
        sender_id=sender,
        temp_id=key if own else None,
        kind=kind
        or (
            "system"
            if system is not None
            else "image"
            if attachments and attachments[0].width
            else "file"
            if attachments
            else "text"
        ),  # type: ignore[arg-type]
        text=text,
        attachments=tuple(attachments),
        mentions=tuple(mentions),
        forwarded_from=ForwardedFrom(sender_id=forwarded, created_at=format_time(when)) if forwarded else None,
        mentions_all=False,
        reply_to=reply_to,
        reactions=tuple(reactions),
        created_at=format_time(when),
        edited_at=format_time(when) if edited else None,
        deleted_at=format_time(when) if deleted else None,
        system=system,
    )
    shown = state if state is not None else READ if own else DeliveryState.RECEIVED
    return TimelineRow(key=key, message=message, state=shown, error=error, local_path=local_path, uploaded=uploaded)


def attachment(
    name: str, media_type: str, size: int, *, width: int | None = None, height: int | None = None, number: int = 1
) -> Attachment:
    url = f"/api/v1/attachments/{number}"
    ident = UUID(int=0x01930003_0000_7000_8000_000000000000 + number)
    return Attachment(id=ident, name=name, media_type=media_type, size=size, width=width, height=height, url=url)


def talk() -> list[TimelineRow]:
    """The demo conversation of a group: nearly every kind of row."""
    y, d = YESTERDAY, TODAY
    quay = attachment("quay.jpg", "image/jpeg", 640_000, width=680, height=420)
    plan = attachment("stern-tube-rev-C.pdf", "application/pdf", 2_400_000, number=2)
    joined = SystemFact(type="joined", actor_id=ANNEKE, user_ids=(TOMAS, YUKI))
    return [
        make_row(1, ANNEKE, at(y, "15:02"), system=joined),
        make_row(
            2, MAYA, at(y, "15:04"), "The yard confirmed the slot: we go on the cradle on the 3rd and have nine days."
        ),
        make_row(3, MAYA, at(y, "15:04:20"), "Which is tight, but fine if the shaft comes out on day one."),
        make_row(4, ME, at(y, "15:11"), "Good. I’ll book the crane and the electrician for the first morning."),
        make_row(5, YUKI, at(y, "15:20"), "Drawing updated, the stern tube keeps its measures. Please check."),
        make_row(6, YUKI, at(y, "15:20:30"), attachments=[plan]),
        make_row(7, NOOR, at(y, "15:31"), "الرسم واضح، شكراً. سأراجع القياسات في gearbox-mount قبل الغد."),
        make_row(8, ME, at(y, "15:34"), "👏"),
        make_row(9, TOMAS, at(d, "9:12"), attachments=[quay]),
        make_row(
            10,
            TOMAS,
            at(d, "9:12:10"),
            "The quay this morning. Water is 40 cm under the mark, so we wait for the tide.",
        ),
        make_row(
            11,
            ME,
            at(d, "9:24"),
            "High water is 18:40. If we leave the mooring at six there is time for one try and a second.",
        ),
        make_row(
            12,
            ME,
            at(d, "9:24:30"),
            "Tables: https://tides.example.org/harbour/2026-11-24?datum=lat&unit=cm",
            state=DELIVERED,
        ),
        make_row(13, ANNEKE, at(d, "9:36"), "I’ll bring soup 🍲 and the long lines."),
        make_row(14, ANNEKE, at(d, "9:36:12"), "And a second anchor, after last time."),
        make_row(15, TOMAS, at(d, "9:41"), "I can be there by seven"),
    ]


def delivery_rows() -> list[TimelineRow]:
    """Own messages in every state, and the rows that need care."""
    d = TODAY
    return [
        make_row(1, MAYA, at(d, "10:00"), "Did the survey come through?"),
        make_row(2, ME, at(d, "10:01"), "Read by everyone", state=READ),
        make_row(3, ME, at(d, "10:02"), "Delivered to their devices", state=DELIVERED),
        make_row(4, ME, at(d, "10:03"), "Accepted by the server", state=SENT, edited=True),
        make_row(5, MAYA, at(d, "10:04"), deleted=True),
        make_row(6, ME, at(d, "10:05"), deleted=True),
        make_row(0, ME, at(d, "10:06"), "On the screen, not on the disk yet", state=DeliveryState.SAVING),
        make_row(0, ME, at(d, "10:07"), "On its way", state=DeliveryState.SENDING),
        make_row(0, ME, at(d, "10:08"), "This one did not make it", state=DeliveryState.FAILED, error="too_large"),
        make_row(0, ME, at(d, "10:09"), "Nor did this one", state=DeliveryState.FAILED, error="disk"),
    ]


def uploading_rows() -> list[TimelineRow]:
    """Own files on their way up: waiting, begun, half, nearly there; a picture."""
    tides = [attachment("tides.pdf", "application/pdf", 2_400_000)]
    quay = [attachment("quay.jpg", "image/jpeg", 900_000, width=300, height=200)]
    sending = DeliveryState.SENDING
    shares = enumerate((None, 0.02, 0.5, 0.9))
    files = [make_row(0, ME, at(TODAY, f"10:0{n}"), state=sending, attachments=tides, uploaded=s) for n, s in shares]
    return [*files, make_row(0, ME, at(TODAY, "10:09"), state=sending, attachments=quay, uploaded=0.6)]


def reply_to(row: TimelineRow) -> ReplyTo:
    message = row.message
    return ReplyTo(id=message.id, seq=message.seq, sender_id=message.sender_id, excerpt=message.text)


def answer_rows() -> list[TimelineRow]:
    """Replies and reactions: short, long, to oneself, to something deleted, with a picture, few and many."""
    d = TODAY
    tide = make_row(
        1, TOMAS, at(d, "09:12"), "The quay this morning. Water is 40 cm under the mark, so we wait for the tide."
    )
    gone = make_row(2, YUKI, at(d, "09:13"), deleted=True)
    quay = attachment("quay.jpg", "image/jpeg", 900_000, width=300, height=160)
    wave, thumb, heart = "🌊", "👍", "❤️"

    def given(emoji: str, *who: UUID) -> Reaction:
        return Reaction(emoji=emoji, count=len(who), user_ids=who)

    many = [
        given(emoji, MAYA, *others)
        for emoji, others in ((thumb, (ME, TOMAS)), (heart, ()), (wave, (NOOR,)), ("🎉", (ME,)))
    ]
    many += [given(emoji, YUKI) for emoji in ("😮", "👀", "🙏", "⚓", "🛶", "🧭")]
    return [
        tide,
        gone,
        make_row(
            3, ME, at(d, "09:20"), "High water is 18:40.", reply_to=reply_to(tide), reactions=[given(thumb, TOMAS)]
        ),
        make_row(4, ANNEKE, at(d, "09:21"), "Yes", reply_to=reply_to(tide), reactions=many),
        make_row(5, ANNEKE, at(d, "09:23"), "What was it?", reply_to=reply_to(gone)),
        make_row(
            6, NOOR, at(d, "09:25"), attachments=[quay], reply_to=reply_to(tide), reactions=[given(wave, ME, MAYA)]
        ),
        make_row(7, NOOR, at(d, "09:26"), "🎉", reactions=[given(heart, ME)]),
        make_row(8, NOOR, at(d, "09:28"), "شكراً", reply_to=reply_to(tide)),
    ]


def script_rows(*, cjk: bool) -> list[TimelineRow]:
    """Scripts, long words, emoji, links. Chinese and Japanese only where the machine has a font for them."""
    d = TODAY
    rows = [
        make_row(1, NOOR, at(d, "10:02"), "صباح الخير! القياسات وصلت، والمحرك جاهز للتركيب يوم الخميس."),
        make_row(2, ME, at(d, "10:03"), "תודה רבה, נתראה ביום חמישי בשעה 07:30 ליד rev C"),
        make_row(
            3, TOMAS, at(d, "10:04"), "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
        ),
        make_row(
            4, TOMAS, at(d, "10:04:10"), "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08f3c1"
        ),
        make_row(5, ANNEKE, at(d, "10:05"), "👩🏽‍🔧 on it 🇳🇱 ✅ done by 5"),
        make_row(6, ME, at(d, "10:06"), "🎉🎉"),
        make_row(
            7,
            ELI,
            at(d, "10:07"),
            "See https://chat.example.org/files/a-very-long-path/that-never-ends/and-goes-on/report-final-v2.html, page 3.",
        ),
        make_row(8, ME, at(d, "10:08"), "ok"),
    ]
    if cjk:
        rows += [
            make_row(9, YUKI, at(d, "10:09"), "明日の朝、岸壁で会いましょう。潮位表を添付します。"),
            make_row(10, ME, at(d, "10:10"), "好的，我会带上备用缆绳。"),
        ]
    return rows


def file_rows() -> list[TimelineRow]:
    """Pictures and files, alone, together, and with words."""
    d = TODAY
    quay = attachment("quay.jpg", "image/jpeg", 640_000, width=680, height=420)
    tall = attachment("mast.png", "image/png", 90_000, width=300, height=800, number=3)
    plan = attachment("stern-tube-rev-C.pdf", "application/pdf", 2_400_000, number=2)
    lost = attachment("gone.webp", "image/webp", 90_000, width=400, height=200, number=9)
    return [
        make_row(1, TOMAS, at(d, "9:12"), "With words under it, as wide as the picture", attachments=[quay]),
        make_row(2, ME, at(d, "9:14"), attachments=[quay]),
        make_row(3, MAYA, at(d, "9:20"), "Both, please", attachments=[tall, plan]),
        make_row(
            4, ME, at(d, "9:22"), attachments=[plan, attachment("offer.xlsx", "application/x-excel", 18_200, number=4)]
        ),
        make_row(5, YUKI, at(d, "9:30"), attachments=[lost]),
        make_row(0, ME, at(d, "9:31"), attachments=[quay], state=DeliveryState.FAILED, error="file_missing"),
    ]


def group_of(role: MemberRole) -> Conversation:
    """A group in which the person has this role."""
    others: list[MemberRole] = ["admin" if role == "owner" else "owner", "admin", "member", "member", "member"]
    people = [key for key in PEOPLE if key != ME][: len(others)]
    roles: list[MemberRole] = [role, *others]
    members = [
        Member(user_id=key, role=held, delivered_seq=0, read_seq=0, joined_at=format_time(NOW), first_seq=1)
        for key, held in zip([ME, *people], roles, strict=True)
    ]
    return Conversation(
        id=person_id(90),
        kind="group",
        title="Mast and rigging",
        history="all",
        rev=1,
        last_seq=1,
        first_seq=1,
        member_count=len(members),
        members=tuple(members),
        created_at=format_time(NOW),
    )


class SampleReader:
    """A `TimelineReader` over a list."""

    def __init__(self, rows: Iterable[TimelineRow]) -> None:
        self.rows = {row.message.seq: row for row in rows if row.message.seq}
        self.reads = 0

    def page(self, conversation: UUID, first: int, last: int) -> list[TimelineRow]:
        self.reads += 1
        return [self.rows[seq] for seq in range(first, last + 1) if seq in self.rows]


def timeline(
    rows: Sequence[TimelineRow],
    *,
    group: bool = True,
    last_seq: int | None = None,
    unread_from: int = 0,
    unread_count: int = 0,
) -> TimelineModel:
    """A model of these rows; `last_seq` beyond them leaves rows blank."""
    stored = [row for row in rows if row.message.seq]
    return TimelineModel(
        SampleReader(stored),
        PEOPLE,
        conversation_id=GROUP,
        me=ME,
        names=group,
        last_seq=last_seq if last_seq is not None else max((row.message.seq for row in stored), default=0),
        pending=[row for row in rows if not row.message.seq],
        unread_from=unread_from,
        unread_count=unread_count,
        now=lambda: NOW,
        zone=UTC,
    )


def summaries() -> list[ConversationSummary]:
    """The conversation list of the demo."""

    def one(
        ident: UUID, when: datetime, excerpt: str, *, peer: UUID | None = None, title: str = "", **more: Any
    ) -> ConversationSummary:
        kind = "direct" if peer is not None else "group"
        return ConversationSummary(
            id=ident, kind=kind, title=title, peer_id=peer, excerpt=excerpt, last_at=when, **more
        )

    day = timedelta(days=1)
    photo = make_row(1, PRIYA, at(YESTERDAY, "8:00"), kind="image").message
    return [
        one(
            GROUP,
            at(TODAY, "9:41"),
            "I can be there by seven",
            title="Harbour refit",
            last_sender_id=TOMAS,
            unread_count=3,
        ),
        one(
            conversation_id(1),
            at(TODAY, "9:32"),
            "Perfect. See you at the quay ⚓",
            peer=MAYA,
            last_sender_id=ME,
            last_state=READ,
        ),
        one(
            RELEASE,
            at(TODAY, "8:57"),
            "the notes are in the folder",
            title="Release 1.0",
            last_sender_id=PRIYA,
            unread_count=12,
            mention_count=1,
            muted=True,
        ),
        one(
            conversation_id(4),
            at(TODAY, "8:15"),
            "شكراً جزيلاً، أراك غداً",
            peer=NOOR,
            last_sender_id=NOOR,
            unread_count=1,
        ),
        one(
            conversation_id(3),
            at(YESTERDAY, "17:20"),
            "I sent the drawings, please check",
            peer=YUKI,
            last_sender_id=YUKI,
        ),
        one(
            conversation_id(7),
            at(YESTERDAY, "11:02"),
            "Thanks",
            peer=ANNEKE,
            last_sender_id=ANNEKE,
            draft="about the invoice from",
        ),
        one(conversation_id(5), at(TODAY - 2 * day, "12:00"), "", peer=PRIYA, last_message=photo, last_sender_id=PRIYA),
        one(
            conversation_id(6),
            at(TODAY - 4 * day, "12:00"),
            "The heron is back by the lock",
            peer=ELI,
            last_sender_id=ME,
            last_state=DeliveryState.FAILED,
        ),
        one(
            LUNCH,
            at(TODAY - 4 * day, "11:00"),
            "leek soup, obviously",
            title="Lunch",
            last_sender_id=ME,
            last_state=SENT,
        ),
    ]


def sidebar_model(
    conversations: Sequence[ConversationSummary] | None = None,
    people: Iterable[Person] | None = None,
    *,
    online: bool = True,
) -> SidebarModel:
    """The demo's sidebar; its two sources hang on it. Without a link nobody is known to be online."""
    everybody = PEOPLE if online else {key: replace(person, online=False) for key, person in PEOPLE.items()}
    listed = ConversationListModel(everybody, me=ME)
    listed.set_all(summaries() if conversations is None else conversations)
    known = PeopleModel(me=ME)
    known.set_all(everybody.values() if people is None else people)
    model = SidebarModel(listed, known)
    listed.setParent(model)
    known.setParent(model)
    return model


def dusk(width: int = 680, height: int = 420) -> bytes:
    """A stand-in for a photo: hills at dusk, as PNG."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    sky = QLinearGradient(0, 0, 0, height)
    for stop, colour in ((0, "#F7D9B0"), (0.45, "#EDA77F"), (0.8, "#A46A78"), (1, "#5B4964")):
        sky.setColorAt(stop, QColor(colour))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, width, height), sky)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#FFF1D6"))
    painter.drawEllipse(QPointF(width * 0.68, height * 0.42), height * 0.09, height * 0.09)
    for base, swing, colour in ((0.62, 0.10, "#8A6378"), (0.74, 0.13, "#5C4E6B"), (0.88, 0.08, "#33384F")):
        hill = QPainterPath(QPointF(0, height))
        hill.lineTo(0, height * base)
        hill.cubicTo(
            width * 0.25,
            height * (base - swing),
            width * 0.4,
            height * (base + swing * 0.6),
            width * 0.6,
            height * (base - swing * 0.2),
        )
        hill.cubicTo(
            width * 0.75, height * (base - swing), width * 0.9, height * base, width, height * (base - swing * 0.5)
        )
        hill.lineTo(width, height)
        painter.setBrush(QColor(colour))
        painter.drawPath(hill)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


class SamplePictures:
    """A `PictureSource`: every picture is the same evening, except number 9, which cannot be had."""

    def fetch(self, item: Attachment, done: Callable[[bytes | None], None]) -> None:
        done(None if item.name == "gone.webp" else dusk(item.width or 680, item.height or 420))

    def fetch_whole(self, item: Attachment, done: Callable[[bytes | None], None]) -> None:
        self.fetch(item, done)


def unsent() -> list[Unsent]:
    """What waits in the outbox: one that was refused, one with a file, one that is long."""
    told = (
        ("Maya Lindqvist", "the whole film of the harbour, harbour.mov", failure_words("too_large"), 95),
        ("Harbour crew", "soundings.pdf", None, 12),
        (
            "Maya Lindqvist",
            "Then let us meet at 18:00 at the quay, where the ferry used to land, and walk from there.",
            None,
            1,
        ),
    )
    now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    return [
        Unsent(
            key=uuid5(GROUP, words),
            lane=GROUP,
            title=title,
            words=words,
            failure=failure,
            at=now - timedelta(minutes=minutes),
            tries=1 if failure else 0,
        )
        for title, words, failure, minutes in told
    ]
