"""`/metrics`: what Prometheus reads, for loopback and configured addresses; for everybody else there is no such route."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from chinwag_server.api.callers import AnyConnection, client_address, is_at_this_machine
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.api.metrics_sum import Merge, add_up, write
from chinwag_server.config import is_loopback
from chinwag_server.domain.errors import NotFound

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one worker, and who may read them. Children are held: looking one up by label costs a microsecond.

    `gather` asks the other workers of this server for what `snapshot` gives there; None: there are none.
    """

    def __init__(self, *, addresses: Sequence[str], gather: Callable[[], Awaitable[list[bytes]]] | None = None) -> None:
        self.registry = CollectorRegistry()
        self._gather = gather
        self._merges: dict[str, Merge] = {}
        self._networks: list[Network] = [ipaddress.ip_network(address, strict=False) for address in addresses]
        self._requests = Counter(
            "chinwag_http_requests_total", "HTTP requests", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "chinwag_http_request_seconds", "Time to answer", registry=self.registry, buckets=_BUCKETS_S
        )
        self._children: dict[tuple[str, str, int], Counter] = {}
        self.watch("chinwag_workers", "Workers whose numbers are in here", lambda: 1)
        self.watch("chinwag_tasks", "Tasks of the event loop", lambda: len(asyncio.all_tasks()))

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request."""
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._requests.labels(method, route, str(status))
        child.inc()
        self._seconds.observe(seconds)

    def watch(self, name: str, meaning: str, read: Callable[[], float], *, merge: Merge = sum) -> None:
        """Show a value that is read when somebody asks; `merge` makes one of those of several workers."""
        Gauge(name, meaning, registry=self.registry).set_function(read)
        self._merges[name] = merge

    def snapshot(self) -> bytes:
        """Give what this worker has to show, for another one."""
        return write(self.registry)

    async def exposition(self) -> bytes:
        """Give the numbers of all workers of this server as one text."""
        others = [] if self._gather is None else await self._gather()
        return generate_latest(add_up([self.snapshot(), *others], merges=self._merges))

    def may_read(self, connection: AnyConnection) -> bool:
        """Whether it comes from this machine, as far as can be told, or from a configured address."""
        address = client_address(connection)
        if is_loopback(address):
            return is_at_this_machine(connection)
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


@get("/metrics", opt={"open": True, "unmetered": True})
async def get_metrics(request: ChatRequest, metrics: NamedDependency[Metrics]) -> Response[bytes]:
    """The metrics of all workers as text."""
    if not metrics.may_read(request):
        raise NotFound
    return Response(await metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})


ROUTES: Final[list[HTTPRouteHandler]] = [get_metrics]
