"""I1 to I5: pure functions over what was written down during a run and what there is at its end.

    I1 every acknowledged message is in the database, and so is every one that an outbox had saved
    I2 no two rows with the same (sender, tempId), no two bubbles either
    I3 `rev` and `seq` without a gap in every conversation
    I4 every client's cache equals the database for its memberships
    I5 per sender and conversation, the order of the outbox is the order of `seq`; on a link, `rev` only grows

I6 is `baseline.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from faults.cache_checker import check_cache
from faults.records import Acked, Changed, Fact, Note, Queued, Record, Refused, Saved
from faults.stored import Cache, StoredConversation, StoredMessage
from faults.violations import SAID_ENOUGH, Violation

EDITED = " (edited)"
"""What an edit puts behind a text."""
BUTTED_OUT = frozenset({"not_found", "forbidden"})
"""What a message may be refused with whose sender was removed meanwhile."""


class ClientHistory(msgspec.Struct, frozen=True):
    """What one client wrote down."""

    client: str
    user_id: str
    records: Sequence[Record]


class Evidence(msgspec.Struct, frozen=True):
    """All there is to judge by."""

    histories: Sequence[ClientHistory]
    database: Sequence[StoredConversation]
    caches: Sequence[Cache]


RULES: tuple[str, ...] = (
    "lost",
    "doubled",
    "gap",
    "unequal cache",
    "reordered",
    "told a stranger",
    "wrong refusal",
    "complaint",
)


def check(evidence: Evidence) -> list[Violation]:
    """Everything that is wrong."""
    rows = {row.temp_id: row for one in evidence.database for row in one.messages if row.temp_id}
    by_id = {row.id: row for one in evidence.database for row in one.messages}
    found = [*check_doubles(evidence.database), *check_gaps(evidence)]
    for history in evidence.histories:
        found += check_acks(history, rows)
        found += check_saved(history, rows)
        found += check_changes(history, by_id)
        found += check_refusals(history, rows)
        found += check_order(history, rows)
        found += check_links(history)
        found += check_notes(history)
    found += check_facts(evidence)
    for cache in evidence.caches:
        found += check_cache(cache, evidence.database)
    return found


# ---------------------------------------------------------------- I1


def check_acks(history: ClientHistory, rows: dict[str, StoredMessage]) -> Iterable[Violation]:
    """What was acknowledged is stored, as it was said: the same id, conversation and `seq`."""
    for ack in history.records:
        if not isinstance(ack, Acked):
            continue
        row = rows.get(ack.temp_id)
        if row is None:
            yield Violation(
                "lost", f"{history.client}: {ack.temp_id} was acknowledged at {ack.at:.3f}, it is not stored"
            )
        elif (row.id, row.seq, row.conversation_id) != (ack.id, ack.seq, ack.conversation_id):
            told = f"as {ack.id}, seq {ack.seq} of {ack.conversation_id}"
            is_ = f"{row.id}, seq {row.seq} of {row.conversation_id}"
            yield Violation("lost", f"{history.client}: {ack.temp_id} was acknowledged {told}, stored is {is_}")
        elif row.sender_id != history.user_id:
            yield Violation("lost", f"{history.client}: {ack.temp_id} is stored as {row.sender_id}'s")


def check_saved(history: ClientHistory, rows: dict[str, StoredMessage]) -> Iterable[Violation]:
    """What an outbox had on the disk was sent in the end, with its own text, unless it was refused."""
    refused = _refused(history)
    for record in history.records:
        if not isinstance(record, Saved) or record.temp_id in refused:
            continue
        row = rows.get(record.temp_id)
        if row is None:
            yield Violation(
                "lost", f"{history.client}: {record.temp_id} was in the outbox at {record.at:.3f}, then gone"
            )
        elif record.temp_id not in row.text and not row.deleted:
            yield Violation("lost", f"{history.client}: {record.temp_id} is stored with another text: {row.text!r}")


def check_changes(history: ClientHistory, rows: dict[str, StoredMessage]) -> Iterable[Violation]:
    """A change that was acknowledged is stored: by the `rev` that was told, and what was edited or deleted looks so."""
    for record in history.records:
        if not isinstance(record, Changed):
            continue
        row = rows.get(record.id)
        looks = row is not None and {"edit": row.text.endswith(EDITED), "delete": row.deleted}.get(record.what, True)
        if row is None or row.rev != record.rev or not row.changed or not looks:
            told = f"{record.what} of {record.id} was acknowledged at {record.at:.3f} as rev {record.rev}"
            yield Violation("lost", f"{history.client}: {told}; stored is {row}")


def _refused(history: ClientHistory) -> dict[str, Refused]:
    """What was refused, and not taken up again later."""
    refused: dict[str, Refused] = {}
    for record in history.records:
        if isinstance(record, Refused):
            refused[record.temp_id] = record
        elif isinstance(record, Saved):
            refused.pop(record.temp_id, None)
    return refused


# ---------------------------------------------------------------- I2


def check_doubles(database: Sequence[StoredConversation]) -> Iterable[Violation]:
    """One row a (sender, tempId), one a message id."""
    seen: dict[tuple[str, str], StoredMessage] = {}
    ids: set[str] = set()
    for row in (row for conversation in database for row in conversation.messages):
        if row.temp_id:
            other = seen.setdefault((row.sender_id, row.temp_id), row)
            if other is not row:
                places = f"{other.conversation_id}/{other.seq} and {row.conversation_id}/{row.seq}"
                yield Violation("doubled", f"{row.temp_id} is stored as {places}")
        if row.id in ids:
            yield Violation("doubled", f"the id {row.id} is stored twice")
        ids.add(row.id)


# ---------------------------------------------------------------- I3


def check_gaps(evidence: Evidence) -> Iterable[Violation]:
    """`seq` is 1, 2, 3 … `last_seq`. Every `rev` up to the conversation's is somebody's: a message's, a change of
    membership's (the one below its system message), the first, or, where messages were changed, one that was heard of."""
    heard: dict[str, set[int]] = defaultdict(set)
    for history in evidence.histories:
        for record in history.records:
            if isinstance(record, Fact | Acked | Changed):
                heard[record.conversation_id].add(record.rev)
    for conversation in evidence.database:
        seqs = [row.seq for row in conversation.messages]
        wanted = list(range(1, conversation.last_seq + 1))
        if sorted(seqs) != wanted:
            missing = sorted(set(wanted) - set(seqs))[:SAID_ENOUGH]
            beyond = sorted(set(seqs) - set(wanted))[:SAID_ENOUGH]
            yield Violation("gap", f"{conversation.id}: seq {missing} missing, {beyond} beyond {conversation.last_seq}")
        yield from _check_revs(conversation, heard[conversation.id])


