r"""Strict JSON: the one way in for bytes from a socket or a request body.

Refused are bad UTF-8, NaN and Infinity, arrays and objects nested deeper than 16, arrays over 500, integers beyond
±(2^53 - 1), NUL and lone surrogates in any string, and values of a wrong type, in known fields and unknown ones alike;
unknown fields are ignored otherwise. The error names the outermost field.
"""

# Depth, lists, integers and NUL are not the business of msgspec's decoder. Counting bytes proves nearly every payload
# free of them; only what it does not prove is looked at closely, and even that in a handful of passes in C.

import re
from functools import lru_cache
from typing import Final, Generic, TypeVar

import msgspec

from .errors import DecodeError
from .limits import MAX_DEPTH
from .wire import MAX_INTEGER, MAX_LIST

T = TypeVar("T")
Json = bytes | bytearray | memoryview | str | msgspec.Raw

_LONG_NUMBER: Final = b"0" * len(str(MAX_INTEGER))
_DIGITS_TO_ZERO: Final = bytes.maketrans(b"123456789", b"0" * 9)
_NUMBER: Final = re.compile(rb"[-+.\deE]+")
_NOT_STRUCTURE: Final = bytes(set(range(256)) - set(b"[]{},"))
_BRACES_TO_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_INNERMOST: Final = re.compile(rb"\[(,*)\]|\{,*\}")
_NOT_A_NUMBER: Final = re.compile(rb"NaN|Infinity")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_FIELD: Final = re.compile(r"`\$\.(\w+)[^`]*`$")
_MISSING: Final = re.compile(r"missing required field `(\w+)`$")
_MESSAGE_LENGTH: Final = 200


class JsonReader(Generic[T]):
    """Reads JSON as one type. Build it once; `read` takes a few microseconds for a small payload."""

    def __init__(self, kind: type[T], *, max_list: int = MAX_LIST) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._max_list = max_list

    def read(self, raw: Json) -> T:
        """Check all rules of the module and decode. Raises DecodeError, and nothing else."""
        data = _as_bytes(raw)
        check_json(data, max_list=self._max_list)
        return self.read_checked(data)

    def read_checked(self, raw: Json) -> T:
        """Decode what `check_json` or `split_event` already looked at. Raises DecodeError."""
        try:
            return self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise _explain(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if _is_lax_json(_as_bytes(raw)):
                raise DecodeError(None, "NaN, Infinity and lone surrogates are not allowed") from None
            raise DecodeError(None, str(error)[:_MESSAGE_LENGTH], malformed=True) from None


def decode_json(raw: Json, kind: type[T], *, max_list: int = MAX_LIST) -> T:
    """Read `raw` strictly as `kind`. Raises DecodeError."""
    return _reader(kind, max_list).read(raw)


def split_event(raw: Json) -> tuple[str, msgspec.Raw]:
    """Split the JSON of a Socket.IO event packet into its name and its payload, checked, for `read_checked`.

    An absent or null payload is an empty object; further arguments are ignored. Raises DecodeError: malformed if
    `raw` is not an array, with the field `event` if its first element is no string.
    """
    data = _as_bytes(raw)
    check_json(data, max_depth=MAX_DEPTH + 1)
    try:
        parts = _PARTS.read_checked(data)
    except DecodeError as error:
        if not error.malformed and data.lstrip()[:1] != b"[":
            raise DecodeError(None, "an event packet is an array", malformed=True) from None
        raise
    if not parts or bytes(parts[0])[:1] != b'"':
        raise DecodeError("event", "the name of an event is a string")
    if len(parts) == 1 or bytes(parts[1]) == b"null":
        return _NAME.read_checked(parts[0]), _EMPTY
    return _NAME.read_checked(parts[0]), parts[1]


def check_json(data: bytes, *, max_list: int = MAX_LIST, max_depth: int = MAX_DEPTH) -> None:
    """Check the rules that do not depend on a type, except syntax, which the decoder checks. Raises DecodeError."""
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            raise DecodeError(None, "not UTF-8", malformed=True) from None
    brackets = data.count(b"[")
    if (
        brackets + data.count(b"{") > max_depth
        or (brackets and data.count(b",") >= max_list)
        or b"\\u0000" in data
        or _LONG_NUMBER in data.translate(_DIGITS_TO_ZERO)
    ):
        _look_closely(data, max_list, max_depth)


def _look_closely(data: bytes, max_list: int, max_depth: int) -> None:
    plain = data.replace(b"\\\\", b"")
    if b"\\u0000" in plain:
        raise DecodeError(None, "NUL is not allowed")
    outside = b'""'.join(plain.replace(b'\\"', b"").split(b'"')[::2])
    if _LONG_NUMBER in outside.translate(_DIGITS_TO_ZERO):
        for match in _NUMBER.finditer(outside):
            digits = match[0].removeprefix(b"-")
            if digits.isdigit() and (len(digits) > len(_LONG_NUMBER) or int(digits) > MAX_INTEGER):
                raise DecodeError(None, "an integer is beyond 2^53 - 1")
    structure = outside.translate(None, _NOT_STRUCTURE)
    _check_depth(structure.translate(_BRACES_TO_BRACKETS, b","), max_depth)
    if structure.count(b",") >= max_list:
        _check_lists(structure, max_list, max_depth)


def _check_depth(brackets: bytes, max_depth: int) -> None:
    """Take the innermost level away, as often as there may be levels: what is left then is too deep, or unbalanced."""
    left = brackets
    if b"[" * (max_depth + 1) not in brackets:
        for _ in range(max_depth):
            left = left.replace(b"[]", b"")
    if left:
        balanced = brackets.count(b"[") == brackets.count(b"]")
        raise DecodeError(None, f"nested deeper than {MAX_DEPTH}", malformed=not balanced)


def _check_lists(structure: bytes, max_list: int, max_depth: int) -> None:
    """Take the innermost arrays and objects away, level by level, and count the commas of each array."""
    too_long = re.compile(rb"\[,{%d}" % max_list)
    for _ in range(max_depth):
        structure = structure.replace(b"[]", b"").replace(b"{}", b"")
        if too_long.search(structure):
            raise DecodeError(None, f"a list is longer than {max_list}")
        structure = _INNERMOST.sub(b"", structure)


def _is_lax_json(data: bytes) -> bool:
    """Tell whether only NaN, Infinity or lone surrogates keep `data` from being JSON, as other parsers take those."""
    parts = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    parts[::2] = [_NOT_A_NUMBER.sub(b"0", part) for part in parts[::2]]
    parts[1::2] = [_SURROGATE.sub(b"", part) for part in parts[1::2]]
    try:
        msgspec.json.decode(b'"'.join(parts), type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _explain(error: msgspec.ValidationError) -> DecodeError:
    message = str(error)
    found = _FIELD.search(message) or _MISSING.search(message)
    return DecodeError(found[1] if found else None, message[:_MESSAGE_LENGTH])


def _as_bytes(raw: Json) -> bytes:
    if isinstance(raw, bytes):
        return raw
    return raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else bytes(raw)


@lru_cache(maxsize=256)
def _reader(kind: type[T], max_list: int) -> JsonReader[T]:
    return JsonReader(kind, max_list=max_list)


_PARTS: Final = JsonReader(list[msgspec.Raw])
_NAME: Final = JsonReader(str)
_EMPTY: Final = msgspec.Raw(b"{}")
