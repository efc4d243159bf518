"""Making and changing conversations: what is stored, what is answered, and what every session hears, in order."""

from uuid import uuid4

import pytest

from chinwag_protocol.bodies import ConversationPatch, GroupRequest, SettingsPatch
from chinwag_protocol.limits import Limits
from chinwag_server.domain.errors import Conflict, Forbidden, Invalid, NotFound


async def test_a_new_group_is_told_to_all_members_with_its_system_message(talk):
    ann, bob, eve, tom = await talk.people("ann", "bob", "eve", "tom")
    group = await talk.group(ann, bob, eve, title=" Team\u202e A ")
    await talk.settled()
    assert (group.kind, group.title, group.history) == ("group", "Team A", "all")
    assert (group.rev, group.last_seq, group.first_seq, group.member_count) == (2, 1, 1, 3)
    assert {m.user_id: m.role for m in group.members} == {ann.id: "owner", bob.id: "member", eve.id: "member"}
    assert {m.user_id: (m.read_seq, m.delivered_seq, m.first_seq) for m in group.members} == {
        ann.id: (1, 1, 1),
        bob.id: (0, 0, 1),
        eve.id: (0, 0, 1),
    }
    assert group.last_message is not None
    assert group.last_message.system is not None
    assert group.last_message.system.type == "created"
    for person in (ann, bob, eve):
        assert person.names() == ["conversationUpdated", "newMessage"]
        told, message = person.heard[0][1]["conversation"], person.heard[1][1]
        assert (told["rev"], told["lastSeq"], len(told["members"])) == (1, 0, 3)
        assert not {"unreadCount", "mentionCount", "settings", "lastMessage"} & told.keys()
        assert (message["rev"], message["seq"], message["kind"], message["text"]) == (2, 1, "system", "")
        assert message["system"]["actorId"] == str(ann.id)
        assert "tempId" not in message
    assert tom.heard == []
    for person in (ann, bob):
        view = await person.view(group)
        assert (view.unread_count, view.mention_count) == (0, 0)


async def test_one_unknown_id_refuses_a_whole_new_group(talk, database):
    ann, bob = await talk.people("ann", "bob")
    with pytest.raises(NotFound) as refused:
        await talk.conversations.create_group(ann.principal, GroupRequest(title="x", member_ids=(bob.id, uuid4())))
    assert refused.value.field == "memberIds"
    assert await database.fetchval("SELECT count(*) FROM conversations") == 0
    assert bob.heard == []


