"""OutgoingFiles: copies of what is to be sent, inside the profile, so that the originals may change or go away."""

import asyncio
import io
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Final, TypeVar
from uuid import UUID

from chinwag_desktop.core.entities import OutboxEntry, OutgoingFile
from chinwag_desktop.sync.ports import PickedFile
from chinwag_protocol.ids import new_id

_UNFINISHED: Final = ".part"

_T = TypeVar("_T")


class OutgoingFiles:
    """A folder of copies, each with a name of its own. What was pasted stays in memory until its copy is made."""

    def __init__(self, folder: Path, *, make_id: Callable[[], UUID] = new_id) -> None:
        self._folder = folder
        self._make_id = make_id
        self._pasted: dict[str, bytes] = {}

    def plan(self, files: Sequence[PickedFile]) -> tuple[OutgoingFile, ...]:
        """What will be sent, and where the copies will stand; nothing is read or written before ``keep``."""
        return tuple(map(self._plan, files))

    async def keep(self, files: Sequence[OutgoingFile]) -> None:
        """Make the copies that are not there yet, on the disk for good; a copy is whole or not there.

        Raises FileNotFoundError when an original cannot be read, another OSError when the disk does not take the copy.
        """
        wanted = [file for file in files if file.attachment_id is None]
        await _on_thread(lambda: [self._copy(file) for file in wanted])
        for file in wanted:
            self._pasted.pop(file.path, None)

    async def sweep(self, unsent: Callable[[], Iterable[OutboxEntry]]) -> None:
        """Delete the copies that no entry of the outbox needs any more."""
        # Looked at first: what is planned meanwhile is not among them.
        found = await _on_thread(lambda: list(self._folder.iterdir()) if self._folder.is_dir() else [])
        needed = {Path(file.path).name for entry in unsent() for file in entry.files}
        stale = [path for path in found if path.name.removesuffix(_UNFINISHED) not in needed]
        await _on_thread(lambda: [path.unlink(missing_ok=True) for path in stale])

    def _plan(self, file: PickedFile) -> OutgoingFile:
        target = str(self._folder / (self._make_id().hex + Path(file.name).suffix[:16]))
        if file.data is not None:
            self._pasted[target] = file.data
        return OutgoingFile(
            path=target,
            source=file.path,
            name=file.name,
            role="image" if file.width is not None and file.media_type.startswith("image/") else "file",
            media_type=file.media_type,
            size=file.size,
            width=file.width,
            height=file.height,
        )

    def _copy(self, file: OutgoingFile) -> None:
        target = Path(file.path)
        if target.exists():
            return
        with self._original(file) as original:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = target.with_name(target.name + _UNFINISHED)
            try:
                with unfinished.open("wb") as copy:
                    shutil.copyfileobj(original, copy)
                    copy.flush()
                    os.fsync(copy.fileno())
                unfinished.replace(target)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise

    def _original(self, file: OutgoingFile) -> BinaryIO:
        if (data := self._pasted.get(file.path)) is not None:
            return io.BytesIO(data)
        try:
            return Path(file.source or file.path).open("rb")
        except OSError as error:
            raise FileNotFoundError(file.name) from error


async def _on_thread(work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(None, work)
