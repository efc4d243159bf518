"""How many of one person's slow calls may be under way at once on a worker: uploads, downloads."""

import contextlib
from collections import Counter
from collections.abc import Generator
from uuid import UUID

from chinwag_server.domain.errors import RateLimited

RETRY_AFTER_MS = 1_000


class AtOnce:
    """Counts what is under way. *what* names it for whoever has too much of it."""

    def __init__(self, most: int, what: str) -> None:
        self._most, self._what = most, what
        self._held: Counter[UUID] = Counter()

    @contextlib.contextmanager
    def hold(self, user_id: UUID) -> Generator[None]:
        """One more is under way within the block. Raises RateLimited."""
        if self._held[user_id] >= self._most:
            raise RateLimited(f"more than {self._most} {self._what} at once", retry_after_ms=RETRY_AFTER_MS)
        self._held[user_id] += 1
        try:
            yield
        finally:
            self._held[user_id] -= 1
            self._held += Counter()  # who holds nothing is not remembered
