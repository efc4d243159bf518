"""Memory of the app: signed in, online, idle, beside a bare PySide6 window."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from uuid import UUID

import httpx
from app_start import APP, BARE, start
from groups import GENEROUS, make_group
from measuring import Benchmark, Figure, Goal, Sample, Scale, cpu_seconds
from profiles import remember_opened, write_account
from server_process import ServerProcess
from sockets import PATIENCE_S, LoadClient, register
from talk import text

PEOPLE = 20
UNANSWERED = 500  # messages on their way at once, while the server is filled


class AppMemory(Benchmark):
    """A process of each a run; the app signs in on a chat-server and knows everything from an earlier run."""

    name = "app-memory"
    title = "Memory, idle"
    figures = (
        Figure("rss", "resident (RSS)", unit="MB", digits=0),
        Figure("pss", "its share (PSS)", unit="MB", digits=0),
        Figure("cpu", "CPU while idle", unit="ms/s", digits=2),
    )
    drawn = ("rss",)
    variants = (APP, BARE)
    goals = (Goal(variant=APP, key="rss", most=125),)

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self.about = (
            f"The app's process on a profile with {scale.conversations} conversations, the open one of "
            f"{scale.messages:,} messages, connected to a chat-server and caught up; read {scale.idle_s:g} s after it "
            "came online. CPU is what it used in those seconds."
        )
        self._server: ServerProcess | None = None

    def prepare(self) -> None:
        data = self.stage / "server"
        data.mkdir(mode=0o711)
        self._server = ServerProcess(data, "--registration", "open", environment=GENEROUS)
        opened = asyncio.run(self._fill(self._server.start()))
        with start(APP, self._profile, log=self.stage / "app.log", stay=True) as app:  # fetches all that it will know
            while "online" not in app.tells():
                pass
            time.sleep(min(2.0, self.scale.idle_s))
        asyncio.run(remember_opened(self._profile, *opened))

    def measure(self, variant: str) -> Sample:
        with start(variant, self._profile, log=self.stage / "app.log", stay=True) as process:
            process.tells()  # painted
            if variant == APP:
                process.tells()  # online
            before = cpu_seconds([process.watched])
            time.sleep(self.scale.idle_s)
            used = cpu_seconds([process.watched]) - before
            memory = process.watched.memory_full_info()
        sample = {"rss": memory.rss / 1e6, "cpu": used * 1e3 / self.scale.idle_s}
        if pss := getattr(memory, "pss", None):  # Linux only
            sample["pss"] = pss / 1e6
        return sample

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()

    @property
    def _profile(self) -> Path:
        return self.stage / "profile"

    async def _fill(self, url: str) -> tuple[UUID, UUID]:
        """People, groups, messages, a profile that was just signed in. The user's id, and the long conversation's."""
        robin, *others = await register(url, ["robin", *(f"person{number}" for number in range(PEOPLE))])
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, trust_env=False) as http:
            groups = [await make_group(http, robin, others, number) for number in range(self.scale.conversations)]
        async with LoadClient.connect(url, others[0]) as client:
            for number, group in enumerate(groups):
                for line in range(self.scale.messages if number == 0 else 1):
                    await client.send({"conversationId": group, "text": text(number + line)})
                    await client.drained(upto=UNANSWERED)
            await client.drained()
        await write_account(self._profile, url, robin)
        return UUID(robin.id), UUID(groups[0])
