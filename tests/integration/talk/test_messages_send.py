"""Sending: who hears what in which order, repeats, refusals, and that nothing refused leaves anything behind."""

import asyncio
from uuid import uuid4

import pytest

from chinwag_protocol.commands import DeleteMessage, EditMessage
from chinwag_protocol.ids import new_id
from chinwag_protocol.objects import Attachment
from chinwag_server.domain.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Unavailable


async def count(database):
    return await database.fetchval("SELECT count(*) FROM messages WHERE kind <> 's'")


async def test_the_first_direct_message_makes_the_conversation_and_tells_it_first(talk):
    ann, bob = await talk.people("ann", "bob")
    other = ann.another_session()
    temp_id = uuid4()
    message = await ann.send(bob, "  hi\r\nthere ", temp_id=temp_id)
    await talk.settled()
    assert (message.text, message.seq, message.rev, message.temp_id) == ("hi\nthere", 1, 2, temp_id)
    assert message.sender_id == ann.id
    for person in (ann, other, bob):
        assert person.names() == ["conversationUpdated", "newMessage"]
        assert person.heard[0][1]["conversation"]["rev"] == 1
        assert person.heard[0][1]["conversation"]["lastSeq"] == 0
        assert person.heard[1][1]["tempId"] == str(temp_id)
        assert person.heard[1][1]["rev"] == 2
    view = await bob.view(message.conversation_id)
    assert (view.rev, view.last_seq, view.unread_count) == (2, 1, 1)
    assert view.last_message == message
    mine = await ann.view(message.conversation_id)
    assert mine.unread_count == 0
    assert {m.user_id: m.read_seq for m in mine.members} == {ann.id: 1, bob.id: 0}


async def test_an_opened_direct_conversation_is_told_to_the_other_with_the_first_message(talk):
    ann, bob = await talk.people("ann", "bob")
    direct = await talk.direct(ann, bob)
    await ann.send(direct, "hi")
    await ann.send(direct, "again")
    await talk.settled()
    assert ann.names() == ["conversationUpdated", "newMessage", "newMessage"]
    assert bob.names() == ["conversationUpdated", "newMessage", "newMessage"]
    assert [payload.get("rev") for _, payload in bob.heard] == [None, 2, 3]


async def test_whoever_answers_an_unseen_conversation_hears_of_it_first_too(talk):
    ann, bob = await talk.people("ann", "bob")
    direct = await talk.direct(ann, bob)
    with pytest.raises(NotFound):
        await bob.send(direct, "by its id it is not there for bob")
    message = await bob.send(ann, "by ann it is")
    await talk.settled()
    assert message.conversation_id == direct.id
    assert ann.names() == bob.names() == ["conversationUpdated", "newMessage"]


async def test_messages_of_a_group_reach_every_session_of_every_member_in_order(talk):
    ann, bob, eve, tom = await talk.people("ann", "bob", "eve", "tom")
    second = bob.another_session()
    group = await talk.group(ann, bob, eve)
    await talk.settled()
    talk.forget_all()
    people = (ann, bob, eve)
    sent = await asyncio.gather(*(people[i % 3].send(group, str(i)) for i in range(60)))
    await talk.settled()
    assert sorted(m.seq for m in sent) == list(range(2, 62))
    for listener in (ann, bob, second, eve):
        assert listener.names() == ["newMessage"] * 60
        assert [payload["rev"] for _, payload in listener.heard] == list(range(3, 63))
    for i, person in enumerate(people):
        assert [m.text for m in sorted(sent, key=lambda m: m.seq) if m.sender_id == person.id] == [
            str(n) for n in range(i, 60, 3)
        ]
    assert tom.heard == []


async def test_what_needs_lookups_keeps_its_place_among_the_senders_messages(talk):
    ann, bob = await talk.people("ann", "bob")
    first = await ann.send(bob, "first")
    ways = [{}, {"reply_to": first.id}, {"mentions": (bob.id,)}, {}, {"reply_to": first.id}, {}]
    sent = await asyncio.gather(*(ann.send(bob, str(i), **ways[i % 6]) for i in range(48)))
    assert [m.seq for m in sent] == list(range(2, 50))
    assert [m.text for m in sent] == [str(i) for i in range(48)]


