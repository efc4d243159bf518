"""Two devices of one user: whatever each of them misses, both end as the server is."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from client_stage import ClientStage
from desktop_builders import ME, TALK
from fake_clock import FakeClock
from fake_world import World
from sync_stage import sync_stage

from chinwag_desktop.core.entities import DeliveryState
from chinwag_desktop.core.link import Inbound


class House:
    """A user at two desks, and a server that tells each of them most of what happens."""

    def __init__(self, desks: list[ClientStage], dice: random.Random) -> None:
        self.desks, self.dice = desks, dice
        self.world = desks[0].world
        self.loss = 0.0
        for desk in desks:
            desk.tell = self.tell

    def tell(self, event: Inbound) -> None:
        for desk in self.desks:
            if desk.sockets.made and desk.sockets.last.registered and self.dice.random() >= self.loss:
                desk.sockets.last.emit(event.name, event.payload)

    async def settle(self, seconds: float = 0.0) -> None:
        if seconds:
            await self.desks[0].clock.advance(seconds)
        for _ in range(2):
            for desk in self.desks:
                await desk.idle()


@pytest.fixture
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    world, clock = World(), FakeClock()
    async with AsyncExitStack() as held:
        desks: list[ClientStage] = []
        for name in ("desk", "laptop"):
            folder = tmp_path / name
            folder.mkdir()
            desks.append(await held.enter_async_context(sync_stage(folder, ClientStage, world=world, clock=clock)))
            held.push_async_callback(desks[-1].end)
        world.open()
        for desk in desks:
            await desk.online()
        yield House(desks, random.Random(getattr(request, "param", 0)))


async def test_what_one_writes_and_reads_the_other_shows(house: House) -> None:
    """FAULTS 38."""
    desk, laptop = house.desks
    house.tell(house.world.say("hello"))
    desk.write("written at the desk")
    await house.settle()
    assert desk.shown() == laptop.shown() == ["hello", "written at the desk"]
    assert [row.state for row in laptop.reader.page(TALK, 1, 9)] == [DeliveryState.RECEIVED, DeliveryState.SENT]
    house.tell(house.world.say("and more"))
    await house.settle()
    laptop.receipts.mark_read(TALK, 3)
    await house.settle(1)
    summaries = [each.reader.summary(TALK) for each in house.desks]
    assert [summary.unread_count for summary in summaries if summary] == [0, 0]


async def test_the_read_mark_is_the_maximum(house: House) -> None:
    """FAULTS 38: each read while the other was away, the one who read less comes back last."""
    desk, laptop = house.desks
    for number in range(5):
        house.tell(house.world.say(f"{number}"))
    await house.settle()
    for each, seq in ((desk, 4), (laptop, 2)):
        each.sockets.last.lose("transport close")
        await house.settle()
        each.receipts.mark_read(TALK, seq)
        await house.settle()
    assert house.world.talks[TALK].marks[ME][1] == 0
    await house.settle(3)
    assert house.world.talks[TALK].marks[ME][1] == 4
    for each in house.desks:
        await each.until(lambda each=each: each.reader.extent(TALK).read_seq == 4)
    summaries = [each.reader.summary(TALK) for each in house.desks]
    assert [summary.unread_count for summary in summaries if summary] == [1, 1]


@pytest.mark.parametrize("house", range(6), indirect=True)
async def test_they_converge_however_much_each_misses(house: House) -> None:
    """FAULTS 38, seeded: events are lost, links end, both write and read all the time."""
    dice = house.dice
    written: dict[ClientStage, list[str]] = {desk: [] for desk in house.desks}
    house.loss = 0.3
    for step in range(120):
        desk = dice.choice(house.desks)
        match dice.random():
            case chance if chance < 0.35:
                text = f"{step} of {desk.folder.name}"
                written[desk].append(text)
                desk.write(text)
            case chance if chance < 0.65:
                house.tell(house.world.say(f"{step} of ann"))
            case chance if chance < 0.8:
                seq = len(house.world.talks[TALK].messages)
                if seq:
                    desk.receipts.mark_read(TALK, dice.randint(1, seq))
            case chance if chance < 0.9:
                desk.sockets.last.lose("transport close")
            case _:
                await house.settle(dice.choice([0.1, 0.4, 1.0]))
    house.loss = 0.0
    for _ in range(90):  # seconds: the longest wait, and what may come on top
        await house.settle(1)
        if all(desk.monitor.online and not desk.worker.pending() for desk in house.desks):
            break
    for desk in house.desks:
        desk.catch_up.request()
    await house.settle(2)
    talk = house.world.talks[TALK]
    texts = [message.text for message in talk.messages]
    for desk in house.desks:
        assert desk.worker.pending() == ()
        assert [text for text in texts if text.endswith(desk.folder.name)] == written[desk]
        assert desk.shown() == texts[-len(desk.shown()) :]
        assert len(desk.shown()) >= min(len(texts), 50)
        assert desk.reader.extent(TALK).read_seq == talk.marks[ME][1]
        summary = desk.reader.summary(TALK)
        assert summary is not None
        assert summary.unread_count == talk.view().unread_count
