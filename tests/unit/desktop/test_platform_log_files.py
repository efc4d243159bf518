"""The app's log: what is in it, and what must not be."""

import faulthandler
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chinwag_desktop.platform.log_files import LogFiles

SECRET = "the harbour at nine"


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[LogFiles]:
    was_enabled = faulthandler.is_enabled()
    logs = LogFiles(tmp_path, debug=False)
    yield logs
    logs.close()
    if was_enabled:
        faulthandler.enable()


def failing(text: str) -> None:
    int(text)


def test_a_traceback_says_where_but_not_what(logs: LogFiles, expect_log: Callable[[str], None]) -> None:
    expect_log("it failed")
    try:
        try:
            failing(SECRET)
        except ValueError as error:
            raise ExceptionGroup(SECRET, [KeyError(SECRET)]) from error
    except ExceptionGroup:
        logging.getLogger("chinwag_desktop.x").exception("it failed")
    written = logs.path.read_text()
    assert "ERROR chinwag_desktop.x: it failed" in written
    assert "in failing" in written
    assert [name in written for name in ("ValueError", "KeyError", "ExceptionGroup")] == [True] * 3
    assert SECRET not in written


def test_what_an_exception_says_of_the_code_is_kept(logs: LogFiles, expect_log: Callable[[str], None]) -> None:
    expect_log("it failed")
    try:
        SECRET.harbour  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError:
        logging.getLogger("chinwag_desktop.x").exception("it failed")
    assert "AttributeError: 'str' object has no attribute 'harbour'" in logs.path.read_text()
