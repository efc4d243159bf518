"""`AvatarLoader`: the pictures of people and groups, fetched when one is painted, decoded in the pool, a bounded number kept."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, QSize, QThreadPool, Signal
from PySide6.QtGui import QImage

from chinwag_desktop.ui.timeline.pictures import Decoding

KEPT: Final = 200
_SIDE = 104  # pixels: the largest avatar at two device pixels each


class AvatarLoader(QObject):
    """`picture` is a `ui.theme.faces.PictureOf`. An old picture is shown until a new one is there."""

    loaded = Signal()
    """There is something to paint anew."""
    _decoded = Signal(object, str, QImage)

    def __init__(
        self,
        url_of: Callable[[UUID], str | None],
        fetch: Callable[[str, Callable[[bytes | None], None]], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._url_of, self._fetch = url_of, fetch
        self._held: OrderedDict[UUID, tuple[str, QImage]] = OrderedDict()
        self._asked: dict[UUID, str] = {}
        """What is on its way, or could not be had."""
        self._decoded.connect(self._keep)

    def picture(self, owner: UUID) -> QImage | None:
        """What there is now; what is missing is fetched. Cheap: it is asked for each avatar of each paint."""
        url = self._url_of(owner)
        if url is None:
            return None
        held = self._held.get(owner)
        if held is not None:
            self._held.move_to_end(owner)
        if (held is None or held[0] != url) and self._asked.get(owner) != url:
            self._asked[owner] = url
            self._fetch(url, lambda data: self._decode(owner, url, data))
        return held[1] if held is not None else None

    def try_again(self) -> None:
        """The connection is back: what could not be had is asked for at the next paint."""
        self._asked.clear()
        self.loaded.emit()

    def _decode(self, owner: UUID, url: str, data: bytes | None) -> None:
        if data is not None:
            side, tell = QSize(_SIDE, _SIDE), self._decoded.emit
            QThreadPool.globalInstance().start(Decoding(data, side, 0.0, lambda image: tell(owner, url, image)))

    def _keep(self, owner: UUID, url: str, image: QImage) -> None:
        if image.isNull() or self._asked.get(owner) not in (url, None):
            return  # no picture, or a newer one is on its way
        self._asked.pop(owner, None)
        self._held[owner] = (url, image)
        self._held.move_to_end(owner)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)
        self.loaded.emit()
