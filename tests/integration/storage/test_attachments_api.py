"""Uploads, downloads and pictures over HTTP, with real pictures and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from PIL import Image

from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.objects import Attachment
from chinwag_server.api import attachments as api
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.api.errors import EXCEPTION_HANDLERS
from chinwag_server.domain.errors import Invalid, NotFound, TooLarge
from chinwag_server.domain.records import Principal
from chinwag_server.services.attachments import DOWNLOADS_AT_ONCE, UPLOADS_AT_ONCE, Attachments
from chinwag_server.services.uploads import UploadFolder
from chinwag_server.storage.attachments import AttachmentRepository
from chinwag_server.storage.blobs import BlobStore
from chinwag_server.storage.images import ImageProcessor
from chinwag_server.storage.message_rows import MessageExtra, encode_extra

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

LIMITS = Limits(upload_bytes=300_000, image_pixels=1_000_000)


def principal(user_id: UUID) -> Principal:
    return Principal(user_id=user_id, session_id=new_id(), role="member", expires_at=datetime.now(UTC), address="")


@pytest.fixture
async def attachments(database: Any, tmp_path: Path) -> AsyncIterator[Attachments]:
    made = Attachments(
        AttachmentRepository(database),
        blobs=BlobStore.open(tmp_path / "blobs"),
        images=ImageProcessor(max_pixels=LIMITS.image_pixels),
        folder=UploadFolder(tmp_path / "uploads"),
        limits=LIMITS,
    )
    await made.start()
    yield made
    await made.close()
    assert list((tmp_path / "uploads").iterdir()) == []


class Http:
    """The routes with a guard that believes the header `x-user`."""

    def __init__(self, attachments: Attachments) -> None:
        def guard(connection: Any, _: Any) -> None:
            connection.scope["user"] = principal(uuid.UUID(connection.headers["x-user"]))

        self.app = Litestar(
            [Router("/api/v1", route_handlers=api.ROUTES)],
            request_class=ChatRequest,
            dependencies={"attachments": Provide(lambda: attachments, sync_to_thread=False)},
            guards=[guard],
            exception_handlers=EXCEPTION_HANDLERS,
            request_max_body_size=100_000,
            openapi_config=None,
            logging_config=None,
        )
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test")

    async def upload(
        self, user: UUID, content: bytes, name: str = "a.bin", *, key: str | None = None, **fields: Any
    ) -> Any:
        headers = {"x-user": str(user)} | ({"idempotency-key": key} if key else {})
        return await self.client.post(
            "/api/v1/attachments", files={"file": (name, content)}, data=fields, headers=headers
        )

    async def get(self, user: UUID, url: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        return await self.client.request(
            method,
            url,
            headers={"x-user": str(user)} | {name.replace("_", "-"): value for name, value in headers.items()},
        )


@pytest.fixture
async def http(attachments: Attachments) -> AsyncIterator[Http]:
    made = Http(attachments)
    yield made
    await made.client.aclose()


def picture(kind: str = "JPEG", size: tuple[int, int] = (900, 600), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def decode(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


# ------------------------------------------------------------------------------------------------ uploading


async def test_a_file_comes_back_as_it_was(world: Any, http: Http) -> None:
    ann = await world.user()
    content = bytes(range(256)) * 1000
    answer = await http.upload(ann, content, "../etc/pass\u202ewd.bin")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["mediaType"], made["size"]) == ("passwd.bin", "application/octet-stream", 256_000)
    assert made["url"] == f"/api/v1/attachments/{made['id']}"
    assert "thumbnailUrl" not in made
    got = await http.get(ann, made["url"])
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-length"] == "256000"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["content-disposition"] == "attachment; filename=\"passwd.bin\"; filename*=UTF-8''passwd.bin"


async def test_a_picture_is_written_anew_upright_and_without_where_it_was_taken(world: Any, http: Http) -> None:
    ann = await world.user()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[1] = "N"
    content = picture(exif=exif, comment=b"SECRET comment")
    assert b"SECRET" in content
    made = (await http.upload(ann, content, "me.jpg")).json()
    assert (made["mediaType"], made["width"], made["height"]) == ("image/jpeg", 600, 900)
    got = await http.get(ann, made["url"])
    assert got.headers["content-disposition"].startswith("inline;")
    assert len(got.content) == made["size"]
    assert b"SECRET" not in got.content
    image = decode(got.content)
    assert (image.size, dict(image.getexif()), image.info.get("comment")) == ((600, 900), {}, None)
    thumbnail = await http.get(ann, made["thumbnailUrl"])
    assert thumbnail.headers["content-type"] == "image/webp"
    assert decode(thumbnail.content).size == (453, 680)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
async def test_other_formats_stay_what_they_are(world: Any, http: Http, kind: str) -> None:
    ann = await world.user()
    image = Image.new("RGBA", (40, 30), (200, 0, 0, 0))
    out = io.BytesIO()
    image.save(out, kind, **({"exif": b"Exif\0\0SECRET", "xmp": b"SECRET"} if kind == "WEBP" else {}))
    made = (await http.upload(ann, out.getvalue(), "lies.txt")).json()
    assert (made["name"], made["mediaType"]) == ("lies.txt", f"image/{kind.lower()}")
    got = await http.get(ann, made["url"])
    assert b"SECRET" not in got.content
    again = decode(got.content)
    assert (again.format, again.convert("RGBA").getpixel((5, 5))[3]) == (kind, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
async def test_an_animation_keeps_moving(world: Any, http: Http, kind: str) -> None:
    ann = await world.user()
    frames = [Image.new("RGB", (64, 48), (80 * i, 255 - 80 * i, 128)) for i in range(3)]
    out = io.BytesIO()
    more = {"comment": b"SECRET"} if kind == "GIF" else {"exif": b"Exif\0\0SECRET"}
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0, **more)
    made = (await http.upload(ann, out.getvalue())).json()
    got = await http.get(ann, made["url"])
    image = decode(got.content)
    durations = []
    for frame in range(image.n_frames):
        image.seek(frame)
        image.load()
        durations.append(image.info["duration"])
    assert (durations, image.info["loop"]) == ([100, 200, 300], 0)
    assert b"SECRET" not in got.content
    assert decode((await http.get(ann, made["thumbnailUrl"])).content).n_frames == 1


async def test_too_many_pixels_and_broken_pictures_are_refused(world: Any, http: Http, tmp_path: Path) -> None:
    ann = await world.user()
    answer = await http.upload(ann, picture("PNG", (1001, 1000)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    for broken in (picture()[:2000], b"\x89PNG\r\n\x1a\n" + b"junk" * 100):
        answer = await http.upload(ann, broken)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "file")
    assert await world.database.fetchval("SELECT count(*) FROM attachments") == 0
    assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


async def test_a_decompression_bomb_ends_its_own_process_only(world: Any, http: Http) -> None:
    ann = await world.user()
    frames = [Image.new("P", (900, 900), i) for i in range(60)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    answer = await http.upload(ann, out.getvalue())
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_the_limit_of_bytes(world: Any, http: Http) -> None:
    ann = await world.user()
    assert (await http.upload(ann, b"x" * 300_000)).status_code == 201
    answer = await http.upload(ann, b"x" * 300_001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_voice_has_duration_and_waveform(world: Any, http: Http) -> None:
    ann = await world.user()
    ogg = b"OggS\0\x02" + b"\0" * 22 + b"OpusHead" + b"\0" * 50
    waveform = list(range(64))
    made = (await http.upload(ann, ogg, "voice.ogg", durationMs="2500", waveform=json.dumps(waveform))).json()
    assert (made["mediaType"], made["durationMs"], made["waveform"]) == ("audio/ogg", 2500, waveform)
    stored = await AttachmentRepository(world.database).find_uploads(ann, [made["id"]])
    assert stored[0].waveform == tuple(waveform)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"durationMs": "-1"}, "durationMs"),
        ({"durationMs": "soon"}, "durationMs"),
        ({"durationMs": str(2**31)}, "durationMs"),
        ({"waveform": "[1]"}, "waveform"),
        ({"waveform": json.dumps([101] * 64)}, "waveform"),
        ({"waveform": "{}"}, "waveform"),
        ({"waveform": "[" * 500}, "waveform"),
        ({"waveform": "1" * 5000}, "waveform"),
    ],
)
async def test_bad_fields_are_invalid(world: Any, http: Http, fields: dict[str, str], field: str) -> None:
    answer = await http.upload(await world.user(), b"x", **fields)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"].get("field")) == (
        400,
        "invalid",
        field,
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (
            b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\ncut of",
            "multipart/form-data; boundary=x",
        ),
        (b"junk", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"x", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_bad_bodies_are_invalid(world: Any, http: Http, content: bytes, kind: str) -> None:
    headers = {"x-user": str(await world.user()), "content-type": kind}
    answer = await http.client.post("/api/v1/attachments", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


async def test_a_client_that_goes_away_leaves_nothing(world: Any, http: Http) -> None:
    """The fixture looks whether the upload folder is empty."""
    head = b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n" + b"y" * 100_000
    events = iter([{"type": "http.request", "body": head, "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/api/v1/attachments",
        "raw_path": b"/api/v1/attachments", "query_string": b"", "root_path": "", "scheme": "http", "server": ("test", 80),
        "client": ("test", 1),
        "headers": [(b"x-user", str(await world.user()).encode()), (b"content-type", b"multipart/form-data; boundary=x")],
    }  # fmt: skip

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(event)

    await http.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert await world.database.fetchval("SELECT count(*) FROM attachments") == 0


async def test_the_same_upload_under_one_key_is_one_attachment(world: Any, http: Http, tmp_path: Path) -> None:
    ann, bob = await world.users(2)
    first = await http.upload(ann, picture(), key="k")
    again = await http.upload(ann, picture(), key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    other = await http.upload(ann, b"another", key="k")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")
    assert (await http.upload(bob, b"another", key="k")).status_code == 201
    assert await world.database.fetchval("SELECT count(*) FROM attachments") == 2
    assert len([path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]) == 3
    assert (await http.upload(ann, b"x", key="k" * 256)).status_code == 400


# ------------------------------------------------------------------------------------------------ reading


async def send(world: Any, conversation: UUID, sender: UUID, made: dict[str, Any]) -> Any:
    held = Attachment(id=made["id"], name="a", media_type="text/plain", size=1, url="/")
    return await world.say(conversation, sender, "", extra=encode_extra(MessageExtra(attachments=(held,))))


async def test_who_may_read(world: Any, http: Http) -> None:
    ann, bob, eve, dan = await world.users(4)
    group = await world.group([ann, bob], history="joined")
    made = (await http.upload(ann, b"secret", "s.txt")).json()
    assert [(await http.get(user, made["url"])).status_code for user in (ann, bob, eve)] == [200, 404, 404]
    await send(world, group, ann, made)
    await world.join(group, dan, actor=ann)
    assert [(await http.get(user, made["url"])).status_code for user in (ann, bob, eve, dan)] == [200, 200, 404, 404]
    await world.database.execute("UPDATE conversations SET history = 'all'")
    assert (await http.get(dan, made["url"])).status_code == 200
    await world.remove(group, bob, actor=ann)
    gone, invented = await http.get(bob, made["url"]), await http.get(bob, f"/api/v1/attachments/{new_id()}")
    assert (gone.status_code, gone.json()) == (404, invented.json())


async def test_a_deleted_messages_file_is_gone_unless_another_holds_it(
    world: Any, http: Http, attachments: Attachments
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    made = (await http.upload(ann, b"text")).json()
    await send(world, group, ann, made)
    await send(world, group, ann, made)
    ids = [row["id"] for row in await world.database.fetch("SELECT id FROM messages ORDER BY seq")]
    await world.database.execute("SELECT forget_attachments($1)", ids[0])
    assert [(await http.get(user, made["url"])).status_code for user in (ann, bob)] == [200, 200]
    await world.database.execute("SELECT forget_attachments($1)", ids[1])
    assert [(await http.get(user, made["url"])).status_code for user in (ann, bob)] == [404, 404]
    assert await AttachmentRepository(world.database).find_uploads(ann, [made["id"]]) == []


@pytest.mark.parametrize(
    ("range_", "expected", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-100", b"56789", "bytes 5-9/10"),
        ("bytes=-100", b"0123456789", "bytes 0-9/10"),
    ],
)
async def test_a_single_range(world: Any, http: Http, range_: str, expected: bytes, content_range: str) -> None:
    ann = await world.user()
    url = (await http.upload(ann, b"0123456789")).json()["url"]
    got = await http.get(ann, url, range=range_)
    assert (got.status_code, got.content, got.headers["content-range"]) == (206, expected, content_range)
    assert got.headers["content-length"] == str(len(expected))


@pytest.mark.parametrize("range_", ["bytes=0-1,3-4", "bytes=-", "bytes=5-3", "lines=1-2", "bytes=x"])
async def test_other_ranges_are_ignored(world: Any, http: Http, range_: str) -> None:
    ann = await world.user()
    url = (await http.upload(ann, b"0123456789")).json()["url"]
    assert (await http.get(ann, url, range=range_)).status_code == 200


async def test_a_range_behind_the_end(world: Any, http: Http) -> None:
    ann = await world.user()
    url = (await http.upload(ann, b"0123456789")).json()["url"]
    for range_ in ("bytes=10-", "bytes=-0"):
        got = await http.get(ann, url, range=range_)
        assert (got.status_code, got.headers["content-range"], got.json()["error"]["code"]) == (
            416,
            "bytes */10",
            "invalid",
        )


async def test_conditions(world: Any, http: Http) -> None:
    ann = await world.user()
    url = (await http.upload(ann, b"0123456789")).json()["url"]
    etag = (await http.get(ann, url)).headers["etag"]
    assert etag[0] == '"'
    for condition in (etag, f'"other", W/{etag}', "*"):
        got = await http.get(ann, url, if_none_match=condition)
        assert (got.status_code, got.content, got.headers["etag"]) == (304, b"", etag)
    assert (await http.get(ann, url, if_none_match='"other"')).status_code == 200
    assert (await http.get(ann, url, range="bytes=0-0", if_range=etag)).status_code == 206
    assert (await http.get(ann, url, range="bytes=0-0", if_range='"other"')).status_code == 200


async def test_head_tells_what_get_would(world: Any, http: Http) -> None:
    ann = await world.user()
    url = (await http.upload(ann, b"0123456789")).json()["url"]
    got, head = await http.get(ann, url), await http.get(ann, url, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)
    part = await http.get(ann, url, method="HEAD", range="bytes=2-4")
    assert (part.status_code, part.headers["content-length"], part.headers["content-range"]) == (
        206,
        "3",
        "bytes 2-4/10",
    )


async def test_a_missing_blob_is_not_found_and_logged(world: Any, http: Http, tmp_path: Path, expect_log: Any) -> None:
    ann = await world.user()
    url = (await http.upload(ann, b"0123456789")).json()["url"]
    for path in (tmp_path / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    expect_log("a blob is missing")
    assert (await http.get(ann, url)).status_code == 404


async def test_a_name_that_no_old_reader_knows(world: Any, http: Http) -> None:
    ann = await world.user()
    url = (await http.upload(ann, b"x", 'Grüße "1".txt')).json()["url"]
    got = (await http.get(ann, url)).headers["content-disposition"]
    assert got == "attachment; filename=\"Gr__e _1_.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt"


# ------------------------------------------------------------------------------------------------ avatars, collecting


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def test_an_avatar_is_a_square_that_everybody_signed_in_may_see(
    world: Any, http: Http, attachments: Attachments
) -> None:
    ann, bob = await world.users(2)
    avatar = await attachments.store_avatar(principal(ann), chunks(picture(comment=b"SECRET")))
    got = await http.get(bob, f"/api/v1/avatars/{avatar}")
    assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
    assert decode(got.content).size == (512, 512)
    assert (await http.get(bob, f"/api/v1/avatars/{new_id()}")).status_code == 404
    with pytest.raises(NotFound):
        await attachments.open(principal(ann), avatar)


async def test_what_is_no_picture_is_no_avatar(world: Any, attachments: Attachments) -> None:
    ann = await world.user()
    for content in (b"", b"text", b"%PDF-1.7", picture()[:100]):
        with pytest.raises(Invalid):
            await attachments.store_avatar(principal(ann), chunks(content))
    with pytest.raises(TooLarge):
        await attachments.store_avatar(principal(ann), chunks(b"x" * 300_001))


async def test_what_nobody_holds_is_collected(world: Any, http: Http, attachments: Attachments, tmp_path: Path) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    sent = (await http.upload(ann, b"sent")).json()
    await send(world, group, ann, sent)
    unsent = (await http.upload(ann, picture())).json()
    used = await attachments.store_avatar(principal(ann), chunks(picture()))
    await world.database.execute("UPDATE users SET avatar = $1 WHERE id = $2", used, ann)
    await attachments.store_avatar(principal(ann), chunks(picture()))
    (tmp_path / "blobs" / "cut-off").write_bytes(b"a crash between blob and row")
    assert await attachments.collect() == 0
    attachments._now = lambda: datetime.now(UTC) + timedelta(hours=1)
    assert await attachments.collect(age=timedelta(0)) == 4
    assert (await http.get(ann, sent["url"])).content == b"sent"
    assert (await http.get(ann, unsent["url"])).status_code == 404
    assert (await http.get(ann, f"/api/v1/avatars/{used}")).status_code == 200
    assert len([path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]) == 2


# ------------------------------------------------------------------------------------------------ how much, how many


def stored_files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


async def test_so_much_may_lie_unsent_and_no_more(
    world: Any, http: Http, attachments: Attachments, tmp_path: Path
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    attachments._limits = msgspec.structs.replace(LIMITS, unsent_bytes=500_000)
    first = (await http.upload(ann, b"x" * 300_000)).json()
    refused = await http.upload(ann, b"x" * 300_000)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")
    assert len(stored_files(tmp_path)) == 1
    assert (await http.upload(bob, b"x" * 300_000)).status_code == 201, "others have room of their own"
    await send(world, group, ann, first)
    assert (await http.upload(ann, b"x" * 300_000)).status_code == 201, "what was sent does not count"
    attachments._now = lambda: datetime.now(UTC) + timedelta(hours=1)
    await attachments.collect(age=timedelta(0))
    assert (await http.upload(ann, b"x" * 300_000)).status_code == 201, "what was collected does not either"


async def test_uploads_at_the_same_time_do_not_get_past_it(world: Any, http: Http, attachments: Attachments) -> None:
    ann = await world.user()
    attachments._limits = msgspec.structs.replace(LIMITS, unsent_bytes=500_000)
    answers = await asyncio.gather(*(http.upload(ann, b"x" * 200_000) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [413] * 6


async def test_pictures_nobody_wears_count_too(world: Any, attachments: Attachments) -> None:
    ann = await world.user()
    attachments._limits = msgspec.structs.replace(LIMITS, unsent_bytes=10)
    worn = await attachments.store_avatar(principal(ann), chunks(picture()))
    with pytest.raises(TooLarge):
        await attachments.store_avatar(principal(ann), chunks(picture()))
    await world.database.execute("UPDATE users SET avatar = $1 WHERE id = $2", worn, ann)
    await attachments.store_avatar(principal(ann), chunks(picture()))


async def test_so_many_at_once_of_each_person(world: Any, http: Http, attachments: Attachments) -> None:
    ann, bob = await world.users(2)
    url = (await http.upload(ann, b"0123456789")).json()["url"]
    file = await attachments.open(principal(ann), new_id_of(url))
    async with contextlib.AsyncExitStack() as held:
        for _ in range(DOWNLOADS_AT_ONCE):
            await held.enter_async_context(attachments.stream(principal(ann), file, start=0, end=10))
        for _ in range(UPLOADS_AT_ONCE):
            await held.enter_async_context(attachments.spool(principal(ann)))
        for refused in (await http.get(ann, url), await http.upload(ann, b"x")):
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
            assert refused.headers["retry-after"] == "1"
        assert (await http.upload(bob, b"x")).status_code == 201
    assert (await http.get(ann, url)).content == b"0123456789"
    assert (await http.upload(ann, b"x")).status_code == 201
    assert not attachments._downloads._held


def new_id_of(url: str) -> UUID:
    return uuid.UUID(url.rsplit("/", 1)[1])


# ------------------------------------------------------------------------------------------------ a full disk


async def test_a_full_disk_is_unavailable_and_leaves_nothing(
    world: Any, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: Any
) -> None:
    """`/dev/full` takes the bytes, as a disk would that has no room for them. The fixture looks at the upload folder."""
    expect_log("the disk is full")
    ann = await world.user()
    opened = Path.open

    def on_a_full_disk(path: Path, *how: Any, **more: Any) -> Any:
        return opened(Path("/dev/full") if path.name == "source" and how == ("wb",) else path, *how, **more)

    with monkeypatch.context() as full:
        full.setattr(Path, "open", on_a_full_disk)
        answer = await http.upload(ann, b"x" * 200_000)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "5"
    assert await world.database.fetchval("SELECT count(*) FROM attachments") == 0
    assert stored_files(tmp_path) == []
    assert (await http.upload(ann, b"x" * 200_000)).status_code == 201


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
async def test_no_room_for_the_folder_of_an_upload(
    world: Any, http: Http, monkeypatch: pytest.MonkeyPatch, expect_log: Any, error: int
) -> None:
    expect_log("the disk is full")
    ann = await world.user()

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(error, "no room")

    with monkeypatch.context() as full:
        full.setattr(Path, "mkdir", refuse)
        answer = await http.upload(ann, b"x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")


async def test_no_room_for_a_picture_written_anew(
    world: Any, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: Any
) -> None:
    """The process that writes it finds `/dev/full` in its way."""
    expect_log("the disk is full")
    ann = await world.user()
    work = ImageProcessor._work

    async def on_a_full_disk(arguments: list[str]) -> Any:
        os.symlink("/dev/full", arguments[1])
        return await work(arguments)

    monkeypatch.setattr(ImageProcessor, "_work", staticmethod(on_a_full_disk))
    answer = await http.upload(ann, picture("PNG"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert stored_files(tmp_path) == []


# ------------------------------------------------------------------------------------------------ pictures in their turn


async def test_whoever_has_many_pictures_keeps_nobody_waiting(
    world: Any, http: Http, monkeypatch: pytest.MonkeyPatch, eventually: Any
) -> None:
    ann, bob = await world.users(2)
    slow, work, going = asyncio.Event(), ImageProcessor._work, list[str]()

    async def slowly(arguments: list[str]) -> Any:
        going.append(arguments[0])
        if len(going) == 1:
            await slow.wait()
        return await work(arguments)

    monkeypatch.setattr(ImageProcessor, "_work", staticmethod(slowly))
    async with asyncio.TaskGroup() as group:
        many = [group.create_task(http.upload(ann, picture())) for _ in range(3)]
        await eventually(lambda: going)
        assert (await http.upload(bob, picture())).status_code == 201
        assert len(going) == 2, "the others of ann wait for her first"
        slow.set()
    assert [task.result().status_code for task in many] == [201] * 3


async def test_a_webp_of_nearly_fifty_megapixels(world: Any, http: Http, attachments: Attachments) -> None:
    """At the quality of small ones it would outgrow what the format can hold."""
    ann = await world.user()
    attachments._limits = msgspec.structs.replace(LIMITS, upload_bytes=100_000_000)
    attachments._images = ImageProcessor(max_pixels=50_000_000)
    out = io.BytesIO()
    noise = Image.effect_noise((1750, 1750), 60).convert("RGB").resize((7000, 7000), Image.Resampling.BICUBIC)
    noise.save(out, "WEBP", quality=60, method=0)
    answer = await http.upload(ann, out.getvalue())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["mediaType"], made["width"], made["height"]) == ("image/webp", 7000, 7000)
    assert decode((await http.get(ann, made["thumbnailUrl"])).content).size == (680, 680)
