"""Who takes part in a fault run, and on what: drawn from the seed, or as the command line says."""

from __future__ import annotations

from typing import Literal

import msgspec

Layout = Literal["two-nodes", "two-workers", "one-node"]


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of a run."""

    layout: Layout = "two-nodes"
    desktop_hosts: int = 3
    desktops_a_host: int = 4
    second_devices: int = 2
    """So many of the desktops are the second device of somebody."""
    foreigners: int = 6
    groups: int = 5
    group_size: int = 7
    friends: int = 2
    rate: float = 6.5
    """Messages a second and client that its user tries to write."""
    token_ttl_ms: int = 30_000
    defect: str = ""
    """Of `wrong_server.py`: then the run must fail."""

    @property
    def nodes(self) -> int:
        return 2 if self.layout == "two-nodes" else 1

    @property
    def workers(self) -> int:
        return 2 if self.layout == "two-workers" else 1

    @property
    def desktops(self) -> int:
        return self.desktop_hosts * self.desktops_a_host


SMALL = Cast(
    desktop_hosts=2,
    desktops_a_host=2,
    second_devices=1,
    foreigners=3,
    groups=2,
    group_size=4,
    friends=1,
    rate=6.0,
)
"""For a smoke test."""
TINY = Cast(
    layout="one-node",
    desktop_hosts=1,
    desktops_a_host=2,
    second_devices=0,
    foreigners=1,
    groups=1,
    group_size=3,
    friends=1,
    rate=10.0,
)
"""To see that a wrong server is found out."""
