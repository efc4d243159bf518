"""What operators and clients ask before anything else: health, metrics, the server's own description."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from accounts_app import AccountsApp, accounts_app, bearer, error_of

from chinwag_protocol.bodies import ServerInfo
from chinwag_protocol.limits import Limits
from chinwag_protocol.routes import ROUTES
from chinwag_server.services.health import Health


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AccountsApp]:
    async with accounts_app(database_url, metrics_addresses=("192.0.2.0/24",)) as made:
        yield made


async def get(app: AccountsApp, path: str, **how: Any) -> Any:
    return await app.http.get(f"http://chat.test{path}", **how)


async def test_a_server_that_works_says_so(app: AccountsApp) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await get(app, path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "degraded": []})


async def test_without_its_database_it_lives_but_is_not_ready(app: AccountsApp) -> None:
    await app.database.close()
    answer = await get(app, "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "degraded": ["database"]})
    alive = await get(app, "/healthz")
    assert (alive.status_code, alive.json()) == (200, answer.json())
    await app.database.open()
    assert (await get(app, "/readyz")).status_code == 200


async def test_without_a_lesser_part_it_is_degraded_and_ready() -> None:
    async def works() -> bool:
        return True

    async def fails() -> bool:
        raise ConnectionError

    health = Health({"database": works, "valkey": fails})
    answer = await health.check()
    assert (answer.status, answer.degraded) == ("degraded", ("valkey",))
    health.stopping()
    assert (await health.check()).status == "unavailable"


async def test_metrics_are_for_loopback_and_configured_addresses(app: AccountsApp) -> None:
    await app.register("ada")
    here = "http://127.0.0.1:8765/metrics"
    answer = await app.http.get(here)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'chinwag_http_requests_total{method="POST",route="/api/v1/auth/register",status="201"} 1.0' in answer.text
    assert "ada" not in answer.text
    for address, status in (("192.0.2.7", 200), ("198.51.100.1", 404), ("::1", 200), ("unknown", 404)):
        other = await app.from_address(address).get(here)
        assert other.status_code == status, address
        if status == 404:
            assert error_of(other) == (404, "not_found", None)


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via", "CF-Connecting-IP"],
)
async def test_metrics_are_not_for_those_behind_a_proxy_on_this_machine(app: AccountsApp, header: str) -> None:
    here = "http://localhost:8765/metrics"
    assert (await app.http.get(here)).status_code == 200
    assert error_of(await app.http.get(here, headers={header: "198.51.100.1"})) == (404, "not_found", None)
    assert error_of(await app.http.get("http://chat.test/metrics")) == (404, "not_found", None)
    assert (await app.from_address("192.0.2.7").get("http://chat.test/metrics")).status_code == 200


async def test_the_server_describes_itself(app: AccountsApp) -> None:
    answer = await app.http.get("/server")
    info = msgspec.json.decode(answer.content, type=ServerInfo)
    assert (info.protocol, info.registration, info.name) == (1, "open", "Chinwag")
    assert info.limits == Limits().public()
    assert answer.json()["limits"]["messagesPerSecond"] == 20


async def test_answers_carry_an_id_and_no_cors_header(app: AccountsApp) -> None:
    seen = set()
    for path in ("/server", "/nothing"):
        answer = await app.http.get(path, headers={"Origin": "https://evil.example", "X-Request-Id": "mine"})
        seen.add(answer.headers["x-request-id"])
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert len(seen) == 2
    assert "mine" not in seen


async def test_a_log_line_has_neither_token_nor_query(app: AccountsApp, caplog: Any) -> None:
    session = await app.register("ada")
    caplog.clear()
    with caplog.at_level("DEBUG"):
        await app.http.get("/users?query=secret-words", headers=bearer(session))
        await app.http.post("/auth/refresh", json={"refreshToken": session["refreshToken"]})
    written = repr([vars(record) for record in caplog.records if record.name.startswith("chinwag")])
    assert "/api/v1/users" in written
    for secret in ("secret-words", session["accessToken"], session["refreshToken"]):
        assert secret not in written


async def test_the_description_of_the_api_is_complete_and_right(app: AccountsApp) -> None:
    answer = await get(app, "/schema/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described <= {(route.method, route.path) for route in ROUTES}
    missing = {(route.method, route.path) for route in ROUTES} - described
    assert all(path.startswith(("/api/v1/search", "/api/v1/uploads")) for _, path in missing), missing
    register = document["paths"]["/api/v1/auth/register"]["post"]
    reference = register["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    assert schema["required"] == ["username", "password"]
    assert set(register["responses"]) == {"201", "default"}
    assert "security" not in register
    listing = document["paths"]["/api/v1/users"]["get"]
    [limit] = [parameter for parameter in listing["parameters"] if parameter["name"] == "limit"]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert listing["security"] == [{"bearer": []}]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]
    operations = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(set(operations)) == len(operations)


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        found = [node["$ref"]] if "$ref" in node else []
        return found + [reference for value in node.values() for reference in _references(value)]
    return [reference for value in node for reference in _references(value)] if isinstance(node, list) else []
