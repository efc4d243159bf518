"""The demo's two windows: Enter kills the server, Enter again starts it."""

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from demo import switch_on_enter
from server_process import ServerDidNotStart


class FakeServer:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.broken = False

    def kill(self) -> None:
        self.done.append("killed")

    def start(self) -> None:
        if self.broken:
            raise ServerDidNotStart("the disk is full")
        self.done.append("started")


async def test_enter_kills_and_enter_starts_until_the_input_ends(
    eventually: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    server: Any = FakeServer()
    reader, writer = os.pipe()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(switch_on_enter(server, reader))
        for expected in (["killed"], ["killed", "started"], ["killed", "started", "killed"]):
            os.write(writer, b"\n")
            await eventually(lambda expected=expected: server.done == expected)
        os.close(writer)
    assert capsys.readouterr().out.count("is killed") == 2
    await eventually(lambda: not [one for one in threading.enumerate() if one.name == "terminal"])
    os.close(reader)


async def test_a_server_that_does_not_start_is_tried_again(
    eventually: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    server: Any = FakeServer()
    server.broken = True
    said = ""

    def has_said(words: str) -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return words in said

    reader, writer = os.pipe()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(switch_on_enter(server, reader))
        os.write(writer, b"\n")
        await eventually(lambda: has_said("is killed"))
        os.write(writer, b"\n")
        await eventually(lambda: has_said("It did not start: the disk is full"))
        server.broken = False
        os.write(writer, b"\n")
        await eventually(lambda: server.done == ["killed", "started"])
        os.close(writer)
    await eventually(lambda: not [one for one in threading.enumerate() if one.name == "terminal"])
    os.close(reader)