async def test_a_repeat_is_answered_with_the_message_as_it_is_now_and_told_to_nobody(talk, database):
    ann, bob = await talk.people("ann", "bob")
    temp_id = new_id()
    message = await ann.send(bob, "hi", temp_id=temp_id)
    await talk.changes.edit(ann.principal, EditMessage(message_id=message.id, text="edited"))
    await talk.settled()
    talk.forget_all()
    again = await ann.send(bob, " hi", temp_id=temp_id)
    by_id = await ann.another_session().send(message.conversation_id, "hi", temp_id=temp_id)
    assert again == by_id
    assert (again.id, again.text, again.rev, again.edited_at is not None) == (message.id, "edited", 3, True)
    await talk.changes.delete(ann.principal, DeleteMessage(message_id=message.id))
    gone = await ann.send(bob, "hi", temp_id=temp_id)
    assert (gone.id, gone.text, gone.deleted_at is not None) == (message.id, "", True)
    await talk.settled()
    assert bob.names() == ["messageUpdated"]
    assert await count(database) == 1


async def test_another_body_under_a_used_temp_id_is_a_conflict(talk, database):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob)
    temp_id = new_id()
    first = await ann.send(bob, "hi", temp_id=temp_id)
    for target, text, more in (
        (bob, "other", {}),
        (group, "hi", {}),
        (bob, "hi", {"reply_to": first.id}),
        (eve, "hi", {}),  # no conversation with eve may come of it
        (uuid4(), "hi", {}),
    ):
        with pytest.raises(Conflict) as refused:
            await ann.send(target, text, temp_id=temp_id, **more)
        assert refused.value.field == "tempId"
    assert await count(database) == 1
    assert await database.fetchval("SELECT count(*) FROM direct_conversations") == 1
    assert eve.heard == []
    await bob.send(ann, "another user may use the same tempId", temp_id=temp_id)


async def test_repeats_at_once_store_one_message(talk, make_talk, database):
    ann, bob = await talk.people("ann", "bob")
    await ann.send(bob, "warm")
    node = make_talk()
    await node.start()
    temp_id = new_id()
    elsewhere = type(ann)(node, ann.principal, "ann elsewhere")
    sent = await asyncio.gather(*(who.send(bob, "hi", temp_id=temp_id) for who in [ann, elsewhere] * 5))
    assert len({m.id for m in sent}) == 1
    assert await count(database) == 2
    await talk.settled()
    await node.settled()
    told = bob.names().count("newMessage") + sum(len(h) for h in node.ears.heard.values())
    assert told == 2
    await node.close()


async def test_a_repeat_is_looked_up_before_anything_is_refused(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    in_group, direct, with_file = new_id(), new_id(), new_id()
    upload = await _upload(talk, bob)
    first = await bob.send(group, "hi", temp_id=in_group)
    second = await bob.send(ann, "hi", temp_id=direct)
    third = await bob.send(ann, None, files=(upload.id,), temp_id=with_file)
    await talk.members.remove(ann.principal, group.id, bob.id)
    await talk.block(ann, bob)
    await talk.database.execute("DELETE FROM attachment_links")
    await talk.database.execute("UPDATE attachments SET orphaned_at = now()")
    talk.messages.people_changed([ann.id])
    for wait_ms in (0, 700):
        talk.rates.wait_ms[bob.id] = wait_ms
        assert (await bob.send(group, "hi", temp_id=in_group)).id == first.id
        assert (await bob.send(ann, "hi", temp_id=direct)).id == second.id
        assert (await bob.send(ann, None, files=(upload.id,), temp_id=with_file)).id == third.id
        with pytest.raises(Conflict):
            await bob.send(group, "ho", temp_id=in_group)
        with pytest.raises(Conflict):
            await bob.send(ann, "ho", temp_id=direct)


async def test_too_many_messages_are_refused_with_the_time_to_wait(talk, database):
    ann, bob = await talk.people("ann", "bob")
    await ann.send(bob, "warm")
    talk.rates.wait_ms[ann.id] = 700
    with pytest.raises(RateLimited) as refused:
        await ann.send(bob, "too many")
    assert refused.value.retry_after_ms == 700
    talk.rates.wait_ms.clear()
    await ann.send(bob, "again")
    assert await count(database) == 2


async def test_a_block_or_a_disabled_account_forbids_direct_messages_both_ways(talk, database):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob, eve)
    direct = await talk.direct(ann, bob)
    await ann.send(bob, "before")
    await talk.block(bob, ann)
    talk.messages.people_changed([bob.id, ann.id])
    for sender, receiver in ((ann, bob), (bob, ann)):
        for target in (receiver, direct):
            with pytest.raises(Forbidden):
                await sender.send(target, "no")
    await ann.send(group, "a block means nothing in a group")
    await talk.disable(eve)
    with pytest.raises(Forbidden):
        await ann.send(eve, "no")
    assert await count(database) == 2
    assert await database.fetchval("SELECT count(*) FROM direct_conversations") == 1


