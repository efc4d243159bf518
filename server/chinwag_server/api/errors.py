"""Every failure of HTTP as the error object of the wire, with its status and headers. Nothing else leaves the server."""

import logging
import math
from http import HTTPStatus
from typing import Any, Final, cast

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from chinwag_protocol.errors import HTTP_STATUS, ErrorEnvelope, WireError
from chinwag_server.domain.errors import ChatError, Forbidden, Internal, Invalid, NotFound, TooLarge, Unauthorized

log = logging.getLogger(__name__)

REQUEST_ID: Final = "chinwag.request_id"
"""Where `request_log` leaves the id of a request in its scope."""

AnyRequest = Request[Any, Any, Any]

_GONE: Final = "client disconnected prematurely"
"""What Litestar calls an error of ours; nobody is left to hear the answer."""

_BY_STATUS: Final[dict[int, tuple[type[ChatError], str]]] = {
    HTTPStatus.UNAUTHORIZED: (Unauthorized, ""),
    HTTPStatus.FORBIDDEN: (Forbidden, ""),
    HTTPStatus.NOT_FOUND: (NotFound, ""),
    HTTPStatus.METHOD_NOT_ALLOWED: (Invalid, "this method is not allowed here"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (TooLarge, "the body is too large"),
}


def error_response(envelope: ErrorEnvelope, *, status: int | None = None) -> Response[ErrorEnvelope]:
    """The answer for an error object: its status, `WWW-Authenticate` and `Retry-After`."""
    error = envelope.error
    status = HTTP_STATUS[error.code] if status is None else status
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_ms is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_ms / 1_000)))
    return Response(envelope, status_code=status, headers=headers, media_type=MediaType.JSON)


def handle_chat_error(_: AnyRequest, error: ChatError) -> Response[ErrorEnvelope]:
    """A refusal of a service."""
    return error_response(error.body())


def handle_wire_error(_: AnyRequest, error: WireError) -> Response[ErrorEnvelope]:
    """Input that the protocol package refused."""
    return error_response(error.body())


def handle_http_error(request: AnyRequest, error: HTTPException) -> Response[ErrorEnvelope]:
    """What Litestar itself refuses: routes, methods, parameters, sizes."""
    if isinstance(error, ValidationException):
        return error_response(_invalid_parameter(error).body())
    if error.detail == _GONE:
        return error_response(Invalid("the body was cut off").body())
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return handle_exception(request, error)
    kind, message = _BY_STATUS.get(error.status_code, (Invalid, "the request cannot be read"))
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return error_response(kind(message).body())
    answer = error_response(kind(message).body(), status=HTTPStatus.METHOD_NOT_ALLOWED)
    answer.headers.update(error.headers or {})
    return answer


def handle_exception(request: AnyRequest, error: Exception) -> Response[ErrorEnvelope]:
    """A fault of ours: the trace goes to the log, the caller hears `internal` and under which id to look there."""
    trace = str(cast("dict[str, Any]", request.scope).get(REQUEST_ID, "?"))
    log.error("request %s failed", trace, exc_info=error)
    return error_response(Internal(f"internal error, trace {trace}").body())


def _invalid_parameter(error: ValidationException) -> Invalid:
    problems: list[dict[str, Any]] = error.extra if isinstance(error.extra, list) else []
    first = problems[0] if problems else {}
    if first.get("key") == "data":
        return Invalid("a JSON body is missing")
    return Invalid(str(first.get("message") or Invalid.default), field=first.get("key"))


EXCEPTION_HANDLERS: Final[dict[int | type[Exception], Any]] = {
    ChatError: handle_chat_error,
    WireError: handle_wire_error,
    HTTPException: handle_http_error,
    Exception: handle_exception,
}
