"""Ten minutes asleep, and a wall clock that jumps: the whole client on clocks of the test's own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from client_stage import ClientStage
from desktop_builders import TALK
from fake_link import FakeSocket
from sync_stage import sync_stage

from chinwag_desktop.core.connection import Phase
from chinwag_desktop.core.errors import TokenExpired
from chinwag_desktop.platform.wake import WakeDetector


class Machine:
    """The clocks of the machine, as far as sleep is concerned."""

    def __init__(self, stage: ClientStage, *, tells_sleep: bool) -> None:
        self._stage = stage
        self.slept: float | None = 0.0 if tells_sleep else None
        self.wall = 1_000_000.0
        self.detector = WakeDetector(slept=lambda: self.slept, monotonic=stage.clock.monotonic, wall=lambda: self.wall)

    def sleep(self, seconds: float) -> None:
        """asyncio's timers and the monotonic clock stand still; the world goes on."""
        if self.slept is not None:
            self.slept += seconds
        self.set_clock(seconds)

    def set_clock(self, seconds: float) -> None:
        self.wall += seconds
        self._stage.clock._wall += timedelta(seconds=seconds)

    def tick(self) -> float:
        """What `WakeWatch` does once a second, and `Bootstrap` with it."""
        missed = self.detector.tick()
        if missed:
            self._stage.monitor.woke()
        return missed


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ClientStage]:
    async with sync_stage(tmp_path, ClientStage) as stage:
        stage.world.open()
        stage.world.say("before")
        yield stage
        await stage.end()


@pytest.mark.parametrize("tells_sleep", [True, False])
async def test_ten_minutes_asleep(stage: ClientStage, tells_sleep: bool) -> None:
    """FAULTS 25: the link is dead and the token has run out, of which nothing here knows; no wait of any kind follows the wake."""
    socket = await stage.online()
    machine = Machine(stage, tells_sleep=tells_sleep)
    machine.sleep(600)
    for event in socket.answers:
        socket.answers[event] = None
    stage.world.say("while you slept")
    stage.write("written with the lid half shut")
    failures: list[TokenExpired | None] = [TokenExpired(code="token_expired"), None]

    def prepare() -> FakeSocket:
        made = stage.new_socket()
        made.failure = failures.pop(0)
        return made

    stage.sockets.prepare = prepare
    woken = stage.clock.monotonic()
    assert machine.tick() == pytest.approx(600)
    await stage.until(lambda: stage.monitor.online and not stage.worker.pending())
    assert stage.clock.monotonic() - woken == 0
    assert stage.shown() == ["before", "while you slept", "written with the lid half shut"]
    assert stage.tokens.renewals == [False, True]
    assert len(stage.sockets.made) == 3
    assert not stage.phases & {Phase.REFUSED, Phase.WAITING, Phase.OFFLINE}
    assert machine.tick() == 0


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize("tells_sleep", [True, False])
async def test_a_wall_clock_that_jumps(stage: ClientStage, hours: int, tells_sleep: bool) -> None:
    """FAULTS 26: what is sent stands in the order of the key presses, what is shown in that of ``seq``; nobody is logged out."""
    await stage.online()
    machine = Machine(stage, tells_sleep=tells_sleep)
    stage.write("one")
    machine.set_clock(3_600 * hours)
    stage.write("two")
    assert bool(machine.tick()) is not tells_sleep
    await stage.until(lambda: stage.monitor.online and not stage.worker.pending())
    stage.sockets.last.emit(*_event(stage, "three"))
    machine.set_clock(-7_200 * hours)
    stage.write("four")
    machine.tick()
    await stage.until(lambda: stage.monitor.online and not stage.worker.pending())
    await stage.advance(1_000)  # through a renewal of the token
    assert stage.shown() == ["before", "one", "two", "three", "four"]
    assert [row.message.seq for row in stage.reader.page(TALK, 1, 100)] == [1, 2, 3, 4, 5]
    assert stage.monitor.online
    assert Phase.REFUSED not in stage.phases
    if tells_sleep:
        assert len(stage.sockets.made) == 1


def _event(stage: ClientStage, text: str) -> tuple[str, object]:
    inbound = stage.world.say(text)
    return inbound.name, inbound.payload