async def test_a_block_made_on_another_node_is_noticed_within_a_second(talk):
    ann, bob = await talk.people("ann", "bob")
    await ann.send(bob, "before")
    await ann.send(bob, "warm")
    await talk.block(bob, ann)
    talk.now += 1.1
    with pytest.raises(Forbidden):
        await ann.send(bob, "no")


async def test_strangers_and_ex_members_cannot_tell_what_exists(talk, database):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob)
    message = await bob.send(group, "hi")
    await talk.members.remove(ann.principal, group.id, bob.id)
    said = set()
    for person in (eve, bob):
        for target in (group, uuid4(), await talk.direct(ann, bob) if person is eve else uuid4()):
            for more in ({}, {"reply_to": message.id}, {"mentions": (ann.id,)}):
                with pytest.raises(NotFound) as refused:
                    await person.send(target, "x", **more)
                said.add((str(refused.value), refused.value.field))
    assert said == {("no such conversation", None)}
    with pytest.raises(NotFound) as unknown:
        await eve.send(uuid4(), "to an unknown user", receiver_id=uuid4(), conversation_id=None)
    assert unknown.value.field == "receiverId"
    assert await count(database) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"text": None}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": "x" * 8_001}, "text"),
        ({"text": "\u20ac" * 8_000}, None),
        ({"text": "\U0001f600" * 6_001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "a\ud800b"}, "text"),
        ({"receiver_id": uuid4()}, "receiverId"),
        ({"conversation_id": None}, "conversationId"),
        ({"image": uuid4(), "voice": uuid4()}, "voice"),
        ({"files": tuple(uuid4() for _ in range(11))}, "files"),
        ({"files": (uuid4(),) * 2}, "files"),
        ({"forward": uuid4()}, "forward"),
        ({"enc": {"v": 1}}, "enc"),
        ({"mentions_all": True}, None),
    ],
)
async def test_bad_messages_are_refused_and_the_next_one_passes(talk, database, more, field):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    outcome = await ann.send_outcome(group, **{"text": "hi"} | more)
    if field is None:
        assert outcome.seq == 2
    else:
        assert isinstance(outcome, (Invalid, NotFound))
        assert outcome.field == field
        assert await count(database) == 0
        await talk.settled()
        assert bob.names() == ["conversationUpdated", "newMessage"]
    assert (await ann.send(group, "fine")).text == "fine"


async def test_replies_carry_an_excerpt_of_what_they_answer(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob)
    asked = await ann.send(group, "q" * 200)
    answer = await bob.send(group, "a", reply_to=asked.id)
    assert answer.reply_to is not None
    assert (answer.reply_to.id, answer.reply_to.seq, answer.reply_to.sender_id) == (asked.id, 2, ann.id)
    assert answer.reply_to.excerpt == "q" * 140
    await talk.changes.delete(ann.principal, DeleteMessage(message_id=asked.id))
    later = await talk.history.get(bob.principal, answer.id)
    assert (later.reply_to.excerpt, later.rev) == ("", answer.rev)
    other = await talk.group(ann, eve)
    elsewhere = await eve.send(other, "elsewhere")
    for id_, error in (
        (asked.id, Conflict),
        (group.last_message.id, Forbidden),
        (elsewhere.id, NotFound),
        (uuid4(), NotFound),
    ):
        with pytest.raises(error) as refused:
            await bob.send(group, "no", reply_to=id_)
        assert refused.value.field == "replyTo"


