"""Values in paths and query strings: numbers that are never clamped, only refused."""

import re
from typing import Final

from .errors import TextError
from .limits import PAGE_DEFAULT, PAGE_MAX
from .wire import MAX_INTEGER

_INTEGER: Final = re.compile(r"-?[0-9]{1,16}")


def parse_integer(value: str, *, field: str, minimum: int = 0, maximum: int = MAX_INTEGER) -> int:
    """Read a whole number from `minimum` to `maximum`, both included. Raises TextError."""
    number = int(value) if _INTEGER.fullmatch(value) else None
    if number is None or not minimum <= number <= maximum:
        raise TextError(field, f"not a whole number from {minimum} to {maximum}")
    return number


def parse_limit(value: str | None, *, maximum: int = PAGE_MAX) -> int:
    """Read `limit`, 1 to `maximum`; 50 if absent. Raises TextError."""
    return PAGE_DEFAULT if value is None else parse_integer(value, field="limit", minimum=1, maximum=maximum)
