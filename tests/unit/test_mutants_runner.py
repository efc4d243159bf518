"""scripts/mutants.py and scripts/check_mutants.py, on a tree of their own with one function and one test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from check_mutants import BadPatch, problems, read_mutant, read_mutants, steps_of

import mutants

PYPROJECT = """
[tool.hatch.build]
dev-mode-dirs = ["code"]
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
"""
CODE = "NAME = 'adder'\ndef add(one, two):\n    total = one + two\n    return total\n"
TESTS = """
from adder import NAME, add

def test_add():
    assert add(2, 3) == 5

def test_name():
    assert NAME
"""
SUBTRACTS = """Breaks: it subtracts.
Original: 1. One adds
Caught by: tests/test_adder.py::test_name,
  tests/test_adder.py::test_add

--- a/code/adder.py
+++ b/code/adder.py
@@ -1,4 +1,4 @@
 NAME = 'adder'
 def add(one, two):
-    total = one + two
+    total = one - two
     return total
"""
STEPS = {"Title": "", "1. One adds": "1. One adds", "and gets a sum": "1. One adds"}


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests within these tests need none of Qt, and start in a tenth of the time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p pytest_timeout")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a commit."""
    root = tmp_path / "tree"
    for path, text in {
        "pyproject.toml": PYPROJECT,
        "code/adder.py": CODE,
        "tests/test_adder.py": TESTS,
        "tests/mutants/subtracts.patch": SUBTRACTS,
    }.items():
        write(root / path, text)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words], cwd=root, check=True)


def commit(root: Path, title: str = "a change") -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", f"--message={title}")


def mutant(tree: Path, name: str, *changes: tuple[str, str]) -> None:
    """Another patch, made from the first."""
    text = SUBTRACTS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    write(tree / "tests" / "mutants" / f"{name}.patch", text)


def run(tree: Path, *words: str) -> int:
    return mutants.main(["--jobs", "1", *words], root=tree)


def test_a_caught_mutant_is_named_with_its_test(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree) == 0
    said = capsys.readouterr().out
    assert "caught by tests/test_adder.py::test_add" in said
    assert "1 of 1 mutants caught" in said
    assert (tree / "code" / "adder.py").read_text() == CODE


def test_a_surviving_mutant_fails(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mutant(tree, "lives", (",\n  tests/test_adder.py::test_add", ""))
    assert run(tree) == 1
    said = capsys.readouterr()
    assert "SURVIVES" in said.out
    assert "it subtracts." in said.err


@pytest.mark.parametrize("line", ["total = one +", "total = one - too", "import nowhere"])
def test_a_patch_that_only_breaks_the_code_proves_nothing(tree: Path, line: str) -> None:
    mutant(tree, "subtracts", ("total = one - two", line))
    assert run(tree) == 1


def test_a_patch_that_does_not_apply_fails(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tree / "code" / "adder.py", CODE.replace("one + two", "sum((one, two))"))
    assert run(tree) == 1
    assert "applies no more" in capsys.readouterr().err


def test_a_test_that_fails_anyhow_proves_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tree / "tests" / "test_adder.py", TESTS.replace("== 5", "== 6"))
    assert run(tree) == 1
    assert "must pass before" in capsys.readouterr().err


def test_a_test_that_there_is_not_proves_nothing(tree: Path) -> None:
    mutant(tree, "subtracts", ("::test_add", "::test_sum"))
    assert run(tree) == 1


def test_only_those_asked_for_are_run(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mutant(tree, "lives", (",\n  tests/test_adder.py::test_add", ""))
    assert run(tree, "--only", "subtracts") == 0
    assert run(tree, "--only", "nobody") == 1
    assert "no such mutant: nobody" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["code/adder.py", "tests/test_adder.py", "tests/mutants/subtracts.patch"])
def test_what_changed_concerns_a_mutant(tree: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with (tree / path).open("a") as file:
        file.write("\n")
    commit(tree)
    assert run(tree, "--changed", "HEAD~1") == 0
    assert "1 of 1 mutants caught" in capsys.readouterr().out


def test_other_changes_concern_none(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tree / "README.md", "An adder.")
    commit(tree)
    assert run(tree, "--changed", "HEAD~1") == 0
    assert "0 mutants are concerned" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="unknown revision"):
        run(tree, "--changed", "nowhere")


