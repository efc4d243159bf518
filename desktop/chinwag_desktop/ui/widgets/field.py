"""Lines of input in a rounded frame: `Field`, `PasswordField`, and `SearchField`, which is quiet until it is used."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius
from chinwag_desktop.ui.theme.typography import advance, font, metrics
from chinwag_desktop.ui.widgets.button import IconButton

_ICON = 17
_LONGEST = 4096  # characters a person may type into one line
_DOT, _DOT_GAP = 9, 3  # the style's bullets are as large as capitals: smaller, wider apart


class Field(QWidget):
    """A line edit. `label` is spoken; `error` turns the frame red until the text changes."""

    entered = Signal()
    """Enter was pressed."""
    changed = Signal(str)

    def __init__(
        self,
        themes: ThemeSource,
        label: str,
        *,
        placeholder: str = "",
        icon: str = "",
        height: int = 40,
        style: str = "body",
    ) -> None:
        super().__init__()
        self.themes, self.icon_name = themes, icon
        self.error = False
        self.setFixedHeight(height)
        self.edit = QLineEdit()
        self.edit.setFrame(False)
        self.edit.setFont(font(style))
        self.edit.setMaxLength(_LONGEST)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(label)
        self.edit.installEventFilter(self)
        self.edit.textChanged.connect(self._changed)
        self.edit.returnPressed.connect(self.entered)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(34 if icon else 12, 1, 10, 1)
        self.row.addWidget(self.edit)
        self.setFocusProxy(self.edit)
        themes.changed.connect(self._retint)
        self._retint()

    def text(self) -> str:
        return self.edit.text()

    def set_text(self, text: str) -> None:
        self.edit.setText(text)

    def set_error(self, error: bool) -> None:
        self.error = error
        self.update()

    def _changed(self, text: str) -> None:
        self.set_error(False)
        self.changed.emit(text)

    def _retint(self) -> None:
        theme, palette = self.themes.now, self.edit.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, theme["text"])
        palette.setColor(QPalette.ColorRole.PlaceholderText, theme[self._placeholder_ink()])
        self.edit.setPalette(palette)
        self.update()

    def _placeholder_ink(self) -> str:
        return "text_3"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def _look(self) -> tuple[str, str]:
        """Tokens of ground and edge; "" for no edge."""
        focused = self.edit.hasFocus()
        return "surface", "danger" if self.error else "accent_ink" if focused else "field_line"

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, edge = self._look()
        width = 2 if self.edit.hasFocus() or self.error else 1
        painter.setPen(QPen(theme[edge], width) if edge else NO_PEN)
        painter.setBrush(theme[ground])
        frame = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(frame, Radius.CONTROL, Radius.CONTROL)
        if self.icon_name:
            picture = icons.pixmap(self.icon_name, theme[self._placeholder_ink()], _ICON, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(11, (self.height() - _ICON) / 2), picture)


class PasswordField(Field):
    """Dots instead of letters, and an eye to see them."""

    def __init__(self, themes: ThemeSource, label: str) -> None:
        super().__init__(themes, label)
        self._plain = self.edit.font()
        self._dots = QFont(self._plain)
        self._dots.setPixelSize(_DOT)
        self._dots.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, _DOT_GAP)
        self.eye = IconButton(themes, "eye", "", size=34)
        self.eye.clicked.connect(self._toggle)
        self.row.setContentsMargins(12, 1, 3, 1)
        self.row.addWidget(self.eye)
        self._hide(True)

    def _toggle(self) -> None:
        self._hide(self.edit.echoMode() is QLineEdit.EchoMode.Normal)

    def _hide(self, hidden: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Password if hidden else QLineEdit.EchoMode.Normal)
        self.edit.setFont(self._dots if hidden else self._plain)
        self.eye.set_icon("eye" if hidden else "eye-off")
        self.eye.set_label(translate("Field", "Show password") if hidden else translate("Field", "Hide password"))


class SearchField(Field):
    """Quiet: no frame until it has the focus. `hint` names its shortcut. Escape empties it."""

    left = Signal()
    """Down or Enter: on to what was found."""

    def __init__(self, themes: ThemeSource, label: str, *, hint: str = "") -> None:
        self.hint = hint
        super().__init__(themes, label, placeholder=label, icon="search", height=36, style="small")
        if hint:
            self.row.setContentsMargins(34, 1, round(advance("meta", hint)) + 26, 1)

    def _placeholder_ink(self) -> str:
        return "text_2"

    def _look(self) -> tuple[str, str]:
        focused = self.edit.hasFocus()
        return "surface" if focused else "hover", "accent_ink" if focused else ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress:
            key = getattr(event, "key", int)()
            if key == Qt.Key.Key_Escape and self.text():
                self.set_text("")
                return True
            if key == Qt.Key.Key_Down:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hint and not self.edit.hasFocus() and not self.text():
            painter = QPainter(self)
            painter.setFont(font("meta"))
            painter.setPen(self.themes.now["text_2"])
            base = round((self.height() + metrics("meta").capHeight()) / 2)
            painter.drawText(QPointF(self.width() - advance("meta", self.hint) - 12, base), self.hint)
