"""Every word a person reads goes through here, so that Qt Linguist can replace it. Used by models and ui alike.

`lupdate` finds the calls by name: `translate("Context", "Source text")`. Values are put in after translating, with `str.format` names.
"""

from PySide6.QtCore import QCoreApplication

_PLURAL_MARK = "(s)"


def translate(context: str, text: str, /, **values: object) -> str:
    """`text` in the person's language, with `{name}` replaced by the value of that name."""
    words = QCoreApplication.translate(context, text)
    return words.format(**values) if values else words


def translate_n(context: str, text: str, n: int, /) -> str:
    """A text that counts: `%n` becomes `n`. Without a translation "(s)" is an English plural."""
    words = QCoreApplication.translate(context, text, "", n)
    if _PLURAL_MARK in words:
        words = words.replace(_PLURAL_MARK, "" if n == 1 else "s")
    return words
