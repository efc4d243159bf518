"""Uploads: the files of a message go up before it, each once, and what is up is remembered in the outbox."""

from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

import msgspec

from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.core.changes import UploadProgressed
from chinwag_desktop.core.entities import OutboxEntry
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.ports import SyncApi

STEPS: Final = 50
"""Progress is told about so many times a message, not with every block."""


class Uploads:
    """Brings an entry of the outbox to where its message can be sent."""

    def __init__(self, *, api: SyncApi, outbox: OutboxDb, pipeline: EventPipeline) -> None:
        self._api = api
        self._outbox = outbox
        self._pipeline = pipeline

    async def ensure(self, entry: OutboxEntry) -> OutboxEntry:
        """Upload what is not up yet. Returns the entry with its attachment ids, stored.

        Raises a ClientError, an OSError when a copy cannot be read, StorageError.
        """
        total = sum(file.size for file in entry.files)
        before = sum(file.size for file in entry.files if file.attachment_id is not None)
        for number, file in enumerate(entry.files):
            if file.attachment_id is not None:
                continue
            attachment = await self._api.upload(
                Path(file.path),
                name=file.name,
                # The same for the same file of the same message: a lost answer makes no second attachment.
                idempotency_key=str(uuid5(entry.temp_id, str(number))),
                on_progress=_Steps(self._pipeline, entry.temp_id, before=before, total=total).told,
            )
            before += file.size
            files = list(entry.files)
            files[number] = msgspec.structs.replace(file, attachment_id=attachment.id)
            entry = msgspec.structs.replace(entry, files=tuple(files))
            await self._outbox.update(entry)
        return entry


class _Steps:
    """Thins out the progress of one file to steps of the whole message."""

    def __init__(self, pipeline: EventPipeline, key: UUID, *, before: int, total: int) -> None:
        self._pipeline = pipeline
        self._key = key
        self._before = before
        self._total = max(total, 1)
        self._last_step = -1

    def told(self, sent: int, size: int) -> None:
        done = min(self._before + sent, self._total)
        step = done * STEPS // self._total
        if step != self._last_step or sent == size:
            self._last_step = step
            self._pipeline.publish(UploadProgressed(key=self._key, sent=done, total=self._total))
