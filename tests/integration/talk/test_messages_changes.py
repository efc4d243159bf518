"""Editing, deleting, reacting, pinning: by whom, told how, and what history `joined` hides."""

from uuid import uuid4

import pytest

from chinwag_protocol.bodies import RolePatch
from chinwag_protocol.commands import DeleteMessage, EditMessage, PinMessage, React, Typing
from chinwag_server.domain.errors import Conflict, Forbidden, Invalid, NotFound


@pytest.fixture
async def scene(talk):
    """Ann owns, Bob is admin, Eve a member; Eve wrote `message` (seq 3)."""
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob, eve)
    await talk.members.set_role(ann.principal, group.id, bob.id, RolePatch(role="admin"))
    message = await eve.send(group, "hi", mentions=(ann.id,))
    await talk.settled()
    talk.forget_all()
    return ann, bob, eve, group, message


async def test_an_edit_is_told_and_takes_a_rev(talk, scene):
    ann, bob, eve, _group, message = scene
    edited = await talk.changes.edit(eve.principal, EditMessage(message_id=message.id, text=" ho "))
    await talk.settled()
    assert (edited.text, edited.rev, edited.seq, edited.mentions) == ("ho", message.rev + 1, message.seq, (ann.id,))
    assert edited.edited_at is not None
    assert ann.names() == bob.names() == eve.names() == ["messageUpdated"]
    assert bob.heard[0][1]["text"] == "ho"
    assert (await talk.history.get(bob.principal, message.id)) == edited
    same = await talk.changes.edit(eve.principal, EditMessage(message_id=message.id, text="ho"))
    assert same == edited
    assert len(bob.heard) == 1
    other = await talk.changes.edit(
        eve.principal, EditMessage(message_id=message.id, text="ho", mentions=(bob.id, uuid4()))
    )
    assert (other.mentions, other.rev) == ((bob.id,), edited.rev + 1)
    none = await talk.changes.edit(eve.principal, EditMessage(message_id=message.id, text="ho", mentions=()))
    assert none.mentions == ()


async def test_nobody_edits_anothers_message(talk, scene):
    ann, bob, eve, _group, message = scene
    for person in (ann, bob):
        with pytest.raises(Forbidden):
            await talk.changes.edit(person.principal, EditMessage(message_id=message.id, text="x"))
    for text in ("", " ", "x" * 8_001, "a\0"):
        with pytest.raises(ValueError if text.strip() else Invalid):
            await talk.changes.edit(eve.principal, EditMessage(message_id=message.id, text=text))
    with pytest.raises(Invalid):
        await talk.changes.edit(eve.principal, EditMessage(message_id=message.id, text="x", enc={}))
    await talk.settled()
    assert bob.heard == []


@pytest.mark.parametrize("who", [0, 1, 2])
async def test_the_author_and_admins_delete(talk, scene, who):
    ann, bob, eve, group, message = scene
    await talk.changes.react(bob.principal, React(message_id=message.id, emoji="👍", on=True))
    await talk.changes.pin(bob.principal, PinMessage(message_id=message.id, on=True))
    talk.forget_all()
    gone = await talk.changes.delete(scene[who].principal, DeleteMessage(message_id=message.id))
    await talk.settled()
    assert (gone.id, gone.seq, gone.text, gone.mentions, gone.reactions, gone.pinned_at) == (
        message.id,
        message.seq,
        "",
        (),
        (),
        None,
    )
    assert gone.deleted_at is not None
    assert ann.names() == ["messageUpdated"]
    again = await talk.changes.delete(eve.principal, DeleteMessage(message_id=message.id))
    assert again == gone
    assert len(ann.heard) == 1
    assert (await ann.view(group)).unread_count == 0
    assert (await ann.view(group)).mention_count == 0
    assert (await talk.history.pins(ann.principal, group.id)).messages == ()
    for call in (
        talk.changes.edit(eve.principal, EditMessage(message_id=message.id, text="x")),
        talk.changes.react(ann.principal, React(message_id=message.id, emoji="👍", on=True)),
        talk.changes.pin(ann.principal, PinMessage(message_id=message.id, on=True)),
    ):
        with pytest.raises(Conflict):
            await call


async def test_plain_members_delete_only_their_own(talk, scene):
    ann, bob, eve, group, _message = scene
    other = await bob.send(group, "bob's")
    with pytest.raises(Forbidden):
        await talk.changes.delete(eve.principal, DeleteMessage(message_id=other.id))
    theirs = await ann.send(bob, "direct")
    with pytest.raises(Forbidden):
        await talk.changes.delete(bob.principal, DeleteMessage(message_id=theirs.id))


