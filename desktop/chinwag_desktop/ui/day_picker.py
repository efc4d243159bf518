"""*Go to a day*: a month to choose a day from. Arrows walk the days, Page Up and Down the months, Enter takes one."""

from datetime import date, timedelta

from PySide6.QtCore import QDate, QLocale, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Space
from chinwag_desktop.ui.theme.typography import baseline, font
from chinwag_desktop.ui.widgets.button import IconButton, came_from_keyboard
from chinwag_desktop.ui.widgets.dialog import Dialog, cancel
from chinwag_desktop.ui.widgets.text import Text

_CELL, _HEAD, _WEEKS = 40, 24, 6
_WIDTH = 7 * _CELL + 64


class MonthGrid(QWidget):
    """The days of one month; those before `first` and after `last` cannot be taken."""

    taken = Signal(object)
    moved = Signal()
    """Another month may be shown now."""

    def __init__(self, themes: ThemeSource, day: date, first: date, last: date) -> None:
        super().__init__()
        self.themes, self.first, self.last = themes, first, last
        self.day = min(max(day, first), last)
        self._ring = False
        self.setFixedSize(7 * _CELL, _HEAD + _WEEKS * _CELL)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.changed.connect(self.update)
        self.go(self.day)

    def go(self, day: date) -> None:
        """Stand on this day, or on the nearest that can be taken."""
        self.day = min(max(day, self.first), self.last)
        self.setAccessibleName(QLocale().toString(_q(self.day), QLocale.FormatType.LongFormat))
        self.update()
        self.moved.emit()

    def go_months(self, months: int) -> None:
        """So many months on, or back."""
        made = _q(self.day).addMonths(months)
        self.go(date(made.year(), made.month(), made.day()))

    def _begin(self) -> date:
        """The day in the top left corner."""
        first = self.day.replace(day=1)
        lead = (first.isoweekday() - QLocale().firstDayOfWeek().value) % 7
        return first - timedelta(days=lead)

    def place_of(self, day: date) -> QRectF:
        """Where a day stands."""
        number = (day - self._begin()).days
        column = number % 7 if self.layoutDirection() is Qt.LayoutDirection.LeftToRight else 6 - number % 7
        return QRectF(column * _CELL, _HEAD + number // 7 * _CELL, _CELL, _CELL)

    def day_at(self, at: QPoint) -> date | None:
        """The day under a point that can be taken."""
        days = (self._begin() + timedelta(days=number) for number in range(7 * _WEEKS))
        return next((day for day in days if self.place_of(day).contains(QPointF(at)) and self._can(day)), None)

    def _can(self, day: date) -> bool:
        return self.first <= day <= self.last

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        day = self.day_at(event.position().toPoint())
        if day is not None and event.button() is Qt.MouseButton.LeftButton:
            self.taken.emit(day)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ahead = -1 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 1
        steps = {Qt.Key.Key_Left: -ahead, Qt.Key.Key_Right: ahead, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}
        months = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        key = Qt.Key(event.key())
        self._ring = True
        if key in steps:
            self.go(self.day + timedelta(days=steps[key]))
        elif key in months:
            self.go_months(months[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.taken.emit(self.day)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._ring = came_from_keyboard(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ring = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter, begin = self.themes.now, QPainter(self), self._begin()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("caption"))
        painter.setPen(theme["text_2"])
        for number in range(7):
            day = begin + timedelta(days=number)
            head = QRectF(self.place_of(day).left(), 0, _CELL, _HEAD)
            name = QLocale().dayName(day.isoweekday(), QLocale.FormatType.ShortFormat)
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(font("small"))
        for number in range(7 * _WEEKS):
            day = begin + timedelta(days=number)
            if day.month == self.day.month:
                self._paint_day(painter, day, self.place_of(day).adjusted(3, 3, -3, -3))
        if self._ring and self.hasFocus():
            ring = self.place_of(self.day)
            draw_ring(painter, ring, radius=Radius.CONTROL + 2, colour=theme["accent_ink"])

    def _paint_day(self, painter: QPainter, day: date, rect: QRectF) -> None:
        theme, chosen = self.themes.now, day == self.day
        if chosen:
            painter.setPen(NO_PEN)
            painter.setBrush(theme["accent"])
            painter.drawRoundedRect(rect, Radius.CONTROL, Radius.CONTROL)
        painter.setPen(theme["on_accent" if chosen else "text" if self._can(day) else "offline"])
        base = round(rect.top() + (rect.height() - 18) / 2 + baseline("small"))
        words = str(day.day)
        painter.drawText(QPointF(rect.center().x() - painter.fontMetrics().horizontalAdvance(words) / 2, base), words)


class DayPicker(Dialog):
    """`chosen` carries the day that was taken."""

    chosen = Signal(object)

    def __init__(self, themes: ThemeSource, window: QWidget, day: date, *, first: date, last: date) -> None:
        body = QWidget()
        title = translate("Days", "Go to a day")
        super().__init__(themes, window, title, body=body, choices=(cancel(),), width=_WIDTH + 2 * Space.S)
        self.grid = MonthGrid(themes, day, first, last)
        self.month = Text(themes, "small_strong", "text", align=Qt.AlignmentFlag.AlignHCenter)
        self.before = IconButton(themes, "back", translate("Days", "The month before"), size=34)
        self.after = IconButton(themes, "forward", translate("Days", "The month after"), size=34)
        self.before.clicked.connect(lambda: self.grid.go_months(-1))
        self.after.clicked.connect(lambda: self.grid.go_months(1))
        self.grid.moved.connect(self._refresh)
        self.grid.taken.connect(self._take)
        head = QHBoxLayout()
        head.addWidget(self.before)
        head.addWidget(self.month, 1)
        head.addWidget(self.after)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addLayout(head)
        column.addWidget(self.grid, 0, Qt.AlignmentFlag.AlignHCenter)
        self._refresh()

    def open(self) -> None:
        super().open()
        self.grid.setFocus(Qt.FocusReason.TabFocusReason)

    def _refresh(self) -> None:
        day, grid = self.grid.day, self.grid
        self.month.setText(f"{QLocale().standaloneMonthName(day.month).capitalize()} {day.year}")
        self.before.setEnabled(day.replace(day=1) > grid.first)
        self.after.setEnabled((day.year, day.month) < (grid.last.year, grid.last.month))

    def _take(self, day: date) -> None:
        self.choose("taken")
        self.chosen.emit(day)


def _q(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
