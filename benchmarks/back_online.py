"""From the signal that the machine woke, or that the network is another one, until the app is online and caught up."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

from groups import GENEROUS
from measuring import Benchmark, Figure, Goal, Sample, Scale
from processes import Child
from profiles import write_account
from server_process import ServerProcess
from sockets import register
from stranding import StrandingProxy

WAKE, NETWORK = "after a sleep", "on another network"
GOAL_MS = 2_000.0


class BackOnline(Benchmark):
    """A process of the app a run, over a proxy whose open connections die without a word."""

    name = "back-online"
    title = "Wake or another network → online and caught up"
    figures = (
        Figure("p50", "online after, p50", digits=0),
        Figure("most", "online after, most", digits=0),
        Figure("cpu", "CPU of the app a round", digits=0),
    )
    drawn = ("most",)
    variants = (WAKE, NETWORK)
    goals = tuple(Goal(variant=variant, key="most", most=GOAL_MS) for variant in variants)

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self.about = (
            f"{scale.rounds} rounds a run: all connections of the app go dead and stay open, then the signal comes. After a "
            "sleep that is the clock which counts sleep, set ten minutes on, and noticed by the app's tick of one second; on "
            "another network it is the system's notice, and the link has one second to prove that it lives. Until the state "
            "is *online*: a new socket, `register-user`, and a finished `/sync` over a new HTTP connection."
        )
        self._server: ServerProcess | None = None

    def prepare(self) -> None:
        data = self.stage / "server"
        data.mkdir(mode=0o711)
        self._server = ServerProcess(data, "--registration", "open", environment=GENEROUS)
        self._server.start()

    def measure(self, variant: str) -> Sample:
        if self._server is None:
            raise RuntimeError("prepare comes first")
        number = len(list(self.stage.glob("profile-*")))
        profile = self.stage / f"profile-{number}"
        [user] = asyncio.run(register(self._server.url, [f"robin{number}"]))
        with StrandingProxy(self._server.url) as way:
            asyncio.run(write_account(profile, way.url, user))
            what = "wake" if variant == WAKE else "network"
            words = (what, self.scale.rounds, way.control, "--profile", profile)
            with Child("child_return.py", *words, log=self.stage / "app.log") as app:
                told = app.tells()
                app.finish()
        return {"p50": statistics.median(told["rounds"]), "most": max(told["rounds"]), "cpu": told["cpu"]}

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()