async def test_reactions_are_kept_in_the_order_of_reacting(talk, scene):
    ann, bob, eve, _group, message = scene
    for person, emoji, on in ((bob, "👍", True), (ann, "🎉", True), (ann, "👍", True), (bob, "👍", True)):
        last = await talk.changes.react(person.principal, React(message_id=message.id, emoji=emoji, on=on))
    await talk.settled()
    assert [(r.emoji, r.count, r.user_ids) for r in last.reactions] == [
        ("👍", 2, (bob.id, ann.id)),
        ("🎉", 1, (ann.id,)),
    ]
    assert eve.names() == ["messageUpdated"] * 3
    assert last.rev == message.rev + 3
    await talk.changes.react(bob.principal, React(message_id=message.id, emoji="👍", on=False))
    left = await talk.changes.react(ann.principal, React(message_id=message.id, emoji="👍", on=False))
    assert [r.emoji for r in left.reactions] == ["🎉"]
    none = await talk.changes.react(eve.principal, React(message_id=message.id, emoji="👍", on=False))
    assert none == left
    for bad in ("", "x", "👍👍", " 👍", "👍" * 20):
        with pytest.raises(ValueError, match="emoji"):
            await talk.changes.react(eve.principal, React(message_id=message.id, emoji=bad, on=True))


async def test_a_message_has_at_most_20_different_reactions(talk, scene):
    _ann, bob, eve, _group, message = scene
    for i in range(20):
        await talk.changes.react(eve.principal, React(message_id=message.id, emoji=chr(0x1F600 + i), on=True))
    with pytest.raises(Invalid) as refused:
        await talk.changes.react(eve.principal, React(message_id=message.id, emoji="👍", on=True))
    assert refused.value.field == "emoji"
    await talk.changes.react(bob.principal, React(message_id=message.id, emoji=chr(0x1F600), on=True))


async def test_reactions_are_paged(talk, scene, database):
    ann, _bob, _eve, _group, message = scene
    users = [uuid4() for _ in range(120)]
    await database.execute(
        "UPDATE messages SET reactions = jsonb_build_array(jsonb_build_object('emoji', '👍', 'userIds', $2::uuid[])) WHERE id = $1",
        message.id,
        users,
    )
    shown = await talk.history.get(ann.principal, message.id)
    assert (shown.reactions[0].count, shown.reactions[0].user_ids) == (120, tuple(users[:50]))
    seen, cursor = [], None
    while True:
        page = await talk.history.reactions(ann.principal, message.id, emoji="👍", cursor=cursor, limit=50)
        seen += page.user_ids
        cursor = page.next
        if cursor is None:
            break
    assert seen == users
    assert (await talk.history.reactions(ann.principal, message.id, emoji="🎉", cursor=None, limit=50)).user_ids == ()
    for emoji, cursor in (("x", None), ("👍", "-1"), ("👍", "²"), ("👍", "9" * 30)):
        with pytest.raises((ValueError, Invalid)):
            await talk.history.reactions(ann.principal, message.id, emoji=emoji, cursor=cursor, limit=50)


async def test_pins_are_for_admins_of_groups_and_both_of_a_direct_conversation(talk, scene):
    ann, bob, eve, group, message = scene
    with pytest.raises(Forbidden):
        await talk.changes.pin(eve.principal, PinMessage(message_id=message.id, on=True))
    second = await eve.send(group, "two")
    for id_ in (message.id, second.id):
        pinned = await talk.changes.pin(bob.principal, PinMessage(message_id=id_, on=True))
        assert pinned.pinned_at is not None
    again = await talk.changes.pin(ann.principal, PinMessage(message_id=second.id, on=True))
    assert again == pinned
    pins = await talk.history.pins(eve.principal, group.id)
    assert [m.id for m in pins.messages] == [second.id, message.id]
    off = await talk.changes.pin(ann.principal, PinMessage(message_id=second.id, on=False))
    assert (off.pinned_at, off.rev) == (None, pinned.rev + 1)
    await talk.settled()
    assert eve.names() == ["newMessage"] + ["messageUpdated"] * 3
    direct = await ann.send(eve, "direct")
    assert (await talk.changes.pin(eve.principal, PinMessage(message_id=direct.id, on=True))).pinned_at


