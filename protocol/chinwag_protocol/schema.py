"""JSON Schema (draft 2020-12) of every event, route and object, for clients in other languages and their tests.

A schema says what msgspec checks: names, types, ranges. The rules beyond it are in `text`, `rules` and `emoji`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from . import bodies, commands, errors, limits, notices, objects
from .errors import ErrorEnvelope
from .events import CLIENT_EVENTS, SERVER_EVENTS
from .wire import Record

JsonSchema = dict[str, Any]


def schema_of(kind: type[Record]) -> JsonSchema:
    """Give the schema of one record, its parts under `$defs`."""
    return msgspec.json.schema(kind)


def payload_schema(event: str) -> JsonSchema:
    """Give the schema of what a client sends with an event. Raises KeyError for an unknown one."""
    return schema_of(CLIENT_EVENTS[event].payload)


def ack_schema(event: str) -> JsonSchema:
    """Give the schema of the ack of an event: its result, or an error object. Raises KeyError for an unknown one."""
    (result, error), parts = msgspec.json.schema_components(
        [CLIENT_EVENTS[event].ack, ErrorEnvelope], ref_template="#/$defs/{name}"
    )
    return {"anyOf": [result, error], "$defs": parts}


def server_event_schema(event: str) -> JsonSchema:
    """Give the schema of what the server sends with an event. Raises KeyError for an unknown one."""
    return schema_of(SERVER_EVENTS[event])


def all_records() -> Mapping[str, type[Record]]:
    """Give every record of the wire by name: objects, bodies, payloads, acks and errors."""
    modules = (errors, objects, limits, bodies, commands, notices)
    return {kind.__name__: kind for module in modules for kind in records_in(module)}


def records_in(module: object) -> list[type[Record]]:
    """Give the records that a module of this package defines, in the order of its text."""
    found: list[type[Record]] = [
        value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Record)
    ]
    return [kind for kind in found if kind.__module__ == getattr(module, "__name__", None)]
