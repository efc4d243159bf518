"""Who may register when the operator chose nothing: the first person at this machine, and whoever has an invite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from accounts_app import PASSWORD, AccountsApp, accounts_app, error_of

HERE = {"Host": "127.0.0.1:8765"}
PROXIED = [
    {"Host": "chat.example.org"},
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-Proto": "https"},
    {"Forwarded": "for=203.0.113.9"},
    {"X-Real-IP": "203.0.113.9"},
    {"Via": "1.1 proxy"},
    {"Host": "[::1"},
    {"Host": ""},
]


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AccountsApp]:
    async with accounts_app(database_url, registration=None) as made:
        yield made


async def ask(http: httpx.AsyncClient, headers: dict[str, str]) -> str:
    return (await http.get("/server", headers=HERE | headers)).json()["registration"]


async def register(http: httpx.AsyncClient, name: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return await http.post(
        "/auth/register", json={"username": name, "password": PASSWORD}, headers=HERE | (headers or {})
    )


@pytest.mark.parametrize("headers", PROXIED)
async def test_what_comes_through_a_proxy_needs_an_invite(app: AccountsApp, headers: dict[str, str]) -> None:
    assert await ask(app.http, headers) == "invite"
    assert error_of(await register(app.http, "eve", headers)) == (403, "forbidden", "inviteCode")
    assert await app.database.fetchval("SELECT count(*) FROM users") == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
async def test_a_web_page_from_elsewhere_needs_an_invite(app: AccountsApp, origin: str) -> None:
    assert await ask(app.http, {"Origin": origin}) == "invite"
    assert (await register(app.http, "eve", {"Origin": origin})).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "localhost"])
async def test_the_first_person_at_this_machine_needs_none_and_the_second_does(app: AccountsApp, host: str) -> None:
    assert await ask(app.http, {"Host": host}) == "open"
    assert (await register(app.http, "ada", {"Host": host})).status_code == 201
    assert await ask(app.http, {"Host": host}) == "invite"
    assert error_of(await register(app.http, "bob", {"Host": host})) == (403, "forbidden", "inviteCode")


async def test_another_machine_needs_an_invite_whatever_it_says(app: AccountsApp) -> None:
    other = app.from_address("192.0.2.7")
    assert await ask(other, {}) == "invite"
    assert (await register(other, "eve")).status_code == 403


@pytest.mark.parametrize("given", [{"host": "0.0.0.0"}, {"trusted_proxies": ("127.0.0.1",)}])
async def test_a_server_that_others_can_reach_never_opens_by_itself(
    database_url: str, given: dict[str, object]
) -> None:
    async with accounts_app(database_url, registration=None, **given) as app:
        assert await ask(app.http, {}) == "invite"
        assert (await register(app.http, "eve")).status_code == 403


async def test_what_was_chosen_counts_for_everybody(database_url: str) -> None:
    async with accounts_app(database_url, registration="open") as app:
        assert await ask(app.http, PROXIED[0]) == "open"
        assert (await register(app.http, "ada", PROXIED[0])).status_code == 201
