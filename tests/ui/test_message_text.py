"""Markup in a bubble: what stands where, what can be pressed, and what is left of it where there is one line only."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontInfo, QTextLayout
from ui_samples import MAYA, ME, NOW, make_row
from ui_samples_markup import CODE, marked_rows
from window_stage import WindowStage, window_stage

from chinwag_desktop.models.row_words import content_words
from chinwag_desktop.models.timeline_context import RowContext
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.highlight import highlight
from chinwag_desktop.ui.timeline.hit import Target, hit
from chinwag_desktop.ui.timeline.layout import lay_out
from chinwag_desktop.ui.timeline.message_text import lay_out_text
from chinwag_desktop.ui.timeline.parts import RowLayout, Words

pytestmark = pytest.mark.usefixtures("qapp")


def laid(text: str, *, own: bool = False, width: int = 700, **more: object) -> RowLayout:
    row = make_row(1, ME if own else MAYA, NOW, text, **more)  # type: ignore[arg-type]
    return lay_out(row, RowContext(names=False), width, Words(clock="10:00"), own=own)


def looks(layout: QTextLayout) -> list[tuple[int, int, QFont]]:
    return [(piece.start, piece.length, piece.format.font()) for piece in layout.formats()]


def test_styles_are_fonts_and_count_in_utf_16() -> None:
    [part] = laid("🙂 **bold** and `code`").texts
    assert part.layout.text() == "🙂 bold and code"
    bold, code = [look for look in looks(part.layout) if look[0] > 0]
    assert bold[:2] == (3, 4)
    assert bold[2].weight() == QFont.Weight.DemiBold
    assert code[:2] == (12, 4)
    assert QFontInfo(code[2]).fixedPitch()
    assert [(tint.start, tint.length, tint.well) for tint in part.tints] == [(12, 4, True)]


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("width", [404, 700, 1600])
def test_everything_stays_inside_the_bubble_and_clear_of_the_time(own: bool, width: int) -> None:
    for row in marked_rows():
        layout = laid(row.message.text, own=own, width=width)
        assert layout.bubble is not None
        assert layout.meta is not None
        bottom = 0.0
        for part in layout.texts:
            last = part.layout.lineAt(part.layout.lineCount() - 1)
            right = part.at.x() + max(part.layout.lineAt(i).naturalTextWidth() for i in range(part.layout.lineCount()))
            bottom = max(bottom, part.at.y() + last.y() + last.height())
            assert layout.bubble.left() <= part.at.x()
            assert right <= layout.bubble.right()
            beside = part.at.y() + last.y() <= layout.meta.at.y() <= part.at.y() + last.y() + last.height()
            assert not beside or part.at.x() + last.naturalTextWidth() < layout.meta.at.x()
        for box in (*layout.wells, *layout.bars):
            assert layout.bubble.contains(box)
            assert not box.contains(layout.meta.at)
        assert bottom <= layout.bubble.bottom() + 3


def test_code_stands_on_a_well_and_is_coloured_by_its_language() -> None:
    layout = laid(CODE)
    [well] = layout.wells
    words, code = layout.texts
    assert well.contains(code.at)
    assert not well.contains(words.at)
    inks = {code.layout.text()[tint.start : tint.start + tint.length]: tint.ink for tint in code.tints}
    assert inks["def"] == "accent_ink"
    assert inks["# the table is in UTC"] == "meta"
    assert inks["52"] == "warn"


@pytest.mark.parametrize(("language", "code"), [("", "x = 1"), ("nobody-speaks-it", "x = 1"), ("python", "x" * 8_001)])
def test_code_without_a_language_or_too_long_has_one_colour(language: str, code: str) -> None:
    assert highlight(language, code) == []


def test_quotes_have_bars_and_lists_have_marks() -> None:
    layout = laid("> one\n> > two\n\n- three\n  - four")
    assert sorted(bar.left() for bar in layout.bars) == [layout.bars[0].left()] * 2 + [layout.bars[0].left() + 12]
    texts = {part.layout.text(): part.at.x() for part in layout.texts if part.layout.text() != "•"}
    assert texts["one"] < texts["two"]
    assert texts["three"] < texts["four"]
    assert sum(part.layout.text() == "•" for part in layout.texts) == 2


def test_nesting_without_end_leaves_room_for_words() -> None:
    made = lay_out_text("> " * 300 + "deep", "body", 120)
    assert made.width <= 120


def test_a_link_is_pressed_in_any_block_but_not_in_code() -> None:
    layout = laid("`https://code.example`\n\n- https://list.example")
    pressed = {
        found.url
        for x in range(0, 500, 4)
        for y in range(0, 120, 4)
        if (found := hit(layout, QPointF(x, y))).target is Target.LINK
    }
    assert pressed == {"https://list.example"}


def test_what_is_deleted_is_words_of_ours() -> None:
    assert [part.layout.text() for part in laid("", deleted=True).texts] == ["Message deleted"]


def test_one_line_of_it_has_no_markup() -> None:
    assert content_words(make_row(1, MAYA, NOW, "**Tide** at `18:40`")) == "Tide at 18:40"


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


async def test_what_is_typed_is_kept_as_typed_and_shown_as_meant(stage: WindowStage) -> None:
    stage.type("**Tide** at `18:40`")
    stage.enter()
    await stage.idle()
    assert stage.shown[-1] == "**Tide** at `18:40`"
    timeline = stage.window.pane.timeline
    last = timeline.window_.placed[-1].layout
    assert [part.layout.text() for part in last.texts] == ["Tide at 18:40"]
    model = stage.window.sidebar.model
    assert model is not None
    assert any("Tide at 18:40" in model.words_of(item, spoken=True) for item in model.items())
