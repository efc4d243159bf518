"""How much of the last seven days the server could be reached: one strip a day, a cell an hour."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from chinwag_desktop.core.availability import DAYS_SHOWN, Day
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font

_ROW = 16
_CELL_HEIGHT = 10
_LEAST = 3  # pixels of a cell that was down at all: short breaks are seen, too
_GAP = 1


class AvailabilityWeek(QWidget):
    """Today is last. A cell is filled; what was down of its hour hangs from its top; an hour not counted is empty."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self.days: Sequence[Day] = ()
        self.setFixedHeight(DAYS_SHOWN * _ROW)
        themes.changed.connect(self.update)

    def show_days(self, days: Sequence[Day]) -> None:
        """Show these, oldest first."""
        if days != self.days:
            self.days = days
            self.setAccessibleName("\n".join(day_words(days)))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setFont(font("meta"))
        names = [_weekday(day, QLocale.FormatType.ShortFormat) for day in self.days]
        left = round(max((advance("meta", name) for name in names), default=0)) + Space.S
        right = self.width() - round(advance("meta", share_words(0.9999))) - Space.S
        step = (right - left + _GAP) / 24
        for number, (day, name) in enumerate(zip(self.days, names, strict=True)):
            base = number * _ROW + baseline("meta")
            words = share_words(day.share)
            painter.setPen(theme["text_2"])
            painter.drawText(QPointF(0, base), name)
            painter.drawText(QPointF(self.width() - advance("meta", words), base), words)
            painter.setPen(NO_PEN)
            top = number * _ROW + (_ROW - _CELL_HEIGHT) // 2
            for hour, share in enumerate(day.hours):
                x = round(left + hour * step)
                cell = QRectF(x, top, round(left + (hour + 1) * step) - _GAP - x, _CELL_HEIGHT)
                painter.fillRect(cell, theme["hover_raised"] if share is None else theme["online"])
                if share is not None and share < 1:
                    down = max(_LEAST, round((1 - share) * _CELL_HEIGHT))
                    painter.fillRect(QRectF(x, top, cell.width(), down), theme["danger_fill"])


def share_words(share: float | None) -> str:
    """ "99.9 %"; never "100 %" where something was missing; a dash where nothing was counted."""
    if share is None:
        return "–"
    return "100 %" if share >= 1 else f"{QLocale().toString(min(100.0 * share, 99.9), 'f', 1)} %"


def day_words(days: Sequence[Day]) -> list[str]:
    """A line a day, for the report and the screen reader."""
    return [
        translate(
            "Connection",
            "{day}: {share}",
            day=_weekday(day, QLocale.FormatType.LongFormat),
            share=share_words(day.share),
        )
        if day.share is not None
        else translate("Connection", "{day}: not counted", day=_weekday(day, QLocale.FormatType.LongFormat))
        for day in days
    ]


def _weekday(day: Day, length: QLocale.FormatType) -> str:
    return QLocale().dayName(day.date.isoweekday(), length)
