"""docs/lifecycle.md must quote every line of docs/original.md and name, for each, a file and a test that exist.

python scripts/check_lifecycle.py            exit 1 and say which line, file or test is missing
python scripts/check_lifecycle.py --lines    print the lines that the page must quote
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ORIGINAL, PAGE = ROOT / "docs" / "original.md", ROOT / "docs" / "lifecycle.md"
DRAWING = re.compile(r"^[\s│├└─►\-*#`>]+|[\s`*]+$")
ROW = re.compile(r"^\| (?P<quote>.+?) \| (?P<files>.+?) \| (?P<tests>.+?) \|$", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")


def lines_of_the_original() -> list[str]:
    """Each line that says something, without the strokes of its drawing, in order and once."""
    told = ORIGINAL.read_text(encoding="utf-8").split("\n\n", 2)[2]  # after the title and the note on its words
    found: dict[str, None] = {}
    for line in told.splitlines():
        words = DRAWING.sub("", line.replace("**", "")).strip()
        if re.search(r"\w", words):
            found.setdefault(words)
    return list(found)


@cache
def tests_in(path: str) -> set[str]:
    """Names of the test functions that a file defines."""
    return set(re.findall(r"^\s*(?:async )?def (test_\w+)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE))


def problems() -> list[str]:
    """What the page lacks."""
    rows = {found["quote"].replace("\\|", "|"): found for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    missing = [f"not quoted: {line}" for line in lines_of_the_original() if line not in rows]
    for quote, row in rows.items():
        if quote in ("Line", ":--", "---"):
            continue
        files = NAME.findall(row["files"])
        if not files:
            missing.append(f"{quote}: no file is named")
        missing += [f"{quote}: no file {path}" for path in files if not (ROOT / path).is_file()]
        tests = NAME.findall(row["tests"])
        if not tests:
            missing.append(f"{quote}: no test is named")
        for test in tests:
            path, _, name = test.partition("::")
            if not (ROOT / path).is_file() or name not in tests_in(path):
                missing.append(f"{quote}: no test {test}")
    return missing


def main(arguments: list[str]) -> int:
    """Print what is missing."""
    if arguments == ["--lines"]:
        print("\n".join(lines_of_the_original()))
        return 0
    found = problems()
    for problem in found:
        print(f"docs/lifecycle.md: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
