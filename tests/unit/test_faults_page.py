"""The check of docs/faults.md finds what it is there to find."""

import pytest
from check_faults import FAULTS, problems

TEST = "`tests/unit/test_faults_page.py::test_a_page_that_is_right`"


def page(**changed: str) -> str:
    rows = {number: f"| {number} | a fault | {TEST}, fault run: *killed* | it survived |" for number in FAULTS}
    rows |= {int(number.removeprefix("row")): text for number, text in changed.items()}
    return "\n".join(rows.values())


def test_a_page_that_is_right() -> None:
    assert problems(page(row9="| 9 | a fault |  | not yet: nobody did it |"), {"killed"}) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("", "row 7 stands there 0 times"),
        (f"| 8 | a fault | {TEST} | twice |", "row 8 stands there 2 times"),
        (f"| 7 | a fault | {TEST} | ok |\n| 59 | a fault | {TEST} | ok |", "row 59: there is no such fault"),
        ("| 7 | a fault |  | it survived |", "row 7 names no test"),
        (
            "| 7 | a fault | `tests/unit/test_faults_page.py::test_gone` | ok |",
            "no test tests/unit/test_faults_page.py::test_gone",
        ),
        ("| 7 | a fault | `tests/unit/gone.py::test_gone` | ok |", "no test tests/unit/gone.py::test_gone"),
        (f"| 7 | a fault | {TEST}, fault run: *frozen* | ok |", "there is no kind frozen"),
    ],
)
def test_what_is_wrong_is_found(row: str, words: str) -> None:
    assert any(words in problem for problem in problems(page(row7=row), {"killed"}))


def test_a_kind_that_no_row_names_is_found() -> None:
    assert problems(page(), {"killed", "frozen"}) == ["no row names this kind of the fault run: frozen"]
