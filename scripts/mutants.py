"""Named mutants: break a copy of the product with each patch of tests/mutants and see whether the tests it names notice.

    python3 dev.py test --mutants                   all of them
    python3 dev.py test --mutants --only NAME…      these
    python3 dev.py test --mutants --changed [BASE]  those whose patch, patched files or named tests differ from BASE
    …               --jobs N                        N at once (2), each in a copy of its own
    …               --at-most N                     with --changed: the nearest N, of equals others with each commit
    …               --why                           with what the test said

Exit status 1 when a mutant survives, when its patch applies no more, or when a named test fails without any mutant. A mutant is caught
by a named test that ran and failed, or whose set-up failed; a patch that only makes imports or the collection fail proves nothing.

Without BASE, `--changed` compares with $CHINWAG_BASE, else with where this branch left origin/main, else, in a checkout without
an origin, with the first parent of a merge commit or with the commit before the last twenty, as far as the history is there; where
there is but one commit, everything has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import queue
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from check_mutants import BadPatch, Mutant, read_mutants
from mutant_runs import Verdict, check_baseline, make_copy, try_mutant

ROOT = Path(__file__).resolve().parent.parent
LOOK_BACK = 20
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # to git, what was there before the first commit


def find_base(root: Path) -> str:
    """What `--changed` compares with when nobody says, see above."""
    if base := os.environ.get("CHINWAG_BASE"):
        return base
    head = git(root, "rev-parse", "HEAD")
    left = git(root, "merge-base", "HEAD", "origin/main")
    if left and left != head:
        return left
    if git(root, "rev-parse", "--verify", "HEAD^2"):
        return git(root, "rev-parse", "HEAD^1")
    history = git(root, "rev-list", "--first-parent", f"--max-count={LOOK_BACK + 1}", "HEAD").splitlines()
    return history[-1] if len(history) > 1 else EMPTY_TREE


def git(root: Path, *words: str) -> str:
    """What git answers, or nothing when it cannot."""
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False).stdout.strip()


def changed_since(root: Path, base: str) -> set[str]:
    """Files that differ from `base` in the working tree, those that git does not know yet included; raises `SystemExit`."""
    difference = ["git", "diff", "--name-only", "--no-renames", base]
    done = subprocess.run(difference, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"mutants: {done.stderr.strip()}")
    return {*done.stdout.splitlines(), *git(root, "ls-files", "--others", "--exclude-standard").splitlines()}


def choose(root: Path, mutants: list[Mutant], changed: set[str]) -> list[Mutant]:
    """Those that are concerned, the nearest first: changed patches, then changed tests, then changed files.

    Among equals the commit decides, so that where there is time for a few only, in the end each has its turn.
    """
    head = git(root, "rev-parse", "HEAD")

    def nearness(mutant: Mutant) -> int:
        tests = {test.partition("::")[0] for test in mutant.tests}
        near = ({mutant.path.relative_to(root).as_posix()}, tests, set(mutant.files))
        return next((place for place, names in enumerate(near) if names & changed), len(near))

    def turn(mutant: Mutant) -> tuple[int, str]:
        return nearness(mutant), hashlib.sha256(f"{head} {mutant.name}".encode()).hexdigest()

    return sorted((mutant for mutant in mutants if nearness(mutant) < 3), key=turn)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run what the words ask for; print a line a mutant and a sum."""
    options = parse(arguments)
    try:
        mutants = read_mutants(root)
    except BadPatch as problem:
        return fail(str(problem))
    if unknown := set(options.only or ()) - {mutant.name for mutant in mutants}:
        return fail(f"no such mutant: {', '.join(sorted(unknown))}")
    if options.only:
        mutants = [mutant for mutant in mutants if mutant.name in options.only]
    if options.changed is not None:
        base = options.changed or find_base(root)
        mutants = choose(root, mutants, changed_since(root, base))
        print(f"{len(mutants)} mutants are concerned by what changed since {base[:12]}", flush=True)
        if options.at_most is not None and len(mutants) > options.at_most:
            mutants = mutants[: options.at_most]
            print(f"{len(mutants)} of them are run: --at-most {options.at_most}", flush=True)
    if not mutants:
        return 0
    with tempfile.TemporaryDirectory(prefix="chinwag-mutants-") as folder:
        Path(folder).chmod(0o711)  # the engines' own account must be able to pass through
        return run_all(root, Path(folder), mutants, jobs=options.jobs, why=options.why)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="dev.py test --mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these mutants")
    parser.add_argument("--changed", nargs="?", const="", metavar="BASE", help="those concerned by what changed")
    parser.add_argument("--jobs", type=int, metavar="N", default=min(os.cpu_count() or 1, 2), help="how many at once")
    parser.add_argument("--at-most", type=int, metavar="N", help="of those concerned, the nearest")
    parser.add_argument("--why", action="store_true", help="show what the test said")
    return parser.parse_args(arguments)


def run_all(root: Path, folder: Path, mutants: list[Mutant], *, jobs: int, why: bool) -> int:
    """The baseline, then each mutant in the next free copy."""
    free: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for number in range(min(jobs, len(mutants))):
        make_copy(root, folder / f"copy-{number}")
        free.put(folder / f"copy-{number}")
    print(f"without any mutant: {len({t for m in mutants for t in m.tests})} named tests…", flush=True)
    if bad := check_baseline(folder / "copy-0", mutants, jobs):
        return fail("these must pass before a mutant can be caught by them:\n  " + "\n  ".join(bad))

    def turn(mutant: Mutant) -> Verdict:
        tree = free.get()
        verdict = try_mutant(mutant, tree)
        free.put(tree)
        return verdict

    verdicts: list[Verdict] = []
    width = max(len(mutant.name) for mutant in mutants)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for done in as_completed([pool.submit(turn, mutant) for mutant in mutants]):
                verdicts.append(done.result())
                print(row(verdicts[-1], width, why=why), flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sum_up(verdicts)


def row(verdict: Verdict, width: int, *, why: bool) -> str:
    """A line of the table: mutant, seconds, who caught it; and a second one that says why."""
    mark = "caught by " + verdict.caught_by if verdict.caught_by else verdict.words
    reason = f"\n    {verdict.words[:300]}" if why and verdict.caught_by else ""
    return f"{verdict.mutant.name:<{width}}  {verdict.seconds:5.1f} s  {mark}{reason}"


def sum_up(verdicts: list[Verdict]) -> int:
    """Say how many were caught, and what each of the others breaks; return the exit status."""
    alive = [verdict for verdict in verdicts if not verdict.caught_by]
    seconds = sum(verdict.seconds for verdict in verdicts)
    print(f"\n{len(verdicts) - len(alive)} of {len(verdicts)} mutants caught, {seconds:.0f} s of tests", flush=True)
    for verdict in alive:
        print(f"{verdict.mutant.name}: {verdict.words}\n    {verdict.mutant.breaks}", file=sys.stderr)
    return 1 if alive else 0


def fail(words: str) -> int:
    """Say what is wrong; return the exit status of a failure."""
    print(f"mutants: {words}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
