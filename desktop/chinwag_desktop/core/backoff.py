"""How long to wait before the next attempt: 1, 2, 4, 8, 16, then 30 s, plus up to a fifth."""

import random
from collections.abc import Callable

FIRST_S = 1.0
LONGEST_S = 30.0
JITTER = 0.2


def wait_before(attempt: int, draw: Callable[[], float] = random.random) -> float:
    """Seconds before attempt number ``attempt`` (from 1); ``draw`` gives numbers in [0, 1).

    The jitter only lengthens a wait, so that a thousand clients of a restarted server spread out
    and none comes sooner than the schedule says.
    """
    exponent = min(max(attempt, 1) - 1, 16)
    return min(FIRST_S * 2.0**exponent, LONGEST_S) * (1 + JITTER * draw())
