"""Log lines: their two shapes, and that no secret is in either."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from chinwag_server import logs

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
LEAKS = [
    f"token {TOKEN} refused",
    "GET /x?access_token=canary&y=1",
    "header Authorization: canary",
    "Authorization: Bearer canary-1",
    '{"password": "canary \\" canary", "username": "ann"}',
    "{'refreshToken': 'canary'}",
    "newPassword=canary",
    "cannot reach postgresql://chinwag:canary@/chinwag?host=/run",
    "redis://:canary@cache:6379/0",
    "client_secret: canary",
]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    root.setLevel(level)


def written(form: Literal["console", "json"], *, debug: bool = False) -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(process="worker 1", form=form, debug=debug, stream=stream)
    return stream


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("text", LEAKS)
def test_no_secret_is_logged(text: str, form: Literal["console", "json"]) -> None:
    stream = written(form)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("chinwag").info("%s", text, exc_info=True, extra={"note": text})
    assert "canary" not in stream.getvalue()
    assert TOKEN not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_a_json_line_has_everything() -> None:
    stream = written("json")
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("chinwag.x").exception("failed %d", 3, extra={"conversation": "c"})
    line = json.loads(stream.getvalue())
    assert line["at"].endswith("Z")
    assert "ValueError: why" in line.pop("trace")
    del line["at"]
    assert line == {
        "level": "error",
        "process": "worker 1",
        "logger": "chinwag.x",
        "message": "failed 3",
        "conversation": "c",
    }


def test_a_console_line_is_for_people() -> None:
    stream = written("console")
    logging.getLogger("chinwag.x").info("serves %s", "here", extra={"n": 1})
    assert stream.getvalue().endswith("INFO    worker 1: serves here n=1\n")


def test_structlog_arrives_in_the_same_place() -> None:
    stream = written("json")
    before = structlog.get_config() if structlog.is_configured() else None
    logs.join_structlog()
    try:
        with structlog.contextvars.bound_contextvars(request_id="r1"):
            structlog.stdlib.get_logger("chinwag.http").warning("served %s", "it", name="n", note="password=canary")
    finally:
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)
    line = json.loads(stream.getvalue())
    assert (line["logger"], line["message"], line["level"]) == ("chinwag.http", "served it", "warning")
    assert (line["request_id"], line["name_"], line["note"]) == ("r1", "n", "password=***")


def test_libraries_that_quote_people_stay_silent_in_debug() -> None:
    stream = written("console", debug=True)
    logging.getLogger("engineio.server").info("Received packet MESSAGE data canary")
    logging.getLogger("socketio.server").debug("emitting canary")
    logging.getLogger("chinwag.x").debug("shown")
    assert "canary" not in stream.getvalue()
    assert "shown" in stream.getvalue()