async def test_forwards_copy_text_and_attachments_and_name_the_first_author(talk, database):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob)
    upload = await _upload(talk, ann)
    temp_id = new_id()
    original = await ann.send(group, "see", image=upload.id, mentions=(bob.id,))
    once = await bob.send(eve, None, forward=original.id, temp_id=temp_id)
    twice = await eve.send(bob, None, forward=once.id)
    for copy in (once, twice):
        assert (copy.text, copy.kind, copy.attachments, copy.mentions) == ("see", "image", (upload,), ())
        assert copy.forwarded_from is not None
        assert (copy.forwarded_from.sender_id, copy.forwarded_from.created_at) == (ann.id, original.created_at)
    await talk.changes.edit(ann.principal, EditMessage(message_id=original.id, text="changed"))
    assert (await bob.send(eve, None, forward=original.id, temp_id=temp_id)).id == once.id
    assert await database.fetchval("SELECT count(*) FROM attachment_links") == 3
    with pytest.raises(NotFound) as unseen:
        await eve.send(bob, None, forward=original.id)
    assert unseen.value.field == "forward"
    with pytest.raises(Conflict):
        await bob.send(eve, None, forward=group.last_message.id)
    await talk.changes.delete(ann.principal, DeleteMessage(message_id=original.id))
    with pytest.raises(Conflict):
        await bob.send(eve, None, forward=original.id)


async def test_mentions_of_others_are_dropped_and_all_is_for_admins_of_groups(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob)
    message = await ann.send(group, "hi", mentions=(bob.id, eve.id, uuid4(), bob.id, ann.id))
    assert message.mentions == (bob.id, ann.id)
    assert (await bob.view(group)).mention_count == 1
    everyone = await ann.send(group, "all", mentions_all=True)
    assert everyone.mentions_all
    assert (await bob.view(group)).mention_count == 2
    with pytest.raises(Forbidden):
        await bob.send(group, "all", mentions_all=True)
    direct = await talk.direct(ann, bob)
    with pytest.raises(Invalid) as refused:
        await ann.send(direct, "all", mentions_all=True)
    assert refused.value.field == "mentionsAll"


async def test_attachments_make_the_kind_and_must_be_the_senders_own(talk, database):
    ann, bob = await talk.people("ann", "bob")
    image, sound, paper, photo = [
        await _upload(talk, ann, media_type=t) for t in ("image/png", "audio/ogg", "application/pdf", "image/heic")
    ]
    foreign = await _upload(talk, bob)
    kinds = [
        (await ann.send(bob, None, image=image.id, files=(paper.id,))),
        (await ann.send(bob, "listen", voice=sound.id)),
        (await ann.send(bob, None, files=(paper.id, image.id))),
    ]
    assert [m.kind for m in kinds] == ["image", "voice", "file"]
    assert [len(m.attachments) for m in kinds] == [2, 1, 2]
    assert (await talk.history.get(bob.principal, kinds[0].id)).attachments == (image, paper)
    for more, error, field in (
        ({"image": paper.id}, Invalid, "image"),
        ({"image": photo.id}, Invalid, "image"),  # nobody takes out of it what its camera wrote
        ({"voice": image.id}, Invalid, "voice"),
        ({"image": foreign.id}, NotFound, "image"),
        ({"image": image.id, "files": (foreign.id,)}, NotFound, "files"),
        ({"files": (uuid4(),)}, NotFound, "files"),
        ({"files": (paper.id, paper.id)}, Invalid, "files"),
    ):
        with pytest.raises(error) as refused:
            await ann.send(bob, None, **more)
        assert refused.value.field == field
    assert await count(database) == 3


async def test_closing_answers_everything_that_waits(talk, make_talk):
    ann, bob = await talk.people("ann", "bob")
    node = make_talk()
    await node.start()
    sender = type(ann)(node, ann.principal, "ann")
    waiting = [sender.send_outcome(bob, str(i)) for i in range(5)]
    await node.close()
    outcomes = await asyncio.gather(*waiting)
    assert all(isinstance(outcome, Unavailable) or outcome.text for outcome in outcomes)
    assert isinstance(await sender.send_outcome(bob, "late"), Unavailable)


async def _upload(talk, owner, media_type="image/png"):
    id_ = new_id()
    upload = Attachment(id=id_, name="a.bin", media_type=media_type, size=3, url=f"/api/v1/attachments/{id_}")
    await talk.database.execute(
        "INSERT INTO attachments (id, uploader_id, name, media_type, size, blob_key, digest)"
        " VALUES ($1, $2, 'a.bin', $3, 3, 'key', 'd')",
        id_,
        owner.id,
        media_type,
    )
    return upload


async def test_an_outage_is_unavailable_and_the_same_message_passes_afterwards(talk, database):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    await ann.send(bob, "warm")
    await talk.settled()
    await database.close()
    outcome = await ann.send_outcome(eve, "has to be looked up")
    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after_ms
    assert (await ann.send(bob, "needs no lookup")).seq == 2
    await database.open()
    assert (await ann.send(eve, "has to be looked up")).seq == 1
