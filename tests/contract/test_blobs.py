"""One suite for both kinds of blob store: a folder, and an object store that speaks enough of S3."""

from __future__ import annotations

import threading
import urllib.parse
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from chinwag_server.domain.errors import NotFound, Unavailable
from chinwag_server.storage.blobs import BlobStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Bucket(BaseHTTPRequestHandler):
    """Objects of one bucket, in memory, a connection each. Signatures are not looked at."""

    objects: dict[str, bytes]

    def do_PUT(self) -> None:
        self.objects[self._key()] = self.rfile.read(int(self.headers["content-length"]))
        self._answer(200, b"", {"etag": '"1"'})

    def do_GET(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        if "list-type" in parts.query:
            prefix = urllib.parse.parse_qs(parts.query)["prefix"][0]
            rows = "".join(
                f"<Contents><Key>{key}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified><ETag>1</ETag><Size>{len(data)}</Size></Contents>"
                for key, data in sorted(self.objects.items())
                if key.startswith(prefix)
            )
            self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode())
        elif (data := self.objects.get(self._key())) is None:
            self._answer(404, b"")
        elif "range" in self.headers:
            first, last = map(int, self.headers["range"].removeprefix("bytes=").split("-"))
            part = data[first : last + 1]
            self._answer(206, part, {"content-range": f"bytes {first}-{first + len(part) - 1}/{len(data)}"})
        else:
            self._answer(200, data)

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        self.objects.pop(self._key(), None)
        self._answer(204, b"")

    def do_POST(self) -> None:
        """The only POST is DeleteObjects."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        keys = [part.partition("</Key>")[0] for part in body.split("<Key>")[1:]]
        for key in keys:
            self.objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _key(self) -> str:
        return urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).removeprefix("/bucket/")

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "content-length": str(len(body)),
            "last-modified": "Wed, 01 Jan 2020 00:00:00 GMT",
            "etag": '"1"',
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


OPTIONS = "region=eu-west-1&access_key_id=a&secret_access_key=b&allow_http=true"


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    if request.param == "folder":
        yield BlobStore.open(tmp_path / "blobs")
        return
    handler = type("OneBucket", (Bucket,), {"objects": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield BlobStore.open(f"s3://bucket/here?endpoint=http://127.0.0.1:{server.server_port}&{OPTIONS}")
    server.shutdown()
    server.socket.close()
    thread.join()


async def read(blobs: BlobStore, key: str, start: int, end: int) -> bytes:
    return b"".join([chunk async for chunk in await blobs.stream(key, start=start, end=end)])


async def test_what_was_put_is_streamed_sized_listed_and_deleted(blobs: BlobStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 4000)
    await blobs.put_file("ab/cd", source)
    assert await blobs.size("ab/cd") == 1_024_000
    assert await read(blobs, "ab/cd", 0, 1_024_000) == source.read_bytes()
    assert await read(blobs, "ab/cd", 255, 258) == b"\xff\x00\x01"
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert [keys async for keys in blobs.list_older(later)] == [["ab/cd"]]
    assert [keys async for keys in blobs.list_older(datetime(2019, 1, 1, tzinfo=UTC))] in ([], [[]])
    await blobs.delete("ab/cd")
    await blobs.delete("ab/cd")
    with pytest.raises(NotFound):
        await blobs.size("ab/cd")


async def test_a_missing_blob_is_not_found(blobs: BlobStore, expect_log: Any) -> None:
    expect_log("a blob is missing: no/such")
    with pytest.raises(NotFound):
        await blobs.stream("no/such", start=0, end=1)


async def test_a_store_that_is_away_is_unavailable(tmp_path: Path, expect_log: Any) -> None:
    expect_log("the blob store fails")
    source = tmp_path / "source"
    source.write_bytes(b"x")
    with pytest.raises(Unavailable):
        await BlobStore.open(f"s3://bucket?endpoint=http://127.0.0.1:9&{OPTIONS}").put_file("k", source)


@pytest.mark.parametrize(
    "place", ["ftp://host/path", "s3:///path", "s3://bucket?secret_acess_key=hunter2", "gs://bucket"]
)
def test_a_place_that_is_none_is_refused_without_its_secrets(place: str) -> None:
    with pytest.raises(ValueError, match=r"must be a folder|knows no") as refused:
        BlobStore.open(place)
    assert "hunter2" not in str(refused.value)


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    BlobStore.open(f"file://{tmp_path}/with%20space/blobs")
    assert (tmp_path / "with space" / "blobs").stat().st_mode & 0o777 == 0o700
