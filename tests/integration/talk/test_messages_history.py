"""Pages of history: before, after, around, the newest; what they say about more; tombstones are in them."""

import pytest

from chinwag_protocol.commands import DeleteMessage
from chinwag_server.domain.errors import Invalid, NotFound


@pytest.fixture
async def scene(talk):
    """A group with messages 1 (system) to 21; 10 is deleted."""
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    sent = [await ann.send(group, str(i)) for i in range(2, 22)]
    await talk.changes.delete(ann.principal, DeleteMessage(message_id=sent[8].id))
    return bob, group


@pytest.mark.parametrize(
    ("place", "limit", "seqs", "before", "after"),
    [
        ({}, 5, range(17, 22), True, False),
        ({}, 200, range(1, 22), False, False),
        ({}, 21, range(1, 22), False, False),
        ({"before": 17}, 5, range(12, 17), True, True),
        ({"before": 6}, 5, range(1, 6), False, True),
        ({"before": 1}, 5, [], False, True),
        ({"before": 0}, 5, [], False, True),
        ({"before": 1_000}, 5, range(17, 22), True, False),
        ({"after": 0}, 5, range(1, 6), False, True),
        ({"after": 16}, 5, range(17, 22), True, False),
        ({"after": 17}, 5, range(18, 22), True, False),
        ({"after": 21}, 5, [], True, False),
        ({"after": 1_000}, 5, [], True, False),
        ({"around": 10}, 5, range(8, 13), True, True),
        ({"around": 10}, 6, range(7, 13), True, True),
        ({"around": 10}, 1, [10], True, True),
        ({"around": 1}, 5, range(1, 4), False, True),
        ({"around": 21}, 5, range(19, 22), True, False),
        ({"around": 10}, 200, range(1, 22), False, False),
        ({"around": 2**53 - 1}, 5, [], True, False),
    ],
)
async def test_pages(talk, scene, place, limit, seqs, before, after):
    bob, group = scene
    page = await talk.history.page(bob.principal, group.id, limit=limit, **place)
    assert [m.seq for m in page.messages] == list(seqs)
    assert (page.has_more_before, page.has_more_after) == (before, after)
    assert all((m.deleted_at is not None) == (m.seq == 10) for m in page.messages)


async def test_more_than_one_place_is_invalid(talk, scene):
    bob, group = scene
    for places in ({"before": 3, "after": 1}, {"around": 3, "after": 1}, {"before": 3, "after": 1, "around": 2}):
        with pytest.raises(Invalid):
            await talk.history.page(bob.principal, group.id, limit=5, **places)


async def test_a_stranger_reads_nothing(talk, scene):
    _, group = scene
    eve = await talk.person("eve")
    for call in (talk.history.page(eve.principal, group.id, limit=5), talk.history.pins(eve.principal, group.id)):
        with pytest.raises(NotFound):
            await call


async def test_an_opened_conversation_without_messages_is_empty(talk):
    ann, bob = await talk.people("ann", "bob")
    direct = await talk.direct(ann, bob)
    page = await talk.history.page(ann.principal, direct.id, limit=5)
    assert (page.messages, page.has_more_before, page.has_more_after) == ((), False, False)
    with pytest.raises(NotFound):
        await talk.history.page(bob.principal, direct.id, limit=5)
