"""Text as it is stored and returned.

A *character* is a Unicode code point after NFC and trimming of white space. CR LF becomes LF. No NUL and no lone
surrogates. Bidi controls stay in messages, and are taken out of names, titles and file names, where they would let one
name pass for another.
"""

import re
import unicodedata
from typing import Final

from .errors import TextError
from .limits import (
    DEVICE_NAME_LENGTH,
    EXCERPT_LENGTH,
    FILE_NAME_LENGTH,
    SEARCH_MAX,
    SEARCH_MIN,
    STATUS_LENGTH,
    Limits,
)

_BIDI: Final = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing: fillers of Hangul, the empty pattern of Braille."""
_USERNAME: Final = re.compile(r"[a-z0-9._-]+")
_IDEOGRAPH: Final = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)


def normalise(text: str, *, field: str) -> str:
    """Give `text` in NFC, its CR LF as LF, without white space around it.

    Raises TextError with `field`, as all functions here do which take one.
    """
    if "\0" in text:
        raise TextError(field, "NUL is not allowed")
    if not text.isascii():
        if not _is_encodable(text):
            raise TextError(field, "a lone surrogate is not allowed")
        text = unicodedata.normalize("NFC", text)
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    return text.strip()


def clean_text(text: str, *, limits: Limits, field: str = "text") -> str:
    """Give a message's text as it is stored; it may be empty, which only an attachment makes good."""
    text = normalise(text, field=field)
    if len(text) > limits.text_length:
        raise TextError(field, f"longer than {limits.text_length} characters")
    # No character takes more than four bytes, so most texts need not be encoded to know.
    if len(text) * 4 > limits.text_bytes and len(text.encode()) > limits.text_bytes:
        raise TextError(field, f"longer than {limits.text_bytes} bytes")
    return text


def clean_name(text: str, *, field: str, maximum: int, minimum: int = 1) -> str:
    """Give a name of one line: without bidi controls, of `minimum` to `maximum` characters, none a control, not all of them invisible."""
    name = normalise(_without_bidi(text), field=field)
    if _CONTROL.search(name):
        raise TextError(field, "control characters are not allowed")
    if not minimum <= len(name) <= maximum:
        raise TextError(field, f"must have {minimum} to {maximum} characters")
    if name and not any(map(_is_seen, name)):
        raise TextError(field, "must have a character that can be seen")
    return name


def clean_display_name(text: str, *, limits: Limits, field: str = "displayName") -> str:
    """Give a display name."""
    return clean_name(text, field=field, maximum=limits.display_name_length)


def clean_title(text: str, *, limits: Limits, field: str = "title") -> str:
    """Give the title of a group."""
    return clean_name(text, field=field, maximum=limits.title_length)


def clean_device_name(text: str | None, *, field: str = "deviceName") -> str | None:
    """Give the name of a device, or None for an absent or empty one."""
    return (clean_name(text, field=field, maximum=DEVICE_NAME_LENGTH, minimum=0) or None) if text else None


def clean_status(text: str, *, field: str = "status") -> str:
    """Give the text of a user's status, which may be empty."""
    return clean_name(text, field=field, maximum=STATUS_LENGTH, minimum=0)


def clean_username(text: str, *, limits: Limits, field: str = "username") -> str:
    """Give a user name; it is never folded: capitals are refused."""
    name = normalise(text, field=field)
    if not limits.username_min <= len(name) <= limits.username_max:
        raise TextError(field, f"must have {limits.username_min} to {limits.username_max} characters")
    if _USERNAME.fullmatch(name) is None:
        raise TextError(field, "only a-z, 0-9, dot, underscore and hyphen are allowed")
    return name


def clean_password(text: str, *, limits: Limits, field: str = "password") -> str:
    """Give a new password in NFC. White space around it stays, but is not counted."""
    length = len(normalise(text, field=field))
    if length < limits.password_min or len(text) > limits.password_max:
        raise TextError(field, f"must have {limits.password_min} to {limits.password_max} characters")
    return unicodedata.normalize("NFC", text)


def clean_file_name(text: str) -> str:
    """Give what is left of a file name: its last path element, at most 255 characters, never empty. Refuses nothing."""
    name = re.split(r"[/\\]", text.encode("utf-8", "ignore").decode())[-1]
    name = unicodedata.normalize("NFC", _CONTROL.sub("", _without_bidi(name))).strip()
    if len(name) > FILE_NAME_LENGTH:
        stem, dot, suffix = name.rpartition(".")
        keep = f"{dot}{suffix}" if stem and len(suffix) <= 16 else ""
        name = name[: FILE_NAME_LENGTH - len(keep)] + keep
    return name if name.strip(". ") else "file"


def clean_query(text: str, *, field: str = "q") -> str:
    """Give a search for messages: 2..256 characters, or one if it is an ideograph, kana or hangul syllable."""
    query = normalise(text, field=field)
    if len(query) > SEARCH_MAX or (len(query) < SEARCH_MIN and _IDEOGRAPH.fullmatch(query) is None):
        raise TextError(field, f"must have {SEARCH_MIN} to {SEARCH_MAX} characters")
    return query


def excerpt(text: str) -> str:
    """Give the first 140 characters of a stored text."""
    return text[:EXCERPT_LENGTH]


def _is_seen(character: str) -> bool:
    """Whether it is drawn by itself: a letter, digit, punctuation mark or symbol, and no blank one."""
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK


def _without_bidi(text: str) -> str:
    return text if text.isascii() else text.translate(_BIDI)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
