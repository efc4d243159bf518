"""`ScrollPage`: the body of a dialog that may be higher than the window has room for."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.scroll_bar import ThinScrollBar

_LEAST = 22
_AROUND = 150  # what a dialog needs besides its body, and some air


class ScrollPage(QScrollArea):
    """As high as its page, or as the window lets a dialog be. The dialog `overhangs`: the rail stands in its margin."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBar(ThinScrollBar(themes, ground="raised"))
        # the rail is always reserved, or the page would be narrower when it scrolls
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    def show_page(self, page: QWidget) -> None:
        """Take `page` in; then `fit`."""
        self.setWidget(page)
        self.viewport().setAutoFillBackground(False)
        page.setAutoFillBackground(False)

    def fit(self, window: QWidget) -> None:
        """Be as high as the page needs, and as a dialog of `window` can be; again when the page has changed."""
        page = self.widget()
        if page is not None and (layout := page.layout()) is not None:
            layout.activate()
            self.setFixedHeight(max(_LEAST, min(page.sizeHint().height(), window.height() - _AROUND)))
