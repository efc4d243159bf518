"""Notifications of the desktop, by desktop-notifier, which is imported with the first one, on a thread."""

import asyncio
import html
import logging
import sys
from collections.abc import Callable
from typing import Any, Final

logger = logging.getLogger(__name__)

DEADLINE_S: Final = 5.0


class Notifications:
    """One at a time for each key. A desktop that shows none is told of in the log, once."""

    def __init__(self, *, make: Callable[[], Any] | None = None, load: Callable[[], object] | None = None) -> None:
        self._make, self._load = make or _desktop_notifier, load or _load
        self._notifier: Any = None
        self._shown: dict[str, str] = {}
        self._in_turn = asyncio.Lock()
        """What is shown and what is withdrawn keep their order, however long the desktop takes."""
        self._failed = False

    async def show(
        self,
        key: str,
        title: str,
        words: str,
        *,
        clicked: Callable[[], None],
        replied: Callable[[str], None],
        reply: tuple[str, str],
    ) -> None:
        """Show `words` in the place of what was shown for `key`. `reply` are the words of the field and of its button."""
        await self._do(self._show(key, title, words, clicked, replied, reply))

    async def withdraw(self, key: str) -> None:
        """Take away what is shown for `key`."""
        await self._do(self._withdraw(key))

    async def withdraw_all(self) -> None:
        """Take everything away."""
        async with self._in_turn:
            shown = list(self._shown)
        for key in shown:
            await self.withdraw(key)

    async def _withdraw(self, key: str) -> None:
        if (shown := self._shown.pop(key, None)) is not None:
            await self._notifier.clear(shown)

    async def _show(
        self,
        key: str,
        title: str,
        words: str,
        clicked: Callable[[], None],
        replied: Callable[[str], None],
        reply: tuple[str, str],
    ) -> None:
        if self._notifier is None:
            await asyncio.get_running_loop().run_in_executor(None, self._load)
            self._notifier = self._make()
        from desktop_notifier import ReplyField

        await self._withdraw(key)
        body = (
            html.escape(words, quote=False) if sys.platform.startswith("linux") else words
        )  # it would be markup there

        def gone() -> None:
            if self._shown.get(key) == sent:  # else another one has its place by now
                del self._shown[key]

        def was_clicked() -> None:
            gone()
            clicked()

        def was_answered(text: str) -> None:
            gone()
            replied(text)

        field = ReplyField(title=reply[0], button_title=reply[1], on_replied=was_answered)
        how = {"on_clicked": was_clicked, "on_dismissed": gone, "reply_field": field}
        sent = ""
        sent = self._shown[key] = await self._notifier.send(title, body, **how)

    async def _do(self, call: Any) -> None:
        try:
            async with self._in_turn, asyncio.timeout(DEADLINE_S):
                await call
        except Exception as error:  # noqa: BLE001 - each platform fails in a way of its own, and none of them may cost more than this
            if not self._failed:
                self._failed = True
                logger.warning("notifications cannot be shown: %s", type(error).__name__)


def _load() -> None:
    """Import what it takes on this platform: on a thread, for the window would stand still for 45 ms."""
    from desktop_notifier.main import get_backend_class

    get_backend_class()


def _desktop_notifier() -> Any:
    from desktop_notifier import DesktopNotifier

    logging.getLogger("desktop_notifier").setLevel(
        logging.CRITICAL
    )  # it logs each failure with a traceback; we say it once
    return DesktopNotifier(app_name="Chinwag", app_icon=None)
