"""Listeners of one kind of news: the way up for layers that may not import what lies above them."""

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


class Subscribers(Generic[_T]):
    """Tells each listener in turn; one that raises is logged and hinders nobody."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._listeners: list[Callable[[_T], None]] = []

    def add(self, listener: Callable[[_T], None]) -> Callable[[], None]:
        """Call ``listener`` with all that is told from now on; returns what ends it."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def tell(self, news: _T) -> None:
        """Call all listeners, in the order in which they subscribed."""
        for listener in tuple(self._listeners):
            try:
                listener(news)
            except Exception:
                logger.exception("a listener of %s failed", self._name)
