"""`@username` in a text: who is meant, and what is being typed. Pure. Code means nobody."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from chinwag_desktop.core.entities import Person
from chinwag_desktop.core.markup import Block, Style, parse

_NAME: Final = re.compile(r"(?<![\w@.\-])@([a-z0-9_.\-]+)", re.IGNORECASE)
_TYPED: Final = re.compile(r"(?:^|(?<=[^\w@.\-]))@([\w.\-]*)$")
EVERYBODY: Final = "all"
"""What stands behind the @ that means all members of a group."""
_END: Final = ".-_"  # may end a sentence as well as a name


class Mention(NamedTuple):
    """A place in a block's text, in characters, and the user name that stands there."""

    start: int
    length: int
    username: str


def find_mentions(block: Block, names: Mapping[str, object]) -> list[Mention]:
    """Where one of `names` (user names in small letters) is meant in a block, from its beginning."""
    if block.code or "@" not in block.text:
        return []
    found: list[Mention] = []
    for match in _NAME.finditer(block.text):
        name = match.group(1).lower()
        while name not in names and name[-1:] and name[-1] in _END:
            name = name[:-1]
        if name in names and not _in_code(block, match.start()):
            found.append(Mention(match.start(), len(name) + 1, name))
    return found


def mentioned(text: str, people: Iterable[Person]) -> tuple[UUID, ...]:
    """Ids of those of `people` whom a text means, each once, in the order of the text."""
    if "@" not in text:
        return ()
    names = {person.username.lower(): person.id for person in people}
    return tuple(dict.fromkeys(names[one.username] for block in parse(text) for one in find_mentions(block, names)))


def means_everybody(text: str) -> bool:
    """Whether a text has `@all`, which means all who are in a group, if its author leads it."""
    return "@" in text and any(find_mentions(block, {EVERYBODY: True}) for block in parse(text))


def being_typed(before: str) -> str | None:
    """What stands behind the @ at the end of the text before the cursor; None when no name is being typed."""
    match = _TYPED.search(before)
    return match.group(1) if match else None


def _in_code(block: Block, at: int) -> bool:
    return any(span.style & Style.CODE and span.start <= at < span.start + span.length for span in block.spans)
