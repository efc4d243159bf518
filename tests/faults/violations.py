"""What a checker says."""

from __future__ import annotations

from typing import Final

import msgspec

SAID_ENOUGH: Final = 20
"""How many numbers of a kind are told in full."""


class Violation(msgspec.Struct, frozen=True):
    """Something that must not be. `rule` is one of the counts of the table."""

    rule: str
    words: str
