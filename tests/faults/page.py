"""docs/fault-run.md and its drawings: what `--write` changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from machine import describe

from faults.plot import draw
from faults.report import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faults.result import Result

BEGIN: Final = "<!-- figures: dev.py test --faults --write -->"
END: Final = "<!-- end of figures -->"


def write_page(results: Sequence[Result], *, docs: Path) -> None:
    """Replace what stands between the marks of the page, and draw each run."""
    parts = [describe()]
    for number, result in enumerate(results, start=1):
        drawing = docs / "images" / f"fault-run-{number}.svg"
        draw(result.outcome, result.happened, began=result.began, title=result.title, path=drawing)
        alt = "Delivery latency over the run, and below it what was broken when"
        parts += [markdown(result.outcome, title=result.title), f"![{alt}](images/{drawing.name})"]
    page = docs / "fault-run.md"
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} has no lines {BEGIN} and {END}")
    body = "\n\n".join(part.strip() for part in parts)
    page.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}", encoding="utf-8")
