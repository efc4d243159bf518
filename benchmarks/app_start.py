"""Start → last conversation painted: from exec to the first paint with rows, beside a bare PySide6 window."""

from __future__ import annotations

from pathlib import Path

from measuring import Benchmark, Figure, Goal, Sample, Scale
from processes import Child
from profiles import write_profile

APP, BARE = "Chinwag", "bare window"


class AppStart(Benchmark):
    """A process a run; both are started once before, unmeasured, so that the disk is warm."""

    name = "app-start"
    title = "Start → last conversation painted"
    figures = (Figure("wall", "painted after", digits=0), Figure("cpu", "CPU of the process", digits=0))
    drawn = ("wall", "cpu")
    variants = (APP, BARE)
    goals = (Goal(variant=APP, key="wall", most=400), Goal(variant=APP, key="wall", most=3, against=BARE))

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self.about = (
            "From exec to the end of the first paint with rows, warm, off screen, 1100 × 760: the app's own start on a "
            f"profile with {scale.conversations} conversations, the open one of {scale.messages:,} messages, and no "
            "network module imported by then; beside a process that imports PySide6 and shows a QListView of 200 lines."
        )

    def prepare(self) -> None:
        write_profile(self._profile, conversations=self.scale.conversations, messages=self.scale.messages)
        for variant in self.variants:
            self.measure(variant)

    def measure(self, variant: str) -> Sample:
        with start(variant, self._profile, log=self.stage / "app.log", stay=False) as process:
            painted = process.tells()
            process.finish()
        if painted.get("network"):
            raise RuntimeError(f"imported before the first paint: {painted['network']}")
        return {"wall": painted["wall"], "cpu": painted["cpu"]}

    @property
    def _profile(self) -> Path:
        return self.stage / "profile"


def start(variant: str, profile: Path, *, log: Path, stay: bool) -> Child:
    """The app on a profile, or the bare window."""
    if variant == APP:
        return Child("child_app.py", "stay" if stay else "quit", "--profile", profile, log=log)
    return Child("child_bare_window.py", *(("--stay",) if stay else ()), log=log)
