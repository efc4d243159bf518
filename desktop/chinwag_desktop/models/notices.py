"""Which messages are worth a notification, and its words. Pure."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from chinwag_desktop.core.changes import Origin, RowsChanged
from chinwag_desktop.core.entities import ConversationSummary, TimelineRow
from chinwag_desktop.models.i18n import translate, translate_n
from chinwag_desktop.models.people_source import PeopleSource, name_of
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_words import content_words

_WORDS = 240  # characters of a message


class Notice(Struct, frozen=True, kw_only=True):
    """One notification; the next one of its conversation takes its place."""

    conversation_id: UUID
    title: str
    words: str


def notice_of(
    change: RowsChanged,
    summary: ConversationSummary,
    people: PeopleSource,
    *,
    me: UUID,
    title: str,
    excerpts: bool,
) -> Notice | None:
    """What to say of rows that came in, or None. What was missed and comes all at once is counted; `excerpts` off hides what was written."""
    if summary.muted or summary.notify == "none" or change.origin not in (Origin.LIVE, Origin.CATCH_UP):
        return None
    news = [row for row in change.rows if _is_news(row, summary, me=me)]
    if not news:
        return None
    if len(news) > 1 or change.origin is Origin.CATCH_UP:
        count = summary.unread_count if summary.notify == "all" else summary.mention_count
        words = translate_n("Notice", "%n new message(s)", max(len(news), count))
        return Notice(conversation_id=summary.id, title=title, words=words)
    return Notice(conversation_id=summary.id, title=title, words=_words(news, summary, people, excerpts=excerpts))


def _is_news(row: TimelineRow, summary: ConversationSummary, *, me: UUID) -> bool:
    message = row.message
    if message.sender_id == me or message.kind == "system" or message.deleted_at is not None:
        return False
    if message.edited_at is not None or message.seq <= summary.read_seq:
        return False
    meant = me in message.mentions or message.mentions_all
    return summary.notify == "all" or meant


def _words(news: Sequence[TimelineRow], summary: ConversationSummary, people: PeopleSource, *, excerpts: bool) -> str:
    row = news[-1]
    if not excerpts:
        return translate_n("Notice", "%n new message(s)", len(news))
    words = one_line(content_words(row), _WORDS)
    if summary.kind == "direct":
        return words
    return translate("Notice", "{name}: {words}", name=name_of(people, row.message.sender_id), words=words)
