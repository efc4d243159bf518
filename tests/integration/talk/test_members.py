"""Members of groups: who may change what, what is written, and what every member, the added and the removed hear, in order."""

from uuid import uuid4

import pytest

from chinwag_protocol.bodies import RolePatch
from chinwag_server.domain.errors import Conflict, Forbidden, Invalid, NotFound


def system(person, position=-1):
    name, message = person.heard[position]
    assert name == "newMessage"
    assert message["kind"] == "system"
    return message["system"]


async def roles(talk, person, group):
    page = await talk.members.list(person.principal, group.id, query=None, cursor=None, limit=200)
    return {member.user_id: member.role for member in page.members}


async def test_the_added_hear_the_conversation_all_others_the_members(talk, database):
    ann, bob, eve, tom = await talk.people("ann", "bob", "eve", "tom")
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    after = await talk.members.add(ann.principal, group.id, [bob.id, eve.id, tom.id, eve.id])
    await talk.settled()
    assert (after.rev, after.last_seq, after.member_count) == (4, 2, 4)
    for person in (ann, bob):
        assert person.names() == ["membersChanged", "newMessage"]
        changed = person.heard[0][1]
        assert (changed["rev"], changed["memberCount"], changed["left"], changed["changed"]) == (3, 4, [], [])
        assert [m["userId"] for m in changed["joined"]] == [str(eve.id), str(tom.id)]
        assert {(m["role"], m["firstSeq"], m["readSeq"]) for m in changed["joined"]} == {("member", 2, 1)}
    for person in (eve, tom):
        assert person.names() == ["conversationUpdated", "newMessage"]
        told = person.heard[0][1]["conversation"]
        assert (told["rev"], told["lastSeq"], told["memberCount"], len(told["members"])) == (3, 1, 4, 4)
    assert system(eve) == {"type": "joined", "actorId": str(ann.id), "userIds": [str(eve.id), str(tom.id)]}
    assert eve.heard[1][1]["rev"] == 4
    assert (await eve.view(group)).unread_count == 0
    await bob.send(group, "hi")
    await talk.settled()
    assert eve.names()[-1] == tom.names()[-1] == "newMessage"


async def test_adding_is_all_or_nothing(talk):
    ann, bob, eve, tom = await talk.people("ann", "bob", "eve", "tom")
    group = await talk.group(ann, bob)
    await talk.block(tom, ann)
    await talk.settled()
    talk.forget_all()
    for ids, error in (([eve.id, uuid4()], NotFound), ([eve.id, tom.id], Forbidden)):
        with pytest.raises(error) as refused:
            await talk.members.add(ann.principal, group.id, ids)
        assert refused.value.field == "userIds"
    assert (await talk.members.add(ann.principal, group.id, [bob.id])).rev == 2
    assert set(await roles(talk, ann, group)) == {ann.id, bob.id}
    assert bob.heard == eve.heard == []


async def test_the_removed_hears_that_it_ended_and_nothing_later(talk, database):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob, eve)
    await talk.settled()
    talk.forget_all()
    await talk.members.remove(ann.principal, group.id, bob.id)
    await ann.send(group, "later")
    await talk.settled()
    assert bob.heard == [("conversationLeft", {"conversationId": str(group.id)})]
    assert eve.names() == ["membersChanged", "newMessage", "newMessage"]
    changed = eve.heard[0][1]
    assert (changed["rev"], changed["left"], changed["memberCount"]) == (3, [str(bob.id)], 2)
    assert system(eve, 1) == {"type": "removed", "actorId": str(ann.id), "userIds": [str(bob.id)]}
    with pytest.raises(NotFound):
        await bob.view(group)
    assert await database.fetchval("SELECT rev FROM departures WHERE user_id = $1", bob.id) == 3
    with pytest.raises(NotFound):
        await talk.members.remove(ann.principal, group.id, bob.id)


async def test_who_comes_back_starts_anew(talk, database):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await bob.send(group, "mine")
    await talk.members.remove(ann.principal, group.id, bob.id)
    await ann.send(group, "without you")
    back = await talk.members.add(ann.principal, group.id, [bob.id])
    view = await bob.view(group)
    member = next(m for m in view.members if m.user_id == bob.id)
    assert (member.first_seq, member.read_seq, view.unread_count) == (back.last_seq, back.last_seq - 1, 0)
    assert await database.fetchval("SELECT count(*) FROM departures") == 0


async def test_plain_members_are_removed_by_admins_and_admins_by_the_owner(talk):
    ann, bob, eve, tom, kim = await talk.people("ann", "bob", "eve", "tom", "kim")
    group = await talk.group(ann, bob, eve, tom, kim)
    for person in (bob, eve):
        await talk.members.set_role(ann.principal, group.id, person.id, RolePatch(role="admin"))
    for actor, target in ((tom, kim), (tom, ann), (bob, eve), (bob, ann), (tom, eve)):
        with pytest.raises(Forbidden):
            await talk.members.remove(actor.principal, group.id, target.id)
    with pytest.raises(Forbidden):
        await talk.members.remove(tom.principal, group.id, uuid4())
    await talk.members.remove(bob.principal, group.id, kim.id)
    await talk.members.remove(ann.principal, group.id, eve.id)
    await talk.members.remove(tom.principal, group.id, tom.id)
    assert await roles(talk, ann, group) == {ann.id: "owner", bob.id: "admin"}


