"""One real server for all cases of the contract, in a process of its own; see `wire_stage` and `wire_cases`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from foreign_client import TRANSPORTS
from real_node import RealNode
from wire_stage import Person, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.conftest import Databases


@pytest.fixture(scope="session")
def wire_node(databases: Databases, reachable_folder: Path) -> Iterator[RealNode]:
    """Has a Valkey of its own: other tests empty theirs. Whatever is done to it, it complains of nothing but stolen tokens."""
    url = databases.make()
    node = RealNode(reachable_folder / "wire", "--database-url", url)
    node.process.start()
    yield node
    node.process.stop()
    databases.drop(url)
    loud = [line for line in node.log.splitlines() if line[13:].startswith(("WARNING", "ERROR", "CRITICAL"))]
    unexpected = [line for line in loud if "a spent refresh token was shown again" not in line]
    assert not unexpected, "\n".join(unexpected)


@pytest.fixture(scope="session")
def known_people() -> dict[str, Person]:
    """Those whom `Stage.people` has made."""
    return {}


@pytest.fixture
def transport() -> str:
    """Of the sockets of a case; `wire_cases` overrides it."""
    return TRANSPORTS[0]


@pytest.fixture
async def stage(wire_node: RealNode, known_people: dict[str, Person], transport: str) -> AsyncIterator[Stage]:
    made = Stage(wire_node, known_people, transport)
    yield made
    await made.http.aclose()
