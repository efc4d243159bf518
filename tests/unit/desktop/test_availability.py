"""The availability of the last days: what counts as up and down, how it outlives restarts, and the days that it makes."""

import threading
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from fake_clock import FakeClock, settle

from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.core.availability import CountedHour, days_of
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.sync import availability_log
from chinwag_desktop.sync.availability_log import HOURS_KEPT, AvailabilityLog

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
HOUR = int(NOW.timestamp()) // 3600


@pytest.fixture
async def thread() -> AsyncGenerator[DatabaseThread]:
    made = DatabaseThread("database")
    yield made
    await made.close()


def totals(log: AvailabilityLog) -> tuple[float, float]:
    hours = log.hours()
    return sum(one.up_s for one in hours), sum(one.down_s for one in hours)


async def begun(path: Path, clock: FakeClock, thread: DatabaseThread) -> AvailabilityLog:
    """A log that has read its file, however long the disk took."""
    log = AvailabilityLog(path, clock=clock, thread=thread)
    log.start()
    while not log._loaded:
        await clock.advance(0)
    return log


def become(log: AvailabilityLog, phase: Phase) -> None:
    log.changed(ConnectionState(phase=phase))


async def test_time_with_a_link_is_up_and_time_without_is_down(tmp_path: Path, thread: DatabaseThread) -> None:
    clock = FakeClock()
    log = await begun(tmp_path / "a.json", clock, thread)
    await clock.advance(60)  # stopped: neither
    become(log, Phase.CONNECTING)
    await clock.advance(20)
    become(log, Phase.SYNCING)
    await clock.advance(3)
    become(log, Phase.ONLINE)
    await clock.advance(77)
    become(log, Phase.OFFLINE)
    await clock.advance(30)
    become(log, Phase.STOPPED)
    await clock.advance(500)
    assert totals(log) == (80, 50)
    await log.close()


async def test_time_asleep_is_neither(tmp_path: Path, thread: DatabaseThread) -> None:
    clock = FakeClock()
    log = await begun(tmp_path / "a.json", clock, thread)
    become(log, Phase.ONLINE)
    await clock.advance(20)
    clock.jump(7_200)  # a monotonic clock that goes on in a sleep
    become(log, Phase.WAITING)
    await clock.advance(10)
    clock._wall += timedelta(hours=8)  # one that stands still
    await clock.advance(10)
    assert totals(log) == (20, 20)
    await log.close()


async def test_setting_the_clock_adds_and_takes_nothing(tmp_path: Path, thread: DatabaseThread) -> None:
    clock = FakeClock()
    log = await begun(tmp_path / "a.json", clock, thread)
    become(log, Phase.ONLINE)
    await clock.advance(100)
    clock._wall += timedelta(days=4_000)
    await clock.advance(50)
    clock._wall -= timedelta(days=4_000)
    await clock.advance(100)
    days = days_of(log.hours(), clock.now(), UTC)
    assert days[-1].share == 1
    assert next(one.up_s for one in log.hours() if one.hour == HOUR) == 200
    assert totals(log) == (250, 0)
    await log.close()


async def test_it_outlives_restarts(tmp_path: Path, thread: DatabaseThread) -> None:
    clock, path = FakeClock(), tmp_path / "a.json"
    for phase in (Phase.ONLINE, Phase.WAITING):
        log = await begun(path, clock, thread)
        become(log, phase)
        await clock.advance(40)
        await log.close()
        clock.jump(3_000)  # not running
    assert totals(await begun_and_closed(path, clock, thread)) == (40, 40)


async def begun_and_closed(path: Path, clock: FakeClock, thread: DatabaseThread) -> AvailabilityLog:
    log = await begun(path, clock, thread)
    await log.close()
    return log


async def test_a_kill_costs_five_minutes_at_most(tmp_path: Path, thread: DatabaseThread) -> None:
    clock, path = FakeClock(), tmp_path / "a.json"
    log = await begun(path, clock, thread)
    become(log, Phase.ONLINE)
    await clock.advance(300)
    while not path.exists():
        await clock.advance(0)
    assert totals(await begun_and_closed(path, clock, thread))[0] >= 290
    await log.close()


async def test_it_is_bounded(tmp_path: Path, thread: DatabaseThread) -> None:
    clock = FakeClock()
    log = await begun(tmp_path / "a.json", clock, thread)
    become(log, Phase.ONLINE)
    for _ in range(HOURS_KEPT + 30):
        await clock.advance(10)
        clock._wall += timedelta(hours=1)
    assert len(log.hours()) == HOURS_KEPT
    assert all(day.share == 1 for day in days_of(log.hours(), clock.now(), UTC)[:-1])
    await log.close()


@pytest.mark.parametrize("content", [b"", b"[[1,2]]", b'{"a":1}', b"\xff"])
async def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path: Path, thread: DatabaseThread, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    log = await begun_and_closed(path, FakeClock(), thread)
    assert log.hours() == ()
    assert path.read_bytes() == b"[]"


async def test_what_was_never_read_is_not_written_over(tmp_path: Path, thread: DatabaseThread) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[[1,2,3]]")
    log = AvailabilityLog(path, clock=FakeClock(), thread=thread)
    await log.close()
    assert path.read_bytes() == b"[[1,2,3]]"


async def test_the_interface_never_writes(
    tmp_path: Path, thread: DatabaseThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    replace = availability_log._replace

    def noted(path: Path, content: bytes) -> None:
        names.append(threading.current_thread().name)
        replace(path, content)

    monkeypatch.setattr(availability_log, "_replace", noted)
    await begun_and_closed(tmp_path / "a.json", FakeClock(), thread)
    assert names
    assert all(name.startswith("database") for name in names)


def test_days_are_local_and_today_is_last() -> None:
    counted = [CountedHour(HOUR, 900, 900), CountedHour(HOUR - 24, 100, 0), CountedHour(HOUR - 24 * 7, 0, 100)]
    days = days_of(counted, NOW, UTC)
    assert [day.share for day in days] == [None] * 5 + [1, 0.5]
    assert days[-1].date == NOW.date()
    assert days[-1].hours[20] == 0.5
    assert days[-1].hours[21] is None
    east = days_of(counted, NOW, timezone(timedelta(hours=9)))
    assert east[-1].date == NOW.date() + timedelta(days=1)
    assert east[-1].hours[5] == 0.5


def test_the_future_is_not_shown() -> None:
    assert all(day.share is None for day in days_of([CountedHour(HOUR + 24 * 400, 5, 5)], NOW, UTC))


async def test_a_folder_that_is_gone_costs_only_the_figures(tmp_path: Path, thread: DatabaseThread) -> None:
    log = await begun(tmp_path / "gone" / "a.json", FakeClock(), thread)
    await log.close()
    assert log.hours() == ()


async def test_ending_while_the_file_is_read_leaves_no_error_behind(tmp_path: Path, thread: DatabaseThread) -> None:
    log = AvailabilityLog(tmp_path / "a.json", clock=FakeClock(), thread=thread)
    log.start()
    await settle(2)
    await log.close()  # an exception that nobody fetched would be logged, which fails the test
