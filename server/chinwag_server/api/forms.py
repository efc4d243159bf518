"""Bodies that are no JSON: a multipart upload, a picture. They are read as they come and never held in memory."""

from collections.abc import AsyncGenerator
from typing import Any, Final, cast

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException
from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,  # pyright: ignore[reportUnknownVariableType] - it has no annotations
)

from chinwag_protocol.decode import decode_json
from chinwag_protocol.limits import DURATION_MS_MAX
from chinwag_protocol.query import parse_integer
from chinwag_server.domain.errors import Invalid
from chinwag_server.services.uploads import Spool

MAX_FIELD: Final = 4096
MAX_SEGMENTS: Final = 16

AnyRequest = Request[Any, Any, Any]


class UploadForm(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of an upload beside its bytes."""

    name: str
    duration_ms: int | None
    waveform: tuple[int, ...] | None


async def body_chunks(request: AnyRequest) -> AsyncGenerator[bytes]:
    """The body as it comes. Raises Invalid when the client went away before its end."""
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except InternalServerException:
        raise Invalid("the body was cut off") from None


async def read_upload(request: AnyRequest, spool: Spool) -> UploadForm:
    """Read `multipart/form-data`: the one part `file` into *spool*, the fields `durationMs` and `waveform` beside it.

    Raises Invalid, TooLarge.
    """
    kind, options = cast("tuple[str, dict[str, str]]", parse_options_header(request.headers.get("content-type", "")))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise Invalid("multipart/form-data is needed")
    parser = PushMultipartParser(options["boundary"], max_segment_count=MAX_SEGMENTS)
    form = _Form(spool)
    try:
        with parser:
            async for chunk in body_chunks(request):
                for event in parser.parse(chunk):
                    await form.take(event)
    except (MultipartError, ValueError) as error:
        raise Invalid("the multipart body cannot be read") from error
    if form.name is None:
        raise Invalid("the file is missing", field="file")
    await spool.finish()
    return UploadForm(name=form.name, duration_ms=form.duration_ms(), waveform=form.waveform())


class _Form:
    """Follows the events of the parser."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._part: str | None = None
        self._fields: dict[str, bytearray] = {}
        self.name: str | None = None

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is not None and self._part == "file":
            await self._spool.write(bytes(event))
        elif event is not None and self._part in self._fields:
            field = self._fields[self._part]
            field += event
            if len(field) > MAX_FIELD:
                raise Invalid("too long", field=self._part)

    def _begin(self, segment: MultipartSegment) -> None:
        self._part = segment.name
        if self._part == "file":
            if self.name is not None:
                raise Invalid("more than one file", field="file")
            self.name = segment.filename or ""
        elif self._part in ("durationMs", "waveform"):
            self._fields[self._part] = bytearray()

    def duration_ms(self) -> int | None:
        text = self._text("durationMs")
        return None if text is None else parse_integer(text, field="durationMs", maximum=DURATION_MS_MAX)

    def waveform(self) -> tuple[int, ...] | None:
        text = self._text("waveform")
        if text is None:
            return None
        try:
            return decode_json(text, tuple[int, ...])
        except ValueError:
            raise Invalid("not a JSON array of integers", field="waveform") from None

    def _text(self, field: str) -> str | None:
        try:
            return bytes(self._fields.get(field, b"")).decode().strip() or None
        except UnicodeDecodeError:
            raise Invalid("not UTF-8", field=field) from None
