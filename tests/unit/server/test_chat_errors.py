"""Each code of the protocol has one class, and its error object."""

from __future__ import annotations

import msgspec

from chinwag_protocol.errors import ErrorCode
from chinwag_server.domain import errors


def subclasses(base: type) -> set[type]:
    return {base} | {found for child in base.__subclasses__() for found in subclasses(child)}


def test_every_code_has_one_class() -> None:
    classes = subclasses(errors.ChatError) - {errors.ChatError}
    ours = [cls for cls in classes if cls.__module__ == errors.__name__]
    assert sorted(cls.code for cls in ours) == sorted(ErrorCode)


def test_the_error_object() -> None:
    error = errors.Conflict("taken", field="username")
    assert msgspec.json.decode(msgspec.json.encode(error.body())) == {
        "error": {"code": "conflict", "message": "taken", "field": "username"}
    }
    assert msgspec.json.decode(msgspec.json.encode(errors.NotFound().body())) == {
        "error": {"code": "not_found", "message": "not found"}
    }


def test_a_rate_limit_always_says_when() -> None:
    assert errors.RateLimited().retry_after_ms == 1000
    assert errors.RateLimited(retry_after_ms=5).retry_after_ms == 5
