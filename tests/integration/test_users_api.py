"""The directory, profiles, blocks: over HTTP and a real database."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from accounts_app import AccountsApp, accounts_app, bearer, error_of

from chinwag_protocol.ids import new_id


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AccountsApp]:
    async with accounts_app(database_url) as made:
        yield made


async def names(app: AccountsApp, session: dict[str, Any], **query: Any) -> list[str]:
    answer = await app.http.get("/users", params=query, headers=bearer(session))
    assert answer.status_code == 200, answer.text
    return [user["username"] for user in answer.json()["users"]]


async def insert_people(app: AccountsApp, *usernames: str) -> None:
    for username in usernames:
        await app.services.users._repository.create(
            user_id=new_id(), username=username, display_name=username.title(), role="member", password_hash=None
        )


async def share_a_conversation(app: AccountsApp, *sessions: dict[str, Any], last_seq: int = 1) -> None:
    conversation_id = new_id()
    await app.database.execute(
        "INSERT INTO conversations (id, kind, member_count, last_seq) VALUES ($1, 'group', $2, $3)",
        conversation_id,
        len(sessions),
        last_seq,
    )
    for session in sessions:
        await app.database.execute(
            "INSERT INTO members (conversation_id, user_id) VALUES ($1, $2)",
            conversation_id,
            UUID(session["user"]["id"]),
        )


# --------------------------------------------------------------- directory


async def test_the_directory_is_searched_and_paged(app: AccountsApp) -> None:
    ada = await app.register("ada", displayName="Ada Lovelace")
    await insert_people(app, "bob", "carol", "bobby", "love.lace", "x_y", "xzy", "dave")
    assert await names(app, ada) == ["ada", "bob", "bobby", "carol", "dave", "love.lace", "x_y", "xzy"]
    assert await names(app, ada, query="BOB") == ["bob", "bobby"]
    assert await names(app, ada, query="lace") == ["ada", "love.lace"]
    assert await names(app, ada, query="x_") == ["x_y"]
    assert await names(app, ada, query="%") == []
    assert await names(app, ada, query="\\") == []
    assert await names(app, ada, query="") == await names(app, ada)

    seen: list[str] = []
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await app.http.get("/users", params=query, headers=bearer(ada))).json()
        seen += [user["username"] for user in page["users"]]
        cursor = page.get("next")
        if cursor is None:
            break
    assert seen == await names(app, ada)


async def test_disabled_people_are_not_in_the_directory_but_can_be_looked_up(app: AccountsApp) -> None:
    ada, bob = await app.register("ada"), await app.register("bob")
    await app.services.users._repository.set_disabled(UUID(bob["user"]["id"]), True)
    assert await names(app, ada) == ["ada"]
    found = (await app.http.get(f"/users/{bob['user']['id']}", headers=bearer(ada))).json()
    assert found == bob["user"] | {"disabled": True}


async def test_whom_nobody_knows_is_not_found(app: AccountsApp) -> None:
    ada = await app.register("ada")
    for what in (str(new_id()), "nobody", "0" * 32, "%00", "me%00"):
        answer = await app.http.get(f"/users/{what}", headers=bearer(ada))
        assert error_of(answer)[:2] in {(404, "not_found"), (400, "invalid")}, what


# ------------------------------------------------------------------ profile


async def test_a_profile_is_changed_and_told_to_whoever_shares_a_conversation(app: AccountsApp) -> None:
    ada, bob, eve = [await app.register(name) for name in ("ada", "bob", "eve")]
    await share_a_conversation(app, ada, bob)
    body = {"displayName": "Ada \u202eL", "status": {"text": " away ", "until": "2030-01-01T10:00:00+02:00"}}
    user = (await app.http.patch("/users/me", json=body, headers=bearer(ada))).json()
    assert user["displayName"] == "Ada L"
    assert user["status"] == {"text": "away", "until": "2030-01-01T08:00:00.000Z", "dnd": False}
    [(told, name, payload, _)] = app.sink.told
    assert (name, payload) == ("userUpdated", {"user": user})
    assert told == {UUID(session["user"]["id"]).int for session in (ada, bob)}
    assert (await app.http.get(f"/users/{user['id']}", headers=bearer(eve))).json() == user


async def test_patches_change_only_what_is_there(app: AccountsApp) -> None:
    ada = await app.register("ada", displayName="Ada")
    patch = {"status": {"text": "busy", "dnd": True}}
    first = (await app.http.patch("/users/me", json=patch, headers=bearer(ada))).json()
    assert (first["displayName"], first["status"]) == ("Ada", {"text": "busy", "dnd": True})
    app.sink.told.clear()
    for nothing in ({}, {"displayName": "Ada"}, {"username": "eve", "role": "admin", "id": str(new_id()), "what": 1}):
        answer = await app.http.patch("/users/me", json=nothing, headers=bearer(ada))
        assert (answer.status_code, answer.json()) == (200, first)
    assert app.sink.told == []
    bare = (await app.http.patch("/users/me", json={"status": None}, headers=bearer(ada))).json()
    assert "status" not in bare
    assert bare["displayName"] == "Ada"
    assert len(app.sink.told) == 1


async def test_a_direct_conversation_nobody_wrote_in_shares_nothing(app: AccountsApp) -> None:
    ada, bob = await app.register("ada"), await app.register("bob")
    await share_a_conversation(app, ada, bob, last_seq=0)
    await app.database.execute("UPDATE members SET opened = false WHERE user_id = $1", UUID(bob["user"]["id"]))
    await app.http.patch("/users/me", json={"displayName": "Ada!"}, headers=bearer(ada))
    assert app.sink.told[0][0] == {UUID(ada["user"]["id"]).int}


# ------------------------------------------------------------------- blocks


async def test_blocking_is_listed_and_ended(app: AccountsApp) -> None:
    ada, bob, eve = [await app.register(name) for name in ("ada", "bob", "eve")]

    async def blocked(session: dict[str, Any]) -> list[str]:
        page = (await app.http.get("/users/me/blocks", headers=bearer(session))).json()
        assert set(page) == {"users"}
        return [user["username"] for user in page["users"]]

    for session in (eve, bob, bob):
        done = await app.http.put(f"/users/{session['user']['id']}/block", headers=bearer(ada))
        assert (done.status_code, done.content) == (204, b"")
    assert await blocked(ada) == ["bob", "eve"]
    assert await blocked(bob) == []
    for _ in range(2):
        done = await app.http.delete(f"/users/{bob['user']['id']}/block", headers=bearer(ada))
        assert done.status_code == 204
    assert await blocked(ada) == ["eve"]


async def test_nobody_blocks_themselves_or_nobody(app: AccountsApp) -> None:
    ada = await app.register("ada")
    for call in (app.http.put, app.http.delete):
        assert error_of(await call(f"/users/{new_id()}/block", headers=bearer(ada))) == (404, "not_found", None)
    own = await app.http.put(f"/users/{ada['user']['id']}/block", headers=bearer(ada))
    assert error_of(own)[:2] == (400, "invalid")
    assert await app.database.fetchval("SELECT count(*) FROM blocks") == 0
