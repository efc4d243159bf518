"""OutgoingFiles: copies of what is to be sent, inside the profile, so that the originals may change or go away."""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from chinwag_desktop.core.entities import OutboxEntry, OutgoingFile
from chinwag_desktop.sync.ports import PickedFile
from chinwag_protocol.ids import new_id

_T = TypeVar("_T")


class OutgoingFiles:
    """A folder of copies; each has a name of its own. Raises OSError."""

    def __init__(self, folder: Path, *, make_id: Callable[[], UUID] = new_id) -> None:
        self._folder = folder
        self._make_id = make_id

    async def keep(self, files: Sequence[PickedFile]) -> tuple[OutgoingFile, ...]:
        """Copy files into the profile: all of them, or none."""
        return await _on_thread(lambda: self._keep(files))

    async def sweep(self, entries: Iterable[OutboxEntry]) -> None:
        """Delete the copies that no entry of the outbox needs any more."""
        needed = {Path(file.path).name for entry in entries for file in entry.files}
        await _on_thread(lambda: self._sweep(needed))

    def _keep(self, files: Sequence[PickedFile]) -> tuple[OutgoingFile, ...]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept: list[OutgoingFile] = []
        try:
            kept.extend(map(self._copy, files))
        except OSError:
            for copy in kept:
                Path(copy.path).unlink(missing_ok=True)
            raise
        return tuple(kept)

    def _copy(self, file: PickedFile) -> OutgoingFile:
        target = self._folder / (self._make_id().hex + Path(file.name).suffix[:16])
        try:
            if file.data is not None:
                target.write_bytes(file.data)
            elif file.path is not None:
                shutil.copyfile(file.path, target)
            else:
                raise FileNotFoundError(file.name)
        except OSError:
            target.unlink(missing_ok=True)
            raise
        return OutgoingFile(
            path=str(target),
            name=file.name,
            role="image" if file.width is not None and file.media_type.startswith("image/") else "file",
            media_type=file.media_type,
            size=target.stat().st_size,
            width=file.width,
            height=file.height,
        )

    def _sweep(self, needed: set[str]) -> None:
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.name not in needed:
                    path.unlink(missing_ok=True)


async def _on_thread(work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(None, work)
