"""`/schema/openapi.json`: the description of the HTTP API, made from the protocol package's own tables.

Bodies are decoded by the very types whose schemas stand here, so that it cannot say anything else than the server does.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from chinwag_protocol.errors import HTTP_STATUS, ErrorCode, ErrorEnvelope
from chinwag_protocol.limits import PAGE_DEFAULT, PAGE_MAX
from chinwag_protocol.routes import ROUTES as ALL_ROUTES
from chinwag_protocol.routes import QuerySpec, RouteSpec
from chinwag_protocol.wire import MAX_INTEGER

Json = dict[str, Any]

_PLACEHOLDER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_BINARY: Final[Json] = {"type": "string", "format": "binary"}
_REFERENCE: Final = "#/components/schemas/{name}"

_CONTENT: Final[dict[str, Json]] = {
    "picture": {"image/*": {"schema": _BINARY}},
    "multipart": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": _BINARY,
                    "durationMs": {"type": "integer", "minimum": 0},
                    "waveform": {"type": "string", "description": "a JSON array of 64 values of 0..100"},
                },
                "required": ["file"],
            }
        }
    },
    "bytes": {"application/octet-stream": {"schema": _BINARY}},
    "metrics": {"text/plain": {"schema": {"type": "string"}}},
    "openapi": {"application/json": {"schema": {"type": "object"}}},
}


def describe(routes: Sequence[RouteSpec], *, version: str) -> Json:
    """The OpenAPI 3.1 document of the given routes."""
    records = [kind for route in routes for kind in (route.request, route.response) if isinstance(kind, type)]
    kinds = list(dict.fromkeys([*records, ErrorEnvelope]))
    references, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    schemas = dict(zip(kinds, references, strict=True))
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chinwag", "version": version, "description": "HTTP part of the Chinwag wire protocol 1"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def openapi_routes(served: Iterable[tuple[str, str]], *, version: str) -> list[HTTPRouteHandler]:
    """The route of the document, which describes those of the protocol's routes that are `served` (method, path)."""
    there = {(method, _PLACEHOLDER.sub("{}", path)) for method, path in served} | {("GET", "/schema/openapi.json")}
    routes = [route for route in ALL_ROUTES if (route.method, _PLACEHOLDER.sub("{}", route.path)) in there]
    document = msgspec.json.encode(describe(routes, version=version))

    @get("/schema/openapi.json", opt={"open": True, "unmetered": True})
    async def get_openapi() -> Response[bytes]:
        """The description of this API."""
        return Response(document, media_type=MediaType.JSON)

    return [get_openapi]


def _operation(route: RouteSpec, schemas: dict[Any, Any]) -> Json:
    operation: Json = {
        "operationId": _operation_id(route),
        "summary": route.does,
        "parameters": [*_path_parameters(route.path), *(_query_parameter(spec) for spec in route.query)],
        "responses": {str(status): _answer(route, status, schemas) for status in route.statuses}
        | {
            "default": {
                "description": "the error object; its status is that of its code: "
                + ", ".join(f"{code} {HTTP_STATUS[code]}" for code in ErrorCode),
                "content": {"application/json": {"schema": schemas[ErrorEnvelope]}},
            }
        },
    }
    if route.idempotent:
        operation["parameters"].append(
            {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
        )
    if route.request is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.request, schemas)}
    if route.auth in ("bearer", "admin"):
        operation["security"] = [{"bearer": []}]
    return operation


def _answer(route: RouteSpec, status: int, schemas: dict[Any, Any]) -> Json:
    answer: Json = {"description": route.does}
    if route.response is not None and status not in (204, 304) and route.method != "HEAD":
        answer["content"] = _content(route.response, schemas)
    return answer


def _content(kind: Any, schemas: dict[Any, Any]) -> Json:
    return _CONTENT[kind] if isinstance(kind, str) else {"application/json": {"schema": schemas[kind]}}


def _path_parameters(path: str) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"} if name.endswith("Id") else {"type": "string"},
        }
        for name in _PLACEHOLDER.findall(path)
    ]


def _query_parameter(spec: QuerySpec) -> Json:
    return {
        "name": spec.name,
        "in": "query",
        "required": spec.required,
        "description": spec.meaning,
        "schema": _query_schema(spec),
    }


def _query_schema(spec: QuerySpec) -> Json:
    if spec.name == "limit":
        return {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_DEFAULT}
    if "`seq`" in spec.meaning:
        return {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}
    if spec.meaning.startswith("time"):
        return {"type": "string", "format": "date-time"}
    return {"type": "string", "format": "uuid"} if spec.name.endswith("Id") else {"type": "string"}


def _operation_id(route: RouteSpec) -> str:
    words = re.findall(r"[A-Za-z]+", route.path.removeprefix("/api/v1").replace("{", "By{"))
    return route.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)
