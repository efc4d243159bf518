"""Key press → bubble painted: Enter in the composer of the whole app, to the end of the paint with the new bubble."""

from __future__ import annotations

import shutil
from pathlib import Path

from measuring import Benchmark, Figure, Goal, Sample, Scale, p50_p99
from processes import Child
from profiles import write_profile

FRAME_MS = 16.0


class KeyPress(Benchmark):
    """A process of the app a run, on a fresh copy of a profile; it is offline, so its outbox keeps what is written."""

    name = "key-press"
    title = "Key press → bubble painted"
    figures = (
        Figure("p50", "p50"),
        Figure("p99", "p99"),
        Figure("cpu_p50", "GUI thread's CPU, p50"),
        Figure("cpu_p99", "GUI thread's CPU, p99"),
    )
    drawn = ("p50", "p99")

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self._rows = {f"{rows:,} messages": rows for rows in scale.rows}
        self.variants = tuple(self._rows)
        self.goals = tuple(Goal(variant=variant, key="p99", most=FRAME_MS) for variant in self.variants)
        self.about = (
            "A key event of Enter in the composer to the end of the paint that contains the bubble; "
            f"{scale.presses} presses in the whole app, off screen, 1100 × 760, in a conversation that holds so many "
            "messages. There is no connection: the outbox keeps what is written, the banner counts attempts."
        )

    def prepare(self) -> None:
        for variant, rows in self._rows.items():
            write_profile(self._template(variant), conversations=self.scale.conversations, messages=rows)

    def measure(self, variant: str) -> Sample:
        profile = self.stage / "profile"
        shutil.copytree(self._template(variant), profile)
        try:
            with Child("child_app.py", self.scale.presses, "--profile", profile, log=self.stage / "app.log") as app:
                started, told = app.tells(), app.tells()
                app.finish()
        finally:
            shutil.rmtree(profile)
        if started["rows"] != self._rows[variant]:
            raise RuntimeError(f"the timeline has {started['rows']} rows, not {self._rows[variant]}")
        walls, cpus = zip(*told["presses"], strict=True)
        return p50_p99(walls) | p50_p99(cpus, "cpu_")

    def _template(self, variant: str) -> Path:
        return self.stage / f"template-{self._rows[variant]}"
