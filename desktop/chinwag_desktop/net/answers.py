"""What comes back over HTTP: read within bounds, whatever the server sends, then understood."""

import re
from collections.abc import AsyncGenerator
from typing import Final, TypeVar

import httpx
import msgspec

from chinwag_desktop.core.errors import ClientError, NotChinwag, TooMuch, error_of
from chinwag_desktop.net.failures import LooseError, failure_of_status

ANSWER_BYTES: Final = 8 * 1_048_576
"""The longest answer that is no file: a page of ``/sync`` ends soon after one megabyte."""

_SECONDS = re.compile(r"[0-9]{1,6}")
_T = TypeVar("_T")


class _Envelope(msgspec.Struct):
    error: LooseError


async def chunks(response: httpx.Response, what: str, *, at_most: int) -> AsyncGenerator[bytes]:
    """The bytes of an answer as they come.

    Raises TooMuch when there are more, NotChinwag when they are compressed: nobody asked for that, and they would grow.
    """
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NotChinwag(f"a compressed answer to {what}")
    done = 0
    async for chunk in response.aiter_raw(65_536):
        done += len(chunk)
        if done > at_most:
            raise TooMuch(f"more than {at_most} bytes in answer to {what}")
        yield chunk


async def understood(response: httpx.Response, answer: type[_T], what: str) -> _T:
    """The answer to a call; nothing is read of it where ``answer`` is ``type(None)``. Raises a ClientError."""
    if not 200 <= response.status_code < 300:
        raise await refusal(response, what)
    if answer is type(None):
        return answer()
    try:
        return msgspec.json.decode(await _whole(response, what), type=answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The error names types and paths, never contents.
        raise NotChinwag(f"an answer to {what} that makes no sense: {error}") from error


async def refusal(response: httpx.Response, what: str) -> ClientError:
    """What the server refused with. Raises TooMuch or NotChinwag."""
    try:
        error = msgspec.json.decode(await _whole(response, what), type=_Envelope).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return failure_of_status(response.status_code, what)
    retry_after_ms = error.retry_after_ms
    header = response.headers.get("Retry-After", "")
    if retry_after_ms is None and _SECONDS.fullmatch(header):
        retry_after_ms = int(header) * 1_000
    return error_of(error.code, error.message, field=error.field, retry_after_ms=retry_after_ms)


async def _whole(response: httpx.Response, what: str) -> bytes:
    return b"".join([chunk async for chunk in chunks(response, what, at_most=ANSWER_BYTES)])
