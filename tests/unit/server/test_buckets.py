"""Token buckets: exact alone, a common level over nodes."""

from collections.abc import Mapping

import pytest

from chinwag_server.bus.buckets import TokenBuckets


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class CommonLedger:
    """What Valkey keeps, in memory."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.levels: dict[str, tuple[float, float]] = {}
        self.calls = 0
        self.away = False

    async def settle(self, name: str, *, rate: float, burst: int, spent: Mapping[str, int]) -> Mapping[str, float]:
        if self.away:
            raise ConnectionError
        self.calls += 1
        answer: dict[str, float] = {}
        for key, cost in spent.items():
            level, at = self.levels.get(f"{name}/{key}", (float(burst), self.clock()))
            level = min(burst, level + (self.clock() - at) * rate) - cost
            self.levels[f"{name}/{key}"] = (level, self.clock())
            answer[key] = level
        return answer


def test_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets("messages", rate=20, burst=60, clock=clock)
    assert [buckets.take("ada") for _ in range(60)] == [0] * 60
    assert buckets.take("ada") == 50
    assert buckets.take("bob") == 0
    clock.now += 0.05
    assert buckets.take("ada") == 0
    assert buckets.take("ada") == 50
    clock.now += 100
    assert [buckets.take("ada") for _ in range(61)].count(0) == 60


def test_what_is_refused_costs_nothing() -> None:
    clock = Clock()
    buckets = TokenBuckets("messages", rate=1, burst=2, clock=clock)
    assert buckets.take("ada", 3) == 1_000
    assert buckets.take("ada", 2) == 0


def test_full_buckets_are_forgotten() -> None:
    clock = Clock()
    buckets = TokenBuckets("messages", rate=20, burst=60, clock=clock)
    for number in range(100):
        buckets.take(str(number))
    buckets.forget_full()
    assert len(buckets) == 100
    clock.now += 1
    buckets.forget_full()
    assert len(buckets) == 0


async def test_two_nodes_share_one_level() -> None:
    clock = Clock()
    ledger = CommonLedger(clock)
    one, two = (TokenBuckets("messages", rate=20, burst=60, clock=clock, ledger=ledger) for _ in range(2))
    assert all(one.take("ada") == 0 for _ in range(50))
    await one.settle()
    assert two.take("ada") == 0
    await two.settle()
    assert [two.take("ada") for _ in range(10)].count(0) == 9


async def test_an_overdraft_of_two_nodes_is_paid_back() -> None:
    clock = Clock()
    ledger = CommonLedger(clock)
    one, two = (TokenBuckets("messages", rate=20, burst=60, clock=clock, ledger=ledger) for _ in range(2))
    for node in (one, two):
        assert all(node.take("ada") == 0 for _ in range(60))
    await one.settle()
    await two.settle()
    assert two.take("ada") == pytest.approx(61 / 20 * 1_000)
    spent = 120
    for _ in range(100):
        clock.now += 0.1
        for node in (one, two):
            while node.take("ada") == 0:
                spent += 1
            await node.settle()
    assert spent <= 60 + 10 * 20 + 2


async def test_what_came_back_meanwhile_is_not_owed() -> None:
    """The ledger is away for 25 s, in which somebody stays below the rate: afterwards nobody is refused anything."""
    clock = Clock()
    ledger = CommonLedger(clock)
    buckets = TokenBuckets("messages", rate=20, burst=60, clock=clock, ledger=ledger)
    for step in range(300):
        ledger.away = step < 250
        clock.now += 0.1
        assert buckets.take("ada") == 0
        if ledger.away:
            with pytest.raises(ConnectionError):
                await buckets.settle()
        else:
            await buckets.settle()
    assert ledger.levels["messages/ada"][0] > 55


async def test_nobody_owes_more_than_a_burst_to_an_outage() -> None:
    clock = Clock()
    ledger = CommonLedger(clock)
    ledger.away = True
    buckets = TokenBuckets("messages", rate=20, burst=60, clock=clock, ledger=ledger)
    for _ in range(100):
        clock.now += 0.1
        while buckets.take("ada") == 0:
            pass
        with pytest.raises(ConnectionError):
            await buckets.settle()
    ledger.away = False
    await buckets.settle()
    assert buckets.take("ada") <= 1_000 / 20


async def test_without_the_ledger_each_node_counts_alone_and_pays_later() -> None:
    clock = Clock()
    ledger = CommonLedger(clock)
    ledger.away = True
    buckets = TokenBuckets("messages", rate=20, burst=60, clock=clock, ledger=ledger)
    assert all(buckets.take("ada") == 0 for _ in range(40))
    with pytest.raises(ConnectionError):
        await buckets.settle()
    ledger.away = False
    assert buckets.take("ada") == 0
    await buckets.settle()
    assert ledger.levels["messages/ada"][0] == 60 - 41
