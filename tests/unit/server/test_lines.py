"""What the hot path of sending may take for granted, for how long, and for whom."""

from uuid import UUID, uuid4

from chinwag_protocol.commands import SendMessage
from chinwag_protocol.limits import Limits
from chinwag_server.services import lines as module
from chinwag_server.services.drafts import make_draft
from chinwag_server.services.lines import Lines
from chinwag_server.storage.conversations import SendingPlace

ANN, BOB, EVE = (UUID(int=i) for i in (1, 2, 3))


def place(*people, id_=None):
    low, high = people or (None, None)
    return SendingPlace(
        conversation_id=id_ or uuid4(),
        kind="direct" if people else "group",
        low=low,
        high=high,
        last_seq=1,
        membership=None,
        refused=False,
        unopened=(),
    )


def draft(sender, **target):
    return make_draft(sender, SendMessage(temp_id=uuid4(), text="x", **target), limits=Limits())


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_direct_line_is_found_both_ways_and_by_id_but_not_by_strangers():
    lines, direct = Lines(clock=Clock()), place(ANN, BOB)
    lines.keep(direct)
    assert lines.find(draft(ANN, receiver_id=BOB)) == direct.conversation_id
    assert lines.find(draft(BOB, receiver_id=ANN)) == direct.conversation_id
    assert lines.find(draft(BOB, conversation_id=direct.conversation_id)) == direct.conversation_id
    assert lines.find(draft(EVE, conversation_id=direct.conversation_id)) is None
    assert lines.find(draft(EVE, receiver_id=ANN)) is None


def test_a_direct_line_becomes_stale_and_a_group_does_not():
    clock = Clock()
    lines, direct, group = Lines(clock=clock, fresh_s=1.0), place(ANN, BOB), place()
    lines.keep(direct)
    lines.keep(group)
    clock.now = 1.5
    assert lines.find(draft(ANN, receiver_id=BOB)) is None
    assert lines.find(draft(EVE, conversation_id=group.conversation_id)) == group.conversation_id


def test_a_block_ends_the_lines_of_its_people_at_once():
    lines, direct, own = Lines(clock=Clock()), place(ANN, BOB), place(EVE, EVE)
    lines.keep(direct)
    lines.keep(own)
    lines.forget([BOB])
    assert lines.find(draft(ANN, conversation_id=direct.conversation_id)) is None
    assert lines.find(draft(ANN, receiver_id=BOB)) is None
    assert lines.find(draft(EVE, receiver_id=EVE)) == own.conversation_id


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MAX_LINES", 10)
    lines = Lines(clock=Clock())
    for _ in range(30):
        lines.keep(place())
    assert len(lines._lines) == 10


def test_only_plain_texts_need_no_lookups():
    assert draft(ANN, receiver_id=BOB).plain
    for more in ({"mentions": (BOB,)}, {"mentions_all": True}, {"reply_to": EVE}, {"files": (EVE,)}):
        target = {"conversation_id": EVE} if "mentions_all" in more else {"receiver_id": BOB}
        assert not draft(ANN, **target, **more).plain
