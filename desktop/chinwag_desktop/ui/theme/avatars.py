"""Avatars: a picture, or until there is one initials on one of eight muted grounds. People are circles, groups rounded squares."""

from functools import lru_cache
from uuid import UUID

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from chinwag_desktop.core.entities import Presence
from chinwag_desktop.ui.theme import tokens
from chinwag_desktop.ui.theme.faces import SQUARE_CORNER, Faces
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import Theme
from chinwag_desktop.ui.theme.typography import font

_INITIALS = 0.375  # their pixel size, of the avatar's
_LARGE_FROM = 37  # avatars from this size have the larger presence dot
_HUGE_FROM = 64  # and from this one it stands on the circle
_ON_CIRCLE = 0.854  # of the diameter, at half past four
_DOT_HUGE, _DOT, _DOT_SMALL, _DOT_GAP = 18, 12, 10, 2
_BAR = 2  # of who is busy


def hue(owner: UUID) -> int:
    """Which of the eight hues belongs to a person or group: the same everywhere, for ever."""
    return owner.int % len(tokens.AVATARS)


def initials(name: str) -> str:
    """The first letters of the first and the last word, or one letter, or a bullet when the name has none."""
    letters = [next((ch for ch in word if ch.isalnum()), "") for word in name.split()]
    letters = [letter for letter in letters if letter]
    if not letters:
        return "•"
    return (letters[0] + (letters[-1] if len(letters) > 1 else "")).upper()[:2]


@lru_cache(maxsize=256)
def _render(ground: int, letters: str, size: int, ratio: float, square: bool) -> QPixmap:
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(NO_PEN)
    painter.setBrush(QColor(tokens.AVATARS[ground]))  # flat: the contrast of the initials is the one the tokens promise
    if square:
        painter.drawRoundedRect(QRectF(0, 0, size, size), size * SQUARE_CORNER, size * SQUARE_CORNER)
    else:
        painter.drawEllipse(QRectF(0, 0, size, size))
    face = QFont(font("caption_strong"))
    face.setPixelSize(round(size * _INITIALS))
    measure = QFontMetricsF(face)
    painter.setFont(face)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(
        QPointF((size - measure.horizontalAdvance(letters)) / 2, round((size + measure.capHeight()) / 2)), letters
    )
    painter.end()
    return made


def avatar(faces: Faces, owner: UUID, name: str, size: int, *, ratio: float, square: bool = False) -> QPixmap:
    """The avatar of a person, or of a group (`square`), `size` logical pixels wide."""
    picture = faces.picture(owner, size, ratio=ratio, square=square)
    return picture if picture is not None else _render(hue(owner), initials(name), size, ratio, square)


def draw_presence(
    painter: QPainter, corner: QPointF, size: int, presence: Presence, *, theme: Theme, ground: QColor
) -> None:
    """The presence dot at the bottom right of an avatar whose top left is `corner`. Offline is a ring and busy has a bar, so colour is not all that tells."""
    dot = _DOT_HUGE if size >= _HUGE_FROM else _DOT if size >= _LARGE_FROM else _DOT_SMALL
    reach = size * _ON_CIRCLE if size >= _HUGE_FROM else size - dot / 2 + 1
    centre = corner + QPointF(reach, reach)
    painter.setPen(NO_PEN)
    painter.setBrush(ground)
    painter.drawEllipse(centre, dot / 2 + _DOT_GAP, dot / 2 + _DOT_GAP)
    if presence is Presence.OFFLINE:
        painter.setPen(QPen(theme["offline"], 2))
        painter.drawEllipse(centre, dot / 2 - 1, dot / 2 - 1)
        return
    painter.setBrush(theme["online" if presence is Presence.ONLINE else "away"])
    painter.drawEllipse(centre, dot / 2, dot / 2)
    if presence is Presence.BUSY:
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(centre.x() - dot / 4, centre.y() - _BAR / 2, dot / 2, _BAR), 1, 1)
