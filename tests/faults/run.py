"""The fault run: real servers and engines, real clients, a random schedule of faults, and a checker that has to find nothing.

    python3 dev.py test --faults                     twenty minutes, a seed of its own
    python3 dev.py test --faults --minutes 2 --seed 7
    python3 dev.py test --faults --seed 7 --plan     only show what would happen when
    python3 dev.py test --faults --seed 1 --seed 2 --write    two runs; the tables and drawings into docs/ too

Exit status 1: something was lost, doubled, reordered, leaked or not equal; the folder with all logs is named and kept.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parents[2]
for part in ("tests", "tests/support", "scripts", "benchmarks"):
    sys.path.append(str(ROOT / part))

import msgspec  # noqa: E402 - needs the path, as all below
from server_process import reachable_folder  # noqa: E402

from faults.arena import Arena  # noqa: E402
from faults.baseline import check_baseline  # noqa: E402
from faults.cast import SMALL, Cast  # noqa: E402
from faults.checker import ClientHistory, Evidence, check  # noqa: E402
from faults.director import Director, Patience  # noqa: E402
from faults.engines import Engines  # noqa: E402
from faults.kinds import KINDS  # noqa: E402
from faults.logs import check_logs  # noqa: E402
from faults.outcome import summarise  # noqa: E402
from faults.records import read_log  # noqa: E402
from faults.report import markdown, tell_violations  # noqa: E402
from faults.result import Result  # noqa: E402
from faults.schedule import Kind, Planned, plan  # noqa: E402
from faults.stored import read_database, read_desktop_cache, read_foreign_cache  # noqa: E402
from faults.violations import Violation  # noqa: E402
from faults.wrong_server import DEFECTS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


WORDS: Final = {"two-nodes": "two nodes", "two-workers": "one node with two workers", "one-node": "one node"}


async def carry_out(
    *,
    cast: Cast,
    planned: list[Planned],
    seconds: float,
    seed: int,
    folder: Path,
    say: Callable[[str], None],
    engines: Engines | None = None,
    patience: Patience | None = None,
) -> Result:
    """One whole run in `folder`, which is left as it is at the end."""
    patience = patience or Patience()
    (folder / "schedule.json").write_bytes(msgspec.json.format(msgspec.json.encode(planned)))
    arena = Arena(folder, cast, seed=seed, engines=engines)
    director = Director(arena, say=say, patience=patience)
    try:
        await arena.start()
        say(f"{len(arena.specs)} clients, {len(arena.nodes)} nodes, {len(planned)} faults planned; {folder}")
        before = await director.server_footprints()
        await arena.start_clients()
        before += await director.client_footprints()
        await director.run(planned, seconds=seconds)
        late = await director.settle()
        after = await director.client_footprints()
        await arena.close_clients()
        after = [*await director.servers_at_rest(), *after]
        evidence = await gather(arena)
    finally:
        await arena.close()
    violations = check(evidence)
    violations += [Violation("late", words) for words in late]
    violations += [Violation("promise", f"{one.kind}: {one.failure}") for one in director.happened if one.failure]
    violations += check_baseline(before, after)
    desktops = [folder / "logs" / f"{host.spec.name}.stderr" for host in arena.desktop_hosts]
    violations += check_logs([*(node.log for node in arena.nodes), *desktops])
    outcome = summarise(
        evidence,
        happened=director.happened,
        violations=violations,
        seconds=seconds,
        before=before,
        after=after,
    )
    keep_findings(folder, evidence, director, violations)
    return Result(
        title=f"Seed {seed}, {WORDS[cast.layout]}",
        outcome=outcome,
        violations=violations,
        happened=director.happened,
        began=director.began,
        folder=folder,
    )


async def gather(arena: Arena) -> Evidence:
    """Everything that was written down, and what is there now."""
    database = await read_database(arena.engines.urls[0])
    histories = [ClientHistory(spec.name, spec.user_id, read_log(spec.log)) for spec in arena.specs]
    caches = [
        read_desktop_cache(spec.name, spec.user_id, spec.profile)
        if spec.kind == "desktop"
        else read_foreign_cache(spec.name, spec.user_id, spec.log.with_suffix(".cache"))
        for spec in arena.specs
    ]
    return Evidence(histories, database, caches)


def keep_findings(folder: Path, evidence: Evidence, director: Director, violations: Sequence[Violation]) -> None:
    """Beside the logs: the database as it was, what happened when, and what was found."""
    (folder / "database.json").write_bytes(msgspec.json.encode(evidence.database))
    (folder / "faults.json").write_bytes(msgspec.json.format(msgspec.json.encode(director.happened)))
    (folder / "violations.txt").write_text("".join(f"{v.rule}: {v.words}\n" for v in violations), encoding="utf-8")


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="dev.py test --faults", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=20.0, help="how long everybody talks (default: %(default)g)")
    parser.add_argument("--seed", type=int, action="append", help="of the schedule; repeated: one run each; else drawn")
    parser.add_argument("--layout", choices=["two-nodes", "two-workers", "one-node"], help="drawn by the seed")
    parser.add_argument("--only", action="append", metavar="KIND", help="only this kind of fault; may be repeated")
    parser.add_argument("--lasting", type=float, metavar="SECONDS", help="how long each fault lasts; else drawn")
    parser.add_argument("--rate", type=float, help="messages a second and client that users try to write")
    parser.add_argument("--small", action="store_true", help="few clients")
    parser.add_argument("--defect", choices=sorted(DEFECTS), help="a server that is wrong: the run has to fail")
    parser.add_argument("--plan", action="store_true", help="only print the schedule")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder and keep it")
    parser.add_argument("--write", action="store_true", help="the tables and the drawing into docs/")
    return parser.parse_args(words)


def choose_kinds(names: Sequence[str] | None, lasting: float | None = None) -> list[Kind]:
    """Those that are named, or all, each as long as it is or all `lasting` seconds."""
    if lasting is not None:
        return [msgspec.structs.replace(kind, seconds=(lasting, lasting)) for kind in choose_kinds(names)]
    if not names:
        return list(KINDS)
    known = {kind.name for kind in KINDS}
    if unknown := set(names) - known:
        raise SystemExit(f"no such kind of fault: {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    return [kind for kind in KINDS if kind.name in names]


def tell(words: str, stream: IO[str] | None = None) -> None:
    """A line, at once."""
    to = stream or sys.stdout
    assert to is not None
    to.write(words + "\n")
    to.flush()


def run_one(chosen: argparse.Namespace, seed: int) -> Result:
    """One run as the command line wants it, told on the terminal; a folder in which something was found is kept."""
    layout = chosen.layout or random.Random(seed).choice(["two-nodes", "two-workers"])
    cast = msgspec.structs.replace(SMALL if chosen.small else Cast(), layout=layout, defect=chosen.defect or "")
    cast = msgspec.structs.replace(cast, rate=chosen.rate or cast.rate)
    planned = plan(choose_kinds(chosen.only, chosen.lasting), seed=seed, seconds=chosen.minutes * 60)
    tell(f"fault run: seed {seed}, {chosen.minutes:g} minutes, {WORDS[layout]}, {len(planned)} faults")
    folder: Path = chosen.keep or reachable_folder("chinwag-faults-")
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    result = asyncio.run(
        carry_out(
            cast=cast,
            planned=planned,
            seconds=chosen.minutes * 60,
            seed=seed,
            folder=folder,
            say=lambda words: tell(words, sys.stderr),
        )
    )
    tell(f"\n{markdown(result.outcome, title=result.title)}\n\n{time.monotonic() - began:.0f} s in all")
    if result.violations:
        tell(f"\n{tell_violations(result.violations)}\n\nEverything is in {folder}")
    elif chosen.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def main() -> int:
    """Run once a seed, print, keep what is wrong."""
    chosen = parse()
    seeds: list[int] = chosen.seed or [random.SystemRandom().randrange(1_000_000)]
    if chosen.plan:
        for fault in plan(choose_kinds(chosen.only, chosen.lasting), seed=seeds[0], seconds=chosen.minutes * 60):
            tell(f"{fault.at:7.1f} s  {fault.lane:7} {fault.seconds:5.1f} s  {fault.kind}")
        return 0
    results = [run_one(chosen, seed) for seed in seeds]
    if chosen.write:
        from faults.page import write_page  # the drawing needs matplotlib, which takes its time

        write_page(results, docs=ROOT / "docs")
    return 1 if any(result.violations for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
