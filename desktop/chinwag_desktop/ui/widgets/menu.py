"""A menu that looks like the rest of the app: QMenu's keys and accessibility, painted from tokens. Opened with `popup`, never `exec`."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QProxyStyle, QStyle, QStyleOption, QWidget

from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_card
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size
from chinwag_desktop.ui.theme.typography import advance, font, metrics

_EDGE = 12  # room for the shadow and the card's padding
_SHADOW = 6
_ROW, _LINE = 36, 9
_TEXT_X = 42
_PAD = 20
_CHECK_ROOM = 28


class _MenuStyle(QProxyStyle):
    """Gives the rows of a menu their size; everything is painted by the menu itself."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def sizeFromContents(
        self, type: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        if type is QStyle.ContentsType.CT_MenuItem and isinstance(widget, Menu):
            return widget.row_size(size)
        return super().sizeFromContents(type, option, size, widget)  # pyright: ignore[reportArgumentType] - Qt takes None, its stubs do not

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        match metric:
            case QStyle.PixelMetric.PM_MenuHMargin | QStyle.PixelMetric.PM_MenuVMargin:
                return _EDGE
            case QStyle.PixelMetric.PM_MenuPanelWidth:
                return 0
            case _:
                return super().pixelMetric(metric, option, widget)


class Menu(QMenu):
    """`add` rows, then `popup` at a place on the screen, once: it deletes itself when it closes."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.themes = themes
        self._style = _MenuStyle()
        self._style.setParent(self)
        self.setStyle(self._style)
        self.setWindowFlags(
            self.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFont(font("small"))
        self.aboutToHide.connect(self.deleteLater)

    def add(self, label: str, chosen: Callable[[], object], *, icon: str = "", checked: bool | None = None) -> QAction:
        """A row. `checked` shows a tick (or room for one), None does not."""
        action = QAction(label, self)
        action.setData(icon)
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)
        action.triggered.connect(lambda _=False: chosen())
        self.addAction(action)
        return action

    def add_note(self, label: str) -> None:
        """A line that cannot be chosen."""
        action = QAction(label, self)
        action.setData("")
        action.setEnabled(False)
        self.addAction(action)

    def row_size(self, wanted: QSize) -> QSize:
        """Rows are as wide as the longest label; a separator is low."""
        if wanted.height() < _LINE:
            return QSize(wanted.width(), _LINE)
        labels = [action.text() for action in self.actions()]
        width = _TEXT_X + round(max(advance("small", label) for label in labels)) + _PAD + _CHECK_ROOM
        return QSize(width, _ROW)

    def popup_under(self, widget: QWidget, *, right: bool = False) -> None:
        """Open below `widget`, its card flush with the widget's left or right edge."""
        corner = widget.rect().bottomRight() if right else widget.rect().bottomLeft()
        x = -self.sizeHint().width() + _EDGE if right else -_EDGE
        self.popup(widget.mapToGlobal(corner) + QPoint(x, -_SHADOW))

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW - 2, -_SHADOW, -_SHADOW)
        draw_card(painter, card, radius=Radius.ROW, theme=theme)
        for action in self.actions():
            self._paint_row(painter, action)

    def _paint_row(self, painter: QPainter, action: QAction) -> None:
        theme, rect = self.themes.now, QRectF(self.actionGeometry(action))
        if action.isSeparator():
            painter.fillRect(QRectF(rect.left(), rect.center().y(), rect.width(), 1), theme["line_raised"])
            return
        if action is self.activeAction() and action.isEnabled():
            painter.setPen(NO_PEN)
            painter.setBrush(theme["hover_raised"])
            painter.drawRoundedRect(rect, Radius.INSET, Radius.INSET)
        icon = str(action.data() or "")
        ink = theme["text" if action.isEnabled() else "text_2"]
        if icon:
            picture = icons.pixmap(icon, theme["text_2"], 18, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(rect.left() + 12, rect.top() + (rect.height() - 18) / 2), picture)
        painter.setFont(font("small"))
        painter.setPen(ink)
        base = round(rect.top() + (rect.height() + metrics("small").capHeight()) / 2)
        painter.drawText(QPointF(rect.left() + (_TEXT_X if icon else 12), base), action.text())
        if action.isChecked():
            picture = icons.pixmap("check", theme["accent_ink"], Size.ICON - 2, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(rect.right() - 30, rect.top() + (rect.height() - 18) / 2), picture)
