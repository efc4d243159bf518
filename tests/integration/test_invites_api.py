"""Invites: made by admins, good for so many people and so long."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from accounts_app import PASSWORD, AccountsApp, accounts_app, bearer, error_of

from chinwag_protocol.times import parse_time
from chinwag_server.storage.invites import InviteRecord, InviteRepository


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AccountsApp]:
    async with accounts_app(database_url, server_name="The Office") as made:
        yield made


@pytest.fixture
async def admin(app: AccountsApp) -> dict[str, Any]:
    session = await app.register("root-user")
    await app.make_admin(session)
    return session


async def create(app: AccountsApp, admin: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = await app.http.post("/invites", json=body, headers=bearer(admin))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_invite_is_for_one_plain_member_within_a_week(app: AccountsApp, admin: dict[str, Any]) -> None:
    invite = await create(app, admin)
    assert set(invite) == {"code", "usesLeft", "expiresAt", "createdBy"}
    assert (invite["usesLeft"], invite["createdBy"]) == (1, admin["user"]["id"])
    assert parse_time(invite["expiresAt"]) - app.clock.now() == pytest.approx(
        timedelta(days=7), abs=timedelta(seconds=1)
    )
    assert len(invite["code"]) == 20
    session = await app.register("ada", inviteCode=invite["code"])
    assert session["user"]["role"] == "member"
    assert (await app.http.get("/invites", headers=bearer(admin))).json() == {"invites": []}


async def test_invites_are_listed_and_taken_back(app: AccountsApp, admin: dict[str, Any]) -> None:
    first, second = await create(app, admin, uses=3), await create(app, admin, expiresInMs=60_000, role="admin")
    listed = (await app.http.get("/invites", headers=bearer(admin))).json()["invites"]
    assert sorted(listed, key=lambda row: row["code"]) == sorted((first, second), key=lambda row: row["code"])
    url = f"/invites/{first['code']}"
    assert (await app.http.delete(url, headers=bearer(admin))).status_code == 204
    assert error_of(await app.http.delete(url, headers=bearer(admin))) == (404, "not_found", None)
    refused = await app.http.post(
        "/auth/register", json={"username": "ada", "password": PASSWORD, "inviteCode": first["code"]}
    )
    assert error_of(refused) == (403, "forbidden", "inviteCode")
    assert (await app.register("boss", inviteCode=second["code"]))["user"]["role"] == "admin"


async def test_an_invite_of_the_command_line_names_no_creator(app: AccountsApp, admin: dict[str, Any]) -> None:
    made = InviteRecord(code="x" * 20, created_by=None, role="member", uses_left=1, expires_at=None)
    await InviteRepository(app.database).create(made)
    [listed] = (await app.http.get("/invites", headers=bearer(admin))).json()["invites"]
    assert set(listed) == {"code", "usesLeft", "expiresAt"}


async def test_anybody_may_ask_whether_a_code_is_good(app: AccountsApp, admin: dict[str, Any]) -> None:
    invite = await create(app, admin)
    assert (await app.http.get(f"/invites/{invite['code']}")).json() == {"serverName": "The Office", "valid": True}
    for code in ("wrong", "x" * 500, "%20", "a%2Fb"):
        answer = await app.http.get(f"/invites/{code}")
        if answer.status_code == 200:
            assert answer.json() == {"serverName": "The Office", "valid": False}
        else:
            assert error_of(answer)[1] in {"not_found", "invalid"}


async def test_others_may_do_nothing_with_them(app: AccountsApp, admin: dict[str, Any]) -> None:
    invite, ada = await create(app, admin), await app.register("ada")
    for method, path in (("GET", "/invites"), ("POST", "/invites"), ("DELETE", f"/invites/{invite['code']}")):
        body = {"json": {}} if method == "POST" else {}
        assert error_of(await app.http.request(method, path, headers=bearer(ada), **body)) == (403, "forbidden", None)
        assert error_of(await app.http.request(method, path, **body)) == (401, "unauthorized", None)
    assert await app.database.fetchval("SELECT count(*) FROM invites") == 1


async def test_what_admins_do_leaves_a_line_that_gives_no_code_away(app: AccountsApp, admin: dict[str, Any]) -> None:
    invite = await create(app, admin)
    await app.http.delete(f"/invites/{invite['code']}", headers=bearer(admin))
    rows = await app.database.fetch("SELECT actor_id, action, subject FROM audit ORDER BY id")
    assert [row["action"] for row in rows] == ["invite.create", "invite.delete"]
    assert all(str(row["actor_id"]) == admin["user"]["id"] and invite["code"] not in row["subject"] for row in rows)


async def test_a_code_that_no_database_can_hold_is_invalid(app: AccountsApp) -> None:
    for code in ("%00", "a%00b"):
        assert error_of(await app.http.get(f"/invites/{code}"))[:2] == (400, "invalid")