def _check_revs(conversation: StoredConversation, heard: set[int]) -> Iterable[Violation]:
    own = [row.rev for row in conversation.messages]
    revs = set(own) | {row.rev - 1 for row in conversation.messages if row.system} | {1}
    if len(own) != len(set(own)):
        twice = sorted(rev for rev, count in Counter(own).items() if count > 1)[:SAID_ENOUGH]
        yield Violation("gap", f"{conversation.id}: rev {twice} was given twice")
    wanted = set(range(1, conversation.rev + 1))
    missing = wanted - revs
    if any(row.changed for row in conversation.messages):
        missing -= heard
    if missing:
        yield Violation("gap", f"{conversation.id}: rev {sorted(missing)[:SAID_ENOUGH]} missing, {len(missing)} in all")
    if beyond := revs - wanted:
        yield Violation("gap", f"{conversation.id}: rev {sorted(beyond)[:SAID_ENOUGH]} beyond {conversation.rev}")


# ---------------------------------------------------------------- I5


def check_order(history: ClientHistory, rows: dict[str, StoredMessage]) -> Iterable[Violation]:
    """What one outbox queued for one conversation has its `seq` in that order.

    Not counted is what a full disk refused and its user sent by *Retry*, when others had gone.
    """
    last: dict[tuple[str, str], StoredMessage] = {}
    retried = {record.temp_id for record in history.records if isinstance(record, Refused)}
    for record in history.records:
        if not isinstance(record, Queued) or record.temp_id in retried or (row := rows.get(record.temp_id)) is None:
            continue
        key = (record.lane, row.conversation_id)
        before = last.get(key)
        if before is not None and before.seq > row.seq:
            pair = f"{before.temp_id} (seq {before.seq}) was queued before {row.temp_id} (seq {row.seq})"
            yield Violation("reordered", f"{history.client}, {row.conversation_id}: {pair}")
        last[key] = row


