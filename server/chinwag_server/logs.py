"""Where log lines of the server's processes go, and what never gets into them.

Code logs with `logging.getLogger(__name__)`, where `extra={"key": value}` adds fields, or with structlog, whose events
and bound context arrive in the same place once `join_structlog` was called. Tokens and passwords are taken out of
the finished line, whoever wrote it. Libraries that log what people send stay at WARNING, even with `--debug`.
"""

import logging
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import msgspec

from chinwag_server.config import LogFormat

_ATTRIBUTES: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_TALKATIVE: Final = (
    *("engineio", "socketio", "asyncpg", "redis", "multipart", "PIL"),
    *("asyncio", "uvicorn", "alembic", "httpx", "filelock"),
)

_SECRETS: Final = (
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), "***"),  # a JSON Web Token
    (re.compile(r"(?i)(\bbearer\s+)[^\s\"',;]+"), r"\1***"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)"), r"\1***"),
    (
        re.compile(
            r"""(?ix)
            ( \b (?: \w* (?: password | passwd | secret | token ) \w* | authorization ) ["']? \s* [=:] \s* )
            (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | [^\s"',;&)}\]]+ )
            """
        ),
        r"\1***",
    ),
)


def redact(line: str) -> str:
    """Replace tokens, passwords and what follows such a word by `***`."""
    for pattern, shown in _SECRETS:
        line = pattern.sub(shown, line)
    return line


class ConsoleFormatter(logging.Formatter):
    """One line for a person: `20:14:03.120 WARNING supervisor: text key=value`, and a traceback below it."""

    def __init__(self, *, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = "".join(f" {key}={value!r}" for key, value in _fields(record).items())
        line = f"{at}.{record.msecs:03.0f} {record.levelname:<7} {self._process}: {record.getMessage()}{fields}"
        return redact(line + "".join(f"\n{text}" for text in _traces(self, record)))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at` (RFC 3339, UTC), `level`, `process`, `logger`, `message`, `trace`, extra fields."""

    def __init__(self, *, process: str) -> None:
        super().__init__()
        self._process = process
        self._encoder = msgspec.json.Encoder(enc_hook=str)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = _fields(record) | {
            "at": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if traces := list(_traces(self, record)):
            line["trace"] = redact("\n".join(traces))
        return redact(self._encoder.encode(line).decode())


def set_up(*, process: str, form: LogFormat, debug: bool, stream: TextIO | None = None) -> None:
    """Send all log lines of this process to standard error. *process* names it in each line."""
    formatter = JsonFormatter(process=process) if form == "json" else ConsoleFormatter(process=process)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def join_structlog() -> None:
    """Make structlog's loggers write through the standard ones. Apart from `set_up`: only workers want its import."""
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _to_standard,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _to_standard(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Turn an event into the arguments of a standard logger; a key that a record has already gets a `_`."""
    given = {name: event.pop(name) for name in ("exc_info", "stack_info", "stacklevel") if name in event}
    text = event.pop("event", "")
    return {"msg": text, "extra": {f"{k}_" if k in _ATTRIBUTES else k: v for k, v in event.items()}, **given}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What came by `extra`; texts are redacted here, before quoting hides their ends."""
    given = {key: value for key, value in vars(record).items() if key not in _ATTRIBUTES}
    return {key: redact(value) if isinstance(value, str) else value for key, value in given.items()}


def _traces(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    traces: list[str] = []
    if record.exc_info:
        traces.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        traces.append(record.stack_info)
    return traces
