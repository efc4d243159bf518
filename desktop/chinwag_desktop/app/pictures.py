"""Pictures for the timeline: from the copy that waits to be sent, from the profile, or from the server."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from chinwag_desktop.core.errors import ClientError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_protocol.objects import Attachment

PICTURE_BYTES: Final = 16 * 1_048_576
"""The most that is fetched for the timeline without anybody asking."""

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
        self._tasks.spawn(self._fetch(attachment, done), f"fetch {attachment.id}")

    async def close(self) -> None:
        """Give up what is under way."""
        await self._tasks.close()

    async def _fetch(self, attachment: Attachment, done: Callable[[bytes | None], None]) -> None:
        target = self._folder / f"{attachment.id}.thumbnail"
        try:
            if not target.exists():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                url, size = attachment.thumbnail_url, PICTURE_BYTES
                if url is None:
                    url, size = attachment.url, min(attachment.size, PICTURE_BYTES)
                await self._downloads.download(url, target, at_most=size)
            done(target.read_bytes())
        except (ClientError, OSError) as error:
            logger.info("a picture could not be fetched: %s", error)
            done(None)
