"""A chat server and its clients in a few lines, which can be built wrong on purpose: what the checker of the fault run must notice.

One group of three, one direct conversation. Nothing is asynchronous; time is a counter.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from enum import Enum

from faults.checker import ClientHistory, Evidence
from faults.records import Acked, Changed, Fact, Note, Queued, Record, Refused, Saved, Sent, Shown
from faults.stored import Cache, CachedConversation, CachedMessage, StoredConversation, StoredMember, StoredMessage

GROUP, DIRECT = "group", "direct"
PEOPLE = ("ada", "bob", "cleo")


class Defect(Enum):
    """Ways to build it wrong."""

    ACKS_BEFORE_COMMIT = "a message is acknowledged, then the server dies, then it would have been stored"
    ACKS_ANOTHER = "the ack names another id than the one that is stored"
    FORGETS_AN_OUTBOX = "a client forgets what its outbox had saved"
    STORES_ANOTHER_TEXT = "the text of one message is stored under the tempId of another"
    NO_DEDUPLICATION = "a repeat is stored again"
    TWO_BUBBLES = "a client shows its own message twice"
    GAP_IN_SEQ = "a seq is taken and not used"
    GAP_IN_REV = "a rev is taken and not used"
    SAME_REV_TWICE = "two messages get the same rev"
    ECHO_TO_A_STRANGER = "somebody who was removed is told all the same"
    CURSOR_EARLY = "a client counts an event as applied that it never got"
    MISSES_THE_NEWEST = "a client does not hear of the newest message"
    CLAIMS_TOO_MUCH = "a client says that it holds a run in which a message is missing"
    KEEPS_A_CONVERSATION = "a client keeps a conversation that it was removed from"
    LACKS_A_CONVERSATION = "a client never heard that it was added"
    OLD_MEMBERS = "a client does not hear who left"
    OLD_MARKS = "a client does not hear who has read"
    MISCOUNTS = "a client counts as unread what is read"
    REORDERS_A_SENDER = "two messages of one sender are stored the wrong way round"
    EVENTS_GO_BACK = "an event comes after its successor"
    REFUSES_WHAT_IS_STORED = "a repeat is refused that is stored"
    REFUSES_A_MEMBER = "a message is refused as too large"
    SIGNS_OUT = "a session ends by itself"
    LOSES_AN_EDIT = "an edit is acknowledged and not stored"


class Toy:
    """Plays one scene, with one defect or none, and gives the evidence."""

    def __init__(self, defect: Defect | None = None) -> None:
        self._defect = defect
        self._clock = itertools.count(1)
        self._ids = itertools.count(1)
        self._members = {GROUP: {*PEOPLE}, DIRECT: {"ada", "bob"}}
        self._revs = {GROUP: 1, DIRECT: 1}
        self._seqs = {GROUP: 0, DIRECT: 0}
        self._rows: dict[str, list[StoredMessage]] = {GROUP: [], DIRECT: []}
        self._records: dict[str, list[Record]] = defaultdict(list)
        self._read: dict[tuple[str, str], int] = defaultdict(int)

    def play(self) -> Evidence:
        """Everybody talks, cleo is removed, everybody goes on talking, bob reads."""
        self._system(GROUP, "ada", "created", ())
        for number in range(3):
            for who in PEOPLE:
                self._say(who, GROUP, f"{who}-{number}")
        self._say("ada", DIRECT, "direct-0")
        self._say("ada", DIRECT, "resent", repeats=True)
        self._remove("ada", "cleo")
        self._swap() if self._defect is Defect.REORDERS_A_SENDER else self._say_two("bob", "second", "third")
        self._say("ada", GROUP, "late")
        self._say_last()
        self._read[GROUP, "bob"] = self._seqs[GROUP]
        return self._evidence()

    # ------------------------------------------------------------ the clients

    def _now(self) -> float:
        return float(next(self._clock))

    def _queue(self, who: str, where: str, temp_id: str) -> None:
        self._records[who] += [Queued(self._now(), temp_id, where), Saved(self._now(), temp_id)]

    def _say(self, who: str, where: str, temp_id: str, *, repeats: bool = False) -> None:
        self._queue(who, where, temp_id)
        self._send(who, where, temp_id)
        if repeats:
            self._records[who].append(Sent(self._now(), 1, temp_id))
            if self._defect is Defect.NO_DEDUPLICATION:
                self._store(who, where, temp_id)

    def _say_two(self, who: str, first: str, second: str) -> None:
        for temp_id in (first, second):
            self._say(who, GROUP, temp_id)

    def _swap(self) -> None:
        for temp_id in ("second", "third"):
            self._queue("bob", GROUP, temp_id)
        for temp_id in ("third", "second"):
            self._send("bob", GROUP, temp_id)

    def _say_last(self) -> None:
        """What the defects of single messages happen to."""
        match self._defect:
            case Defect.ACKS_BEFORE_COMMIT:
                self._queue("bob", GROUP, "last")
                self._records["bob"].append(Acked(self._now(), 1, "last", GROUP, "never", 99, 99))
            case Defect.FORGETS_AN_OUTBOX:
                self._queue("bob", GROUP, "last")
            case Defect.REFUSES_WHAT_IS_STORED:
                self._say("bob", GROUP, "last")
                self._records["bob"].append(Refused(self._now(), "last", "not_found"))
            case Defect.REFUSES_A_MEMBER:
                self._queue("bob", GROUP, "last")
                self._records["bob"].append(Refused(self._now(), "last", "too_large"))
            case Defect.LOSES_AN_EDIT:
                self._say("bob", GROUP, "last")
                row = self._rows[GROUP][-1]
                self._records["bob"].append(Changed(self._now(), GROUP, row.id, row.rev + 1, "edit"))
            case Defect.SIGNS_OUT:
                self._records["bob"].append(Note(self._now(), "signed out: session_revoked"))
            case _:
                self._say("bob", GROUP, "last")

    # ------------------------------------------------------------ the server

    def _send(self, who: str, where: str, temp_id: str) -> None:
        self._records[who].append(Sent(self._now(), 1, temp_id))
        row = self._store(who, where, temp_id)
        id_ = "another" if self._defect is Defect.ACKS_ANOTHER and temp_id == "last" else row.id
        self._records[who].append(Acked(self._now(), 1, temp_id, where, id_, row.seq, row.rev))

    def _store(self, who: str, where: str, temp_id: str) -> StoredMessage:
        wrong = temp_id == "last"
        self._seqs[where] += 2 if wrong and self._defect is Defect.GAP_IN_SEQ else 1
        if not (wrong and self._defect is Defect.SAME_REV_TWICE):
            self._revs[where] += 2 if wrong and self._defect is Defect.GAP_IN_REV else 1
        text = "another text" if wrong and self._defect is Defect.STORES_ANOTHER_TEXT else f"{temp_id} says hello"
        row = StoredMessage(where, self._seqs[where], self._revs[where], f"id-{next(self._ids)}", who, temp_id, text)
        self._rows[where].append(row)
        self._read[where, who] = row.seq
        self._tell(row, "newMessage")
        return row

    def _system(self, where: str, who: str, kind: str, about: tuple[str, ...]) -> None:
        self._seqs[where] += 1
        self._revs[where] += 1
        row = StoredMessage(
            conversation_id=where,
            seq=self._seqs[where],
            rev=self._revs[where],
            id=f"id-{next(self._ids)}",
            sender_id=who,
            temp_id="",
            text="",
            system=kind,
            about=about,
        )
        self._rows[where].append(row)
        self._read[where, who] = row.seq
        self._tell(row, "newMessage")

    def _remove(self, who: str, whom: str) -> None:
        self._members[GROUP].discard(whom)
        self._revs[GROUP] += 1
        for member in self._members[GROUP]:
            self._records[member].append(Fact(self._now(), 1, "membersChanged", GROUP, self._revs[GROUP]))
        self._records[whom].append(Fact(self._now(), 1, "conversationLeft", GROUP, 0))
        self._system(GROUP, who, "removed", (whom,))

    def _tell(self, row: StoredMessage, event: str) -> None:
        heard = set(self._members[row.conversation_id])
        if self._defect is Defect.ECHO_TO_A_STRANGER:
            heard |= {*PEOPLE} if row.conversation_id == GROUP else set()
        for member in sorted(heard):
            fact = Fact(self._now(), 1, event, row.conversation_id, row.rev, row.seq, row.id)
            place = len(self._records[member])
            if self._defect is Defect.EVENTS_GO_BACK and row.temp_id == "late":
                place = next(
                    number
                    for number, record in enumerate(self._records[member])
                    if isinstance(record, Fact) and record.conversation_id == GROUP
                )
            self._records[member].insert(place, fact)
            if member != row.sender_id:
                self._records[member].append(Shown(fact.at, row.conversation_id, row.seq, row.id, True))

    # ------------------------------------------------------------ the end

    def _evidence(self) -> Evidence:
        database = [
            StoredConversation(
                id_,
                "group" if id_ == GROUP else "direct",
                self._revs[id_],
                self._seqs[id_],
                {who: StoredMember(self._read[id_, who], self._read[id_, who]) for who in self._members[id_]},
                tuple(self._rows[id_]),
            )
            for id_ in (GROUP, DIRECT)
        ]
        histories = [ClientHistory(who, who, self._records[who]) for who in PEOPLE]
        return Evidence(histories, database, [self._cache(who, database) for who in PEOPLE])

    def _cache(self, who: str, database: list[StoredConversation]) -> Cache:
        held = {one.id: self._held(who, one) for one in database if who in one.members}
        if who == "cleo" and self._defect is Defect.KEEPS_A_CONVERSATION:
            held[GROUP] = self._held("ada", database[0])
        if who == "bob" and self._defect is Defect.LACKS_A_CONVERSATION:
            del held[GROUP]
        return Cache(who, who, held)

    def _held(self, who: str, stored: StoredConversation) -> CachedConversation:
        wrong = self._defect if who == "bob" and stored.id == GROUP else None
        messages = {
            row.seq: CachedMessage(row.rev, row.id, row.text, row.temp_id if row.sender_id == who else "")
            for row in stored.messages
        }
        rev, last_seq, runs = stored.rev, stored.last_seq, ((1, stored.last_seq),)
        newest = max(messages)
        if wrong is Defect.MISSES_THE_NEWEST:
            del messages[newest]
            rev, last_seq, runs = rev - 1, last_seq - 1, ((1, newest - 1),)
        if wrong is Defect.CURSOR_EARLY:
            del messages[newest]
            runs = ((1, newest - 1),)
        if wrong is Defect.CLAIMS_TOO_MUCH:
            del messages[3]
        if wrong is Defect.TWO_BUBBLES:
            twice = messages[newest]
            messages[newest - 1] = CachedMessage(
                messages[newest - 1].rev, messages[newest - 1].id, messages[newest - 1].text, twice.temp_id
            )
        members = (*stored.members, "cleo") if wrong is Defect.OLD_MEMBERS else tuple(stored.members)
        marks = dict(stored.members)
        if wrong is Defect.OLD_MARKS:
            marks["ada"] = StoredMember(1, 1)
        unread = sum(
            1
            for row in stored.messages
            if row.seq > stored.members[who].read_seq and not row.system and row.sender_id != who
        )
        return CachedConversation(rev, last_seq, members, messages, runs, marks, unread + (wrong is Defect.MISCOUNTS))
