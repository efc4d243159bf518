"""The set-up "two nodes": two real `chat-server serve` over one PostgreSQL, one Valkey and one blob store, by URLs.

    async def test_something(two_nodes: TwoNodes) -> None:
        a, b = two_nodes                                         # `RealNode` each, with a port and a data folder of its own
        ada, bob = await a.register("ada"), await b.register("bob")
        async with a.connect(ada) as on_a, b.connect(bob) as on_b:
            ...
        await a.kill_at_once()                                   # b does not hear of it; `a.start()` brings it back

The engines are those of the test run (`database_url`, `valkey_url`): they outlive both nodes. `node_options` and
`node_environment` are overridden as `two_workers.py` says. This module is a plugin of `tests/conftest.py`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import pytest
from real_node import RealNode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class TwoNodes(NamedTuple):
    a: RealNode
    b: RealNode


@pytest.fixture
async def two_nodes(
    database_url: str, valkey_url: str, tmp_path: Path, node_options: tuple[str, ...], node_environment: dict[str, str]
) -> AsyncIterator[TwoNodes]:
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    urls = ("--database-url", database_url, "--redis-url", valkey_url, "--blobs-url", blobs.as_uri())
    nodes = TwoNodes(
        *(RealNode(tmp_path / name, *urls, *node_options, environment=node_environment) for name in ("a", "b"))
    )
    try:
        await asyncio.gather(*(node.start() for node in nodes))
        yield nodes
    finally:
        await asyncio.gather(*(node.stop() for node in nodes))
