"""What is said: each event about messages, on each transport, with the clauses of the contract that go with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wire_cases import client_event, each_transport, server_event
from wire_stage import Stage, direct, hears, refused, say, text

from chinwag_protocol.ids import new_id

if TYPE_CHECKING:
    from wire_client import WireClient


def written(socket: WireClient) -> list[int]:
    """The `seq` of all messages that a socket heard of, but for the system message of a new group."""
    return [message["seq"] for message in socket.of("newMessage") if message["seq"] > 1]


@client_event("sendMessage")
@server_event("newMessage", "messageError")
async def test_a_message_to_a_group(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    async with stage.socket(ann) as hers, stage.socket(ann) as other, stage.socket(bob) as his:
        sent = await hers.call(
            "sendMessage", text(group, "  e\u0301a\r\nb\u202e  ") | {"unknown": {"of": "no concern"}, "image": None}
        )
        message = sent["message"]
        assert (message["text"], message["seq"], message["rev"], message["kind"]) == ("\u00e9a\nb\u202e", 2, 3, "text")
        assert message["senderId"] == ann.id
        for socket in (hers, other, his):
            await hears(socket, "newMessage", message)

        wrong = text(group, receiverId=bob.id)
        assert refused(await hers.call("sendMessage", wrong)) == ("invalid", "receiverId")
        told = await hers.wait_for("messageError")
        assert (told["tempId"], told["error"]["code"], told["error"]["field"]) == (
            wrong["tempId"],
            "invalid",
            "receiverId",
        )
        await other.call("ping", {})
        assert not other.of("messageError"), "it goes to the socket that sent, and to no other"
        assert not his.of("messageError")


@each_transport
async def test_what_a_message_may_not_be(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group, file = await stage.group(ann, bob), str(new_id())
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        first = await say(hers, group)
        for wrong, answer in (
            ({"text": "x" * 8_001}, ("invalid", "text")),
            ({"text": "\u20ac" * 8_001}, ("invalid", "text")),
            ({"text": "  "}, ("invalid", "text")),
            ({"text": "a\0b"}, ("invalid", None)),
            ({"conversationId": None}, ("invalid", "conversationId")),
            ({"image": file, "voice": file}, ("invalid", "voice")),
            ({"files": [str(new_id()) for _ in range(11)]}, ("invalid", "files")),
            ({"forward": first["id"]}, ("invalid", "forward")),
            ({"text": None, "forward": str(new_id())}, ("not_found", "forward")),
            ({"image": file}, ("not_found", "image")),
            ({"replyTo": str(new_id())}, ("not_found", "replyTo")),
            ({"tempId": "none"}, ("invalid", "tempId")),
            ({"mentions": "all"}, ("invalid", "mentions")),
            ({"enc": "x"}, ("invalid", "enc")),
            ({"conversationId": str(new_id())}, ("not_found", None)),
        ):
            assert refused(await hers.call("sendMessage", text(group) | wrong)) == answer, wrong
        assert refused(await his.call("sendMessage", text(group, mentionsAll=True)))[0] == "forbidden"
        assert (await say(hers, group, "x" * 8_000))["seq"] == first["seq"] + 1, "what was refused took no seq"


@each_transport
async def test_a_message_that_is_sent_again(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    async with stage.socket(ann) as hers, stage.socket(ann) as other, stage.socket(bob) as his:
        payload = text(group, "e\u0301")
        first = (await hers.call("sendMessage", payload))["message"]
        again = payload | {"tempId": payload["tempId"].upper(), "text": " \u00e9 "}
        assert (await other.call("sendMessage", again))["message"] == first, (
            "another session, in capitals, written otherwise"
        )
        edited = await hers.call("editMessage", {"messageId": first["id"], "text": "new"})
        assert (await hers.call("sendMessage", payload))["message"] == edited["message"], "as it is now"
        deleted = await hers.call("deleteMessage", {"messageId": first["id"]})
        assert (await hers.call("sendMessage", payload))["message"] == deleted["message"]
        assert refused(await hers.call("sendMessage", payload | {"text": "other"})) == ("conflict", "tempId")
        assert (await his.call("sendMessage", payload))["message"]["seq"] == 3, "a tempId is its user's own"
        both = text(group, "twice at once")
        one, two = await asyncio.gather(hers.call("sendMessage", both), other.call("sendMessage", both))
        assert one == two
        last = await say(hers, group, "last")
        await his.wait_for("newMessage", lambda message: message["seq"] == last["seq"])
        assert written(his) == [2, 3, 4, 5], "repeats were told to nobody"


@each_transport
async def test_too_many_messages_wait_and_then_pass(stage: Stage, eventually: Any) -> None:
    ann = await stage.newcomer("ann")
    group = await stage.group(ann)
    async with stage.socket(ann) as hers:
        payloads = [text(group, str(number)) for number in range(150)]
        acks = [await ack for ack in [await hers.start("sendMessage", payload) for payload in payloads]]
        late = [(payload, ack["error"]) for payload, ack in zip(payloads, acks, strict=True) if "error" in ack]
        assert late, "sixty at once, twenty a second"
        assert {error["code"] for _, error in late} == {"rate_limited"}
        assert all(0 < error["retryAfterMs"] <= 1_000 for _, error in late)
        assert {told["tempId"] for told in hers.of("messageError")} == {payload["tempId"] for payload, _ in late}
        taken = payloads[0]
        assert (await hers.call("sendMessage", taken))["message"] == acks[0]["message"], (
            "a repeat is never refused for its rate"
        )
        payload = late[0][0]

        async def passes() -> bool:
            return "message" in await hers.call("sendMessage", payload)

        await eventually(passes, pace_s=0.05)
        assert written(hers) == list(range(2, 150 - len(late) + 3))
        times = [message["createdAt"] for message in hers.of("newMessage")]
        assert times == sorted(times), "createdAt never decreases with seq"


@each_transport
async def test_the_first_words_to_somebody(stage: Stage) -> None:
    ann, bob = await asyncio.gather(stage.newcomer("ann"), stage.newcomer("bob"))
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        opened = await stage.call("PUT", f"/conversations/direct/{bob.id}", by=ann)
        shown = (await hers.wait_for("conversationUpdated"))["conversation"]
        assert (shown["id"], shown["rev"], shown["lastSeq"], shown["kind"]) == (opened["id"], 1, 0, "direct")
        assert await stage.refusal("GET", f"/conversations/{opened['id']}", by=bob) == ("not_found", None)
        assert refused(await his.call("typing", {"conversationId": opened["id"], "typing": True}))[0] == "not_found"
        assert refused(await hers.call("sendMessage", direct(bob, mentionsAll=True))) == ("invalid", "mentionsAll")
        assert refused(await hers.call("sendMessage", text(opened["id"], mentionsAll=True))) == (
            "invalid",
            "mentionsAll",
        )
        message = (await hers.call("sendMessage", direct(bob)))["message"]
        assert (message["conversationId"], message["rev"], message["seq"]) == (opened["id"], 2, 1)
        await hears(his, "newMessage", message)
        names = [name for name, _ in his.events if name in ("conversationUpdated", "newMessage")]
        assert names == ["conversationUpdated", "newMessage"]
        assert his.of("conversationUpdated")[0]["conversation"]["rev"] == 1

        await stage.call("PUT", f"/users/{ann.id}/block", by=bob)
        for socket, other in ((hers, bob), (his, ann)):
            assert refused(await socket.call("sendMessage", direct(other)))[0] == "forbidden", (
                "a block counts both ways"
            )
        group = await stage.group(ann)
        added = await stage.refusal("POST", f"/conversations/{group}/members", by=ann, json={"userIds": [bob.id]})
        assert added[0] == "forbidden"
        again = direct(bob) | {"tempId": message["tempId"]}
        assert (await hers.call("sendMessage", again))["message"] == message, "a repeat is looked up before a block"
        await stage.call("DELETE", f"/users/{ann.id}/block", by=bob)
        assert "message" in await hers.call("sendMessage", direct(bob, "now again"))


@each_transport
async def test_a_conversation_with_oneself(stage: Stage) -> None:
    ann = await stage.newcomer("ann")
    async with stage.socket(ann) as hers:
        sent = await hers.call("sendMessage", direct(ann, "a note"))
        await hears(hers, "newMessage", sent["message"])
        found = await stage.call("GET", f"/conversations/{sent['message']['conversationId']}", by=ann)
        assert (found["memberCount"], found["kind"], found["unreadCount"]) == (1, "direct", 0)


@client_event("editMessage", "deleteMessage")
@server_event("messageUpdated")
async def test_changing_and_deleting(stage: Stage) -> None:
    ann, bob, eve = await stage.people("ann", "bob", "eve")
    group = await stage.group(ann, bob)
    async with stage.socket(bob) as his, stage.socket(ann) as hers, stage.socket(eve) as theirs:
        message = await say(his, group, "frist")
        edit = {"messageId": message["id"], "text": "first", "mentions": [ann.id, eve.id]}
        edited = (await his.call("editMessage", edit))["message"]
        assert edited["mentions"] == [ann.id], "mentions of others than members are dropped"
        assert edited == message | {
            "text": "first",
            "mentions": [ann.id],
            "rev": message["rev"] + 1,
            "editedAt": edited["editedAt"],
        }
        assert (await his.call("editMessage", edit))["message"] == edited, "what changes nothing takes no rev"
        answer = await say(hers, group, "indeed", replyTo=message["id"])
        assert answer["replyTo"] == {"id": message["id"], "seq": 2, "senderId": bob.id, "excerpt": "first"}
        assert refused(await hers.call("editMessage", edit))[0] == "forbidden"
        for event, payload in (("editMessage", edit), ("deleteMessage", {"messageId": message["id"]})):
            assert refused(await theirs.call(event, payload)) == ("not_found", None)
            assert refused(await theirs.call(event, payload | {"messageId": str(new_id())})) == ("not_found", None)
            assert refused(await his.call(event, payload | {"messageId": 5})) == ("invalid", "messageId")

        deleted = (await hers.call("deleteMessage", {"messageId": message["id"]}))["message"]
        assert (deleted["seq"], deleted["rev"], "deletedAt" in deleted) == (2, answer["rev"] + 1, True)
        assert (await hers.call("deleteMessage", {"messageId": message["id"]}))["message"] == deleted
        for event, more in (("editMessage", {"text": "x"}), ("react", {"emoji": "👍", "on": True})):
            assert refused(await his.call(event, {"messageId": message["id"]} | more))[0] == "conflict"
        assert refused(await his.call("sendMessage", text(group, replyTo=message["id"]))) == ("conflict", "replyTo")
        forward = {"text": None, "forward": message["id"]}
        assert refused(await his.call("sendMessage", text(group) | forward)) == ("conflict", "forward")
        assert (await stage.call("GET", f"/messages/{answer['id']}", by=ann)) == answer | {
            "replyTo": answer["replyTo"] | {"excerpt": ""}
        }, "emptied, without a rev"
        for socket in (his, hers):
            await hears(socket, "messageUpdated", deleted)
            assert socket.of("messageUpdated") == [edited, deleted]


@each_transport
async def test_system_messages_stay_as_they_are(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    system = (await stage.call("GET", f"/conversations/{group}/messages", by=ann))["messages"][0]
    assert system["system"] == {"type": "created", "actorId": ann.id, "userIds": [bob.id], "title": "Team"}
    async with stage.socket(ann) as hers:
        for event, more in (
            ("editMessage", {"text": "x"}),
            ("deleteMessage", {}),
            ("react", {"emoji": "👍", "on": True}),
        ):
            assert refused(await hers.call(event, {"messageId": system["id"]} | more))[0] == "forbidden", event
        assert refused(await hers.call("sendMessage", text(group, replyTo=system["id"])))[0] == "forbidden"
        forward = text(group) | {"text": None, "forward": system["id"]}
        assert refused(await hers.call("sendMessage", forward)) == ("conflict", "forward")


@client_event("react", "pinMessage")
async def test_reacting_and_pinning(stage: Stage) -> None:
    ann, bob, eve = await stage.people("ann", "bob", "eve")
    group = await stage.group(ann, bob)
    async with stage.socket(bob) as his, stage.socket(ann) as hers, stage.socket(eve) as theirs:
        message = await say(his, group)
        like = {"messageId": message["id"], "emoji": "👍", "on": True}
        await his.call("react", like)
        both = (await hers.call("react", like))["message"]
        assert both["reactions"] == [{"emoji": "👍", "count": 2, "userIds": [bob.id, ann.id]}]
        assert (await hers.call("react", like))["message"] == both
        await his.call("react", like | {"on": False})
        none = (await hers.call("react", like | {"on": False}))["message"]
        assert (none["reactions"], none["rev"]) == ([], message["rev"] + 4), "an empty one is absent"
        assert "editedAt" not in none
        for wrong in ("", "x", "👍👍", "👍" * 40):
            assert refused(await his.call("react", like | {"emoji": wrong})) == ("invalid", "emoji")

        pin = {"messageId": message["id"], "on": True}
        pinned = (await hers.call("pinMessage", pin))["message"]
        assert "pinnedAt" in pinned
        assert (await hers.call("pinMessage", pin))["message"] == pinned
        assert (await stage.call("GET", f"/conversations/{group}/pins", by=bob)) == {"messages": [pinned]}
        assert refused(await his.call("pinMessage", pin | {"on": False}))[0] == "forbidden"
        for event, payload in (("react", like), ("pinMessage", pin)):
            assert refused(await theirs.call(event, payload)) == ("not_found", None)
            assert refused(await his.call(event, payload | {"on": 1})) == ("invalid", "on")
        last = (await hers.call("pinMessage", pin | {"on": False}))["message"]
        await hears(his, "messageUpdated", last)
        assert [told["rev"] for told in his.of("messageUpdated")] == list(range(message["rev"] + 1, last["rev"] + 1))


@each_transport
async def test_twenty_different_reactions(stage: Stage) -> None:
    (ann,) = await stage.people("ann")
    group = await stage.group(ann)
    async with stage.socket(ann) as hers:
        message = await say(hers, group)
        react = {"messageId": message["id"], "on": True}
        for number in range(20):
            assert "error" not in await hers.call("react", react | {"emoji": chr(0x1F600 + number)})
        assert refused(await hers.call("react", react | {"emoji": "👍"})) == ("invalid", "emoji")
        assert "error" not in await hers.call("react", react | {"emoji": "\U0001f600"})


@each_transport
async def test_forwarding(stage: Stage) -> None:
    ann, bob, eve = await stage.people("ann", "bob", "eve")
    group, elsewhere = await stage.group(ann, bob), await stage.group(bob, eve)
    async with stage.socket(ann) as hers, stage.socket(bob) as his, stage.socket(eve) as theirs:
        message = await say(hers, group, "look", mentions=[bob.id])
        forward = text(elsewhere) | {"text": None, "forward": message["id"]}
        copied = (await his.call("sendMessage", forward))["message"]
        first = {"senderId": ann.id, "createdAt": message["createdAt"]}
        assert (copied["text"], copied["mentions"], copied["forwardedFrom"]) == ("look", [], first)
        again = await theirs.call("sendMessage", text(elsewhere) | {"text": None, "forward": copied["id"]})
        assert again["message"]["forwardedFrom"] == first, "the first author"
        unseen = text(elsewhere) | {"text": None, "forward": message["id"]}
        assert refused(await theirs.call("sendMessage", unseen)) == ("not_found", "forward")
