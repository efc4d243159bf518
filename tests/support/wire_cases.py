"""The registry of the contract's cases: which test proves which event or route, read from the decorators that stand above it.

    @client_event("react")            runs on each transport; acked with a result, and refused with an error object
    @server_event("typing")           runs on each transport; came
    @server_event("userOffline", at_once=True)     one run with sockets on all transports, for what takes its time
    @route("PATCH /users/me")         answered; refused too, where a body, an id or a role can be wrong
    @each_transport                   a clause that is no one event's: it claims nothing

A decorator does not take the test's word: when its body is through, what it names has to have been on the wire. Names are read
from the source, so that it does not matter which tests a run has chosen: `unproven` gives those of the contract without a case.
"""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from foreign_client import TRANSPORTS
from wire_stage import Stage, name_of

from chinwag_protocol.routes import ROUTES, RouteSpec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    Case = Callable[..., Awaitable[None]]
    Proof = tuple[str, str, str]

KINDS = ("client_event", "server_event", "route")
each_transport = pytest.mark.parametrize("transport", TRANSPORTS)


def client_event(*names: str, at_once: bool = False) -> Callable[[Case], Case]:
    """The case of events that clients send."""
    return _case(at_once, lambda transport: [(what, name, transport) for what in ("ack", "refusal") for name in names])


def server_event(*names: str, at_once: bool = False) -> Callable[[Case], Case]:
    """The case of events that the server sends."""
    return _case(at_once, lambda transport: [("event", name, transport) for name in names])


def route(*names: str) -> Callable[[Case], Case]:
    """The case of routes, as in `route("GET /users/me")`."""
    wanted = [("answer", name, "http") for name in names]
    wanted += [("refusal", name_of(spec), "http") for spec in ROUTES if name_of(spec) in names and may_refuse(spec)]
    return lambda test: _proven(test, lambda _: wanted)


def may_refuse(spec: RouteSpec) -> bool:
    """Whether somebody who is signed in can call the route wrongly; without a token all are refused alike."""
    return spec.auth == "admin" or spec.request is not None or (spec.auth == "bearer" and "{" in spec.path)


@functools.cache
def cases_in(folder: Path) -> Mapping[str, set[str]]:
    """For each kind of case the names that the tests of a folder claim to prove."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for call in node.decorator_list if isinstance(node, ast.AsyncFunctionDef) else ():
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KINDS:
                    found[call.func.id] |= {ast.literal_eval(argument) for argument in call.args}
    return found


def unproven(kind: str, names: Iterable[str], folder: Path) -> list[str]:
    """What of the contract has no case, and what cases name that is not of the contract."""
    there = set(names)
    claimed = cases_in(folder).get(kind, set())
    return [f"no case: {name}" for name in sorted(there - claimed)] + [
        f"not of the contract: {name}" for name in sorted(claimed - there)
    ]


def _case(at_once: bool, wanted: Callable[[str], list[Proof]]) -> Callable[[Case], Case]:
    if at_once:
        return lambda test: _proven(test, lambda _: [proof for transport in TRANSPORTS for proof in wanted(transport)])

    def decorate(test: Case) -> Case:
        marks = getattr(test, "pytestmark", [])
        case = _proven(test, wanted)
        return case if any(mark.name == "parametrize" for mark in marks) else each_transport(case)

    return decorate


def _proven(test: Case, wanted: Callable[[str], list[Proof]]) -> Case:
    @functools.wraps(test)
    async def proven(stage: Stage, **given: Any) -> None:
        await test(stage, **given)
        missing = set(wanted(stage.transport)) - stage.proven
        assert not missing, f"never on the wire: {sorted(missing)}"

    return proven
