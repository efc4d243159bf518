"""Serves a stored file: conditional requests, one range, HEAD, and headers that keep a browser from running it."""

import re
import urllib.parse
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.response.base import ASGIResponse
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Receive, Scope, Send

from chinwag_protocol.errors import ErrorBody, ErrorCode, ErrorEnvelope
from chinwag_server.services.attachments import StoredFile

INLINE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show by itself; everything else it may only save."""

Opened = AbstractAsyncContextManager[AsyncIterator[bytes]]
OpenStream = Callable[[int, int], Opened]
AnyRequest = Request[Any, Any, Any]

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNSAFE: Final = re.compile(r"[^\w .()\[\]+-]", re.ASCII)


async def serve_file(request: AnyRequest, file: StoredFile, open_stream: OpenStream, *, cache: str) -> ASGIResponse:
    """Answer GET or HEAD with *file*: 200, 206 for a range, 304, 416. *open_stream* takes start and exclusive end."""
    headers = {
        "etag": f'"{file.etag}"',
        "accept-ranges": "bytes",
        "cache-control": cache,
        "content-disposition": _disposition(file),
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    if _matches(request.headers.get("if-none-match"), file.etag):
        return ASGIResponse(status_code=304, headers=headers)
    start, end, status = 0, file.size, 200
    wanted = _wanted_range(request, file)
    if wanted is not None:
        if wanted[0] >= wanted[1]:
            return _not_satisfiable(file)
        start, end = wanted
        status = 206
        headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["content-length"] = str(end - start)
    headers["content-type"] = _content_type(file.media_type)
    if request.method == "HEAD" or start == end:
        return ASGIResponse(status_code=status, headers=headers, is_head_response=True)
    return _FileResponse(open_stream(start, end), status_code=status, headers=headers)


class _FileResponse(ASGIStreamingResponse):
    """Opens a file when it is sent, and lets go of it at the end, whoever brought that about."""

    def __init__(self, opened: Opened, *, status_code: int, headers: dict[str, Any]) -> None:
        super().__init__(iterator=(), status_code=status_code, headers=headers)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opened as self.iterator:
            await super().__call__(scope, receive, send)


def _wanted_range(request: AnyRequest, file: StoredFile) -> tuple[int, int] | None:
    """The range asked for, its end exclusive and within the file; None for all of it, also for several ranges at once."""
    found = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != f'"{file.etag}"':
        return None
    first, last = found[1], found[2]
    if not first:
        return max(0, file.size - int(last)), file.size
    if last and int(last) < int(first):
        return None
    return int(first), min(file.size, int(last) + 1) if last else file.size


def _not_satisfiable(file: StoredFile) -> ASGIResponse:
    error = ErrorEnvelope(
        error=ErrorBody(code=ErrorCode.INVALID, message="the range lies behind the end", field="Range")
    )
    return ASGIResponse(
        status_code=416, body=msgspec.json.encode(error), headers={"content-range": f"bytes */{file.size}"}
    )


def _matches(condition: str | None, etag: str) -> bool:
    """Tell whether an If-None-Match names the file; weak comparison, as RFC 9110 has it."""
    if condition is None:
        return False
    return condition.strip() == "*" or f'"{etag}"' in [part.strip().removeprefix("W/") for part in condition.split(",")]


def _disposition(file: StoredFile) -> str:
    """The name for old readers and, percent-encoded, for all others (RFC 6266)."""
    kind = "inline" if file.media_type in INLINE else "attachment"
    plain = _UNSAFE.sub("_", file.name)
    quoted = urllib.parse.quote(file.name, safe="")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quoted}"


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
