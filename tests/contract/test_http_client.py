"""ApiClient against a real HTTP server of the tests' own: tokens, errors, deadlines, files."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from certificates import self_signed, server_context
from desktop_builders import ANN, TALK, uid, user
from fake_clock import FakeClock
from http_server import HttpServer, error, says, serving

import chinwag_desktop.net.http_client as http_client
from chinwag_desktop.core.errors import (
    BlockedByProxy,
    ClientError,
    NameNotFound,
    NotChinwag,
    ProtocolRefused,
    Refused,
    ServerBusy,
    SignedOut,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from chinwag_desktop.net.http_client import ApiClient
from chinwag_desktop.net.tls import fetch_certificate, make_ssl_context
from chinwag_protocol.http import LoginRequest, RegisterRequest, Session, SyncRequest


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with serving(HttpServer()) as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def kept() -> list[Session]:
    return []


@pytest.fixture
async def api(server: HttpServer, clock: FakeClock, kept: list[Session]) -> AsyncIterator[ApiClient]:
    async def keep(session: Session) -> None:
        kept.append(session)

    api = ApiClient(server.url, ssl_context=make_ssl_context(), clock=clock, on_session=keep)
    yield api
    await api.close()


async def signed_in(server: HttpServer, api: ApiClient) -> None:
    server.answers["POST /api/v1/auth/login"] = says(server.session(1))
    await api.login(LoginRequest(username="me", password="secret words"))


PAGE = {"messages": [], "hasMoreBefore": False, "hasMoreAfter": False}


async def test_calls_carry_the_token_and_their_query(server: HttpServer, api: ApiClient, kept: list[Session]) -> None:
    await signed_in(server, api)
    server.answers[f"GET /api/v1/conversations/{TALK}/messages"] = says(PAGE)
    page = await api.messages(TALK, before=100, limit=50)
    assert page.messages == ()
    assert server.seen[-1] == ("GET", f"/api/v1/conversations/{TALK}/messages?before=100&limit=50", "access-1")
    assert [session.refresh_token for session in kept] == ["refresh-1"]


async def test_an_expired_token_is_refreshed_once_for_all_who_wait(
    server: HttpServer, api: ApiClient, kept: list[Session]
) -> None:
    await signed_in(server, api)
    server.good = "nothing any more"
    server.answers[f"GET /api/v1/users/{ANN}"] = says(
        json.loads(
            json.dumps(
                {
                    "id": str(ANN),
                    "username": "ann",
                    "displayName": "Ann",
                    "role": "member",
                    "disabled": False,
                    "online": False,
                }
            )
        )
    )
    found = await asyncio.gather(*(api.user(ANN) for _ in range(20)))
    assert found == [user("ann")] * 20
    assert server.refreshed == ["refresh-1"]
    assert [session.refresh_token for session in kept] == ["refresh-1", "refresh-2"]


async def test_a_token_that_is_about_to_run_out_is_refreshed_first(
    server: HttpServer, api: ApiClient, clock: FakeClock
) -> None:
    await signed_in(server, api)
    assert (await api.access_token(valid_s=60)).token == "access-1"
    await clock.advance(850)
    assert (await api.access_token()).token == "access-1"
    token = await api.access_token(valid_s=60)
    assert (token.token, token.expires_at) == ("access-2", clock.monotonic() + 900)
    assert (await api.access_token(renew=True)).token == "access-3"


async def test_whoever_gives_up_waiting_does_not_lose_the_new_token(server: HttpServer, api: ApiClient) -> None:
    await signed_in(server, api)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        begun.set()
        await go_on.wait()
        return await server._refresh(request)

    server.answers["POST /api/v1/auth/refresh"] = slow
    impatient = asyncio.get_running_loop().create_task(api.access_token(renew=True))
    await begun.wait()
    impatient.cancel()
    patient = asyncio.get_running_loop().create_task(api.access_token(renew=True))
    await asyncio.sleep(0)
    go_on.set()
    assert (await patient).token == "access-2"
    assert server.refreshed == ["refresh-1"]


async def test_a_session_that_is_over(server: HttpServer, api: ApiClient) -> None:
    async def revoked(_: web.Request) -> web.StreamResponse:
        return error(401, "session_revoked")

    server.answers["POST /api/v1/auth/refresh"] = revoked
    with pytest.raises(SignedOut) as over:
        await api.resume("refresh-1")
    assert over.value.code == "session_revoked"


async def test_nobody_is_signed_in(api: ApiClient) -> None:
    with pytest.raises(SignedOut):
        await api.account.me()


async def test_a_refresh_whose_answer_was_lost_is_tried_again_with_the_old_token(
    server: HttpServer, api: ApiClient
) -> None:
    """FAULTS 41."""

    async def lost(request: web.Request) -> web.StreamResponse:
        request.transport.abort()
        return web.Response()

    refresh = server.answers["POST /api/v1/auth/refresh"]
    server.answers["POST /api/v1/auth/refresh"] = lost
    with pytest.raises(Unreachable):
        await api.resume("refresh-1")
    server.answers["POST /api/v1/auth/refresh"] = refresh
    assert (await api.access_token()).token == "access-2"


async def test_a_keyring_that_fails_does_not_end_the_session(
    server: HttpServer, clock: FakeClock, expect_log: Callable[[str], None]
) -> None:
    async def fail(_: Session) -> None:
        raise RuntimeError("locked")

    expect_log("could not be kept")
    api = ApiClient(server.url, ssl_context=make_ssl_context(), clock=clock, on_session=fail)
    assert (await api.resume("refresh-1")).access_token == "access-2"
    await api.close()


async def test_signing_out_forgets_the_tokens_even_offline(server: HttpServer, api: ApiClient) -> None:
    await signed_in(server, api)

    async def lost(request: web.Request) -> web.StreamResponse:
        request.transport.abort()
        return web.Response()

    server.answers["POST /api/v1/auth/logout"] = lost
    with pytest.raises(Unreachable):
        await api.logout()
    with pytest.raises(SignedOut):
        await api.access_token()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "unauthorized", SignedOut),
        (403, "forbidden", Refused),
        (409, "conflict", Refused),
        (400, "unsupported_protocol", ProtocolRefused),
        (429, "rate_limited", ServerBusy),
        (503, "unavailable", ServerBusy),
        (500, "internal", ServerBusy),
        (418, "a_code_of_tomorrow", ServerBusy),
    ],
)
async def test_error_objects(
    server: HttpServer, api: ApiClient, status: int, code: str, kind: type[ClientError]
) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return error(status, code, field="username", retryAfterMs=2_500)

    server.answers["POST /api/v1/auth/register"] = refuse
    with pytest.raises(kind) as refused:
        await api.register(RegisterRequest(username="ann", password="long enough"))
    assert (refused.value.code, refused.value.field, refused.value.retry_after_s) == (code, "username", 2.5)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, NotChinwag),
        (302, NotChinwag),
        (404, NotChinwag),
        (403, BlockedByProxy),
        (407, BlockedByProxy),
        (502, ServerBusy),
    ],
)
async def test_pages_that_are_not_ours(
    server: HttpServer, api: ApiClient, status: int, kind: type[ClientError]
) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<h1>Log in to the hotel</h1>", content_type="text/html")

    server.answers["GET /api/v1/server"] = page
    with pytest.raises(kind):
        await api.server()


async def test_an_answer_of_another_shape(server: HttpServer, api: ApiClient) -> None:
    server.answers["GET /api/v1/server"] = says({"name": 7})
    with pytest.raises(NotChinwag):
        await api.server()


async def test_no_answer_is_a_timeout(server: HttpServer, api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await signed_in(server, api)
    over = asyncio.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        await over.wait()
        return web.Response()

    server.answers["POST /api/v1/sync"] = silent
    monkeypatch.setattr(http_client, "SYNC_S", 0.05)
    with pytest.raises(TimedOut):
        await api.sync(SyncRequest(cursors={}))
    over.set()


async def test_hosts_that_are_not_there(clock: FakeClock) -> None:
    for url, kind in (("http://127.0.0.1:1", Unreachable), ("http://no-such-host.invalid", NameNotFound)):
        api = ApiClient(url, ssl_context=make_ssl_context(), clock=clock, use_system_proxy=False)
        with pytest.raises(kind) as failed:
            await api.server()
        assert type(failed.value) is kind
        await api.close()


async def test_certificates(tmp_path: Path, clock: FakeClock) -> None:
    shown, other = self_signed(tmp_path, "somewhere", tag="a"), self_signed(tmp_path, "somewhere", tag="b")
    server = HttpServer()
    server.answers["GET /api/v1/invites/x%2Fy"] = says({"serverName": "Home", "valid": True})
    server.answers["GET /api/v1/invites/x/y"] = server.answers["GET /api/v1/invites/x%2Fy"]
    async with serving(server, server_context(shown)):
        url = f"https://127.0.0.1:{server.port}"
        fetched = await fetch_certificate("127.0.0.1", server.port)
        assert fetched.sha256.replace(":", "") == shown.sha256.hex().upper()
        for pinned, works in ((None, False), (other.pem, False), (fetched.pem, True)):
            api = ApiClient(url, ssl_context=make_ssl_context(pinned_pem=pinned), clock=clock)
            if works:
                assert (await api.invite("x/y")).valid
            else:
                with pytest.raises(TlsFailed):
                    await api.invite("x/y")
            await api.close()


async def test_looking_at_the_certificate_of_what_has_none(server: HttpServer) -> None:
    with pytest.raises(TlsFailed):
        await fetch_certificate("127.0.0.1", server.port)
    with pytest.raises(Unreachable):
        await fetch_certificate("127.0.0.1", 1)


# ------------------------------------------------------------------ files


async def test_an_upload_streams_and_tells_how_far_it_is(server: HttpServer, api: ApiClient, tmp_path: Path) -> None:
    await signed_in(server, api)
    file = tmp_path / "a.bin"
    file.write_bytes(b"x" * 3_000_000)
    got: dict[str, Any] = {}

    async def take(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        field = form["file"]
        got.update(name=field.filename, size=len(field.file.read()), key=request.headers["Idempotency-Key"])
        answer = {
            "id": str(uid("file")),
            "name": "a.bin",
            "mediaType": "x/y",
            "size": got["size"],
            "url": "/api/v1/attachments/1",
        }
        return web.json_response(answer, status=201)

    server.answers["POST /api/v1/attachments"] = take
    told: list[tuple[int, int]] = []
    attachment = await api.upload(
        file, name="a.bin", idempotency_key="key-1", on_progress=lambda sent, total: told.append((sent, total))
    )
    assert (attachment.id, got) == (uid("file"), {"name": "a.bin", "size": 3_000_000, "key": "key-1"})
    assert told[-1] == (3_000_000, 3_000_000)
    assert len(told) > 10


async def test_a_file_that_is_gone_cannot_be_uploaded(server: HttpServer, api: ApiClient, tmp_path: Path) -> None:
    await signed_in(server, api)
    with pytest.raises(FileNotFoundError):
        await api.upload(tmp_path / "gone", name="gone", idempotency_key="k")


async def test_a_download_appears_whole_or_not_at_all(server: HttpServer, api: ApiClient, tmp_path: Path) -> None:
    await signed_in(server, api)

    async def give(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"y" * 200_000)

    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "200000"})
        await response.prepare(request)
        await response.write(b"y" * 1_000)
        request.transport.abort()
        return response

    target = tmp_path / "picture"
    told: list[tuple[int, int]] = []
    server.answers["GET /api/v1/attachments/1"] = break_off
    with pytest.raises(ClientError):
        await api.download("/api/v1/attachments/1", target, at_most=200_000)
    assert not os.listdir(tmp_path)
    server.answers["GET /api/v1/attachments/1"] = give
    await api.download(
        "/api/v1/attachments/1",
        target,
        at_most=200_000,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert target.read_bytes() == b"y" * 200_000
    assert told[-1] == (200_000, 200_000)


@pytest.mark.parametrize("url", ["https://elsewhere.example/x", "//elsewhere.example/x", "api/v1/x"])
async def test_the_token_goes_to_no_other_host(server: HttpServer, api: ApiClient, tmp_path: Path, url: str) -> None:
    await signed_in(server, api)
    with pytest.raises(NotChinwag):
        await api.download(url, tmp_path / "x", at_most=1_000)
    assert not os.listdir(tmp_path)
