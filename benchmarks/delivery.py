"""Send → delivered on loopback at 100 messages a second, beside a server as tutorials write it, on the same PostgreSQL."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
from measuring import Benchmark, Figure, Goal, Sample, Scale, cpu_seconds, p50_p99, percentile
from processes import Child
from server_process import ServerProcess
from sockets import LoadClient, User, register
from talk import text

OURS, PEER = "chat-server", "tutorial server"
RATE = 100  # messages a second, of all senders together
WARM_UP_S = 1.0


class Delivery(Benchmark):
    """Both servers run all the time and take turns under load; the clients are connected for one run."""

    name = "delivery"
    title = "Send → delivered, 100 messages/s on loopback"
    figures = (
        Figure("p50", "delivered, p50", digits=2),
        Figure("p99", "delivered, p99", digits=2),
        Figure("ack_p50", "confirmed, p50", digits=2),
        Figure("ack_p99", "confirmed, p99", digits=2),
        Figure("server_cpu", "server's CPU a message", unit="µs", digits=0),
        Figure("database_cpu", "PostgreSQL's CPU a message", unit="µs", digits=0),
        Figure("late_p99", "generator late, p99", digits=2),
    )
    drawn = ("p50", "p99")
    variants = (OURS, PEER)
    goals = (
        Goal(variant=OURS, key="p99", most=15.0),
        *(Goal(variant=OURS, key=key, against=PEER) for key in ("p50", "p99", "server_cpu", "database_cpu")),
    )

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self.about = (
            f"{scale.pairs} pairs of Socket.IO clients on WebSockets, {RATE} messages a second in all for "
            f"{scale.seconds:g} s, evenly spaced; from the sender's write to the recipient's read of `newMessage`, and "
            "to the sender's ack. chat-server checks membership, numbers the message, moves the sender's mark, stores, "
            "and only then confirms and tells both; the tutorial server (python-socketio, uvicorn, asyncpg) inserts a "
            "row and emits. Both on one PostgreSQL with `synchronous_commit=on`; the clients share the cores with them."
        )
        self._users: list[User] = []
        self._server: ServerProcess | None = None
        self._peer: Child | None = None
        self._urls: dict[str, str] = {}

    def prepare(self) -> None:
        data = self.stage / "server"
        data.mkdir(mode=0o711)
        server = self._server = ServerProcess(data, "--registration", "open")
        self._urls[OURS] = server.start()
        self._users = asyncio.run(register(server.url, [f"pair{n}" for n in range(2 * self.scale.pairs)]))
        where = {"DATABASE_URL": server.engine_urls()[0]}
        peer = self._peer = Child("child_tutorial_server.py", log=self.stage / "peer.log", environment=where)
        self._urls[PEER] = peer.tells()["url"]

    def measure(self, variant: str) -> Sample:
        return asyncio.run(self._measure(variant))

    def close(self) -> None:
        if self._peer is not None:
            self._peer.end()
        if self._server is not None:
            self._server.stop()

    async def _measure(self, variant: str) -> Sample:
        async with AsyncExitStack() as held:
            clients = [await held.enter_async_context(LoadClient.connect(self._urls[variant], u)) for u in self._users]
            pairs = list(zip(clients[0::2], clients[1::2], strict=True))
            await load(pairs, WARM_UP_S)
            gc.collect()
            gc.disable()  # the generator's pauses are not the servers'
            before = self._cpu(variant)
            sent, late = await load(pairs, self.scale.seconds)
            server, database = (now - then for now, then in zip(self._cpu(variant), before, strict=True))
            gc.enable()
        arrived = {key: when for _, receiver in pairs for key, when in receiver.arrived.items()}
        confirmed = {key: when for sender, _ in pairs for key, when in sender.confirmed.items()}
        return (
            p50_p99([arrived[key] - begun for key, begun in sent.items()])
            | p50_p99([confirmed[key] - begun for key, begun in sent.items()], "ack_")
            | {"server_cpu": server / len(sent) * 1e6, "database_cpu": database / len(sent) * 1e6}
            | {"late_p99": percentile(late, 0.99) * 1e3}
        )

    def _cpu(self, variant: str) -> tuple[float, float]:
        """CPU seconds so far of the server (supervisor and Valkey too, which the peer lacks) and of the one PostgreSQL."""
        if self._server is None or self._peer is None:
            raise RuntimeError("prepare comes first")
        family = self._server.processes()
        own = family if variant == OURS else [self._peer.watched]
        return cpu_seconds(own, lambda process: not _is_postgres(process)), cpu_seconds(family, _is_postgres)


def _is_postgres(process: psutil.Process) -> bool:
    return process.name().startswith("postgres")


async def load(pairs: list[tuple[LoadClient, LoadClient]], seconds: float) -> tuple[dict[str, float], list[float]]:
    """Send at the rate, whatever is answered, until all has arrived. When each was sent; how late the generator was."""
    loop = asyncio.get_running_loop()
    sent: dict[str, float] = {}
    late: list[float] = []
    begun = loop.time()
    for number in range(round(seconds * RATE)):
        due = begun + number / RATE
        await asyncio.sleep(due - loop.time())
        late.append(loop.time() - due)
        sender, receiver = pairs[number % len(pairs)]
        temp_id, when = await sender.send({"receiverId": receiver.user.id, "text": text(number)})
        receiver.expected.add(temp_id)
        sent[temp_id] = when
    for sender, receiver in pairs:
        await sender.drained()
        await receiver.received()
    return sent, late
