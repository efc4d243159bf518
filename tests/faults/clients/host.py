"""A process with some clients in it: `python -m faults.clients.host` with a `HostSpec` as its only word.

Commands come as lines of JSON on standard input, reports go to standard output; it ends when its input does.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from pathlib import Path
from typing import Any

import msgspec

from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.net import preload
from chinwag_desktop.net.tls import make_ssl_context
from faults.clients.desktop import DesktopClient
from faults.clients.foreign import ForeignPerson
from faults.clients.spec import Command, HostReport, HostSpec
from faults.clients.talker import Talker

Client = DesktopClient | ForeignPerson


class Host:
    """Runs the clients and does what it is told."""

    def __init__(self, spec: HostSpec) -> None:
        tls = make_ssl_context()
        kinds: dict[str, Any] = {"desktop": DesktopClient, "foreign": ForeignPerson}
        self._clients: dict[str, Client] = {one.name: kinds[one.kind](one, tls=tls) for one in spec.clients}
        self._talkers = [Talker(client) for client in self._clients.values()]
        self._tasks = TaskOwner("host")
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Until the input ends or `close` came."""
        for client in self._clients.values():
            await client.start()
        for talker in self._talkers:
            self._tasks.spawn(talker.run(), "talker")
        self._tasks.spawn(self._report_always(), "report")
        self._tasks.spawn(self._obey(), "commands")
        await self._closed.wait()
        await self._tasks.close()

    async def _obey(self) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        try:
            while line := await reader.readline():
                command = msgspec.json.decode(line, type=Command)
                try:
                    await self._do(command)
                    error = ""
                except Exception as failed:  # the director is told, whatever it is
                    error = f"{type(failed).__name__}: {failed}"
                await self._report(answer=command.do, error=error)
                if command.do == "close":
                    break
        finally:
            self._closed.set()

    async def _do(self, command: Command) -> None:
        chosen = [client for name, client in self._clients.items() if command.client in ("", name)]
        match command.do:
            case "talk" | "hush":
                for talker in self._talkers:
                    talker.may_talk = command.do == "talk"
            case "close":
                for client in self._clients.values():
                    await client.close()
                    if isinstance(client, ForeignPerson):
                        client.spec.log.with_suffix(".cache").write_bytes(
                            msgspec.json.encode(client.cache.conversations)
                        )
            case "focus":
                for client in chosen:
                    client.focus()
            case "woke":
                for client in chosen:
                    client.woke()
            case "clock":
                for client in chosen:
                    client.set_clock(command.value)
            case "renew":
                for client in chosen:
                    await client.renew()
            case "twins":
                for client in chosen:
                    if isinstance(client, ForeignPerson):
                        client.twins(int(command.value))
            case "pile":
                for talker in self._talkers:
                    if command.client in ("", talker.client.spec.name):
                        await talker.pile(int(command.value))
            case "disk full":
                for client in chosen:
                    await client.fill_disk()
            case "disk free":
                for client in chosen:
                    await client.free_disk()
            case "collect":
                gc.collect()
            case _:
                raise ValueError(f"nobody knows how to {command.do}")

    async def _report_always(self) -> None:
        while True:
            await asyncio.sleep(1)
            await self._report()

    async def _report(self, *, answer: str = "", error: str = "") -> None:
        clients = () if answer == "close" else tuple([await client.standing() for client in self._clients.values()])
        report = HostReport(clients=clients, answer=answer, error=error, tasks=len(asyncio.all_tasks()))
        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
        sys.stdout.buffer.flush()


async def _main(spec: HostSpec) -> None:
    await Host(spec).run()


def main() -> None:
    """Read the spec from the file that is named, and run."""
    spec = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=HostSpec)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    preload.load()
    asyncio.run(_main(spec))


if __name__ == "__main__":
    main()