async def test_nobody_is_added_who_blocks_the_caller_or_is_disabled(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    await talk.block(bob, ann)
    await talk.disable(eve)
    for other in (bob, eve):
        with pytest.raises(Forbidden):
            await talk.group(ann, other)
    await talk.block(ann, await talk.person("tom"))  # blocking somebody does not keep them out


async def test_a_group_has_at_most_its_limit_of_members(make_talk):
    talk = make_talk(limits=Limits(group_members=2))
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    await talk.start()
    with pytest.raises(ValueError, match="more than 2") as refused:
        await talk.group(ann, bob, eve)
    assert refused.value.field == "memberIds"
    group = await talk.group(ann, bob, ann)
    with pytest.raises(Invalid) as full:
        await talk.members.add(ann.principal, group.id, [eve.id])
    assert full.value.field == "userIds"
    await talk.close()


async def test_the_first_answer_to_an_idempotency_key_is_given_again(talk, database):
    ann, bob = await talk.people("ann", "bob")
    request = GroupRequest(title="x", member_ids=(bob.id,))
    first = await talk.conversations.create_group(ann.principal, request, key="k")
    await talk.settled()
    talk.forget_all()
    assert await talk.conversations.create_group(ann.principal, request, key="k") == first
    assert bob.heard == []
    with pytest.raises(Conflict):
        await talk.conversations.create_group(ann.principal, GroupRequest(title="y", member_ids=()), key="k")
    another = await talk.conversations.create_group(bob.principal, request, key="k")
    assert another.id != first.id
    await database.execute("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
    assert (await talk.conversations.create_group(ann.principal, request, key="k")).id != first.id
    for key in ("", "x" * 256, "\u00e9"):
        with pytest.raises(Invalid):
            await talk.conversations.create_group(ann.principal, request, key=key)


async def test_a_second_call_waits_for_the_first_with_its_key(talk, database):
    import asyncio

    ann = await talk.person("ann")
    request = GroupRequest(title="x", member_ids=())
    made = await asyncio.gather(*(talk.conversations.create_group(ann.principal, request, key="k") for _ in range(3)))
    assert len({group.id for group in made}) == 1
    assert await database.fetchval("SELECT count(*) FROM conversations") == 1


async def test_a_failed_call_leaves_its_key_free(talk):
    ann, bob = await talk.people("ann", "bob")
    with pytest.raises(NotFound):
        await talk.conversations.create_group(ann.principal, GroupRequest(title="x", member_ids=(uuid4(),)), key="k")
    await talk.conversations.create_group(ann.principal, GroupRequest(title="x", member_ids=(bob.id,)), key="k")


async def test_renaming_takes_a_rev_and_writes_one_system_message(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    changed = await talk.conversations.update(ann.principal, group.id, ConversationPatch(title="New"))
    assert (changed.title, changed.rev, changed.last_seq) == ("New", 4, 2)
    for person in (ann, bob):
        assert person.names() == ["conversationUpdated", "newMessage"]
        told, message = person.heard[0][1]["conversation"], person.heard[1][1]
        assert (told["title"], told["rev"], told["lastSeq"]) == ("New", 3, 1)
        assert (message["rev"], message["seq"]) == (4, 2)
        assert message["system"] == {"type": "renamed", "actorId": str(ann.id), "title": "New"}


@pytest.mark.parametrize(
    "patch", [ConversationPatch(), ConversationPatch(title="Team"), ConversationPatch(history="all")]
)
async def test_an_empty_change_takes_no_rev_and_is_told_to_nobody(talk, patch):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    assert (await talk.conversations.update(ann.principal, group.id, patch)).rev == 2
    assert bob.heard == []


async def test_changing_history_writes_no_system_message(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    changed = await talk.conversations.update(ann.principal, group.id, ConversationPatch(history="joined"))
    assert (changed.history, changed.rev, changed.last_seq) == ("joined", 3, 1)
    assert bob.names() == ["conversationUpdated"]


async def test_setting_and_removing_the_picture(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    avatar = uuid4()
    changed = await talk.conversations.set_avatar(ann.principal, group.id, avatar)
    assert changed.avatar_url == f"/api/v1/avatars/{avatar}"
    removed = await talk.conversations.set_avatar(ann.principal, group.id, None)
    assert removed.avatar_url is None
    await talk.conversations.set_avatar(ann.principal, group.id, None)
    assert bob.names() == ["conversationUpdated", "newMessage"] * 2
    assert removed.rev == 6
    with pytest.raises(Forbidden):
        await talk.conversations.set_avatar(bob.principal, group.id, avatar)
    with pytest.raises(Forbidden):
        await talk.conversations.authorize_picture(bob.principal, group.id)


async def test_a_direct_conversation_exists_for_whoever_opened_it(talk):
    ann, bob = await talk.people("ann", "bob")
    other = ann.another_session()
    conversation, created = await talk.conversations.open_direct(ann.principal, bob.id)
    assert created
    assert (conversation.kind, conversation.rev, conversation.last_seq, conversation.title) == ("direct", 1, 0, None)
    assert {m.user_id for m in conversation.members} == {ann.id, bob.id}
    assert ann.names() == other.names() == ["conversationUpdated"]
    assert bob.heard == []
    with pytest.raises(NotFound):
        await bob.view(conversation)
    assert (await talk.conversations.list(bob.principal, cursor=None, limit=50)).conversations == ()
    assert [c.id for c in (await talk.conversations.list(ann.principal, cursor=None, limit=50)).conversations] == [
        conversation.id
    ]
    again, created = await talk.conversations.open_direct(ann.principal, bob.id)
    assert (again.id, created) == (conversation.id, False)
    assert len(ann.heard) == 1
    seen, created = await talk.conversations.open_direct(bob.principal, ann.id)
    assert (seen.id, created, bob.names()) == (conversation.id, False, ["conversationUpdated"])
    assert (await bob.view(conversation)).rev == 1


async def test_two_who_open_at_once_meet_in_one_conversation(talk, database):
    import asyncio

    ann, bob = await talk.people("ann", "bob")
    both = [(ann, bob), (bob, ann)] * 3
    opened = await asyncio.gather(*(talk.conversations.open_direct(a.principal, b.id) for a, b in both))
    assert len({conversation.id for conversation, _ in opened}) == 1
    assert sum(created for _, created in opened) == 1
    assert await database.fetchval("SELECT count(*) FROM conversations") == 1


async def test_a_direct_conversation_with_oneself_has_one_member(talk):
    ann = await talk.person("ann")
    conversation, created = await talk.conversations.open_direct(ann.principal, ann.id)
    assert created
    assert (conversation.member_count, len(conversation.members)) == (1, 1)
    message = await ann.send(ann, "note")
    assert (message.conversation_id, message.seq, message.rev) == (conversation.id, 1, 2)
    await talk.settled()
    assert ann.names() == ["conversationUpdated", "newMessage"]


async def test_nobody_opens_a_conversation_with_an_unknown_user(talk, database):
    ann = await talk.person("ann")
    with pytest.raises(NotFound):
        await talk.conversations.open_direct(ann.principal, uuid4())
    assert await database.fetchval("SELECT count(*) FROM direct_conversations") == 0


async def test_a_direct_conversation_has_no_title_and_nobody_comes_or_goes(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    direct = await talk.direct(ann, bob)
    for call in (
        talk.conversations.update(ann.principal, direct.id, ConversationPatch(title="x")),
        talk.conversations.update(ann.principal, direct.id, ConversationPatch(history="joined")),
        talk.conversations.set_avatar(ann.principal, direct.id, uuid4()),
        talk.members.add(ann.principal, direct.id, [eve.id]),
        talk.members.remove(ann.principal, direct.id, bob.id),
        talk.members.leave(ann.principal, direct.id),
        talk.members.remove(ann.principal, direct.id, ann.id),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_the_list_is_paged_with_the_latest_first(talk):
    ann, bob = await talk.people("ann", "bob")
    groups = [await talk.group(ann, bob, title=str(i)) for i in range(5)]
    await bob.send(groups[1], "up")
    expected = [groups[i].id for i in (1, 4, 3, 2, 0)]
    seen, cursor = [], None
    while True:
        page = await talk.conversations.list(ann.principal, cursor=cursor, limit=2)
        seen += [c.id for c in page.conversations]
        cursor = page.next
        if cursor is None:
            break
    assert seen == expected
    for bad in ("", "x", "AAAA", "é" * 8, cursor or "?" * 32):
        with pytest.raises(Invalid) as refused:
            await talk.conversations.list(ann.principal, cursor=bad, limit=2)
        assert refused.value.field == "cursor"


async def test_settings_are_the_callers_own_and_told_to_their_sessions(talk):
    ann, bob = await talk.people("ann", "bob")
    other = ann.another_session()
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    patch = SettingsPatch(muted_until="2030-01-01T00:00:00+01:00", notify="mentions", pinned=True, archived=True)
    settings = await talk.conversations.configure(ann.principal, group.id, patch)
    assert settings.muted_until == "2029-12-31T23:00:00.000Z"
    assert (settings.notify, settings.pinned, settings.archived) == ("mentions", True, True)
    assert ann.names() == other.names() == ["settingsUpdated"]
    assert ann.heard[0][1]["settings"]["mutedUntil"] == "2029-12-31T23:00:00.000Z"
    assert bob.heard == []
    assert (await ann.view(group)).settings == settings
    assert (await bob.view(group)).settings is not None
    assert (await bob.view(group)).settings.pinned is False
    again = await talk.conversations.configure(ann.principal, group.id, patch)
    assert (again, len(ann.heard)) == (settings, 1)
    unmuted = await talk.conversations.configure(ann.principal, group.id, SettingsPatch(muted_until=None))
    assert (unmuted.muted_until, unmuted.pinned) == (None, True)
    with pytest.raises(ValueError, match="RFC 3339"):
        await talk.conversations.configure(ann.principal, group.id, SettingsPatch(muted_until="soon"))


async def test_mark_unread_counts_from_there_until_read_again(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    for text in "abcd":
        await bob.send(group, text)
    await ann.read(group, 5)
    assert (await ann.view(group)).unread_count == 0
    await talk.conversations.configure(ann.principal, group.id, SettingsPatch(unread_from_seq=4))
    assert (await ann.view(group)).unread_count == 2
    for seq in (0, 6):
        with pytest.raises(Invalid):
            await talk.conversations.configure(ann.principal, group.id, SettingsPatch(unread_from_seq=seq))
    await talk.settled()
    talk.forget_all()
    assert await ann.read(group, 5) == 5
    assert ann.names() == ["settingsUpdated"]
    assert "unreadFromSeq" not in ann.heard[0][1]["settings"]
    assert bob.heard == []
    assert (await ann.view(group)).unread_count == 0


async def test_over_100_members_only_the_callers_own_are_shown(talk, database):
    ann = await talk.person("ann")
    others = [await talk.person(f"user{i}") for i in range(100)]
    group = await talk.group(ann, *others)
    await talk.settled()
    assert (group.member_count, [m.user_id for m in group.members]) == (101, [ann.id])
    assert others[0].heard[0][1]["conversation"]["members"] == []
    await talk.members.remove(ann.principal, group.id, others[0].id)
    assert len((await ann.view(group)).members) == 100
