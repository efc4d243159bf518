"""`/attachments` and `GET /avatars/{id}`: uploading, and serving what the caller may read."""

from typing import Final
from uuid import UUID

from litestar import post, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from chinwag_protocol.objects import Attachment
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.api.files import serve_file
from chinwag_server.api.forms import read_upload
from chinwag_server.services.attachments import Attachments, StoredFile

READ: Final = [HttpMethod.GET, HttpMethod.HEAD]
AUTHORISED: Final = "private, no-cache"
"""A copy may be kept, and is asked about each time: who may read it can change."""
IMMUTABLE: Final = "private, max-age=604800, immutable"


@post("/attachments", status_code=201, request_max_body_size=None)
async def upload_attachment(request: ChatRequest, attachments: NamedDependency[Attachments]) -> Attachment:
    """Upload a file; it comes as multipart, and is written to disk as it comes."""
    async with attachments.spool(request.user) as spool:
        form = await read_upload(request, spool)
        return await attachments.upload(
            request.user,
            spool,
            name=form.name,
            duration_ms=form.duration_ms,
            waveform=form.waveform,
            key=request.headers.get("idempotency-key"),
        )


@route("/attachments/{attachment_id:uuid}", http_method=READ)
async def read_attachment(
    request: ChatRequest, attachment_id: FromPath[UUID], attachments: NamedDependency[Attachments]
) -> ASGIResponse:
    """The file."""
    return await _serve(request, attachments, await attachments.open(request.user, attachment_id), AUTHORISED)


@route("/attachments/{attachment_id:uuid}/thumbnail", http_method=READ)
async def read_thumbnail(
    request: ChatRequest, attachment_id: FromPath[UUID], attachments: NamedDependency[Attachments]
) -> ASGIResponse:
    """Its thumbnail."""
    file = await attachments.open(request.user, attachment_id, thumbnail=True)
    return await _serve(request, attachments, file, AUTHORISED)


@route("/avatars/{avatar_id:uuid}", http_method=READ)
async def read_avatar(
    request: ChatRequest, avatar_id: FromPath[UUID], attachments: NamedDependency[Attachments]
) -> ASGIResponse:
    """A picture of a person or group."""
    return await _serve(request, attachments, await attachments.open_avatar(avatar_id), IMMUTABLE)


async def _serve(request: ChatRequest, attachments: Attachments, file: StoredFile, cache: str) -> ASGIResponse:
    return await serve_file(
        request, file, lambda start, end: attachments.stream(request.user, file, start=start, end=end), cache=cache
    )


ROUTES: Final[list[HTTPRouteHandler]] = [upload_attachment, read_attachment, read_thumbnail, read_avatar]
