"""The emoji to choose from: by group, by shortcode, by words of their names. Read when they are first asked for."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final, NamedTuple

from chinwag_resources import emoji_table

GROUPS: Final = ("smileys", "people", "nature", "food", "travel", "activities", "objects", "symbols", "flags")
_CODE: Final = re.compile(r"(?:^|(?<=[^\w:]))(:[\w+\-]+:)$")
_TYPED: Final = re.compile(r"(?:^|(?<=[^\w:])):([^\W\d_][\w+\-]+|[+\-]1)$")  # :-D and :30 are none


class Emoji(NamedTuple):
    """One of them; `codes` without their colons, the first is its English name."""

    text: str
    group: str
    codes: tuple[str, ...]
    german: str

    def name(self, language: str) -> str:
        """In words, in the language of the app."""
        return self.german if language == "de" and self.german else self.codes[0].replace("_", " ")


class RecentEmoji:
    """The emoji that were used last on this device, the newest first; `keep` is called with each new order."""

    MOST: Final = 27

    def __init__(self) -> None:
        self.items: list[str] = []
        self._keep: Callable[[list[str]], object] | None = None

    def load(self, items: Iterable[str], keep: Callable[[list[str]], object]) -> None:
        """What was kept by an earlier run, and where to keep it from now on."""
        self.items, self._keep = list(items)[: self.MOST], keep

    def use(self, text: str) -> None:
        """This one was used just now."""
        self.items = [text, *(item for item in self.items if item != text)][: self.MOST]
        if self._keep is not None:
            self._keep(self.items)


@cache
def all_emoji() -> tuple[Emoji, ...]:
    """Every one, in the order of Unicode's charts."""
    found: list[Emoji] = []
    for line in emoji_table().splitlines():
        text, group, name, more, german = line.split("\t")
        found.append(Emoji(text, group, (name, *filter(None, more.split(","))), german))
    return tuple(found)


@cache
def _by_code() -> dict[str, Emoji]:
    return {code: emoji for emoji in reversed(all_emoji()) for code in reversed(emoji.codes)}


@cache
def _by_text() -> dict[str, Emoji]:
    return {emoji.text: emoji for emoji in all_emoji()}


def of_group(group: str) -> list[Emoji]:
    """Those of one group."""
    return [emoji for emoji in all_emoji() if emoji.group == group]


def find(text: str) -> Emoji | None:
    """What is known of an emoji."""
    return _by_text().get(text)


def search(needle: str, *, most: int) -> list[Emoji]:
    """Those in whose names words begin as those of `needle`: first those that are called so, then those that begin so."""
    words = needle.casefold().replace("_", " ").split()
    if not words:
        return []
    joined, ranked = "_".join(words), list[tuple[int, int, Emoji]]()
    for number, emoji in enumerate(all_emoji()):
        names = [*(code.replace("_", " ") for code in emoji.codes), emoji.german]
        said = [part for name in names for part in name.split()]
        if all(any(part.startswith(word) for part in said) for word in words):
            exact = joined in emoji.codes
            begins = any(code.startswith(joined) for code in emoji.codes) or emoji.german.startswith(" ".join(words))
            ranked.append((0 if exact else 1 if begins else 2, number, emoji))
    return [emoji for _, _, emoji in sorted(ranked, key=lambda one: one[:2])[:most]]


def being_typed(before: str) -> str | None:
    """What stands behind the colon at the end of the text before the cursor, from two characters on; never in code."""
    match = _TYPED.search(before)
    return match.group(1) if match and not _in_code(before) else None


def finished(before: str) -> tuple[str, str] | None:
    """A shortcode that ends at the cursor, with its colons, and the emoji that it stands for."""
    match = _CODE.search(before)
    emoji = _by_code().get(match.group(1).strip(":")) if match and not _in_code(before) else None
    return (match.group(1), emoji.text) if match and emoji is not None else None


def _in_code(before: str) -> bool:
    """Whether a fence or a backtick is open."""
    return before.count("```") % 2 == 1 or before.rpartition("\n")[2].replace("```", "").count("`") % 2 == 1
