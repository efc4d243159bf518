"""The set-up "two workers": one real `chat-server serve --workers 2` on one port, with an empty database of its own.

    async def test_something(two_workers: RealNode) -> None:
        ada = await two_workers.register("ada")                  # over HTTP, signed in
        await two_workers.command("user", "disable", "ada")      # as an operator
        async with two_workers.connect(ada, transport="polling") as socket:
            ...
        two_workers.kill_worker(1)                               # the supervisor starts another one,
        await two_workers.worker_back(1)                         # which serves now
        await two_workers.stop()                                 # or `kill`, `kill_at_once`; then `start`

`socket.handshake["sid"]` begins with the number of the worker that keeps the session. PostgreSQL and Valkey are those of
the test run (`database_url`, `valkey_url`): they outlive the server. A test that overrides the fixture `node_options` gives
further words of the command line, one that overrides `node_environment` further variables. This module is a plugin of
`tests/conftest.py`: nothing has to be imported but `RealNode` for the annotation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from real_node import RealNode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def node_options() -> tuple[str, ...]:
    """Further words for `chat-server serve`, of `two_workers` and of both of `two_nodes`."""
    return ()


@pytest.fixture
def node_environment() -> dict[str, str]:
    """Further environment variables of the same, as in `{"CHAT_SERVER_SOCKETS_PER_USER": "2"}`."""
    return {}


@pytest.fixture
async def two_workers(
    database_url: str, valkey_url: str, tmp_path: Path, node_options: tuple[str, ...], node_environment: dict[str, str]
) -> AsyncIterator[RealNode]:
    engines = ("--database-url", database_url, "--redis-url", valkey_url)
    node = RealNode(tmp_path / "node", "--workers", "2", *engines, *node_options, environment=node_environment)
    await node.start()
    try:
        yield node
    finally:
        await node.stop()
