"""The gallery itself: it shows what is asked for, and fails when something is wrong."""

from pathlib import Path

import pytest
from gallery import MARK, Marking, file_name, index, sizes, take
from PySide6.QtWidgets import QApplication
from ui_states import STATES, State

from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_desktop.ui.widgets.text import Text

TABLE = {state.name: state for state in STATES}


@pytest.fixture
def marked(qapp: QApplication):
    translator = Marking()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


@pytest.mark.parametrize("size", ["own", "small", "large"])
def test_a_picture_of_each_size_is_made(size: str, marked: None, tmp_path: Path) -> None:
    state = TABLE["dialog-sign-out"]
    assert take(state, size=size, dark=False, ratio=1, folder=tmp_path) == []
    assert (tmp_path / file_name(state.name, size=size, dark=False, ratio=1)).is_file()


def test_a_label_without_room_and_a_blank_picture_are_found(marked: None, tmp_path: Path) -> None:
    def cramped(themes):
        page = Strip(themes, "canvas")
        words = Text(themes, "body", "text", f"Much too long for this{MARK}")
        words.setParent(page)
        words.setGeometry(4, 4, 60, 20)
        return page

    [found] = take(State("cramped", 200, 60, cramped), size="own", dark=False, ratio=1, folder=tmp_path)
    assert "cut: Much too long for this" in found
    empty = State("empty", 200, 60, lambda themes: Strip(themes, "canvas"))
    assert take(empty, size="own", dark=True, ratio=1, folder=tmp_path) == ["empty-own-dark@1x.png is blank"]


def test_no_size_is_smaller_than_a_window_can_be_or_larger_than_asked() -> None:
    for state in STATES:
        own, small, large = (sizes(state)[size] for size in ("own", "small", "large"))
        assert small[0] <= own[0] <= large[0]
        assert small[0] >= min(own[0], 480)


def test_the_page_shows_all_of_them() -> None:
    page = index(["main", "composer-empty"])
    for name in ("main-own-light@1x.png", "main-small-dark@2x.png", "composer-empty-large-dark@1x.png"):
        assert name in page
