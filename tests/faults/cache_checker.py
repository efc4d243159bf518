"""I4: what a client holds equals the database, for the memberships of its user. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faults.stored import Cache, CachedConversation, StoredConversation
from faults.violations import SAID_ENOUGH, Violation


def check_cache(cache: Cache, database: Sequence[StoredConversation]) -> Iterable[Violation]:
    """The conversations of its user and no others, each with the same head, the same members, the same messages."""
    mine = {one.id: one for one in database if cache.user_id in one.members}
    words = [f"holds {id_}, of which its user is no member" for id_ in cache.conversations.keys() - mine.keys()]
    for id_, stored in mine.items():
        held = cache.conversations.get(id_)
        if held is None:
            words.append(f"lacks {id_}, of which its user is a member")
        else:
            words += (f"{id_} {what}" for what in _differences(held, stored, cache.user_id))
    yield from (Violation("unequal cache", f"{cache.client}: {what}") for what in words)
    own = [m.temp_id for held in cache.conversations.values() for m in held.messages.values() if m.temp_id]
    if len(own) != len(set(own)):
        yield Violation("doubled", f"{cache.client} shows {len(own) - len(set(own))} own messages twice")


def _differences(held: CachedConversation, stored: StoredConversation, user_id: str) -> Iterable[str]:
    if (held.rev, held.last_seq) != (stored.rev, stored.last_seq):
        at = f"rev {held.rev}, seq {held.last_seq}"
        yield f"stands at {at}; stored is rev {stored.rev}, seq {stored.last_seq}"
    if sorted(held.members) != sorted(stored.members):
        yield f"has the members {sorted(held.members)}; stored are {sorted(stored.members)}"
    yield from _message_differences(held, stored)
    if held.marks is not None and held.marks != stored.members:
        users = held.marks.keys() | stored.members
        differ = [user for user in sorted(users) if held.marks.get(user) != stored.members.get(user)]
        pairs = [f"{user}: {held.marks.get(user)}, stored {stored.members.get(user)}" for user in differ[:3]]
        yield f"has other marks: {'; '.join(pairs)}"
    if held.unread is not None and held.unread != (unread := _unread(stored, user_id)):
        yield f"counts {held.unread} unread, it is {unread}"


def _message_differences(held: CachedConversation, stored: StoredConversation) -> Iterable[str]:
    rows = {row.seq: row for row in stored.messages}
    for seq, message in held.messages.items():
        row = rows.get(seq)
        if row is None or (row.id, row.rev, row.text) != (message.id, message.rev, message.text):
            yield f"has as seq {seq} {message}; stored is {row}"
    if stored.last_seq and stored.last_seq not in held.messages:
        yield f"lacks its newest message, seq {stored.last_seq}"
    for first, last in held.held:
        if lacking := [seq for seq in range(first, last + 1) if seq not in held.messages]:
            yield f"claims to hold {first} to {last} and lacks {lacking[:SAID_ENOUGH]}"
    if held.held and max(last for _, last in held.held) != stored.last_seq:
        yield f"claims to hold no run that ends at seq {stored.last_seq}"


def _unread(stored: StoredConversation, user_id: str) -> int:
    read = stored.members[user_id].read_seq
    return sum(1 for row in stored.messages[read:] if not row.system and not row.deleted and row.sender_id != user_id)
