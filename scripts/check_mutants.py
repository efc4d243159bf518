"""Named mutants: patches that break the product on purpose, each with the tests that must notice (tests/mutants/*.patch).

python scripts/check_mutants.py    exit 1 when a patch applies no more, names no test there is, or a step of the original has no mutant

This file reads the patches; scripts/mutants.py runs them. Before its `---` a patch says, in lines that may go on indented:

    Breaks: what it does to the product, in one sentence.
    Original: lines of docs/original.md that it belongs to, with ` ; ` between them
    Rule: the rule of the protocol, the storage or the sockets that it breaks
    Caught by: tests/path/test_x.py::test_y, tests/path/test_z.py::test_w
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from check_lifecycle import lines_of_the_original

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "tests/mutants"
FIELD = re.compile(r"^(Breaks|Original|Rule|Caught by): (.+(?:\n[ \t]+\S.*)*)$", re.MULTILINE)
PATCHED = re.compile(r"^(?:---|\+\+\+) [ab]/(.+?)\s*$", re.MULTILINE)
STEP = re.compile(r"System overview|\d+\. .+|[A-Z][A-Z ]+:|DISCONNECT DETECTED|Architecture Status:.+")
"""Lines of the original on which a group of others hangs."""
NOTHING_TO_BREAK = {"SENDER SIDE:", "RECEIVER SIDE:", "BEFORE FIX:"}  # two titles, and what was before the design


class BadPatch(ValueError):
    """A patch's header does not say what it must."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One patch: `name` is its file's without the ending, `files` are those it changes, `tests` are pytest's names."""

    name: str
    path: Path
    breaks: str
    original: tuple[str, ...]
    rule: str
    tests: tuple[str, ...]
    files: tuple[str, ...]


def read_mutant(path: Path) -> Mutant:
    """Read a patch; raises `BadPatch`."""
    header, _, changes = path.read_text(encoding="utf-8").partition("\n---")
    told = {name: " ".join(words.split()) for name, words in FIELD.findall(header)}
    tests = tuple(re.split(r",\s*", told.get("Caught by", "")))
    files = tuple(dict.fromkeys(PATCHED.findall("\n---" + changes)))
    if not files or not told.get("Breaks") or not (told.get("Rule") or told.get("Original")):
        raise BadPatch("it must say `Breaks:`, `Rule:` or `Original:`, and change a file")
    if any("::" not in test for test in tests):
        raise BadPatch("`Caught by:` must name tests as path::name")
    original = tuple(line for line in told.get("Original", "").split(" ; ") if line)
    return Mutant(
        name=path.stem,
        path=path,
        breaks=told["Breaks"],
        original=original,
        rule=told.get("Rule", ""),
        tests=tests,
        files=files,
    )


def read_mutants(root: Path) -> list[Mutant]:
    """All of them, by name; raises `BadPatch` with the name of the first that cannot be read."""
    found: list[Mutant] = []
    for path in sorted((root / FOLDER).glob("*.patch")):
        try:
            found.append(read_mutant(path))
        except BadPatch as problem:
            raise BadPatch(f"{path.name}: {problem}") from None
    return found


def apply(mutant: Mutant, tree: Path, *options: str) -> str:
    """`git apply` it to a tree, which may be no repository; what git has against it, or nothing."""
    # or git would find a repository around the tree, and silently leave out what is not in the current folder
    alone = os.environ | {"GIT_CEILING_DIRECTORIES": str(tree.parent)}
    # one line of context on either side is enough: what stands farther away may have changed
    command = ["git", "apply", "-C1", *options, str(mutant.path)]
    done = subprocess.run(command, cwd=tree, env=alone, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or "git apply failed"


def missing_tests(mutant: Mutant, root: Path) -> list[str]:
    """The named tests that no file defines."""
    missing: list[str] = []
    for test in mutant.tests:
        path, _, name = test.partition("::")
        defines = rf"^\s*(?:async )?def {re.escape(name.partition('[')[0])}\("
        if not (root / path).is_file() or not re.search(defines, (root / path).read_text("utf-8"), re.MULTILINE):
            missing.append(test)
    return missing


def steps_of(lines: list[str]) -> dict[str, str]:
    """For each line of the original, its spaces counted once, the step that it hangs on; itself for a step."""
    steps, step = dict[str, str](), ""
    for line in (" ".join(line.split()) for line in lines):
        step = line if STEP.fullmatch(line) else step
        steps[line] = step
    return steps


def problems(root: Path, steps: dict[str, str]) -> list[str]:
    """What is wrong with the patches of a tree; `steps` are those of the original, see `steps_of`."""
    try:
        mutants = read_mutants(root)
    except BadPatch as problem:
        return [str(problem)]
    found: list[str] = []
    for mutant in mutants:
        if refused := apply(mutant, root, "--check"):
            found.append(f"{mutant.name}: applies no more, make it anew: {refused}")
        found += [f"{mutant.name}: no test {test}" for test in missing_tests(mutant, root)]
        found += [f"{mutant.name}: not a line of the original: {line}" for line in mutant.original if line not in steps]
    broken = {steps.get(line, "") for mutant in mutants for line in mutant.original}
    wanted = dict.fromkeys(step for step in steps.values() if step and step not in NOTHING_TO_BREAK)
    return found + [f"no mutant for this step of the original: {step}" for step in wanted if step not in broken]


def main() -> int:
    """Print what is wrong."""
    found = problems(ROOT, steps_of(lines_of_the_original()))
    for problem in found:
        print(f"{FOLDER}: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
