"""docs/faults.md against what there is: one row for each fault, tests and kinds of the fault run that exist.

python scripts/check_faults.py    exit 1 when a row is missing, names nothing and does not say so, or names what is not there
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

from check_lifecycle import NAME, tests_in

ROOT = Path(__file__).resolve().parent.parent
PAGE, KINDS = ROOT / "docs" / "faults.md", ROOT / "tests" / "faults" / "kinds.py"
FAULTS = range(1, 59)
ROW = re.compile(r"^\| (?P<number>\d+) \| [^|]+ \| (?P<tests>[^|]*) \| (?P<seen>[^|]+) \|$", re.MULTILINE)
KIND = re.compile(r"\*([^*]+)\*")
LISTED = re.compile(r'^    \("([^"]+)", "', re.MULTILINE)
NOT_YET = "not yet"


def problems(page: str, kinds: set[str]) -> list[str]:
    """What is wrong with the page; `kinds` are those of the fault run."""
    rows = list(ROW.finditer(page))
    count = Counter(int(row["number"]) for row in rows)
    found = [f"row {number} stands there {count[number]} times" for number in FAULTS if count[number] != 1]
    found += [f"row {number}: there is no such fault" for number in count if number not in FAULTS]
    named = {kind for row in rows for kind in KIND.findall(row["tests"])}
    found += [f"no row names this kind of the fault run: {kind}" for kind in sorted(kinds - named)]
    found += [f"there is no kind {kind}" for kind in sorted(named - kinds)]
    for row in rows:
        tests = NAME.findall(row["tests"])
        if not row["tests"].strip() and NOT_YET not in row["seen"]:
            found.append(f"row {row['number']} names no test and does not say “{NOT_YET}”")
        for test in tests:
            path, _, name = test.partition("::")
            if not (ROOT / path).is_file() or name not in tests_in(path):
                found.append(f"row {row['number']}: no test {test}")
    return found


def main() -> int:
    """Print what is wrong."""
    kinds = set(LISTED.findall(KINDS.read_text(encoding="utf-8")))
    found = problems(PAGE.read_text(encoding="utf-8"), kinds)
    for problem in found:
        print(f"docs/faults.md: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
