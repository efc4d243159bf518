"""The drawing in docs/images: a panel a benchmark, a bar a figure, the goal as a line."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from measuring import Outcome

PAPER, INK, GREY, LINE = "#FBFAF7", "#1D2123", "#666C70", "#E6E2DA"
OWN, OTHER, GOAL = "#0E6770", "#B9B4AA", "#B3261E"
WIDTH, BAR_INCHES, FRAME_INCHES = 8.0, 0.3, 0.95


def draw(outcomes: list[Outcome], path: Path) -> None:
    """Save the PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    heights = [FRAME_INCHES + BAR_INCHES * len(_bars(outcome)) for outcome in outcomes]
    settings: Any = {
        "font.family": "sans-serif",
        "font.size": 9,
        "text.color": INK,
        "axes.labelcolor": GREY,
        "xtick.color": GREY,
    }
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
    values = [outcome.median(*bar) for bar in bars]
    labels = [f"{variant}, {figures[key].label}" if len(benchmark.drawn) > 1 else variant for variant, key in bars]
    own = {goal.variant for goal in benchmark.goals}
    places = range(len(bars))
    panel.barh(places, values, height=0.62, color=[OWN if variant in own else OTHER for variant, _ in bars])
    goals = [goal for goal in benchmark.goals if not goal.against and isfinite(goal.most)]
    edge = max([*values, *(goal.most for goal in goals)]) * 1.14
    for place, value, (variant, key) in zip(places, values, bars, strict=True):
        spread = outcome.values(variant, key)
        panel.plot([min(spread), max(spread)], [place, place], color=INK, linewidth=1, solid_capstyle="butt")
        words = f"{value:,.{figures[key].digits}f} {figures[key].unit}"
        panel.text(max(value, max(spread)) + edge * 0.008, place, words, va="center", fontsize=8.5)
        for goal in goals:
            if (goal.variant, goal.key) == (variant, key):
                panel.plot([goal.most] * 2, [place - 0.44, place + 0.44], color=GOAL, linewidth=1.6)
                panel.text(
                    goal.most, place - 0.47, f"goal {goal.most:g}", color=GOAL, fontsize=7.5, ha="center", va="bottom"
                )
    panel.set_title(benchmark.title, loc="left", fontsize=10.5, fontweight="bold", color=INK)
    panel.set_yticks(list(places), labels)
    panel.tick_params(axis="y", length=0, labelcolor=INK)
    panel.tick_params(axis="x", labelsize=8)
    panel.set_xlim(0, edge)
    panel.set_ylim(len(bars) - 0.4, -0.75)
    panel.set_facecolor(PAPER)
    panel.set_xlabel(figures[bars[0][1]].unit, loc="right", fontsize=8)
    panel.xaxis.grid(visible=True, color=LINE)
    panel.set_axisbelow(True)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(LINE)
