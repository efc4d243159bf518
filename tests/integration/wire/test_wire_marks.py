"""What is read, and who is writing: marks and typing, on each transport, and events that want no ack."""

from __future__ import annotations

import asyncio
import json

import pytest
from wire_cases import client_event, each_transport, server_event
from wire_stage import Stage, direct, hears, refused, say

from chinwag_protocol.ids import new_id


@client_event("messagesRead", "messagesDelivered")
@server_event("messagesRead", "messagesDelivered")
async def test_marks(stage: Stage) -> None:
    ann, bob, eve = await stage.people("ann", "bob", "eve")
    group, again = await stage.group(ann, bob), await stage.another_session(bob)
    async with (
        stage.socket(ann) as hers,
        stage.socket(bob) as his,
        stage.socket(again) as other,
        stage.socket(eve) as theirs,
    ):
        for _ in range(3):
            await say(hers, group)
        for event in ("messagesDelivered", "messagesRead"):
            mark = {"conversationId": group, "seq": 3}
            assert await his.call(event, mark) == mark
            told = await hers.wait_for(event)
            assert told == mark | {"userId": bob.id, "at": told["at"]}
            assert await other.wait_for(event) == told
            assert await his.call(event, mark | {"seq": 1}) == mark, "the mark that now stands"
            for wrong, answer in (
                (mark | {"senderId": ann.id}, ("invalid", "senderId")),
                ({"conversationId": group}, ("invalid", "seq")),
                ({}, ("invalid", "conversationId")),
                (mark | {"seq": -1}, ("invalid", "seq")),
                (mark | {"conversationId": str(new_id())}, ("not_found", None)),
            ):
                assert refused(await his.call(event, wrong)) == answer, wrong
            assert refused(await theirs.call(event, mark)) == ("not_found", None)
        assert await his.call("messagesRead", {"conversationId": group, "seq": 99}) == {
            "conversationId": group,
            "seq": 4,
        }
        assert (await hers.wait_for("messagesRead"))["seq"] == 4
        members = (await stage.call("GET", f"/conversations/{group}/members", by=ann))["members"]
        assert {member["userId"]: (member["deliveredSeq"], member["readSeq"]) for member in members} == {
            ann.id: (4, 4),  # sending moved her own
            bob.id: (4, 4),  # reading pulled the other along
        }
        await his.call("ping", {})
        assert [told["seq"] for told in hers.of("messagesDelivered")] == [3], "what reading pulls along is not told"
        assert not his.of("messagesRead")
        assert not [told for told in his.of("messagesDelivered") + other.of("messagesRead") if told["userId"] == ann.id]


@each_transport
async def test_marks_are_told_once_a_second(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        for _ in range(5):
            await say(hers, group)
        for seq in (2, 3, 4, 5, 6):
            assert (await his.call("messagesRead", {"conversationId": group, "seq": seq}))["seq"] == seq
        await hers.wait_for("messagesRead", lambda told: told["seq"] == 6)
        assert len(hers.of("messagesRead")) <= 3, hers.of("messagesRead")


@each_transport
async def test_marks_of_the_original(stage: Stage) -> None:
    """`{senderId}` means all of a direct conversation."""
    ann, bob, eve = await asyncio.gather(*(stage.newcomer(name) for name in ("ann", "bob", "eve")))
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        for words in ("one", "two"):
            sent = await hers.call("sendMessage", direct(bob, words))
        conversation = sent["message"]["conversationId"]
        for event in ("messagesDelivered", "messagesRead"):
            assert await his.call(event, {"senderId": ann.id}) == {"conversationId": conversation, "seq": 2}
            assert (await hers.wait_for(event))["seq"] == 2
            assert refused(await his.call(event, {"senderId": eve.id}))[0] == "not_found"


@each_transport
async def test_marking_unread(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    path = f"/conversations/{group}"
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        await say(hers, group, "hey", mentions=[bob.id])
        await say(hers, group)
        counts = await stage.call("GET", path, by=bob)
        assert (counts["unreadCount"], counts["mentionCount"]) == (2, 1), "system messages do not count"
        await his.call("messagesRead", {"conversationId": group, "seq": 3})
        await stage.call("PATCH", f"{path}/settings", by=bob, json={"unreadFromSeq": 2})
        assert (await his.wait_for("settingsUpdated"))["settings"]["unreadFromSeq"] == 2
        counts = await stage.call("GET", path, by=bob)
        assert (counts["unreadCount"], counts["mentionCount"]) == (2, 1)
        assert {member["readSeq"] for member in counts["members"]} == {3}, "the ticks of others do not go back"
        assert (await his.call("messagesRead", {"conversationId": group, "seq": 1}))["seq"] == 3
        assert "unreadFromSeq" not in (await his.wait_for("settingsUpdated"))["settings"], (
            "also when the mark does not move"
        )
        assert (await stage.call("GET", path, by=bob))["unreadCount"] == 0


@client_event("typing")
@server_event("typing")
async def test_typing(stage: Stage) -> None:
    ann, bob, eve = await stage.people("ann", "bob", "eve")
    group = await stage.group(ann, bob)
    on, off = ({"conversationId": group, "typing": typing} for typing in (True, False))
    async with (
        stage.socket(ann) as hers,
        stage.socket(ann) as other,
        stage.socket(bob) as his,
        stage.socket(eve) as theirs,
    ):
        for payload in (on, on, off, off, on):
            assert await hers.call("typing", payload) == {}
        await hears(his, "newMessage", await say(hers, group))
        assert his.of("typing") == [payload | {"userId": ann.id} for payload in (on, off)], "one true in three seconds"
        assert refused(await theirs.call("typing", on)) == ("not_found", None)
        assert refused(await hers.call("typing", on | {"typing": "yes"})) == ("invalid", "typing")
        await other.call("ping", {})
        assert not hers.of("typing") + other.of("typing") + theirs.of("typing")


@pytest.mark.parametrize("event", ["messagesRead", "typing"])
@each_transport
async def test_without_an_ack_id_it_is_done_and_not_answered(stage: Stage, event: str) -> None:
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        await say(hers, group)
        await his.emit(event, {"conversationId": group, "seq": 2, "typing": True}, "further", ["arguments"])
        assert (await hers.wait_for(event))["userId"] == bob.id
        await his.emit(event, {"conversationId": str(new_id()), "seq": 1, "typing": True})
        await his.call("ping", {})
        assert [packet[:3] for packet in his.packets if packet.startswith("43")] == ["431", "432"], (
            "register-user and ping"
        )
        number = 77
        ack = his.expect_ack(number)
        await his.send_packet(f"42{number}{json.dumps([event, {'conversationId': group}])}")
        assert refused(await ack)[0] == "invalid"
