"""The drawing in docs/images: a panel a benchmark, a bar a median, a thin line from the least to the most run, the goals in red."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from measuring import Outcome

PAPER, INK, GREY, LINE = "#FBFAF7", "#1D2123", "#666C70", "#E6E2DA"
OWN, OTHER, GOAL = "#0E6770", "#B9B4AA", "#B3261E"
WIDTH, BAR_INCHES, FRAME_INCHES = 8.0, 0.3, 0.75
CPU_ALPHA = 0.55  # CPU stands beside wall time in a lighter tint
WORDS_ROOM = 0.1  # of the axis: what a value's words take
TEXT_ROOM = 1.12  # of the longest bar, for the words behind it


def draw(outcomes: list[Outcome], path: Path) -> None:
    """Save the PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    heights = [FRAME_INCHES + BAR_INCHES * len(_bars(outcome)) for outcome in outcomes]
    settings: Any = {"font.family": "sans-serif", "font.size": 9, "text.color": INK, "xtick.color": GREY}
    with pyplot.rc_context(settings):
        figure, panels = pyplot.subplots(
            len(outcomes), 1, figsize=(WIDTH, sum(heights)), squeeze=False, height_ratios=heights, layout="constrained"
        )
        figure.set_facecolor(PAPER)
        for panel, outcome in zip(panels[:, 0], outcomes, strict=True):
            _draw_panel(panel, outcome)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110, metadata={"Software": None})
        pyplot.close(figure)


def _bars(outcome: Outcome) -> list[tuple[str, str]]:
    """(variant, figure) of each bar that has a value, from the top."""
    wanted = [(variant, key) for variant in outcome.benchmark.variants for key in outcome.benchmark.drawn]
    return [(variant, key) for variant, key in wanted if outcome.values(variant, key)]


def _draw_panel(panel: Any, outcome: Outcome) -> None:
    benchmark = outcome.benchmark
    figures = {figure.key: figure for figure in benchmark.figures}
    bars = _bars(outcome)
    goals = {
        (goal.variant, goal.key): goal.most for goal in benchmark.goals if not goal.against and isfinite(goal.most)
    }
    own = {goal.variant for goal in benchmark.goals}
    edge = TEXT_ROOM * max([*goals.values(), *(max(outcome.values(*bar)) for bar in bars)])
    for place, (variant, key) in enumerate(bars):
        values, median = outcome.values(variant, key), outcome.median(variant, key)
        tint = CPU_ALPHA if key.startswith("cpu") else 1.0
        panel.barh(place, median, height=0.62, color=OWN if variant in own else OTHER, alpha=tint)
        panel.plot([min(values), max(values)], [place, place], color=INK, linewidth=1, solid_capstyle="butt")
        words = f"{median:,.{figures[key].digits}f} {figures[key].unit}"
        goal = goals.get((variant, key))
        if goal is not None and 0 < goal - max(values) < edge * WORDS_ROOM:  # no room before the goal: on the bar
            panel.text(min(values) - edge * 0.008, place, words, va="center", ha="right", fontsize=8.5, color=PAPER)
        else:
            panel.text(max(values) + edge * 0.008, place, words, va="center", fontsize=8.5)
        if goal is not None:
            panel.plot([goal, goal], [place - 0.42, place + 0.42], color=GOAL, linewidth=1.6)
            panel.text(goal + edge * 0.008, place + 0.05, f"goal {goal:g}", color=GOAL, fontsize=8, va="top")
    labels = [f"{variant}, {figures[key].label}" if len(benchmark.drawn) > 1 else variant for variant, key in bars]
    panel.set_title(benchmark.title, loc="left", fontsize=10.5, fontweight="bold", color=INK)
    panel.set_yticks(range(len(bars)), labels)
    panel.tick_params(axis="y", length=0, labelcolor=INK)
    panel.tick_params(axis="x", length=0, labelsize=8)
    panel.set_xlim(0, edge)
    panel.set_ylim(len(bars) - 0.5, -0.5)
    panel.set_facecolor(PAPER)
    panel.xaxis.grid(visible=True, color=LINE)
    panel.set_axisbelow(True)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(LINE)
