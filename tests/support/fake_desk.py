"""A desktop that keeps its notifications where a test can see and press them."""

from collections.abc import Callable
from typing import NamedTuple


class Shown(NamedTuple):
    """One notification."""

    title: str
    words: str
    clicked: Callable[[], None]
    replied: Callable[[str], None]


class FakeDesk:
    """`shown` by key."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = {}
        self.told: list[tuple[str, str]] = []
        """Title and words of all that there were."""

    async def show(
        self,
        key: str,
        title: str,
        words: str,
        *,
        clicked: Callable[[], None],
        replied: Callable[[str], None],
        reply: tuple[str, str],
    ) -> None:
        self.shown[key] = Shown(title, words, clicked, replied)
        self.told.append((title, words))

    async def withdraw(self, key: str) -> None:
        self.shown.pop(key, None)

    async def withdraw_all(self) -> None:
        self.shown.clear()