def check_links(history: ClientHistory) -> Iterable[Violation]:
    """On one link, the facts of a conversation come by growing `rev`; after being removed, it begins anew."""
    last: dict[tuple[int, str], int] = {}
    for record in history.records:
        if not isinstance(record, Fact):
            continue
        key = (record.link, record.conversation_id)
        if record.event == "conversationLeft":
            last.pop(key, None)
            continue
        # a conversation may be told again as it stands: to whoever may not have heard of it
        told_again = record.event == "conversationUpdated" and last.get(key, 0) == record.rev
        if (before := last.get(key, 0)) >= record.rev and not told_again:
            words = f"rev {record.rev} ({record.event}) after {before} on link {record.link} at {record.at:.3f}"
            yield Violation("reordered", f"{history.client}, {record.conversation_id}: {words}")
        last[key] = max(before, record.rev)


# ---------------------------------------------------------------- what else must not be


def check_facts(evidence: Evidence) -> Iterable[Violation]:
    """Facts are told to members only, and the message in them is the stored one."""
    spans = {one.id: _memberships(one) for one in evidence.database}
    rows = {(one.id, row.seq): row for one in evidence.database for row in one.messages}
    for history in evidence.histories:
        for fact in history.records:
            if not isinstance(fact, Fact) or fact.event == "conversationLeft":
                continue
            inside = spans.get(fact.conversation_id, {}).get(history.user_id, [])
            if not any(first <= fact.rev < end for first, end in inside):
                words = f"rev {fact.rev} of {fact.conversation_id} at {fact.at:.3f} ({fact.event}); a member during {inside}"
                yield Violation("told a stranger", f"{history.client} was told {words}")
            row = rows.get((fact.conversation_id, fact.seq))
            if fact.seq and (row is None or row.id != fact.id):
                words = f"seq {fact.seq} of {fact.conversation_id} as {fact.id}"
                yield Violation("lost", f"{history.client} was told {words}; stored is {row.id if row else 'nothing'}")


def _memberships(conversation: StoredConversation) -> dict[str, list[tuple[int, float]]]:
    """From which `rev` on, and up to which, somebody is told: by the system messages, each one above its change."""
    for_ever = float("inf")
    if conversation.kind == "direct":
        return {user_id: [(1, for_ever)] for user_id in conversation.members}
    spans: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in conversation.messages:
        change = row.rev - 1
        match row.system:
            case "joined":
                for user_id in row.about:
                    spans[user_id].append((change, for_ever))
            case "removed" | "left":
                for user_id in row.about or (row.sender_id,):
                    if spans[user_id]:
                        spans[user_id][-1] = (spans[user_id][-1][0], change)
                    else:
                        spans[user_id].append((1, change))
            case _:
                pass
    for user_id in conversation.members:
        if not spans[user_id] or spans[user_id][-1][1] != for_ever:
            spans[user_id].insert(0, (1, for_ever))
    return dict(spans)


def check_refusals(history: ClientHistory, rows: dict[str, StoredMessage]) -> Iterable[Violation]:
    """Nothing is refused but what its sender may not write any more; and nothing that is stored."""
    for record in _refused(history).values():
        if record.code not in BUTTED_OUT:
            yield Violation("wrong refusal", f"{history.client}: {record.temp_id} was refused: {record.code}")
        elif record.temp_id in rows:
            yield Violation(
                "wrong refusal", f"{history.client}: {record.temp_id} was refused ({record.code}) and is stored"
            )


def check_notes(history: ClientHistory) -> Iterable[Violation]:
    """What no client should ever have to write down."""
    for record in history.records:
        if isinstance(record, Note):
            yield Violation("complaint", f"{history.client} at {record.at:.3f}: {record.words}")
