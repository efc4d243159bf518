"""Pictures as they may be stored: decoded and written anew in a limited process (image_worker.py), two at a time, one at a time of each person."""

import asyncio
import contextlib
import logging
import sys
from pathlib import Path
from typing import Final, Literal
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from chinwag_server.domain.errors import Invalid, TooLarge, Unavailable
from chinwag_server.storage.disk import disk_full

log = logging.getLogger(__name__)

PROCESSED: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What is decoded and written anew. Other images are files like any other."""

AVATAR_SIDE: Final = 512
AT_ONCE: Final = 2
DEADLINE_S: Final = 30.0
QUEUE_S: Final = 30.0

_TOO_LONG: Final = (-9, -24)
"""SIGKILL and SIGXCPU: how a process ends that has used up its time."""
_WORKER: Final = Path(__file__).with_name("image_worker.py")


class Picture(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A picture that was written anew, its size in pixels."""

    media_type: str
    width: int
    height: int


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    error: Literal["broken", "pixels", "full"] | None = None
    why: str = ""
    media_type: str = ""
    width: int = 0
    height: int = 0


class ImageProcessor:
    """Runs the worker. *max_pixels* is the limit of one picture."""

    def __init__(self, *, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def clean(self, source: Path, *, owner: UUID, target: Path, thumbnail: Path) -> Picture:
        """Write *source* anew to *target* in its own format, upright, without metadata, and a WebP of at most 680 pixels.

        Raises Invalid (`file`) for what is no picture, TooLarge, Unavailable when too many wait or the disk is full.
        """
        return await self._run(owner, source, target, str(thumbnail), 0)

    async def avatar(self, source: Path, *, owner: UUID, target: Path) -> Picture:
        """Write *source* to *target* as a square WebP. Raises as `clean`."""
        return await self._run(owner, source, target, "-", AVATAR_SIDE)

    async def _run(self, owner: UUID, source: Path, target: Path, thumbnail: str, side: int) -> Picture:
        async with contextlib.AsyncExitStack() as held:
            try:
                async with asyncio.timeout(QUEUE_S):
                    # their own turn first: who waits for oneself keeps nobody else from a slot
                    await held.enter_async_context(self._turns.setdefault(owner, asyncio.Lock()))
                    await held.enter_async_context(self._slots)
            except TimeoutError:
                raise Unavailable("too many pictures are waiting", retry_after_ms=5000) from None
            answer = await self._work([str(source), str(target), thumbnail, str(self._max_pixels), str(side)])
        if answer.error == "full":
            raise disk_full(target.parent.parent)
        if answer.error == "pixels":
            raise TooLarge("the picture has too many pixels", field="file")
        if answer.error is not None:
            raise Invalid("the picture cannot be read", field="file")
        return Picture(media_type=answer.media_type, width=answer.width, height=answer.height)

    @staticmethod
    async def _work(arguments: list[str]) -> _Answer:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-X",
            "utf8",
            str(_WORKER),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                output, _ = await process.communicate()
        except TimeoutError:
            log.info("a picture took too long")
            return _Answer(error="pixels")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            # a limit of the process (time, size), or a decoder that crashed
            log.info("a picture ended its process: %s", process.returncode)
            return _Answer(error="pixels" if process.returncode in _TOO_LONG else "broken")
        return msgspec.json.decode(output, type=_Answer)