def test_where_there_is_time_for_a_few_the_nearest_are_run(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mutant(tree, "adds_nothing", ("one - two", "one"))
    commit(tree)
    with (tree / "tests" / "mutants" / "subtracts.patch").open("a") as file:
        file.write("\n")
    with (tree / "code" / "adder.py").open("a") as file:
        file.write("\n")
    commit(tree)
    assert run(tree, "--changed", "HEAD~1", "--at-most", "1") == 0
    said = capsys.readouterr().out
    assert "2 mutants are concerned" in said
    assert "subtracts" in said
    assert "adds_nothing" not in said


def test_what_is_compared_with(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = mutants.git(tree, "rev-parse", "HEAD")
    assert mutants.find_base(tree) == mutants.EMPTY_TREE, "a history of one commit"
    assert "code/adder.py" in mutants.changed_since(tree, mutants.EMPTY_TREE)
    for _ in range(mutants.LOOK_BACK + 1):
        commit(tree)
    assert mutants.find_base(tree) == mutants.git(tree, "rev-parse", f"HEAD~{mutants.LOOK_BACK}")
    git(tree, "switch", "--quiet", "--create", "side", first)
    commit(tree, "another change")
    git(tree, "update-ref", "refs/remotes/origin/main", "main")
    assert mutants.find_base(tree) == first, "where the branch left origin/main"
    git(tree, "update-ref", "-d", "refs/remotes/origin/main")
    git(tree, "switch", "--quiet", "main")
    git(tree, "merge", "--quiet", "--no-ff", "--no-edit", "side")
    assert mutants.find_base(tree) == mutants.git(tree, "rev-parse", "HEAD^1")
    monkeypatch.setenv("CHINWAG_BASE", "v1")
    assert mutants.find_base(tree) == "v1"


def test_a_header_is_read(tree: Path) -> None:
    [found] = read_mutants(tree)
    assert (found.name, found.breaks, found.original, found.files) == (
        "subtracts",
        "it subtracts.",
        ("1. One adds",),
        ("code/adder.py",),
    )
    assert found.tests == ("tests/test_adder.py::test_name", "tests/test_adder.py::test_add")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Breaks: it subtracts.\n", ""),
        ("Original: 1. One adds\n", ""),
        ("Caught by", "Seen by"),
        ("tests/test_adder.py::test_name", "test_name"),
        ("--- a/code/adder.py", "a/code/adder.py"),
    ],
)
def test_a_header_that_lacks_something_is_refused(tree: Path, old: str, new: str) -> None:
    mutant(tree, "bad", (old, new))
    with pytest.raises(BadPatch):
        read_mutant(tree / "tests" / "mutants" / "bad.patch")
    assert run(tree) == 1
    [problem] = problems(tree, STEPS)
    assert problem.startswith("bad.patch: ")


def test_the_check_finds_nothing_in_a_good_tree(tree: Path) -> None:
    assert problems(tree, STEPS) == []


def test_the_check_names_what_has_rotted(tree: Path) -> None:
    mutant(tree, "subtracts", ("1. One adds", "3. Three add"), ("::test_name", "::test_title"))
    write(tree / "code" / "adder.py", CODE.replace("one + two", "sum((one, two))"))
    stale, *others = problems(tree, STEPS)
    assert stale.startswith("subtracts: applies no more, make it anew")
    assert others == [
        "subtracts: no test tests/test_adder.py::test_title",
        "subtracts: not a line of the original: 3. Three add",
        "no mutant for this step of the original: 1. One adds",
    ]


def test_a_line_counts_for_the_step_it_stands_under() -> None:
    lines = ["Title", "words", "1. USER LOGS IN", "Store JWT token", "AFTER FIX:", "Message Latency"]
    assert steps_of(lines) == {
        "Title": "",
        "words": "",
        "1. USER LOGS IN": "1. USER LOGS IN",
        "Store JWT token": "1. USER LOGS IN",
        "AFTER FIX:": "AFTER FIX:",
        "Message Latency": "AFTER FIX:",
    }
