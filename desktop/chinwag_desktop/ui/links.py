"""Links in text: which ones there are, which may be opened, and which pretend to lead elsewhere. Pure, and linear in the text.

One parser decides all of it: QUrl, in its strict mode. What is opened is its own encoded form, so that nothing is parsed twice.
"""

import re
from typing import Final, NamedTuple

from PySide6.QtCore import QUrl

from chinwag_desktop.models.i18n import translate

MOST_LINKS: Final = 100
"""Links of a text; what follows stays text."""
LONGEST: Final = 2_000
"""Characters of a link; longer ones stay text."""

_SCHEMES = frozenset({"http", "https", "mailto"})
_WORD = re.compile(r"[^\s<>\"“”]+")
_START = re.compile(r"https?://|www\.|mailto:", re.IGNORECASE)
_END = ".,;:!?'…)]"
_DIRECTION_TRICKS = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u00ad\ufeff]")
_ASCII = QUrl.ComponentFormattingOption.FullyEncoded


class Link(NamedTuple):
    """A link in a text: `start` and `length` in characters, and where it leads."""

    start: int
    length: int
    url: str


class Target(NamedTuple):
    """What the system is handed, in ASCII, and what to ask before; "" when there is nothing to ask."""

    url: str
    warning: str


def find_links(text: str) -> list[Link]:
    """The links of a text; `www.` ones are https."""
    if "://" not in text and "www." not in text and "mailto:" not in text:
        return []
    found: list[Link] = []
    for word in _WORD.finditer(text):
        begin = _START.search(word.group())
        if begin is None:
            continue
        words = word.group()[begin.start() :].rstrip(_END)
        if len(begin.group()) < len(words) <= LONGEST:
            url = f"https://{words}" if begin.group()[:3].lower() == "www" else words
            if _parsed(url) is not None:
                found.append(Link(start=word.start() + begin.start(), length=len(words), url=url))
                if len(found) == MOST_LINKS:
                    break
    return found


def target_of(url: str) -> Target | None:
    """Where a link leads; None for all but http, https and mailto with a host, which never reach the system."""
    parsed = _parsed(url)
    if parsed is None:
        return None
    return Target(bytes(parsed.toEncoded().data()).decode("ascii"), _warning(url, parsed))


def _parsed(url: str) -> QUrl | None:
    parsed = QUrl(url, QUrl.ParsingMode.StrictMode)
    if not parsed.isValid() or parsed.scheme() not in _SCHEMES:
        return None
    reachable = "@" in parsed.path() if parsed.scheme() == "mailto" else bool(parsed.host())
    return parsed if reachable else None


def _warning(url: str, parsed: QUrl) -> str:
    if parsed.scheme() == "mailto":
        return ""
    host = parsed.host(_ASCII)
    if parsed.userInfo() or "@" in parsed.authority():
        return translate("Links", "This link goes to {host}. What stands before the @ is only a name.", host=host)
    if "xn--" in host or not url.lower().startswith(f"{parsed.scheme()}://{parsed.authority(_ASCII)}"):
        return translate("Links", "This link goes to {host}, which can look like another address.", host=host)
    if _DIRECTION_TRICKS.search(url):
        return translate("Links", "This link goes to {host}. It has invisible characters.", host=host)
    return ""
