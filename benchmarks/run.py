"""Measures what the app and the server promise.

    python benchmarks/run.py                        everything, five runs, a table on the terminal
    python benchmarks/run.py key-press app-start    some of it
    python benchmarks/run.py --write                the same table into docs/benchmarks.md, its drawing into docs/images
    python benchmarks/run.py --tiny --runs 1        shows only that everything works

The variants of a benchmark take turns: run 1 of each, run 2 of each, and so on; the table has the medians, and the least and the most.
Exit status 1: a goal was missed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))  # server_process

from app_memory import AppMemory  # noqa: E402 - needs the path
from app_start import AppStart  # noqa: E402 - beside the others
from back_online import BackOnline  # noqa: E402 - needs the path
from catch_up import CatchUp  # noqa: E402 - needs the path
from delivery import Delivery  # noqa: E402 - needs the path
from drawing import draw  # noqa: E402 - beside the others
from key_press import KeyPress  # noqa: E402 - beside the others
from long_timeline import LongTimeline  # noqa: E402 - beside the others
from machine import describe  # noqa: E402 - beside the others
from measuring import FULL, TINY, Benchmark, Outcome, Scale  # noqa: E402 - beside the others
from neighbours import Neighbours  # noqa: E402 - needs the path
from report import markdown, met, write_into  # noqa: E402 - beside the others
from server_process import reachable_folder  # noqa: E402 - needs the path
from server_start import ServerStart  # noqa: E402 - needs the path

BENCHMARKS: tuple[type[Benchmark], ...] = (
    KeyPress,
    LongTimeline,
    Delivery,
    Neighbours,
    BackOnline,
    CatchUp,
    AppStart,
    AppMemory,
    ServerStart,
)
PAGE, DRAWING = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "images" / "benchmarks.png"


def main() -> int:
    """Measure, print, write."""
    chosen = parse()
    kinds = [kind for kind in BENCHMARKS if not chosen.names or kind.name in chosen.names]
    words = [f"Medians of {chosen.runs} interleaved runs, the least and the most in brackets.\n\n{describe()}"]
    outcomes: list[Outcome] = []
    print(words[0], flush=True)
    with temporary_folder("bytecode") as folder:
        # As an installed app and server are: compiled. Some environments forbid Python to keep bytecode.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
        for kind in kinds:
            outcomes.append(measure(kind, runs=chosen.runs, scale=TINY if chosen.tiny else FULL))
            words.append(markdown(outcomes[-1]))
            print(f"\n{words[-1]}", flush=True)
    if chosen.write:
        draw(outcomes, DRAWING)
        write_into(PAGE, "\n\n".join(text.strip() for text in words))
    return 0 if all(met(outcome, goal) for outcome in outcomes for goal in outcome.benchmark.goals) else 1


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    names = [kind.name for kind in BENCHMARKS]
    parser.add_argument("names", nargs="*", metavar="name", choices=[[], *names], help=f"of {', '.join(names)}")
    parser.add_argument("--runs", type=int, default=5, help="runs of each variant (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--tiny", action="store_true", help="as little as possible: the figures mean nothing")
    return parser.parse_args()


def measure(kind: type[Benchmark], *, runs: int, scale: Scale) -> Outcome:
    """Run all variants in turn."""
    with temporary_folder(kind.name) as stage:
        benchmark = kind(stage, scale)
        try:
            benchmark.prepare()
            outcome = Outcome(benchmark, {variant: [] for variant in benchmark.variants})
            for number in range(runs):
                for variant in benchmark.variants:
                    print(f"{kind.name}: {variant}, run {number + 1}", file=sys.stderr, flush=True)
                    outcome.runs[variant].append(benchmark.measure(variant))
            return outcome
        finally:
            benchmark.close()


@contextmanager
def temporary_folder(name: str) -> Generator[Path]:
    """A folder that the engines' account can enter; it is gone afterwards."""
    folder = reachable_folder(f"chinwag-{name}-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
