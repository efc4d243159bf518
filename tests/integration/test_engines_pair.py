"""Who owns the engines of a folder, who attaches, and who waits."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chinwag_server.engines.errors import EngineError
from chinwag_server.engines.pair import Engines, EngineUrls

MakeEngines = Callable[..., Engines]


@pytest.fixture
def folder(reachable_folder: Path) -> Path:
    return reachable_folder / secrets.token_hex(4) / "engines"


@pytest.fixture
def engines() -> Iterator[MakeEngines]:
    """Makes `Engines`, which end with the test whatever its outcome."""
    made: list[Engines] = []

    def make(*arguments: Any, **options: Any) -> Engines:
        made.append(Engines(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


async def answers(urls: EngineUrls) -> bool:
    connection = await asyncpg.connect(urls.database)
    await connection.close()
    return True


async def test_a_command_attaches_to_the_engines_of_a_server(folder: Path, engines: MakeEngines) -> None:
    server, command = engines(folder), engines(folder)
    owned = server.own()
    assert owned.redis is not None
    assert command.attach() == owned
    assert command.borrow() == owned
    command.stop()
    assert await answers(owned)
    server.stop()
    with pytest.raises(EngineError, match="no chat-server runs"):
        command.attach()


async def test_a_command_without_a_server_has_its_own_for_a_while(folder: Path, engines: MakeEngines) -> None:
    command = engines(folder)
    urls = command.borrow()
    assert await answers(urls)
    assert urls.redis is None
    with pytest.raises(EngineError, match="no chat-server runs"):
        engines(folder).attach()
    command.stop()
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await answers(urls)


async def test_a_server_and_a_second_command_wait_for_a_command_to_end(
    folder: Path, engines: MakeEngines, wait_until: Callable[..., Any]
) -> None:
    first, second, server = engines(folder), engines(folder), engines(folder)
    first.borrow()
    got: list[EngineUrls] = []
    waiting = [threading.Thread(target=lambda: got.append(second.borrow())), threading.Thread(target=server.own)]
    waiting[0].start()
    waiting[0].join(0.2)
    assert not got
    first.stop()
    waiting[0].join(30)
    assert await answers(got[0])
    waiting[1].start()
    waiting[1].join(0.2)
    assert waiting[1].is_alive()
    second.stop()
    waiting[1].join(30)
    assert await answers(server.attach())
    server.stop()


async def test_dead_engines_are_known_and_come_back(
    folder: Path, engines: MakeEngines, wait_until: Callable[..., Any]
) -> None:
    import psutil

    server = engines(folder)
    urls = server.own()
    assert not server.dead()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # those of a killed PostgreSQL end by themselves
            if child.name() in ("postgres", "valkey-server") and child.cwd().startswith(str(folder)):
                child.kill()
    wait_until(lambda: server.dead() == ["PostgreSQL", "Valkey"], timeout_s=30)
    for name in server.dead():
        server.revive(name)
    assert not server.dead()
    assert server.attach() == urls
    assert await answers(urls)
    server.stop()
    assert not server.dead()
    server.revive("PostgreSQL")
    with pytest.raises(EngineError, match="no chat-server runs"):
        server.attach()


def test_given_urls_need_no_engine_and_no_folder(folder: Path, engines: MakeEngines) -> None:
    given_both = engines(folder, database_url="postgresql://a@b/c", redis_url="redis://d")
    given = EngineUrls("postgresql://a@b/c", "redis://d")
    assert given_both.own() == given_both.borrow() == given_both.attach() == given
    assert not folder.exists()
