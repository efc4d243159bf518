"""`ComposerFiles`: the files that wait in the composer, of each conversation its own; only those of the open one are shown as chips."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.attaching import ComposedFile, encode_later, file_at, paths_in, picture_in
from chinwag_desktop.ui.composer_chips import ChipRow
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_protocol.limits import Limits, PublicLimits

_NAMED = 3
"""Files that a question names."""


class ComposerFiles(QObject):
    """`chips` is what is seen of them."""

    changed = Signal()
    refused = Signal(str)
    """Words why a file cannot be taken."""
    doubted = Signal(str, object)
    """The names of photos that would carry their camera's notes, and what to call if they are wanted all the same."""
    picked = Signal()
    """The dialog was closed, with or without a file."""
    _encoded = Signal(object, object)

    def __init__(self, themes: ThemeSource, limits: Limits | PublicLimits, parent: QWidget) -> None:
        super().__init__(parent)
        self.limits = limits
        self.chips = ChipRow(themes)
        self._window = parent
        self._of: UUID | None = None
        self._closed = False
        self._kept: dict[UUID | None, tuple[ComposedFile, ...]] = {}
        """Of the conversations that are not open."""
        self._encoding = Counter[UUID | None]()
        self.chips.changed.connect(self.changed)
        self._encoded.connect(self._keep_encoded, Qt.ConnectionType.QueuedConnection)

    def open(self, of: UUID | None) -> None:
        """Another conversation: its files are shown now, those of the last one wait."""
        self._kept[self._of] = self.chips.files()
        self._of = of
        self.chips.clear()
        for file in self._kept.pop(of, ()):
            self.chips.add(file)
        self.set_closed(False)

    def set_closed(self, closed: bool) -> None:
        """Show no files and take none while a message that was sent is being changed."""
        self._closed = closed
        self.chips.setVisible(bool(self.chips.files()) and not closed)

    @property
    def ready(self) -> bool:
        """Whether no picture is still being encoded."""
        return not self._encoding[self._of]

    def files(self) -> tuple[ComposedFile, ...]:
        """Those of the open conversation."""
        return () if self._closed else self.chips.files()

    def clear(self) -> None:
        """They were sent."""
        self.chips.clear()

    def add_paths(self, paths: Iterable[str]) -> None:
        self._add_paths(self._of, paths)

    def add_mime(self, mime: QMimeData) -> None:
        """Files or a picture, pasted or dropped."""
        self.add_paths(paths_in(mime))
        if (image := picture_in(mime)) is not None:
            self._encoding[self._of] += 1
            self.changed.emit()
            encode_later(image, partial(self._encoded.emit, self._of))

    def pick(self) -> None:
        """Ask for files."""
        dialog = QFileDialog(self._window, translate("Composer", "Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [
                translate("Composer", "Pictures (*.png *.jpg *.jpeg *.gif *.webp)"),
                translate("Composer", "All files (*)"),
            ]
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(partial(self._add_paths, self._of))
        dialog.finished.connect(self.picked)
        dialog.open()

    def _add_paths(self, of: UUID | None, paths: Iterable[str]) -> None:
        noted: list[ComposedFile] = []
        for path in paths:
            file = file_at(path)
            if file is None:
                self.refused.emit(translate("Composer", "This cannot be attached: it is not a file that can be read."))
            elif file.keeps_notes:
                noted.append(file)
            else:
                self._add(of, file)
        if noted:
            names = [file.name for file in noted[:_NAMED]] + ["…"] * (len(noted) > _NAMED)
            self.doubted.emit(", ".join(names), partial(self._add_all, of, noted))

    def _add_all(self, of: UUID | None, files: Iterable[ComposedFile]) -> None:
        for file in files:
            self._add(of, file)

    def _add(self, of: UUID | None, file: ComposedFile) -> None:
        """Take a file into the conversation that it was meant for, whichever is open by now."""
        files = self.chips.files() if of == self._of else self._kept.get(of, ())
        if of == self._of and self._closed:
            self.refused.emit(translate("Composer", "A message that was sent takes no more files."))
        elif len(files) >= self.limits.attachments_per_message:
            words = translate("Composer", "A message takes {n} files at most.", n=self.limits.attachments_per_message)
            self.refused.emit(words)
        elif file.size > self.limits.upload_bytes:
            self.refused.emit(translate("Composer", "{name} is too large for this server.", name=file.name))
        elif of == self._of:
            self.chips.add(file)
        else:
            self._kept[of] = (*files, file)

    def _keep_encoded(self, of: UUID | None, file: ComposedFile) -> None:
        self._encoding[of] -= 1
        self._add(of, file)
        self.changed.emit()
