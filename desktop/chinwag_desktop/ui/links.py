"""Links in text: which ones there are, which may be opened, and which pretend to lead elsewhere. Pure."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from chinwag_desktop.models.i18n import translate

_SCHEMES = frozenset({"http", "https", "mailto"})
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"“”]*[^\s<>\"“”.,;:!?'…)\]]|mailto:[^\s<>\"@]+@[^\s<>\"@]+[^\s<>\"@.,;:!?')\]]",
    re.IGNORECASE,
)
_DIRECTION_TRICKS = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u00ad\ufeff]")


class Link(NamedTuple):
    """A link in a text: `start` and `length` in characters, and where it leads."""

    start: int
    length: int
    url: str


def find_links(text: str) -> list[Link]:
    """The links of a text; `www.` ones are https."""
    if "://" not in text and "www." not in text and "mailto:" not in text:
        return []
    found: list[Link] = []
    for match in _URL.finditer(text):
        words = match.group()
        url = words if ":" in words.partition("/")[0] else f"https://{words}"
        if may_open(url):
            found.append(Link(start=match.start(), length=len(words), url=url))
    return found


def may_open(url: str) -> bool:
    """Only http, https and mailto, with a host, ever reach the system."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme.lower() not in _SCHEMES:
        return False
    return bool(parts.hostname) if parts.scheme.lower() != "mailto" else "@" in parts.path


def warning_for(url: str) -> str:
    """What to ask before opening a link that may not lead where it seems to; "" when there is nothing to ask."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host:
        return ""
    try:
        plain = host.encode("idna").decode("ascii")
    except UnicodeError:
        plain = host.encode("punycode").decode("ascii")
    if "@" in parts.netloc:
        return translate("Links", "This link goes to {host}. What stands before the @ is only a name.", host=plain)
    if plain != host or "xn--" in host:
        return translate("Links", "This link goes to {host}, which can look like another address.", host=plain)
    if _DIRECTION_TRICKS.search(url):
        return translate("Links", "This link goes to {host}. It has invisible characters.", host=plain)
    return ""
