"""Bad payloads for each event, over a real socket: the error object, nothing stored, and the next event is as good as ever."""

import json
from typing import Any

import asyncpg
import pytest
from worker_rig import node

from chinwag_protocol.events import CLIENT_EVENTS
from chinwag_protocol.ids import new_id

ID = "01a20f78-f068-75f4-9f35-a7133bd3add1"
WRONG_IDS: list[Any] = ["", "x", 1, True, [], {}, ID[:-1], ID + "0", f" {ID}", "\0" * 36, f"{{{ID}}}"]
WRONG_TEXTS: list[Any] = [1, True, [], {}, "a\0b", "x" * 8_001, "\u20ac" * 8_001]
WRONG_FLAGS: list[Any] = ["true", 1, 0, [], {}, "\0"]
WRONG_SEQS: list[Any] = [-1, 1.5, "1", True, [], {}, 2**53, 10**30]
WRONG_LISTS: list[Any] = ["x", 1, {}, [1], [None], ["x"], [ID] * 501]
WRONG_PAYLOADS: list[Any] = [[], [1], "x", 1, True, 0.5]

GOOD: dict[str, dict[str, Any]] = {
    "sendMessage": {"tempId": ID, "conversationId": ID, "text": "x"},
    "editMessage": {"messageId": ID, "text": "x"},
    "deleteMessage": {"messageId": ID},
    "react": {"messageId": ID, "emoji": "👍", "on": True},
    "pinMessage": {"messageId": ID, "on": True},
    "messagesDelivered": {"conversationId": ID, "seq": 1},
    "messagesRead": {"conversationId": ID, "seq": 1},
    "typing": {"conversationId": ID, "typing": True},
}
REQUIRED = {event: set(payload) for event, payload in GOOD.items()}
WRONG: dict[str, list[Any]] = {
    "tempId": WRONG_IDS,
    "conversationId": WRONG_IDS,
    "messageId": WRONG_IDS,
    "receiverId": WRONG_IDS,
    "senderId": WRONG_IDS,
    "image": WRONG_IDS,
    "voice": WRONG_IDS,
    "replyTo": WRONG_IDS,
    "forward": WRONG_IDS,
    "text": WRONG_TEXTS,
    "emoji": [1, True, [], {}, "", "x", "👍👍", "👍" * 40, "\0", " 👍"],
    "on": WRONG_FLAGS,
    "typing": WRONG_FLAGS,
    "mentionsAll": WRONG_FLAGS,
    "seq": WRONG_SEQS,
    "files": WRONG_LISTS,
    "mentions": WRONG_LISTS,
    "enc": [1, {}, "x"],
}
OPTIONAL = {
    "sendMessage": ("receiverId", "image", "voice", "replyTo", "forward", "mentionsAll", "files", "mentions", "enc"),
    "editMessage": ("mentions", "enc"),
    "messagesDelivered": ("senderId",),
    "messagesRead": ("senderId",),
}
RAW = (
    r'"a\ud800b"',
    r'"\udc00"',
    "NaN",
    "Infinity",
    "-Infinity",
    "[" * 17 + "]" * 17,
    '{"a":' * 17 + "1" + "}" * 17,
)
"""JSON values that Python's encoder would not write, or that no field may hold."""


def bad_payloads(event: str) -> list[str]:
    good = GOOD[event]
    bad = [json.dumps(payload) for payload in WRONG_PAYLOADS]
    bad += [json.dumps({name: value for name, value in good.items() if name != gone}) for gone in good]
    bad += [json.dumps(good | {name: None}) for name in good]
    bad += [json.dumps(good | {name: value}) for name in (*good, *OPTIONAL.get(event, ())) for value in WRONG[name]]
    for name in (*good, "unknown"):
        bad += [json.dumps(good | {name: "@"}).replace('"@"', raw) for raw in RAW]
    return bad


def test_each_event_is_in_the_corpus():
    assert set(GOOD) | {"register-user", "renewToken", "ping"} == set(CLIENT_EVENTS)


@pytest.mark.parametrize("event", list(GOOD))
async def test_bad_payloads_are_refused_one_by_one(database_url, tmp_path, event):
    from chinwag_protocol.limits import Limits

    async with node(
        database_url, tmp_path, limits=Limits(invalid_per_minute=100_000, event_burst=100_000, message_burst=100_000)
    ) as served:
        ann, bob = [await served.register(name) for name in ("ann", "bob")]
        async with served.connect(ann) as client, served.connect(bob) as other:
            first = await client.call(
                "sendMessage", {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "one"}
            )
            conversation_id = first["message"]["conversationId"]
            await other.wait_for("newMessage")
            heard = len(other.events)
            for number, payload in enumerate(bad_payloads(event), 1_000):
                ack = client.expect_ack(number)
                await client.send_packet(f"42{number}[{json.dumps(event)},{payload}]")
                answer = await ack
                assert set(answer) == {"error"}, (payload[:200], answer)
                error = answer["error"]
                assert error["code"] == "invalid", (payload[:200], error)
                assert error["message"]
                for leak in ("Traceback", "msgspec", "asyncpg", "SELECT", "/"):
                    assert leak not in error["message"], error
            if event == "sendMessage":
                errors = client.of("messageError")
                assert len(errors) == len(bad_payloads(event))
                assert {entry["error"]["code"] for entry in errors} == {"invalid"}
            again = await client.call(
                "sendMessage", {"tempId": str(new_id()), "conversationId": conversation_id, "text": "two"}
            )
            assert again["message"]["seq"] == 2
            assert (await other.wait_for("newMessage", lambda message: message["seq"] == 2))["text"] == "two"
            assert len(other.events) == heard + 1
            assert not client.closed.is_set()
        database = await asyncpg.connect(database_url)
        assert await database.fetchval("SELECT count(*) FROM messages") == 2
        assert await database.fetchval("SELECT count(*) FROM conversations") == 1
        await database.close()


@pytest.mark.parametrize("event", [name for name in GOOD if name != "sendMessage"])
async def test_an_event_without_an_ack_is_refused_silently(database_url, tmp_path, event):
    async with node(database_url, tmp_path) as served:
        ann = await served.register("ann")
        async with served.connect(ann) as client:
            await client.emit(event, {"messageId": 1})
            await client.emit(event, "x")
            assert "serverTime" in await client.call("ping", {})
            assert [name for name, _ in client.events if name != "onlineUsers"] == []