async def test_roles_are_the_owners_to_give(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob, eve)
    await talk.settled()
    talk.forget_all()
    member = await talk.members.set_role(ann.principal, group.id, bob.id, RolePatch(role="admin"))
    await talk.settled()
    assert member.role == "admin"
    for person in (ann, bob, eve):
        assert person.names() == ["membersChanged", "newMessage"]
        assert [(m["userId"], m["role"]) for m in person.heard[0][1]["changed"]] == [(str(bob.id), "admin")]
        assert system(person) == {"type": "role", "actorId": str(ann.id), "userIds": [str(bob.id)], "role": "admin"}
    for patch in (RolePatch(role="admin"), RolePatch()):
        assert (await talk.members.set_role(ann.principal, group.id, bob.id, patch)).role == "admin"
    assert len(eve.heard) == 2
    for actor in (bob, eve):
        for role in ("admin", "member", "owner"):
            with pytest.raises(Forbidden):
                await talk.members.set_role(actor.principal, group.id, eve.id, RolePatch(role=role))
    with pytest.raises(NotFound):
        await talk.members.set_role(ann.principal, group.id, uuid4(), RolePatch(role="admin"))
    with pytest.raises(Conflict):
        await talk.members.set_role(ann.principal, group.id, ann.id, RolePatch(role="member"))


async def test_passing_the_ownership_makes_the_old_owner_admin_in_one_fact(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    await talk.members.set_role(ann.principal, group.id, bob.id, RolePatch(role="owner"))
    await talk.settled()
    assert await roles(talk, ann, group) == {ann.id: "admin", bob.id: "owner"}
    assert ann.names() == ["membersChanged", "newMessage"]
    assert {m["userId"]: m["role"] for m in ann.heard[0][1]["changed"]} == {
        str(ann.id): "admin",
        str(bob.id): "owner",
    }
    assert (await ann.view(group)).rev == 4


async def test_an_owner_who_leaves_passes_the_group_to_the_longest_serving_admin_else_member(talk):
    ann, bob, eve, tom = await talk.people("ann", "bob", "eve", "tom")
    group = await talk.group(ann, bob)
    await talk.members.add(ann.principal, group.id, [eve.id])
    await talk.members.add(ann.principal, group.id, [tom.id])
    for person in (tom, eve):
        await talk.members.set_role(ann.principal, group.id, person.id, RolePatch(role="admin"))
    await talk.settled()
    talk.forget_all()
    await talk.members.leave(ann.principal, group.id)
    await talk.settled()
    assert ann.names() == ["conversationLeft"]
    assert bob.names() == ["membersChanged", "newMessage"]
    changed = bob.heard[0][1]
    assert changed["left"] == [str(ann.id)]
    assert [(m["userId"], m["role"]) for m in changed["changed"]] == [(str(eve.id), "owner")]
    assert system(bob) == {"type": "left", "actorId": str(ann.id)}
    await talk.members.leave(eve.principal, group.id)
    assert await roles(talk, bob, group) == {bob.id: "member", tom.id: "owner"}
    await talk.members.leave(tom.principal, group.id)
    assert await roles(talk, bob, group) == {bob.id: "owner"}


async def test_the_last_to_leave_deletes_the_group(talk, database):
    ann = await talk.person("ann")
    group = await talk.group(ann)
    await ann.send(group, "hi")
    await talk.settled()
    talk.forget_all()
    await talk.members.leave(ann.principal, group.id)
    await talk.settled()
    assert ann.names() == ["conversationLeft"]
    for table in ("conversations", "members", "messages", "departures"):
        assert await database.fetchval(f"SELECT count(*) FROM {table}") == 0
    with pytest.raises(NotFound):
        await ann.send(group, "again")


async def test_members_are_paged_and_searched(talk):
    ann, bob = await talk.people("ann", "bob")
    others = [await talk.person(f"user{i}") for i in range(5)]
    group = await talk.group(ann, bob, *others)
    seen, cursor = [], None
    while True:
        page = await talk.members.list(bob.principal, group.id, query=None, cursor=cursor, limit=3)
        seen += [member.user_id for member in page.members]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    for query, expected in (("USER", 5), ("user3", 1), ("nn", 1), ("%", 0), ("_", 0), ("", 7)):
        found = await talk.members.list(ann.principal, group.id, query=query, cursor=None, limit=50)
        assert len(found.members) == expected
    with pytest.raises(Invalid):
        await talk.members.list(ann.principal, group.id, query=None, cursor="nonsense", limit=3)
    with pytest.raises(ValueError, match="characters"):
        await talk.members.list(ann.principal, group.id, query="x" * 65, cursor=None, limit=3)


async def test_two_changes_at_once_take_one_rev_each_and_are_heard_in_order(talk):
    import asyncio

    ann, bob = await talk.people("ann", "bob")
    others = [await talk.person(f"user{i}") for i in range(8)]
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    await asyncio.gather(
        *(talk.members.add(ann.principal, group.id, [person.id]) for person in others),
        *(bob.send(group, str(i)) for i in range(20)),
    )
    await talk.settled()
    revs = [payload["rev"] for _, payload in bob.heard]
    assert revs == list(range(3, 3 + 36))
    for person in others:
        name, told = person.heard[0]
        assert name == "conversationUpdated"
        later = [payload["rev"] for _, payload in person.heard[1:]]
        assert later == list(range(told["conversation"]["rev"] + 1, 39))
