"""The page that holds the original design line by line: what `check_lifecycle` refuses."""

from pathlib import Path

import check_lifecycle
import pytest

FILE = "`scripts/check_lifecycle.py`"
TEST = "`tests/unit/test_check_lifecycle.py::test_the_page_as_it_is`"


def test_the_page_as_it_is() -> None:
    assert check_lifecycle.problems() == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"| a line | in the app | {TEST} |", "a line: no file is named"),
        (f"| a line | {FILE}, `desktop/nowhere.py` | {TEST} |", "a line: no file desktop/nowhere.py"),
        (f"| a line | {FILE} | by hand |", "a line: no test is named"),
        (f"| a line | {FILE} | `tests/unit/test_check_lifecycle.py::test_nothing` |", "a line: no test tests/unit/"),
    ],
)
def test_a_row_must_name_files_and_tests_that_exist(
    row: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "lifecycle.md"
    page.write_text(check_lifecycle.PAGE.read_text(encoding="utf-8") + f"\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(check_lifecycle, "PAGE", page)
    [found] = check_lifecycle.problems()
    assert found.startswith(problem)


def test_every_line_of_the_original_must_be_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "lifecycle.md"
    lines = check_lifecycle.PAGE.read_text(encoding="utf-8").splitlines()
    page.write_text("\n".join(line for line in lines if not line.startswith("| messageHandler()")), encoding="utf-8")
    monkeypatch.setattr(check_lifecycle, "PAGE", page)
    assert check_lifecycle.problems() == ["not quoted: messageHandler()"]
