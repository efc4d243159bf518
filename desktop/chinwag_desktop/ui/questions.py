"""The questions the app asks: each makes a `Dialog`, to be awaited with `answer()`. Answers are keys, "" means no."""

from PySide6.QtWidgets import QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, cancel

KEYRING_MEMORY, KEYRING_FILE = "memory", "file"
SIGN_OUT, OPEN_LINK, DELETE, ATTACH, DISCARD = "sign_out", "open", "delete", "attach", "discard"


def keyring_question(themes: ThemeSource, window: QWidget) -> Dialog:
    """There is no keyring: where shall the sign-in be kept? Answers KEYRING_MEMORY, KEYRING_FILE or ""."""
    text = translate(
        "Questions",
        "This system has no keyring to keep your sign-in safe. Chinwag can keep it in memory, so that you sign in again after "
        "each start, or in a file that only your user account can read.",
    )
    choices = (
        Choice(KEYRING_MEMORY, translate("Questions", "In memory only")),
        Choice(KEYRING_FILE, translate("Questions", "In a file"), "primary"),
    )
    return Dialog(themes, window, translate("Questions", "Stay signed in?"), text=text, choices=choices)


def sign_out_question(themes: ThemeSource, window: QWidget, *, unsent: int) -> Dialog:
    """Sign out; `unsent` messages would be lost. Answers SIGN_OUT or ""."""
    if unsent:
        text = translate("Questions", "%n message(s) have not been sent. They will be lost.", "", unsent)
        if unsent == 1:
            text = translate("Questions", "One message has not been sent. It will be lost.")
        choices = (cancel(), Choice(SIGN_OUT, translate("Questions", "Sign out and lose them"), "danger"))
        return Dialog(themes, window, translate("Questions", "Sign out?"), text=text, choices=choices)
    text = translate(
        "Questions", "Everything that is kept on this device is removed. Your messages stay on the server."
    )
    choices = (cancel(), Choice(SIGN_OUT, translate("Questions", "Sign out"), "primary"))
    return Dialog(themes, window, translate("Questions", "Sign out?"), text=text, choices=choices)


def link_question(themes: ThemeSource, window: QWidget, warning: str) -> Dialog:
    """Open a link that may not lead where it seems to. Answers OPEN_LINK or ""."""
    choices = (cancel(), Choice(OPEN_LINK, translate("Questions", "Open it"), "primary"))
    return Dialog(themes, window, translate("Questions", "Open this link?"), text=warning, choices=choices)


def delete_question(themes: ThemeSource, window: QWidget, words: str) -> Dialog:
    """Delete an own message, of which `words` are a line. Answers DELETE or ""."""
    text = translate("Questions", "“{words}” is taken away from everybody in this conversation.", words=words)
    choices = (cancel(), Choice(DELETE, translate("Questions", "Delete"), "danger"))
    return Dialog(themes, window, translate("Questions", "Delete this message?"), text=text, choices=choices)


def discard_question(themes: ThemeSource, window: QWidget, words: str) -> Dialog:
    """Forget a message that was not sent yet, of which `words` are a line. Answers DISCARD or ""."""
    text = translate("Questions", "“{words}” has not been sent, and is kept nowhere else.", words=one_line(words, 80))
    choices = (cancel(), Choice(DISCARD, translate("Questions", "Discard"), "danger"))
    return Dialog(themes, window, translate("Questions", "Discard this message?"), text=text, choices=choices)


def notes_question(themes: ThemeSource, window: QWidget, names: str) -> Dialog:
    """Send photos that carry what their camera noted. Answers ATTACH or ""."""
    text = translate(
        "Questions",
        "{names}\nCameras write into a photo when and where it was taken. Chinwag takes that out of PNG, JPEG, GIF and WebP, "
        "but not out of this kind of file: whoever gets it can read it.",
        names=one_line(names),
    )
    choices = (cancel(), Choice(ATTACH, translate("Questions", "Attach as it is"), "primary"))
    return Dialog(
        themes, window, translate("Questions", "Send what the camera noted, too?"), text=text, choices=choices
    )
