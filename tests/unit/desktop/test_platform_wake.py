"""The wake detector, on clocks of the test's own."""

import pytest

from chinwag_desktop.platform.wake import WakeDetector


class Clocks:
    def __init__(self, *, tells_sleep: bool) -> None:
        self.slept: float | None = 0.0 if tells_sleep else None
        self.monotonic, self.wall = 100.0, 1_000_000.0

    def detector(self) -> WakeDetector:
        return WakeDetector(slept=lambda: self.slept, monotonic=lambda: self.monotonic, wall=lambda: self.wall)

    def second(self) -> None:
        self.monotonic += 1
        self.wall += 1


@pytest.mark.parametrize("tells_sleep", [True, False])
def test_a_quiet_hour_is_no_wake(tells_sleep: bool) -> None:
    clocks = Clocks(tells_sleep=tells_sleep)
    detector = clocks.detector()
    for _ in range(3600):
        clocks.second()
        assert detector.tick() == 0


def test_ten_minutes_asleep_are_told_once() -> None:
    """FAULTS 25."""
    clocks = Clocks(tells_sleep=True)
    detector = clocks.detector()
    clocks.second()
    clocks.slept, clocks.wall = 600.0, clocks.wall + 600
    assert detector.tick() == pytest.approx(600)
    clocks.second()
    assert detector.tick() == 0


def test_a_jump_of_the_wall_clock_is_no_sleep_where_the_system_tells_sleep() -> None:
    """FAULTS 26."""
    clocks = Clocks(tells_sleep=True)
    detector = clocks.detector()
    clocks.wall -= 3600
    assert detector.tick() == 0


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_jump_of_the_wall_clock_counts_as_a_wake_elsewhere(jump: int) -> None:
    clocks = Clocks(tells_sleep=False)
    detector = clocks.detector()
    clocks.second()
    clocks.wall += jump
    assert detector.tick() == pytest.approx(3600)


def test_a_late_tick_counts_as_a_wake_elsewhere() -> None:
    clocks = Clocks(tells_sleep=False)
    detector = clocks.detector()
    clocks.monotonic += 61
    clocks.wall += 61
    assert detector.tick() == pytest.approx(60)
