"""Outermost: gives each HTTP request an id, one log line and its metrics. Neither query strings nor headers are logged."""

import secrets
import time
from collections.abc import Callable
from typing import Any, Final, cast

import structlog
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from chinwag_server.api.errors import REQUEST_ID
from chinwag_server.api.metrics import Metrics

REQUEST_ID_HEADER: Final = b"x-request-id"
_log = structlog.stdlib.get_logger("chinwag_server.http")


class RequestLog:
    """Wraps the HTTP application."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.perf_counter,
        new_request_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = self._clock()
        status = 500
        request_id = self._new_request_id()
        cast("dict[str, Any]", scope)[REQUEST_ID] = request_id

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            seconds = self._clock() - started
            self._note(scope, request_id=request_id, status=status, seconds=seconds)

    def _note(self, scope: HTTPScope, *, request_id: str, status: int, seconds: float) -> None:
        method = str(scope["method"])
        route = scope.get("path_template") or "none"
        self._metrics.observe(
            method=method if method in _METHODS else "other",
            route=route,
            status=status,
            seconds=seconds,
        )
        user = scope.get("user")
        client = scope["client"]
        _log.info(
            "request",
            method=method,
            route=route,  # the path itself may hold an invite code
            status=status,
            ms=round(seconds * 1_000, 1),
            address=client[0] if client else "",
            user=str(user.user_id) if user else None,
            request_id=request_id,
        )


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
