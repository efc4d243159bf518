"""`Note`: a line of a dialog that says what is going on or what went wrong, and is not there while there is nothing to say."""

from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.text import Paragraph


class Note(Paragraph):
    """The dialog it stands in makes room for it."""

    def __init__(self, themes: ThemeSource, *, width: int, centred: bool = False) -> None:
        super().__init__(themes, "small", "text_2", width=width, centred=centred)
        self.hide()

    def say(self, words: str, *, bad: bool = False) -> None:
        """Show these words, or none; `bad` ones in the colour of failures."""
        self.ink = "danger" if bad else "text_2"
        self.set_text(words)
        self.setVisible(bool(words))
