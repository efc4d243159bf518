"""The drawing of a run: how long messages took from the key press to the screens of others, and what was broken meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drawing import GOAL, GREY, INK, LINE, OTHER, OWN, PAPER

if TYPE_CHECKING:
    from faults.director import Happened
    from faults.outcome import Delivery, Outcome

LANES: Final = ("server", "link", "client", "people")
WORDS: Final = {"server": "servers and engines", "link": "links", "client": "clients", "people": "memberships, twins"}
SLICES: Final = 240
"""Points of a line over the whole run."""


def draw(outcome: Outcome, happened: Sequence[Happened], *, began: float, title: str, path: Path) -> None:
    """Save the SVG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    settings: Any = {"font.family": "sans-serif", "font.size": 9, "text.color": INK, "svg.fonttype": "none"}
    settings |= {"svg.hashsalt": "chinwag", "xtick.color": GREY, "ytick.color": GREY}
    with pyplot.rc_context(settings):
        figure, (upper, lower) = pyplot.subplots(
            2, 1, figsize=(9, 4.6), sharex=True, height_ratios=(3, 1), layout="constrained"
        )
        figure.set_facecolor(PAPER)
        _draw_latency(upper, outcome.deliveries, began=began, seconds=outcome.seconds)
        upper.set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=INK)
        _draw_faults(lower, happened, began=began)
        for panel in (upper, lower):
            panel.set_facecolor(PAPER)
            panel.grid(visible=True, axis="x", color=LINE)
            panel.set_axisbelow(True)
            for side in ("top", "right"):
                panel.spines[side].set_visible(False)
        lower.set_xlim(0, outcome.seconds / 60)
        lower.set_xlabel("minutes since everybody began to talk", color=GREY)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)


def _draw_latency(panel: Any, deliveries: Sequence[Delivery], *, began: float, seconds: float) -> None:
    """The median and the slowest hundredth of the messages written in each slice of time."""
    slices: list[list[float]] = [[] for _ in range(SLICES)]
    for one in deliveries:
        place = int((one.at - began) / seconds * SLICES)
        if 0 <= place < SLICES:
            slices[place].append(one.latency_s)
    minutes, middle, slowest = list[float](), list[float](), list[float]()
    for place, found in enumerate(slices):
        if found:
            found.sort()
            minutes.append((place + 0.5) * seconds / SLICES / 60)
            middle.append(found[len(found) // 2])
            slowest.append(found[int(len(found) * 0.99)])
    panel.plot(minutes, slowest, color=OTHER, linewidth=1, label="slowest hundredth")
    panel.plot(minutes, middle, color=OWN, linewidth=1.4, label="median")
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter("{x:g}")
    panel.set_ylabel("seconds to the screens of others", color=GREY)
    panel.legend(loc="upper right", fontsize=8, frameon=False)


def _draw_faults(panel: Any, happened: Sequence[Happened], *, began: float) -> None:
    """A bar a fault, by lane."""
    for place, lane in enumerate(LANES):
        bars = [((f.began - began) / 60, max(f.ended - f.began, 0.5) / 60) for f in happened if f.lane == lane]
        panel.broken_barh(bars, (place - 0.32, 0.64), color=GOAL, alpha=0.75, linewidth=0)
    panel.set_yticks(range(len(LANES)), [WORDS[lane] for lane in LANES])
    panel.tick_params(axis="y", length=0, labelcolor=INK)
    panel.set_ylim(len(LANES) - 0.5, -0.5)
