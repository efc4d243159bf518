"""Tests of TLS run on uvloop, as the server does: it has a TLS of its own."""

from typing import Any

import uvloop


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Any]:
    return {"uvloop": uvloop.new_event_loop}
