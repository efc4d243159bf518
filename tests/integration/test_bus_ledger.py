"""The common level of all nodes' buckets, in a real Valkey."""

from __future__ import annotations

import asyncio

from chinwag_server.bus.ledger import ValkeyLedger


async def test_nodes_debit_one_level(valkey_url: str) -> None:
    one, two = (ValkeyLedger(valkey_url, has_peers=lambda: True) for _ in range(2))
    try:
        assert await one.settle("shared", rate=0.001, burst=60, spent={"ada": 20, "bob": 1}) == {"ada": 40, "bob": 59}
        level = await two.settle("shared", rate=0.001, burst=60, spent={"ada": 25})
        assert 15 <= level["ada"] < 15.1
    finally:
        await asyncio.gather(one.close(), two.close())


async def test_no_debt_is_larger_than_a_burst(valkey_url: str) -> None:
    """However many calls that were given up a frozen Valkey runs when it goes on."""
    ledger = ValkeyLedger(valkey_url, has_peers=lambda: True)
    try:
        for _ in range(12):
            level = await ledger.settle("owed", rate=0.001, burst=60, spent={"ada": 60})
        assert -60 <= level["ada"] < -59.9
    finally:
        await ledger.close()


async def test_a_node_without_peers_asks_nobody() -> None:
    ledger = ValkeyLedger("redis://192.0.2.1:1/0", has_peers=lambda: False)
    assert await ledger.settle("t", rate=1, burst=60, spent={"ada": 1}) == {}
