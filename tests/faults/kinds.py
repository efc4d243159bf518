"""Every kind of fault there is, and what brings it about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from faults import client_faults as client
from faults import link_faults as link
from faults import people_faults as people
from faults import server_faults as server
from faults.schedule import Kind, Lane, Planned

if TYPE_CHECKING:
    from faults.arena import Arena

Act = Callable[["Arena", Planned], Awaitable[str]]
"""Brings a fault about and ends it; returns what it hit. Raises AssertionError when something promised did not hold."""

_FAULTS: tuple[tuple[str, Lane, tuple[float, float], str, Act], ...] = (
    ("worker killed", "server", (1, 3), "1–3", server.kill_worker),
    ("worker frozen", "server", (2, 7), "1–3", server.freeze_worker),
    ("server killed", "server", (0.5, 5), "1–3", server.kill_node),
    ("all servers killed", "server", (0.5, 3), "55", server.kill_all_nodes),
    ("servers and engines killed", "server", (0.5, 3), "1–3, 5, 13", server.kill_machine),
    ("server stopped under load", "server", (0.5, 4), "4", server.stop_node),
    ("PostgreSQL killed", "server", (0.5, 3), "5", server.kill_postgres),
    ("PostgreSQL frozen", "server", (2, 12), "6, 8", server.freeze_postgres),
    ("backends terminated", "server", (1, 4), "7", server.terminate_backends),
    ("answer to COMMIT lost", "server", (2, 5), "7", server.lose_commits),
    ("way to the database frozen", "server", (2, 9), "8", server.freeze_database_way),
    ("Valkey killed", "server", (0.5, 5), "13", server.kill_valkey),
    ("Valkey frozen", "server", (2, 8), "14", server.freeze_valkey),
    ("bus messages lost", "server", (0.5, 2.5), "52", server.lose_bus),
    ("Valkey out of reach", "server", (1, 8), "15", server.cut_bus),
    ("link cut", "link", (1, 20), "17", link.cut_link),
    ("nothing arrives at the server", "link", (2, 12), "18", link.lose_upwards),
    ("nothing arrives at the client", "link", (2, 12), "18", link.lose_downwards),
    ("half-open link", "link", (2, 15), "19", link.half_open),
    ("connected into silence", "link", (3, 15), "20", link.answer_nothing),
    ("client reads nothing", "link", (6, 12), "27", link.read_nothing),
    ("slow link", "link", (4, 12), "22", link.slow_link),
    ("all connections reset", "link", (0.2, 1), "54", link.reset_all),
    ("accepted, then reset", "link", (1, 8), "21", link.slam),
    ("accepted, then closed 1012", "link", (1, 8), "21", link.turn_away),
    ("answer to a refresh lost", "link", (2, 6), "41", link.lose_refresh),
    ("clients killed", "client", (0.5, 5), "34", client.kill_clients),
    ("clients killed with full outboxes", "client", (5, 12), "35", client.kill_full_clients),
    ("cache damaged", "client", (0.2, 1), "37", client.damage_cache),
    ("client's disk full", "client", (3, 8), "36", client.fill_disk),
    ("clients asleep", "client", (3, 12), "25", client.sleep_clients),
    ("asleep longer than the token", "client", (32, 38), "25, 40", client.oversleep_clients),
    ("clock an hour off", "client", (2, 8), "26", client.jump_clock),
    ("tokens renewed at once", "client", (0.5, 1), "40", client.renew_tokens),
    ("removed and added again", "people", (0.5, 6), "43", people.remove_member),
    ("membership changed", "people", (0.2, 3), "43", people.move_member),
    ("one message on three sockets", "people", (1, 3), "31, 32", people.send_twins),
)
_EARLY_ONLY = frozenset(
    {
        "worker killed",
        "server killed",
        "all servers killed",
        "servers and engines killed",
        "server stopped under load",
        "client's disk full",
    }
)

KINDS: tuple[Kind, ...] = tuple(
    Kind(name=name, lane=lane, seconds=seconds, rows=rows, early_only=name in _EARLY_ONLY)
    for name, lane, seconds, rows, _ in _FAULTS
)
ACTS: dict[str, Act] = {name: act for name, _, _, _, act in _FAULTS}
