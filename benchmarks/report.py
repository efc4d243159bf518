"""A result as Markdown, the same on the terminal and in docs/benchmarks.md."""

from __future__ import annotations

import math
from pathlib import Path

from measuring import Figure, Goal, Outcome

BEGIN, END = "<!-- figures: benchmarks/run.py --write -->", "<!-- end of figures -->"


def markdown(outcome: Outcome) -> str:
    """Heading, table and goals of one benchmark."""
    benchmark = outcome.benchmark
    header = ["", *(figure.label for figure in benchmark.figures)]
    lines = [header, [":--", *("--:" for _ in benchmark.figures)]]
    lines += [[variant, *(_cell(outcome, variant, f) for f in benchmark.figures)] for variant in benchmark.variants]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    goals = "\n".join(f"- {_goal(outcome, goal)}" for goal in benchmark.goals)
    return f"### {benchmark.title}\n\n{benchmark.about}\n\n{table}\n" + (f"\n{goals}\n" if goals else "")


def met(outcome: Outcome, goal: Goal) -> bool:
    """Whether a goal was reached."""
    return outcome.reached(goal) <= goal.most


def write_into(page: Path, figures: str) -> None:
    """Replace what stands between the marks of the page."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} has no lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{figures.strip()}\n\n{END}{after}", encoding="utf-8")


def _cell(outcome: Outcome, variant: str, figure: Figure) -> str:
    """The median, and the least and the most of the runs when there were several."""
    values = outcome.values(variant, figure.key)
    if not values:
        return "–"
    middle = f"{outcome.median(variant, figure.key):,.{figure.digits}f} {figure.unit}".strip()
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{figure.digits}f}–{max(values):,.{figure.digits}f})"


def _goal(outcome: Outcome, goal: Goal) -> str:
    figure = next(figure for figure in outcome.benchmark.figures if figure.key == goal.key)
    reached = outcome.reached(goal)
    times = f" × {goal.against}" if goal.against else f" {figure.unit}"
    digits = 2 if goal.against else figure.digits
    words = f"{goal.variant}, {figure.label}: {reached:,.{digits}f}{times}"
    if math.isinf(goal.most):
        return words
    return f"{words}; goal ≤ {goal.most:g}{times}: {'met' if met(outcome, goal) else '**missed**'}"
