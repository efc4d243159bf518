"""The result of a run as Markdown, the same on the terminal and in docs/fault-run.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faults.nodes import Footprint
    from faults.outcome import Outcome
    from faults.violations import Violation

TOLD = 30
"""Violations on the terminal; the folder has all."""


def markdown(outcome: Outcome, *, title: str) -> str:
    """The tables of one run."""
    minutes = outcome.seconds / 60
    facts = [
        ("acknowledged messages", f"{outcome.acked:,}"),
        ("faults", f"{outcome.faults} of {len(outcome.kinds)} kinds"),
        *((_PLURALS.get(rule, rule), f"{count:,}") for rule, count in outcome.counts.items()),
        ("longest time without any acknowledgement", f"{outcome.longest_outage_s:.1f} s"),
        ("key press → screen of another, p50", f"{outcome.latency_p50_s * 1000:,.0f} ms"),
        ("the same, p99, outages and sleep included", f"{outcome.latency_p99_s:,.1f} s"),
        ("clients, conversations", f"{outcome.clients}, {outcome.conversations}"),
        ("length", f"{minutes:.1f} min"),
    ]
    return "\n\n".join(
        (
            f"### {title}",
            _table(("", ""), facts),
            _table(
                ("fault", "times", "half of the clients acknowledged again after, median", "longest"),
                [(k.kind, f"{k.count}", f"{k.back_s:.1f} s", f"{k.longest_s:.1f} s") for k in outcome.kinds],
            ),
            _table(
                ("process", "memory before", "after", "files before", "after", "tasks before", "after"),
                _footprint_rows(outcome.before, outcome.after),
            ),
        )
    )


def tell_violations(violations: Sequence[Violation]) -> str:
    """The first of them, a line each."""
    lines = [f"{violation.rule}: {violation.words}" for violation in violations[:TOLD]]
    if len(violations) > TOLD:
        lines.append(f"… and {len(violations) - TOLD} more")
    return "\n".join(lines)


_PLURALS = {
    "gap": "gaps in seq or rev",
    "unequal cache": "caches unequal",
    "told a stranger": "facts told to strangers",
    "wrong refusal": "wrong refusals",
    "complaint": "complaints of clients: signed out, answered wrongly",
    "died": "tasks that died in a server or client",
    "late": "did not come to rest in time",
    "promise": "promises broken while a fault lasted",
    "baseline": "baselines exceeded",
}


def _footprint_rows(before: Sequence[Footprint], after: Sequence[Footprint]) -> list[tuple[str, ...]]:
    then = {one.name: one for one in before}
    rows: list[tuple[str, ...]] = []
    for one in after:
        old = then.get(one.name)
        pairs = [("–" if old is None else f"{old.megabytes:.0f} MB", f"{one.megabytes:.0f} MB")]
        pairs += [("–" if old is None else f"{old.files}", f"{one.files}")]
        pairs += [("–" if old is None else f"{old.tasks}", f"{one.tasks}")]
        rows.append((one.name, *(cell for pair in pairs for cell in pair)))
    return rows


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, [":--", *("--:" for _ in head[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
