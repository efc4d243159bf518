"""Every word a person reads goes through here, so that Qt Linguist can replace it. Used by models, ui and app alike.

`scripts/translations.py` finds the calls by name: `translate("Context", "Source text")`, and with a count
`translate("Context", "%n file(s)", "", n)`. Values are put in after translating, with `str.format` names.
"""

from PySide6.QtCore import QCoreApplication

_PLURAL_MARK = "(s)"


def translate(context: str, text: str, comment: str = "", n: int = -1, /, **values: object) -> str:
    """`text` in the person's language, with `{name}` replaced by the value of that name.

    `comment` helps the translator. A text that counts has `%n`, which becomes `n`; without a translation "(s)" is an English plural.
    """
    words = QCoreApplication.translate(context, text, comment, n)
    if n >= 0 and _PLURAL_MARK in words:
        words = words.replace(_PLURAL_MARK, "" if n == 1 else "s")
    return words.format(**values) if values else words


def translate_n(context: str, text: str, n: int, /) -> str:
    """`translate` of a text that counts."""
    return translate(context, text, "", n)