async def test_system_messages_stay_as_they_are(talk, scene):
    ann, _bob, _eve, group, _message = scene
    id_ = group.last_message.id
    for call in (
        talk.changes.edit(ann.principal, EditMessage(message_id=id_, text="x")),
        talk.changes.delete(ann.principal, DeleteMessage(message_id=id_)),
        talk.changes.react(ann.principal, React(message_id=id_, emoji="👍", on=True)),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_strangers_cannot_tell_an_existing_message_from_an_invented_one(talk, scene):
    ann, _bob, eve, group, message = scene
    tom = await talk.person("tom")
    await talk.members.remove(ann.principal, group.id, eve.id)
    said = set()
    for person in (tom, eve):
        for id_ in (message.id, uuid4()):
            for call in (
                talk.changes.edit(person.principal, EditMessage(message_id=id_, text="x")),
                talk.changes.delete(person.principal, DeleteMessage(message_id=id_)),
                talk.changes.react(person.principal, React(message_id=id_, emoji="👍", on=True)),
                talk.changes.pin(person.principal, PinMessage(message_id=id_, on=True)),
                talk.history.get(person.principal, id_),
                talk.history.reactions(person.principal, id_, emoji="👍", cursor=None, limit=50),
            ):
                with pytest.raises(NotFound) as refused:
                    await call
                said.add((str(refused.value), refused.value.field))
    assert len(said) == 1
    assert (await talk.history.get(ann.principal, message.id)) == message


async def test_with_history_joined_nobody_learns_of_what_was_before_them(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob, history="joined")
    early = await ann.send(group, "secret")
    await talk.members.add(ann.principal, group.id, [eve.id])
    late = await bob.send(group, "hello", reply_to=early.id)
    assert late.reply_to is not None
    assert late.reply_to.excerpt == ""
    await talk.settled()
    talk.forget_all()
    edited = await talk.changes.edit(ann.principal, EditMessage(message_id=early.id, text="changed"))
    await talk.changes.react(bob.principal, React(message_id=late.id, emoji="👍", on=True))
    await talk.settled()
    assert bob.names() == ["messageUpdated", "messageUpdated"]
    assert eve.heard[0] == ("factSkipped", {"conversationId": str(group.id), "rev": edited.rev})
    assert [name for name, _ in eve.heard] == ["factSkipped", "messageUpdated"]
    page = await talk.history.page(eve.principal, group.id, limit=50)
    assert [m.seq for m in page.messages] == [3, 4]
    assert not page.has_more_before
    around = await talk.history.page(eve.principal, group.id, around=1, limit=10)
    assert [m.seq for m in around.messages] == [3, 4]
    for call in (
        talk.history.get(eve.principal, early.id),
        talk.changes.react(eve.principal, React(message_id=early.id, emoji="👍", on=True)),
        eve.send(group, "x", reply_to=early.id),
        eve.send(bob, None, forward=early.id),
    ):
        with pytest.raises(NotFound):
            await call
    await talk.changes.pin(ann.principal, PinMessage(message_id=early.id, on=True))
    assert (await talk.history.pins(eve.principal, group.id)).messages == ()
    assert len((await talk.history.pins(bob.principal, group.id)).messages) == 1
    assert len((await talk.history.page(bob.principal, group.id, limit=50)).messages) == 4


@pytest.mark.parametrize("blocker", [0, 1])
async def test_a_block_keeps_changes_from_the_other_too(talk, blocker):
    pair = ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    old = await ann.send(bob, "before")
    elsewhere = await ann.send(group, "a block means nothing in a group")
    await talk.block(pair[blocker], pair[1 - blocker])
    await talk.settled()
    talk.forget_all()
    for write in (
        talk.changes.edit(ann.principal, EditMessage(message_id=old.id, text="a whole new text")),
        talk.changes.react(ann.principal, React(message_id=old.id, emoji="🖕", on=True)),
        talk.changes.react(bob.principal, React(message_id=old.id, emoji="🖕", on=True)),
        talk.changes.pin(ann.principal, PinMessage(message_id=old.id, on=True)),
        talk.typing.set(ann.principal, Typing(conversation_id=old.conversation_id, typing=True)),
    ):
        with pytest.raises(Forbidden):
            await write
    await talk.settled()
    assert ann.names() == bob.names() == []
    await talk.changes.react(bob.principal, React(message_id=elsewhere.id, emoji="👍", on=True))
    assert (await talk.changes.delete(ann.principal, DeleteMessage(message_id=old.id))).deleted_at is not None
