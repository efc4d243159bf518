"""Where it is said: what conversations, their members, settings and people bring over the sockets, on each transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wire_cases import each_transport, server_event
from wire_stage import Person, Stage, refused, text

if TYPE_CHECKING:
    from wire_client import WireClient


async def fact(socket: WireClient, event: str, conversation: str, *, after: int) -> dict[str, Any]:
    """The event of a conversation that carries a later `rev`, and the system message that has to follow it, as one."""

    def is_next(payload: dict[str, Any]) -> bool:
        whole = payload.get("conversation", payload | {"id": payload.get("conversationId")})
        return whole["id"] == conversation and whole["rev"] > after

    told = await socket.wait_for(event, is_next)
    rev = told.get("conversation", told)["rev"]
    message = await socket.wait_for(
        "newMessage", lambda new: (new["conversationId"], new["rev"]) == (conversation, rev + 1)
    )
    return told | {"system": message["system"], "seq": message["seq"]}


@server_event("conversationUpdated", "membersChanged", "conversationLeft")
async def test_the_life_of_a_group(stage: Stage) -> None:
    ann, bob, cid = await stage.people("ann", "bob", "cid")
    again = await stage.another_session(bob)
    async with (
        stage.socket(ann) as hers,
        stage.socket(bob) as his,
        stage.socket(again) as other,
        stage.socket(cid) as theirs,
    ):
        made = await stage.call("POST", "/conversations", by=ann, json={"title": " Te\u202eam ", "memberIds": [bob.id]})
        group, path = made["id"], f"/conversations/{made['id']}"
        assert (made["title"], made["rev"], made["lastSeq"], made["memberCount"]) == ("Team", 2, 1, 2)
        for socket in (hers, his, other):
            told = await fact(socket, "conversationUpdated", group, after=0)
            assert (told["conversation"]["rev"], told["conversation"]["lastSeq"], told["seq"]) == (1, 0, 1)
            assert told["system"]["type"] == "created"

        renamed = await stage.call("PATCH", path, by=ann, json={"title": "Crew", "unknown": 1, "rev": 99})
        assert (renamed["rev"], renamed["lastSeq"], renamed["lastMessage"]["system"]["title"]) == (4, 2, "Crew")
        assert await stage.call("PATCH", path, by=ann, json={}) == renamed, "an empty change takes no rev"
        told = await fact(his, "conversationUpdated", group, after=2)
        assert (told["conversation"]["title"], told["conversation"]["lastSeq"]) == ("Crew", 1)
        assert told["system"] == {"type": "renamed", "actorId": ann.id, "title": "Crew"}

        added = await stage.call("POST", f"{path}/members", by=ann, json={"userIds": [cid.id, bob.id]})
        assert (added["rev"], added["memberCount"]) == (6, 3)
        told = await fact(theirs, "conversationUpdated", group, after=0)
        assert (told["conversation"]["rev"], told["system"]["type"], told["system"]["userIds"]) == (
            5,
            "joined",
            [cid.id],
        )
        for socket in (hers, his):
            told = await fact(socket, "membersChanged", group, after=4)
            assert ([member["userId"] for member in told["joined"]], told["left"], told["changed"]) == (
                [cid.id],
                [],
                [],
            )
            assert (told["rev"], told["memberCount"]) == (5, 3)
        assert not theirs.of("membersChanged")

        role = await stage.call("PATCH", f"{path}/members/{bob.id}", by=ann, json={"role": "owner"})
        assert role["role"] == "owner"
        told = await fact(theirs, "membersChanged", group, after=6)
        assert {member["userId"]: member["role"] for member in told["changed"]} == {ann.id: "admin", bob.id: "owner"}
        assert told["system"] == {"type": "role", "actorId": ann.id, "userIds": [bob.id], "role": "owner"}

        await stage.call("DELETE", f"{path}/members/{cid.id}", by=ann)
        assert await theirs.wait_for("conversationLeft") == {"conversationId": group}
        told = await fact(his, "membersChanged", group, after=8)
        assert (told["left"], told["memberCount"], told["system"]["type"]) == ([cid.id], 2, "removed")

        await stage.call("DELETE", path, by=bob)
        for socket in (his, other):
            assert await socket.wait_for("conversationLeft") == {"conversationId": group}
        told = await fact(hers, "membersChanged", group, after=10)
        assert [(member["userId"], member["role"]) for member in told["changed"]] == [(ann.id, "owner")]
        assert told["system"] == {"type": "left", "actorId": bob.id}, "an owner who leaves writes only this"
        last = await hers.call("sendMessage", text(group, "alone"))
        assert last["message"]["rev"] == 13
        for socket in (his, other, theirs):
            await socket.call("ping", {})
            names = [
                name
                for name, payload in socket.events
                if group in (payload.get("conversationId"), payload.get("conversation", {}).get("id"))
            ]
            assert names[-1] == "conversationLeft", "nothing later of it"
        await stage.call("DELETE", path, by=ann)
        await hers.wait_for("conversationLeft")


@each_transport
async def test_who_comes_back_begins_anew(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    before = await stage.call("POST", "/sync", by=bob, json={"cursors": {}})
    await stage.call("DELETE", f"/conversations/{group}/members/{bob.id}", by=ann)
    ask = {"epoch": before["epoch"], "cursors": {group: 2}}
    assert group in (await stage.call("POST", "/sync", by=bob, json=ask))["left"]
    async with stage.socket(bob) as his:
        added = await stage.call("POST", f"/conversations/{group}/members", by=ann, json={"userIds": [bob.id]})
        shown = await his.wait_for("conversationUpdated", lambda told: told["conversation"]["id"] == group)
        assert shown["conversation"]["rev"] == added["rev"] - 1
        for cursor in range(1, added["rev"] - 1):
            answer = await stage.call("POST", "/sync", by=bob, json=ask | {"cursors": {group: cursor}})
            assert answer["reset"] == [group], "wherever the cursor stood"


@server_event("factSkipped")
async def test_history_from_joining_on(stage: Stage) -> None:
    ann, bob, cid = await stage.people("ann", "bob", "cid")
    group = await stage.group(ann, bob, history="joined")
    async with stage.socket(ann) as hers, stage.socket(bob) as his, stage.socket(cid) as theirs:
        early = (await hers.call("sendMessage", text(group, "early")))["message"]
        await stage.call("POST", f"/conversations/{group}/members", by=ann, json={"userIds": [cid.id]})
        edited = (await hers.call("editMessage", {"messageId": early["id"], "text": "changed"}))["message"]
        assert await theirs.wait_for("factSkipped") == {"conversationId": group, "rev": edited["rev"]}
        assert await his.wait_for("messageUpdated") == edited
        answer = (await hers.call("sendMessage", text(group, "see", replyTo=early["id"])))["message"]
        assert answer["replyTo"]["excerpt"] == "", "always empty there"
        assert await theirs.wait_for("newMessage", lambda new: new["id"] == answer["id"]) == answer
        assert (
            refused(await theirs.call("react", {"messageId": early["id"], "emoji": "👍", "on": True}))[0] == "not_found"
        )
        assert await stage.refusal("GET", f"/messages/{early['id']}", by=cid) == ("not_found", None)
        page = await stage.call("GET", f"/conversations/{group}/messages", by=cid)
        me = next(
            m for m in (await stage.call("GET", f"/conversations/{group}", by=cid))["members"] if m["userId"] == cid.id
        )
        assert [message["seq"] for message in page["messages"]] == [me["firstSeq"], answer["seq"]]
        assert not page["hasMoreBefore"]
        assert not theirs.of("messageUpdated")


@server_event("settingsUpdated")
async def test_settings_are_told_to_own_sessions(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group, again = await stage.group(ann, bob), await stage.another_session(ann)
    async with stage.socket(ann) as hers, stage.socket(again) as other, stage.socket(bob) as his:
        patch = {"mutedUntil": "2030-01-01T01:00:00+01:00", "notify": "mentions", "pinned": True, "rev": 5}
        changed = await stage.call("PATCH", f"/conversations/{group}/settings", by=ann, json=patch)
        assert changed == {
            "mutedUntil": "2030-01-01T00:00:00.000Z",
            "notify": "mentions",
            "pinned": True,
            "archived": False,
        }
        for socket in (hers, other):
            assert await socket.wait_for("settingsUpdated") == {"conversationId": group, "settings": changed}
        unmuted = await stage.call("PATCH", f"/conversations/{group}/settings", by=ann, json={"mutedUntil": None})
        assert "mutedUntil" not in unmuted
        assert (await hers.wait_for("settingsUpdated"))["settings"] == unmuted
        await his.call("ping", {})
        assert not his.of("settingsUpdated")


@server_event("userUpdated")
async def test_a_profile_is_told_to_whoever_shares_a_conversation(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    stranger: Person = await stage.newcomer("stranger")
    await stage.group(ann, bob)
    async with stage.socket(ann) as hers, stage.socket(bob) as his, stage.socket(stranger) as theirs:
        status = {"text": "busy", "until": "2030-01-01T00:00:00.000Z", "dnd": True}
        me = await stage.call("PATCH", "/users/me", by=ann, json={"displayName": "A\u202enn", "status": status})
        assert (me["displayName"], me["status"]) == ("Ann", status)
        for socket in (hers, his):
            assert await socket.wait_for("userUpdated") == {"user": me}
        without = await stage.call("PATCH", "/users/me", by=ann, json={"status": None})
        assert without == {name: value for name, value in me.items() if name != "status"}
        await his.wait_for("userUpdated")
        await theirs.call("ping", {})
        assert not theirs.of("userUpdated")
