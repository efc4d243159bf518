"""Every event and every route has a case: what is new in the contract, or in the server, without one fails the run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wire_cases import route, unproven
from wire_stage import Stage, find_route, name_of

from chinwag_protocol.events import CLIENT_EVENTS, SERVER_EVENTS
from chinwag_protocol.routes import API, ROUTES
from chinwag_server.api.app import API_ROUTES, OPERATION_ROUTES

HERE = Path(__file__).parent
LATER = ("/search", "/uploads")
"""Routes of the contract that come later."""


def served() -> set[str]:
    """The routes of the application itself, by the names that the contract has for them; HEAD goes with GET."""
    found: set[str] = set()
    for prefix, handlers in ((API, API_ROUTES), ("", OPERATION_ROUTES)):
        for handler in handlers:
            for path in handler.paths:
                plain = re.sub(r"\{(\w+)(:\w+)?\}", r"{\1}", prefix + path)
                for method in {str(method) for method in handler.http_methods} - {"HEAD"}:
                    known = find_route(method, re.sub(r"\{\w+\}", "0", plain))
                    found.add(name_of(known) if known else f"{method} {plain}")
    return found | {"GET /schema/openapi.json"}


def test_every_event_has_a_case():
    assert unproven("client_event", CLIENT_EVENTS, HERE) == []
    assert unproven("server_event", SERVER_EVENTS, HERE) == []


def test_every_route_has_a_case():
    assert unproven("route", served(), HERE) == []


def test_everything_in_the_contract_is_served():
    missing = {name_of(spec) for spec in ROUTES} - served()
    assert all(name.partition(" ")[2].startswith(LATER) for name in missing), missing


def test_what_has_no_case_is_told():
    assert unproven("client_event", [*CLIENT_EVENTS, "pokeUser"], HERE) == ["no case: pokeUser"]
    assert unproven("server_event", [*SERVER_EVENTS, "userPoked"], HERE) == ["no case: userPoked"]
    assert unproven("route", served() | {"POST /pokes"}, HERE) == ["no case: POST /pokes"]
    assert unproven("client_event", set(CLIENT_EVENTS) - {"ping"}, HERE) == ["not of the contract: ping"]


def test_cases_are_read_from_the_source(tmp_path):
    (tmp_path / "test_new.py").write_text('@client_event("pokeUser", "ping")\nasync def test_a(stage): ...\n')
    assert unproven("client_event", ["pokeUser", "ping"], tmp_path) == []
    assert unproven("server_event", ["ping"], tmp_path) == ["no case: ping"]


async def test_a_case_that_does_not_do_what_it_says_fails(stage: Stage) -> None:
    @route("GET /server", "PATCH /users/me")
    async def case(stage: Stage) -> None:
        await stage.call("GET", "/server")

    with pytest.raises(
        AssertionError, match=r"never on the wire: .*'answer', 'PATCH /users/me'.*'refusal', 'PATCH /users/me'"
    ):
        await case(stage)
