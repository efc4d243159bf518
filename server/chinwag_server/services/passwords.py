"""Argon2id in threads of its own, so that a rush of sign-ins neither stops the event loop nor queues for ever.

Called by `services/accounts.py` and by the commands that make users.
"""

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from chinwag_server.domain.errors import Unavailable

_T = TypeVar("_T")

MEMORY_KIB = 19 * 1024
ITERATIONS = 2
LANES = 1
_HASH_BYTES = 32
_SALT_BYTES = 16


class Passwords:
    """Hashes and verifies passwords at OWASP's floor for argon2id (19 MiB, two passes, one lane).

    At most `queue` calls wait or run at once; the next one is refused with `Unavailable`.
    """

    def __init__(self, *, threads: int = 2, queue: int = 64) -> None:
        self._hasher = PasswordHasher(
            time_cost=ITERATIONS,
            memory_cost=MEMORY_KIB,
            parallelism=LANES,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._threads = threads
        self._queue = queue
        self._pending = 0
        self._nobodys = _random_hash()

    async def hash(self, password: str) -> str:
        """The encoded hash of a password, as it is stored. Raises `Unavailable` when the queue is full."""
        return await self._run(partial(self._hasher.hash, password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one.

        `None` (no such user) costs the same time as a real hash and is never right.
        Raises `Unavailable` when the queue is full.
        """
        return await self._run(partial(self._verify, stored or self._nobodys, password)) and stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Whether the stored hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the calls under way finish, and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: "partial[_T]") -> _T:
        if self._pending >= self._queue:
            raise Unavailable("too many sign-ins at once", retry_after_ms=1_000)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._pending -= 1


def _random_hash() -> str:
    """An encoded hash that no password has, with today's parameters."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={MEMORY_KIB},t={ITERATIONS},p={LANES}${salt}${digest}"
