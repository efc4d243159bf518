"""What is said about words that the command line cannot take: one line, without the secrets that may stand in them."""

from __future__ import annotations

import re
import typing
from typing import TYPE_CHECKING

from cyclopts import CycloptsError, UnknownOptionError, ValidationError

if TYPE_CHECKING:
    from cyclopts import Argument

_SECRET_OPTIONS = frozenset({"database_url", "redis_url", "blobs_url"})
_CREDENTIALS = re.compile(r"://[^\s\"']*@")
_QUERY = re.compile(r"(://[^\s\"'?]*\?)[^\s\"']*")


def explain(error: CycloptsError) -> str:
    """Give the reason as one line."""
    if isinstance(error, UnknownOptionError) and (name := _known(error)):
        return f"{name} stands behind `--`, where nothing is taken as an option: put it before"
    if isinstance(error, ValidationError) and error.argument is not None and _speaks_for_itself(error.argument):
        token = error.argument.tokens[0]
        source = f" in {token.source}" if token.source not in ("", "cli") else ""
        return f"{token.keyword or error.argument.name}{source} {error.exception_message}"
    return _QUERY.sub(r"\1***", _CREDENTIALS.sub("://***@", " ".join(str(error).split())))


def _speaks_for_itself(argument: Argument) -> bool:
    """Whether the value is not to be repeated: it may hold a password, or is a list of which the reason names one."""
    return argument.field_info.name in _SECRET_OPTIONS or typing.get_origin(argument.hint) is tuple


def _known(error: UnknownOptionError) -> str | None:
    """The option's name when it is a known one all the same."""
    word = (error.token.keyword or error.token.value).partition("=")[0]
    return word if any(word in argument.names for argument in error.argument_collection if argument.parse) else None
