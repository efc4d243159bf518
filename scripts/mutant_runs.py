"""Breaks a copy of the tree with a mutant, runs the tests that it names and judges what came of it. For scripts/mutants.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from check_mutants import Mutant, apply

TEST_S, RUN_S = 60, 240
"""How long one test of a mutant and all its tests may take; a baseline has ten times as long in all."""
PROVES_NOTHING = ("ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "NameError", "fixture '")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one run of pytest: the tests that failed and why, those that passed, or why the run says nothing."""

    failed: dict[str, str]
    passed: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`caught_by` is a test's name, empty when the mutant lives or proves nothing; then `words` say why."""

    mutant: Mutant
    caught_by: str
    words: str
    seconds: float


def make_copy(root: Path, target: Path) -> None:
    """Copy what git knows or would take in, and compile it so that a patched source is never run from an old compilation."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listing, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    compiled = ["-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *package_folders(root)]
    subprocess.run([sys.executable, *compiled], cwd=target, check=True, stdout=subprocess.DEVNULL)


def package_folders(root: Path) -> list[str]:
    """The folders that an editable install puts on the path."""
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return told["tool"]["hatch"]["build"]["dev-mode-dirs"]


def run_tests(tree: Path, tests: Iterable[str], *options: str, limit_s: float = RUN_S) -> Outcome:
    """Run pytest on these tests of a copy, which comes before the installed packages on the path."""
    report = tree.parent / f"{tree.name}.xml"
    report.unlink(missing_ok=True)
    path = os.pathsep.join(str(tree / folder) for folder in package_folders(tree))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        f"--timeout={TEST_S}",
        f"--junit-xml={report}",
        *options,
        *tests,
    ]
    command = [sys.executable, "-m", "pytest", *words]
    process = subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        output, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        return Outcome(failed={}, passed=(), problem=f"no end within {limit_s:.0f} s")
    finally:
        stop(process)
    if process.returncode not in (0, 1) or not report.exists():
        last = "\n    ".join(output.strip().splitlines()[-12:])
        return Outcome(failed={}, passed=(), problem=f"pytest ended with {process.returncode}:\n    {last}")
    return read_report(report)


def stop(process: subprocess.Popen[str]) -> None:
    """Kill pytest and what it started, if it is still there."""
    if process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            for child in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        process.wait()


def read_report(report: Path) -> Outcome:
    """What pytest's XML tells of each test."""
    failed, passed = dict[str, str](), list[str]()
    for case in ET.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '')}"
        bad = [found for kind in ("failure", "error") if (found := case.find(kind)) is not None]
        if any("collection failure" in found.get("message", "") for found in bad):
            last = (bad[0].text or "no reason given").strip().splitlines()[-1]
            return Outcome(failed={}, passed=(), problem=f"a test cannot be collected: {last}")
        if bad:
            failed.setdefault(name, " ".join(bad[0].get("message", "").split()))  # a second one is of the teardown
        elif case.find("skipped") is None:
            passed.append(name)
    return Outcome(failed=failed, passed=tuple(passed))


def try_mutant(mutant: Mutant, tree: Path) -> Verdict:
    """Break the copy, run the named tests, mend the copy."""
    started = time.monotonic()
    if refused := apply(mutant, tree):
        return Verdict(mutant=mutant, caught_by="", words=f"applies no more: {refused}", seconds=0)
    try:
        outcome = run_tests(tree, mutant.tests, "-x")
    finally:
        if refused := apply(mutant, tree, "--reverse"):
            raise RuntimeError(f"{mutant.name} cannot be taken back: {refused}")
    caught_by, words = judge(outcome)
    return Verdict(mutant=mutant, caught_by=caught_by, words=words, seconds=time.monotonic() - started)


def judge(outcome: Outcome) -> tuple[str, str]:
    """Which test caught it and how, or nothing and why not."""
    if outcome.problem:
        return "", outcome.problem
    for test, reason in outcome.failed.items():
        if not any(word in reason for word in PROVES_NOTHING):
            return test, reason
    if outcome.failed:
        return "", f"proves nothing: {next(iter(outcome.failed.values()))}"
    return "", "SURVIVES"


def check_baseline(tree: Path, mutants: list[Mutant], jobs: int) -> list[str]:
    """The named tests that do not pass in a copy without any mutant."""
    tests = list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
    parallel = ["-n", str(jobs), "--dist", "loadfile"] if jobs > 1 else []
    outcome = run_tests(tree, tests, *parallel, limit_s=10 * RUN_S)
    if outcome.problem:
        return [outcome.problem]
    failed = [f"{test}: {reason}" for test, reason in outcome.failed.items()]
    passed = {name for test in outcome.passed for name in (test, test.partition("[")[0])}
    return failed + [f"{test}: did not run" for test in tests if test not in passed and not outcome.failed]
