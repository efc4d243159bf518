"""Things to press. Each paints itself from tokens; the focus ring shows only when focus came from the keyboard."""

from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from chinwag_desktop.models.plain import tooltip
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size
from chinwag_desktop.ui.theme.typography import advance, font, metrics

_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
RING: Final = 3  # pixels a button keeps around its face for the focus ring
_ICON, _ICON_GAP = 18, 6

ButtonKind = Literal["primary", "quiet", "danger", "link", "toast"]


def came_from_keyboard(event: QFocusEvent) -> bool:
    return event.reason() in _KEYBOARD


class PaintedButton(QAbstractButton):
    """What all buttons share. `ring` is true while focus came from the keyboard; Enter presses as Space does."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self.ring = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        themes.changed.connect(self.update)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.ring = came_from_keyboard(event)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.ring = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def _hot(self) -> bool:
        return self.isEnabled() and (self.underMouse() or self.isDown())


class Button(PaintedButton):
    """A word to press, 36 px high in a widget of 42. In the "link" kind it has no ground until hovered."""

    def __init__(
        self, themes: ThemeSource, text: str, kind: ButtonKind = "primary", *, height: int = 42, icon: str = ""
    ) -> None:
        super().__init__(themes)
        self.kind: ButtonKind = kind
        self.icon_name = icon
        self.setText(text)
        self.setFixedHeight(height)

    def sizeHint(self) -> QSize:
        pad = 24 if self.kind in ("link", "toast") else 36
        words = round(advance("small_strong", self.text()))
        return QSize(words + pad + (_ICON + _ICON_GAP if self.icon_name else 0), self.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _look(self) -> tuple[str, str, str]:
        """Tokens of ground, ink and edge; "" for none."""
        hot, dark = self._hot(), self.themes.now.dark
        match self.kind:
            case "primary" | "danger" if not self.isEnabled():
                return "info_soft", "text_3", ""
            case "primary":
                return "accent_hover" if hot else "accent", "on_accent", ""
            case "danger":
                return "danger_hover" if hot else "danger_fill", "on_accent", ""
            case "quiet":
                return "hover_raised" if hot else "raised", "text" if self.isEnabled() else "text_3", "line_raised"
            case "link":
                return "hover" if hot else "", "accent_ink" if self.isEnabled() else "text_3", ""
            case "toast":
                return ("hover_raised" if dark else "text_2") if hot else "", "accent_ink" if dark else "own", ""

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, ink, edge = self._look()
        face = QRectF(self.rect()).adjusted(RING, RING, -RING, -RING)
        radius = Radius.CONTROL - 1
        painter.setPen(QPen(theme[edge], 1) if edge else NO_PEN)
        painter.setBrush(theme[ground] if ground else Qt.BrushStyle.NoBrush)
        if ground or edge:
            painter.drawRoundedRect(face.adjusted(0.5, 0.5, -0.5, -0.5) if edge else face, radius, radius)
        if self.ring:
            draw_ring(painter, QRectF(self.rect()), radius=radius + 2, colour=theme["accent_ink"])
        painter.setFont(font("small_strong"))
        painter.setPen(theme[ink])
        icon_room = _ICON + _ICON_GAP if self.icon_name else 0
        x = (self.width() - advance("small_strong", self.text()) - icon_room) / 2
        if self.icon_name:
            picture = icons.pixmap(self.icon_name, theme[ink], _ICON, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(round(x), (self.height() - _ICON) / 2), picture)
        base = round((self.height() + metrics("small_strong").capHeight()) / 2)
        painter.drawText(QPointF(x + icon_room, base), self.text())


class IconButton(PaintedButton):
    """An icon to press, always with a spoken name and a tooltip. `filled` is the round accent kind."""

    def __init__(
        self,
        themes: ThemeSource,
        icon: str,
        label: str,
        *,
        size: int = 36,
        ink: str = "text_2",
        filled: bool = False,
    ) -> None:
        super().__init__(themes)
        self.icon_name, self.ink, self.filled = icon, ink, filled
        self.on_dark = False
        """It stands on a dark ground in the light theme, too."""
        self.setFixedSize(size, size)
        self.set_label(label)

    def set_label(self, label: str) -> None:
        self.setAccessibleName(label)
        self.setToolTip(tooltip(label))

    def set_icon(self, icon: str) -> None:
        self.icon_name = icon
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, ink, hot = QRectF(self.rect()), self.ink, self._hot()
        painter.setPen(NO_PEN)
        if self.filled:
            on = self.isEnabled()
            painter.setBrush(theme[("accent_hover" if hot else "accent") if on else "info_soft"])
            inset = 4 if self.ring else 2
            painter.drawEllipse(rect.adjusted(inset, inset, -inset, -inset))
            ink = "on_accent" if on else "text_3"
        elif hot:
            ground = theme.faded("on_scrim", 0.2) if self.on_dark else theme["hover_raised" if theme.dark else "hover"]
            painter.setBrush(ground)
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), Radius.CONTROL - 1, Radius.CONTROL - 1)
            ink = "on_scrim" if self.on_dark else "text"
        if self.ring:
            radius = rect.height() / 2 if self.filled else Radius.CONTROL
            draw_ring(painter, rect, radius=radius, colour=theme["on_scrim" if self.on_dark else "accent_ink"])
        size = min(Size.ICON, self.width() - 8)
        picture = icons.pixmap(self.icon_name, theme[ink], size, self.devicePixelRatioF())
        painter.drawPixmap(QPointF((self.width() - size) / 2, (self.height() - size) / 2), picture)
