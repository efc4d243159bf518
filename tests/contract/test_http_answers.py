"""Answers of a server that means harm, or is broken: read within bounds, told apart, and none of them kept."""

import asyncio
import os
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from desktop_builders import uid
from fake_clock import FakeClock
from http_server import MEGABYTE, Endless, HttpServer, says, serving

from chinwag_desktop.app.pictures import PICTURE_BYTES, SessionPictures
from chinwag_desktop.core.errors import NotChinwag, ServerBusy, TooMuch
from chinwag_desktop.net.answers import ANSWER_BYTES
from chinwag_desktop.net.http_client import ApiClient
from chinwag_desktop.net.tls import make_ssl_context
from chinwag_protocol.http import LoginRequest
from chinwag_protocol.objects import Attachment

FILE = "/api/v1/attachments/1"


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with serving(HttpServer()) as server:
        server.answers["POST /api/v1/auth/login"] = says(server.session(1))
        yield server


@pytest.fixture
async def api(server: HttpServer) -> AsyncIterator[ApiClient]:
    api = ApiClient(server.url, ssl_context=make_ssl_context(), clock=FakeClock())
    await api.login(LoginRequest(username="me", password="secret words"))
    yield api
    await api.close()


Call = Callable[[ApiClient, Path], Awaitable[object]]


async def ask(api: ApiClient, _: Path) -> object:
    return await api.account.me()


async def sign_out(api: ApiClient, _: Path) -> object:
    return await api.account.revoke_session(uid("session"))


async def upload(api: ApiClient, folder: Path) -> object:
    return await api.upload(folder / "file", name="file", idempotency_key="k")


async def download(api: ApiClient, folder: Path) -> object:
    return await api.download(FILE, folder / "target", at_most=3 * MEGABYTE)


@pytest.mark.parametrize(
    ("route", "call", "status"),
    [
        ("GET /api/v1/users/me", ask, 200),
        ("GET /api/v1/users/me", ask, 400),
        ("POST /api/v1/attachments", upload, 201),
        (f"GET {FILE}", download, 200),
        (f"GET {FILE}", download, 404),
    ],
)
async def test_an_answer_without_end_is_cut_off(
    server: HttpServer, api: ApiClient, tmp_path: Path, route: str, call: Call, status: int
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    server.answers[route] = endless = Endless(status)
    with pytest.raises(TooMuch):
        await call(api, tmp_path)
    await asyncio.wait_for(endless.hung_up.wait(), 10)
    assert endless.sent <= 4 * ANSWER_BYTES  # what the kernel and the server hold comes on top
    assert os.listdir(tmp_path) == ["file"]


async def test_where_nothing_is_wanted_nothing_is_read(server: HttpServer, api: ApiClient, tmp_path: Path) -> None:
    server.answers[f"DELETE /api/v1/auth/sessions/{uid('session')}"] = endless = Endless()
    await sign_out(api, tmp_path)
    await asyncio.wait_for(endless.hung_up.wait(), 10)
    assert endless.sent <= 4 * ANSWER_BYTES


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
async def test_compressed_answers_are_neither_asked_for_nor_taken(
    server: HttpServer, api: ApiClient, tmp_path: Path, encoding: str
) -> None:
    asked: list[str] = []
    endless = Endless(**{"Content-Encoding": encoding})

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers["Accept-Encoding"])
        return await endless(request)

    server.answers["GET /api/v1/users/me"] = server.answers[f"GET {FILE}"] = answer
    with pytest.raises(NotChinwag):
        await api.account.me()
    with pytest.raises(NotChinwag):
        await api.download(FILE, tmp_path / "target", at_most=MEGABYTE)
    assert asked == ["identity", "identity"]
    assert not os.listdir(tmp_path)


async def test_a_large_file_takes_no_memory(server: HttpServer, api: ApiClient, tmp_path: Path) -> None:
    size = 24 * MEGABYTE

    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(size)})
        await response.prepare(request)
        for _ in range(size // MEGABYTE):
            await response.write(b"x" * MEGABYTE)
        return response

    server.answers[f"GET {FILE}"] = give
    tracemalloc.start()
    try:
        await api.download(FILE, tmp_path / "target", at_most=size)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "target").stat().st_size == size
    assert peak < size / 2


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("9" * 5_000, None), ("999999", 3_600.0), ("-1", None), ("\u0667", None)]
)
async def test_retry_after_is_a_sensible_number_or_none(
    server: HttpServer, api: ApiClient, header: str, wait_s: float | None
) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        body = {"error": {"code": "rate_limited", "message": "no"}}
        return web.json_response(body, status=429, headers={"Retry-After": header})

    server.answers["GET /api/v1/users/me"] = refuse
    with pytest.raises(ServerBusy) as busy:
        await api.account.me()
    assert busy.value.retry_after_s == wait_s


@pytest.mark.parametrize(("said_ms", "wait_s"), [(2_500, 2.5), (2**53 - 1, 3_600.0), (-5, 0.0)])
async def test_nobody_waits_longer_than_an_hour(
    server: HttpServer, api: ApiClient, said_ms: int, wait_s: float
) -> None:
    body = {"error": {"code": "rate_limited", "message": "no", "retryAfterMs": said_ms}}
    server.answers["GET /api/v1/users/me"] = says(body, status=429)
    with pytest.raises(ServerBusy) as busy:
        await api.account.me()
    assert busy.value.retry_after_s == wait_s


def picture(*, thumbnail: bool, size: int) -> Attachment:
    return Attachment(
        id=uid("picture"),
        name="a.png",
        media_type="image/png",
        size=size,
        url=FILE,
        thumbnail_url=f"{FILE}/thumbnail" if thumbnail else None,
    )


@pytest.mark.parametrize(
    ("attachment", "asked"),
    [
        (picture(thumbnail=True, size=10**9), (f"{FILE}/thumbnail", PICTURE_BYTES)),
        (picture(thumbnail=False, size=5_000), (FILE, 5_000)),
        (picture(thumbnail=False, size=10**12), (FILE, PICTURE_BYTES)),
    ],
)
async def test_the_timeline_fetches_no_more_than_a_picture_may_have(
    tmp_path: Path, attachment: Attachment, asked: tuple[str, int]
) -> None:
    seen: list[tuple[str, int]] = []
    told: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()

    class Downloads:
        async def download(self, url: str, target: Path, *, at_most: int) -> None:
            seen.append((url, at_most))
            raise TooMuch

    pictures = SessionPictures(tmp_path, Downloads())
    pictures.fetch(attachment, told.set_result)
    assert await told is None
    assert seen == [asked]
    await pictures.close()
