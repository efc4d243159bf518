"""Registering, signing in and out, sessions: over HTTP and a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from accounts_app import PASSWORD, AccountsApp, accounts_app, bearer, error_of
from argon2 import PasswordHasher

from chinwag_protocol.times import parse_time


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AccountsApp]:
    async with accounts_app(database_url) as made:
        yield made


async def login(app: AccountsApp, username: str, password: str = PASSWORD, **more: Any) -> Any:
    return await app.http.post("/auth/login", json={"username": username, "password": password} | more)


# ------------------------------------------------------------ registration


async def test_registering_signs_in(app: AccountsApp) -> None:
    session = await app.register("ada", displayName=" Ada  Lovelace ", deviceName="laptop")
    user = session["user"]
    assert (user["username"], user["displayName"], user["role"]) == ("ada", "Ada  Lovelace", "member")
    assert user["disabled"] is False
    assert user["online"] is False
    assert "lastSeenAt" not in user
    assert session["expiresInMs"] == 900_000
    me = await app.http.get("/users/me", headers=bearer(session))
    assert me.status_code == 200
    assert me.json() == user
    row = await app.database.fetchrow("SELECT * FROM users")
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    stored = await app.database.fetchval("SELECT refresh_hash FROM sessions")
    assert session["refreshToken"].encode() not in bytes(stored)


async def test_the_display_name_is_the_user_name_when_there_is_none(app: AccountsApp) -> None:
    assert (await app.register("ada"))["user"]["displayName"] == "ada"


async def test_a_taken_name_is_a_conflict(app: AccountsApp) -> None:
    await app.register("ada")
    again = await app.http.post("/auth/register", json={"username": "ada", "password": PASSWORD})
    assert error_of(again) == (409, "conflict", "username")


async def test_two_at_once_for_one_name_get_one_account(app: AccountsApp) -> None:
    body = {"username": "ada", "password": PASSWORD}
    answers = await asyncio.gather(*(app.http.post("/auth/register", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await app.database.fetchval("SELECT count(*) FROM users") == 1
    assert await app.database.fetchval("SELECT count(*) FROM sessions") == 1


async def test_closed_means_closed_even_with_an_invite(database_url: str) -> None:
    async with accounts_app(database_url, registration="closed") as app:
        body = {"username": "ada", "password": PASSWORD, "inviteCode": await invite(app)}
        assert error_of(await app.http.post("/auth/register", json=body)) == (403, "forbidden", None)
        assert await app.database.fetchval("SELECT uses_left FROM invites") == 1


async def invite(app: AccountsApp, *, uses: int = 1, role: str = "member", hours: int = 1) -> str:
    await app.database.execute(
        "INSERT INTO invites (code, role, uses_left, expires_at) VALUES ('letmein', $1, $2, now() + $3 * interval '1 h')",
        role,
        uses,
        hours,
    )
    return "letmein"


async def test_with_invites_a_bad_one_is_told_before_the_name_is_looked_at(database_url: str) -> None:
    async with accounts_app(database_url, registration="invite") as app:
        code = await invite(app, uses=2, role="admin")
        body = {"username": "ada", "password": PASSWORD, "inviteCode": code}
        first = await app.http.post("/auth/register", json=body)
        assert first.status_code == 201
        assert first.json()["user"]["role"] == "admin"
        for bad in ({}, {"inviteCode": "wrong"}, {"inviteCode": None}):
            answer = await app.http.post("/auth/register", json={"username": "ada", "password": PASSWORD} | bad)
            assert error_of(answer) == (403, "forbidden", "inviteCode")
        assert error_of(await app.http.post("/auth/register", json=body)) == (409, "conflict", "username")
        assert await app.database.fetchval("SELECT uses_left FROM invites") == 1  # the conflict used none up
        assert (await app.http.post("/auth/register", json=body | {"username": "bob"})).status_code == 201
        spent = await app.http.post("/auth/register", json=body | {"username": "eve"})
        assert error_of(spent) == (403, "forbidden", "inviteCode")


async def test_an_expired_invite_is_no_invite(database_url: str) -> None:
    async with accounts_app(database_url, registration="invite") as app:
        body = {"username": "ada", "password": PASSWORD, "inviteCode": await invite(app, hours=-1)}
        assert error_of(await app.http.post("/auth/register", json=body)) == (403, "forbidden", "inviteCode")


async def test_open_registration_checks_and_uses_up_a_code_all_the_same(app: AccountsApp) -> None:
    body = {"username": "ada", "password": PASSWORD, "inviteCode": "wrong"}
    assert error_of(await app.http.post("/auth/register", json=body)) == (403, "forbidden", "inviteCode")
    await app.register("ada", inviteCode=await invite(app))
    assert await app.database.fetchval("SELECT uses_left FROM invites") == 0


async def test_one_use_is_one_account_however_many_come_at_once(database_url: str) -> None:
    async with accounts_app(database_url, registration="invite") as app:
        code = await invite(app)
        answers = await asyncio.gather(
            *(
                app.http.post("/auth/register", json={"username": f"u{n}u", "password": PASSWORD, "inviteCode": code})
                for n in range(4)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]
        assert await app.database.fetchval("SELECT count(*) FROM users") == 1


# ---------------------------------------------------------------- signing in


async def test_any_wrong_pair_is_one_and_the_same_answer(app: AccountsApp) -> None:
    await app.register("ada")
    wrong = [
        await login(app, "ada", "wrong password"),
        await login(app, "nobody"),
        await login(app, "ada", ""),
        await login(app, "ADA"),
        await login(app, "a" * 300),
    ]
    assert len({answer.text for answer in wrong}) == 1
    assert error_of(wrong[0]) == (401, "unauthorized", None)
    assert (await login(app, "ada")).status_code == 200
    assert (await login(app, " ada ")).status_code == 200  # names are trimmed wherever they come in


async def test_a_disabled_user_is_told_so_only_with_the_right_password(app: AccountsApp) -> None:
    session = await app.register("ada")
    await app.services.users._repository.set_disabled(UUID(session["user"]["id"]), True)
    assert error_of(await login(app, "ada", "wrong password")) == (401, "unauthorized", None)
    assert error_of(await login(app, "ada")) == (403, "forbidden", None)


async def test_an_old_hash_is_made_anew_on_the_way(app: AccountsApp) -> None:
    await app.register("ada")
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await app.database.execute("UPDATE users SET password_hash = $1", weak)
    assert (await login(app, "ada")).status_code == 200
    fresh = await app.database.fetchval("SELECT password_hash FROM users")
    assert "m=19456,t=2,p=1" in fresh
    assert (await login(app, "ada")).status_code == 200
    assert await app.database.fetchval("SELECT password_hash FROM users") == fresh


async def test_passwords_are_compared_in_one_normal_form(app: AccountsApp) -> None:
    body = {"username": "ada", "password": "pässwörd-pässwörd"}
    assert (await app.http.post("/auth/register", json=body)).status_code == 201
    assert (await login(app, "ada", "pa\u0308sswo\u0308rd-pa\u0308sswo\u0308rd")).status_code == 200


async def test_after_ten_wrong_passwords_only_a_known_address_gets_in(app: AccountsApp) -> None:
    await app.register("ada")
    thief = app.from_address("203.0.113.5")
    guess = {"username": "ada", "password": "wrong password"}
    for _ in range(10):
        assert error_of(await thief.post("/auth/login", json=guess)) == (401, "unauthorized", None)
    right = guess | {"password": PASSWORD}
    for body in (guess, right):
        assert error_of(await thief.post("/auth/login", json=body)) == (429, "rate_limited", None)
    elsewhere = app.from_address("203.0.113.6")
    assert error_of(await elsewhere.post("/auth/login", json=right)) == (429, "rate_limited", None)
    assert (await login(app, "ada")).status_code == 200  # registered from here
    assert error_of(await login(app, "ada", "wrong password")) == (429, "rate_limited", None)
    other = await thief.post("/auth/login", json=guess | {"username": "bob"})
    assert error_of(other) == (429, "rate_limited", None)  # the address, too, has had its ten


async def test_the_same_is_done_for_every_name(app: AccountsApp, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ada", "bob", "eve"):
        await app.register(name)
    await app.from_address("203.0.113.7").post("/auth/login", json={"username": "bob", "password": PASSWORD})
    eve = await app.database.fetchval("SELECT id FROM users WHERE username = 'eve'")
    await app.services.users._repository.set_disabled(eve, True)
    accounts, done = app.services.accounts, list[str]()

    def watch(owner: Any, name: str) -> None:
        call = getattr(owner, name)

        async def watched(*given: Any, **named: Any) -> Any:
            done.append(name)
            return await call(*given, **named)

        monkeypatch.setattr(owner, name, watched)

    watch(accounts._users, "find_by_name")
    watch(accounts._session_rows, "knows_address")
    watch(accounts._passwords, "verify")
    watch(accounts._rate_limits._windows, "hit")
    watch(accounts._rate_limits._windows, "wait_ms")
    for throttled in (False, True):
        seen = set[tuple[str, ...]]()
        for number, name in enumerate(("ada", "bob", "eve", "nobody", "a" * 300)):
            guesser = app.from_address(f"203.0.113.{5 + number}")  # bob signed in from .6 + 1 before
            if throttled:
                for junk in range(10):
                    await guesser.post("/auth/login", json={"username": f"junk{number}{junk}", "password": "x"})
            done.clear()
            answer = await guesser.post("/auth/login", json={"username": name, "password": "wrong password"})
            assert answer.status_code == (429 if throttled else 401)
            seen.add(tuple(done))
        assert len(seen) == 1, seen
        assert "verify" in next(iter(seen))


async def test_guesses_from_a_known_address_are_limited_too(app: AccountsApp) -> None:
    await app.register("ada")
    codes = [(await login(app, "ada", "wrong password")).status_code for _ in range(50)]
    assert codes == [401] * 10 + [429] * 40
    assert error_of(await login(app, "ada")) == (429, "rate_limited", None), "the fifty of this address for this name"


async def test_others_do_not_use_up_the_guesses_of_a_known_address(app: AccountsApp) -> None:
    await app.register("ada")
    thief = app.from_address("203.0.113.5")
    for _ in range(60):
        await thief.post("/auth/login", json={"username": "ada", "password": "wrong password"})
    assert (await login(app, "ada")).status_code == 200


async def test_guesses_elsewhere_do_not_keep_anybody_from_a_new_password(app: AccountsApp) -> None:
    session = await app.register("ada")
    thief = app.from_address("203.0.113.5")
    for _ in range(10):
        await thief.post("/auth/login", json={"username": "ada", "password": "wrong password"})
    body = {"currentPassword": PASSWORD, "newPassword": "battery staple horse"}
    assert (await app.http.post("/auth/password", json=body, headers=bearer(session))).status_code == 204


async def test_a_rush_of_guesses_is_counted_one_by_one(app: AccountsApp) -> None:
    await app.register("ada")
    thief = app.from_address("203.0.113.5")
    guess = {"username": "ada", "password": "wrong password"}
    answers = await asyncio.gather(*(thief.post("/auth/login", json=guess) for _ in range(25)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 15


async def test_registrations_are_counted_by_address_but_for_loopback(app: AccountsApp) -> None:
    stranger = app.from_address("203.0.113.5")
    codes = []
    for number in range(12):
        body = {"username": f"user{number}", "password": PASSWORD}
        codes.append((await stranger.post("/auth/register", json=body)).status_code)
    assert codes == [201] * 10 + [429] * 2
    for number in range(12):
        await app.register(f"local{number}")


# ------------------------------------------------------------------ refresh


async def refresh(app: AccountsApp, token: str) -> Any:
    return await app.http.post("/auth/refresh", json={"refreshToken": token})


async def test_refreshing_rotates(app: AccountsApp) -> None:
    first = await app.register("ada")
    second = (await refresh(app, first["refreshToken"])).json()
    assert second["sessionId"] == first["sessionId"]
    assert second["user"] == first["user"]
    assert second["refreshToken"] != first["refreshToken"]
    third = (await refresh(app, second["refreshToken"])).json()
    assert third["refreshToken"] not in (first["refreshToken"], second["refreshToken"])
    assert (await app.http.get("/users/me", headers=bearer(third))).status_code == 200


async def test_a_lost_answer_can_be_asked_for_again_for_half_a_minute(app: AccountsApp) -> None:
    first = await app.register("ada")
    answers = [await refresh(app, first["refreshToken"])]
    answers += await asyncio.gather(*(refresh(app, first["refreshToken"]) for _ in range(4)))
    app.clock.move(29)
    answers.append(await refresh(app, first["refreshToken"]))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refreshToken"] for answer in answers}) == 1
    assert (await refresh(app, answers[0].json()["refreshToken"])).status_code == 200


@pytest.mark.parametrize("how", ["after the grace", "successor used", "long ago"])
async def test_a_spent_token_shown_again_ends_the_session(app: AccountsApp, how: str, expect_log: Any) -> None:
    expect_log("spent refresh token")
    first = await app.register("ada")
    other = (await login(app, "ada")).json()
    latest = (await refresh(app, first["refreshToken"])).json()
    if how == "after the grace":
        app.clock.move(31)
    else:
        for _ in range(1 if how == "successor used" else 5):
            latest = (await refresh(app, latest["refreshToken"])).json()
    assert error_of(await refresh(app, first["refreshToken"])) == (401, "session_revoked", None)
    assert error_of(await refresh(app, latest["refreshToken"])) == (401, "session_revoked", None)
    assert error_of(await app.http.get("/users/me", headers=bearer(latest))) == (401, "session_revoked", None)
    assert app.sink.closed == [{"reason": "refresh_reused", "session_id": UUID(first["sessionId"])}]
    assert (await app.http.get("/users/me", headers=bearer(other))).status_code == 200


async def test_an_invented_token_ends_nothing(app: AccountsApp) -> None:
    session = await app.register("ada")
    forged = session["refreshToken"][:30] + "AAAAAAAA" + session["refreshToken"][38:]
    for junk in (forged, "", "x", "A" * 86, session["accessToken"]):
        assert error_of(await refresh(app, junk)) == (401, "unauthorized", None)
    assert (await refresh(app, session["refreshToken"])).status_code == 200


async def test_a_session_unused_for_sixty_days_is_over(app: AccountsApp) -> None:
    session = await app.register("ada")
    app.clock.move(59 * 86_400)
    session = (await refresh(app, session["refreshToken"])).json()
    app.clock.move(61 * 86_400)
    assert error_of(await refresh(app, session["refreshToken"])) == (401, "unauthorized", None)


# ----------------------------------------------------------- access, sessions


async def test_what_has_no_good_token_is_unauthorized(app: AccountsApp) -> None:
    session = await app.register("ada")
    token = session["accessToken"]
    for header in ("", "Bearer", "Bearer ", f"Basic {token}", token, f"Bearer {token}x", f"Bearer {token} x"):
        answer = await app.http.get("/users/me", headers={"Authorization": header})
        assert error_of(answer) == (401, "unauthorized", None)
    assert (await app.http.get("/users/me", headers={"Authorization": f"bearer {token}"})).status_code == 200
    app.clock.move(901)
    assert error_of(await app.http.get("/users/me", headers=bearer(session))) == (401, "token_expired", None)


async def test_logging_out_ends_this_session_only(app: AccountsApp) -> None:
    session = await app.register("ada")
    other = (await login(app, "ada", deviceName="phone")).json()
    gone = await app.http.post("/auth/logout", headers=bearer(session))
    assert gone.status_code == 204
    assert gone.content == b""
    assert app.sink.closed == [{"reason": "logout", "session_id": UUID(session["sessionId"])}]
    assert error_of(await app.http.get("/users/me", headers=bearer(session))) == (401, "session_revoked", None)
    assert error_of(await refresh(app, session["refreshToken"])) == (401, "session_revoked", None)
    assert (await app.http.get("/users/me", headers=bearer(other))).status_code == 200


async def test_devices_are_listed_and_ended(app: AccountsApp) -> None:
    session = await app.register("ada", deviceName="laptop")
    phone = (await login(app, "ada", deviceName="phone")).json()
    stranger = await app.register("bob")
    listed = (await app.http.get("/auth/sessions", headers=bearer(session))).json()["sessions"]
    found = {row["deviceName"]: row for row in listed}
    assert set(found) == {"laptop", "phone"}
    assert found["laptop"]["current"]
    assert not found["phone"]["current"]
    assert found["phone"]["address"] == "127.0.0.1"
    assert found["phone"]["createdAt"].endswith("Z")
    url = f"/auth/sessions/{phone['sessionId']}"
    assert error_of(await app.http.delete(url, headers=bearer(stranger))) == (404, "not_found", None)
    assert (await app.http.delete(url, headers=bearer(session))).status_code == 204
    assert app.sink.closed == [{"reason": "revoked", "session_id": UUID(phone["sessionId"])}]
    assert error_of(await app.http.get("/users/me", headers=bearer(phone))) == (401, "session_revoked", None)
    assert error_of(await app.http.delete(url, headers=bearer(session))) == (404, "not_found", None)
    assert len((await app.http.get("/auth/sessions", headers=bearer(session))).json()["sessions"]) == 1


async def test_changing_the_password_ends_the_other_sessions(app: AccountsApp) -> None:
    session = await app.register("ada")
    other = (await login(app, "ada")).json()
    body = {"currentPassword": "wrong password", "newPassword": "another horse battery"}
    wrong = await app.http.post("/auth/password", json=body, headers=bearer(session))
    assert error_of(wrong) == (403, "forbidden", "currentPassword")
    body["currentPassword"] = PASSWORD
    short = await app.http.post("/auth/password", json=body | {"newPassword": "short"}, headers=bearer(session))
    assert error_of(short) == (400, "invalid", "newPassword")
    done = await app.http.post("/auth/password", json=body, headers=bearer(session))
    assert done.status_code == 204
    assert app.sink.closed == [
        {
            "reason": "password_changed",
            "user_id": UUID(session["user"]["id"]),
            "keep_session": UUID(session["sessionId"]),
        }
    ]
    assert error_of(await app.http.get("/users/me", headers=bearer(other))) == (401, "session_revoked", None)
    assert (await app.http.get("/users/me", headers=bearer(session))).status_code == 200
    assert error_of(await login(app, "ada")) == (401, "unauthorized", None)
    assert (await login(app, "ada", "another horse battery")).status_code == 200


async def test_a_session_that_ends_while_its_token_is_looked_up_is_over(
    app: AccountsApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await app.register("ada")
    sessions = app.services.sessions
    find = sessions._repository.find_state

    async def meanwhile(session_id: UUID) -> Any:
        state = await find(session_id)
        sessions._tell(session_id, reason="revoked")
        return state

    monkeypatch.setattr(sessions._repository, "find_state", meanwhile)
    assert error_of(await app.http.get("/users/me", headers=bearer(session))) == (401, "session_revoked", None)


async def test_what_another_process_revoked_is_noticed_and_closed_also_when_it_was_just_connecting(
    app: AccountsApp,
) -> None:
    session = await app.register("ada")
    other = (await login(app, "ada")).json()
    await app.services.users._repository.set_disabled(UUID(session["user"]["id"]), True)
    await app.services.sessions.sweep()
    assert {closed["session_id"] for closed in app.sink.closed} == {
        UUID(session["sessionId"]),
        UUID(other["sessionId"]),
    }
    assert {closed["reason"] for closed in app.sink.closed} == {"user_disabled"}
    await app.services.sessions.sweep()
    assert len(app.sink.closed) == 4
    assert error_of(await app.http.get("/users/me", headers=bearer(session))) == (401, "session_revoked", None)


async def test_the_state_of_a_session_is_cached_for_five_seconds_at_most(app: AccountsApp) -> None:
    session = await app.register("ada")
    assert (await app.http.get("/users/me", headers=bearer(session))).status_code == 200
    await app.database.execute("UPDATE sessions SET revoked_at = now(), revoked_reason = 'revoked'")
    app.clock.move(5)
    assert error_of(await app.http.get("/users/me", headers=bearer(session))) == (401, "session_revoked", None)


async def test_a_user_may_call_so_often_and_no_more(app: AccountsApp) -> None:
    session = await app.register("ada")
    codes = [(await app.http.get("/users/me", headers=bearer(session))).status_code for _ in range(201)]
    assert codes == [200] * 200 + [429]
    app.clock.move(0.1)
    codes = [(await app.http.get("/users/me", headers=bearer(session))).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]


async def test_it_is_noted_when_a_device_was_last_used(app: AccountsApp) -> None:
    session = await app.register("ada")
    app.clock.move(600)
    await app.http.get("/users/me", headers=bearer(session))
    await app.services.sessions.close()
    [row] = (await app.http.get("/auth/sessions", headers=bearer(session))).json()["sessions"]
    used = parse_time(row["lastSeenAt"]) - parse_time(row["createdAt"])
    assert used > timedelta(seconds=590)  # of 600: the machine may have been slow
