"""The checker of the fault run finds each of a set of deliberately wrong servers and clients, and nothing else."""

from __future__ import annotations

import pytest
from toy_chat import Defect, Toy

from faults.checker import RULES, check

CAUGHT_BY = {
    Defect.ACKS_BEFORE_COMMIT: "lost",
    Defect.ACKS_ANOTHER: "lost",
    Defect.FORGETS_AN_OUTBOX: "lost",
    Defect.STORES_ANOTHER_TEXT: "lost",
    Defect.NO_DEDUPLICATION: "doubled",
    Defect.TWO_BUBBLES: "doubled",
    Defect.GAP_IN_SEQ: "gap",
    Defect.GAP_IN_REV: "gap",
    Defect.SAME_REV_TWICE: "gap",
    Defect.ECHO_TO_A_STRANGER: "told a stranger",
    Defect.CURSOR_EARLY: "unequal cache",
    Defect.MISSES_THE_NEWEST: "unequal cache",
    Defect.CLAIMS_TOO_MUCH: "unequal cache",
    Defect.KEEPS_A_CONVERSATION: "unequal cache",
    Defect.LACKS_A_CONVERSATION: "unequal cache",
    Defect.OLD_MEMBERS: "unequal cache",
    Defect.OLD_MARKS: "unequal cache",
    Defect.MISCOUNTS: "unequal cache",
    Defect.REORDERS_A_SENDER: "reordered",
    Defect.EVENTS_GO_BACK: "reordered",
    Defect.REFUSES_WHAT_IS_STORED: "wrong refusal",
    Defect.REFUSES_A_MEMBER: "wrong refusal",
    Defect.SIGNS_OUT: "complaint",
    Defect.LOSES_AN_EDIT: "lost",
}
"""Which count of the table must not be 0."""


def test_a_right_server_is_found_right() -> None:
    assert check(Toy().play()) == []


@pytest.mark.parametrize("defect", Defect, ids=lambda defect: defect.name.lower())
def test_each_wrong_one_is_found_out(defect: Defect) -> None:
    found = check(Toy(defect).play())
    assert CAUGHT_BY[defect] in {violation.rule for violation in found}, found
    assert all(violation.words for violation in found)


def test_every_rule_has_been_broken_once() -> None:
    assert set(CAUGHT_BY.values()) == set(RULES)


def test_messages_that_were_changed_leave_holes_in_rev_that_somebody_heard_of() -> None:
    evidence = Toy().play()
    group = evidence.database[0]
    edited = _with_edit(evidence, heard=True)
    assert check(edited) == []
    missing = [violation.rule for violation in check(_with_edit(evidence, heard=False))]
    assert missing == ["gap"], (group, missing)


def _with_edit(evidence: object, *, heard: bool) -> object:
    """The third message of the group is edited twice at the end; the first of both is heard of, or is not."""
    import msgspec

    from faults.checker import ClientHistory, Evidence
    from faults.records import Fact
    from faults.stored import CachedMessage

    assert isinstance(evidence, Evidence)
    group = evidence.database[0]
    rev = group.rev + 2
    row = group.messages[2]
    changed = msgspec.structs.replace(row, rev=rev, changed=True, text=f"{row.text}!")
    messages = (*group.messages[:2], changed, *group.messages[3:])
    database = [msgspec.structs.replace(group, rev=rev, messages=messages), evidence.database[1]]
    told = [rev - 1, rev] if heard else [rev]
    histories = [
        ClientHistory(
            one.client,
            one.user_id,
            [
                *one.records,
                *(
                    Fact(1000.0, 1, "messageUpdated", group.id, r, row.seq, row.id)
                    for r in told
                    if one.client != "cleo"
                ),
                # its old rev, as the others heard it when it was new
            ],
        )
        for one in evidence.histories
    ]
    caches = []
    for cache in evidence.caches:
        held = dict(cache.conversations)
        if group.id in held:
            old = held[group.id].messages[row.seq]
            mine = {**held[group.id].messages, row.seq: CachedMessage(rev, row.id, changed.text, old.temp_id)}
            held[group.id] = msgspec.structs.replace(held[group.id], rev=rev, messages=mine)
        caches.append(msgspec.structs.replace(cache, conversations=held))
    return Evidence(histories, database, caches)
