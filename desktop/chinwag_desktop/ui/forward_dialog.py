"""*Forward*: choose the conversation that a message goes to."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.conversation_list_model import ConversationItem
from chinwag_desktop.models.dates import utc_now
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.sidebar_model import SidebarModel
from chinwag_desktop.ui.row_list import PickList
from chinwag_desktop.ui.sidebar_delegate import SidebarDelegate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.dialog import Dialog, cancel
from chinwag_desktop.ui.widgets.field import SearchField
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_WIDTH, _ROWS = 440, 5


class ForwardDialog(Dialog):
    """`model` is one of this dialog's own, with conversations only; `words` are the message in one line."""

    chosen = Signal(object)
    """The id of a conversation."""

    def __init__(
        self,
        themes: ThemeSource,
        window: QWidget,
        model: SidebarModel,
        words: str,
        *,
        now: Callable[[], datetime] = utc_now,
        zone: tzinfo | None = None,
    ) -> None:
        body = QWidget()
        title = translate("Forward", "Forward to…")
        super().__init__(themes, window, title, body=body, choices=(cancel(),), width=_WIDTH, overhangs=True)
        self.model = model
        self.search = SearchField(themes, translate("Forward", "Search conversations"))
        self.list = PickList(themes, ground="raised", name=translate("Forward", "Conversations"))
        delegate = SidebarDelegate(themes, self.list, now=now, zone=zone)
        delegate.raised = True
        self.list.paint_rows_by(delegate)
        self.list.setModel(model)
        nothing = translate("Forward", "No conversation has that name.")
        self.none = Text(themes, "small", "text_2", nothing, align=Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        quoted = translate("Forward", "“{words}”", words=words)
        for part in (Paragraph(themes, "small", "text_2", quoted, width=self.inner_width), self.search):
            line = QHBoxLayout()
            line.setContentsMargins(0, 0, Size.SCROLL_RAIL, 0)
            line.addWidget(part)
            column.addLayout(line)
        column.addWidget(self.list)
        column.addWidget(self.none)
        self.search.changed.connect(model.search)
        self.search.left.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self.search.entered.connect(lambda: self._take(model.index(0, 0)))
        self.list.taken.connect(self._take)
        model.shown.connect(self._refresh)
        self.let_give_way(self.list, height=_ROWS * Size.ROW, least=Size.ROW)
        self._refresh()

    def _refresh(self) -> None:
        some = self.model.rowCount() > 0
        self.list.setVisible(some)
        self.none.setVisible(not some)
        if self.isVisible():
            self._centre()

    def _take(self, index: QModelIndex) -> None:
        item = index.data(ItemRole) if index.isValid() else None
        if isinstance(item, ConversationItem):
            self.chosen.emit(item.id)
            self.choose("forwarded")
