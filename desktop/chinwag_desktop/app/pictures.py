"""Pictures for the timeline: from the copy that waits to be sent, from the profile, or from the server."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from chinwag_desktop.core.errors import ClientError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_protocol.objects import Attachment

PICTURE_BYTES: Final = 16 * 1_048_576
"""The most that is fetched for the timeline without anybody asking."""
WHOLE_BYTES: Final = 256 * 1_048_576
"""The most that whole pictures take on the disk."""
AVATAR_BYTES: Final = 4 * 1_048_576
AVATARS_BYTES: Final = 32 * 1_048_576
"""The most that one picture of somebody takes, and all of them on the disk."""

logger = logging.getLogger(__name__)


class Downloads(Protocol):
    """The one HTTP call that this needs."""

    async def download(self, url: str, target: Path, *, at_most: int) -> None: ...


class SessionPictures:
    """`ui.timeline.pictures.PictureSource`: fetched once, then kept in the profile."""

    def __init__(self, folder: Path, downloads: Downloads) -> None:
        self._folder, self._downloads = folder, downloads
        self._tasks = TaskOwner("pictures")

    def fetch(self, attachment: Attachment, done: Callable[[bytes | None], None]) -> None:
        """Get the thumbnail, or the picture when it has none."""
        self._tasks.spawn(self._fetch_thumbnail(attachment, done), f"fetch {attachment.id}")

    def fetch_whole(self, attachment: Attachment, done: Callable[[bytes | None], None]) -> None:
        """Get the picture itself, because somebody wants to look at it."""
        self._tasks.spawn(self._fetch_whole(attachment, done), f"fetch all of {attachment.id}")

    def fetch_avatar(self, url: str, done: Callable[[bytes | None], None]) -> None:
        """Get the picture of a person or group; another picture has another `url`."""
        self._tasks.spawn(self._fetch_avatar(url, done), "fetch an avatar")

    async def close(self) -> None:
        """Give up what is under way."""
        await self._tasks.close()

    async def _fetch_thumbnail(self, attachment: Attachment, done: Callable[[bytes | None], None]) -> None:
        url, size = attachment.thumbnail_url, PICTURE_BYTES
        if url is None:
            url, size = attachment.url, min(attachment.size, PICTURE_BYTES)
        await self._fetch(self._folder / f"{attachment.id}.thumbnail", url, size, done)

    async def _fetch_avatar(self, url: str, done: Callable[[bytes | None], None]) -> None:
        target = self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.avatar"
        await self._fetch(target, url, AVATAR_BYTES, done, kind="avatar", most=AVATARS_BYTES)

    async def _fetch_whole(self, attachment: Attachment, done: Callable[[bytes | None], None]) -> None:
        target = self._folder / f"{attachment.id}.picture"
        await self._fetch(target, attachment.url, attachment.size, done, kind="picture", most=WHOLE_BYTES)

    async def _fetch(
        self,
        target: Path,
        url: str,
        size: int,
        done: Callable[[bytes | None], None],
        *,
        kind: str = "",
        most: int = 0,
    ) -> None:
        """From the profile, else from the server; then files of its `kind` take at most `most` bytes."""
        loop = asyncio.get_running_loop()
        try:
            kept = await loop.run_in_executor(None, _read, target)
            if kept is None:
                await self._downloads.download(url, target, at_most=size)
                kept = await loop.run_in_executor(None, _read, target)
                if kind:
                    await loop.run_in_executor(None, make_room, self._folder, kind, most)
            done(kept)
        except (ClientError, OSError) as error:
            logger.info("a picture could not be fetched: %s", error)
            done(None)


def _read(path: Path) -> bytes | None:
    """What was kept; None, and a folder for it, where nothing was."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return None


def make_room(folder: Path, kind: str, most: int) -> None:
    """Remove the files of a `kind` that were fetched first, until the rest takes `most` bytes."""
    with suppress(OSError):  # it is tried again after the next one
        found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob(f"*.{kind}"))
        left = sum(size for _, size, _ in found)
        for _, size, path in found:
            if left <= most:
                break
            path.unlink()
            left -= size
