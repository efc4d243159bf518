"""Catching up with thousands of messages, and how long the window stands still meanwhile."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from uuid import UUID

import httpx
from app_start import APP, start
from groups import GENEROUS, make_group
from measuring import Benchmark, Figure, Goal, Sample, Scale
from processes import Child
from profiles import remember_opened, write_account
from server_process import ServerProcess
from sockets import PASSWORD, PATIENCE_S, LoadClient, User, register
from talk import text

PEOPLE = 20
KNOWN = 60  # messages of each conversation that the app has from before
UNANSWERED = 500  # messages on their way at once, while the server is filled
FRAME_MS = 50.0
GOAL_MS = 3_000.0


class CatchUp(Benchmark):
    """A process of the app a run, on a fresh copy of a profile that knows what was said before."""

    name = "catch-up"
    title = "Catching up"
    figures = (
        Figure("took", "caught up after", digits=0),
        Figure("stall", "window stood still, most"),
        Figure("own", "without waiting for a core"),
        Figure("burst", "its CPU in one go, most"),
        Figure("cpu", "CPU of the window's thread", digits=0),
    )
    drawn = ("took",)

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        conversations, messages = scale.missed
        self._variant = f"{messages:,} messages in {conversations} conversations"
        self.variants = (self._variant,)
        self.goals = (
            Goal(variant=self._variant, key="took", most=GOAL_MS),
            Goal(variant=self._variant, key="stall", most=FRAME_MS),
        )
        self.about = (
            f"The app in its window, off screen, one of the {conversations} conversations open, on a profile that knew "
            f"everything before {messages:,} more messages were sent; from the registered link to *online*, so the pages of "
            "`/sync`, rows and cursors in the cache, list and timeline. How long the window stands still is told by a timer "
            "of 4 ms, from the link until a second and a half after it came online: receipts go out meanwhile. Time in which the "
            "window's thread could have gone on, but other programs had the cores, stands in the first of the two columns only."
        )
        self._server: ServerProcess | None = None
        self._me = UUID(int=0)

    def prepare(self) -> None:
        data = self.stage / "server"
        data.mkdir(mode=0o711)
        self._server = ServerProcess(data, "--registration", "open", environment=GENEROUS)
        asyncio.run(self._fill(self._server.start()))

    def measure(self, variant: str) -> Sample:
        profile = self.stage / "profile"
        shutil.copytree(self._template, profile)
        try:
            asyncio.run(self._sign_in(profile))
            words = ("catch-up", 0, 0, "--profile", profile)
            with Child("child_return.py", *words, log=self.stage / "app.log") as app:
                told = app.tells()
                app.finish()
        finally:
            shutil.rmtree(profile)
        conversations, messages = self.scale.missed
        if (rows := told.pop("rows")) != (wanted := 1 + KNOWN + messages // conversations):
            raise RuntimeError(f"the timeline has {rows} rows, not {wanted}")
        return told

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()

    @property
    def _template(self) -> Path:
        return self.stage / "template"

    async def _fill(self, url: str) -> None:
        """People and groups; a profile that knows them; then what it misses."""
        robin, *others = await register(url, ["robin", *(f"person{number}" for number in range(PEOPLE))])
        self._me = UUID(robin.id)
        conversations, messages = self.scale.missed
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, trust_env=False) as http:
            groups = [await make_group(http, robin, others, number) for number in range(conversations)]
        await self._say(url, others[0], groups, KNOWN)
        await write_account(self._template, url, robin)
        await asyncio.to_thread(self._learn)
        await remember_opened(self._template, self._me, UUID(groups[0]))
        await self._say(url, others[0], groups, messages // conversations)

    def _learn(self) -> None:
        with start(APP, self._template, log=self.stage / "app.log", stay=True) as app:
            while "online" not in app.tells():
                pass
            time.sleep(min(2.0, self.scale.idle_s))

    @staticmethod
    async def _say(url: str, user: User, groups: list[str], count: int) -> None:
        """So many messages in each group, in turn, as talk goes on in all of them."""
        async with LoadClient.connect(url, user) as client:
            for line in range(count):
                for number, group in enumerate(groups):
                    await client.send({"conversationId": group, "text": text(number + line)})
                    await client.drained(upto=UNANSWERED)
            await client.drained()

    async def _sign_in(self, profile: Path) -> None:
        """A session of its own for each copy: refresh tokens are used once."""
        url = self._server.url if self._server is not None else ""
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, trust_env=False) as http:
            answer = await http.post("/api/v1/auth/login", json={"username": "robin", "password": PASSWORD})
            session = answer.raise_for_status().json()
        user = User(session["user"]["id"], "robin", session["accessToken"], session["refreshToken"])
        await write_account(profile, url, user)
