"""Whatever comes in over the account routes that is not as it should be: the error object, and nothing is stored."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from accounts_app import PASSWORD, AccountsApp, accounts_app, bearer, error_of

from chinwag_protocol.ids import new_id

OPEN_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/auth/register"): {
        "username": "carol",
        "password": PASSWORD,
        "displayName": "Carol",
        "inviteCode": "letmein",
        "deviceName": "laptop",
    },
    ("POST", "/auth/login"): {"username": "ada", "password": "wrong password", "deviceName": "laptop"},
    ("POST", "/auth/refresh"): {"refreshToken": "x"},
}
SIGNED_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/auth/password"): {"currentPassword": "wrong password", "newPassword": "another password"},
    ("PATCH", "/users/me"): {
        "displayName": "Ada",
        "status": {"text": "x", "until": "2030-01-01T00:00:00Z", "dnd": True},
    },
    ("POST", "/invites"): {"uses": 1, "expiresInMs": 1_000, "role": "member"},
}
BODIES = OPEN_BODIES | SIGNED_BODIES
OPTIONAL = {"displayName", "inviteCode", "deviceName", "status", "uses", "expiresInMs", "role"}

NOT_JSON: list[bytes] = [
    b"{",
    b"}",
    b"{'username':'x'}",
    b"\xff\xfe",
    b'{"username": "\xed\xa0\x80"}',
    b"[" * 20_000,
    b'{"a":' * 20_000,
    b"NaN",
    b'{"username": NaN}',
    b'{"expiresInMs": Infinity}',
    b"\x00",
    b'{"a":1}{"b":2}',
]
NOT_AN_OBJECT: list[bytes] = [b"", b" ", b"null", b"true", b"5", b'"text"', b"[]", b"[{}]"]

WRONG_TYPES: list[Any] = [5, 1.5, True, [], ["x"], {}, {"x": 1}]
HOSTILE_TEXTS = ["\0", "a\0b", "\ud800", "a\udfffb"]


def wrong_values() -> list[tuple[str, str, str, Any]]:
    """(method, path, field, value): one field of an otherwise good body made wrong."""
    found: list[tuple[str, str, str, Any]] = []
    for (method, path), body in BODIES.items():
        for field, good in body.items():
            for wrong in WRONG_TYPES:
                if type(wrong) is type(good) and not isinstance(good, dict):
                    continue
                if isinstance(good, int) and wrong in (True, 5):
                    continue
                found.append((method, path, field, wrong))
            if isinstance(good, str):
                found += [(method, path, field, text) for text in HOSTILE_TEXTS]
            if field not in OPTIONAL:
                found += [(method, path, field, None), (method, path, field, ...)]
    return found


SIZES: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/auth/register", {"username": "ab"}, "username"),
    ("POST", "/auth/register", {"username": "a" * 33}, "username"),
    ("POST", "/auth/register", {"username": "Ada"}, "username"),
    ("POST", "/auth/register", {"username": "a b"}, "username"),
    ("POST", "/auth/register", {"username": "ädä"}, "username"),
    ("POST", "/auth/register", {"username": "a/b"}, "username"),
    ("POST", "/auth/register", {"password": "x" * 9}, "password"),
    ("POST", "/auth/register", {"password": " " * 20}, "password"),
    ("POST", "/auth/register", {"password": "x" * 257}, "password"),
    ("POST", "/auth/register", {"displayName": "x" * 65}, "displayName"),
    ("POST", "/auth/register", {"displayName": " \u202e "}, "displayName"),
    ("POST", "/auth/register", {"displayName": "a\nb"}, "displayName"),
    ("POST", "/auth/register", {"deviceName": "x" * 65}, "deviceName"),
    ("POST", "/auth/register", {"inviteCode": "x" * 500}, "inviteCode"),
    ("POST", "/auth/login", {"password": "x" * 5_000}, "password"),
    ("POST", "/auth/login", {"deviceName": "x" * 65}, "deviceName"),
    ("POST", "/auth/refresh", {"refreshToken": "x" * 5_000}, "refreshToken"),
    ("POST", "/auth/password", {"newPassword": "x" * 9}, "newPassword"),
    ("PATCH", "/users/me", {"displayName": ""}, "displayName"),
    ("PATCH", "/users/me", {"displayName": None}, "displayName"),
    ("PATCH", "/users/me", {"displayName": "x" * 65}, "displayName"),
    ("PATCH", "/users/me", {"status": {"text": "x" * 141}}, "status"),
    ("PATCH", "/users/me", {"status": {"text": "x", "until": "tomorrow"}}, "status"),
    ("PATCH", "/users/me", {"status": {"text": "x", "until": "2030-02-30T00:00:00Z"}}, "status"),
    ("PATCH", "/users/me", {"status": {"dnd": True}}, "status"),
    ("PATCH", "/users/me", {"status": {"text": "x", "dnd": "yes"}}, "status"),
    ("POST", "/invites", {"uses": 0}, "uses"),
    ("POST", "/invites", {"uses": 1_001}, "uses"),
    ("POST", "/invites", {"expiresInMs": 0}, "expiresInMs"),
    ("POST", "/invites", {"expiresInMs": 2**53 - 1}, "expiresInMs"),
    ("POST", "/invites", {"role": "owner"}, "role"),
]

QUERIES: list[tuple[str, str]] = [
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("limit=-1", "limit"),
    ("limit=", "limit"),
    ("limit=x", "limit"),
    ("limit=5.0", "limit"),
    ("limit=1e1", "limit"),
    ("limit=%D9%A3", "limit"),
    ("limit=99999999999999999999", "limit"),
    ("cursor=%21", "cursor"),
    ("cursor=AAAA", "cursor"),
    ("cursor=" + "A" * 5_000, "cursor"),
    ("cursor=", "cursor"),
]


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AccountsApp]:
    async with accounts_app(database_url) as made:
        yield made


@pytest.fixture
async def ada(app: AccountsApp) -> dict[str, Any]:
    session = await app.register("ada")
    await app.make_admin(session)
    await app.http.get("/users/me", headers=bearer(session))
    return session


async def stored(app: AccountsApp) -> str:
    """A digest of every account table."""
    rows = [
        await app.database.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        for table in ("users", "sessions", "invites", "blocks", "audit")
    ]
    return hashlib.sha256(repr([[row[0] for row in table] for table in rows]).encode()).hexdigest()


async def send(app: AccountsApp, method: str, path: str, content: bytes, session: dict[str, Any]) -> httpx.Response:
    headers = {} if (method, path) in OPEN_BODIES else bearer(session)
    app.clock.move(0.05)  # bad input is counted too, and there is a lot of it
    return await app.http.request(method, path, content=content, headers=headers | {"Content-Type": "application/json"})


async def test_what_is_no_json_or_no_object(app: AccountsApp, ada: dict[str, Any]) -> None:
    before = await stored(app)
    for method, path in BODIES:
        for content in [*NOT_JSON, *NOT_AN_OBJECT]:
            answer = await send(app, method, path, content, ada)
            assert error_of(answer)[:2] == (400, "invalid"), (method, path, content[:40], answer.text)
    assert await stored(app) == before


async def test_wrong_types_absent_fields_and_texts_that_cannot_be(app: AccountsApp, ada: dict[str, Any]) -> None:
    before = await stored(app)
    for method, path, field, value in wrong_values():
        body = {name: good for name, good in BODIES[method, path].items() if name != field or value is not ...}
        if value is not ...:
            body[field] = value
        answer = await send(app, method, path, json.dumps(body).encode(), ada)
        status, code, told = error_of(answer)
        assert (status, code) == (400, "invalid"), (method, path, field, value, answer.text)
        assert told in {field, None}, (method, path, field, value, told)
    assert await stored(app) == before


@pytest.mark.parametrize(("method", "path", "change", "field"), SIZES)
async def test_sizes_and_values(
    app: AccountsApp, ada: dict[str, Any], method: str, path: str, change: dict[str, Any], field: str
) -> None:
    before = await stored(app)
    body = BODIES[method, path] | change
    body.pop("inviteCode", None) if "inviteCode" not in change else None
    answer = await send(app, method, path, json.dumps(body).encode(), ada)
    assert error_of(answer) == (400, "invalid", field)
    assert await stored(app) == before


async def test_bodies_over_the_limit(app: AccountsApp, ada: dict[str, Any]) -> None:
    before = await stored(app)
    for method, path in BODIES:
        answer = await send(app, method, path, b'{"x": "' + b"x" * 1_048_576 + b'"}', ada)
        assert error_of(answer) == (413, "too_large", None)
    assert await stored(app) == before


async def test_lists_that_are_too_long_and_nesting_that_is_too_deep_even_in_unknown_fields(
    app: AccountsApp, ada: dict[str, Any]
) -> None:
    for extra in (list(range(501)), json.loads("[" * 16 + "]" * 16), 2**53, "\0", "\ud800"):
        for (method, path), body in BODIES.items():
            answer = await send(app, method, path, json.dumps(body | {"unknown": extra}).encode(), ada)
            assert error_of(answer)[:2] == (400, "invalid"), (path, str(extra)[:20])


async def test_unknown_fields_are_ignored(app: AccountsApp, ada: dict[str, Any]) -> None:
    body = {"username": "carol", "password": PASSWORD, "isAdmin": True, "role": "admin", "id": str(new_id())}
    session = await app.register(**body)
    assert session["user"]["role"] == "member"
    assert session["user"]["id"] != body["id"]


@pytest.mark.parametrize("path", ["/users", "/users/me/blocks"])
async def test_queries(app: AccountsApp, ada: dict[str, Any], path: str) -> None:
    for query, field in QUERIES:
        answer = await app.http.get(f"{path}?{query}", headers=bearer(ada))
        assert error_of(answer) == (400, "invalid", field), query
    for query in ("query=%00", "query=a%00b", "cursor=%00", "x=%00"):
        assert error_of(await app.http.get(f"{path}?{query}", headers=bearer(ada)))[:2] == (400, "invalid")
    if path == "/users":
        for query in ("x" * 65, "a%0Ab", "%ED%A0%80" + "x" * 65):
            answer = await app.http.get(f"{path}?query={query}", headers=bearer(ada))
            assert error_of(answer) == (400, "invalid", "query")


async def test_ids_that_are_none(app: AccountsApp, ada: dict[str, Any]) -> None:
    before = await stored(app)
    calls = [
        ("GET", "/users/{}"),
        ("PUT", "/users/{}/block"),
        ("DELETE", "/users/{}/block"),
        ("DELETE", "/auth/sessions/{}"),
    ]
    for method, path in calls:
        for junk in ("x", "00000000-0000-0000-0000-00000000000g", "1", "%00", "..%2F..", str(new_id()), "a" * 2_000):
            answer = await app.http.request(method, path.format(junk), headers=bearer(ada))
            assert error_of(answer)[:2] in {(404, "not_found"), (400, "invalid")}, (method, path, junk)
    assert await stored(app) == before


async def test_routes_and_methods_that_there_are_not(app: AccountsApp, ada: dict[str, Any]) -> None:
    for path in (
        "/nothing",
        "/auth",
        "/auth/login/x",
        "/users/me/nothing",
        "/",
        "//users",
        "/%2e%2e/users",
        "/server/",
    ):
        answer = await app.http.get(path, headers=bearer(ada))
        if answer.status_code != 200:
            assert error_of(answer)[:2] in {(404, "not_found"), (400, "invalid"), (405, "invalid")}, path
    for method, path in (("GET", "/auth/login"), ("DELETE", "/users/me"), ("POST", "/server"), ("PUT", "/invites")):
        answer = await app.http.request(method, path, headers=bearer(ada))
        assert error_of(answer) == (405, "invalid", None)
        assert answer.headers["allow"]
    weird = await app.http.request("BREW", "/server")
    assert error_of(weird)[:2] == (405, "invalid")


async def test_nothing_of_the_inside_is_told(app: AccountsApp, ada: dict[str, Any], expect_log: Any) -> None:
    expect_log("request [0-9a-f]{16} failed")
    await app.database.execute("ALTER TABLE users RENAME COLUMN display_name TO gone")
    answer = await app.http.get("/users", headers=bearer(ada))
    await app.database.execute("ALTER TABLE users RENAME COLUMN gone TO display_name")
    assert error_of(answer) == (500, "internal", None)
    assert answer.headers["x-request-id"] in answer.json()["error"]["message"]
    for word in ("display_name", "SELECT", "asyncpg", "Traceback", ".py", "users"):
        assert word not in answer.text


async def test_no_database_is_unavailable(app: AccountsApp, ada: dict[str, Any], expect_log: Any) -> None:
    await app.database.close()
    app.clock.move(6)
    for call in (
        app.http.get("/users/me", headers=bearer(ada)),
        app.http.post("/auth/login", json={"username": "ada", "password": PASSWORD}),
        app.http.post("/auth/refresh", json={"refreshToken": ada["refreshToken"]}),
    ):
        answer = await call
        assert error_of(answer)[:2] == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
    await app.database.open()
    assert (await app.http.get("/users/me", headers=bearer(ada))).status_code == 200
