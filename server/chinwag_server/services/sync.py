"""Catch-up: `/sync`. The rules of paging are in storage/sync.py; here is what a request may ask, and who is online."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from chinwag_protocol.bodies import SyncAnswer, SyncRequest
from chinwag_protocol.limits import SYNC_LIMIT_DEFAULT, Limits
from chinwag_protocol.rules import sync_problem
from chinwag_protocol.times import format_time
from chinwag_server.domain.records import Principal
from chinwag_server.storage.sync import SyncRepository


class Sync:
    """Answers what a client lacks."""

    def __init__(self, repository: SyncRepository, *, is_online: Callable[[UUID], bool], limits: Limits) -> None:
        self._repository, self._is_online, self._limits = repository, is_online, limits

    async def sync(self, principal: Principal, request: SyncRequest) -> SyncAnswer:
        """One page of everything committed that the client lacks. Raises TextError (`cursors`), Invalid (`marksSince`, `usersSince`)."""
        if problem := sync_problem(request, limits=self._limits):
            raise problem.error()
        page = await self._repository.read(
            principal.user_id,
            epoch=request.epoch,
            cursors=request.cursors,
            marks_since=request.marks_since,
            users_since=request.users_since,
            limit=SYNC_LIMIT_DEFAULT if request.limit is None else request.limit,
        )
        return SyncAnswer(
            epoch=page.epoch,
            server_time=format_time(page.at),
            conversations=page.conversations,
            left=page.left,
            messages=page.messages,
            reset=page.reset,
            members=page.members,
            marks=page.marks,
            marks_cursor=page.cursor,
            settings=page.settings,
            users=tuple(msgspec.structs.replace(user, online=self._is_online(user.id)) for user in page.users),
            users_cursor=page.cursor,
            more=page.more,
        )
