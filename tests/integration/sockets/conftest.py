"""Socket tests run on uvloop, as the server does, some on asyncio's own loop as well. `rig` is a server of the sockets alone, with time enough."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from socket_rig import SocketRig, run_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Any]:
    loops: dict[str, Any] = {"uvloop": uvloop.new_event_loop}
    if "stock" in item.path.name:
        loops["asyncio"] = asyncio.SelectorEventLoop
    return loops


@pytest.fixture
async def rig() -> AsyncIterator[SocketRig]:
    async with run_rig() as running:
        yield running
