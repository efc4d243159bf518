"""Where each conversation stands on this node: up to which `rev` it was delivered, and whether sockets here follow it.

A conversation is followed while a registered socket of one of its members is here: of it nothing may be missed. Any other
is only remembered so that its facts keep their order, and begins anew wherever it is heard of again.

It comes to be followed when a member registers, or when a fact of it reaches a socket: then it is not known yet whether that
was the first that they should have heard.
"""

from collections.abc import Iterable
from typing import Final

REMEMBERED: Final = 200_000
"""So many conversations that nobody follows are remembered at most."""


class Stand:
    """One conversation. `seq` is that of the last message up to `rev`, None when it is not known; `began` the first `rev` told.

    `checked`: since when those here should have heard of it has been compared with that.
    """

    __slots__ = ("began", "checked", "followed", "rev", "seq")

    def __init__(self, rev: int, *, seq: int | None = None, began: int) -> None:
        self.rev = rev
        self.seq = seq
        self.began = began
        self.followed = False
        self.checked = False


class Stands:
    """All conversations of this node, by `UUID.int`."""

    def __init__(self) -> None:
        self._stands: dict[int, Stand] = {}
        self._followed: set[int] = set()
        self.find = self._stands.get

    def __len__(self) -> int:
        return len(self._stands)

    def list_followed(self) -> dict[int, int]:
        """Those that sockets here follow, and up to which `rev` they were told."""
        return {key: self._stands[key].rev for key in self._followed}

    def begin(self, key: int, rev: int) -> Stand:
        """A conversation is heard of for the first time, with `rev`."""
        if len(self._stands) - len(self._followed) >= REMEMBERED:
            self._forget_half()
        stand = self._stands[key] = Stand(rev - 1, began=rev)
        return stand

    def follow(self, key: int, *, rev: int, seq: int | None) -> None:
        """From `rev` on nothing of it may be missed; what came before reached its members another way.

        One that is followed already stays where it is: it owes what it has not told yet.
        """
        stand = self._stands.get(key)
        if stand is None:
            stand = self._stands[key] = Stand(rev, seq=seq, began=rev + 1)
        elif not stand.followed and stand.rev <= rev:
            stand.rev, stand.seq = rev, seq
        self.reached(key, stand)
        stand.checked = True

    def reached(self, key: int, stand: Stand) -> None:
        """A fact of it has reached a socket here."""
        stand.followed = True
        self._followed.add(key)

    def unfollow(self, keys: Iterable[int]) -> None:
        """Nobody here is in these any more."""
        for key in keys:
            if key in self._followed:
                self._followed.discard(key)
                del self._stands[key]

    def clear(self) -> None:
        """Forget everything."""
        self._stands.clear()
        self._followed.clear()

    def _forget_half(self) -> None:
        """Drop the older half of what nobody follows."""
        idle = [key for key in self._stands if key not in self._followed]
        for key in idle[: len(idle) // 2]:
            del self._stands[key]
