"""The window at its largest: a conversation of 100,000 messages, 2,000 conversations in the list, 200 messages a second."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from measuring import Benchmark, Figure, Goal, Sample, Scale, percentile
from processes import Child
from profiles import write_profile

APP, LARGE = "Chinwag, 1100 × 760", "Chinwag, 1600 × 1000 at 2×"
MANY, STOCK = "Chinwag, 2,000 conversations", "stock QListView, 796 × 640"
SCROLLS = 25
"""Conversations that make the list longer than its window: a list that fits paints nothing when it is scrolled."""


class LongTimeline(Benchmark):
    """A process a run, on a fresh copy of a profile; the app is offline. MANY is the one with the long list."""

    name = "timeline"
    title = "100,000 messages, 2,000 conversations"
    figures = (
        Figure("open", "open it"),
        Figure("append", "append"),
        Figure("prepend", "a page above"),
        Figure("moved", "moved by it", unit="px", digits=0),
        Figure("theme", "switch the theme"),
        Figure("scroll_p50", "scroll, p50"),
        Figure("scroll_p99", "scroll, p99"),
        Figure("scroll_max", "scroll, most"),
        Figure("rss", "RSS after it", unit="MB", digits=0),
        Figure("list_p99", "scroll the list, p99"),
        Figure("tick_max", "200 messages/s, most in one go"),
    )
    drawn = ("open", "append", "prepend", "theme", "scroll_p99", "list_p99")
    variants = (APP, LARGE, MANY, STOCK)
    goals = (
        Goal(variant=APP, key="open", most=30),
        Goal(variant=APP, key="append", most=4),
        Goal(variant=APP, key="prepend", most=5),
        Goal(variant=APP, key="moved", most=0),
        Goal(variant=APP, key="theme", most=20),
        Goal(variant=APP, key="scroll_p99", most=8),
        Goal(variant=APP, key="scroll_max", most=16),
        Goal(variant=LARGE, key="scroll_p99", most=12),
        Goal(variant=APP, key="rss", most=140),
        Goal(variant=MANY, key="list_p99", most=8),
        Goal(variant=MANY, key="tick_max", most=32),
        Goal(variant=STOCK, key="open", against=APP),
        Goal(variant=STOCK, key="append", against=APP),
    )

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self._conversations = max(scale.conversations, SCROLLS)
        self.about = (
            "CPU of the GUI thread, which is what others on the machine leave alone, from the event to the end of the paint that shows "
            f"what it did; the whole app, off screen and offline, with {scale.rows[1]:,} messages in the open conversation and "
            f"{self._conversations} conversations, or {scale.messages:,} and {scale.many:,}. Opening, appending, a page of 100 that comes in above, and the theme: medians. Scrolling: "
            f"{scale.steps} steps each of 120 px and of 2,000 px, and a drag of the bar through all of it. Incoming: "
            f"{scale.incoming_s:g} s, in the open conversation and twenty others by turns, from the decoded event to list and timeline; the most between two "
            "ticks of 8 ms. The stock QListView wraps words, and stands on the same model of the same database; it asks the size of every row."
        )

    def prepare(self) -> None:
        scale = self.scale
        write_profile(self._template(APP), conversations=self._conversations, messages=scale.rows[1], holes=True)
        write_profile(self._template(MANY), conversations=scale.many, messages=scale.messages, holes=True)

    def measure(self, variant: str) -> Sample:
        told = self._stock() if variant == STOCK else self._app(variant)
        sample = {key: percentile([cpu for _, cpu in told[key]], 0.5) * 1e3 for key in ("open", "append")}
        scrolled = [cpu for key in ("wheel", "fling", "drag") for _, cpu in told.get(key, ())]
        for key, share in (("scroll_p50", 0.5), ("scroll_p99", 0.99), ("scroll_max", 1.0)):
            sample[key] = percentile(scrolled, share) * 1e3
        for key in ("prepend", "theme"):
            if key in told:
                sample[key] = percentile([cpu for _, cpu in told[key]], 0.5) * 1e3
        for key in ("rss", "moved"):
            if key in told:
                sample[key] = told[key]
        if "list" in told:
            sample["list_p99"] = percentile([cpu for _, cpu in told["list"]], 0.99) * 1e3
            sample["tick_max"] = max(told["ticks"]) * 1e3
        return sample

    def _app(self, variant: str) -> dict[str, Any]:
        profile, large = self.stage / "profile", variant == LARGE
        shutil.copytree(self._template(variant), profile)
        scale = self.scale
        plan = {
            "steps": scale.steps,
            "opens": scale.rounds,
            "appends": scale.presses // 4 + 1,
            "switches": scale.rounds * 2,
            "incoming_s": scale.incoming_s,
        }
        environment = {"WALK": json.dumps(plan)}
        if large:
            environment |= {"QT_SCALE_FACTOR": "2", "WALK_SIZE": "1600x1000"}
        try:
            with Child(
                "child_app.py", "walk", "--profile", profile, log=self.stage / "app.log", environment=environment
            ) as app:
                app.tells()  # painted
                told = app.tells()
                app.finish()
        finally:
            shutil.rmtree(profile)
        return told

    def _stock(self) -> dict[str, Any]:
        with Child(
            "child_stock_list.py", self.scale.steps, self._template(STOCK), log=self.stage / "stock.log"
        ) as child:
            told = child.tells()
            child.finish()
        return told

    def _template(self, variant: str) -> Path:
        return self.stage / ("many" if variant == MANY else "long")
